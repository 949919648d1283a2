//! What goes wrong is said with what to do.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use connector_runtime::prelude::*;
use connector_tests::{Reply, Server, assert_says, failed, postgres};

use super::{Append, Merge, destination, load, serve};

#[tokio::test]
async fn nobody_listens() {
    let server = serve(|_| {});
    let url = "postgres://me@127.0.0.1:1/db?connect_timeout=2";
    let report = load(Merge {}, &server, url).await;
    let error = report.error.as_ref().expect("an error");
    assert_says(
        error,
        &[
            "PostgreSQL database db at 127.0.0.1:1: error connecting to server: Connection refused",
            "help: is the server running, and are host and port right?",
        ],
    );
}

/// Something accepts the connection and says nothing more: a proxy whose server is not there.
#[tokio::test]
async fn nobody_answers() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    for mode in ["disable", "prefer", "require"] {
        let url = format!("postgres://me@127.0.0.1:{port}/db?connect_timeout=1&sslmode={mode}");
        let server = serve(|_| {});
        let run = load(Merge {}, &server, &url);
        let report = tokio::time::timeout(Duration::from_secs(20), run).await.expect("an end");
        let error = report.error.as_ref().expect("an error");
        assert_says(error, &["no connection was made within 1.0 s", "`connect_timeout`"]);
    }
}

#[tokio::test]
async fn no_such_database() {
    let Some(database) = postgres() else { return };
    let url = database.url().replace("/test_", "/Nope_");
    let report = load(Merge {}, &serve(|_| {}), &url).await;
    let error = report.error.as_ref().expect("an error");
    assert_says(error, &["does not exist", "help: make it: `CREATE DATABASE \"Nope_"]);
}

#[tokio::test]
async fn a_table_is_locked() {
    let Some(database) = postgres() else { return };
    let server = serve(|_| {});
    assert!(load(Merge {}, &server, &database.url()).await.is_done());
    // the server's own wait is a minute: a role can have a shorter one, but we set ours
    let holder = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await;
    let (holder, connection) = holder.expect("a connection");
    tokio::spawn(connection);
    let lock = "BEGIN; LOCK TABLE api.rows IN ACCESS EXCLUSIVE MODE";
    holder.simple_query(lock).await.expect("a lock");
    let destination = destination(&database.url()).statement_timeout(Duration::from_millis(300));
    let run = Merge {}.sync().base_url(server.url()).destination(destination);
    let report = run.run().await;
    let error = failed(&report);
    assert_says(error, &["a statement was cancelled", "Postgres::statement_timeout"]);
}

/// More than the server can count is as long as it can.
#[tokio::test]
async fn a_statement_may_take_as_long_as_one_likes() {
    let Some(database) = postgres() else { return };
    let server = serve(|_| {});
    let destination = destination(&database.url()).statement_timeout(Duration::MAX);
    let run = Merge {}.sync().base_url(server.url()).destination(destination);
    let report = run.run().await;
    assert!(report.is_done(), "{report:?}");
}

/// To the server, no time at all would be no limit.
#[tokio::test]
async fn no_time_for_statements_is_none() {
    let Some(database) = postgres() else { return };
    let server = serve(|_| {});
    assert!(load(Merge {}, &server, &database.url()).await.is_done());
    let destination = destination(&database.url()).statement_timeout(Duration::ZERO);
    let run = Merge {}.sync().base_url(server.url()).destination(destination);
    let report = run.run().await;
    let error = report.error.as_ref().unwrap_or_else(|| failed(&report));
    assert_says(error, &["a statement was cancelled"]);
}

#[tokio::test]
async fn a_constraint_of_ones_own() {
    let Some(database) = postgres() else { return };
    let server = serve(|_| {});
    database.query(
        "CREATE SCHEMA api; CREATE TABLE api.rows (id bigint PRIMARY KEY, text text NOT NULL, \
         _load_id bigint NOT NULL, CONSTRAINT small CHECK (id < 5))",
    );
    let report = load(Merge {}, &server, &database.url()).await;
    let error = failed(&report);
    assert_says(error, &["a constraint of the table refuses a row", "\"small\"", "`filter`"]);
    assert_eq!(database.value("SELECT count(*) FROM api.rows"), "0");
}

#[tokio::test]
async fn a_trigger_of_ones_own_that_refuses() {
    let Some(database) = postgres() else { return };
    let server = serve(|_| {});
    assert!(load(Merge {}, &server, &database.url()).await.is_done());
    database.query(
        "DELETE FROM api.rows; \
         CREATE FUNCTION api.guard() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION 'not today'; END $$; \
         CREATE TRIGGER guard BEFORE INSERT ON api.rows FOR EACH ROW EXECUTE FUNCTION api.guard()",
    );
    let report = load(Merge {}, &server, &database.url()).await;
    let error = failed(&report);
    let expected =
        ["a trigger or a function of the database refuses this: not today", "drop it", "`filter`"];
    assert_says(error, &expected);
    assert_eq!(database.value("SELECT count(*) FROM api.rows"), "0");
}

#[tokio::test]
async fn another_run_is_at_work() {
    let Some(database) = postgres() else { return };
    let slow = serve({
        let url = database.url();
        move |offset| {
            if offset > 0 {
                return;
            }
            let second = async {
                let run = Append {}.sync().destination(destination(&url));
                let run = run.base_url("http://127.0.0.1:1").lease_timeout(Duration::ZERO);
                run.run().await
            };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let report = runtime.expect("a runtime").block_on(second);
            let text = "another run has been loading `rows` since 20";
            assert_says(failed(&report), &[text, "--lease-timeout"]);
        }
    });
    let report = load(Append {}, &slow, &database.url()).await;
    assert!(report.is_done(), "{report:?}");
}

#[derive(Connector)]
#[connector(name = "api", base_url = "https://api.example.com", resources(Quotient))]
struct Quotients {}

#[derive(Resource)]
#[resource(path = "/rows", name = "rows")]
struct Quotient {
    #[column(primary_key)]
    id: i64,
}

#[tokio::test]
async fn a_value_that_only_the_server_knows_to_be_none() {
    let Some(database) = postgres() else { return };
    let server = Server::start(|_| Reply::json(r#"[{"id": 1}]"#));
    assert!(load(Quotients {}, &server, &database.url()).await.is_done());
    database.query("CREATE INDEX ON api.rows ((1 / (id - 2)))");
    let server = Server::start(|_| Reply::json(r#"[{"id": 2}]"#));
    let report = load(Quotients {}, &server, &database.url()).await;
    let text = "a value is none that PostgreSQL stores: division by zero";
    assert_says(failed(&report), &[text, "`filter`"]);
}
