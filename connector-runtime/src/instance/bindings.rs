//! [`Bindings`]: what placeholders stand for in one scan, beside the configuration.

use serde_json::Value;

use crate::spec::{ColumnSource, Part};

/// What placeholders stand for in one scan, beside the configuration. Values are numbers, flags or
/// texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Bindings {
    /// Columns of the parent's row; a value that is missing is not among them.
    pub(crate) parent: Vec<(&'static str, Value)>,
    /// An element for each list of `partition(..)`.
    pub(crate) partition: Vec<(&'static str, Value)>,
    /// The lower bound, as the API wants it; `None`: there is none.
    pub(crate) start: Option<Value>,
    /// The upper bound, as the API wants it.
    pub(crate) end: Option<Value>,
}

impl Bindings {
    /// Nothing is bound: for what concerns the connector as a whole.
    pub(crate) const NONE: &'static Self =
        &Self { parent: Vec::new(), partition: Vec::new(), start: None, end: None };

    /// The value of a place that is no field of the connector.
    pub(crate) fn value(&self, part: Part) -> Option<&Value> {
        match part {
            Part::Parent(name) => find(&self.parent, name),
            Part::Partition(name) => find(&self.partition, name),
            Part::StartValue => self.start.as_ref(),
            Part::EndValue => self.end.as_ref(),
            Part::Config(_) | Part::Text(_) => None,
        }
    }

    /// The value of a column that does not come with the rows.
    pub(crate) fn column(&self, source: ColumnSource) -> Option<&Value> {
        match source {
            ColumnSource::Parent(name) => find(&self.parent, name),
            ColumnSource::Partition(name) => find(&self.partition, name),
            ColumnSource::Row => None,
        }
    }
}

fn find<'a>(values: &'a [(&'static str, Value)], name: &str) -> Option<&'a Value> {
    values.iter().find(|(bound, _)| *bound == name).map(|(_, value)| value)
}

/// A value as it stands in a text.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
