//! Where the rows go: URLs, schemas, sockets.

use std::sync::Mutex;
use std::time::Duration;

use connector_runtime::{Connector, ErrorKind};
use connector_tests::{Reply, Server, assert_says, done, page, postgres};

use super::{Merge, PAGE, Patient, ROWS, destination, load, serve};

async fn load_into(dataset: &str, server: &Server, url: &str) -> connector_runtime::report::Report {
    let destination = destination(url).dataset(dataset);
    Merge {}.sync().base_url(server.url()).destination(destination).run().await
}

#[tokio::test]
async fn datasets_are_schemas_whatever_they_are_called() {
    let Some(database) = postgres() else { return };
    let server = serve(|_| {});
    for name in ["one", "Zwei \"; DROP SCHEMA one; --", "schön", "select"] {
        let report = load_into(name, &server, &database.url()).await;
        assert!(report.is_done(), "{name}: {report:?}");
        let table = format!("\"{}\".rows", name.replace('"', "\"\""));
        let count = database.value(&format!("SELECT count(*) FROM {table}"));
        assert_eq!(count, ROWS.to_string(), "{name}");
        assert!(
            report.destination.ends_with(&format!(", dataset {name}")),
            "{}",
            report.destination
        );
    }
}

#[tokio::test]
async fn a_name_that_the_database_would_cut_is_refused() {
    let server = serve(|_| {});
    for (name, text) in [("", "has no name"), (&*"x".repeat(64), "has 64 bytes")] {
        let report = load_into(name, &server, "postgres://me@127.0.0.1:1/db").await;
        let error = report.error.expect("an error");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_says(error, &[text]);
    }
}

#[tokio::test]
async fn the_server_sees_who_is_at_work() {
    let Some(database) = postgres() else { return };
    let server = serve({
        let database = database.clone();
        move |_| {
            let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'api'";
            let at_work: u32 = database.value(sql).parse().expect("a number");
            assert!(at_work >= 1);
        }
    });
    assert!(load(Merge {}, &server, &database.url()).await.is_done());
}

/// A database can be told to read backslashes in texts as SQL never meant them.
#[tokio::test]
async fn backslashes_and_quotes_arrive_as_they_are() {
    let Some(database) = postgres() else { return };
    let name = database.value("SELECT current_database()");
    database.query(&format!("ALTER DATABASE {name} SET standard_conforming_strings = off"));
    let text = r"\', '', ''); DROP SCHEMA api CASCADE; --\";
    let row = serde_json::json!({ "id": text, "text": text });
    let raw = row.to_string();
    let server = Server::start(move |request| {
        let is_first = request.number("offset") == Some(0);
        Reply::json(page(if is_first { std::slice::from_ref(&row) } else { &[] }))
    });
    let report = load(Patient {}, &server, &database.url()).await;
    assert!(report.is_done(), "{report:?}");
    assert_eq!(database.value("SELECT raw FROM api._connector_rejects"), raw);
}

/// While the API is slow, nobody says anything to the server.
#[tokio::test]
async fn a_session_may_be_idle_whatever_the_database_says() {
    let Some(database) = postgres() else { return };
    let version: u32 = database.value("SHOW server_version_num").parse().expect("a number");
    if version < 140_000 {
        println!("skipped: this version has no `idle_session_timeout`");
        return;
    }
    let name = database.value("SELECT current_database()");
    database.query(&format!("ALTER DATABASE {name} SET idle_session_timeout = '200ms'"));
    let sessions: &'static Mutex<Vec<String>> = Box::leak(Box::default());
    let server = serve({
        let database = database.clone();
        move |offset| {
            if offset == 0 || offset == 2 * PAGE {
                std::thread::sleep(Duration::from_millis(600));
                let session = "SELECT max(pid || ' ' || backend_start) FROM pg_stat_activity \
                     WHERE application_name = 'api' AND datname = current_database()";
                sessions.lock().expect("no panic").push(database.value(session));
            }
        }
    });
    assert_eq!(done(&load(Merge {}, &server, &database.url()).await).inserted, ROWS as u64);
    let sessions = sessions.lock().expect("no panic");
    assert_eq!(sessions[0], sessions[1]);
}
