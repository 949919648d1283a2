//! `parent(..)` and `partition(..)`: what a resource is read once for each of.
//!
//! What the parent's columns are, and that the connector lists it, const checks ask.

use super::sources::Used;
use crate::diag::{At, Diag, Spans};
use crate::model::{Parent, Part, Partition, PartitionValues, Template};
use crate::read::{RawParent, RawPartition, RawValues};

/// The sources that every resource has.
const TAKEN: [&str; 3] = ["config", "incremental", "partition"];

pub(super) fn parent(diag: &Diag, raw: &RawParent, used: &[At<Used>]) -> Parent {
    let RawParent { alias, resource, skip_missing } = raw;
    if TAKEN.contains(&alias.value.as_str()) {
        diag.error(
            alias.spans,
            format!("`{}` is a source of its own\nhelp: another name for the parent's row, as in `parent(issue: Issue)`", alias.value),
        );
    }
    let mut uses: Vec<At<String>> = Vec::new();
    for At { value: Used { part, .. }, spans } in used {
        if let Part::Parent(column) = part
            && !uses.iter().any(|earlier| earlier.value == *column)
        {
            uses.push(At::new(column.clone(), *spans));
        }
    }
    Parent {
        alias: alias.value.clone(),
        resource: resource.clone(),
        skip_missing: *skip_missing,
        uses,
    }
}

/// Without a use in the request every row of the parent would fetch the same page; asked when
/// nothing else is wrong.
pub(super) fn parent_is_used(diag: &Diag, raw: &RawParent, used: &[At<Used>]) {
    if !used.iter().any(|at| matches!(at.value.part, Part::Parent(_))) {
        let alias = &raw.alias.value;
        let name = crate::read::path_text(&raw.resource);
        diag.error(
            raw.alias.spans,
            format!("`{alias}` is not used; every row of `{name}` would fetch the same page\nhelp: use `{{{alias}.id}}` in the path or a parameter, or remove `parent(..)`"),
        );
    }
}

/// The same for the elements of lists.
pub(super) fn partitions_are_used(diag: &Diag, raw: &[RawPartition], used: &[At<Used>]) {
    for RawPartition { name, .. } in raw {
        let is_use =
            |at: &At<Used>| matches!(&at.value.part, Part::Partition(used) if *used == name.value);
        if !used.iter().any(is_use) {
            let name_text = &name.value;
            diag.error(
                name.spans,
                format!("`{name_text}` is not used; every element would fetch the same page\nhelp: use `{{partition.{name_text}}}` in the path or a parameter, or remove it"),
            );
        }
    }
}

pub(super) fn partitions(diag: &Diag, raw: &[RawPartition], path: &Template) -> Vec<Partition> {
    for (i, RawPartition { name, values }) in raw.iter().enumerate() {
        if let Some(first) = raw[..i].iter().find(|first| first.name.value == name.value) {
            diag.error_with_first(
                name.spans,
                format!("the partition `{}` is given twice", name.value),
                first.name.spans,
                format!("`{}` was first given here", name.value),
            );
        }
        if let RawValues::Listed(elements) = &values.value {
            listed(diag, elements, values.spans);
            if path.parts.contains(&Part::Partition(name.value.clone())) {
                none_is_empty(diag, elements);
            }
        }
    }
    let partition = |raw: &RawPartition| Partition {
        name: raw.name.value.clone(),
        values: match &raw.values.value {
            RawValues::Config(field) => PartitionValues::Config(field.clone()),
            RawValues::Listed(values) => {
                PartitionValues::Listed(values.iter().map(|at| at.value.clone()).collect())
            }
        },
    };
    raw.iter().map(partition).collect()
}

/// A path with nothing in one of its places leads elsewhere.
fn none_is_empty(diag: &Diag, values: &[At<String>]) {
    if let Some(empty) = values.iter().find(|at| at.value.is_empty()) {
        diag.error(
            empty.spans,
            "an empty text cannot stand in the path\nhelp: remove it, or send the element as a parameter",
        );
    }
}

/// A list of nothing reads nothing, and an element is read once.
fn listed(diag: &Diag, values: &[At<String>], spans: Spans) {
    if values.is_empty() {
        diag.error(spans, "an empty list reads nothing\nhelp: `[\"open\", \"closed\"]`");
    }
    for (i, value) in values.iter().enumerate() {
        if let Some(first) = values[..i].iter().find(|first| first.value == value.value) {
            diag.error_with_first(
                value.spans,
                format!("{:?} is twice in the list", value.value),
                first.spans,
                format!("{:?} was first given here", value.value),
            );
        }
    }
}
