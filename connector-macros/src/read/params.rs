//! Parameters, literals and paginators: what connectors and resources both have.

use proc_macro2::Ident;
use syn::{Lit, Path};

use super::counted::{self, RawOffset, RawPageNumber};
use super::options::{self, Options, Owner};
use super::paging::{self, RawCursor, RawLink};
use super::syntax::{self, Arg, Kind, Node};
use crate::diag::{At, Diag, Spans};
use crate::keys::Place;

/// `name = value` in `params(..)` or `headers(..)`.
pub(crate) struct RawParam {
    pub(crate) name: At<String>,
    pub(crate) value: RawValue,
    /// A further value of a list, under the name of the first one.
    pub(crate) again: bool,
}

/// The value of a parameter.
pub(crate) enum RawValue {
    /// `config.field`.
    Config(At<String>),
    /// `issue.column` and others.
    Place(At<RawPlace>),
    /// A number, `true` or `false`, as it goes on the wire.
    Plain(String),
    /// A text, with placeholders.
    Text(At<String>),
}

/// `source.name`, where the source is not `config`.
#[derive(Clone)]
pub(crate) struct RawPlace {
    pub(crate) source: String,
    pub(crate) name: String,
}

impl RawPlace {
    pub(super) fn new(source: &Ident, name: &Ident) -> Self {
        Self { source: super::plain(source), name: super::plain(name) }
    }
}

/// A literal after `default =`.
pub(crate) enum RawLiteral {
    Bool(bool),
    Float(String),
    Integer(i128),
    Text(String),
}

/// `paginator = ..`.
pub(crate) enum RawPaginator {
    Cursor(RawCursor),
    Link(RawLink),
    Offset(RawOffset),
    PageNumber(RawPageNumber),
    SinglePage,
    /// A function of the user's; `None`: an error was reported.
    With(Option<Path>),
}

/// The pairs of `option(..)`.
pub(super) fn params(owner: Owner<'_>, options: &Options<'_>, option: &str) -> Vec<RawParam> {
    let Some((_, args)) = options.args(option) else { return Vec::new() };
    pairs(owner.diag, option, args)
}

/// The pairs between the parentheses of `option`; a list is several of one name.
pub(super) fn pairs(diag: &Diag, option: &str, args: Vec<Arg>) -> Vec<RawParam> {
    args.into_iter().flat_map(|arg| pair(diag, option, arg)).collect()
}

