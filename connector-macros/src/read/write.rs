//! How rows get into tables: dispositions, strategies, marks of columns, and what does not fit.

use syn::Path;

use super::options::{Options, Owner, Worded, lookup};
use super::syntax::{Arg, Kind};
use crate::diag::{At, Spans};
use crate::keys::{Derive, Place};
use crate::model::{
    DeleteMissing, Mark, SchemaContract, SortOrder, UnknownFields, WriteDisposition,
};

/// The words of `write_disposition = ..`.
const DISPOSITIONS: [(&str, WriteDisposition); 3] = [
    ("append", WriteDisposition::Append),
    ("merge", WriteDisposition::Merge),
    ("replace", WriteDisposition::Replace),
];

/// The words of `strategy = ..`.
const STRATEGIES: [(&str, Word); 4] = [
    ("delete_insert", Word::DeleteInsert),
    ("insert_only", Word::InsertOnly),
    ("scd2", Word::Scd2),
    ("upsert", Word::Upsert),
];

#[derive(Clone, Copy)]
enum Word {
    DeleteInsert,
    InsertOnly,
    Scd2,
    Upsert,
}

pub(crate) struct RawWrite {
    pub(crate) disposition: Option<At<WriteDisposition>>,
    pub(crate) strategy: Option<At<RawStrategy>>,
    pub(crate) delete_missing: Option<At<DeleteMissing>>,
    /// Those of the three that are there could be read: the others were not given.
    pub(crate) complete: bool,
    pub(crate) allow_empty: Option<Spans>,
    pub(crate) misfits: RawMisfits,
    pub(crate) filter: Option<Path>,
    pub(crate) map: Option<Path>,
}

/// `strategy = ..`; names that are not given are the default ones.
pub(crate) enum RawStrategy {
    DeleteInsert { merge_key: Vec<At<String>> },
    InsertOnly,
    Scd2 { valid_from: Option<At<String>>, valid_to: Option<At<String>> },
    Upsert,
}

impl RawStrategy {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::DeleteInsert { .. } => "delete_insert",
            Self::InsertOnly => "insert_only",
            Self::Scd2 { .. } => "scd2",
            Self::Upsert => "upsert",
        }
    }
}

/// What does not fit: tables, fields and rows.
#[derive(Default)]
pub(crate) struct RawMisfits {
    pub(crate) schema_contract: Option<At<SchemaContract>>,
    pub(crate) unknown_fields: Option<UnknownFields>,
    pub(crate) on_bad_row: Option<RawOnBadRow>,
}

/// `on_bad_row = ..`.
pub(crate) enum RawOnBadRow {
    Fail,
    Quarantine(RawBudget),
}

/// `quarantine(..)`.
pub(crate) struct RawBudget {
    pub(crate) max_rows: Option<At<u64>>,
    pub(crate) max_percent: Option<At<f64>>,
}

pub(super) fn write(owner: Owner<'_>, options: &Options<'_>) -> RawWrite {
    let disposition = disposition(owner, options);
    let strategy = strategy(owner, options);
    let delete_missing = options.word(
        "delete_missing",
        "way to delete",
        &[("hard", DeleteMissing::Hard), ("soft", DeleteMissing::Soft)],
    );
    let read = [
        ("write_disposition", disposition.is_some()),
        ("strategy", strategy.is_some()),
        ("delete_missing", delete_missing.is_some()),
    ];
    RawWrite {
        complete: read.iter().all(|(name, read)| *read || !options.has(name)),
        disposition,
        strategy,
        delete_missing,
        allow_empty: options.flag("allow_empty"),
        misfits: misfits(owner, options),
        filter: options.path("filter"),
        map: options.path("map"),
    }
}

/// `write_disposition = word`; dlt's other words are those of `strategy`.
pub(super) fn disposition(owner: Owner<'_>, options: &Options<'_>) -> Option<At<WriteDisposition>> {
    let word = options.ident("write_disposition")?;
    let (given, spans) = (word.to_string(), Spans::of(&word));
    if let Some((strategy, word)) = STRATEGIES.iter().find(|(name, _)| *name == given) {
        let args = if matches!(word, Word::DeleteInsert) { "(merge_key = ..)" } else { "" };
        owner.diag.error(
            spans,
            format!("`{strategy}` is a strategy of merge\nhelp: `#[resource(strategy = {strategy}{args})]`"),
        );
        return None;
    }
    let value = lookup(owner.diag, "write disposition", &given, spans, &DISPOSITIONS)?;
    Some(At::new(value, spans))
}

