//! How rows get into tables: what goes with which write disposition and strategy.

use super::list::{self, is_list};
use super::{column, mark, misfits, names, span};
use crate::diag::{At, Diag, Spans};
use crate::model::{
    DeleteMissing, Mark, OnMissing, Strategy, UnknownFields, Write, WriteDisposition,
};
use crate::read::{RawIncremental, RawRecord, RawStrategy, RawWrite, plain};

pub(super) fn write(diag: &Diag, record: &RawRecord, raw: RawWrite) -> Write {
    // what could not be read may be any: nothing is said of what goes with it
    if raw.complete {
        merge_has_key(diag, record, &raw);
        allow_empty(diag, &raw);
        if merges(diag, record, &raw) {
            delete_missing(diag, record, &raw);
            mark::merge(diag, record, &raw);
        }
    }
    mark::once(diag, record);
    let RawWrite {
        disposition,
        strategy,
        delete_missing,
        complete: _,
        allow_empty,
        misfits,
        filter,
        map,
    } = raw;
    // a strategy says merge
    let by_strategy = strategy.as_ref().map(|_| WriteDisposition::Merge);
    Write {
        disposition: disposition.map(|at| at.value).or(by_strategy),
        strategy: strategy.map(|raw| self::strategy(diag, record, raw)),
        delete_missing: delete_missing.map(|at| at.value),
        allow_empty: allow_empty.is_some(),
        misfits: misfits::misfits(diag, Some(record), misfits),
        filter,
        map,
    }
}

fn strategy(diag: &Diag, record: &RawRecord, raw: At<RawStrategy>) -> At<Strategy> {
    let At { value, spans } = raw;
    let value = match value {
        RawStrategy::DeleteInsert { merge_key } => {
            self::merge_key(diag, record, &merge_key);
            Strategy::DeleteInsert { merge_key }
        }
        RawStrategy::InsertOnly => Strategy::InsertOnly,
        RawStrategy::Scd2 { valid_from, valid_to } => {
            let name = |given: Option<At<String>>, default: &str| {
                given.unwrap_or_else(|| At::new(default.to_owned(), spans))
            };
            let names = [name(valid_from, "_valid_from"), name(valid_to, "_valid_to")];
            validity_is_free(diag, record, &names);
            no_lists(diag, record);
            let [valid_from, valid_to] = names.map(|at| at.value);
            Strategy::Scd2 { valid_from, valid_to }
        }
        RawStrategy::Upsert => Strategy::Upsert,
    };
    At::new(value, spans)
}

/// A load of what is new has not all rows, and brings some again.
pub(super) fn incremental(
    diag: &Diag,
    record: &RawRecord,
    raw: &RawWrite,
    incremental: Option<&RawIncremental>,
    is_stored: bool,
) {
    let Some(incremental) = incremental.filter(|_| raw.complete && is_stored) else { return };
    let strategy = raw.strategy.as_ref();
    let delete_insert = strategy
        .filter(|at| matches!(at.value, RawStrategy::DeleteInsert { .. }))
        .map(|at| ("strategy = delete_insert(..)", at.spans));
    let replace = raw.disposition.filter(|at| at.value == WriteDisposition::Replace);
    let replace = replace.map(|at| ("write_disposition = replace", at.spans));
    let missing = raw.delete_missing.map(|at| ("delete_missing", at.spans));
    for (option, spans) in [replace, missing, delete_insert].into_iter().flatten() {
        diag.error(
            spans,
            format!("`{option}` needs all rows, and an incremental load has only what is new\nhelp: remove `incremental(..)`, or `{option}`"),
        );
    }
    if raw.disposition.is_some_and(|at| at.value == WriteDisposition::Append) {
        appended(diag, incremental);
    }
    if raw.disposition.is_none() && strategy.is_none() && !has_key(record) {
        diag.error(
            incremental.kind,
            "an incremental load reads its last rows again; without a key they are stored twice\nhelp: `#[column(primary_key)]`, or `write_disposition = append` to accept that",
        );
    }
}

/// Rows that are appended come once, in order.
fn appended(diag: &Diag, incremental: &RawIncremental) {
    if let Some(lag) = &incremental.lag {
        diag.error(
            span::spans(lag),
            "`lag` reads rows again, and `append` would store them twice\nhelp: a primary key and `write_disposition = merge`, or no `lag`",
        );
    }
    if let Some(include) = incremental.on_missing.filter(|at| at.value == OnMissing::Include) {
        diag.error(
            include.spans,
            "rows without a cursor value come with every load, and `append` would store them each time\nhelp: `on_missing = exclude` or `fail`, or a primary key and `write_disposition = merge`",
        );
    }
    if let Some(parallel) = incremental.parallel.as_ref().filter(|at| at.value > 1) {
        diag.error(
            parallel.spans,
            "where rows are appended, windows are read one after the other\nhelp: remove `parallel`, or a primary key and `write_disposition = merge`",
        );
    }
}

