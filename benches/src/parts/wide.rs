//! A row as those of GitHub's issues: some forty fields, objects and lists in it, escapes, 2.3 KB of JSON.

use connector_runtime::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::PAGE;
use super::floor::{instant, maybe_instant};

/// An issue.
#[derive(Resource, Deserialize)]
#[resource(name = "wide", path = "/wide", data_selector = "data", paginator = offset(limit = 100))]
pub(super) struct Wide {
    #[column(primary_key)]
    id: i64,
    node_id: String,
    number: i64,
    url: String,
    repository_url: String,
    labels_url: String,
    comments_url: String,
    events_url: String,
    html_url: String,
    timeline_url: String,
    title: String,
    #[column(flatten)]
    user: User,
    labels: Vec<Label>,
    state: String,
    state_reason: Option<String>,
    locked: bool,
    #[column(flatten)]
    assignee: Option<User>,
    assignees: Vec<User>,
    #[column(flatten)]
    milestone: Option<Milestone>,
    comments: i64,
    #[serde(deserialize_with = "instant")]
    created_at: Timestamp,
    #[serde(deserialize_with = "instant")]
    updated_at: Timestamp,
    #[serde(deserialize_with = "maybe_instant")]
    closed_at: Option<Timestamp>,
    author_association: String,
    active_lock_reason: Option<String>,
    draft: bool,
    score: f64,
    body: Option<String>,
    #[column(flatten)]
    reactions: Reactions,
}

/// Somebody.
#[derive(Record, Deserialize)]
pub(super) struct User {
    login: String,
    id: i64,
    node_id: String,
    avatar_url: String,
    html_url: String,
    #[column(rename = "type")]
    #[serde(rename = "type")]
    kind: String,
    site_admin: bool,
}

/// What an issue is about.
#[derive(Record, Deserialize)]
pub(super) struct Label {
    id: i64,
    name: String,
    color: String,
    #[column(rename = "default")]
    #[serde(rename = "default")]
    is_default: bool,
    description: Option<String>,
}

/// When it is wanted.
#[derive(Record, Deserialize)]
pub(super) struct Milestone {
    id: i64,
    title: String,
    open_issues: i64,
    #[serde(deserialize_with = "maybe_instant")]
    due_on: Option<Timestamp>,
}

/// What people think of it.
#[derive(Record, Deserialize)]
pub(super) struct Reactions {
    url: String,
    total_count: i64,
    #[column(rename = "+1")]
    #[serde(rename = "+1")]
    plus_one: i64,
    #[column(rename = "-1")]
    #[serde(rename = "-1")]
    minus_one: i64,
    laugh: i64,
    heart: i64,
}

/// What the API sends from this row on.
pub(super) fn page(first: u64) -> String {
    let rows: Vec<_> = (first..first + PAGE).map(issue).collect();
    json!({ "data": rows }).to_string()
}

fn issue(id: u64) -> Value {
    // far from its neighbours
    let mixed = id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
    let api = format!("https://api.example.com/repos/acme/widgets/issues/{id}");
    let closed = mixed.is_multiple_of(3);
    let assignees: Vec<_> = (0..mixed % 3).map(|nth| user(mixed + nth)).collect();
    json!({
        "id": id,
        "node_id": format!("I_{mixed:x}"),
        "number": id + 1000,
        "url": api,
        "repository_url": "https://api.example.com/repos/acme/widgets",
        "labels_url": format!("{api}/labels{{/name}}"),
        "comments_url": format!("{api}/comments"),
        "events_url": format!("{api}/events"),
        "html_url": format!("https://example.com/acme/widgets/issues/{id}"),
        "timeline_url": format!("{api}/timeline"),
        "title": words(mixed, 6),
        "user": user(mixed >> 8),
        "labels": (0..(mixed >> 4) % 3).map(|nth| label(mixed + nth)).collect::<Vec<_>>(),
        "state": if closed { "closed" } else { "open" },
        "state_reason": closed.then_some("completed"),
        "locked": mixed.is_multiple_of(31),
        "assignee": assignees.first(),
        "assignees": assignees,
        "milestone": mixed.is_multiple_of(5).then(|| milestone(mixed % 20)),
        "comments": mixed % 40,
        "created_at": "2023-02-03T04:05:06Z",
        "updated_at": format!("2024-{:02}-{:02}T05:06:07Z", mixed % 12 + 1, mixed % 28 + 1),
        "closed_at": closed.then_some("2024-12-31T23:59:59Z"),
        "author_association": if mixed.is_multiple_of(7) { "MEMBER" } else { "NONE" },
        "active_lock_reason": null,
        "draft": mixed.is_multiple_of(11),
        "score": (mixed % 10_000) as f64 / 100.0,
        "body": text(mixed >> 3),
        "reactions": {
            "url": format!("{api}/reactions"),
            "total_count": mixed % 9,
            "+1": mixed % 5,
            "-1": mixed % 2,
            "laugh": mixed % 3,
            "heart": 0,
        },
    })
}

fn user(number: u64) -> Value {
    let number = number % 5000;
    json!({
        "login": format!("user{number}"),
        "id": number,
        "node_id": format!("U_{:x}", number * 0x9E37),
        "avatar_url": format!("https://avatars.example.com/u/{number}?v=4"),
        "html_url": format!("https://example.com/user{number}"),
        "type": if number.is_multiple_of(50) { "Bot" } else { "User" },
        "site_admin": number.is_multiple_of(97),
    })
}

fn label(number: u64) -> Value {
    let number = number % 60;
    json!({
        "id": number,
        "name": format!("label-{number}"),
        "color": format!("{:06x}", number * 0x1F35),
        "default": number.is_multiple_of(5),
        "description": (!number.is_multiple_of(4)).then(|| format!("About label {number}")),
    })
}

fn milestone(number: u64) -> Value {
    json!({
        "id": number,
        "title": format!("v{number}.0"),
        "open_issues": number * 3,
        "due_on": "2025-06-15T00:00:00Z",
    })
}

/// Lines, with quotes in them.
fn text(mut seed: u64) -> String {
    let mut text = String::new();
    for _ in 0..10 + seed % 5 {
        text.push_str(&words(seed, 8));
        text.push_str("\n> \"");
        seed = seed.rotate_right(7);
    }
    text
}

fn words(seed: u64, count: u64) -> String {
    const WORDS: [&str; 16] = [
        "cursor", "panics", "when", "the", "page", "is", "empty", "after", "retry", "upstream",
        "schema", "nullable", "column", "café", "naïve", "☃",
    ];
    let word = |nth: u64| WORDS[(seed.rotate_right(4 * nth as u32) % 16) as usize];
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}
