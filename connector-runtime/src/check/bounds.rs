//! What a resource takes from the connector's fields beside its request: the lower bound of the first
//! load, and the lists of its partitions.

use super::cursor::{Domain, cursor};
use super::{Site, Text, find, placeholders, range, request, same, unknown_field};
use crate::config::ConfigKind;
use crate::spec::{
    ColumnSource, ColumnSpec, ConfigField, ConnectorSpec, FieldSpec, PartitionSpec,
    PartitionValues, ResourceSpec,
};

/// `initial = config.x`: a value of the cursor's type, which is there where windows begin with it.
#[track_caller]
pub(super) const fn initial(spec: &ConnectorSpec, resource: &ResourceSpec) {
    let Some(incremental) = &resource.incremental else { return };
    let Some(initial) = &incremental.initial else { return };
    let Some(name) = initial.lone_field() else {
        return placeholders(spec, resource, initial.parts, Site::Text);
    };
    let text = Text::new().add("`initial` of ").tick(resource.type_name);
    let Some(field) = find(spec.config, name) else {
        unknown_field(spec, text.add(" names ").tick2("config.", name))
    };
    if field.optional && field.default.is_none() {
        let text = if incremental.step.is_some() {
            text.add(" is where the first window begins")
        } else if request::needs_start(resource) {
            text.add(
                " is filled in by the first load: `{incremental.start_value}` has a text around it",
            )
        } else {
            return fits(field, resource);
        };
        text.add(", but ")
            .tick2("config.", name)
            .add(" may be left out\nhelp: make it required, or give it a default")
            .fail();
    }
    fits(field, resource);
}

/// A field for the first lower bound has values of the cursor's type.
#[track_caller]
const fn fits(field: &ConfigField, resource: &ResourceSpec) {
    let Some((_, column, domain)) = cursor(resource) else { return };
    let (fits, wrong) = match domain {
        Domain::Date | Domain::Instant => {
            (is_time(field, column), " is no time\nhelp: its type is `Timestamp` or `String`")
        }
        Domain::Number => (
            matches!(field.kind, ConfigKind::Integer),
            " is no whole number\nhelp: its type is an integer",
        ),
        Domain::Text => {
            (matches!(field.kind, ConfigKind::Text), " is no text\nhelp: its type is `String`")
        }
    };
    if !fits {
        Text::new()
            .add("`initial` of ")
            .tick(resource.type_name)
            .add(" is compared with ")
            .tick(column.name)
            .add(", which is ")
            .tick(column.ty.name())
            .add(", but ")
            .tick2("config.", field.name)
            .add(wrong)
            .fail();
    }
}

/// A number is a time where the column is one.
const fn is_time(field: &ConfigField, column: &ColumnSpec) -> bool {
    match field.kind {
        ConfigKind::Text | ConfigKind::Timestamp => true,
        ConfigKind::Integer => range(column.ty).is_some(),
        _ => false,
    }
}

/// `partition(x in config.y)`: lists of the connector, whose elements their columns take.
#[track_caller]
pub(super) const fn partitions(spec: &ConnectorSpec, resource: &ResourceSpec) {
    let mut i = 0;
    while i < resource.partitions.len() {
        let PartitionSpec { name, values } = &resource.partitions[i];
        if let PartitionValues::Config(list) = values {
            partition(spec, resource, name, list);
        }
        i += 1;
    }
}

#[track_caller]
const fn partition(spec: &ConnectorSpec, resource: &ResourceSpec, name: &str, list: &str) {
    let text = Text::new().add("the partition ").tick(name).add(" of ").tick(resource.type_name);
    let Some(field) = find(spec.config, list) else {
        unknown_field(spec, text.add(" names ").tick2("config.", list))
    };
    let element = match field.kind {
        ConfigKind::List(element) => element,
        // its derive has reported an error
        ConfigKind::Choice([]) => return,
        _ => text
            .add(" needs a list, but ")
            .tick2("config.", list)
            .add(" is none\nhelp: its type is `Vec<String>`")
            .fail(),
    };
    let are_numbers = matches!(element, ConfigKind::Integer);
    if let Some(column) = column_of(resource.fields, name, !are_numbers) {
        let (wrong, ty) =
            if are_numbers { ("are integers", "i64") } else { ("are no integers", "String") };
        Text::new()
            .tick(column.name)
            .add(" of ")
            .tick(resource.type_name)
            .add(" is ")
            .tick(column.ty.name())
            .add(", but the elements of ")
            .tick2("config.", list)
            .add(" ")
            .add(wrong)
            .add("\nhelp: `")
            .add(column.name)
            .add(": ")
            .add(ty)
            .add("`")
            .fail();
    }
}

/// A column for the elements of the partition that takes only numbers, or only texts.
const fn column_of<'a>(
    fields: &'a [FieldSpec],
    partition: &str,
    numbers: bool,
) -> Option<&'a ColumnSpec> {
    let mut i = 0;
    while i < fields.len() {
        if let FieldSpec::Column(column) = &fields[i]
            && let ColumnSource::Partition(name) = column.source
            && same(name, partition)
            && range(column.ty).is_some() == numbers
        {
            return Some(column);
        }
        i += 1;
    }
    None
}
