//! `Run::limit`: some rows of each resource, to try a connector out.

use connector_runtime::prelude::*;
use connector_runtime::report::Report;
use connector_runtime::run::Run;
use connector_tests::{Folder, Reply, Server, Tracker, TrackerApi, assert_says};

const TABLES: [&str; 5] = ["projects", "tasks", "notes", "members", "currencies"];

fn inserted(report: &Report) -> Vec<(&'static str, u64)> {
    assert!(report.is_done(), "{report:?}");
    report.resources.iter().map(|one| (one.resource, one.rows.inserted)).collect()
}

fn paths(server: &Server) -> Vec<String> {
    server.requests().iter().map(|request| request.path.clone()).collect()
}

#[tokio::test]
async fn no_table_has_more_rows_and_nothing_more_is_asked_for() {
    let server = TrackerApi::new(60).serve();
    let folder = Folder::new();
    let database = folder.database();
    let run = || Tracker {}.sync().base_url(server.url()).destination(database.destination());
    let report = run().limit(2).run().await;
    assert_eq!(inserted(&report), TABLES.map(|name| (name, 2)));
    assert_eq!(report.limit, Some(2));
    assert!(report.resources.iter().all(|one| one.limited), "{report:?}");
    let mut asked = paths(&server);
    asked.sort();
    let expected = [
        "/currencies",
        "/projects",
        "/projects/1/tasks",
        "/tasks/3/notes",
        "/tasks/4/notes",
        "/teams/a/members",
    ];
    assert_eq!(asked, expected);
    assert_eq!(database.value::<i64>("SELECT count(*) FROM _connector_state"), 0);

    // the next load has everything
    let report = run().run().await;
    assert!(report.is_done() && report.limit.is_none(), "{report:?}");
    let count = |table: &str| database.value::<i64>(&format!("SELECT count(*) FROM {table}"));
    assert_eq!(TABLES.map(count), [60, 180, 180, 12, 3]);

    // and one that is limited then moves nothing
    let states = "SELECT resource, \"partition\", state FROM _connector_state ORDER BY 1, 2";
    let before = database.texts(states);
    assert!(run().limit(1).run().await.is_done());
    assert_eq!(database.texts(states), before);
    assert_eq!(TABLES.map(count), [60, 180, 180, 12, 3]);
}

/// Of parents that are read for their children only, as many rows are read as those need.
#[tokio::test]
async fn parents_are_read_as_far_as_their_children_need() {
    let server = TrackerApi::new(200).serve();
    let folder = Folder::new();
    let run = Tracker {}.sync().resources(["notes"]).limit(5).base_url(server.url());
    let report = run.destination(folder.database().destination()).run().await;
    assert_eq!(inserted(&report), [("projects", 0), ("tasks", 0), ("notes", 5)]);
    let paths = paths(&server);
    let pages = paths.iter().filter(|path| *path == "/projects").count();
    let tasks = paths.iter().filter(|path| path.ends_with("/tasks")).count();
    let notes = paths.iter().filter(|path| path.ends_with("/notes")).count();
    assert_eq!((pages, notes), (1, 5), "{paths:?}");
    assert!((2..=5).contains(&tasks), "{paths:?}");
}

/// A resource of every kind of write, and an API with five rows.
macro_rules! rows {
    ($api:ident, $row:ident, { $($key:tt)* } $($option:tt)*) => {
        #[derive(Resource)]
        #[resource(name = "rows", path = "/rows", paginator = offset(limit = 3) $($option)*)]
        struct $row {
            $($key)*
            id: i64,
            text: String,
        }

        #[derive(Connector)]
        #[connector(
            name = "rows",
            base_url = "https://api.example.com",
            retry(max_retries = 0),
            resources($row)
        )]
        struct $api {}
    };
}