fn pair(diag: &Diag, option: &str, arg: Arg) -> Vec<RawParam> {
    let spans = arg.head.spans;
    let name = match &arg.head.kind {
        Kind::Lit { lit: Lit::Str(name), .. } => Some(name.value()),
        Kind::Path(path) => syntax::single(path).map(super::plain),
        _ => None,
    };
    let (Some(name), Some(node)) = (name, &arg.value) else {
        let example =
            if option == "headers" { r#""accept" = "text/csv""# } else { r#"state = "all""# };
        diag.error(
            arg.spans(),
            format!("expected a name and a value, as in `{option}({example})`"),
        );
        return Vec::new();
    };
    let nodes = match &node.kind {
        Kind::List(_) if option == "headers" => {
            diag.error(node.spans, "a header has one value\nhelp: a text with commas in it");
            return Vec::new();
        }
        Kind::List(nodes) if nodes.is_empty() => {
            diag.error(
                node.spans,
                format!("an empty list sends nothing\nhelp: leave `{name}` out"),
            );
            return Vec::new();
        }
        Kind::List(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let values = nodes.iter().filter_map(|node| value(diag, node)).enumerate();
    let pairs = values.map(|(index, value)| {
        let name = At::new(name.clone(), spans);
        RawParam { name, value, again: index > 0 }
    });
    pairs.collect()
}

fn value(diag: &Diag, node: &Node) -> Option<RawValue> {
    Some(match &node.kind {
        Kind::Dotted(source, field) if source == "config" => {
            RawValue::Config(At::new(super::plain(field), node.spans))
        }
        Kind::Dotted(source, name) => {
            RawValue::Place(At::new(RawPlace::new(source, name), node.spans))
        }
        Kind::Lit { lit: Lit::Str(text), .. } => RawValue::Text(At::new(text.value(), node.spans)),
        _ => match literal(node) {
            Some(RawLiteral::Bool(value)) => RawValue::Plain(value.to_string()),
            Some(RawLiteral::Float(digits)) => RawValue::Plain(digits),
            Some(RawLiteral::Integer(value)) => RawValue::Plain(value.to_string()),
            Some(RawLiteral::Text(_)) | None => {
                let guess = node.word().map_or("field".to_owned(), super::plain);
                diag.error(
                    node.spans,
                    format!("a value is a text, a number, `true`, `false` or a field of the connector\nhelp: `\"{guess}\"` or `config.{guess}`"),
                );
                return None;
            }
        },
    })
}

/// A string, number, `true` or `false`.
pub(super) fn literal(node: &Node) -> Option<RawLiteral> {
    let Kind::Lit { lit, negative } = &node.kind else { return None };
    let sign = if *negative { "-" } else { "" };
    match lit {
        Lit::Bool(lit) => Some(RawLiteral::Bool(lit.value)),
        Lit::Float(lit) => Some(RawLiteral::Float(json_float(sign, lit.base10_digits()))),
        Lit::Int(lit) => {
            format!("{sign}{}", lit.base10_digits()).parse().ok().map(RawLiteral::Integer)
        }
        Lit::Str(lit) => Some(RawLiteral::Text(lit.value())),
        _ => None,
    }
}

/// Rust writes `1.`, JSON wants a digit after the point.
fn json_float(sign: &str, digits: &str) -> String {
    let zero = if digits.ends_with('.') { "0" } else { "" };
    format!("{sign}{digits}{zero}")
}

/// `paginator = kind(..)`.
pub(super) fn paginator(owner: Owner<'_>, options: &Options<'_>) -> Option<At<RawPaginator>> {
    const KINDS: [(&str, Place); 7] = [
        ("cursor", Place::Cursor),
        ("header_link", Place::HeaderLink),
        ("json_link", Place::JsonLink),
        ("offset", Place::Offset),
        ("page_number", Place::PageNumber),
        // these have no options of their own
        ("single_page", Place::Resource),
        ("with", Place::Defaults),
    ];
    let given = options.worded("paginator")?;
    let (kind, spans) = (given.at, given.spans);
    let place = options::lookup(owner.diag, "paginator", &given.word, kind, &KINDS)?;
    if place == Place::Resource {
        given.no_args(owner.diag, "paginator");
    }
    let args = given.args.unwrap_or_default();
    let raw = match place {
        Place::Cursor => {
            let options = Options::new(owner, place, args);
            RawPaginator::Cursor(paging::cursor(kind, options))
        }
        Place::HeaderLink | Place::JsonLink => {
            let options = Options::new(owner, place, args);
            RawPaginator::Link(paging::link(kind, place, options))
        }
        Place::Offset => {
            let options = Options::new(owner, place, args);
            RawPaginator::Offset(counted::offset(owner, kind, options))
        }
        Place::PageNumber => {
            let options = Options::new(owner, place, args);
            RawPaginator::PageNumber(counted::page_number(owner, kind, options))
        }
        Place::Defaults => RawPaginator::With(function(owner, kind, &args)),
        _ => RawPaginator::SinglePage,
    };
    Some(At::new(raw, spans))
}

/// `with(path::to::function)`.
fn function(owner: Owner<'_>, kind: Spans, args: &[Arg]) -> Option<Path> {
    if let [Arg { head, value: None }] = args
        && let Kind::Path(path) = &head.kind
    {
        return Some(path.clone());
    }
    let spans = match args {
        [] => kind,
        [first, ..] => first.spans().to(args.last().unwrap_or(first).spans()),
    };
    owner.diag.error(
        spans,
        "`with` needs a function\nhelp: `with(path::to::function)`, a `fn(Option<&Page>, &mut Request) -> Result<Next>`",
    );
    None
}
