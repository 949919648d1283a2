//! What a report and the events tell of a run: waits, times, cursors, totals.

use std::sync::{Arc, Mutex};

use connector_runtime::prelude::*;
use connector_runtime::report::{Event, Observer, Report, WaitReason};
use connector_runtime::state::CursorValue;
use connector_tests::{Answers, Database, Folder, OffsetApi, Reply, Server, done, example, items};

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    name = "api",
    retry(max_retries = 1, initial_delay = "1ms"),
    rate_limit = "20/s",
    max_concurrency = 1,
    resources(Item, Numbered, Note)
)]
struct Api {}

#[derive(Resource)]
#[resource(
    name = "items",
    path = "/items",
    incremental(cursor = updated_at, start_param = "since", row_order = asc),
)]
struct Item {
    #[column(primary_key)]
    id: i64,
    updated_at: Timestamp,
}

#[derive(Resource)]
#[resource(
    name = "numbered",
    path = "/numbered",
    incremental(cursor = version, start_param = "after"),
)]
struct Numbered {
    #[column(primary_key)]
    id: i64,
    version: i64,
}

#[derive(Resource)]
#[resource(
    name = "notes",
    parent(item: Item),
    path = "/items/{item.id}/notes",
    incremental(cursor = updated_at, start_param = "since"),
)]
struct Note {
    #[column(primary_key)]
    id: i64,
    updated_at: Timestamp,
}

async fn load(server: &Server, database: &Database, resources: &[&str]) -> Report {
    let run = Api {}.sync().resources(resources.iter().copied()).base_url(server.url());
    run.destination(database.destination()).run().await
}

const TWO: &str = r#"[{"id": 1, "updated_at": "2024-01-01T00:00:00Z"},
                      {"id": 2, "updated_at": "2024-01-02T00:00:00Z"}]"#;

#[tokio::test]
async fn the_cursor_is_where_the_next_run_begins() {
    let folder = Folder::new();
    let answers = Answers::new(&[("/items", TWO), ("/items?since=2024-01-02T00:00:00Z", "[]")]);
    let server = answers.serve();
    // the second run has nothing new, and stands where the first one stood
    for _ in 0..2 {
        let report = load(&server, &folder.database(), &["items"]).await;
        done(&report);
        let one = &report.resources[0];
        let cursor = one.cursor.as_ref().expect("a cursor");
        assert_eq!(
            (cursor.column, cursor.position.to_string()),
            ("updated_at", "2024-01-02T00:00:00Z".to_owned())
        );
        let instant = cursor.position.instant().expect("an instant");
        let lag = one.ended.duration_since(instant).as_secs_f64();
        assert!((cursor.lag_seconds.expect("a time") - lag).abs() < 0.01, "{cursor:?}");
        assert!(report.started <= one.started && one.ended <= report.ended, "{report:?}");
        let metrics = report.prometheus();
        let line =
            "connector_cursor_timestamp_seconds{connector=\"api\",resource=\"items\"} 1704153600";
        assert!(metrics.lines().any(|other| other == line), "{metrics}");
    }
    let json = serde_json::to_value(load(&server, &folder.database(), &["items"]).await);
    let cursor = json.expect("JSON")["resources"][0]["cursor"].clone();
    assert_eq!(
        (&cursor["column"], &cursor["position"]),
        (&"updated_at".into(), &"2024-01-02T00:00:00Z".into())
    );
    assert!(cursor["lag_seconds"].is_f64());
}

#[tokio::test]
async fn a_cursor_that_is_no_time_has_no_lag_and_a_backfill_has_no_cursor() {
    let folder = Folder::new();
    let server = Answers::new(&[("/numbered", r#"[{"id": 1, "version": 7}]"#)]).serve();
    let report = load(&server, &folder.database(), &["numbered"]).await;
    let cursor = report.resources[0].cursor.as_ref().expect("a cursor");
    assert_eq!((&cursor.position, cursor.lag_seconds), (&CursorValue::Integer(7), None));
    assert!(!report.prometheus().contains("connector_cursor"));

    let server = Answers::new(&[("/items?since=2024-01-01T00:00:00Z", TWO)]).serve();
    let run = Api {}.sync().resources(["items"]).base_url(server.url());
    let run = run.range("2024-01-01T00:00:00Z", "2024-01-05T00:00:00Z");
    let report = run.destination(folder.database().destination()).run().await;
    done(&report);
    assert_eq!(report.resources[0].cursor, None);
}

#[tokio::test]
async fn of_partitions_the_last_one_is_told() {
    let folder = Folder::new();
    let note = |id: u32, day: u32| {
        format!(r#"[{{"id": {id}, "updated_at": "2024-03-0{day}T00:00:00Z"}}]"#)
    };
    let (one, two) = (note(1, 5), note(2, 3));
    let answers =
        Answers::new(&[("/items", TWO), ("/items/1/notes", &one), ("/items/2/notes", &two)]);
    let report = load(&answers.serve(), &folder.database(), &["items", "notes"]).await;
    assert!(report.is_done(), "{report:?}");
    let cursor = report.resources[1].cursor.as_ref().expect("a cursor");
    assert_eq!(cursor.position.to_string(), "2024-03-03T00:00:00Z");
}

#[tokio::test]
async fn waits_are_told_by_their_reasons() {
    let folder = Folder::new();
    let server = Server::start(|request| match request.number {
        1 => Reply::status(503),
        _ => Reply::json(TWO),
    });
    let report = load(&server, &folder.database(), &["items"]).await;
    done(&report);
    let waits = report.resources[0].traffic.waits;
    // twenty a second: the second request has waited for its turn, after it had waited to be tried
    let limit = waits.of(WaitReason::RateLimit);
    assert_eq!((waits.retry.count, limit.count), (1, 1), "{waits:?}");
    assert!(limit.time.as_millis() > 0 && !waits.retry.time.is_zero(), "{waits:?}");
    assert_eq!((waits.token.count, waits.lease.count), (0, 0));
    let line = "connector_resource_waits{connector=\"api\",resource=\"items\",reason=\"retry\"} 1";
    assert!(report.prometheus().contains(line), "{}", report.prometheus());
}

/// The totals that were told with each page.
#[derive(Default)]
struct Totals(Mutex<Vec<Told>>);

/// Rows so far, rows in all, pages in all.
type Told = (u64, Option<u64>, Option<u64>);

impl Observer for Totals {
    fn event(&self, event: &Event<'_>) {
        if let Event::Page { rows, total, total_pages, .. } = event {
            self.0.lock().expect("no panic").push((*rows, *total, *total_pages));
        }
    }
}

#[tokio::test]
async fn pages_of_how_many_is_told_where_the_api_says_how_many_rows_there_are() {
    let (folder, totals) = (Folder::new(), Arc::new(Totals::default()));
    let server = OffsetApi::new(items(1..251)).total().serve();
    let run = example().sync().base_url(server.url()).observer(totals.clone());
    done(&run.destination(folder.database().destination()).run().await);
    let told = totals.0.lock().expect("no panic").clone();
    let all: Vec<_> = told.iter().map(|(_, total, pages)| (*total, *pages)).collect();
    assert!(all.iter().all(|one| *one == (Some(250), Some(3))), "{told:?}");
    assert_eq!(told.last().map(|(rows, ..)| *rows), Some(250));
}
