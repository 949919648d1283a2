//! What a request sends beside its URL and headers: `json = {..}` and `form(..)`.

use syn::Lit;

use super::options::{Options, Owner};
use super::params::{self, RawLiteral, RawParam, RawPlace};
use super::syntax::{Kind, Node};
use crate::diag::{At, Diag, Spans};

/// `json = ..` and `form(..)`, each with the place of its name.
pub(crate) struct RawBodies {
    pub(crate) json: Option<At<RawJson>>,
    pub(crate) form: Option<At<Vec<RawParam>>>,
}

/// JSON as in `serde_json::json!`.
pub(crate) enum RawJson {
    Array(Vec<RawJson>),
    Bool(bool),
    /// `config.field`.
    Config(At<String>),
    Float(At<String>),
    Integer(At<i128>),
    Null,
    Object(Vec<(At<String>, RawJson)>),
    /// `issue.column` and others.
    Place(At<RawPlace>),
    /// A string, with placeholders.
    Text(At<String>),
}

pub(super) fn bodies(owner: Owner<'_>, options: &Options<'_>) -> RawBodies {
    let json = options.value("json").and_then(|(name, node)| match &node.kind {
        Kind::List(_) | Kind::Object(_) => json(owner.diag, node).map(|json| At::new(json, name)),
        _ => {
            options.wrong_form("json", node.spans);
            None
        }
    });
    let form = options.args("form").map(|(name, args)| {
        if args.is_empty() {
            options.wrong_form("form", name);
        }
        At::new(params::pairs(owner.diag, "form", args), name)
    });
    RawBodies { json, form }
}

/// `None`: an error was reported.
fn json(diag: &Diag, node: Node) -> Option<RawJson> {
    let spans = node.spans;
    match node.kind {
        Kind::List(items) => {
            let items: Vec<_> = items.into_iter().map(|item| json(diag, item)).collect();
            return items.into_iter().collect::<Option<_>>().map(RawJson::Array);
        }
        Kind::Object(members) => {
            let members: Vec<_> = members
                .into_iter()
                .map(|(key, value)| json(diag, value).map(|value| (key, value)))
                .collect();
            return members.into_iter().collect::<Option<_>>().map(RawJson::Object);
        }
        Kind::Dotted(source, field) if source == "config" => {
            return Some(RawJson::Config(At::new(super::plain(&field), spans)));
        }
        Kind::Dotted(source, name) => {
            return Some(RawJson::Place(At::new(RawPlace::new(&source, &name), spans)));
        }
        Kind::Lit { lit: Lit::Str(text), .. } => {
            return Some(RawJson::Text(At::new(text.value(), spans)));
        }
        kind => {
            let node = Node { kind, spans };
            if node.word().is_some_and(|word| word == "null") {
                return Some(RawJson::Null);
            }
            match params::literal(&node) {
                Some(RawLiteral::Bool(value)) => return Some(RawJson::Bool(value)),
                Some(RawLiteral::Float(digits)) => {
                    return Some(RawJson::Float(At::new(digits, spans)));
                }
                Some(RawLiteral::Integer(value)) => {
                    return Some(RawJson::Integer(At::new(value, spans)));
                }
                Some(RawLiteral::Text(_)) | None => not_json(diag, &node, spans),
            }
        }
    }
    None
}

fn not_json(diag: &Diag, node: &Node, spans: Spans) {
    let help = node
        .word()
        .map(super::plain)
        .map_or_else(String::new, |word| format!("\nhelp: `\"{word}\"` or `config.{word}`"));
    diag.error(
        spans,
        format!("a value of JSON is a text, a number, `true`, `false`, `null`, a list, an object or a field of the connector{help}"),
    );
}