/// What has no table has nothing to say of it.
pub(super) fn not_stored(
    diag: &Diag,
    record: &RawRecord,
    raw: &RawWrite,
    not_stored: Option<Spans>,
) {
    let Some(first) = not_stored else { return };
    let contract = raw.misfits.schema_contract.map(|at| at.spans);
    let capture = match &raw.misfits.unknown_fields {
        Some(UnknownFields::Capture(at)) => Some(at.spans),
        _ => None,
    };
    let options = [
        ("write_disposition", raw.disposition.map(|at| at.spans)),
        ("strategy", raw.strategy.as_ref().map(|at| at.spans)),
        ("delete_missing", raw.delete_missing.map(|at| at.spans)),
        ("allow_empty", raw.allow_empty),
        ("schema_contract", contract),
        ("unknown_fields = capture(..)", capture),
    ];
    let marks = mark::marks(record).map(|(_, at)| (at.value.name(), Some(at.spans)));
    for (option, spans) in options.into_iter().chain(marks) {
        if let Some(spans) = spans {
            diag.error_with_first(
                spans,
                format!("`{option}` is about a table, and there is none\nhelp: remove it, or `store = false`"),
                first,
                "`store = false` is given here",
            );
        }
    }
}

/// Merge finds the row that is there already by its key. Only `delete_insert` looks for rows by
/// other columns.
fn merge_has_key(diag: &Diag, record: &RawRecord, raw: &RawWrite) {
    let (what, spans, or) = match (&raw.strategy, &raw.disposition) {
        (Some(At { value: RawStrategy::DeleteInsert { .. }, .. }), _) => return,
        (Some(strategy), None | Some(At { value: WriteDisposition::Merge, .. })) => {
            (strategy.value.name(), strategy.spans, "")
        }
        (None, Some(At { value: WriteDisposition::Merge, spans })) => {
            ("merge", *spans, ", or write `write_disposition = append`")
        }
        _ => return,
    };
    if !has_key(record) {
        let ident = &record.container.ident;
        diag.error(
            spans,
            format!("{what} needs a primary key\nhelp: mark the identifying field of `{ident}` with `#[column(primary_key)]`{or}"),
        );
    }
}

pub(super) fn has_key(record: &RawRecord) -> bool {
    record.fields.iter().any(|field| field.primary_key.is_some())
}

/// Whether rows are merged, which a strategy, `delete_missing` and marks of columns need. Where the
/// resource leaves that to the connector's defaults, a const check asks them.
fn merges(diag: &Diag, record: &RawRecord, raw: &RawWrite) -> bool {
    let strategy = raw.strategy.as_ref().map(|strategy| ("strategy", strategy.spans));
    let missing = raw.delete_missing.as_ref().map(|missing| ("delete_missing", missing.spans));
    let marks = mark::marks(record).map(|(_, mark)| (mark.value.name(), mark.spans));
    let options: Vec<_> = strategy.into_iter().chain(missing).chain(marks).collect();
    let Some(&(first, spans)) = options.first() else { return true };
    let names: Vec<_> = options.iter().map(|(name, _)| format!("`{name}`")).collect();
    let (names, one) = (names.join(", "), names.len() == 1);
    let text = match (&raw.disposition, &raw.strategy) {
        (Some(At { value: WriteDisposition::Merge, .. }), _) | (None, Some(_)) => return true,
        (None, None) if has_key(record) => return true,
        (None, None) => {
            let need = if one { "needs" } else { "need" };
            let ident = &record.container.ident;
            format!(
                "{names} {need} merge, and merge needs a primary key\nhelp: mark the identifying field of `{ident}` with `#[column(primary_key)]`"
            )
        }
        (Some(At { value: other, .. }), _) => {
            let other = match other {
                WriteDisposition::Append => "append",
                _ => "replace",
            };
            let (does, it) =
                if one { ("does", format!("`{first}`")) } else { ("do", "them".to_owned()) };
            format!(
                "{names} {does} nothing with `write_disposition = {other}`\nhelp: `write_disposition = merge`, or remove {it}"
            )
        }
    };
    diag.error(spans, text);
    false
}