fn strategy(owner: Owner<'_>, options: &Options<'_>) -> Option<At<RawStrategy>> {
    let given = options.worded("strategy")?;
    let (at, spans) = (given.at, given.spans);
    let word = lookup(owner.diag, "strategy", &given.word, at, &STRATEGIES)?;
    let raw = match word {
        Word::DeleteInsert => {
            let options = Options::new(owner, Place::DeleteInsert, given.args.unwrap_or_default());
            if options.complete() && !options.has("merge_key") {
                owner.diag.error(
                    at,
                    "what is deleted before rows are inserted?\nhelp: `delete_insert(merge_key = day)` for the rows of each day that the load has",
                );
            }
            let merge_key = columns(&options, "merge_key");
            options.done();
            RawStrategy::DeleteInsert { merge_key }
        }
        Word::InsertOnly => {
            given.no_args(owner.diag, "strategy");
            RawStrategy::InsertOnly
        }
        Word::Scd2 => {
            let options = Options::new(owner, Place::Scd2, given.args.unwrap_or_default());
            let valid_from = column(&options, "valid_from");
            let valid_to = column(&options, "valid_to");
            options.done();
            RawStrategy::Scd2 { valid_from, valid_to }
        }
        Word::Upsert => {
            given.no_args(owner.diag, "strategy");
            RawStrategy::Upsert
        }
    };
    Some(At::new(raw, spans))
}

/// `name = column`.
fn column(options: &Options<'_>, name: &str) -> Option<At<String>> {
    options.ident(name).map(|ident| At::new(super::plain(&ident), Spans::of(&ident)))
}

/// `name = column` or `name = [column, column]`.
fn columns(options: &Options<'_>, name: &str) -> Vec<At<String>> {
    let Some((_, node)) = options.value(name) else { return Vec::new() };
    let nodes = match &node.kind {
        Kind::List(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(&node),
    };
    if nodes.is_empty() {
        options.wrong_form(name, node.spans);
    }
    let columns = nodes.iter().filter_map(|node| {
        let word = node.word();
        if word.is_none() {
            options.wrong_form(name, node.spans);
        }
        word.map(|word| At::new(super::plain(word), node.spans))
    });
    columns.collect()
}

pub(super) fn misfits(owner: Owner<'_>, options: &Options<'_>) -> RawMisfits {
    let contract = options.word(
        "schema_contract",
        "schema contract",
        &[("evolve", SchemaContract::Evolve), ("freeze", SchemaContract::Freeze)],
    );
    RawMisfits {
        schema_contract: contract,
        unknown_fields: unknown_fields(owner, options),
        on_bad_row: on_bad_row(owner, options),
    }
}

/// `unknown_fields = word` or `unknown_fields = capture(column)`.
fn unknown_fields(owner: Owner<'_>, options: &Options<'_>) -> Option<UnknownFields> {
    const WORDS: [&str; 4] = ["capture", "fail", "ignore", "report"];
    let given = options.worded("unknown_fields")?;
    let words = WORDS.map(|word| (word, word));
    let word = lookup(owner.diag, "way with fields", &given.word, given.at, &words)?;
    if word == "capture" {
        return capture(owner, &given).map(UnknownFields::Capture);
    }
    given.no_args(owner.diag, "unknown_fields");
    Some(match word {
        "fail" => UnknownFields::Fail,
        "ignore" => UnknownFields::Ignore,
        _ => UnknownFields::Report,
    })
}

/// The column of `capture(column)`.
fn capture(owner: Owner<'_>, given: &Worded) -> Option<At<String>> {
    let text = match given.args.as_deref() {
        _ if owner.derive == Derive::Connector => {
            "`capture` names a column of one resource\nhelp: `#[resource(unknown_fields = capture(extra))]`"
        }
        Some([Arg { head, value: None }]) if head.word().is_some() => {
            return head.word().map(|word| At::new(super::plain(word), head.spans));
        }
        _ => {
            "`capture` needs the name of a JSON column\nhelp: `capture(extra)`, with a field `extra: Json`"
        }
    };
    owner.diag.error(given.spans, text);
    None
}

fn on_bad_row(owner: Owner<'_>, options: &Options<'_>) -> Option<RawOnBadRow> {
    const WORDS: [(&str, bool); 2] = [("fail", false), ("quarantine", true)];
    let given = options.worded("on_bad_row")?;
    if !lookup(owner.diag, "way with rows", &given.word, given.at, &WORDS)? {
        given.no_args(owner.diag, "on_bad_row");
        return Some(RawOnBadRow::Fail);
    }
    let options = Options::new(owner, Place::Quarantine, given.args.unwrap_or_default());
    let budget = RawBudget {
        max_rows: options.integer("max_rows"),
        max_percent: options.number("max_percent"),
    };
    options.done();
    Some(RawOnBadRow::Quarantine(budget))
}

/// The marks of a column.
pub(super) fn marks(options: &Options<'_>) -> Vec<At<Mark>> {
    let flag = |mark: Mark| options.flag(mark.name()).map(|spans| At::new(mark, spans));
    let sort = options.word(
        "dedup_sort",
        "order",
        &[("asc", Mark::DedupSort(SortOrder::Asc)), ("desc", Mark::DedupSort(SortOrder::Desc))],
    );
    let flags = [Mark::HardDelete, Mark::SoftDelete, Mark::Version].map(flag);
    flags.into_iter().chain([sort]).flatten().collect()
}
