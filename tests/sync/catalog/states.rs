//! States that are set and forgotten, and what the next run asks for then.

use std::time::Duration;

use connector_runtime::catalog::Duplicates;
use connector_runtime::destination::Begun;
use connector_runtime::testing::conformance::direct::{Direct, loads};
use connector_tests::{Place, Server};
use serde_json::json;

use super::api::{Api, Books, SCHEMA, issue, sync};
use super::{catalog, names, states};

/// What was asked of the resource last.
fn asked(server: &Server, path: &str) -> Option<String> {
    let requests = server.requests();
    let last = requests.iter().rfind(|request| request.path == path).expect("a request");
    last.param("since").map(str::to_owned)
}

async fn loaded(place: &Place) -> (Api, Server) {
    let api = Api::default();
    api.has("/issues", json!([issue(1, 10, 1), issue(2, 20, 2)]));
    api.has("/events", json!([{ "at": 7, "amount": 1 }]));
    let server = api.server();
    let report = sync(&Books {}, &server, place, &["issues", "comments", "events"]).await;
    assert!(report.into_result().is_ok());
    (api, server)
}

#[tokio::test]
async fn a_cursor_that_is_set_is_where_the_next_run_begins() {
    for place in Place::each(SCHEMA) {
        let (_, server) = loaded(&place).await;
        let mut catalog = catalog::<Books>(&place);
        let set = catalog.set_state("issues", None, "15", Duplicates::Refuse).await;
        let set = set.expect("a cursor of the column's type");
        let value =
            |cursor: Option<connector_runtime::state::CursorValue>| cursor.map(|at| at.to_string());
        assert_eq!(value(set.before.and_then(|state| state.cursor)).as_deref(), Some("20"));
        assert_eq!(value(set.state.cursor).as_deref(), Some("15"));
        sync(&Books {}, &server, &place, &["issues"]).await.into_result().expect("a run");
        assert_eq!(asked(&server, "/issues").as_deref(), Some("15"));
        // and is no load
        let loads = catalog.loads(10).await.expect("loads");
        let edits: Vec<_> = loads.iter().filter(|load| load.status == "edited").collect();
        assert_eq!(edits.len(), 1, "{loads:?}");
        assert_eq!(edits[0].rows.received, 0);
    }
}

#[tokio::test]
async fn a_cursor_may_be_set_before_the_first_run() {
    for place in Place::each(SCHEMA) {
        let mut catalog = catalog::<Books>(&place);
        catalog.set_state("issues", None, "-5", Duplicates::Refuse).await.expect("it is made");
        let server = Api::default().server();
        sync(&Books {}, &server, &place, &["issues"]).await.into_result().expect("a run");
        assert_eq!(asked(&server, "/issues").as_deref(), Some("-5"));
    }
}

#[tokio::test]
async fn what_is_no_cursor_is_not_set() {
    let place = Place::sqlite();
    loaded(&place).await;
    let mut catalog = catalog::<Books>(&place);
    let before = states(&mut catalog).await;
    for (resource, partition, cursor, expected) in [
        (
            "issues",
            None,
            "yesterday",
            "the cursor `updated_at` is `yesterday`: expected a whole number",
        ),
        ("issues", Some("[1]"), "5", "no partition `[1]`"),
        ("issues", Some("@3/2"), "5", "no partition `@3/2`"),
        ("issues", Some("^"), "5", "no partition `^`"),
        ("photos", None, "5", "`photos` has no cursor"),
        ("comments", Some("[1]"), "5", "`comments` has no cursor"),
        ("comments", None, "5", "a state for each of its partitions"),
        ("comments", Some("1"), "5", "expected a JSON list of 1 values"),
        ("comments", Some("[1,2]"), "5", "expected a JSON list of 1 values"),
        ("nobody", None, "5", "no resource `nobody`"),
        ("events", None, "6", "the rows of `events` are appended"),
    ] {
        let error = catalog.set_state(resource, partition, cursor, Duplicates::Refuse).await;
        let error = error.expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert_eq!(states(&mut catalog).await, before);
    // how far a child has come with the rows of its parent is a cursor of the parent's
    let set = catalog.set_state("comments", Some("^"), "12", Duplicates::Refuse).await;
    assert_eq!(set.expect("set").state.column.as_deref(), Some("updated_at"));
    // forward nothing comes twice, and back somebody may want it to
    catalog.set_state("events", None, "9", Duplicates::Refuse).await.expect("forward");
    catalog.set_state("events", None, "6", Duplicates::Accept).await.expect("back");
}

#[tokio::test]
async fn what_is_forgotten_is_read_from_the_beginning() {
    for place in Place::each(SCHEMA) {
        let (_, server) = loaded(&place).await;
        let mut catalog = catalog::<Books>(&place);
        let changes = catalog.reset_states(&names(&["issues", "photos"]), Duplicates::Refuse).await;
        let changes = changes.expect("forgotten");
        let told: Vec<_> =
            changes.iter().map(|one| (one.resource.as_str(), one.before, one.after)).collect();
        assert_eq!(told, [("issues", 1, 0)], "of `photos` nothing was remembered");
        let left = states(&mut catalog).await;
        assert!(left.iter().all(|state| state.resource != "issues") && !left.is_empty());
        sync(&Books {}, &server, &place, &["issues"]).await.into_result().expect("a run");
        assert_eq!(asked(&server, "/issues"), None);
    }
}

#[tokio::test]
async fn appended_rows_do_not_come_twice_unless_that_is_wanted() {
    for place in Place::each(SCHEMA) {
        let (_, server) = loaded(&place).await;
        let mut catalog = catalog::<Books>(&place);
        let before = states(&mut catalog).await;
        for resources in [&["events"][..], &[]] {
            let refused = catalog.reset_states(&names(resources), Duplicates::Refuse).await;
            let text = refused.expect_err("rows would come twice").to_string();
            assert!(text.contains("`events` are appended") && text.contains("`--yes`"), "{text}");
            assert_eq!(states(&mut catalog).await, before);
        }
        catalog.reset_states(&[], Duplicates::Accept).await.expect("forgotten");
        assert!(states(&mut catalog).await.is_empty());
        sync(&Books {}, &server, &place, &["events"]).await.into_result().expect("a run");
        assert_eq!(place.lines("SELECT at FROM events"), ["7", "7"]);
    }
}

#[tokio::test]
async fn nothing_is_edited_under_a_run() {
    for place in Place::each(SCHEMA) {
        loaded(&place).await;
        let mut run = Direct::open(place.destination(), loads::<Books>()).await.expect("open");
        assert!(matches!(run.begin("comments").await, Ok(Begun::Ready { .. })));
        let mut catalog = catalog::<Books>(&place).lease_timeout(Duration::ZERO);
        let before = states(&mut catalog).await;
        // all leases are had, or nothing is done
        let error = catalog.reset_states(&names(&["issues", "comments"]), Duplicates::Refuse).await;
        let text = error.expect_err("a run is under way").to_string();
        assert!(text.contains("another run has been loading `comments`"), "{text}");
        assert!(text.contains("--lease-timeout"), "{text}");
        assert_eq!(states(&mut catalog).await, before);
        assert!(matches!(run.begin("issues").await, Ok(Begun::Ready { .. })), "it was given back");
    }
}
