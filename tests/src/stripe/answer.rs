//! Requests and their answers: lists with the newest first, single objects, errors.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Inner;
use crate::server::{Reply, Request};

/// Parameters of every list.
const OF_LISTS: [&str; 2] = ["limit", "starting_after"];

/// Filters on `created`.
const OF_CREATED: [&str; 5] =
    ["created", "created[gt]", "created[gte]", "created[lt]", "created[lte]"];

/// Why a request is refused.
struct Refusal {
    status: u16,
    code: Option<&'static str>,
    message: String,
    param: Option<String>,
}

impl Refusal {
    fn new(status: u16, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), param: None }
    }

    fn of(self, param: &str) -> Self {
        Self { param: Some(param.to_owned()), ..self }
    }

    fn missing(what: &str, id: &str, param: &str) -> Self {
        let status = if param == "id" { 404 } else { 400 };
        Self::new(status, Some("resource_missing"), format!("No such {what}: '{id}'")).of(param)
    }
}

/// The answer, with the headers that all answers have.
pub(super) fn answer(inner: &Inner, request: &Request) -> Reply {
    let (status, body) = match authorized(inner, request).and_then(|()| route(inner, request)) {
        Ok(body) => (200, body),
        Err(refusal) => {
            let mut error = json!({"type": "invalid_request_error", "message": refusal.message});
            if let Some(code) = refusal.code {
                error["code"] = json!(code);
                error["doc_url"] = json!(format!("https://stripe.com/docs/error-codes/{code}"));
            }
            if let Some(param) = refusal.param {
                error["param"] = json!(param);
            }
            (refusal.status, json!({"error": error}))
        }
    };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(inner.clock.unsigned_abs());
    Reply::status(status)
        .header("content-type", "application/json")
        .header("date", httpdate::fmt_http_date(now))
        .header("request-id", format!("req_{:014}", request.number))
        .header("stripe-version", "2024-06-20")
        .body(body.to_string())
}

/// The key is a bearer token, or the name of a user without a password.
fn authorized(inner: &Inner, request: &Request) -> Result<(), Refusal> {
    let header = request.header("authorization").ok_or_else(|| {
        Refusal::new(401, None, "You did not provide an API key. You need to provide your API key in the Authorization header")
    })?;
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:", inner.key)));
    if header == format!("Bearer {}", inner.key) || header == basic {
        return Ok(());
    }
    Err(Refusal::new(401, None, "Invalid API Key provided: sk_test_********"))
}

fn route(inner: &Inner, request: &Request) -> Result<Value, Refusal> {
    let path: Vec<_> = request.path.split('/').skip(1).collect();
    match path[..] {
        ["v1", "customers"] => list(request, &OF_CREATED, "customer", newest(&inner.customers)),
        ["v1", "charges"] => list(request, &OF_CREATED, "charge", newest(&inner.charges)),
        ["v1", "events"] => {
            let known = [&OF_CREATED[..], &["type", "types[]"]].concat();
            let mut events = newest(&inner.events);
            events.retain(|event| inner.is_kept(event));
            list(request, &known, "event", events)
        }
        ["v1", "invoices"] => {
            let known = [&OF_CREATED[..], &["status", "customer"]].concat();
            list(
                request,
                &known,
                "invoice",
                inner.invoices.iter().rev().map(super::Invoice::whole).collect(),
            )
        }
        ["v1", "invoices", id, "lines"] => {
            let invoice = inner.invoices.iter().find(|invoice| invoice.row["id"] == id);
            let invoice = invoice.ok_or_else(|| Refusal::missing("invoice", id, "id"))?;
            list(request, &[], "line_item", invoice.lines.clone())
        }
        ["v1", "customers", id] if inner.deleted.iter().any(|deleted| deleted == id) => {
            Ok(json!({"id": id, "object": "customer", "deleted": true}))
        }
        ["v1", "customers", id] => {
            let customer = inner.customers.iter().find(|customer| customer["id"] == id);
            customer.cloned().ok_or_else(|| Refusal::missing("customer", id, "id"))
        }
        _ => Err(Refusal::new(
            404,
            None,
            format!("Unrecognized request URL ({}: {}).", request.method, request.path),
        )),
    }
}

fn newest(rows: &[Value]) -> Vec<Value> {
    rows.iter().rev().cloned().collect()
}

/// A page of these rows.
fn list(
    request: &Request,
    filters: &[&str],
    what: &str,
    rows: Vec<Value>,
) -> Result<Value, Refusal> {
    let unknown = |name: &str| !OF_LISTS.contains(&name) && !filters.contains(&name);
    if let Some((name, _)) = request.query.iter().find(|(name, _)| unknown(name)) {
        let message = format!("Received unknown parameter: {name}");
        return Err(Refusal::new(400, Some("parameter_unknown"), message).of(name));
    }
    let limit = match request.param("limit") {
        None => 10,
        Some(text) => {
            text.parse().ok().filter(|limit| (1..=100).contains(limit)).ok_or_else(|| {
                let message = "This value must be between 1 and 100 (it currently is invalid).";
                Refusal::new(400, Some("parameter_invalid_integer"), message).of("limit")
            })?
        }
    };
    // a position is one of the whole list: a row that no filter lets through is a place, too
    let from = match request.param("starting_after") {
        None => 0,
        Some(id) => match rows.iter().position(|row| row["id"] == id) {
            Some(place) => place + 1,
            None => return Err(Refusal::missing(what, id, "starting_after")),
        },
    };
    let mut wanted = Vec::new();
    for row in &rows[from..] {
        if is_wanted(row, request)? {
            wanted.push(row);
        }
    }
    let has_more = wanted.len() > limit;
    wanted.truncate(limit);
    Ok(json!({"object": "list", "data": wanted, "has_more": has_more, "url": request.path}))
}

fn is_wanted(row: &Value, request: &Request) -> Result<bool, Refusal> {
    let kinds: Vec<_> = request.query.iter().filter(|(name, _)| name == "types[]").collect();
    if !kinds.is_empty() && !kinds.iter().any(|(_, kind)| row["type"] == **kind) {
        return Ok(false);
    }
    for (name, value) in &request.query {
        let created = || {
            let bound = value.parse::<i64>().map_err(|_| {
                let message = format!("Invalid integer: {value}");
                Refusal::new(400, Some("parameter_invalid_integer"), message).of(name)
            })?;
            Ok(row["created"].as_i64().expect("a number").cmp(&bound))
        };
        let fits = match name.as_str() {
            "created" => created()?.is_eq(),
            "created[gt]" => created()?.is_gt(),
            "created[gte]" => created()?.is_ge(),
            "created[lt]" => created()?.is_lt(),
            "created[lte]" => created()?.is_le(),
            "type" | "status" | "customer" => row[name] == **value,
            _ => true,
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}
