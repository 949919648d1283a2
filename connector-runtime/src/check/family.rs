//! What the resources of one connector are to each other: parents and children, and what both ask of
//! what is read.

use super::{Text, same};
use crate::spec::{
    ColumnSource, ColumnSpec, ConnectorSpec, FieldSpec, MergeStrategy, ParentSpec, ResourceSpec,
    WriteDisposition,
};

/// The place of a resource among its parents and children.
#[track_caller]
pub(super) const fn family(spec: &ConnectorSpec, index: usize) {
    // one whose derive has reported an error may be any of them
    if some_is_poisoned(spec) {
        return;
    }
    let resource = spec.resources[index];
    if let Some(parent) = &resource.parent {
        if find(spec, parent).is_none() {
            not_listed(resource, parent);
        }
        circle(spec, index);
        reads_whole_parents(spec, resource);
        replaces_whole_parents(spec, resource);
    }
    if !resource.store && !has_children(spec, resource) {
        Text::new()
            .tick(resource.type_name)
            .add(" has no table and no children, so its rows would go nowhere\nhelp: remove `store = false`, or list a resource that has it as `parent(..)`")
            .fail();
    }
}

const fn some_is_poisoned(spec: &ConnectorSpec) -> bool {
    let mut i = 0;
    while i < spec.resources.len() {
        if spec.resources[i].poisoned {
            return true;
        }
        i += 1;
    }
    false
}

/// Where the parent is listed.
const fn find(spec: &ConnectorSpec, parent: &ParentSpec) -> Option<usize> {
    let mut i = 0;
    while i < spec.resources.len() {
        if is(spec.resources[i], parent) {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// Names alone are not enough: two structs may have one, of which only one is listed.
const fn is(resource: &ResourceSpec, parent: &ParentSpec) -> bool {
    same(resource.name, parent.resource) && same(resource.type_name, parent.type_name)
}

/// Where the parent of a listed resource is listed.
const fn parent_of(spec: &ConnectorSpec, index: usize) -> Option<usize> {
    match &spec.resources[index].parent {
        Some(parent) => find(spec, parent),
        None => None,
    }
}

#[track_caller]
const fn not_listed(resource: &ResourceSpec, parent: &ParentSpec) {
    // a stub has no name
    if parent.resource.is_empty() {
        return;
    }
    Text::new()
        .tick(resource.type_name)
        .add(" reads its parent ")
        .tick(parent.type_name)
        .add(", which is not listed\nhelp: `resources(")
        .add(parent.type_name)
        .add(", ")
        .add(resource.type_name)
        .add(", ..)`; with `store = false` it has no table")
        .fail();
}

/// Nobody in a circle could be read first. It is told once, at its first resource.
#[track_caller]
const fn circle(spec: &ConnectorSpec, index: usize) {
    let mut text = Text::new().add("parents form a circle: ").tick(spec.resources[index].type_name);
    let mut at = index;
    let mut steps = 0;
    while steps < spec.resources.len() {
        at = match parent_of(spec, at) {
            Some(parent) if parent >= index => parent,
            _ => return,
        };
        text = text.add(" → ").tick(spec.resources[at].type_name);
        if at == index {
            text.fail();
        }
        steps += 1;
    }
}

/// What removes the rows that did not come needs all of them; those of parents that are not new do
/// not come.
#[track_caller]
const fn reads_whole_parents(spec: &ConnectorSpec, resource: &ResourceSpec) {
    let disposition = match resource.write_disposition {
        Some(own) => Some(own),
        None => spec.defaults.write_disposition,
    };
    let option = if !resource.store {
        return;
    } else if resource.delete_missing.is_some() {
        "`delete_missing`"
    } else if matches!(disposition, Some(WriteDisposition::Replace)) {
        "`write_disposition = replace`"
    } else {
        return;
    };
    if let Some(above) = incremental_above(spec, resource) {
        Text::new()
            .add(option)
            .add(" of ")
            .tick(resource.type_name)
            .add(" needs all rows, but it is read for new rows of ")
            .tick(above.type_name)
            .add(" only, which is incremental\nhelp: remove ")
            .add(option)
            .add(", or `incremental(..)` of ")
            .tick(above.type_name)
            .fail();
    }
}

/// What deletes by a merge key needs all rows of each key. Where they are read for some parents only,
/// those of a key must be of one parent.
#[track_caller]
const fn replaces_whole_parents(spec: &ConnectorSpec, resource: &ResourceSpec) {
    let Some(MergeStrategy::DeleteInsert { merge_key }) = resource.strategy else { return };
    let Some(above) = incremental_above(spec, resource) else { return };
    let Some(parent) = &resource.parent else { return };
    let Some(at) = find(spec, parent) else { return };
    let fields = spec.resources[at].fields;
    let (mut i, mut has_key) = (0, false);
    while i < fields.len() {
        if let FieldSpec::Column(ColumnSpec { name, primary_key: true, .. }) = &fields[i] {
            has_key = true;
            if !has_value_of(resource, merge_key, name) {
                return shares_merge_key(resource, above, spec.resources[at], Some(name));
            }
        }
        i += 1;
    }
    if !has_key {
        shares_merge_key(resource, above, spec.resources[at], None);
    }
}

#[track_caller]
const fn shares_merge_key(
    resource: &ResourceSpec,
    above: &ResourceSpec,
    parent: &ResourceSpec,
    column: Option<&str>,
) {
    let text = Text::new()
        .add("`strategy = delete_insert(..)` of ")
        .tick(resource.type_name)
        .add(" replaces all rows of a merge key, but it is read for new rows of ")
        .tick(above.type_name)
        .add(" only, which is incremental, and rows of several ")
        .tick(parent.type_name)
        .add(" may share a merge key\nhelp: ");
    match column {
        Some(column) => text
            .add("add the column that is `#[column(parent = ..)]` of `")
            .add(column)
            .add("` to the merge key, or remove `incremental(..)` of "),
        None => text.add("remove `strategy`, or `incremental(..)` of "),
    }
    .tick(above.type_name)
    .fail();
}

/// Whether a merge key has the value of this column of the parent's row.
const fn has_value_of(resource: &ResourceSpec, merge_key: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < resource.fields.len() {
        if let FieldSpec::Column(column) = &resource.fields[i]
            && let ColumnSource::Parent(of) = column.source
            && same(of, name)
            && is_among(merge_key, column.name)
        {
            return true;
        }
        i += 1;
    }
    false
}

const fn is_among(names: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < names.len() {
        if same(names[i], name) {
            return true;
        }
        i += 1;
    }
    false
}

/// The nearest of its parents that is read for what is new.
const fn incremental_above(
    spec: &ConnectorSpec,
    resource: &ResourceSpec,
) -> Option<&'static ResourceSpec> {
    let (mut child, mut steps) = (resource, 0);
    while steps < spec.resources.len()
        && let Some(parent) = &child.parent
        && let Some(at) = find(spec, parent)
    {
        child = spec.resources[at];
        if child.incremental.is_some() {
            return Some(spec.resources[at]);
        }
        steps += 1;
    }
    None
}

const fn has_children(spec: &ConnectorSpec, resource: &ResourceSpec) -> bool {
    let mut i = 0;
    while i < spec.resources.len() {
        if let Some(parent) = &spec.resources[i].parent
            && is(resource, parent)
        {
            return true;
        }
        i += 1;
    }
    false
}
