//! What PostgreSQL alone has: connections that are lost, certificates, privileges, schemas.

mod connection;
mod errors;
mod look;
mod lost;
mod proxy;
mod rights;
mod several;
mod straight;
mod tables;
mod tls;

use connector_runtime::destination::{Part, Postgres};
use connector_runtime::prelude::*;
use connector_runtime::report::Report;
use connector_runtime::testing::conformance::direct::{Direct, Worked, loads};
use connector_tests::{PgDatabase, Reply, Request, Server, page};

/// Rows of a page: more than a batch has, so that each page is a batch.
const PAGE: usize = 9_000;
/// Rows of the API: three batches.
const ROWS: usize = 2 * PAGE + 10;

/// A key and a text.
macro_rules! table {
    ($name:ident, $api:ident, $($options:tt)*) => {
        #[derive(Resource)]
        #[resource(
            path = "/rows",
            data_selector = "data",
            paginator = offset(limit = 9_000),
            name = "rows",
            $($options)*
        )]
        struct $name {
            #[column(primary_key)]
            id: i64,
            text: String,
        }

        #[derive(Connector)]
        #[connector(name = "api", base_url = "https://api.example.com", max_concurrency = 1, resources($name))]
        struct $api {}
    };
}

table!(MergedRow, Merge, write_disposition = merge);
table!(AppendedRow, Append, write_disposition = append);
table!(CompleteRow, Complete, write_disposition = merge, delete_missing = hard);
table!(PatientRow, Patient, write_disposition = merge, on_bad_row = quarantine);
table!(FrozenRow, Frozen, write_disposition = merge, schema_contract = freeze);
table!(FrozenAppendedRow, FrozenAppend, write_disposition = append, schema_contract = freeze);

/// Serves [`ROWS`] rows, and calls `before` with the offset of each page.
fn serve(before: impl Fn(usize) + Send + Sync + 'static) -> Server {
    Server::start(move |request: &Request| {
        let offset = request.number("offset").expect("an offset");
        before(offset);
        let rows = (offset..ROWS.min(offset + PAGE))
            .map(|id| serde_json::json!({ "id": id, "text": format!("text {id}") }));
        Reply::json(page(&rows.collect::<Vec<_>>()))
    })
}

/// The database as a destination.
fn destination(url: &str) -> Postgres {
    Postgres::new(url).expect("a URL")
}

/// The database, opened for the loads of a connector, or for a part of them.
async fn open<C: Connector>(url: &str, part: Option<Part>) -> Direct {
    let mut loads = loads::<C>();
    loads.iter_mut().for_each(|load| load.part = part);
    Direct::open(Box::new(destination(url)), loads).await.worked()
}

/// Loads everything from `server`.
async fn load(connector: impl Connector, server: &Server, url: &str) -> Report {
    connector.sync().base_url(server.url()).destination(destination(url)).run().await
}

/// Every row is there once, and nothing else of the load.
fn assert_complete(database: &PgDatabase) {
    let sql = "SELECT count(*), count(DISTINCT id), min(id), max(id) FROM api.rows";
    let expected = [ROWS, ROWS, 0, ROWS - 1].map(|number| Some(number.to_string()));
    assert_eq!(database.query(sql), [expected.to_vec()]);
    assert_no_stages(database);
}

/// No load has left anything.
fn assert_no_stages(database: &PgDatabase) {
    // those that are temporary the server takes away itself, when it likes after a crash
    let sql = "SELECT relname FROM pg_class WHERE starts_with(relname, '_connector_stage') \
         AND relpersistence <> 't'";
    assert!(database.query(sql).is_empty(), "stages are left");
}
