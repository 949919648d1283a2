//! Which partitions the rows of a resource lead to: those of its children, or, at the root of a tree,
//! its own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use arrow_array::RecordBatch;
use serde_json::Value;
use tokio::sync::mpsc;

use super::bound::{columns_needed, columns_used, partition_key, value_at};
use super::node::{Asked, Common, Visit, Want};
use crate::destination::Part;
use crate::error::{Error, ErrorKind, Result};
use crate::instance::{Bindings, Instance};
use crate::plan::{Planned, belongs};
use crate::schema::{arrow_schema, gather_rows};
use crate::spec::{PartitionSpec, PartitionValues};
use crate::state::CursorValue;
use crate::value::LogicalType;

/// The way from a resource to one of its children.
pub(super) struct Link {
    /// The child's place in the tree.
    pub(super) node: usize,
    /// The child's name.
    pub(super) resource: &'static str,
    /// What a row of the parent is called.
    pub(super) alias: &'static str,
    /// The columns that the child uses.
    pub(super) columns: Vec<Used>,
    /// What each row is combined with.
    pub(super) partitions: Vec<Vec<(&'static str, Value)>>,
    /// Rows without a value are passed over.
    pub(super) skips: bool,
}

/// The way to those who read a resource.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) queue: mpsc::Sender<Visit>,
    pub(super) common: Arc<Common>,
}

/// A column whose values a child uses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used {
    pub(super) name: &'static str,
    pub(super) index: usize,
    pub(super) ty: LogicalType,
    /// Without a value there is nothing to ask for.
    is_needed: bool,
}

/// What the rows of a batch lead to.
#[derive(Debug, Default)]
pub(super) struct Led {
    pub(super) wants: Vec<Want>,
    /// What is bound for each.
    pub(super) bindings: Vec<Bindings>,
    /// Rows that each child could not use, and passed over.
    pub(super) skipped: Vec<u64>,
    /// What each child could not use, where that is an error.
    pub(super) missing: Vec<Option<Error>>,
    /// Where the want of each child and key is.
    pub(super) places: HashMap<(usize, String), usize>,
}

impl Link {
    /// From a resource to one of its children, with its place in the tree.
    pub(super) fn new(
        instance: &Instance,
        parent: &Planned,
        child: &Planned,
        node: usize,
    ) -> Result<Self> {
        let spec = child.spec.parent.as_ref();
        let columns = columns_of(parent, child);
        Ok(Self {
            node,
            resource: child.spec.name,
            alias: spec.map_or("", |spec| spec.alias),
            columns,
            partitions: partitions(instance, child.spec.partitions)?,
            skips: spec.is_some_and(|spec| spec.skip_missing),
        })
    }

    /// The values of a row that the child uses; the error is a column that needs one and has none.
    fn values(
        &self,
        batch: &RecordBatch,
        row: usize,
    ) -> Result<Vec<(&'static str, Value)>, &'static str> {
        let mut values = Vec::with_capacity(self.columns.len());
        for used in &self.columns {
            match value_at(batch.column(used.index), used.ty, row) {
                Some(value) => values.push((used.name, value)),
                None if used.is_needed => return Err(used.name),
                None => {}
            }
        }
        Ok(values)
    }

    fn missing(&self, batch: &RecordBatch, row: usize, column: &str) -> Error {
        let Self { resource, alias, .. } = self;
        let shown = super::bound::row_in_words(batch, row);
        let text = format!("`{resource}` needs `{alias}.{column}`, which the row {shown} lacks");
        Error::new(ErrorKind::Row, text).with_help(format!(
            "to pass such rows over: `parent({alias}: .., on_missing = skip)` in `#[resource(..)]` of `{resource}`"
        ))
    }
}

/// Adds what the rows of a batch lead to. `version`: the cursor value of a row, where there is a cursor,
/// and whether that is older than the load.
/// `part`: what is read of it, where rows are divided.
pub(super) fn lead(
    links: &[Link],
    batch: &RecordBatch,
    version: impl Fn(usize) -> (Option<CursorValue>, bool),
    part: Option<Part>,
    led: &mut Led,
) {
    let columns: Vec<Vec<_>> =
        links.iter().map(|link| link.columns.iter().map(|used| used.name).collect()).collect();
    for (child, link) in links.iter().enumerate() {
        for row in 0..batch.num_rows() {
            let values = match link.values(batch, row) {
                Ok(values) => values,
                Err(_) if link.skips => {
                    led.skipped[child] += 1;
                    continue;
                }
                Err(column) => {
                    led.missing[child].get_or_insert_with(|| link.missing(batch, row, column));
                    continue;
                }
            };
            for partition in &link.partitions {
                let bindings = Bindings {
                    parent: values.clone(),
                    partition: partition.clone(),
                    ..Bindings::default()
                };
                let key = partition_key(&columns[child], &bindings);
                if part.is_some_and(|part| !belongs(&key, part)) {
                    continue;
                }
                let (version, is_settled) = version(row);
                let want = Want { node: link.node, child, key, version, is_settled };
                led.push(want, bindings);
            }
        }
    }
}

/// The rows of a batch that belong to a part: by the values that children use.
pub(super) fn divide(batch: RecordBatch, used: &[Used], part: Part) -> Option<RecordBatch> {
    let own = |row: &usize| {
        let value = |used: &Used| value_at(batch.column(used.index), used.ty, *row);
        let values = used.iter().map(|used| value(used).unwrap_or_default());
        belongs(&Value::Array(values.collect()).to_string(), part)
    };
    let rows: Vec<_> = (0..batch.num_rows()).filter(own).collect();
    gather_rows(batch, &rows)
}

impl Led {
    pub(super) fn new(children: usize) -> Self {
        let missing = (0..children).map(|_| None).collect();
        Self { skipped: vec![0; children], missing, ..Self::default() }
    }

