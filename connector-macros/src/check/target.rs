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
    one_place_each(diag, &sent(paginator), "the position");
}

/// Two values go to two places; `first_is`: what the first one is.
pub(super) fn one_place_each(diag: &Diag, sent: &[At<Target>], first_is: &str) {
    for target in sent {
        if let Target::Param(name) = &target.value
            && name.is_empty()
        {
            diag.error(target.spans, "a parameter has a name");
        }
    }
    let [first, second] = sent else { return };
    let what = match (meet(&first.value, &second.value), &second.value) {
        (false, _) => return,
        (true, Target::Param(_)) => "also the parameter of",
        (true, Target::Header(_)) => "also the header of",
        (true, Target::Body(_)) => "in the body where there is already",
    };
    diag.error_with_first(
        second.spans,
        format!("`{}` is {what} {first_is}", shown(&second.value)),
        first.spans,
        format!("`{}` is first given here", shown(&first.value)),
    );
}

/// Whether two values would go to one place.
fn meet(a: &Target, b: &Target) -> bool {
    match (a, b) {
        (Target::Param(a), Target::Param(b)) => a == b,
        (Target::Header(a), Target::Header(b)) => a.eq_ignore_ascii_case(b),
        // what stands inside of a value would overwrite it
        (Target::Body(a), Target::Body(b)) => a.starts_with(b) || b.starts_with(a),
        _ => false,
    }
}

/// What is sent beside a paginator does not meet it.
pub(super) fn beside_paginator(
    diag: &Diag,
    sent_beside: &[At<Target>],
    paginator: Option<&At<RawPaginator>>,
) {
    let Some(paginator) = paginator else { return };
    for pages in sent(&paginator.value) {
        for own in sent_beside.iter().filter(|own| meet(&own.value, &pages.value)) {
            let (name, first) = (shown(&own.value), shown(&pages.value));
            diag.error_with_first(
                own.spans,
                format!("`{name}` is already sent by `{}(..)`", kind(&paginator.value)),
                pages.spans,
                format!("`{first}` is first given here"),
            );
        }
    }
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
    sent_once(diag, beside, kind(&paginator.value), &sent(&paginator.value));
}

/// What `kind(..)` sends is not given otherwise.
pub(super) fn sent_once(diag: &Diag, beside: &Beside<'_>, kind: &str, sent: &[At<Target>]) {
    let twice = |name: &str, later: Spans, first: Spans| {
        diag.error_with_first(
            later,
            format!("`{name}` is already sent by `{kind}(..)`"),
            first,
            format!("`{name}` is first given here"),
        );
    };
    for sent in sent {
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
