//! Where the values of paginators go: one place for each, and none that is taken.

use super::paginator::{kind, sent};
use super::{names, selector};
use crate::diag::{At, Diag, Spans};
use crate::model::{Method, Target};
use crate::read::{RawBodies, RawJson, RawPaginator, RawParam, RawTarget};

/// Where a value goes, if that is said.
pub(super) fn target(diag: &Diag, raw: &RawTarget) -> Option<Target> {
    sent_to_one_place(diag, raw);
    if let Some(header) = &raw.header {
        names::header(diag, header);
    }
    if let Some(path) = &raw.body_path {
        selector::keys(diag, raw.names[2], path);
    }
    given(raw).map(|at| at.value)
}

/// The place that is said, as far as it can be read.
pub(super) fn given(raw: &RawTarget) -> Option<At<Target>> {
    let named = |at: &Option<At<String>>, target: fn(String) -> Target| {
        at.as_ref().map(|at| At::new(target(at.value.clone()), at.spans))
    };
    let body = raw.body_path.as_ref();
    let body = body.and_then(|at| Some(At::new(Target::Body(selector::plain_keys(at)?), at.spans)));
    body.or_else(|| named(&raw.header, Target::Header)).or_else(|| named(&raw.param, Target::Param))
}

/// What is sent twice could be read from either place.
fn sent_to_one_place(diag: &Diag, raw: &RawTarget) {
    let mut given = raw.given();
    let Some((first, first_spans)) = given.next() else { return };
    for (name, spans) in given {
        diag.error_with_first(
            spans,
            format!("{} is sent once; `{name}` and `{first}` are two places", raw.what),
            first_spans,
            format!("`{first}` is first given here"),
        );
    }
}

/// Position and page size are two values.
pub(super) fn distinct(diag: &Diag, paginator: &RawPaginator) {
    let sent = sent(paginator);
    for target in &sent {
        if let Target::Param(name) = &target.value
            && name.is_empty()
        {
            diag.error(target.spans, "a parameter has a name");
        }
    }
    let [first, second] = sent.as_slice() else { return };
    let what = match (&first.value, &second.value) {
        (Target::Param(a), Target::Param(b)) if a == b => "also the parameter of",
        (Target::Header(a), Target::Header(b)) if a.eq_ignore_ascii_case(b) => "also the header of",
        // what stands inside of a value would overwrite it
        (Target::Body(a), Target::Body(b)) if a.starts_with(b) || b.starts_with(a) => {
            "in the body where there is already"
        }
        _ => return,
    };
    diag.error_with_first(
        second.spans,
        format!("`{}` is {what} the position", shown(&second.value)),
        first.spans,
        format!("`{}` is first given here", shown(&first.value)),
    );
}

/// What one struct says beside its paginator.
pub(super) struct Beside<'a> {
    pub(super) params: &'a [RawParam],
    pub(super) headers: &'a [RawParam],
    /// Of a resource, whose method and body are known.
    pub(super) request: Option<(Method, &'a RawBodies)>,
}

/// A value of the paginator that is also given otherwise would be sent twice.
pub(super) fn not_taken(diag: &Diag, beside: &Beside<'_>, paginator: Option<&At<RawPaginator>>) {
    let Some(paginator) = paginator else { return };
    let kind = kind(&paginator.value);
    let twice = |name: &str, later: Spans, first: Spans| {
        diag.error_with_first(
            later,
            format!("`{name}` is already sent by `{kind}(..)`"),
            first,
            format!("`{name}` is first given here"),
        );
    };
    for sent in sent(&paginator.value) {
        let among = |params: &[RawParam], same: &dyn Fn(&str) -> bool| {
            for param in params.iter().filter(|param| !param.again && same(&param.name.value)) {
                twice(&param.name.value, param.name.spans, sent.spans);
            }
        };
        match &sent.value {
            Target::Param(name) => among(beside.params, &|other| other == name),
            Target::Header(name) => {
                among(beside.headers, &|other| other.eq_ignore_ascii_case(name));
            }
            Target::Body(keys) => {
                let Some((method, bodies)) = beside.request else { continue };
                if !method.has_body() {
                    no_body(diag, method, sent.spans);
                } else if let Some(form) = &bodies.form {
                    match keys.as_slice() {
                        [key] => among(&form.value, &|other| other == key),
                        _ => diag.error(
                            sent.spans,
                            "a form has no keys inside of others\nhelp: one key without dots",
                        ),
                    }
                } else if let Some(json) = &bodies.json {
                    match find(&json.value, keys) {
                        Found::Nothing => {}
                        Found::Value(spans) => twice(&keys.join("."), spans, sent.spans),
                        Found::InTheWay(spans) => diag.error_with_first(
                            sent.spans,
                            format!("`{}` needs objects on its way into the body", keys.join(".")),
                            spans.unwrap_or(json.spans),
                            "this is none",
                        ),
                    }
                }
            }
        }
    }
}

/// A body that a server may throw away.
fn no_body(diag: &Diag, method: Method, spans: Spans) {
    diag.error(
        spans,
        format!(
            "`{}` sends no body\nhelp: `method = post`, or a parameter or header in its place",
            method.word()
        ),
    );
}

enum Found {
    /// Something that is no object; `None`: the body itself.
    InTheWay(Option<Spans>),
    Nothing,
    /// A value at these keys, and where its key stands.
    Value(Spans),
}

fn find(json: &RawJson, keys: &[String]) -> Found {
    let (mut json, mut at) = (json, None);
    for (index, key) in keys.iter().enumerate() {
        let RawJson::Object(members) = json else { return Found::InTheWay(at) };
        let Some((name, value)) = members.iter().find(|(name, _)| name.value == *key) else {
            return Found::Nothing;
        };
        if index + 1 == keys.len() {
            return Found::Value(name.spans);
        }
        (json, at) = (value, Some(name.spans));
    }
    Found::Nothing
}

/// A target as the user wrote it.
fn shown(target: &Target) -> String {
    match target {
        Target::Body(keys) => keys.join("."),
        Target::Header(name) | Target::Param(name) => name.clone(),
    }
}