    /// Several rows may lead to one child, which is read when all of them have come: the newest counts.
    pub(super) fn push(&mut self, want: Want, bindings: Bindings) {
        match self.places.entry((want.child, want.key.clone())) {
            Entry::Vacant(place) => {
                place.insert(self.wants.len());
                self.wants.push(want);
                self.bindings.push(bindings);
            }
            Entry::Occupied(place) => {
                let before = &mut self.wants[*place.get()];
                if before.version < want.version {
                    *before = want;
                }
            }
        }
    }

    /// The children that wait for something in vain: a row without a value is their error.
    pub(super) fn fail(&mut self, ways: &[Way]) -> Vec<usize> {
        let missing = self.missing.iter_mut().zip(ways).enumerate();
        let failed = missing.filter_map(|(child, (error, way))| {
            way.common.break_off(error.take()?);
            Some(child)
        });
        failed.collect()
    }

    /// Hands over what is to be read. A child that reads no more takes nothing.
    pub(super) async fn hand_over(self, ways: &[Way], asked: Asked) {
        let found = self.wants.into_iter().zip(self.bindings).zip(asked.opened);
        for ((want, bindings), opened) in found {
            let Some(opened) = opened else { continue };
            let Want { child, version, is_settled, .. } = want;
            let visit = Visit { opened, bindings, version, is_settled };
            let _ = ways[child].queue.send(visit).await;
        }
    }
}

/// The elements of all lists, each with each; one empty combination where there are no lists.
pub(super) fn partitions(
    instance: &Instance,
    specs: &'static [PartitionSpec],
) -> Result<Vec<Vec<(&'static str, Value)>>> {
    let mut all: Vec<Vec<(&'static str, Value)>> = vec![Vec::new()];
    for spec in specs {
        let elements = match spec.values {
            PartitionValues::Listed(texts) => texts.iter().map(|text| Value::from(*text)).collect(),
            PartitionValues::Config(field) => instance.elements(field)?,
        };
        let each = all.iter().flat_map(|chosen| {
            let with = |element: &Value| [&chosen[..], &[(spec.name, element.clone())]].concat();
            elements.iter().map(with)
        });
        all = each.collect();
    }
    Ok(all)
}

/// The columns of its parent that a resource uses.
pub(super) fn columns_of(parent: &Planned, child: &Planned) -> Vec<Used> {
    let needed = columns_needed(child);
    let columns = columns_used(child).into_iter();
    columns.map(|name| used(parent, name, needed.contains(&name))).collect()
}

/// A column of a resource.
fn used(planned: &Planned, name: &'static str, is_needed: bool) -> Used {
    let column = planned.tables.root().columns.iter().find(|column| column.name == name);
    let index = arrow_schema(planned.spec.fields).index_of(name);
    match (column, index) {
        (Some(column), Ok(index)) => Used { name, index, ty: column.ty, is_needed },
        _ => unreachable!("BUG: the column was found at compile time"),
    }
}
