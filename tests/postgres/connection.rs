//! Where the rows go: URLs, schemas, sockets.

use connector_runtime::{Connector, ErrorKind};
use connector_tests::{Server, assert_says, postgres};

use super::{Merge, ROWS, destination, load, serve};

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
