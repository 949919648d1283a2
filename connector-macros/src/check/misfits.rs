//! What does not fit: tables, fields and rows.

use super::{column, source};
use crate::diag::{At, Diag};
use crate::model::{Budget, Misfits, OnBadRow, UnknownFields};
use crate::read::{RawBudget, RawMisfits, RawOnBadRow, RawRecord, plain};

/// `record`: the columns, where there are some.
pub(super) fn misfits(diag: &Diag, record: Option<&RawRecord>, raw: RawMisfits) -> Misfits {
    let RawMisfits { schema_contract, unknown_fields, on_bad_row } = raw;
    if let (Some(record), Some(UnknownFields::Capture(name))) = (record, &unknown_fields) {
        captured(diag, record, name);
    }
    Misfits {
        schema_contract: schema_contract.map(|at| at.value),
        unknown_fields,
        on_bad_row: on_bad_row.map(|raw| match raw {
            RawOnBadRow::Fail => OnBadRow::Fail,
            RawOnBadRow::Quarantine(raw) => OnBadRow::Quarantine(budget(diag, raw)),
        }),
    }
}

/// The column of `capture(column)` is there, and takes nothing else. That it is JSON, a const check
/// asks.
fn captured(diag: &Diag, record: &RawRecord, name: &At<String>) {
    if !column::exists(diag, record, name) {
        return;
    }
    let Some(field) = record.fields.iter().find(|field| plain(&field.ident) == name.value) else {
        return;
    };
    let others = [
        ("primary_key", field.primary_key),
        ("rename", field.rename.as_ref().map(|at| at.spans)),
        ("default", field.default.as_ref().map(|at| at.spans)),
        ("epoch", field.epoch.as_ref().map(|at| at.spans)),
        ("with", field.with.as_ref().map(|at| at.spans)),
        ("flatten", field.flatten),
    ];
    let marks = field.marks.iter().map(|at| (at.value.name(), Some(at.spans)));
    let source = source::given(field).map(|(option, spans)| (option, Some(spans)));
    for (option, spans) in others.into_iter().chain(marks).chain(source) {
        if let Some(spans) = spans {
            diag.error(
                spans,
                format!("`{}` takes the fields that no column takes; `{option}` does nothing there\nhelp: remove `{option}`", name.value),
            );
        }
    }
}

fn budget(diag: &Diag, raw: RawBudget) -> Budget {
    match (raw.max_rows, raw.max_percent) {
        (Some(rows), Some(percent)) => {
            diag.error_with_first(
                percent.spans,
                "`max_rows` and `max_percent` are two budgets, and a load has one",
                rows.spans,
                "`max_rows` is given here",
            );
            Budget::Default
        }
        (Some(At { value, spans }), None) => {
            if value == 0 {
                diag.error(spans, "with a budget of no row the first one fails the load\nhelp: `on_bad_row = fail`, or 1 at least");
            }
            Budget::Rows(value)
        }
        (None, Some(At { value, spans })) => {
            if !(value > 0.0 && value <= 100.0) {
                diag.error(
                    spans,
                    "so many of a hundred rows: more than 0, and 100 at most\nhelp: `max_percent = 1.5`",
                );
            }
            Budget::Percent(value)
        }
        (None, None) => Budget::Default,
    }
}
