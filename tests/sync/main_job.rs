//! The main job: a paged API into a table, then the changes only.

use connector_runtime::report::{Report, Status};
use connector_tests::{
    Database, Folder, Item, KEY, OffsetApi, Server, assert_says, counts, done, example, items, run,
    run_in_order,
};

async fn load(server: &Server, database: &Database) -> Report {
    run(&example(), server, database).await
}

async fn load_in_order(server: &Server, database: &Database) -> Report {
    run_in_order(&example(), server, database).await
}

/// Key and load id of every row.
fn load_ids(database: &Database) -> Vec<(i64, i64)> {
    database.query("SELECT id, _load_id FROM resource_name ORDER BY id", |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

#[tokio::test]
async fn a_thousand_rows_then_only_the_changes() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..1001)).key(KEY));
    let (server, database) = (api.serve(), folder.database());

    let first = load(&server, &database).await;
    assert_eq!(done(&first), counts(1000, 1000, 0, 0));
    assert_eq!(database.items(), api.rows());

    let changed = [5, 7, 500, 900];
    api.change(|rows| {
        for id in changed {
            let row = &mut rows[id - 1];
            row.name = Some(format!("changed {id}"));
            row.value = None;
        }
        rows.extend(items(1001..1011));
    });
    let second = load(&server, &database).await;
    assert_eq!(done(&second), counts(1010, 10, 4, 996));
    assert_eq!(database.items(), api.rows());
    assert!(second.load_id > first.load_id);
    for (id, load_id) in load_ids(&database) {
        let touched = id > 1000 || changed.contains(&(id as usize));
        let expected = if touched { second.load_id } else { first.load_id };
        assert_eq!(load_id, expected, "row {id}");
    }
}

#[tokio::test]
async fn state_and_log_say_what_was_loaded() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..251)).key(KEY));
    let (server, database) = (api.serve(), folder.database());
    let mut expected = Vec::new();
    for (received, inserted, unchanged) in [(250, 250, 0), (251, 1, 250)] {
        let report = load_in_order(&server, &database).await;
        assert_eq!(done(&report), counts(received, inserted, 0, unchanged));
        let state = database.state("resource_name");
        assert_eq!(state["load_id"], report.load_id);
        assert_eq!(state["complete"], true);
        assert_eq!(state["rows"], received);
        assert_eq!(state["pages"], 4);
        let traffic = report.resources[0].traffic;
        expected.push(format!(
            "{} example_api resource_name done true {received} {inserted} 0 {unchanged} 4 4 0 {} ",
            report.load_id, traffic.bytes
        ));
        api.change(|rows| rows.extend(items(251..252)));
    }
    let log: Vec<String> = database.column(
        "SELECT concat_ws(' ', load_id, connector, resource, status,
             CASE WHEN ended_at >= started_at THEN 'true' END, received, inserted, updated,
             unchanged, pages, requests, retries, bytes, coalesce(error, ''))
         FROM _connector_loads ORDER BY load_id",
    );
    assert_eq!(log, expected);
}

#[tokio::test]
async fn the_traffic_is_counted() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..251)).key(KEY));
    let server = api.serve();
    let report = load_in_order(&server, &folder.database()).await;
    let traffic = report.resources[0].traffic;
    assert_eq!((traffic.pages, traffic.requests, traffic.retries), (4, 4, 0));
    let bytes: usize = [0..100, 100..200, 200..250, 250..250]
        .map(|range| connector_tests::page(&api.rows()[range]).len())
        .iter()
        .sum();
    assert_eq!(traffic.bytes, bytes as u64);
}

#[tokio::test]
async fn positions_move_by_the_rows_received_up_to_an_empty_page() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..251)).key(KEY));
    let server = api.serve();
    assert_eq!(done(&load_in_order(&server, &folder.database()).await).inserted, 250);
    assert_eq!(positions(&server), [0, 100, 200, 250]);
    assert!(server.requests().iter().all(|request| request.number("limit") == Some(100)));
}

fn positions(server: &Server) -> Vec<usize> {
    let requests = server.requests();
    requests.iter().map(|request| request.number("offset").expect("a position")).collect()
}

