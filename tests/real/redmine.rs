//! [Redmine](https://www.redmine.org/projects/redmine/wiki/Rest_api): an operator stands before the bound,
//! and issues come in the order of their changes.

use connector_runtime::prelude::*;
use connector_tests::Folder;
use serde_json::{Value, json};

use super::client::Client;
use super::{load, of};

#[derive(Connector)]
#[connector(
    base_url = config.url,
    auth = api_key(name = "key", location = query, value = key),
    resources(Issue),
)]
struct Redmine {
    url: String,
    key: Secret,
    #[config(default = "2000-01-01T00:00:00Z")]
    start: Timestamp,
}

#[derive(Resource)]
#[resource(
    name = "issues",
    path = "/issues.json",
    params(status_id = "*", sort = "updated_on,id", updated_on = ">={incremental.start_value}"),
    data_selector = "issues",
    paginator = offset(limit = 100, total_path = "total_count"),
    incremental(cursor = updated_on, initial = config.start, row_order = asc),
    unknown_fields = ignore,
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(flatten)]
    project: Named,
    #[column(flatten)]
    status: Named,
    subject: String,
    description: Option<String>,
    done_ratio: i64,
    updated_on: Timestamp,
}

#[derive(Record)]
struct Named {
    id: i64,
    name: String,
}

#[tokio::test]
#[ignore = "wants a server: REDMINE_URL, REDMINE_KEY"]
async fn redmine_issues_that_have_changed() {
    let client = Client::of("REDMINE", "X-Redmine-API-Key: KEY");
    let call = |method: &str, target: &str, body: Value| {
        client.call(method, target, "application/json", &body.to_string())
    };
    let truth = || {
        let mut rows = Vec::new();
        loop {
            let offset = rows.len();
            let page =
                client.get(&format!("/issues.json?status_id=*&sort=id&limit=100&offset={offset}"));
            let issues = page["issues"].as_array().expect("a list");
            let text = |value: &Value| {
                value.as_str().map_or_else(|| Some(value.to_string()), |text| Some(text.to_owned()))
            };
            rows.extend(issues.iter().map(|issue| {
                let values = [
                    &issue["id"],
                    &issue["subject"],
                    &issue["status"]["name"],
                    &issue["done_ratio"],
                ];
                values.map(text).to_vec()
            }));
            if issues.is_empty() {
                return rows;
            }
        }
    };
    let database = Folder::new().into_database();
    let found =
        || database.texts("SELECT id, subject, status__name, done_ratio FROM issues ORDER BY id");
    let api = Redmine {
        url: client.url.clone(),
        key: client.key.clone().into(),
        start: "2000-01-01T00:00:00Z".parse().expect("a moment"),
    };
    let first = load(&api, &database).await;
    let before = truth();
    assert!(found() == before, "the table is not what the server has");
    assert_eq!(of(&first, "issues").rows.inserted, before.len() as u64);

    // issues of the project that takes new ones
    let ids = client.get("/issues.json?project_id=1&status_id=*&sort=id&limit=3");
    for issue in ids["issues"].as_array().expect("a list") {
        let target = format!("/issues/{}.json", issue["id"]);
        call("PUT", &target, json!({"issue": {"subject": "changed", "done_ratio": 70}}));
    }
    for at in 0..2 {
        let issue = json!({"project_id": 1, "tracker_id": 1, "status_id": 1, "priority_id": 2, "subject": format!("late {at}")});
        call("POST", "/issues.json", json!({"issue": issue}));
    }
    let report = load(&api, &database).await;
    assert!(found() == truth(), "the table is not what the server has");
    let issues = of(&report, "issues");
    assert_eq!((issues.rows.inserted, issues.rows.updated), (2, 3), "{:?}", issues.rows);
    assert_eq!(issues.traffic.requests, issues.rows.received.div_ceil(100));
}
