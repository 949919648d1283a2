//! How a resource is read in parts: `incremental(..)`, `parent(..)`, `partition(..)`.

use syn::{Lit, Path};

use super::options::{self, Options, Owner};
use super::params::{self, RawLiteral};
use super::syntax::{Arg, Kind, Node};
use super::target::RawTarget;
use crate::case;
use crate::diag::{At, Diag, Spans};
use crate::keys::Place;
use crate::model::{BoundFormat, OnMissing, RowOrder};

/// The words of `format = ..`.
const FORMATS: [(&str, BoundFormat); 6] = [
    ("date", BoundFormat::Date),
    ("epoch", BoundFormat::Epoch),
    ("epoch_millis", BoundFormat::EpochMillis),
    ("rfc3339", BoundFormat::Rfc3339),
    ("rfc3339_micros", BoundFormat::Rfc3339Micros),
    ("rfc3339_millis", BoundFormat::Rfc3339Millis),
];

/// `incremental(..)`.
pub(crate) struct RawIncremental {
    /// The word `incremental`.
    pub(crate) kind: Spans,
    pub(crate) cursor: Option<At<String>>,
    pub(crate) start: RawTarget,
    pub(crate) end: RawTarget,
    pub(crate) format: Option<At<BoundFormat>>,
    pub(crate) initial: Option<RawInitial>,
    pub(crate) lag: Option<RawSpan>,
    pub(crate) row_order: Option<At<RowOrder>>,
    /// `range = open`, and where.
    pub(crate) open: Option<Spans>,
    pub(crate) on_missing: Option<At<OnMissing>>,
    pub(crate) client_side: Option<Spans>,
    pub(crate) step: Option<RawSpan>,
    pub(crate) parallel: Option<At<u64>>,
    pub(crate) as_text: Option<Spans>,
    /// Nothing was unreadable or unknown: what is missing was not given.
    pub(crate) complete: bool,
}

/// `initial = ..`.
pub(crate) enum RawInitial {
    /// `config.field`.
    Config(At<String>),
    Literal(At<RawLiteral>),
}

/// `lag = ..` and `step = ..`.
pub(crate) enum RawSpan {
    Number(At<u64>),
    Text(At<String>),
}

/// `parent(issue: Issue)`.
pub(crate) struct RawParent {
    pub(crate) alias: At<String>,
    pub(crate) resource: Path,
    /// `on_missing = ..`: whether it says `skip`.
    pub(crate) skip_missing: Option<At<bool>>,
}

/// `partition(..)`.
pub(crate) struct RawPartitions {
    pub(crate) list: Vec<RawPartition>,
    /// All that were given could be read.
    pub(crate) complete: bool,
}

/// An entry of `partition(..)`.
pub(crate) struct RawPartition {
    pub(crate) name: At<String>,
    pub(crate) values: At<RawValues>,
}

pub(crate) enum RawValues {
    Config(String),
    Listed(Vec<At<String>>),
}

pub(super) fn incremental(owner: Owner<'_>, options: &Options<'_>) -> Option<RawIncremental> {
    let (kind, args) = options.args("incremental")?;
    let options = Options::new(owner, Place::Incremental, args);
    if options.complete() && !options.has("cursor") {
        owner.diag.error(
            kind,
            "which column says that a row has changed?\nhelp: `incremental(cursor = updated_at, ..)`",
        );
    }
    let cursor = options.ident("cursor");
    let raw = RawIncremental {
        kind,
        cursor: cursor.map(|ident| At::new(super::plain(&ident), Spans::of(&ident))),
        start: RawTarget::read(
            &options,
            "the lower bound",
            ["start_param", "start_header", "start_body_path"],
        ),
        end: RawTarget::read(
            &options,
            "the upper bound",
            ["end_param", "end_header", "end_body_path"],
        ),
        format: format(owner.diag, &options),
        initial: initial(&options),
        lag: span(&options, "lag"),
        row_order: options.word(
            "row_order",
            "order",
            &[("asc", RowOrder::Asc), ("desc", RowOrder::Desc)],
        ),
        open: options
            .word("range", "range", &[("closed", false), ("open", true)])
            .filter(|at| at.value)
            .map(|at| at.spans),
        on_missing: options.word(
            "on_missing",
            "way with rows",
            &[
                ("exclude", OnMissing::Exclude),
                ("fail", OnMissing::Fail),
                ("include", OnMissing::Include),
            ],
        ),
        client_side: options.flag("client_side"),
        step: span(&options, "step"),
        parallel: options.integer("parallel"),
        as_text: options.flag("as_text"),
        complete: options.complete(),
    };
    options.done();
    Some(raw)
}

/// `format = word` or `format = ".."`.
fn format(diag: &Diag, options: &Options<'_>) -> Option<At<BoundFormat>> {
    let (_, node) = options.value("format")?;
    if let Some(text) = options::text(&node) {
        if FORMATS.iter().any(|(word, _)| *word == text.value) {
            let word = &text.value;
            diag.error(
                text.spans,
                format!("`{word}` is one word without quotes\nhelp: `format = {word}`"),
            );
            return None;
        }
        return Some(At::new(BoundFormat::Strftime(text.value), text.spans));
    }
    let Some(word) = node.word() else {
        options.wrong_form("format", node.spans);
        return None;
    };
    let indexed = FORMATS.each_ref().map(|(name, format)| (*name, format));
    let format = options::lookup(diag, "format", &word.to_string(), node.spans, &indexed)?;
    Some(At::new(format.clone(), node.spans))
}

