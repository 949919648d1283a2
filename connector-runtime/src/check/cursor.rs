//! `incremental(..)` against the type of its cursor's column.
//!
//! Each option is asked where it stands. What is wrong with the cursor itself is said once, at the
//! cursor: the other checks then say nothing.

use super::date::{is_date, is_timestamp};
use super::{Literal, Text, range, same};
use crate::spec::{
    BoundFormat, ColumnSpec, CursorSpan, FieldSpec, IncrementalSpec, Part, ResourceSpec,
};
use crate::value::LogicalType;

/// What a cursor's values are, apart from how they are stored.
#[derive(Clone, Copy)]
pub(super) enum Domain {
    Date,
    Instant,
    Number,
    Text,
}

/// The options, the column of the cursor and what its values are; `None`: it cannot be a cursor.
pub(super) const fn cursor(spec: &ResourceSpec) -> Option<(&IncrementalSpec, &ColumnSpec, Domain)> {
    let Some(incremental) = &spec.incremental else { return None };
    let Some(column) = column(spec.fields, incremental.cursor) else { return None };
    let is_epoch =
        matches!(incremental.format, Some(BoundFormat::Epoch | BoundFormat::EpochMillis));
    let domain = match column.ty {
        LogicalType::Date => Domain::Date,
        LogicalType::Timestamp => Domain::Instant,
        LogicalType::Text if incremental.as_text && column.check.is_none() => Domain::Text,
        ty if range(ty).is_some() => {
            if is_epoch {
                Domain::Instant
            } else {
                Domain::Number
            }
        }
        _ => return None,
    };
    Some((incremental, column, domain))
}

const fn column<'a>(fields: &'a [FieldSpec], name: &str) -> Option<&'a ColumnSpec> {
    let mut i = 0;
    while i < fields.len() {
        if let FieldSpec::Column(column) = &fields[i]
            && same(column.name, name)
        {
            return Some(column);
        }
        i += 1;
    }
    None
}

/// "`updated_at` of `Issue`".
const fn named(text: Text, column: &ColumnSpec, spec: &ResourceSpec) -> Text {
    text.tick(column.name).add(" of ").tick(spec.type_name)
}

/// `cursor = ..`: values that have an order.
#[track_caller]
pub const fn incremental_cursor(spec: &ResourceSpec) {
    let Some(incremental) = &spec.incremental else { return };
    // that there is such a field, the derive has checked
    let Some(column) = column(spec.fields, incremental.cursor) else { return };
    let text = named(Text::new(), column, spec);
    match column.ty {
        LogicalType::Text if column.check.is_some() => {
            text.add(" cannot be a cursor: its values are a closed set, which has no order").fail()
        }
        LogicalType::Text if !incremental.as_text => text
            .add(" is a text; is it to be compared byte by byte?\nhelp: `as_text`, or a type that is compared as what it is: a `Timestamp`, a `Date` or an integer")
            .fail(),
        LogicalType::Text | LogicalType::Date | LogicalType::Timestamp => {}
        ty if range(ty).is_some() => {}
        ty => text
            .add(" cannot be a cursor: it is ")
            .tick(ty.name())
            .add("\nhelp: a cursor is a `Timestamp`, a `Date`, an integer, or a `String` with `as_text`")
            .fail(),
    }
    if column.nullable && incremental.on_missing.is_none() {
        text.add(" may be null; what becomes of rows without it?\nhelp: `on_missing = exclude`, `include` or `fail`, or a type that is no `Option`")
            .fail();
    }
}

/// `on_missing = ..`: some value may be missing.
#[track_caller]
pub const fn cursor_may_be_missing(spec: &ResourceSpec) {
    if let Some((_, column, _)) = cursor(spec)
        && !column.nullable
    {
        named(Text::new(), column, spec)
            .add(" is in every row, so `on_missing` does nothing\nhelp: remove it, or make the column an `Option`")
            .fail();
    }
}

/// `as_text`: it is one.
#[track_caller]
pub const fn cursor_is_text(spec: &ResourceSpec) {
    if let Some((_, column, Domain::Date | Domain::Instant | Domain::Number)) = cursor(spec) {
        named(Text::new().add("`as_text` compares a `String`, but "), column, spec)
            .add(" is ")
            .tick(column.ty.name())
            .add(", which is compared as such\nhelp: remove `as_text`")
            .fail();
    }
}

/// `format = ..`: how times are written.
#[track_caller]
pub const fn cursor_format(spec: &ResourceSpec) {
    let Some((_, column, domain)) = cursor(spec) else { return };
    let help = match domain {
        Domain::Date | Domain::Instant => return,
        Domain::Number => {
            "\nhelp: `epoch` or `epoch_millis`, when the number is a time; otherwise remove `format`"
        }
        Domain::Text => "\nhelp: remove `format`",
    };
    named(Text::new().add("`format` writes times, but "), column, spec)
        .add(" is ")
        .tick(column.ty.name())
        .add(help)
        .fail();
}

