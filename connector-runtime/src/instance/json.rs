//! Values of the configuration that keep their type, or are several.

use serde_json::{Map, Number, Value};

use super::{Bindings, Instance};
use crate::config::{ConfigKind, ConfigValue};
use crate::error::{Error, ErrorKind, Result};
use crate::spec::{JsonSpec, Param};

impl Instance {
    /// The texts of a parameter, one for each time it is sent.
    pub(crate) fn texts(&self, param: &Param, bindings: &Bindings) -> Result<Vec<String>> {
        if let (true, Some(field)) = (param.repeated, param.value.lone_field())
            && let ConfigValue::List(values) = self.value(field)
        {
            return Ok(values.clone());
        }
        Ok(self.param(param, bindings)?.into_iter().collect())
    }

    /// JSON with its places filled in; `None` when it is a lone place without a value.
    pub(crate) fn json(&self, spec: &JsonSpec, bindings: &Bindings) -> Result<Option<Value>> {
        Ok(Some(match *spec {
            JsonSpec::Array(elements) => {
                let elements =
                    elements.iter().filter_map(|element| self.json(element, bindings).transpose());
                Value::Array(elements.collect::<Result<_>>()?)
            }
            JsonSpec::Bool(value) => Value::Bool(value),
            JsonSpec::Bound(part) => return Ok(bindings.value(part).cloned()),
            JsonSpec::Config(field) => return self.typed(field),
            JsonSpec::Null => Value::Null,
            JsonSpec::Number(text) => {
                Value::Number(text.parse().expect("BUG: numbers were checked at compile time"))
            }
            JsonSpec::Object(members) => {
                let mut object = Map::new();
                for (key, value) in members {
                    if let Some(value) = self.json(value, bindings)? {
                        object.insert((*key).to_owned(), value);
                    }
                }
                Value::Object(object)
            }
            JsonSpec::Text(template) => {
                let text = self.optional_text(&template, bindings)?;
                Value::String(text.unwrap_or_default())
            }
        }))
    }

    /// The elements of a field that is a list, in their type; none where it was left out.
    pub(crate) fn elements(&self, name: &str) -> Result<Vec<Value>> {
        Ok(match self.typed(name)? {
            Some(Value::Array(elements)) => elements,
            Some(_) | None => Vec::new(),
        })
    }

    /// The value of a field as JSON, in the type of the field.
    fn typed(&self, name: &str) -> Result<Option<Value>> {
        let field = self.spec.config.iter().find(|config| config.name == name);
        let kind = field.expect("BUG: the field was checked at compile time").kind;
        Ok(Some(match (self.value(name), kind) {
            (ConfigValue::None, _) => return Ok(None),
            (ConfigValue::Text(text), kind) => scalar(name, kind, text)?,
            (ConfigValue::List(texts), ConfigKind::List(kind)) => {
                let values = texts.iter().map(|text| scalar(name, *kind, text));
                Value::Array(values.collect::<Result<_>>()?)
            }
            (ConfigValue::List(_) | ConfigValue::Secret(_), _) => {
                let text = format!("`{name}` cannot be part of a body");
                return Err(Error::new(ErrorKind::Config, text));
            }
        }))
    }
}

fn scalar(field: &str, kind: ConfigKind, text: &str) -> Result<Value> {
    let value = match kind {
        ConfigKind::Bool => text.parse().ok().map(Value::Bool),
        ConfigKind::Integer => text.parse().ok().map(Value::Number),
        ConfigKind::Float => text.parse().ok().and_then(Number::from_f64).map(Value::Number),
        _ => Some(Value::String(text.to_owned())),
    };
    value.ok_or_else(|| {
        let text = format!("`{field}` is no number that JSON can hold: expected a finite one");
        Error::new(ErrorKind::Config, text)
    })
}
