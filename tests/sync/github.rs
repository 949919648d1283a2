//! Issues with their labels, and comments as their children: parents, incremental loading and nested rows in
//! one connector.

use connector_runtime::prelude::*;
use connector_tests::{Database, Folder, GitHub as Api, Server};

const TOKEN: &str = "ghp_t0ken";

#[derive(Connector)]
#[connector(
    base_url = "https://api.github.com",
    auth = bearer(token),
    headers("accept" = "application/vnd.github+json"),
    resource_defaults(
        paginator = header_link(page_size = 100, page_size_param = "per_page"),
        unknown_fields = ignore,
    ),
    resources(Issue, Comment),
)]
struct GitHub {
    /// Organisation or user that owns the repository.
    owner: String,
    repo: String,
    #[config(env = "GITHUB_TOKEN")]
    token: Secret,
    /// Load issues changed at or after this instant.
    #[config(default = "2020-01-01T00:00:00Z")]
    start: Timestamp,
}

#[derive(Resource)]
#[resource(
    name = "issues",
    path = "/repos/{config.owner}/{config.repo}/issues",
    params(state = "all", sort = "updated", direction = "asc"),
    incremental(cursor = updated_at, start_param = "since", initial = config.start, row_order = asc),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    number: i64,
    title: String,
    #[column(flatten)]
    user: User,
    labels: Vec<Label>,
    reactions: Json<serde_json::Value>,
    updated_at: Timestamp,
}

#[derive(Record)]
struct User {
    id: i64,
    login: String,
}

#[derive(Record)]
struct Label {
    name: String,
    color: Option<String>,
}

#[derive(Resource)]
#[resource(
    name = "comments",
    parent(issue: Issue),
    path = "/repos/{config.owner}/{config.repo}/issues/{issue.number}/comments",
)]
struct Comment {
    #[column(primary_key)]
    id: i64,
    #[column(parent = issue.number)]
    issue_number: i64,
    body: String,
}

async fn load(server: &Server, database: &Database) {
    let api = GitHub {
        owner: "acme".to_owned(),
        repo: "web".to_owned(),
        token: TOKEN.into(),
        start: "2024-01-01T00:00:00Z".parse().expect("a moment"),
    };
    let run = api.sync().base_url(server.url()).destination(database.destination());
    let report = run.run().await;
    assert!(report.is_done(), "{report:?}");
}

#[tokio::test]
async fn comments_are_read_for_issues_that_have_changed() {
    let api = Api::new(TOKEN, "acme", &["web"], "2024-03-01T08:00:00Z");
    for at in 1..=120 {
        let number = api.issue("web", &format!("Issue {at}"));
        api.label("web", number, &["bug", "help wanted"][..at % 3]);
    }
    for number in [5, 5, 80] {
        api.comment("web", number, "A comment");
    }
    for at in 0..101 {
        api.comment("web", 7, &format!("Comment {at}"));
    }
    api.wait(3_600);
    let (server, database) = (api.serve(), Folder::new().into_database());
    load(&server, &database).await;
    // two pages of issues, and comments of each, those of issue 7 on two
    assert_eq!(server.count(), 2 + 120 + 1);
    let of = |number: u64| format!("SELECT count(*) FROM comments WHERE issue_number = {number}");
    assert_eq!([5, 7, 80].map(|number| database.value::<i64>(&of(number))), [2, 101, 1]);
    let labels = "SELECT count(*) FROM issues__labels";
    assert_eq!(database.value::<i64>(labels), 40 + 2 * 40);

    // nothing has changed; then an issue has another comment, one a label less, and one is new
    for changes in [false, true] {
        if changes {
            api.comment("web", 5, "Another one");
            api.label("web", 2, &["bug"]);
            api.issue("web", "News");
            api.wait(3_600);
        }
        let before = server.count();
        load(&server, &database).await;
        let asked = server.asked(before, &["state", "sort", "direction", "per_page"]);
        let numbers = if changes { vec![121, 2, 5] } else { Vec::new() };
        let comments = |number| format!("/repos/acme/web/issues/{number}/comments");
        let mut expected: Vec<_> = numbers.into_iter().map(comments).collect();
        // the moment of the last comment on issue 7
        expected.push("/repos/acme/web/issues?since=2024-03-01T08:05:43Z".to_owned());
        assert_eq!(asked, expected);
    }
    assert_eq!([5, 7, 80].map(|number| database.value::<i64>(&of(number))), [3, 101, 1]);
    assert_eq!(database.value::<i64>(labels), 40 + 2 * 40 - 1);
    assert_eq!(database.value::<i64>("SELECT count(*) FROM issues"), 121);
}
