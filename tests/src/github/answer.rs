//! Requests and their answers: lists are chosen, ordered and cut into pages.

use std::time::SystemTime;

use connector_runtime::prelude::Timestamp;
use serde_json::{Value, json};

use super::{Inner, Repo};
use crate::server::{Reply, Request};

/// Requests that a token has in an hour.
const QUOTA: usize = 5_000;

/// What GitHub calls the documentation of everything.
const DOCUMENTATION: &str = "https://docs.github.com/rest";

type Refusal = (u16, &'static str);

/// The answer, with the headers that all answers have.
pub(super) fn answer(inner: &Inner, request: &Request) -> Reply {
    let reply = match list(inner, request) {
        Ok(reply) => reply,
        Err((status, message)) => {
            let body = json!({"message": message, "documentation_url": DOCUMENTATION, "status": status.to_string()});
            Reply::status(status)
                .header("content-type", "application/json; charset=utf-8")
                .body(body.to_string())
        }
    };
    let reset = inner.clock.as_second() / 3_600 * 3_600 + 3_600;
    reply
        .header("date", httpdate::fmt_http_date(SystemTime::from(inner.clock)))
        .header("x-github-media-type", "github.v3; format=json")
        .header("x-ratelimit-limit", QUOTA.to_string())
        .header("x-ratelimit-remaining", (QUOTA - request.number % QUOTA).to_string())
        .header("x-ratelimit-used", (request.number % QUOTA).to_string())
        .header("x-ratelimit-reset", reset.to_string())
        .header("x-ratelimit-resource", "core")
}

fn list(inner: &Inner, request: &Request) -> Result<Reply, Refusal> {
    if request.header("user-agent").is_none() {
        return Err((403, "Request forbidden by administrative rules."));
    }
    match request.header("authorization").map(|header| header.strip_prefix("Bearer ")) {
        None => return Err((401, "Requires authentication")),
        Some(token) if token != Some(&inner.token) => return Err((401, "Bad credentials")),
        Some(_) => {}
    }
    let path: Vec<_> = request.path.split('/').skip(1).collect();
    let (repo, rest) = match path[..] {
        ["repos", owner, name, ref rest @ ..] if owner == inner.owner => {
            (inner.repos.get(name), rest)
        }
        // where `Link` headers lead
        ["repositories", id, ref rest @ ..] => {
            (inner.repos.values().find(|repo| repo.id.to_string() == id), rest)
        }
        _ => (None, &[][..]),
    };
    let not_found = (404, "Not Found");
    let repo = repo.ok_or(not_found)?;
    let number = |text: &str| {
        let number =
            text.parse().ok().filter(|number| (1..=repo.issues.len() as u64).contains(number));
        number.ok_or(not_found)
    };
    let rows = match *rest {
        ["issues"] => issues(repo, request)?,
        ["issues", "comments"] => {
            sorted(since(all(&repo.comments), request)?, request, "asc", None)?
        }
        ["issues", issue, "comments"] => since(of(&repo.comments, number(issue)?), request)?,
        ["pulls"] => pulls(repo, request)?,
        ["pulls", pull, "reviews"] => of(&repo.reviews, number(pull)?),
        _ => return Err(not_found),
    };
    page(repo, request, &rest.join("/"), &rows)
}

fn all(rows: &[(u64, Value)]) -> Vec<&Value> {
    rows.iter().map(|(_, row)| row).collect()
}

fn of(rows: &[(u64, Value)], number: u64) -> Vec<&Value> {
    rows.iter().filter(|(of, _)| *of == number).map(|(_, row)| row).collect()
}

fn issues<'a>(repo: &'a Repo, request: &Request) -> Result<Vec<&'a Value>, Refusal> {
    let rows = in_state(repo.issues.iter().collect(), request)?;
    sorted(since(rows, request)?, request, "desc", Some("created"))
}

/// Pull requests have no `since`: it is not looked at, as everything that is not known.
fn pulls<'a>(repo: &'a Repo, request: &Request) -> Result<Vec<&'a Value>, Refusal> {
    let rows = in_state(repo.pulls.iter().collect(), request)?;
    let is_by_creation = matches!(request.param("sort"), None | Some("created"));
    let direction = if is_by_creation { "desc" } else { "asc" };
    sorted(rows, request, direction, Some("created"))
}

fn in_state<'a>(rows: Vec<&'a Value>, request: &Request) -> Result<Vec<&'a Value>, Refusal> {
    match request.param("state").unwrap_or("open") {
        "all" => Ok(rows),
        state @ ("open" | "closed") => {
            Ok(rows.into_iter().filter(|row| row["state"] == state).collect())
        }
        _ => Err((422, "Validation Failed")),
    }
}

/// Rows that changed at this moment or later.
fn since<'a>(rows: Vec<&'a Value>, request: &Request) -> Result<Vec<&'a Value>, Refusal> {
    let Some(since) = request.param("since") else { return Ok(rows) };
    let since: Timestamp = since.parse().map_err(|_| (422, "Validation Failed"))?;
    Ok(rows.into_iter().filter(|row| moment(row, "updated_at") >= since).collect())
}

/// By `sort` and `direction`; without a `sort`, by the default one, or as they were made.
fn sorted<'a>(
    mut rows: Vec<&'a Value>,
    request: &Request,
    direction: &str,
    sort: Option<&str>,
) -> Result<Vec<&'a Value>, Refusal> {
    let by = match request.param("sort").or(sort) {
        None => return Ok(rows),
        Some("created") => "created_at",
        Some("updated") => "updated_at",
        Some(_) => return Err((422, "Validation Failed")),
    };
    rows.sort_by_key(|row| moment(row, by));
    match request.param("direction").unwrap_or(direction) {
        "asc" => {}
        "desc" => rows.reverse(),
        _ => return Err((422, "Validation Failed")),
    }
    Ok(rows)
}

fn moment(row: &Value, field: &str) -> Timestamp {
    row[field].as_str().and_then(|text| text.parse().ok()).expect("a moment")
}

/// One page, and where the others are.
fn page(repo: &Repo, request: &Request, rest: &str, rows: &[&Value]) -> Result<Reply, Refusal> {
    let size = request.number("per_page").unwrap_or(30).clamp(1, 100);
    let number = request.number("page").unwrap_or(1).max(1);
    let last = rows.len().div_ceil(size).max(1);
    let host = request.header("host").unwrap_or_default();
    let url = |page: usize| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let others = request.query.iter().filter(|(name, _)| name != "page");
        query.extend_pairs(others).append_pair("page", &page.to_string());
        format!("http://{host}/repositories/{}/{rest}?{}", repo.id, query.finish())
    };
    let mut links = Vec::new();
    if number > 1 {
        links.push((number.min(last + 1) - 1, "prev"));
    }
    if number < last {
        links.extend([(number + 1, "next"), (last, "last")]);
    }
    if number > 1 {
        links.push((1, "first"));
    }
    let from = rows.len().min((number - 1) * size);
    let body = serde_json::to_string(&rows[from..rows.len().min(from + size)]).expect("JSON");
    let reply =
        Reply::status(200).header("content-type", "application/json; charset=utf-8").body(body);
    if links.is_empty() {
        return Ok(reply);
    }
    let links = links.iter().map(|(page, rel)| format!("<{}>; rel=\"{rel}\"", url(*page)));
    Ok(reply.header("link", links.collect::<Vec<_>>().join(", ")))
}