#[tokio::test]
async fn a_total_that_is_there_saves_the_last_request() {
    for (rows, expected) in [(200, vec![0, 100]), (201, vec![0, 100, 200]), (0, vec![0])] {
        let (folder, api) = (Folder::new(), OffsetApi::new(items(1..rows + 1)).key(KEY).total());
        let server = api.serve();
        assert_eq!(done(&load_in_order(&server, &folder.database()).await).inserted, rows as u64);
        assert_eq!(positions(&server), expected);
    }
}

#[tokio::test]
async fn d04_a_server_that_caps_the_page_size_loses_nothing() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..1001)).key(KEY).cap(40));
    let (server, database) = (api.serve(), folder.database());
    assert_eq!(done(&load_in_order(&server, &database).await), counts(1000, 1000, 0, 0));
    assert_eq!(database.items(), api.rows());
    assert_eq!(server.count(), 26);
}

#[tokio::test]
async fn an_api_without_rows_makes_an_empty_table() {
    let (folder, api) = (Folder::new(), OffsetApi::new(Vec::new()).key(KEY));
    let (server, database) = (api.serve(), folder.database());
    assert_eq!(done(&load(&server, &database).await), counts(0, 0, 0, 0));
    assert_eq!(database.items(), []);
    assert_eq!(database.state("resource_name")["complete"], true);
}

#[tokio::test]
async fn merging_keeps_rows_that_are_gone_at_the_source() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..11)).key(KEY));
    let (server, database) = (api.serve(), folder.database());
    done(&load(&server, &database).await);
    let before = api.rows();
    api.change(|rows| rows.truncate(3));
    assert_eq!(done(&load(&server, &database).await), counts(3, 0, 0, 3));
    assert_eq!(database.items(), before);
}

#[tokio::test]
async fn every_kind_of_change_is_a_change() {
    let row = |name: Option<&str>, value| Item { id: 1, name: name.map(str::to_owned), value };
    let versions = [
        row(None, None),
        row(Some(""), None),
        row(Some("a"), None),
        row(Some("A"), None),
        row(Some("A"), Some(0.0)),
        row(Some("A"), Some(0.1)),
        row(Some("A"), Some(0.1 + f64::EPSILON / 8.0)),
        row(None, Some(0.1)),
    ];
    let (folder, api) = (Folder::new(), OffsetApi::new(Vec::new()).key(KEY));
    let (server, database) = (api.serve(), folder.database());
    for (index, version) in versions.into_iter().enumerate() {
        api.change(|rows| *rows = vec![version.clone()]);
        let change = counts(1, u64::from(index == 0), u64::from(index > 0), 0);
        assert_eq!(done(&load(&server, &database).await), change, "{version:?}");
        assert_eq!(database.items(), [version]);
        assert_eq!(done(&load(&server, &database).await), counts(1, 0, 0, 1));
    }
}

#[tokio::test]
async fn rows_come_as_structs_too() {
    use connector_runtime::Connector;
    let api = OffsetApi::new(items(1..251)).key(KEY);
    let server = api.serve();
    let mut rows =
        example().rows::<connector_tests::ResourceName>().base_url(server.url()).max_concurrency(1);
    let mut found = Vec::new();
    while let Some(row) = rows.next().await {
        let row = row.expect("a row");
        found.push(Item { id: row.id, name: row.name, value: row.value });
    }
    assert_eq!(found, api.rows());
    assert!(rows.next().await.is_none(), "the end is the end");
    assert_eq!(server.count(), 4);
}

#[tokio::test]
async fn a_run_of_an_unknown_resource_asks_for_nothing() {
    use connector_runtime::Connector;
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..2)).key(KEY));
    let server = api.serve();
    let run = example().sync().base_url(server.url()).destination(folder.database().destination());
    let report = run.resources(["resource_nam"]).run().await;
    assert!(!report.is_done());
    let error = report.error.expect("an error");
    assert_says(error, &["no resource `resource_nam`", "its resources are `resource_name`"]);
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn the_log_keeps_every_run() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..11)).key(KEY));
    let database = folder.database();
    done(&load(&api.serve(), &database).await);
    let broken = Server::always(connector_tests::Reply::status(404));
    let report = load(&broken, &database).await;
    assert_eq!(report.resources[0].status, Status::Failed);
    let log: Vec<String> = database.column("SELECT status FROM _connector_loads ORDER BY load_id");
    assert_eq!(log, ["done", "failed"]);
    let error: String =
        database.value("SELECT error FROM _connector_loads WHERE status = 'failed'");
    assert_says(error, &["resource `resource_name`", "404 Not Found"]);
}