/// `initial = literal` or `initial = config.field`.
fn initial(options: &Options<'_>) -> Option<RawInitial> {
    let (_, node) = options.value("initial")?;
    if let Kind::Dotted(source, field) = &node.kind
        && source == "config"
    {
        return Some(RawInitial::Config(At::new(super::plain(field), node.spans)));
    }
    match params::literal(&node) {
        Some(literal @ (RawLiteral::Integer(_) | RawLiteral::Text(_))) => {
            Some(RawInitial::Literal(At::new(literal, node.spans)))
        }
        _ => {
            options.wrong_form("initial", node.spans);
            None
        }
    }
}

/// `name = "1 hour"` or `name = 100`.
fn span(options: &Options<'_>, name: &str) -> Option<RawSpan> {
    let (_, node) = options.value(name)?;
    let read = options::text(&node)
        .map(RawSpan::Text)
        .or_else(|| options::integer(&node).map(RawSpan::Number));
    if read.is_none() {
        options.wrong_form(name, node.spans);
    }
    read
}

/// `parent(issue: Issue, on_missing = skip)`.
pub(super) fn parent(owner: Owner<'_>, options: &Options<'_>) -> Option<RawParent> {
    let (kind, args) = options.args("parent")?;
    let (mut parents, mut others) = (Vec::new(), Vec::new());
    for arg in args {
        match arg {
            Arg { head: Node { kind: Kind::Named(alias, resource), spans }, .. } => {
                parents.push((alias, resource, spans));
            }
            other => others.push(other),
        }
    }
    // without a parent, what is no option was meant as one
    let is_meant = |arg: &mut Arg| {
        parents.is_empty() && arg.head.word().is_none_or(|word| word != "on_missing")
    };
    let meant: Vec<_> = others.extract_if(.., is_meant).collect();
    let options = Options::new(owner, Place::Parent, others);
    let skip_missing =
        options.word("on_missing", "way with parents", &[("fail", false), ("skip", true)]);
    options.done();
    if let Some((_, _, spans)) = parents.get(1) {
        owner.diag.error(
            spans,
            "a resource has one parent\nhelp: what the parent has from its own parent, it stores with `#[column(parent = ..)]`",
        );
        return None;
    }
    let Some((alias, resource, _)) = parents.pop() else {
        let spans = meant.first().map_or(kind, Arg::spans);
        let example = meant.first().and_then(named).unwrap_or_else(|| "issue: Issue".to_owned());
        let text = format!("a parent is a name and a resource\nhelp: `parent({example})`");
        owner.diag.error(spans, text);
        return None;
    };
    if resource.is_ident("Self") {
        owner.diag.error(
            Spans::of(&resource),
            "a resource is not its own parent: nobody could be read first\nhelp: the struct of another resource, as in `parent(issue: Issue)`",
        );
        return None;
    }
    let alias = At::new(super::plain(&alias), Spans::of(&alias));
    Some(RawParent { alias, resource, skip_missing })
}

/// `name: Resource` of what names either.
fn named(arg: &Arg) -> Option<String> {
    let word = super::plain(arg.head.word()?);
    Some(match &arg.value {
        Some(value) => format!("{word}: {}", super::plain(value.word()?)),
        None => format!("{}: {word}", case::snake(&word)),
    })
}

/// `partition(team in config.teams, state in ["open", "closed"])`.
pub(super) fn partitions(owner: Owner<'_>, options: &Options<'_>) -> RawPartitions {
    let Some((kind, args)) = options.args("partition") else {
        return RawPartitions { list: Vec::new(), complete: !options.has("partition") };
    };
    let given = args.len();
    if args.is_empty() {
        owner.diag.error(kind, format!("which list?\nhelp: {PARTITION}"));
    }
    let list: Vec<_> = args.into_iter().filter_map(|arg| partition(owner.diag, arg)).collect();
    RawPartitions { complete: list.len() == given && given > 0, list }
}

const PARTITION: &str =
    "`partition(team in config.teams)` or `partition(state in [\"open\", \"closed\"])`";

fn partition(diag: &Diag, arg: Arg) -> Option<RawPartition> {
    let Arg { head: Node { kind: Kind::In(name, list), .. }, value: None } = &arg else {
        diag.error(arg.spans(), format!("a partition is a name and a list\nhelp: {PARTITION}"));
        return None;
    };
    let values = match &list.kind {
        Kind::Dotted(source, field) if source == "config" => RawValues::Config(super::plain(field)),
        Kind::List(items) => {
            RawValues::Listed(items.iter().map(listed).collect::<Option<_>>().or_else(|| {
                diag.error(
                    list.spans,
                    format!("the elements of a partition are texts\nhelp: {PARTITION}"),
                );
                None
            })?)
        }
        _ => {
            diag.error(
                list.spans,
                format!(
                    "a list is a field of the connector, or texts in brackets\nhelp: {PARTITION}"
                ),
            );
            return None;
        }
    };
    Some(RawPartition {
        name: At::new(super::plain(name), Spans::of(name)),
        values: At::new(values, list.spans),
    })
}

fn listed(node: &Node) -> Option<At<String>> {
    match &node.kind {
        Kind::Lit { lit: Lit::Str(text), .. } => Some(At::new(text.value(), node.spans)),
        _ => None,
    }
}
