//! `Run::full_refresh`: what there is, as the first load would have it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use connector_runtime::CancellationToken;
use connector_runtime::prelude::*;
use connector_runtime::report::Status;
use connector_runtime::run::Run;
use connector_tests::{Database, Folder, Reply, Server, Shelf, Tracker, TrackerApi, assert_says};
use serde_json::json;

const COUNTS: &str = "SELECT (SELECT count(*) FROM projects), (SELECT count(*) FROM tasks), \
     (SELECT count(*) FROM notes)";
const STATES: &str =
    "SELECT resource, \"partition\", state FROM _connector_state ORDER BY resource, \"partition\"";

fn family(server: &Server, database: &Database) -> Run {
    let run = Tracker {}.sync().resources(["projects", "tasks", "notes"]);
    run.base_url(server.url()).destination(database.destination()).max_concurrency(1)
}

#[tokio::test]
async fn parents_and_children_are_read_anew_and_what_was_remembered_is_replaced() {
    let server = TrackerApi::new(60).serve();
    let folder = Folder::new();
    let database = folder.database();
    assert!(family(&server, &database).run().await.is_done());
    let partitions = "SELECT resource, \"partition\" FROM _connector_state ORDER BY 1, 2";
    let remembered = database.texts(partitions);
    // rows that the API has no more, some that were lost, and states of parts and partitions of then
    database.execute(
        "INSERT INTO projects VALUES (1000, '2024-01-01T00:00:00Z', 1); \
         INSERT INTO tasks VALUES (9000, 1000, 1); DELETE FROM notes WHERE id % 2 = 0; \
         INSERT INTO _connector_state (connector, resource, \"partition\", state, load_id) \
         SELECT connector, resource, '@1/2', state, 1 FROM _connector_state WHERE \"partition\" = '' \
         UNION ALL SELECT 'tracker', 'tasks', '[1000]', '{\"version\":2,\"load_id\":1,\"complete\":true,\"rows\":1,\"pages\":1}', 1",
    );
    let before = server.count();
    let report = family(&server, &database).full_refresh().run().await;
    assert!(report.is_done() && report.full_refresh, "{report:?}");
    let rows: Vec<_> =
        report.resources.iter().map(|one| (one.rows.received, one.rows.removed)).collect();
    assert_eq!(rows, [(60, 1), (180, 1), (180, 0)]);
    assert_eq!(report.resources[2].rows.inserted, 90);
    assert_eq!(database.texts(COUNTS), [["60", "180", "180"].map(|text| Some(text.to_owned()))]);
    assert_eq!(database.texts(partitions), remembered);
    // an empty page ends a scan
    assert_eq!(server.count() - before, 3 + 60 + 180);

    // what is asked for next is what is new since
    let before = server.count();
    let report = family(&server, &database).run().await;
    assert!(report.is_done(), "{report:?}");
    assert_eq!(server.count() - before, 2);
}

/// A resource whose rows are appended by their cursor, with an API that can fail.
#[derive(Connector)]
#[connector(
    name = "log",
    base_url = "https://api.example.com",
    retry(max_retries = 0),
    resources(Event, Item)
)]
struct Log {}

#[derive(Resource)]
#[resource(
    name = "events",
    path = "/events",
    paginator = offset(limit = 3),
    write_disposition = append,
    incremental(cursor = at, start_param = "since", row_order = asc),
)]
struct Event {
    id: i64,
    at: i64,
}

#[derive(Resource)]
#[resource(
    name = "items",
    path = "/items",
    paginator = offset(limit = 3),
    incremental(cursor = at, start_param = "since", row_order = asc),
)]
struct Item {
    #[column(primary_key)]
    id: i64,
    at: i64,
}

/// Rows 1 to `rows`; with `fails` the second page of each scan does.
#[derive(Clone, Default)]
struct Api {
    rows: Arc<AtomicUsize>,
    fails: Arc<AtomicBool>,
}

impl Api {
    fn serve(&self) -> Server {
        let Self { rows, fails } = self.clone();
        Server::start(move |request| {
            let offset = request.number("offset").expect("an offset");
            if offset > 0 && fails.load(Ordering::Relaxed) {
                return Reply::status(404);
            }
            let since = request.number("since").unwrap_or_default();
            let all = 1..=rows.load(Ordering::Relaxed);
            let page = all.filter(|at| *at >= since).skip(offset).take(3);
            let page: Vec<_> = page.map(|at| json!({"id": at, "at": at})).collect();
            Reply::json(serde_json::to_string(&page).expect("JSON"))
        })
    }

    fn has(&self, rows: usize) {
        self.rows.store(rows, Ordering::Relaxed);
    }

    fn fails(&self, fails: bool) {
        self.fails.store(fails, Ordering::Relaxed);
    }
}

fn log(server: &Server, database: &Database) -> Run {
    Log {}.sync().base_url(server.url()).destination(database.destination())
}

fn ids(database: &Database, table: &str) -> Vec<i64> {
    database.column(&format!("SELECT id FROM {table} ORDER BY id"))
}

