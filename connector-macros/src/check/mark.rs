//! Marks of columns: what a column says of its row.

use super::{list, write};
use crate::diag::{At, Diag};
use crate::keys::Derive;
use crate::model::Mark;
use crate::read::{RawField, RawRecord, RawStrategy, RawWrite};

/// A mark stands on a plain column of a resource, and alone.
pub(super) fn field(diag: &Diag, record: &RawRecord, field: &RawField) {
    let Some(At { value: mark, spans }) = field.marks.first() else { return };
    let (name, ident) = (mark.name(), &field.ident);
    if record.derive == Derive::Record {
        let record = &record.container.ident;
        diag.error(
            spans,
            format!("`{name}` says something of a row, and `{record}` is a nested record\nhelp: mark a field of the resource"),
        );
        return;
    }
    if let Some(second) = field.marks.get(1) {
        diag.error_with_first(
            second.spans,
            format!("`{}` and `{name}` are two marks, and a column has one", second.value.name()),
            spans,
            format!("`{name}` is given here"),
        );
    }
    let what = [
        ("a flattened object", field.flatten.is_some()),
        ("a list", list::is_list(field)),
        ("kept as JSON", field.json.is_some()),
        ("part of the primary key", field.primary_key.is_some()),
        ("decoded by a function", field.with.is_some()),
    ];
    if let Some((what, _)) = what.iter().find(|(_, is)| *is) {
        diag.error(spans, format!("`{name}` stands on a plain column, but `{ident}` is {what}"));
    }
}

/// Two columns of one mark could contradict each other, and so could two orders of rows.
pub(super) fn once(diag: &Diag, record: &RawRecord) {
    let marks: Vec<_> = marks(record).collect();
    for (i, (_, mark)) in marks.iter().enumerate() {
        let name = mark.value.name();
        let earlier = marks[..i].iter().find(|(_, other)| other.value.name() == name);
        if let Some((first, at)) = earlier {
            diag.error_with_first(
                mark.spans,
                format!("`{name}` is already on `{}`; one column has it", first.ident),
                at.spans,
                format!("`{name}` is first given here"),
            );
        }
    }
    let find = |name| marks.iter().find(|(_, mark)| mark.value.name() == name);
    if let (Some((field, _)), Some((_, sort))) = (find("version"), find("dedup_sort")) {
        diag.error(
            sort.spans,
            format!(
                "`version` on `{}` picks the row that stays already\nhelp: remove `dedup_sort`",
                field.ident
            ),
        );
    }
}

/// Marks are about the row that is there, which is found by its key when rows are merged.
pub(super) fn merge(diag: &Diag, record: &RawRecord, raw: &RawWrite) {
    let strategy = raw.strategy.as_ref().map(|at| &at.value);
    for (_, At { value: mark, spans }) in marks(record) {
        let name = mark.name();
        let sorts = matches!(mark, Mark::DedupSort(_));
        match strategy {
            Some(RawStrategy::InsertOnly) if !sorts => diag.error(
                spans,
                format!("`{name}` does nothing with `insert_only`: a row that is there never changes\nhelp: remove `{name}`, or `strategy`"),
            ),
            Some(RawStrategy::DeleteInsert { .. })
                if *mark != Mark::SoftDelete && !write::has_key(record) =>
            {
                diag.error(
                    spans,
                    format!(
                        "`{name}` is about the rows of one key, and `{}` has none\nhelp: mark its identifying field with `#[column(primary_key)]`",
                        record.container.ident
                    ),
                );
            }
            _ => {}
        }
    }
}

/// Whether a column has the mark.
pub(super) fn has(record: &RawRecord, mark: Mark) -> bool {
    marks(record).any(|(_, at)| at.value == mark)
}

/// The first mark of each column: a second one is an error of its own.
pub(super) fn marks(record: &RawRecord) -> impl Iterator<Item = (&RawField, &At<Mark>)> {
    record.fields.iter().filter_map(|field| Some((field, field.marks.first()?)))
}
