//! [`Catalog`]: the streams and properties that somebody has selected.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::catalog::is_automatic;
use super::state::{Bookmarks, Others};
use crate::connector::Connector;
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::sink::{Stream, Streams};
use crate::protocol::{is_incremental, streams};
use crate::schema::names;
use crate::spec::{ConnectorSpec, ResourceSpec};

/// What is read: streams, how each is, and which of its properties are not.
#[derive(Debug)]
pub struct Catalog {
    pub(super) connector: &'static ConnectorSpec,
    selected: Vec<Selected>,
}

#[derive(Debug)]
struct Selected {
    spec: &'static ResourceSpec,
    is_full_refresh: bool,
    left_out: Vec<String>,
}

#[derive(Deserialize)]
struct Given {
    streams: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    tap_stream_id: Option<String>,
    stream: Option<String>,
    replication_method: Option<String>,
    /// Of catalogs from before there was metadata; the schema may say it, too.
    selected: Option<bool>,
    #[serde(default)]
    schema: Map<String, Value>,
    #[serde(default)]
    metadata: Vec<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    breadcrumb: Vec<String>,
    metadata: Facts,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Facts {
    inclusion: Option<String>,
    selected: Option<bool>,
    selected_by_default: Option<bool>,
    replication_method: Option<String>,
}

impl Catalog {
    /// All streams with all of their properties: what is read where there is no catalog.
    pub fn everything<C: Connector>() -> Self {
        Self::all(C::SPEC)
    }

    pub(crate) fn all(connector: &'static ConnectorSpec) -> Self {
        let selected = streams(connector).map(|spec| Selected {
            spec,
            is_full_refresh: !is_incremental(connector, spec),
            left_out: Vec::new(),
        });
        Self { connector, selected: selected.collect() }
    }

    /// What a catalog selects.
    ///
    /// # Errors
    ///
    /// When the text is no catalog, or selects what the connector does not have.
    pub fn parse<C: Connector>(text: &str) -> Result<Self> {
        Self::of(C::SPEC, text)
    }

    pub(crate) fn of(connector: &'static ConnectorSpec, text: &str) -> Result<Self> {
        let given: Given = serde_json::from_str(text)
            .map_err(|error| config(format!("the catalog is no Singer catalog: {error}")))?;
        let mut selected = Vec::new();
        for entry in given.streams.into_iter().filter(Entry::is_selected) {
            let name = entry.name()?;
            let spec = streams(connector).find(|spec| spec.name == name).ok_or_else(|| {
                let known = streams(connector).map(|spec| format!("`{}`", spec.name));
                let known: Vec<_> = known.collect();
                let text = format!(
                    "the catalog selects the stream `{name}`, which `{}` does not have",
                    connector.name
                );
                config(text).with_help(format!("its streams are {}", known.join(", ")))
            })?;
            selected.push(Selected {
                spec,
                is_full_refresh: entry.is_full_refresh(connector, spec)?,
                left_out: entry.left_out(spec),
            });
        }
        Ok(Self { connector, selected })
    }

    /// The streams with what is remembered of them, and what is of others.
    pub(super) fn streams(self, mut state: Bookmarks) -> Result<(Streams, Others)> {
        let mut all = Streams::new();
        for Selected { spec, is_full_refresh, left_out } in self.selected {
            let remembered = state.take(spec.name, is_full_refresh)?;
            all.insert(spec.name, Stream::new(spec, remembered, is_full_refresh, left_out));
        }
        Ok((all, state.others()))
    }
}

impl Entry {
    fn name(&self) -> Result<&str> {
        let name = self.tap_stream_id.as_deref().or(self.stream.as_deref());
        name.ok_or_else(|| config("a stream of the catalog has no `tap_stream_id`".to_owned()))
    }

    fn facts(&self, breadcrumb: &[&str]) -> Option<&Facts> {
        let found = self.metadata.iter().find(|one| one.breadcrumb == breadcrumb);
        found.map(|found| &found.metadata)
    }

    fn is_selected(&self) -> bool {
        let facts = self.facts(&[]);
        let legacy = self.selected.or(self.schema.get("selected").and_then(Value::as_bool));
        let selected = facts.and_then(|facts| facts.selected).or(legacy);
        let by_default = || facts.and_then(|facts| facts.selected_by_default);
        selected.or_else(by_default).unwrap_or_default()
    }

    /// Whether all of a stream is read: because it cannot be otherwise, or somebody wants it so.
    fn is_full_refresh(
        &self,
        connector: &'static ConnectorSpec,
        spec: &ResourceSpec,
    ) -> Result<bool> {
        let facts = self.facts(&[]).and_then(|facts| facts.replication_method.as_deref());
        let can_go_on = is_incremental(connector, spec);
        match facts.or(self.replication_method.as_deref()) {
            None => Ok(!can_go_on),
            Some("FULL_TABLE") => Ok(true),
            Some("INCREMENTAL") if can_go_on => Ok(false),
            Some(method) => {
                let text = format!("`{}` cannot be read by the method `{method}`", spec.name);
                let known =
                    if can_go_on { "`INCREMENTAL` and `FULL_TABLE`" } else { "`FULL_TABLE`" };
                Err(config(text).with_help(format!("it can be by {known}")))
            }
        }
    }

    /// The properties that nobody wants.
    fn left_out(&self, spec: &ResourceSpec) -> Vec<String> {
        let mut names = names(spec.fields);
        names.retain(|name| !is_automatic(spec, name) && !self.is_wanted(name));
        names
    }

    fn is_wanted(&self, property: &str) -> bool {
        let facts = self.facts(&["properties", property]);
        if facts.is_some_and(|facts| facts.inclusion.as_deref() == Some("unsupported")) {
            return false;
        }
        let properties = self.schema.get("properties");
        let legacy = properties.and_then(|all| all.get(property)?.get("selected")?.as_bool());
        let selected = facts.and_then(|facts| facts.selected).or(legacy);
        let by_default = || facts.and_then(|facts| facts.selected_by_default);
        // as its stream is
        selected.or_else(by_default).unwrap_or(true)
    }
}

fn config(message: String) -> Error {
    Error::new(ErrorKind::Config, message)
}
