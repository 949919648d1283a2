//! [`PlannedResource`]: what would be requested of a resource, and what becomes of its rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::words;
use crate::error::Result;
use crate::incremental::Cursor;
use crate::instance::{Bindings, Instance};
use crate::plan::{self, Planned, Share};
use crate::run::range::initial;
use crate::run::scope::Scope;
use crate::spec::{
    CursorRange, IncrementalSpec, PartitionSpec, PartitionValues, RowOrder, WriteDisposition,
};

/// A resource that would be read. What is written as in the attributes is so in their words.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PlannedResource {
    /// Its name.
    pub resource: &'static str,
    /// Whether its rows go into its table; otherwise they are read for its children only.
    pub stored: bool,
    /// The resource for each of whose rows it is read.
    pub parent: Option<&'static str>,
    /// The method of its requests.
    pub method: &'static str,
    /// The path of its requests, as it is written.
    pub path: &'static str,
    /// The parameters of its first request, but for those of the paginator and the cursor.
    pub params: Vec<PlannedParam>,
    /// How the next page is asked for, in words.
    pub paginator: String,
    /// How its rows meet those that are there: `append`, `merge`, `replace`.
    pub write_disposition: &'static str,
    /// How rows are merged, where they are: `upsert`, `delete_insert`, `insert_only`, `scd2`.
    pub strategy: Option<&'static str>,
    /// What becomes of rows that do not come: `hard`, `soft`.
    pub delete_missing: Option<&'static str>,
    /// Whether its rows take the place of all that are there, when all of them have come.
    pub replaces: bool,
    /// How only what is new is asked for.
    pub incremental: Option<PlannedIncremental>,
    /// The lists for each of whose elements it is read.
    pub partitions: Vec<PlannedPartition>,
    /// What the part reads of it, where the run is one of several.
    pub share: Option<Share>,
}

/// A parameter of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlannedParam {
    /// Its name.
    pub name: &'static str,
    /// Its value, as it is written: with placeholders.
    pub value: &'static str,
}

/// A list, for each of whose elements a resource is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlannedPartition {
    /// Its name.
    pub name: &'static str,
    /// How many it has; one that is listed twice counts once.
    pub elements: usize,
}

/// How only what is new is asked for; what is remembered is in [`Beginning`](super::Beginning).
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PlannedIncremental {
    /// The column that tells what is new.
    pub cursor: &'static str,
    /// Where the lower bound goes, in words.
    pub start: Option<String>,
    /// Where the upper bound goes, in words.
    pub end: Option<String>,
    /// How bounds are written; `None`: as the column's type is.
    pub format: Option<&'static str>,
    /// Where a load begins of which nothing is remembered.
    pub initial: Option<String>,
    /// How far before the cursor is asked again for what may come late, in words.
    pub lag: Option<String>,
    /// The order of the rows: `asc`, `desc`.
    pub row_order: Option<&'static str>,
    /// Whether the API gives rows that are equal to the lower bound: `closed`, `open`.
    pub range: &'static str,
    /// Rows are compared with the cursor here.
    pub client_side: bool,
    /// How long a window is, in words.
    pub step: Option<String>,
    /// How many windows are read at once.
    pub parallel: u32,
}

impl PlannedResource {
    /// # Errors
    ///
    /// When a value of the configuration, or a bound of the range, is not what its place takes.
    pub(super) fn new(instance: &Instance, planned: &Planned, scope: &Scope) -> Result<Self> {
        let spec = planned.spec;
        let write = planned.write;
        let merges = write.disposition == WriteDisposition::Merge;
        if let (Some(incremental), Some(_)) = (&spec.incremental, &scope.range) {
            let bounds = Cursor::new(incremental, spec.fields).and_then(|it| scope.bounds(&it));
            bounds.map_err(|error| error.with_resource(spec.name))?;
        }
        if let (Some(incremental), None) = (&spec.incremental, &scope.range) {
            let cursor = Cursor::new(incremental, spec.fields);
            let initial = cursor.and_then(|cursor| initial(instance, &Arc::new(cursor)));
            initial.map_err(|error| error.with_resource(spec.name))?;
        }
        let incremental = spec.incremental.as_ref();
        let incremental = incremental.map(|spec| PlannedIncremental::new(instance, spec));
        let params = planned.params.iter();
        Ok(Self {
            resource: spec.name,
            stored: planned.stored,
            parent: planned.parent(),
            method: spec.method.as_str(),
            path: spec.path.text,
            params: params
                .map(|param| PlannedParam { name: param.name, value: param.value.text })
                .collect(),
            paginator: words::paginator(planned.paginator.as_ref()),
            write_disposition: words::disposition(write.disposition),
            strategy: merges.then(|| words::strategy(write.strategy)),
            delete_missing: write.delete_missing.map(words::delete_missing),
            replaces: planned.stored && write.replaces(),
            incremental: incremental.transpose()?,
            partitions: partitions(instance, spec.partitions)?,
            share: scope.part.map(|part| plan::share(instance.spec, spec, part)),
        })
    }
}

/// The lists of a resource.
pub(super) fn partitions(
    instance: &Instance,
    specs: &[PartitionSpec],
) -> Result<Vec<PlannedPartition>> {
    let planned = |one: &PartitionSpec| {
        let elements: BTreeSet<String> = match one.values {
            PartitionValues::Config(field) => {
                instance.elements(field)?.iter().map(ToString::to_string).collect()
            }
            PartitionValues::Listed(texts) => texts.iter().map(|text| (*text).to_owned()).collect(),
        };
        Ok(PlannedPartition { name: one.name, elements: elements.len() })
    };
    specs.iter().map(planned).collect()
}

impl PlannedIncremental {
    fn new(instance: &Instance, spec: &IncrementalSpec) -> Result<Self> {
        let initial = spec.initial.map(|text| instance.optional_text(&text, Bindings::NONE));
        let start = words::bound(spec.start, spec.has_start_value, "{incremental.start_value}");
        Ok(Self {
            cursor: spec.cursor,
            start,
            end: words::bound(spec.end, spec.has_end_value, "{incremental.end_value}"),
            format: spec.format.map(words::format),
            initial: initial.transpose()?.flatten(),
            lag: spec.lag.map(words::span),
            row_order: spec.row_order.map(|order| match order {
                RowOrder::Asc => "asc",
                RowOrder::Desc => "desc",
            }),
            range: match spec.range {
                CursorRange::Closed => "closed",
                CursorRange::Open => "open",
            },
            client_side: spec.client_side,
            step: spec.step.map(words::span),
            parallel: spec.parallel,
        })
    }
}
