//! Rates, sizes, and what responses mean: what connectors and resources both have.

use super::connector::{RawStatuses, statuses_of};
use super::options::{self, Options, Owner};
use super::params::{self, RawLiteral};
use super::syntax::{Arg, Kind, Node};
use crate::diag::{At, Spans};
use crate::keys::Place;
use crate::model::ResponseAction;

/// `response_format = ..` and every `on_response(..)`.
#[derive(Default)]
pub(crate) struct RawResponses {
    pub(crate) format: Option<At<RawFormat>>,
    pub(crate) rules: Vec<RawRule>,
}

/// `json`, `json_lines` or `csv(..)`.
pub(crate) enum RawFormat {
    Csv { delimiter: Option<At<String>> },
    Json,
    JsonLines,
}

/// `on_response(..)`.
pub(crate) struct RawRule {
    pub(crate) action: Option<At<ResponseAction>>,
    pub(crate) statuses: Vec<At<RawStatuses>>,
    pub(crate) content: Option<At<String>>,
    pub(crate) path: Option<At<String>>,
    pub(crate) value: Option<At<RawLiteral>>,
}

/// `rate_limit = ".."` or `rate_limit("..", ..)`.
pub(crate) struct RawRate {
    pub(crate) rate: At<String>,
    pub(crate) burst: Option<At<u64>>,
}

pub(super) fn responses(owner: Owner<'_>, options: &Options<'_>) -> RawResponses {
    RawResponses {
        format: format(owner, options),
        rules: options
            .every_args("on_response")
            .into_iter()
            .map(|(name, args)| rule(owner, name, args))
            .collect(),
    }
}

/// `response_format = word` or `response_format = csv(..)`.
fn format(owner: Owner<'_>, options: &Options<'_>) -> Option<At<RawFormat>> {
    const FORMATS: [(&str, &str); 3] =
        [("csv", "csv"), ("json", "json"), ("json_lines", "json_lines")];
    let given = options.worded("response_format")?;
    let word = options::lookup(owner.diag, "format", &given.word, given.at, &FORMATS)?;
    let format = match word {
        "csv" => {
            let options = Options::new(owner, Place::Csv, given.args.unwrap_or_default());
            let delimiter = options.text("delimiter");
            options.done();
            RawFormat::Csv { delimiter }
        }
        _ => {
            given.no_args(owner.diag, "response_format");
            if word == "json" { RawFormat::Json } else { RawFormat::JsonLines }
        }
    };
    Some(At::new(format, given.spans))
}

fn rule(owner: Owner<'_>, name: Spans, args: Vec<Arg>) -> RawRule {
    const ACTIONS: [(&str, ResponseAction); 4] = [
        ("fail", ResponseAction::Fail),
        ("ignore", ResponseAction::Ignore),
        ("retry", ResponseAction::Retry),
        ("stop_resource", ResponseAction::StopResource),
    ];
    let options = Options::new(owner, Place::OnResponse, args);
    let conditions = ["status", "content", "path", "value"];
    let conditional = conditions.iter().any(|name| options.has(name));
    if options.complete() {
        let missing = if !options.has("action") {
            Some(
                "`on_response` does not say what is done\nhelp: `action = ignore`, `fail`, `retry` or `stop_resource`",
            )
        } else if !conditional {
            Some(
                "`on_response` does not say which responses it means\nhelp: `status = 404`, `content = \"..\"`, or `path = \"..\"` and `value = ..`",
            )
        } else {
            None
        };
        if let Some(text) = missing {
            owner.diag.error(name, text);
        }
    }
    let value = options.value("value").and_then(|(_, node)| {
        let literal = params::literal(&node);
        if literal.is_none() {
            options.wrong_form("value", node.spans);
        }
        literal.map(|literal| At::new(literal, node.spans))
    });
    // one of the two that could not be read is not one that was not given
    let path = options.text("path");
    let (has_path, has_value) = (path.is_some(), value.is_some());
    let raw = RawRule {
        action: options.word("action", "action", &ACTIONS),
        statuses: statuses_of(&options, "status").unwrap_or_default(),
        content: options.text("content"),
        path: path.filter(|_| has_value || !options.has("value")),
        value: value.filter(|_| has_path || !options.has("path")),
    };
    options.done();
    raw
}

/// `rate_limit = "10/s"` or `rate_limit("10/s", burst = 20)`.
pub(super) fn rate(owner: Owner<'_>, options: &Options<'_>) -> Option<RawRate> {
    let arg = options.whole("rate_limit")?;
    let spans = arg.spans();
    let rate = |node: &Node| {
        let rate = options::text(node);
        if rate.is_none() {
            options.wrong_form("rate_limit", spans);
        }
        rate
    };
    match (arg.value, arg.head.kind) {
        (Some(node), Kind::Path(_)) => Some(RawRate { rate: rate(&node)?, burst: None }),
        (None, Kind::Call(_, mut args)) if !args.is_empty() && args[0].value.is_none() => {
            let rate = rate(&args.remove(0).head)?;
            let options = Options::new(owner, Place::RateLimit, args);
            let burst = options.integer("burst");
            options.done();
            Some(RawRate { rate, burst })
        }
        _ => {
            options.wrong_form("rate_limit", spans);
            None
        }
    }
}
