//! Parameters, literals and paginators: what connectors and resources both have.

use quote::ToTokens;
use syn::Lit;

use super::options::{self, Options, Owner};
use super::paging::{self, RawCursor, RawLink};
use super::syntax::{self, Arg, Kind, Node};
use crate::diag::{At, Diag, Spans};
use crate::keys::Place;

/// `name = value` in `params(..)` or `headers(..)`.
pub(crate) struct RawParam {
    pub(crate) name: At<String>,
    pub(crate) value: RawValue,
}

/// The value of a parameter.
pub(crate) enum RawValue {
    /// `config.field`.
    Config(At<String>),
    /// A number, `true` or `false`, as it goes on the wire.
    Plain(String),
    /// A text, with placeholders.
    Text(At<String>),
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
}

/// `offset(..)`.
pub(crate) struct RawOffset {
    /// The word `offset`.
    pub(crate) kind: Spans,
    pub(crate) limit: Option<At<u64>>,
    pub(crate) offset: Option<At<u64>>,
    pub(crate) offset_param: Option<At<String>>,
    pub(crate) limit_param: Option<At<String>>,
    pub(crate) total_path: Option<At<String>>,
    pub(crate) has_more_path: Option<At<String>>,
    pub(crate) maximum_offset: Option<At<u64>>,
    pub(crate) stop_on_short_page: bool,
}

/// `page_number(..)`.
pub(crate) struct RawPageNumber {
    /// The word `page_number`.
    pub(crate) kind: Spans,
    pub(crate) base_page: Option<At<u64>>,
    pub(crate) page_param: Option<At<String>>,
    pub(crate) page_size: Option<At<u64>>,
    pub(crate) page_size_param: Option<At<String>>,
    pub(crate) total_path: Option<At<String>>,
    pub(crate) has_more_path: Option<At<String>>,
    pub(crate) maximum_page: Option<At<u64>>,
    pub(crate) stop_on_short_page: Option<Spans>,
}

/// The pairs of `option(..)`.
pub(super) fn params(owner: Owner<'_>, options: &Options<'_>, option: &str) -> Vec<RawParam> {
    let Some((_, args)) = options.args(option) else { return Vec::new() };
    pairs(owner, option, args)
}

/// The pairs between the parentheses of `option(..)`.
pub(super) fn pairs(owner: Owner<'_>, option: &str, args: Vec<Arg>) -> Vec<RawParam> {
    args.into_iter().filter_map(|arg| param(owner.diag, option, arg)).collect()
}

fn param(diag: &Diag, option: &str, arg: Arg) -> Option<RawParam> {
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
        return None;
    };
    let value = match &node.kind {
        Kind::Dotted(source, field) if source == "config" => {
            RawValue::Config(At::new(super::plain(field), node.spans))
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
    };
    Some(RawParam { name: At::new(name, spans), value })
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
    const KINDS: [(&str, Place); 6] = [
        ("cursor", Place::Cursor),
        ("header_link", Place::HeaderLink),
        ("json_link", Place::JsonLink),
        ("offset", Place::Offset),
        ("page_number", Place::PageNumber),
        // has no options of its own
        ("single_page", Place::Resource),
    ];
    let (_, node) = options.value("paginator")?;
    let (path, args) = match &node.kind {
        Kind::Call(path, args) => (path, Some(args.clone())),
        Kind::Path(path) => (path, None),
        _ => {
            options.wrong_form("paginator", node.spans);
            return None;
        }
    };
    let kind = Spans::of(path);
    let given = path.to_token_stream().to_string();
    let place = options::lookup(owner.diag, "paginator", &given, kind, &KINDS)?;
    let raw = match place {
        Place::Cursor => {
            let options = Options::new(owner, place, args.unwrap_or_default());
            RawPaginator::Cursor(paging::cursor(kind, options))
        }
        Place::HeaderLink | Place::JsonLink => {
            let options = Options::new(owner, place, args.unwrap_or_default());
            RawPaginator::Link(paging::link(kind, place, options))
        }
        Place::Offset => {
            let options = Options::new(owner, place, args.unwrap_or_default());
            RawPaginator::Offset(offset(owner, kind, options))
        }
        Place::PageNumber => {
            let options = Options::new(owner, place, args.unwrap_or_default());
            RawPaginator::PageNumber(page_number(owner, kind, options))
        }
        _ => {
            if args.is_some() {
                owner.diag.error(
                    node.spans,
                    "`single_page` has no options\nhelp: `paginator = single_page`",
                );
            }
            RawPaginator::SinglePage
        }
    };
    Some(At::new(raw, node.spans))
}

fn offset(owner: Owner<'_>, kind: Spans, options: Options<'_>) -> RawOffset {
    if options.complete() && !options.has("limit") {
        owner.diag.error(kind, "`offset` needs a page size\nhelp: `offset(limit = 100)`");
    }
    let raw = RawOffset {
        kind,
        limit: options.integer("limit"),
        offset: options.integer("offset"),
        offset_param: options.text("offset_param"),
        limit_param: options.text("limit_param"),
        total_path: options.text("total_path"),
        has_more_path: options.text("has_more_path"),
        maximum_offset: options.integer("maximum_offset"),
        stop_on_short_page: options.flag("stop_on_short_page").is_some(),
    };
    options.done();
    raw
}

fn page_number(owner: Owner<'_>, kind: Spans, options: Options<'_>) -> RawPageNumber {
    if options.complete() && !options.has("base_page") {
        owner.diag.error(
            kind,
            "`page_number` needs the number of the first page\nhelp: `page_number(base_page = 1)`, or 0 for an API that counts from there",
        );
    }
    let raw = RawPageNumber {
        kind,
        base_page: options.integer("base_page"),
        page_param: options.text("page_param"),
        page_size: options.integer("page_size"),
        page_size_param: options.text("page_size_param"),
        total_path: options.text("total_path"),
        has_more_path: options.text("has_more_path"),
        maximum_page: options.integer("maximum_page"),
        stop_on_short_page: options.flag("stop_on_short_page"),
    };
    options.done();
    raw
}
