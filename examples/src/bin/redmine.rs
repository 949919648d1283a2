//! A [Redmine](https://www.redmine.org/projects/redmine/wiki/Rest_api) of your own: issues and time
//! entries, with the key in the query string and a page size that the server caps at 100.
//!
//! ```sh
//! REDMINE_URL=https://redmine.example.org REDMINE_KEY=.. cargo run --bin redmine -- sync
//! ```

use connector_runtime::prelude::*;

/// Issues and time entries of a Redmine server.
#[derive(Connector)]
#[connector(
    base_url = config.url,
    auth = api_key(name = "key", location = query, value = key),
    resource_defaults(paginator = offset(limit = 500, total_path = "total_count")),
    resources(Issue, TimeEntry),
)]
struct Redmine {
    /// Where the server is.
    url: String,
    /// Key from the page "My account".
    key: Secret,
}

/// Open and closed issues: without `status_id = "*"` Redmine lists the open ones only. What somebody
/// has deleted is in no list any more: a complete scan tells.
#[derive(Resource)]
#[resource(
    name = "issues",
    path = "/issues.json",
    params(status_id = "*", sort = "id"),
    data_selector = "issues",
    delete_missing = hard
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(flatten)]
    project: Named,
    #[column(flatten)]
    tracker: Named,
    #[column(flatten)]
    status: Named,
    #[column(flatten)]
    priority: Named,
    #[column(flatten)]
    author: Named,
    /// Left out while nobody has the issue.
    #[column(flatten)]
    assigned_to: Option<Named>,
    subject: String,
    description: Option<String>,
    start_date: Option<Date>,
    due_date: Option<Date>,
    /// Percent.
    done_ratio: i32,
    is_private: bool,
    estimated_hours: Option<f64>,
    custom_fields: Option<Json>,
    created_on: Timestamp,
    updated_on: Timestamp,
    closed_on: Option<Timestamp>,
}

/// Hours that were spent on issues.
#[derive(Resource)]
#[resource(
    name = "time_entries",
    path = "/time_entries.json",
    data_selector = "time_entries",
    delete_missing = hard
)]
struct TimeEntry {
    #[column(primary_key)]
    id: i64,
    #[column(flatten)]
    project: Named,
    /// Entries may belong to a project alone.
    #[column(flatten)]
    issue: Option<Id>,
    #[column(flatten)]
    user: Named,
    #[column(flatten)]
    activity: Named,
    hours: f64,
    comments: Option<String>,
    spent_on: Date,
    created_on: Timestamp,
    updated_on: Timestamp,
}

/// How Redmine refers to things.
#[derive(Record)]
struct Named {
    id: i64,
    name: String,
}

/// How Redmine refers to issues.
#[derive(Record)]
struct Id {
    id: i64,
}

connector_runtime::main!(Redmine);
