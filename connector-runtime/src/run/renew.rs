//! [`Renewal`]: rows that did not fit, decoded anew as the struct is today.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use serde_json::{Map, Value};

use super::bound::columns_used;
use super::pages::{Sink, explain, unbound};
use super::shape::Shape;
use crate::decode::Decoder;
use crate::destination::{Limits, StoredReject};
use crate::error::{Error, ErrorKind, Result};
use crate::instance::Bindings;
use crate::plan::Planned;
use crate::schema::arrow_schema;
use crate::spec::{CsvSpec, ResponseFormat};

/// Decodes rows that were kept, one by one.
pub(crate) struct Renewal {
    decoder: Decoder,
    schema: Arc<Schema>,
    shape: Shape,
    csv: Option<CsvSpec>,
    /// What the values of a partition are: columns of the parent's row, then lists.
    used: Vec<&'static str>,
    lists: Vec<&'static str>,
    /// The partition whose values rows have now.
    bound: Option<String>,
}

/// Why a row still does not fit.
#[derive(Debug)]
pub(crate) struct Unfit {
    /// The column; empty for the row itself.
    pub(crate) path: String,
    pub(crate) reason: String,
}

impl Renewal {
    /// # Errors
    ///
    /// When what the resource says of its columns does not fit.
    pub(crate) fn new(planned: &Planned, limits: Limits) -> Result<Self> {
        let spec = planned.spec;
        if let Some(problem) = Decoder::wrong_value(spec, planned.unknown_fields) {
            return Err(Error::new(ErrorKind::Config, problem).with_resource(spec.name));
        }
        // what is kept is a row, not a page
        let (format, csv) = match planned.response_format {
            ResponseFormat::Csv(csv) => (planned.response_format, Some(csv)),
            ResponseFormat::Json | ResponseFormat::JsonLines => (ResponseFormat::Json, None),
        };
        let unknown = planned.unknown_fields;
        let mut decoder = Decoder::new(spec, None, &[], false, format, unknown);
        let bounds = Sink { limits, has_keys: false, takes_rejects: true }.bounds();
        decoder.limit(bounds);
        decoder.quarantine();
        Ok(Self {
            decoder,
            schema: arrow_schema(spec.fields),
            shape: Shape::new(spec, bounds),
            csv,
            used: columns_used(planned),
            lists: spec.partitions.iter().map(|list| list.name).collect(),
            bound: None,
        })
    }

    /// That of the batches.
    pub(crate) fn schema(&self) -> Arc<Schema> {
        self.schema.clone()
    }

    /// The row as a batch, before `map` and `filter`.
    pub(crate) fn decode(&mut self, kept: &StoredReject) -> Result<RecordBatch, Unfit> {
        self.bind(kept)?;
        let raw = &kept.reject.raw;
        let body = match self.csv {
            Some(csv) => record(raw, csv)?,
            None => format!("[{raw}]"),
        };
        let page = self.decoder.page(body.as_bytes());
        let rejects = self.decoder.take_rejects();
        let batch = self.decoder.take_batch();
        page.map_err(|error| Unfit::new(explain(error).message()))?;
        if let Some(reject) = rejects.into_iter().next() {
            return Err(Unfit { path: reject.path, reason: reject.reason });
        }
        batch.ok_or_else(|| Unfit::new("there is no row in it"))
    }

    /// What functions of the user's make of a row; `None`: it is left out.
    pub(crate) fn shape(&mut self, row: RecordBatch) -> Result<Option<RecordBatch>, Unfit> {
        self.shape.apply(row).map_err(|error| Unfit::new(error.message()))
    }

    /// Gives rows the values of their partition.
    fn bind(&mut self, kept: &StoredReject) -> Result<(), Unfit> {
        let partition = &kept.reject.partition;
        if self.bound.as_ref() == Some(partition) {
            return Ok(());
        }
        self.bound = None;
        let bindings = self.bindings(kept)?;
        let bound = self.decoder.bind(|source| bindings.column(source));
        bound.map_err(|error| Unfit::new(unbound(error).message()))?;
        self.bound = Some(partition.clone());
        Ok(())
    }

    fn bindings(&self, kept: &StoredReject) -> Result<Bindings, Unfit> {
        let wanted = self.used.len() + self.lists.len();
        let partition = &kept.reject.partition;
        if wanted > 0 && !kept.has_partition {
            return Err(Unfit::new("an earlier release has kept it without its partition"));
        }
        let values: Option<Vec<Value>> = match partition.as_str() {
            "" => Some(Vec::new()),
            partition => serde_json::from_str(partition).ok(),
        };
        let mut values = values.filter(|values| values.len() == wanted).ok_or_else(|| {
            let text = format!(
                "it came with the partition `{partition}`, and partitions have {wanted} values today"
            );
            Unfit::new(&text)
        })?;
        let lists = values.split_off(self.used.len());
        let named = |names: &[&'static str], values: Vec<Value>| {
            let pairs = names.iter().copied().zip(values);
            pairs.filter(|(_, value)| !value.is_null()).collect()
        };
        let parent = named(&self.used, values);
        Ok(Bindings { parent, partition: named(&self.lists, lists), ..Bindings::default() })
    }
}

impl Unfit {
    pub(crate) fn new(reason: &str) -> Self {
        Self { path: String::new(), reason: reason.to_owned() }
    }
}

/// The record of CSV that was kept as an object of texts, below its header.
fn record(raw: &str, csv: CsvSpec) -> Result<String, Unfit> {
    let members: Map<String, Value> =
        serde_json::from_str(raw).map_err(|_| Unfit::new("it was kept as no record of CSV"))?;
    let delimiter = char::from(csv.delimiter);
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let line = |fields: Vec<String>| fields.join(&delimiter.to_string());
    let names = members.keys().map(|name| quoted(name)).collect();
    let values = members.values().map(|value| match value {
        Value::Null => String::new(),
        Value::String(text) => quoted(text),
        other => quoted(&other.to_string()),
    });
    Ok(format!("{}\n{}\n", line(names), line(values.collect())))
}
