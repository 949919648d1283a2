//! The requests of a resource: the one that all of its pages share, and what each page adds.

use serde_json::Value;
use url::Url;

use crate::decode::Given;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Body, Request, join};
use crate::instance::{Bindings, Instance};
use crate::paginate::{Position, Step};
use crate::paging::{Next, NextPage, Page};
use crate::spec::{BodySpec, Param, ResourceSpec, Target};

/// The headers that these say.
pub(super) fn headers(
    instance: &Instance,
    headers: &[Param],
    bindings: &Bindings,
) -> Result<Vec<(&'static str, String)>> {
    let mut said = Vec::new();
    for header in headers {
        if let Some(value) = instance.param(header, bindings)? {
            said.push((header.name, value));
        }
    }
    Ok(said)
}

/// The request of a scan, without what asks for a certain page. `inherited`: the connector's headers;
/// `params`: the connector's and the resource's own.
pub(super) fn build(
    instance: &Instance,
    base_url: &Url,
    inherited: &[(&'static str, String)],
    spec: &ResourceSpec,
    params: &[Param],
    bindings: &Bindings,
) -> Result<Request> {
    let path = instance.path(&spec.path, bindings)?;
    let mut request = Request::new(spec.method, join(base_url, &path));
    // a resource's own header wins, though its value may have been left out
    let own = |name: &str| spec.headers.iter().any(|own| own.name.eq_ignore_ascii_case(name));
    for (name, value) in inherited.iter().filter(|(name, _)| !own(name)) {
        request.push_header(name, value.clone());
    }
    for (name, value) in headers(instance, spec.headers, bindings)? {
        request.push_header(name, value);
    }
    for (name, value) in pairs(instance, params, bindings)? {
        request.push_param(name, &value);
    }
    match &spec.body {
        Some(BodySpec::Form(fields)) => {
            let pairs = pairs(instance, fields, bindings)?;
            let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value));
            request.set_body(Body::Form(pairs.collect()));
        }
        Some(BodySpec::Json(json)) => {
            let body = instance.json(json, bindings)?;
            request.set_body(Body::Json(body.expect("BUG: a body is a list or an object")));
        }
        None => {}
    }
    if let Some(incremental) = &spec.incremental {
        let ends = [(incremental.start, &bindings.start), (incremental.end, &bindings.end)];
        for (target, value) in ends {
            if let (Some(target), Some(value)) = (target, value) {
                put(&mut request, target, given(value));
            }
        }
    }
    Ok(request)
}

/// Names and values in their order; a list is several values.
fn pairs(
    instance: &Instance,
    params: &[Param],
    bindings: &Bindings,
) -> Result<Vec<(&'static str, String)>> {
    let mut pairs = Vec::new();
    for param in params {
        pairs.extend(instance.texts(param, bindings)?.into_iter().map(|value| (param.name, value)));
    }
    Ok(pairs)
}

/// The request for a page.
pub(super) fn at(request: &Request, position: &Position) -> Request {
    let mut request = request.clone();
    for (target, count) in position.at.into_iter().chain(position.size) {
        put(&mut request, target, Given::Number(count.to_string()));
    }
    if let Some((target, cursor)) = &position.cursor {
        put(&mut request, *target, cursor.clone());
    }
    request
}

/// A bound as it is put into a request.
fn given(value: &Value) -> Given {
    match value {
        Value::Number(number) => Given::Number(number.to_string()),
        Value::String(text) => Given::Text(text.clone()),
        other => Given::Text(other.to_string()),
    }
}

/// A number stays one in JSON; everywhere else there are texts only.
fn put(request: &mut Request, target: Target, value: Given) {
    match target {
        Target::Body(keys) => {
            let value = match value {
                Given::Number(digits) => {
                    digits.parse().map(Value::Number).unwrap_or(Value::String(digits))
                }
                Given::Text(text) => Value::String(text),
            };
            request.set_body_value(keys, value);
        }
        Target::Header(name) => request.push_header(name, value.text()),
        Target::Param(name) => request.push_param(name, value.text()),
    }
}

/// What a function of the user's says follows, and the request as it has left it.
pub(super) fn ask(
    function: NextPage,
    last: Option<&Page<'_>>,
    request: &Request,
) -> Result<(Step, Request)> {
    let mut request = request.clone();
    let step = match function(last, &mut request)? {
        Next::End => Step::End,
        Next::Incomplete(reason) => Step::Incomplete(reason),
        Next::Link(url) => Step::Next(Position { link: Some(url), ..Position::default() }),
        Next::Page => Step::Next(Position::default()),
    };
    let method = request.method();
    if request.body().is_some() && !method.has_body() {
        let text =
            format!("the paginator's function has set a body, but `{}` sends none", method.word());
        return Err(Error::new(ErrorKind::Paging, text)
            .with_help("write `method = post` in `#[resource(..)]`, or set a parameter"));
    }
    Ok((step, request))
}

/// What the requests of a scan have in common as a number: the same in every release and on every
/// machine. (FNV-1a; its numbers are stored.)
pub(super) fn digest(request: &Request) -> u64 {
    const START: u64 = 0xCBF2_9CE4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01B3;
    /// In no text that is UTF-8.
    const END: u8 = 0xFF;
    let headers =
        request.headers().flat_map(|(name, value)| [name.to_lowercase(), value.to_owned()]);
    let texts = [request.method().as_str().to_owned(), request.url().to_string()];
    let texts = texts.into_iter().chain(headers).chain(request.body());
    texts.fold(START, |digest, text| {
        let bytes = text.bytes().chain([END]);
        bytes.fold(digest, |digest, byte| (digest ^ u64::from(byte)).wrapping_mul(PRIME))
    })
}
