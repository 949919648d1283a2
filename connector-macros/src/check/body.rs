//! Methods and bodies.

use std::collections::HashMap;

use super::sources::Sources;
use super::{template, values};
use crate::diag::{At, Diag, Spans};
use crate::model::{Body, Json, Method, Part};
use crate::read::{RawBodies, RawJson};

/// The body of a request.
pub(super) fn body(
    diag: &Diag,
    method: Option<Method>,
    raw: &RawBodies,
    sources: &Sources<'_>,
) -> Option<Body> {
    let RawBodies { json, form } = raw;
    if let (Some(json), Some(form)) = (json, form) {
        diag.error_with_first(
            form.spans,
            "a request has one body; `form` and `json` are two",
            json.spans,
            "`json` is first given here",
        );
    }
    let given = json.as_ref().map(|at| at.spans).or(form.as_ref().map(|at| at.spans));
    if let (Some(method), Some(spans)) = (method, given) {
        method_sends_it(diag, method, spans);
    }
    let form = form.as_ref().map(|form| Body::Form(values::params(diag, &form.value, sources)));
    json.as_ref().map(|raw| Body::Json(self::json(diag, &raw.value, sources))).or(form)
}

/// A body with `GET` or `DELETE` has no meaning (RFC 9110, 9.3): servers throw it away or refuse it.
fn method_sends_it(diag: &Diag, method: Method, spans: Spans) {
    if !method.has_body() {
        diag.error(
            spans,
            format!(
                "`{}` sends no body\nhelp: `method = post`, or `params(..)` for the query string",
                method.word()
            ),
        );
    }
}

fn json(diag: &Diag, raw: &RawJson, sources: &Sources<'_>) -> Json {
    match raw {
        RawJson::Array(items) => {
            Json::Array(items.iter().map(|item| json(diag, item, sources)).collect())
        }
        RawJson::Bool(value) => Json::Bool(*value),
        RawJson::Config(field) => Json::Config(field.value.clone()),
        RawJson::Float(digits) => Json::Number(float(diag, digits)),
        RawJson::Integer(value) => Json::Number(integer(diag, value)),
        RawJson::Null => Json::Null,
        RawJson::Object(members) => {
            unique(diag, members);
            let members =
                members.iter().map(|(key, value)| (key.value.clone(), json(diag, value, sources)));
            Json::Object(members.collect())
        }
        RawJson::Place(place) => sources.place(diag, place).map_or(Json::Null, Json::Bound),
        RawJson::Text(text) => {
            let template = template::text(diag, text, sources);
            match template.parts.as_slice() {
                // in quotes or not: nothing is added to the value
                [Part::Config(field)] => Json::Config(field.clone()),
                [Part::Text(_)] | [] | [_, _, ..] => Json::Text(template),
                [part] => Json::Bound(part.clone()),
            }
        }
    }
}

/// Of two values with one key a server takes either.
fn unique(diag: &Diag, members: &[(At<String>, RawJson)]) {
    let mut first: HashMap<&str, Spans> = HashMap::new();
    for (key, _) in members {
        match first.get(key.value.as_str()) {
            Some(earlier) => diag.error_with_first(
                key.spans,
                format!("the key `{}` is given twice", key.value),
                *earlier,
                format!("`{}` was first given here", key.value),
            ),
            None => {
                first.insert(&key.value, key.spans);
            }
        }
    }
}

/// Beyond these servers read another number.
fn integer(diag: &Diag, value: &At<i128>) -> String {
    if value.value < i128::from(i64::MIN) || value.value > i128::from(u64::MAX) {
        diag.error(
            value.spans,
            "a whole number in JSON has at most 64 bits\nhelp: a text keeps it",
        );
    }
    value.value.to_string()
}

fn float(diag: &Diag, digits: &At<String>) -> String {
    if !digits.value.parse::<f64>().is_ok_and(f64::is_finite) {
        diag.error(digits.spans, "the number is too large for a float");
    }
    digits.value.clone()
}
