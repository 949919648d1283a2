//! Several loads on one connection that is lost, several runs with a part each, and many states.

use connector_runtime::Error;
use connector_runtime::destination::{Part, States};
use connector_runtime::prelude::*;
use connector_runtime::report::Status;
use connector_runtime::testing::conformance::direct::{Direct, NONE, Worked, state};
use connector_tests::{Cluster, PgDatabase, assert_says, postgres};

use super::assert_no_stages;
use super::lost::END_SESSIONS;
use super::proxy::{Fault, Proxy};

#[derive(Connector)]
#[connector(name = "api", base_url = "https://api.example.com", resources(Item, Entry))]
struct Api {}

#[derive(Resource)]
#[resource(path = "/items", name = "items")]
struct Item {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(path = "/entries", name = "entries")]
struct Entry {
    id: i64,
}

async fn open(url: &str, part: Option<(u32, u32)>) -> Direct {
    super::open::<Api>(url, part.map(|(index, of)| Part { index, of })).await
}

/// A run in which both loads have begun.
async fn begin(url: &str) -> Direct {
    let mut run = open(url, None).await;
    run.has_begun("items").await;
    run.has_begun("entries").await;
    run
}

fn items(ids: std::ops::Range<i64>) -> Vec<Item> {
    ids.map(|id| Item { id }).collect()
}

fn entries(ids: std::ops::Range<i64>) -> Vec<Entry> {
    ids.map(|id| Entry { id }).collect()
}

async fn end(run: &mut Direct) {
    run.end("items", Status::Done, [("", state(0))]).await.worked();
    run.end("entries", Status::Done, [("", state(0))]).await.worked();
}

fn ids(database: &PgDatabase, table: &str) -> Vec<i64> {
    let rows = database.query(&format!("SELECT id FROM api.{table} ORDER BY id"));
    let id = |row: Vec<Option<String>>| row[0].as_deref()?.parse().ok();
    rows.into_iter().map(|row| id(row).expect("a number")).collect()
}

#[track_caller]
fn assert_all(database: &PgDatabase, count: i64, context: &str) {
    for table in ["items", "entries"] {
        assert!(ids(database, table).into_iter().eq(0..count), "{context}: {table}");
    }
    assert_no_stages(database);
}

#[tokio::test]
async fn all_loads_go_on_after_their_session_was_ended() {
    let Some(database) = postgres() else { return };
    let mut run = begin(&database.url()).await;
    for step in 0..4 {
        run.write(&items(step * 10..step * 10 + 10), NONE).await.worked();
        database.query(END_SESSIONS);
        run.write(&entries(step * 10..step * 10 + 10), NONE).await.worked();
        database.query(END_SESSIONS);
        run.states("items", States::Beginning("")).await.worked();
        run.publish("entries", NONE).await.worked();
    }
    end(&mut run).await;
    assert_all(&database, 40, "");
}

/// Each answer to `COMMIT` in turn does not come: of those that open and begin, of batches, of what is
/// published, of the ends.
#[tokio::test]
async fn a_commit_without_an_answer_is_not_repeated() {
    for lost in [&[1][..], &[2], &[3], &[4], &[5], &[6], &[7], &[8], &[9], &[10], &[6, 9]] {
        let Some(database) = postgres() else { return };
        let proxy = Proxy::start(database.port(), "COMMIT", Fault::Lost(lost)).await;
        let mut run = begin(&database.url_through(proxy.port())).await;
        for step in 0..2 {
            run.write(&entries(step * 10..step * 10 + 10), [("", state(1))]).await.worked();
            run.write(&items(step * 10..step * 10 + 10), NONE).await.worked();
            let published = run.publish("entries", [("a", state(2))]).await.worked();
            assert_eq!(published.inserted, 10, "{lost:?}");
        }
        end(&mut run).await;
        assert!(proxy.seen() >= 10, "{lost:?}");
        assert_all(&database, 20, &format!("{lost:?}"));
        let log = "SELECT commits, inserted FROM api._connector_loads ORDER BY resource";
        let expected = [["5", "20"], ["3", "20"]].map(|row| row.map(|text| Some(text.to_owned())));
        assert_eq!(database.query(log), expected, "{lost:?}");
    }
}

/// Of the load whose lease is taken nothing more is written; the others go on.
#[tokio::test]
async fn a_lease_that_another_run_took_meanwhile_ends_its_load_alone() {
    let Some(database) = postgres() else { return };
    let holder = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await;
    let (holder, connection) = holder.expect("a connection");
    tokio::spawn(connection);
    let mut run = open(&database.url(), None).await;
    run.has_begun("items").await;
    // the lock is waited for before anybody else can take it
    let lock = "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks JOIN pg_stat_activity \
         USING (pid) WHERE locktype = 'advisory' AND application_name = 'api' \
         AND datname = current_database()";
    let lock = database.value(lock);
    run.has_begun("entries").await;
    run.write(&items(0..1), NONE).await.worked();
    run.write(&entries(0..1), NONE).await.worked();
    let steal = format!("{END_SESSIONS}; SELECT pg_advisory_lock({lock})");
    holder.simple_query(&steal).await.expect("the lock");
    run.write(&entries(1..2), NONE).await.worked();
    let error: Error = run.write(&items(1..2), NONE).await.expect_err("not ours any more");
    assert_says(error, &["another run has begun with the resource", "run again"]);
    run.end("items", Status::Failed, NONE).await.expect_err("not ours any more");
    run.end("entries", Status::Done, NONE).await.worked();
    assert_eq!(ids(&database, "items"), [0]);
    assert_eq!(ids(&database, "entries"), [0, 1]);
}