#[tokio::test]
async fn appended_rows_come_once_and_the_next_load_goes_on_behind_them() {
    let (api, folder) = (Api::default(), Folder::new());
    let (server, database) = (api.serve(), folder.database());
    api.has(5);
    assert!(log(&server, &database).run().await.is_done());
    let report = log(&server, &database).full_refresh().run().await;
    assert!(report.is_done(), "{report:?}");
    assert_eq!(ids(&database, "events"), [1, 2, 3, 4, 5]);
    // the last row of then comes again, and is not appended again
    api.has(7);
    let report = log(&server, &database).run().await;
    assert!(report.is_done(), "{report:?}");
    assert_eq!(ids(&database, "events"), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(report.resources[0].rows.received, 3);
}

#[tokio::test]
async fn one_that_fails_leaves_rows_and_states_as_they_were() {
    let (api, folder) = (Api::default(), Folder::new());
    let (server, database) = (api.serve(), folder.database());
    api.has(5);
    assert!(log(&server, &database).run().await.is_done());
    database.execute("DELETE FROM items WHERE id = 1; DELETE FROM events WHERE id = 1");
    let states = database.texts(STATES);
    api.fails(true);
    let report = log(&server, &database).full_refresh().run().await;
    let ended: Vec<_> =
        report.resources.iter().map(|one| (one.status, one.rows.discarded)).collect();
    assert_eq!(ended, [(Status::Failed, 3), (Status::Failed, 3)]);
    assert_eq!(database.texts(STATES), states);
    assert_eq!(ids(&database, "items"), [2, 3, 4, 5]);
    assert_eq!(ids(&database, "events"), [2, 3, 4, 5]);
    // an ordinary load goes on from there, and a refresh begins anew
    api.fails(false);
    api.has(6);
    assert!(log(&server, &database).run().await.is_done());
    assert_eq!(ids(&database, "events"), [2, 3, 4, 5, 6]);
    assert!(log(&server, &database).full_refresh().run().await.is_done());
    assert_eq!(ids(&database, "items"), [1, 2, 3, 4, 5, 6]);
    assert_eq!(ids(&database, "events"), [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn one_that_is_interrupted_does_so_too() {
    let (api, folder) = (Api::default(), Folder::new());
    let (server, database) = (api.serve(), folder.database());
    api.has(5);
    assert!(log(&server, &database).run().await.is_done());
    let states = database.texts(STATES);
    let token = CancellationToken::new();
    let cancel = token.clone();
    let stopping = Server::start(move |request| {
        let first = request.number("offset").expect("an offset") + 7;
        if first > 7 {
            cancel.cancel();
        }
        let page = [0, 1, 2].map(|at| json!({"id": first + at, "at": first + at}));
        Reply::json(serde_json::to_string(&page).expect("JSON"))
    });
    let run = log(&stopping, &database).full_refresh().cancel_with(token);
    let report = run.run().await;
    assert_eq!(report.resources[0].status, Status::Interrupted, "{report:?}");
    assert_eq!(database.texts(STATES), states);
    assert_eq!(ids(&database, "events"), [1, 2, 3, 4, 5]);
}

/// A child that fails keeps its rows and its state, and so nothing of it is taken for read.
#[tokio::test]
async fn a_child_that_fails_is_read_by_the_next_load() {
    let (api, fails) = (TrackerApi::new(12), Arc::new(AtomicBool::new(false)));
    let its = fails.clone();
    let server = Server::start(move |request| match request.path.as_str() {
        "/projects/7/tasks" if its.load(Ordering::Relaxed) => Reply::status(404),
        _ => api.answer(request),
    });
    let folder = Folder::new();
    let database = folder.database();
    assert!(family(&server, &database).run().await.is_done());
    database.execute("DELETE FROM tasks; DELETE FROM projects WHERE id = 3");
    fails.store(true, Ordering::Relaxed);
    let report = family(&server, &database).full_refresh().run().await;
    let ended: Vec<_> = report.resources.iter().map(|one| one.status).collect();
    assert_eq!(ended[1..], [Status::Failed, Status::Failed], "{report:?}");
    assert_says(
        report.resources[2].error.as_ref().expect("it lacks parents"),
        &["neither rows nor states were replaced"],
    );
    let counts = |database: &Database| database.texts(COUNTS);
    assert_eq!(counts(&database), [["12", "0", "36"].map(|text| Some(text.to_owned()))]);
    fails.store(false, Ordering::Relaxed);
    assert!(family(&server, &database).full_refresh().run().await.is_done());
    assert_eq!(counts(&database), [["12", "36", "36"].map(|text| Some(text.to_owned()))]);
}

/// Other destinations hold to it as well.
#[tokio::test]
async fn in_memory() {
    let api = Api::default();
    let server = api.serve();
    let shelf = Shelf::default();
    let run = || Log {}.sync().base_url(server.url()).destination(shelf.destination());
    api.has(5);
    assert!(run().run().await.is_done());
    assert!(run().full_refresh().run().await.is_done());
    assert_eq!((shelf.rows("events").len(), shelf.rows("items").len()), (5, 5));
    api.has(4);
    assert!(run().full_refresh().run().await.is_done());
    assert_eq!((shelf.rows("events").len(), shelf.rows("items").len()), (4, 4));
    assert_eq!(shelf.states("events").len(), 1);
}
