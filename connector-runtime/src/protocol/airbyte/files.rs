//! What the platform hands to `read`: the configured catalog and the state.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::connector::Connector;
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::sink::{Stream, Streams};
use crate::protocol::states::StreamState;
use crate::protocol::{is_incremental, streams};
use crate::spec::{ConnectorSpec, ResourceSpec};

/// Which streams are read, and how.
#[derive(Debug)]
pub struct ConfiguredCatalog {
    pub(super) connector: &'static ConnectorSpec,
    /// Each stream, and whether all of it is read anew.
    streams: Vec<(&'static ResourceSpec, bool)>,
}

#[derive(Deserialize)]
struct Catalog {
    streams: Vec<Configured>,
}

#[derive(Deserialize)]
struct Configured {
    stream: Named,
    sync_mode: SyncMode,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    #[serde(default)]
    namespace: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum SyncMode {
    FullRefresh,
    Incremental,
}

impl ConfiguredCatalog {
    /// The catalog of a file that the platform has written. What becomes of the rows
    /// (`destination_sync_mode`) is the platform's affair.
    ///
    /// # Errors
    ///
    /// When the text is no configured catalog, or names what the connector does not have.
    pub fn parse<C: Connector>(text: &str) -> Result<Self> {
        Self::of(C::SPEC, text)
    }

    pub(crate) fn of(connector: &'static ConnectorSpec, text: &str) -> Result<Self> {
        let catalog: Catalog = serde_json::from_str(text)
            .map_err(|error| config(format!("the catalog is no configured catalog: {error}")))?;
        let mut all = Vec::with_capacity(catalog.streams.len());
        for Configured { stream: Named { name, namespace }, sync_mode } in catalog.streams {
            if let Some(namespace) = namespace.filter(|namespace| !namespace.is_empty()) {
                let text = format!("the catalog has `{name}` in the namespace `{namespace}`");
                return Err(config(text).with_help("the streams of this source have no namespace"));
            }
            let spec = find(connector, &name)?;
            // PyAirbyte wants every stream incrementally, also what cannot be read so
            let goes_on = sync_mode == SyncMode::Incremental && is_incremental(connector, spec);
            all.push((spec, !goes_on));
        }
        Ok(Self { connector, streams: all })
    }

    /// The streams with what is remembered of them.
    pub(super) fn streams(self, mut state: StateFile) -> Result<Streams> {
        let mut all = Streams::new();
        for (spec, is_full_refresh) in self.streams {
            let remembered = match state.streams.remove(spec.name) {
                // whatever it is, it does not count
                Some(value) if !is_full_refresh => StreamState::read(spec.name, value.get())?,
                _ => StreamState::default(),
            };
            all.insert(spec.name, Stream::new(spec, remembered, is_full_refresh, Vec::new()));
        }
        Ok(all)
    }
}

fn find(connector: &'static ConnectorSpec, name: &str) -> Result<&'static ResourceSpec> {
    streams(connector).find(|spec| spec.name == name).ok_or_else(|| {
        let known: Vec<_> = streams(connector).map(|spec| format!("`{}`", spec.name)).collect();
        config(format!(
            "the catalog has the stream `{name}`, which `{}` does not have",
            connector.name
        ))
        .with_help(format!("its streams are {}", known.join(", ")))
    })
}

/// What the platform has kept of former runs; each stream's value is what this program has written.
#[derive(Debug, Default)]
pub struct StateFile {
    streams: BTreeMap<String, Box<RawValue>>,
}

impl StateFile {
    /// The states of a file that the platform has written. An empty text, `[]` and `{}` are none.
    ///
    /// # Errors
    ///
    /// When the text is no list of state messages.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() || is_legacy_nothing(text) {
            return Ok(Self::default());
        }
        let wrong = |error| config(format!("the state is no list of state messages: {error}"));
        let messages: Vec<&RawValue> = serde_json::from_str(text).map_err(wrong)?;
        let mut states = Self::default();
        for message in messages {
            states.add(message).map_err(wrong)??;
        }
        Ok(states)
    }

    fn add(&mut self, message: &RawValue) -> serde_json::Result<Result<()>> {
        let mut message = Members::of(message)?;
        if let Some(inner) = message.get("state") {
            // the whole line as it was written
            message = Members::of(inner)?;
        }
        if let Some(stream) = message.get("stream") {
            let stream = Members::of(stream)?;
            let name = stream.get("stream_descriptor").map(Members::of).transpose()?;
            let name = name.as_ref().and_then(|descriptor| descriptor.get("name"));
            let Some(name) = name else {
                return Ok(Err(config("a state does not say of which stream it is".to_owned())));
            };
            if let Some(state) = stream.get("stream_state") {
                self.streams.insert(serde_json::from_str(name.get())?, state.to_owned());
            }
        } else if message.get("global").is_some() {
            let text = "the state is one of all streams, of type `GLOBAL`".to_owned();
            return Ok(Err(config(text).with_help(
                "this source has a state for each stream: reset the connection's state",
            )));
        }
        Ok(Ok(()))
    }
}

/// What the first version of the protocol has for no state.
fn is_legacy_nothing(text: &str) -> bool {
    matches!(text, "null") || text.replace(char::is_whitespace, "") == "{}"
}

/// The members of an object. Platforms add their own, and write some twice, of which one is null.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    fn of(object: &'a RawValue) -> serde_json::Result<Self> {
        serde_json::from_str(object.get())
    }

    /// The last of this name that is not null.
    fn get(&self, name: &str) -> Option<&'a RawValue> {
        let found = self.0.iter().rev().find(|(key, value)| key == name && value.get() != "null");
        found.map(|(_, value)| *value)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Collect).map(Self)
    }
}

fn config(message: String) -> Error {
    Error::new(ErrorKind::Config, message)
}
