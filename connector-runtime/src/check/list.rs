//! Lists: what their child tables ask of a resource, and of the others beside it.

use super::{Text, has_key};
use crate::spec::{ConnectorSpec, ElementSpec, FieldSpec, ResponseFormat};

/// Between the names of a table and of a list in it, and in those of flattened columns.
pub(super) const NESTING: &str = "__";

/// A resource with lists. Those that its derive saw it has checked; a flattened record may bring others.
#[track_caller]
pub(super) const fn lists(spec: &ConnectorSpec, index: usize) {
    let resource = spec.resources[index];
    let Some(list) = first_list(resource.fields) else { return };
    let text = Text::new().tick(resource.type_name);
    if resource.store && !has_key(resource.fields) {
        text.add(" has the list ")
            .tick(list)
            .add(", whose elements become rows that are found by its primary key, and it has none\nhelp: mark its identifying field with `#[column(primary_key)]`")
            .fail();
    }
    let format = match resource.response_format {
        Some(format) => Some(format),
        None => spec.defaults.response_format,
    };
    if let Some(ResponseFormat::Csv(_)) = format {
        text.add(" reads CSV, which holds no lists, but has the list ")
            .tick(list)
            .add("\nhelp: `#[column(json)]` reads a field that holds JSON, `#[column(with(path))]` any other")
            .fail();
    }
    if resource.store {
        own_tables(spec, index, resource.fields, Text::new().add(resource.name), Text::new());
    }
}

const fn first_list(fields: &[FieldSpec]) -> Option<&'static str> {
    let mut i = 0;
    while i < fields.len() {
        match &fields[i] {
            FieldSpec::List { name, .. } => return Some(name),
            FieldSpec::Flatten { fields, .. } => {
                if let Some(list) = first_list(fields) {
                    return Some(list);
                }
            }
            FieldSpec::Column(_) => {}
        }
        i += 1;
    }
    None
}

/// No other resource has a table that is called like that of a list in `table`. `prefix`: what
/// flattened fields stand before the names of the list.
#[track_caller]
const fn own_tables(
    spec: &ConnectorSpec,
    index: usize,
    fields: &[FieldSpec],
    table: Text,
    prefix: Text,
) {
    let mut i = 0;
    while i < fields.len() {
        match &fields[i] {
            FieldSpec::Flatten { name, fields, .. } => {
                own_tables(spec, index, fields, table, prefix.add(name).add(NESTING));
            }
            FieldSpec::List { name, element, .. } => {
                let child = table.add(NESTING).text(prefix).add(name);
                own_table(spec, index, name, child);
                if let ElementSpec::Record(fields) = element {
                    own_tables(spec, index, fields, child, Text::new());
                }
            }
            FieldSpec::Column(_) => {}
        }
        i += 1;
    }
}

#[track_caller]
const fn own_table(spec: &ConnectorSpec, index: usize, list: &str, child: Text) {
    let mut i = 0;
    while i < spec.resources.len() {
        let other = spec.resources[i];
        let same = child.is(Text::new().add(other.name))
            // of two lists the later one is told of
            || (i < index && makes(other.fields, Text::new().add(other.name), Text::new(), child));
        if i != index && !other.poisoned && other.store && same {
            Text::new()
                .add("the list ")
                .tick(list)
                .add(" of ")
                .tick(spec.resources[index].type_name)
                .add(" becomes the table `")
                .text(child)
                .add("`, which ")
                .tick(other.type_name)
                .add(" has, too\nhelp: another field name, with `#[column(rename = \"..\")]`, or `#[resource(name = \"..\")]`")
                .fail();
        }
        i += 1;
    }
}

/// Whether a list in these fields becomes this table.
const fn makes(fields: &[FieldSpec], table: Text, prefix: Text, wanted: Text) -> bool {
    let mut i = 0;
    while i < fields.len() {
        let found = match &fields[i] {
            FieldSpec::Flatten { name, fields, .. } => {
                makes(fields, table, prefix.add(name).add(NESTING), wanted)
            }
            FieldSpec::List { name, element, .. } => {
                let child = table.add(NESTING).text(prefix).add(name);
                child.is(wanted)
                    || match element {
                        ElementSpec::Record(fields) => makes(fields, child, Text::new(), wanted),
                        ElementSpec::Value(_) => false,
                    }
            }
            FieldSpec::Column(_) => false,
        };
        if found {
            return true;
        }
        i += 1;
    }
    false
}