/// The upper bound: the beginning of the run, which is a time.
#[track_caller]
pub const fn cursor_has_end(spec: &ResourceSpec) {
    let Some((_, column, domain)) = cursor(spec) else { return };
    let help = match domain {
        Domain::Date | Domain::Instant => return,
        Domain::Number => "\nhelp: remove it, or add `format = epoch` when the number is a time",
        Domain::Text => "\nhelp: remove it",
    };
    named(Text::new().add("the upper bound is the beginning of the run, and "), column, spec)
        .add(" is no time")
        .add(help)
        .fail();
}

/// `lag = ..`: a distance between two cursors.
#[track_caller]
pub const fn cursor_lag(spec: &ResourceSpec) {
    if let Some((incremental, column, domain)) = cursor(spec)
        && let Some(lag) = incremental.lag
    {
        span("lag", lag, column, domain, spec);
    }
}

/// `step = ..`: a distance between two times. What is no time has no upper bound, which is said
/// there.
#[track_caller]
pub const fn cursor_step(spec: &ResourceSpec) {
    if let Some((incremental, column, domain @ (Domain::Date | Domain::Instant))) = cursor(spec)
        && let Some(step) = incremental.step
    {
        span("step", step, column, domain, spec);
    }
}

#[track_caller]
const fn span(
    option: &str,
    span: CursorSpan,
    column: &ColumnSpec,
    domain: Domain,
    spec: &ResourceSpec,
) {
    let text = Text::new().tick(option);
    match (domain, span) {
        (Domain::Date, CursorSpan::Time { seconds: 0, .. })
        | (Domain::Instant, CursorSpan::Time { .. })
        | (Domain::Number, CursorSpan::Number(_)) => {}
        (Domain::Date, CursorSpan::Time { .. }) => {
            named(text.add(" is a part of a day, but "), column, spec)
                .add(" is a date\nhelp: days, weeks, months or years, as in `\"1 day\"`")
                .fail()
        }
        (Domain::Date | Domain::Instant, CursorSpan::Number(_)) => {
            let text = named(text.add(" is a number, but "), column, spec).add(" is a time");
            by_format(text, column).add("\nhelp: a span of time, as in `\"1 day\"`").fail()
        }
        (Domain::Number, CursorSpan::Time { .. }) => {
            named(text.add(" is a span of time, but "), column, spec)
                .add(" is a number\nhelp: a number, or `format = epoch` when the number is a time")
                .fail()
        }
        (Domain::Text, _) => named(text.add(" is a distance, and "), column, spec)
            .add(" is a text, which has none\nhelp: remove `")
            .add(option)
            .add("`")
            .fail(),
    }
}

/// A number is a time because the format says so.
const fn by_format(text: Text, column: &ColumnSpec) -> Text {
    match range(column.ty) {
        Some(_) => text.add(", as `format = epoch` or `epoch_millis` says"),
        None => text,
    }
}

/// `initial = literal`: a value of the column's type.
#[track_caller]
pub const fn cursor_initial(spec: &ResourceSpec, literal: Literal) {
    let Some((incremental, column, domain)) = cursor(spec) else { return };
    let text = match &incremental.initial {
        Some(initial) => match initial.parts {
            [] => "",
            [Part::Text(text)] => text,
            _ => return,
        },
        None => return,
    };
    let number = match (range(column.ty), literal) {
        (Some((min, max)), Literal::Integer(value)) => {
            if value < min || value > max {
                named(Text::new(), column, spec)
                    .add(" is ")
                    .tick(column.ty.name())
                    .add(", which does not hold that number")
                    .fail();
            }
            true
        }
        _ => false,
    };
    let is_text = matches!(literal, Literal::Text);
    let (fits, wanted) = match domain {
        Domain::Date => (is_text && is_date(text), "a date as `\"2020-01-31\"`"),
        Domain::Instant if range(column.ty).is_some() => (
            number || is_text && (is_date(text) || is_timestamp(text)),
            "a time as `\"2020-01-31T00:00:00Z\"`, a date, or a number without quotes",
        ),
        Domain::Instant => (
            number || is_text && (is_date(text) || is_timestamp(text)),
            "a time as `\"2020-01-31T00:00:00Z\"`, or a date",
        ),
        Domain::Number => (number, "a whole number"),
        Domain::Text => (is_text, "a text in quotes"),
    };
    if !fits {
        let text =
            named(Text::new().add("`initial` is ").add(wanted).add(", because "), column, spec);
        match domain {
            Domain::Instant if range(column.ty).is_some() => {
                by_format(text.add(" is a time"), column).fail()
            }
            _ => text.add(" is ").tick(column.ty.name()).fail(),
        }
    }
}