/// What was published stays, what waited is lost, and that is said.
#[tokio::test]
async fn what_was_published_is_there_after_a_crash() {
    let Some(cluster) = Cluster::start() else { return };
    let database = cluster.database();
    let mut run = begin(&database.url()).await;
    run.write(&entries(0..10), NONE).await.worked();
    run.publish("entries", [("", state(10))]).await.worked();
    // nothing waits: nothing is lost
    cluster.stop_immediate();
    cluster.restart();
    run.write(&entries(10..20), NONE).await.worked();
    run.publish("entries", [("", state(20))]).await.worked();
    run.write(&entries(20..30), NONE).await.worked();
    cluster.stop_immediate();
    cluster.restart();
    let error = run.publish("entries", [("", state(30))]).await.expect_err("it is lost");
    assert_says(error, &["what was kept for the end of the load", "help: run again"]);
    run.end("entries", Status::Failed, NONE).await.worked();
    let states = run.states("items", States::Beginning("")).await.worked();
    assert_eq!(states, []);
    run.end("items", Status::Done, NONE).await.worked();
    let mut run = open(&database.url(), None).await;
    run.has_begun("entries").await;
    let states = run.states("entries", States::Beginning("")).await.worked();
    assert_eq!(states, [(String::new(), 20)]);
    assert!(ids(&database, "entries").into_iter().eq(0..20));
    run.end("entries", Status::Done, NONE).await.worked();
    assert_no_stages(&database);
}

/// The stages that are there, without the numbers of their runs.
fn stages(database: &PgDatabase) -> usize {
    database
        .query("SELECT relname FROM pg_class WHERE starts_with(relname, '_connector_stage')")
        .len()
}

/// Who has the lease of a part knows that others of that part have ended, and nothing of other parts.
#[tokio::test]
async fn what_a_killed_part_left_is_taken_away_by_the_next_of_it_or_of_the_whole() {
    let Some(database) = postgres() else { return };
    let url = database.url();
    let killed = async |part| {
        let mut run = open(&url, Some(part)).await;
        run.has_begun("entries").await;
        run.write(&entries(0..1), NONE).await.worked();
        drop(run);
        let alone = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'api' \
             AND datname = current_database()";
        while database.value(alone) != "0" {
            tokio::task::yield_now().await;
        }
    };
    let finished = async |part| {
        let mut run = open(&url, part).await;
        run.has_begun("entries").await;
        run.end("entries", Status::Done, NONE).await.worked();
    };
    killed((1, 2)).await;
    killed((2, 12)).await;
    assert_eq!(stages(&database), 2);
    finished(Some((2, 2))).await;
    finished(Some((1, 12))).await;
    assert_eq!(stages(&database), 2, "others leave them alone");
    finished(Some((1, 2))).await;
    assert_eq!(stages(&database), 1, "its own are gone");
    finished(None).await;
    assert_eq!(stages(&database), 0, "while the whole is loaded no part is");
}

/// Two parts may bring one row, when it has changed between their scans.
#[tokio::test]
async fn a_key_that_another_session_inserts_meanwhile_is_merged() {
    let Some(database) = postgres() else { return };
    let mut run = begin(&database.url()).await;
    let (other, connection) =
        tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.expect("a session");
    tokio::spawn(connection);
    let insert = "BEGIN; INSERT INTO api.items (id, _load_id) VALUES (1, 0)";
    other.simple_query(insert).await.expect("inserted");
    let write = async {
        let counts = run.write(&items(0..3), NONE).await.worked();
        assert_eq!((counts.inserted, counts.unchanged), (2, 1));
    };
    let commit = async {
        let waits = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'api' \
             AND datname = current_database() AND wait_event_type = 'Lock'";
        while other.simple_query(waits).await.expect("rows").len() < 3 {
            tokio::task::yield_now().await;
        }
        other.simple_query("COMMIT").await.expect("committed");
    };
    tokio::join!(write, commit);
    end(&mut run).await;
    assert_eq!(ids(&database, "items"), [0, 1, 2]);
}

/// However many partitions there are, those that are wanted are found by their key.
#[tokio::test]
async fn a_hundred_thousand_states_are_never_read_as_a_whole() {
    let Some(database) = postgres() else { return };
    let partition = |at: u64| format!("[\"organization\", {at}]");
    let mut run = begin(&database.url()).await;
    for from in (0..100_000).step_by(10_000) {
        let states = (from..from + 10_000).map(|at| (partition(at), state(at)));
        run.write(&items(0..1), states).await.worked();
    }
    run.write(&items(0..1), [("@1/2", state(1)), ("@2/2", state(2))]).await.worked();
    let some: Vec<_> = (0..5_000).map(|at| partition(at * 20)).collect();
    assert_eq!(run.states("items", States::Of(&some)).await.worked().len(), 5_000);
    assert_eq!(run.states("items", States::Beginning("@")).await.worked().len(), 2);
    let forgotten = some.iter().take(1_000).map(|at| (at.clone(), None));
    run.write(&items(0..1), forgotten).await.worked();
    end(&mut run).await;
    drop(run);
    // what a session counts is told when it ends
    let scans = "SELECT seq_tup_read FROM pg_stat_user_tables \
         WHERE relname = '_connector_state' AND idx_scan > 0";
    let told = loop {
        let told = database.query(scans);
        if !told.is_empty() {
            break told;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(told, [[Some("0".to_owned())]]);
}
