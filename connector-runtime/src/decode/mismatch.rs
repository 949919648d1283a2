//! [`RowError`]: what is wrong with a row that does not fit, found by reading it once more, slowly.

use serde_json::value::RawValue;

use super::explain::{Members, cut, items, kind, list_keys, raw_row};
use super::place::{Place, Step};
use super::plan::{Mismatch, MismatchKind, Plan, Subject};
use crate::spec::Path;

/// A row that does not fit.
#[derive(Debug)]
pub(crate) struct RowError {
    /// `row 3` of the page, or `line 3` of the body, from 1.
    pub(crate) place: String,
    /// What it is about: `labels[2].color`; empty for the row itself.
    pub(crate) path: String,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl RowError {
    pub(super) fn new(
        body: &[u8],
        selector: Option<Path>,
        plan: &Plan,
        mismatch: Mismatch,
    ) -> Self {
        let raw = raw_row(body, selector, mismatch.row);
        Self::at(format!("row {}", mismatch.row + 1), raw, plan, mismatch)
    }

    /// The row is a line, counted from 0.
    pub(super) fn in_line(index: usize, line: &[u8], plan: &Plan, mismatch: Mismatch) -> Self {
        let raw = serde_json::from_slice(line).ok();
        Self::at(format!("line {}", index + 1), raw, plan, mismatch)
    }

    /// The row is at hand.
    pub(super) fn of_row(row: &RawValue, plan: &Plan, mismatch: Mismatch) -> Self {
        Self::at(format!("row {}", mismatch.row + 1), Some(row), plan, mismatch)
    }

    fn at(place: String, row: Option<&RawValue>, plan: &Plan, mismatch: Mismatch) -> Self {
        let Mismatch { subject, indexes, kind, .. } = mismatch;
        let here = plan.place(subject);
        if let MismatchKind::Unknown { key } = kind {
            return Self::unknown(place, here, &indexes, &key);
        }
        let what = match subject {
            Subject::Column(_) => "column",
            Subject::List(_) => "list",
            Subject::Object(_) if here.is_element() => "element",
            Subject::Object(_) => "object",
        };
        let value = row.and_then(|row| value_at(row, &here.steps, &indexes));
        let path = here.name_at(&indexes);
        let problem = match (&kind, subject) {
            (MismatchKind::Duplicate, Subject::Object(_)) => "a key comes twice".to_owned(),
            (MismatchKind::Duplicate, _) => "the key comes twice in the row".to_owned(),
            (MismatchKind::Absent, _) => {
                let keys = row.and_then(|row| keys_around(row, here, &indexes));
                let key = here.wire_at(&indexes);
                format!("expected a value, the row has no key `{key}`{}", keys.unwrap_or_default())
            }
            (MismatchKind::Null, Subject::List(_)) => "expected a list, found null".to_owned(),
            (MismatchKind::Null, _) => "expected a value, found null".to_owned(),
            (MismatchKind::Value { expected }, _) => {
                format!("expected {expected}, found {}", found(value, path.is_empty()))
            }
            (MismatchKind::Unknown { .. }, _) => unreachable!("BUG: told above"),
        };
        let message = match path.is_empty() {
            true => problem,
            false => format!("{what} `{path}`: {problem}"),
        };
        let help = help(&kind, subject, here);
        Self { place, path, message, help: help.map(str::to_owned) }
    }

    fn unknown(place: String, object: &Place, indexes: &[usize], key: &str) -> Self {
        let path = match object.wire_at(indexes) {
            wire if wire.is_empty() => cut(key),
            wire => format!("{wire}.{}", cut(key)),
        };
        let message = format!("the row has the key `{path}`, which no column takes");
        let help = "add a field for it, or let it be told only: `unknown_fields = report`";
        Self { place, path, message, help: Some(help.to_owned()) }
    }
}

/// What came in the place of what was expected.
fn found(value: Option<&RawValue>, is_row: bool) -> String {
    match value {
        None => "something else".to_owned(),
        Some(row) if is_row => cut(row.get()),
        // its text says it all
        Some(null) if null.get() == "null" => "null".to_owned(),
        Some(value) => format!("{} {}", kind(value), cut(value.get())),
    }
}

fn help(kind: &MismatchKind, subject: Subject, place: &Place) -> Option<&'static str> {
    match (kind, subject) {
        (MismatchKind::Absent, Subject::List(_)) => Some(
            "if the API may leave it out, make the field an `Option`, or `#[column(default)]`; if the key has another name, `#[column(rename = \"..\")]`",
        ),
        (MismatchKind::Absent, _) => Some(
            "if the API may leave it out, make the field an `Option`; if the key has another name, `#[column(rename = \"..\")]`",
        ),
        (MismatchKind::Null, Subject::List(_)) => Some(
            "if the list may be null, make the field an `Option`; else `#[column(default)]`, which takes it for empty",
        ),
        (MismatchKind::Null, _) if place.is_element() => {
            Some("if null is a value, the elements of the list are an `Option`")
        }
        (MismatchKind::Null, _) => {
            Some("if null is a value, make the field an `Option`; else `#[column(default = ..)]`")
        }
        _ => None,
    }
}

/// The keys of the object in which something is missing.
fn keys_around(row: &RawValue, place: &Place, indexes: &[usize]) -> Option<String> {
    let (_, around) = place.steps.split_last()?;
    let object = value_at(row, around, indexes).unwrap_or(row);
    let members = serde_json::from_str::<Members<'_>>(object.get()).ok()?;
    Some(format!(" ({})", list_keys(&members)))
}

/// The value at a place, or what is there in the place of an object or list that would lead to it.
fn value_at<'a>(row: &'a RawValue, steps: &[Step], indexes: &[usize]) -> Option<&'a RawValue> {
    let mut indexes = indexes.iter();
    steps.iter().try_fold(row, |here, step| match step {
        Step::Key(key) => match serde_json::from_str::<Members<'a>>(here.get()) {
            Ok(members) => members.get(*key).copied(),
            Err(_) => Some(here),
        },
        Step::Element(_) => match items(here) {
            Some(items) => items.get(*indexes.next()?).copied(),
            None => Some(here),
        },
    })
}