/// What is missing in a scan is deleted where rows are merged one by one.
fn delete_missing(diag: &Diag, record: &RawRecord, raw: &RawWrite) {
    let Some(At { value, spans }) = raw.delete_missing else { return };
    let text = match (value, raw.strategy.as_ref().map(|at| &at.value)) {
        (_, Some(RawStrategy::DeleteInsert { .. })) => {
            "`delete_insert` deletes by its merge key, and other rows stay\nhelp: remove `delete_missing`, or `strategy`"
        }
        (_, Some(RawStrategy::InsertOnly)) => {
            "with `insert_only` a row that is there never changes, so none is deleted\nhelp: remove `delete_missing`, or `strategy`"
        }
        (DeleteMissing::Hard, Some(RawStrategy::Scd2 { .. })) => {
            "scd2 keeps the history, so nothing is deleted\nhelp: `delete_missing = soft` closes the rows that are missing"
        }
        (DeleteMissing::Soft, None | Some(RawStrategy::Upsert))
            if !mark::has(record, Mark::SoftDelete) =>
        {
            "where are missing rows marked?\nhelp: `#[column(soft_delete)]` on a field `deleted: bool` or `deleted_at: Option<Timestamp>`, or `strategy = scd2`"
        }
        _ => return,
    };
    diag.error(spans, text);
}

/// What never takes a row away has no need of a word about empty scans. `replace` may be the
/// connector's default, which a const check asks.
fn allow_empty(diag: &Diag, raw: &RawWrite) {
    let Some(spans) = raw.allow_empty else { return };
    let replaces = match (&raw.disposition, &raw.strategy) {
        (Some(disposition), _) => disposition.value == WriteDisposition::Replace,
        (None, strategy) => strategy.is_none(),
    };
    if !replaces && raw.delete_missing.is_none() {
        diag.error(
            spans,
            "`allow_empty` does nothing here: no row goes when a scan brings none\nhelp: it stands beside `write_disposition = replace` or `delete_missing = ..`",
        );
    }
}

/// The merge key is made of columns, each named once. Whether they are ever null, a const check
/// asks.
fn merge_key(diag: &Diag, record: &RawRecord, merge_key: &[At<String>]) {
    for (i, name) in merge_key.iter().enumerate() {
        column::exists(diag, record, name);
        if let Some(first) = merge_key[..i].iter().find(|first| first.value == name.value) {
            diag.error_with_first(
                name.spans,
                format!("`{}` is twice in the merge key", name.value),
                first.spans,
                format!("`{}` is first named here", name.value),
            );
        }
    }
}

/// The columns that scd2 adds are none of those that are there.
fn validity_is_free(diag: &Diag, record: &RawRecord, names: &[At<String>; 2]) {
    let [from, to] = names;
    if from.value.eq_ignore_ascii_case(&to.value) {
        let text = format!("`{}` cannot be both ends of the time in which a row is true", to.value);
        diag.error(to.spans, text);
    }
    for At { value: name, spans } in names {
        if !names::is_plain(name) || names::is_reserved(name) {
            diag.error(
                spans,
                format!("`{name}` cannot be the name of a column that scd2 adds\nhelp: letters, digits and `_`; `_load_id`, `_index` and names that start with `_connector` or `_parent_` are reserved"),
            );
        }
        if let Some(field) = record.fields.iter().find(|field| column::owns(field, name)) {
            let own = plain(&field.ident);
            let whose = match field.flatten {
                Some(_) => {
                    format!("names that start with `{own}__` are those of the flattened `{own}`")
                }
                None => format!("`{}` has a column of that name", record.container.ident),
            };
            diag.error(
                spans,
                format!("scd2 adds the column `{name}`, but {whose}\nhelp: other names: `scd2(valid_from = since, valid_to = until)`"),
            );
        }
    }
}

/// A list is a table of its own, and a history is kept of one. Lists that their spelling does not
/// show are found by a const check.
fn no_lists(diag: &Diag, record: &RawRecord) {
    for field in record.fields.iter().filter(|field| is_list(field)) {
        let ident = plain(&field.ident);
        let json = match list::argument(&field.ty, "Option") {
            Some(list) => format!("Option<Json<{}>>", column::type_text(list)),
            None => format!("Json<{}>", column::type_text(&field.ty)),
        };
        diag.error(
            &field.ty,
            format!("scd2 keeps the history of one table, and the list `{ident}` would be another\nhelp: `{ident}: {json}` keeps it in one column"),
        );
    }
}
