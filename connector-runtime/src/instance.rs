//! [`Instance`]: one connector with its configuration, no longer generic.

mod bindings;
mod chosen;
mod json;

#[cfg(feature = "cli")]
use std::collections::BTreeMap;

use url::Url;

#[cfg(feature = "cli")]
use crate::config::ConfigType;
use crate::config::{ConfigKind, ConfigValue};
use crate::connector::Connector;
use crate::error::{Error, ErrorKind, Result};
use crate::http::percent_encode_segment;
use crate::secret::Secret;
#[cfg(feature = "cli")]
use crate::spec::ConfigField;
use crate::spec::{AuthSpec, ConnectorSpec, Param, Part, Template};

pub(crate) use bindings::Bindings;

/// A connector's description and the values of its fields.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) spec: &'static ConnectorSpec,
    values: Vec<ConfigValue>,
}

impl Instance {
    pub(crate) fn of<C: Connector>(connector: &C) -> Self {
        Self { spec: C::SPEC, values: connector.values() }
    }

    /// One that has these texts, and of all other fields no value: nothing can be asked with it.
    #[cfg(feature = "cli")]
    pub(crate) fn partial(
        spec: &'static ConnectorSpec,
        mut texts: BTreeMap<&'static str, String>,
    ) -> Self {
        let value = |field: &ConfigField| match (texts.remove(field.name), field.kind) {
            (None, _) => ConfigValue::None,
            (Some(text), ConfigKind::List(_)) => {
                ConfigValue::List(Vec::parse(&text).unwrap_or_default())
            }
            (Some(text), _) => ConfigValue::Text(text),
        };
        Self { spec, values: spec.config.iter().map(value).collect() }
    }

    /// The value of a field that the spec names.
    pub(crate) fn value(&self, field: &str) -> &ConfigValue {
        self.find(field).expect("BUG: the field was checked at compile time")
    }

    /// The value of a field, if there is one of that name.
    pub(crate) fn find(&self, field: &str) -> Option<&ConfigValue> {
        let at = self.spec.config.iter().position(|config| config.name == field)?;
        self.values.get(at)
    }

    /// Whether any request is signed with a secret; an optional one may have been left out.
    pub(crate) fn has_credentials(&self) -> bool {
        let secret = |field| matches!(self.value(field), ConfigValue::Secret(_));
        self.auths().any(|auth| match auth {
            AuthSpec::SessionToken(_) | AuthSpec::With(_) => self.secrets().next().is_some(),
            auth => auth.fields().into_iter().flatten().any(secret),
        })
    }

    /// Every secret of the configuration.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.values.iter().filter_map(|value| match value {
            ConfigValue::Secret(secret) => Some(secret),
            _ => None,
        })
    }

    /// Where requests go: `overridden`, or what the connector says.
    pub(crate) fn base_url(&self, overridden: Option<&str>) -> Result<Url> {
        let config = |message: String| Error::new(ErrorKind::Config, message);
        let text = match overridden {
            Some(text) => text.to_owned(),
            None => self.text(&self.spec.base_url)?,
        };
        let url = Url::parse(&text)
            .map_err(|error| config(format!("the base URL is not a URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(config("the base URL must start with `https://` or `http://`".to_owned()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(config("the base URL has a query string or a fragment".to_owned())
                .with_help(
                    "parameters of every request belong into `resource_defaults(params(..))`",
                ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(config("the base URL holds a user name or password".to_owned())
                .with_help("use a field of type `Secret` and `auth`"));
        }
        if self.has_credentials() {
            self.not_in_clear(&url)?;
        }
        Ok(url)
    }

    /// Whoever shares the wire reads what is sent over plain http.
    pub(crate) fn not_in_clear(&self, url: &Url) -> Result<()> {
        if url.scheme() != "http" || is_loopback(url) || self.spec.allow_http {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default();
        let text = format!("credentials would be sent to {host} over plain http");
        Err(Error::new(ErrorKind::Config, text)
            .with_help("use `https://`, or write `allow_http` in `#[connector(..)]`"))
    }

    /// A text of the connector with its placeholders filled in.
    pub(crate) fn text(&self, template: &Template) -> Result<String> {
        Ok(self.optional_text(template, Bindings::NONE)?.unwrap_or_default())
    }

    /// What kind of value a field takes.
    pub(crate) fn kind(&self, field: &str) -> Option<ConfigKind> {
        self.spec.config.iter().find(|config| config.name == field).map(|config| config.kind)
    }

    /// A text with its placeholders filled in; `None` when it is a lone place without a value.
    pub(crate) fn optional_text(
        &self,
        template: &Template,
        bindings: &Bindings,
    ) -> Result<Option<String>> {
        self.expand(template, bindings, |value| Ok(value.to_owned()))
    }

    /// The text of a parameter or header; `None` when it is a lone place without a value.
    pub(crate) fn param(&self, param: &Param, bindings: &Bindings) -> Result<Option<String>> {
        self.optional_text(&param.value, bindings)
    }

    /// A path, its placeholders encoded as one segment each.
    pub(crate) fn path(&self, template: &Template, bindings: &Bindings) -> Result<String> {
        let path = self.expand(template, bindings, |value| match value {
            "" => Err("is empty"),
            "." | ".." => Err("is `.` or `..`, which would change the path"),
            value => Ok(percent_encode_segment(value)),
        })?;
        Ok(path.unwrap_or_default())
    }

    fn expand(
        &self,
        template: &Template,
        bindings: &Bindings,
        encode: impl Fn(&str) -> Result<String, &'static str>,
    ) -> Result<Option<String>> {
        let mut text = String::new();
        for part in template.parts {
            let value = match *part {
                Part::Text(part) => {
                    text.push_str(part);
                    continue;
                }
                Part::Config(name) => self.text_of(name, template)?,
                bound => bindings.value(bound).map(bindings::text),
            };
            let value = match value {
                Some(value) => value,
                None if template.parts.len() == 1 => return Ok(None),
                None => String::new(),
            };
            text.push_str(&encode(&value).map_err(|problem| {
                let text =
                    format!("{}, part of the path `{}`, {problem}", place(part), template.text);
                Error::new(ErrorKind::Config, text)
            })?);
        }
        Ok(Some(text))
    }

    /// The value of a field as text.
    fn text_of(&self, name: &str, template: &Template) -> Result<Option<String>> {
        Ok(match self.value(name) {
            ConfigValue::Text(value) => Some(value.clone()),
            ConfigValue::List(values) => Some(values.join(",")),
            ConfigValue::None => None,
            ConfigValue::Secret(_) => {
                let text =
                    format!("`{name}` is a secret and cannot be part of `{}`", template.text);
                return Err(Error::new(ErrorKind::Config, text));
            }
        })
    }
}

/// A placeholder, for messages.
fn place(part: &Part) -> String {
    match part {
        Part::Config(name) => format!("`{name}`"),
        Part::EndValue => "the upper bound".to_owned(),
        Part::Parent(name) => format!("`{name}` of the parent's row"),
        Part::Partition(name) => format!("`{name}` of the partition"),
        Part::StartValue => "the lower bound".to_owned(),
        Part::Text(text) => format!("`{text}`"),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
