//! States that are set and forgotten, and what the next run asks for then.

use std::time::Duration;

use connector_runtime::catalog::Duplicates;
use connector_runtime::destination::Begun;
use connector_runtime::state::{CursorValue, STATE_VERSION, State};
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
        let value = |cursor: Option<CursorValue>| cursor.map(|at| at.to_string());
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
async fn a_pattern_that_stands_for_one_resource_is_that_one() {
    let place = Place::sqlite();
    loaded(&place).await;
    let mut catalog = catalog::<Books>(&place);
    let set = catalog.set_state("iss*", None, "15", Duplicates::Refuse).await.expect("set");
    assert_eq!((set.resource.as_str(), cursor(set.before)), ("issues", Some(20)));
    let set = catalog.set_state("ev*", None, "6", Duplicates::Refuse).await;
    assert!(set.expect_err("it goes back").to_string().contains("`events` are appended"));
}

/// Somebody who writes states and no rows.
async fn editor(place: &Place) -> Direct {
    let mut loads = loads::<Books>();
    loads.iter_mut().for_each(|load| load.store = false);
    Direct::open(place.destination(), loads).await.expect("open")
}

fn at(cursor: i128) -> Option<State> {
    let mut state = State::default();
    state.version = STATE_VERSION;
    state.column = Some("updated_at".to_owned());
    state.cursor = Some(CursorValue::Integer(cursor));
    Some(state)
}

fn cursor(state: Option<State>) -> Option<i128> {
    match state?.cursor? {
        CursorValue::Integer(cursor) => Some(cursor),
        other => panic!("{other:?} is no whole number"),
    }
}

/// States that runs with a part each have left.
async fn parts(place: &Place, resource: &str, states: &[(&str, i128)]) {
    let mut run = editor(place).await;
    run.has_begun(resource).await;
    let states = states.iter().map(|(part, cursor)| (*part, at(*cursor)));
    run.edit(resource, states, false).await.expect("written");
}

#[tokio::test]
async fn a_resource_that_is_set_as_a_whole_takes_its_parts_with_it() {
    for place in Place::each(SCHEMA) {
        let (_, server) = loaded(&place).await;
        parts(&place, "issues", &[("@1/2", 30), ("@2/2", 40)]).await;
        parts(&place, "comments", &[("^@1/2", 30), ("^@2/2", 40)]).await;
        let mut catalog = catalog::<Books>(&place);
        let set = catalog.set_state("issues", None, "15", Duplicates::Refuse).await.expect("set");
        assert_eq!(set.forgotten, ["@1/2", "@2/2"]);
        let set = catalog.set_state("comments", Some("^"), "15", Duplicates::Refuse).await;
        assert_eq!(set.expect("set").forgotten, ["^@1/2", "^@2/2"]);
        let left = states(&mut catalog).await;
        assert!(left.iter().all(|state| !state.partition.contains('@')), "{left:?}");
        sync(&Books {}, &server, &place, &["issues"]).await.into_result().expect("a run");
        assert_eq!(asked(&server, "/issues").as_deref(), Some("15"));
        // parts have appended rows, too
        parts(&place, "events", &[("@1/2", 30)]).await;
        let refused = catalog.set_state("events", None, "20", Duplicates::Refuse).await;
        let text = refused.expect_err("a part is beyond it").to_string();
        assert!(text.contains("`events` are appended"), "{text}");
    }
}

#[tokio::test]
async fn a_part_is_not_set_behind_the_whole() {
    let place = Place::sqlite();
    loaded(&place).await;
    parts(&place, "comments", &[("^", 20)]).await;
    let mut catalog = catalog::<Books>(&place);
    for (resource, part, help) in
        [("issues", "@1/2", "without `--partition`"), ("comments", "^@1/2", "`--partition '^'`")]
    {
        let refused = catalog.set_state(resource, Some(part), "19", Duplicates::Accept).await;
        let text = refused.expect_err("a run would go on from the whole").to_string();
        assert!(text.contains("as a whole has come to 20") && text.contains(help), "{text}");
        let set = catalog.set_state(resource, Some(part), "20", Duplicates::Refuse).await;
        assert_eq!(cursor(set.map(|set| Some(set.state)).expect("set")), Some(20));
    }
}

#[tokio::test]
async fn what_a_run_does_that_was_waited_for_counts() {
    for place in Place::each(SCHEMA) {
        loaded(&place).await;
        let (set, reset) = (&mut catalog::<Books>(&place), &mut catalog::<Books>(&place));
        // both wait for a run that brings what there was not when they began
        let mut run = editor(&place).await;
        run.has_begun("events").await;
        run.has_begun("photos").await;
        let end = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            run.edit("events", [("", at(30))], false).await.expect("written");
            run.edit("photos", [("", at(30))], false).await.expect("written");
        };
        let photos = names(&["photos"]);
        let (set, reset, ()) = tokio::join!(
            set.set_state("events", None, "9", Duplicates::Refuse),
            reset.reset_states(&photos, Duplicates::Refuse),
            end
        );
        let text = set.expect_err("it would go back").to_string();
        assert!(text.contains("`events` are appended"), "{text}");
        let reset = reset.expect("forgotten");
        assert_eq!(reset.iter().map(|one| (one.before, one.after)).collect::<Vec<_>>(), [(1, 0)]);
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
        ("*s", None, "5", "`*s` stands for several resources: `issues`, `comments`, `events`"),
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