rows!(Replace, ReplaceRow, { #[column(primary_key)] }, write_disposition = replace);
rows!(Swap, SwapRow, {}, write_disposition = replace);
rows!(Append, AppendRow, {}, write_disposition = append);
rows!(Sweep, SweepRow, { #[column(primary_key)] }, delete_missing = hard);
rows!(ByText, ByTextRow, { #[column(primary_key)] }, strategy = delete_insert(merge_key = text));

fn serve() -> Server {
    Server::start(|request| {
        let offset = request.number("offset").expect("an offset");
        let rows = (1..=5).skip(offset).take(3);
        let rows: Vec<_> = rows.map(|id| serde_json::json!({"id": id, "text": "x"})).collect();
        Reply::json(serde_json::to_string(&rows).expect("JSON"))
    })
}

#[tokio::test]
async fn nothing_is_removed_or_replaced() {
    async fn loaded(api: impl Connector) {
        let (server, folder) = (serve(), Folder::new());
        let database = folder.database();
        let run = || api.sync().base_url(server.url()).destination(database.destination());
        assert!(run().run().await.is_done());
        database.execute("UPDATE rows SET text = 'old'; INSERT INTO rows VALUES (9, 'x', 1)");
        let report = run().limit(2).run().await;
        assert!(report.is_done(), "{report:?}");
        let rows = report.resources[0].rows;
        assert_eq!((rows.received, rows.updated, rows.filtered, rows.removed), (3, 2, 1, 0));
        let ids: Vec<i64> = database.column("SELECT id FROM rows ORDER BY id");
        assert_eq!(ids, [1, 2, 3, 4, 5, 9]);
    }
    loaded(Replace {}).await;
    loaded(Sweep {}).await;
    loaded(ByText {}).await;
}

async fn refused(run: Run) -> String {
    let server = serve();
    let folder = Folder::new();
    let report = run.base_url(server.url()).destination(folder.database().destination()).run();
    let error = report.await.error.expect("it is refused");
    assert_eq!(server.count(), 0);
    assert!(!folder.database().path().exists());
    error.to_string()
}

#[tokio::test]
async fn rows_that_cannot_be_merged_are_refused() {
    assert_says(
        refused(Append {}.sync().limit(2)).await,
        &["resource `rows`: it appends", "`--limit`", "`!rows`", "`preview rows`"],
    );
    assert_says(refused(Swap {}.sync().limit(2)).await, &["without a primary key", "`!rows`"]);
}

#[tokio::test]
async fn what_excludes_each_other_is_refused() {
    use connector_runtime::destination::Part;
    let part = Part { index: 1, of: 2 };
    let run = || Tracker {}.sync();
    for (run, phrase) in [
        (run().limit(1).partition(part), "`--limit` and `--partition` exclude each other"),
        (run().full_refresh().limit(1), "`--full-refresh` and `--limit` exclude each other"),
        (
            run().full_refresh().partition(part),
            "`--full-refresh` and `--partition` exclude each other",
        ),
        (
            run().full_refresh().range("2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"),
            "`--full-refresh` and `--from` and `--to` exclude each other",
        ),
        (run().limit(0), "`--limit` is 0"),
        (run().resources(["task"]).limit(1), "did you mean `tasks`?"),
    ] {
        assert_says(refused(run).await, &[phrase]);
    }
}

#[tokio::test]
async fn a_range_can_be_limited() {
    let server = TrackerApi::new(60).serve();
    let folder = Folder::new();
    let run = Tracker {}.sync().resources(["projects"]).base_url(server.url()).limit(3);
    let run = run.range("2024-01-01T00:00:10Z", "2024-01-01T00:00:20Z");
    let report = run.destination(folder.database().destination()).run().await;
    assert_eq!(inserted(&report), [("projects", 3)]);
    let ids: Vec<i64> = folder.database().column("SELECT id FROM projects");
    assert_eq!(ids, [10, 11, 12]);
}

#[tokio::test]
async fn patterns_select_and_leave_out() {
    let server = TrackerApi::new(1).serve();
    let folder = Folder::new();
    let run = Tracker {}.sync().resources(["*s", "!notes", "!curren*"]).base_url(server.url());
    let report = run.destination(folder.database().destination()).run().await;
    assert_eq!(inserted(&report), [("projects", 1), ("tasks", 3), ("members", 12)]);
}
