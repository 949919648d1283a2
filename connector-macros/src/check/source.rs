//! `#[column(parent = ..)]` and `#[column(partition = ..)]`: columns whose values are not the API's.
//!
//! What types they have, const checks ask.

use super::list;
use super::sources::Declared;
use crate::diag::{At, Diag, Spans};
use crate::guess;
use crate::keys::Derive;
use crate::model::ColumnSource;
use crate::read::{RawField, RawRecord};

/// The source of a column, and the option that says it.
pub(super) fn source(raw: &RawField) -> Option<At<ColumnSource>> {
    let parent = raw
        .parent
        .as_ref()
        .map(|at| At::new(ColumnSource::Parent(at.value.name.clone()), at.spans));
    let partition = raw
        .partition
        .as_ref()
        .map(|at| At::new(ColumnSource::Partition(at.value.clone()), at.spans));
    parent.or(partition)
}

/// The option that says the source of a column, and where.
pub(super) fn given(raw: &RawField) -> Option<(&'static str, Spans)> {
    let parent = raw.parent.as_ref().map(|at| ("parent", at.spans));
    parent.or(raw.partition.as_ref().map(|at| ("partition", at.spans)))
}

/// A value that is not read is decoded in no way, and stands in a plain column of a resource.
pub(super) fn field(diag: &Diag, record: &RawRecord, field: &RawField) {
    let Some((option, spans)) = given(field) else { return };
    let ident = &field.ident;
    if record.derive == Derive::Record {
        let record = &record.container.ident;
        diag.error(
            spans,
            format!("`{option}` is about a row of a resource, and `{record}` is a nested record\nhelp: a field of the resource itself"),
        );
        return;
    }
    if let (Some(parent), Some(partition)) = (&field.parent, &field.partition) {
        diag.error_with_first(
            partition.spans,
            "a value has one source; `partition` and `parent` are two",
            parent.spans,
            "`parent` is given here",
        );
    }
    if list::is_list(field) {
        diag.error(spans, format!("`{option}` stands on a plain column, but `{ident}` is a list"));
    }
    let others = [
        ("rename", field.rename.as_ref().map(|at| at.spans)),
        ("default", field.default.as_ref().map(|at| at.spans)),
        ("json", field.json),
        ("epoch", field.epoch.as_ref().map(|at| at.spans)),
        ("with", field.with.as_ref().map(|at| at.spans)),
        ("flatten", field.flatten),
    ];
    let whose = if option == "parent" { "the parent's row" } else { "the partition" };
    let marks = field.marks.iter().map(|at| (at.value.name(), Some(at.spans)));
    for (other, spans) in others.into_iter().chain(marks) {
        if let Some(spans) = spans {
            diag.error(
                spans,
                format!("the value of `{ident}` comes from {whose}; `{other}` does nothing there\nhelp: remove `{other}`"),
            );
        }
    }
}

/// The sources of columns are declared.
pub(super) fn columns(diag: &Diag, record: &RawRecord, declared: &Declared<'_>) {
    for field in &record.fields {
        if let Some(At { value: place, spans }) = &field.parent
            && !declared.unread_parent
        {
            let (alias, ident) = (place.source.as_str(), &record.container.ident);
            match declared.parent {
                None => diag.error(
                    spans,
                    format!("`{ident}` has no parent\nhelp: `#[resource(parent({alias}: ..))]` above `struct {ident}`, with the resource whose rows are parents"),
                ),
                Some(own) if own == alias => {}
                Some(own) => {
                    let help = match guess::nearest(alias, [own]) {
                        Some(own) => format!("; did you mean `{own}`?"),
                        None => format!("\nhelp: the parent of `{ident}` is `{own}`"),
                    };
                    diag.error(spans, format!("no parent is named `{alias}`{help}"));
                }
            }
        }
        if let Some(At { value: name, spans }) = &field.partition
            && let Err(message) = declared.has_partition(name)
        {
            diag.error(spans, message);
        }
    }
}
