//! [GitHub](https://docs.github.com/en/rest): issues with their labels, comments, pull requests and
//! reviews of some repositories. The second run asks for what has changed since the first.
//!
//! ```sh
//! GITHUB_TOKEN=.. cargo run --bin github -- sync --owner rust-lang --repos book,mdBook
//! ```

use std::num::ParseIntError;

use connector_runtime::prelude::*;

/// Issues and pull requests of GitHub repositories.
#[derive(Connector)]
#[connector(
    name = "github",
    base_url = "https://api.github.com",
    auth = bearer(token),
    headers("accept" = "application/vnd.github+json", "x-github-api-version" = "2022-11-28"),
    // GitHub takes 900 requests a minute, and 5,000 an hour: it says when the next hour begins
    rate_limit("10/s", burst = 100),
    retry(max_delay = "1h"),
    resource_defaults(
        paginator = header_link(page_size = 100, page_size_param = "per_page"),
        on_response(status = [403, 429], content = "rate limit", action = retry),
        unknown_fields = ignore,
    ),
    resources(Issue, Comment, Pull, Review),
)]
struct GitHub {
    /// Organisation or user that owns the repositories.
    owner: String,
    /// Names of the repositories.
    repos: Vec<String>,
    /// Token with read access to issues and pull requests.
    #[config(env = "GITHUB_TOKEN")]
    token: Secret,
    /// Load what has changed at or after this instant.
    #[config(default = "2020-01-01T00:00:00Z")]
    start: Timestamp,
}

/// Issues; to GitHub, pull requests are issues, too. The oldest change is listed first: however a run
/// ends, the next one goes on behind what is stored. Pages have numbers, and an issue that changes while
/// they are read moves to the last one; instead of by its number, each is asked for by `since`.
#[derive(Resource)]
#[resource(
    name = "issues",
    partition(repo in config.repos),
    path = "/repos/{config.owner}/{partition.repo}/issues",
    params(state = "all", sort = "updated", direction = "asc"),
    incremental(cursor = updated_at, start_param = "since", initial = config.start, row_order = asc),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(partition = repo)]
    repo: String,
    number: i64,
    title: String,
    body: Option<String>,
    state: String,
    state_reason: Option<String>,
    #[column(flatten)]
    user: Option<User>,
    labels: Vec<Label>,
    assignees: Vec<User>,
    comments: i64,
    reactions: Json,
    /// Present where the issue is a pull request.
    pull_request: Option<Json>,
    created_at: Timestamp,
    updated_at: Timestamp,
    closed_at: Option<Timestamp>,
}

/// Somebody.
#[derive(Record)]
struct User {
    id: i64,
    login: String,
}

/// What an issue is about.
#[derive(Record)]
struct Label {
    name: String,
    color: String,
    description: Option<String>,
}

/// Comments of issues and pull requests: all of a repository in one list, a hundred a request.
#[derive(Resource)]
#[resource(
    name = "comments",
    partition(repo in config.repos),
    path = "/repos/{config.owner}/{partition.repo}/issues/comments",
    params(sort = "updated", direction = "asc"),
    incremental(cursor = updated_at, start_param = "since", initial = config.start, row_order = asc),
)]
struct Comment {
    #[column(primary_key)]
    id: i64,
    #[column(partition = repo)]
    repo: String,
    #[column(rename = "issue_url", with(last_segment))]
    issue_number: i64,
    #[column(flatten)]
    user: Option<User>,
    body: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// The number in `https://api.github.com/repos/rust-lang/book/issues/42`.
fn last_segment(url: String) -> Result<i64, ParseIntError> {
    url.rsplit('/').next().unwrap_or_default().parse()
}

/// Pull requests. This list has no `since`: it is read from the newest change back to the first one
/// that is known. What changes meanwhile moves to the first page, and others come twice.
#[derive(Resource)]
#[resource(
    name = "pulls",
    partition(repo in config.repos),
    path = "/repos/{config.owner}/{partition.repo}/pulls",
    params(state = "all", sort = "updated", direction = "desc"),
    incremental(cursor = updated_at, client_side, initial = config.start, row_order = desc),
)]
struct Pull {
    #[column(primary_key)]
    id: i64,
    #[column(partition = repo)]
    repo: String,
    number: i64,
    title: String,
    state: String,
    draft: bool,
    #[column(flatten)]
    user: Option<User>,
    #[column(flatten)]
    head: Branch,
    #[column(flatten)]
    base: Branch,
    created_at: Timestamp,
    updated_at: Timestamp,
    merged_at: Option<Timestamp>,
}

/// What is merged, or merged into.
#[derive(Record)]
struct Branch {
    #[column(rename = "ref")]
    name: String,
    sha: String,
}

/// Reviews, asked for where a pull request is new or has changed.
#[derive(Resource)]
#[resource(
    name = "reviews",
    parent(pull: Pull),
    path = "/repos/{config.owner}/{pull.repo}/pulls/{pull.number}/reviews",
)]
struct Review {
    #[column(primary_key)]
    id: i64,
    #[column(parent = pull.repo)]
    repo: String,
    #[column(parent = pull.number)]
    pull_number: i64,
    #[column(flatten)]
    user: Option<User>,
    state: String,
    body: Option<String>,
    commit_id: Option<String>,
    /// Absent while the review is not handed in.
    submitted_at: Option<Timestamp>,
}

connector_runtime::main!(GitHub);
