//! The connector, as a user of this project writes it.

use connector_runtime::prelude::*;

/// The connector.
#[derive(Connector)]
#[connector(
    name = "wide",
    base_url = "https://api.example.com",
    auth = api_key(name = "api_key", location = query, value = api_key),
    resources(Issue),
)]
pub struct WideApi {
    pub(super) api_key: Secret,
}

#[derive(Resource)]
#[resource(
    name = "issues",
    path = "/items",
    data_selector = "data",
    paginator = offset(limit = 100),
    write_disposition = merge
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    node_id: String,
    number: i64,
    url: String,
    repository_url: String,
    comments_url: String,
    html_url: String,
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
    created_at: Timestamp,
    updated_at: Timestamp,
    closed_at: Option<Timestamp>,
    author_association: String,
    draft: bool,
    score: f64,
    body: Option<String>,
    #[column(flatten)]
    reactions: Reactions,
}

#[derive(Record)]
struct User {
    login: String,
    id: i64,
    node_id: String,
    avatar_url: String,
    html_url: String,
    #[column(rename = "type")]
    kind: String,
    site_admin: bool,
}

#[derive(Record)]
struct Label {
    id: i64,
    node_id: String,
    url: String,
    name: String,
    color: String,
    #[column(rename = "default")]
    is_default: bool,
    description: Option<String>,
}

#[derive(Record)]
struct Milestone {
    id: i64,
    number: i64,
    title: String,
    state: String,
    due_on: Option<Timestamp>,
}

#[derive(Record)]
struct Reactions {
    total_count: i64,
    #[column(rename = "+1")]
    up: i64,
    #[column(rename = "-1")]
    down: i64,
    laugh: i64,
    heart: i64,
    rocket: i64,
}
