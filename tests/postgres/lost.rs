//! The server goes away in the middle of a load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use connector_runtime::prelude::*;

use connector_tests::{
    Cluster, PgDatabase, Reply, Request, Server, assert_says, counts, done, failed, page, postgres,
};
use serde_json::json;

use super::proxy::{Fault, Proxy};
use super::{Append, Complete, Merge, PAGE, ROWS, assert_complete, load, serve};

/// Ends every session of a connector, as an administrator would.
pub(crate) const END_SESSIONS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
     WHERE application_name = 'api' AND datname = current_database()";

#[derive(Resource)]
#[resource(
    name = "orders",
    path = "/orders",
    data_selector = "data",
    paginator = offset(limit = 3),
    incremental(cursor = at, start_param = "since", row_order = asc),
)]
struct Order {
    #[column(primary_key)]
    id: i64,
    at: i64,
}

#[derive(Resource)]
#[resource(name = "lines", parent(order: Order), path = "/orders/{order.id}", data_selector = "data")]
struct Line {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", max_concurrency = 2, resources(Order, Line))]
struct Family {}

/// The API, at whose third page the server stops and starts again.
fn restarting(cluster: &Arc<Cluster>, stop: fn(&Cluster)) -> Server {
    let cluster = cluster.clone();
    serve(move |offset| {
        if offset == 2 * PAGE {
            stop(&cluster);
            cluster.restart();
        }
    })
}

#[tokio::test]
async fn a_merge_goes_on_after_a_restart() {
    let Some(cluster) = Cluster::start().map(Arc::new) else { return };
    let database = cluster.database();
    let server = restarting(&cluster, Cluster::stop_fast);
    let report = load(Merge {}, &server, &database.url()).await;
    assert_eq!(done(&report), counts(ROWS as u64, ROWS as u64, 0, 0));
    assert_complete(&database);
}

/// Waits for the first batch of a load.
fn wait_for_a_commit(database: &PgDatabase) {
    let batches = "SELECT 1 FROM api._connector_loads WHERE status = 'running' AND commits > 0";
    while database.query(batches).is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A crash takes commits that were not on the disk. The load either goes on or fails; there is never
/// a hole, and the next run completes the table.
#[tokio::test]
async fn a_merge_never_goes_on_behind_commits_that_a_crash_took() {
    // only the end of a load, and luck, bring commits to the disk
    let settings = "-c wal_writer_delay=10s -c wal_writer_flush_after=1GB -c wal_buffers=16MB";
    let Some(cluster) = Cluster::start_with(settings).map(Arc::new) else { return };
    let database = cluster.database();
    let server = serve({
        let (cluster, database) = (cluster.clone(), database.clone());
        move |offset| {
            if offset == 2 * PAGE {
                wait_for_a_commit(&database);
                cluster.stop_immediate();
                cluster.restart();
            }
        }
    });
    let report = load(Merge {}, &server, &database.url()).await;
    if report.is_done() {
        assert_complete(&database);
    } else {
        let error = failed(&report);
        assert_says(error, &["are lost, rows and state alike", "help: run again"]);
        let log = "SELECT status, inserted FROM api._connector_loads";
        let rows = database.value("SELECT count(*) FROM api.rows");
        assert_eq!(database.query(log), [[Some("failed".to_owned()), Some(rows)]]);
        let holes = "SELECT count(*) FROM api.rows HAVING count(*) <> coalesce(max(id) + 1, 0)";
        assert!(database.query(holes).is_empty());
    }
    assert!(load(Merge {}, &serve(|_| {}), &database.url()).await.is_done());
    assert_complete(&database);
}

/// The same without luck: what the log says is less than what the load has committed.
#[tokio::test]
async fn a_load_whose_commits_are_lost_fails() {
    let Some(database) = postgres() else { return };
    let server = serve({
        let database = database.clone();
        move |offset| {
            if offset == 2 * PAGE {
                wait_for_a_commit(&database);
                database.query("UPDATE api._connector_loads SET commits = commits - 1");
                database.query(END_SESSIONS);
            }
        }
    });
    let report = load(Merge {}, &server, &database.url()).await;
    assert_says(failed(&report), &["are lost, rows and state alike", "help: run again"]);
    assert_eq!(database.value("SELECT status FROM api._connector_loads"), "failed");
    assert!(load(Merge {}, &serve(|_| {}), &database.url()).await.is_done());
    assert_complete(&database);
}

/// A crash takes all commits of the lines, and what was remembered; then the orders, whose rows are
/// there, have time to be remembered again.
fn lose_lines(database: &PgDatabase) {
    let committed = "SELECT 1 FROM family._connector_loads \
         WHERE resource = 'lines' AND inserted > 2";
    while database.query(committed).is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    // nothing is committed meanwhile
    let end_sessions = END_SESSIONS.replace("'api'", "'family'");
    database.query(&format!(
        "BEGIN; LOCK TABLE family._connector_loads IN EXCLUSIVE MODE; \
         UPDATE family._connector_loads SET commits = 0, inserted = 0 WHERE resource = 'lines'; \
         DELETE FROM family._connector_state; \
         DELETE FROM family.lines; {end_sessions}; COMMIT"
    ));
    std::thread::sleep(Duration::from_millis(300));
}

/// What a parent remembers next says that rows of its children are there, which are lost.
#[tokio::test]
async fn a_parent_does_not_go_on_when_commits_of_its_children_are_lost() {
    let Some(database) = postgres() else { return };
    let is_first = Arc::new(AtomicBool::new(true));
    let server = Server::start({
        let database = database.clone();
        move |request: &Request| {
            let Some(order) = request.path.strip_prefix("/orders/") else {
                let since = request.number("since").unwrap_or_default();
                let offset = request.number("offset").expect("an offset");
                let ids = (since..6).skip(offset).take(3);
                let rows = ids.map(|id| json!({ "id": id, "at": id }));
                return Reply::json(page(&rows.collect::<Vec<_>>()));
            };
            let order: i64 = order.parse().expect("an order");
            if order == 3 && is_first.swap(false, Ordering::Relaxed) {
                lose_lines(&database);
            }
            Reply::json(page(&[json!({ "id": order })]))
        }
    });
    let run = || {
        Family {}
            .sync()
            .base_url(server.url())
            .destination(super::destination(&database.url()))
            .run()
    };
    let report = run().await;
    let errors: Vec<_> =
        report.resources.iter().map(|one| one.error.as_ref().map(ToString::to_string)).collect();
    assert!(errors.iter().flatten().any(|error| error.contains("are lost")), "{errors:?}");
    let states = database.query("SELECT state FROM family._connector_state");
    assert!(states.is_empty(), "{states:?}");
    assert!(run().await.is_done());
    assert_eq!(database.value("SELECT count(*) FROM family.lines"), "6");
}

#[tokio::test]
async fn rows_that_wait_are_there_after_a_session_was_ended() {
    let Some(database) = postgres() else { return };
    let server = serve({
        let database = database.clone();
        move |offset| {
            if offset == 2 * PAGE {
                database.query(END_SESSIONS);
            }
        }
    });
    let report = load(Append {}, &server, &database.url()).await;
    assert_eq!(done(&report), counts(ROWS as u64, ROWS as u64, 0, 0));
    assert_complete(&database);
}

#[tokio::test]
async fn seen_keys_are_there_after_a_session_was_ended() {
    let Some(database) = postgres() else { return };
    let server = serve(|_| {});
    assert!(load(Complete {}, &server, &database.url()).await.is_done());
    database.query("INSERT INTO api.rows VALUES (-1, 'gone', 0)");
    let server = serve({
        let database = database.clone();
        move |offset| {
            if offset == 2 * PAGE {
                database.query(END_SESSIONS);
            }
        }
    });
    let report = load(Complete {}, &server, &database.url()).await;
    assert_eq!(done(&report).unchanged, ROWS as u64);
    assert_eq!(done(&report).removed, 1);
    assert_complete(&database);
}

#[tokio::test]
async fn rows_that_waited_are_lost_in_a_crash_and_that_is_said() {
    let Some(cluster) = Cluster::start().map(Arc::new) else { return };
    let database = cluster.database();
    // what is not logged is empty afterwards
    let server = restarting(&cluster, Cluster::stop_immediate);
    let report = load(Append {}, &server, &database.url()).await;
    let error = failed(&report);
    assert_says(error, &["what was kept for the end of the load", "help: run again"]);
    assert_eq!(database.value("SELECT count(*) FROM api.rows"), "0");
    assert_eq!(database.value("SELECT status FROM api._connector_loads"), "failed");
    let report = load(Append {}, &serve(|_| {}), &database.url()).await;
    assert_eq!(done(&report).inserted, ROWS as u64);
    assert_complete(&database);
}

/// The answer to each `COMMIT` of a run in turn does not come: of those that prepare the tables, of
/// that which begins the load, of batches, of the end.
#[tokio::test]
async fn a_commit_without_an_answer_is_not_repeated() {
    for lost in [&[1][..], &[2], &[3], &[4], &[5], &[6], &[3, 5]] {
        let Some(database) = postgres() else { return };
        let server = serve(|_| {});
        let proxy = Proxy::start(database.port(), "COMMIT", Fault::Lost(lost)).await;
        let report = load(Append {}, &server, &database.url_through(proxy.port())).await;
        assert_eq!(done(&report), counts(ROWS as u64, ROWS as u64, 0, 0), "{lost:?}");
        assert_complete(&database);
        assert_eq!(database.value("SELECT commits FROM api._connector_loads"), "4", "{lost:?}");
        assert!(proxy.seen() >= 6, "{lost:?}");
    }
}

#[tokio::test]
async fn a_batch_that_is_lost_before_its_commit_is_repeated() {
    for statement in ["COPY", "_connector_fates", "pg_try_advisory_lock", "_connector_state"] {
        let Some(database) = postgres() else { return };
        let server = serve(|_| {});
        let proxy = Proxy::start(database.port(), statement, Fault::Lost(&[1, 2])).await;
        let report = load(Merge {}, &server, &database.url_through(proxy.port())).await;
        assert_eq!(done(&report), counts(ROWS as u64, ROWS as u64, 0, 0), "{statement}");
        assert_complete(&database);
        assert!(proxy.seen() >= 2, "{statement}");
    }
}

#[tokio::test]
async fn a_lease_that_another_run_took_meanwhile_ends_the_load() {
    let Some(database) = postgres() else { return };
    let holder = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await;
    let (holder, connection) = holder.expect("a connection");
    tokio::spawn(connection);
    let server = serve({
        let runtime = tokio::runtime::Handle::current();
        move |offset| {
            if offset == 2 * PAGE {
                // the lock is waited for before anybody else can take it
                let steal = "SELECT pg_terminate_backend(pid), \
                     pg_advisory_lock((classid::bigint << 32) | objid::bigint) \
                     FROM pg_locks JOIN pg_stat_activity USING (pid) \
                     WHERE locktype = 'advisory' AND application_name = 'api' \
                     AND datname = current_database()";
                let stolen = runtime.block_on(holder.simple_query(steal));
                stolen.expect("the lock");
            }
        }
    });
    let report = load(Append {}, &server, &database.url()).await;
    assert_says(failed(&report), &["another run has begun with the resource", "run again"]);
    assert_eq!(database.value("SELECT count(*) FROM api.rows"), "0");
}

#[tokio::test]
async fn rows_that_the_server_has_not_taken_are_an_error() {
    let Some(database) = postgres() else { return };
    let fewer = Fault::Answered("COPY 8999");
    let proxy = Proxy::start(database.port(), "COPY 9000", fewer).await;
    let url = database.url_through(proxy.port());
    let report = load(Append {}, &serve(|_| {}), &url).await;
    let text = "of 9000 rows that were sent, the database has taken 8999";
    assert_says(failed(&report), &[text]);
    assert_eq!(proxy.seen(), 1);
    assert_eq!(database.value("SELECT count(*) FROM api.rows"), "0");
}

/// What a pooler does that hands out another session for each transaction.
#[tokio::test]
async fn a_transaction_in_another_session_is_an_error() {
    let Some(database) = postgres() else { return };
    let other = Fault::Other("SELECT 4567890123456789");
    let proxy = Proxy::start(database.port(), "SELECT pg_backend_pid()", other).await;
    let report = load(Append {}, &serve(|_| {}), &database.url_through(proxy.port())).await;
    let error = report.error.expect("an error");
    assert_says(error, &["a pooler hands them out", "connect to the server itself"]);
    assert_eq!(database.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'api'"), "0");
}

/// The load of another resource, whose lease nobody has for a moment, may be about to go on.
#[tokio::test]
async fn what_a_killed_load_left_is_taken_away_by_the_next_of_its_resource() {
    let Some(database) = postgres() else { return };
    let server = serve({
        let database = database.clone();
        move |offset| {
            if offset == 0 {
                // a killed load leaves such a table, and so does one that was disconnected
                database.query(
                    "CREATE TABLE api.of_load AS SELECT obj_description(oid, 'pg_class') AS text \
                     FROM pg_class WHERE starts_with(relname, '_connector_stage')",
                );
            }
        }
    });
    assert!(load(Append {}, &server, &database.url()).await.is_done());
    let comment = database.value("SELECT text FROM api.of_load");
    let stage = |name: &str, comment: &str| {
        database.query(&format!(
            "CREATE UNLOGGED TABLE api._connector_stage_{name} (); \
             COMMENT ON TABLE api._connector_stage_{name} IS '{comment}'"
        ));
    };
    stage("1_0", &comment);
    stage("2_0", "of the load that has the advisory lock 22");
    assert!(load(Append {}, &serve(|_| {}), &database.url()).await.is_done());
    let left = "SELECT relname FROM pg_class WHERE starts_with(relname, '_connector_stage')";
    assert_eq!(database.value(left), "_connector_stage_2_0");
}

/// A user who may make no tables in the schema has temporary ones, and those end with the session.
#[tokio::test]
async fn rows_in_temporary_tables_are_lost_with_the_session_and_that_is_said() {
    let Some(database) = postgres() else { return };
    let url = database.url();
    assert!(load(Append {}, &serve(|_| {}), &url).await.is_done());
    let user = format!("temporary_{}", database.value("SELECT current_database()"));
    database.query(&format!(
        "CREATE ROLE {user} LOGIN; GRANT USAGE ON SCHEMA api TO {user}; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA api TO {user}"
    ));
    let url = url.replace("//tests@", &format!("//{user}@"));
    // before the first rows came there is nothing to lose
    for (at, expected) in [(0, None), (2 * PAGE, Some("what was kept for the end of the load"))] {
        let server = serve({
            let database = database.clone();
            move |offset| {
                if offset == at {
                    database.query(END_SESSIONS);
                }
            }
        });
        let report = load(Append {}, &server, &url).await;
        match expected {
            None => assert!(report.is_done(), "{report:?}"),
            Some(text) => assert_says(failed(&report), &[text]),
        }
    }
}
