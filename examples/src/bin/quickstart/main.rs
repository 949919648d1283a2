//! The main job from end to end, with nothing to install and no network: a small paged API is
//! served in this process, loaded into `quickstart.db`, changed, and loaded again.
//!
//! ```sh
//! cargo run --release --bin quickstart
//! ```

mod server;

use std::error::Error;
use std::path::Path;

use connector_runtime::destination::Sqlite;
use connector_runtime::prelude::*;
use server::Server;

/// The example API.
#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = api_key(name = "api_key", location = query, value = api_key),
    retry(max_retries = 3, backoff_factor = 2, statuses = [429, 500, 502, 503, 504], initial_delay = "200ms"),
    resources(ResourceName),
)]
struct ExampleApi {
    /// Key from the account page.
    api_key: Secret,
}

/// One row of `GET /v1/resource`.
#[derive(Resource)]
#[resource(
    path = "/v1/resource",
    data_selector = "data",
    paginator = offset(limit = 100),
    write_disposition = merge,
)]
struct ResourceName {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
    value: Option<f64>,
}

const DATABASE: &str = "quickstart.db";
const KEY: &str = "quickstart-key";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    start_afresh()?;
    let mut server = Server::start(KEY, 10_000)?;
    println!("a paged API with 10,000 rows is at {}, and fails now and then\n", server.url());
    let api = ExampleApi { api_key: Secret::new(KEY) };

    println!("first sync");
    println!("{}", sync(&api, &server).await?);

    server.change();
    println!("\nat the source 150 rows were changed and 50 are new; second sync");
    println!("{}", sync(&api, &server).await?);

    println!("\na few rows of {DATABASE}");
    show_rows()
}

async fn sync(
    api: &ExampleApi,
    server: &Server,
) -> connector_runtime::Result<impl std::fmt::Display> {
    api.sync().base_url(server.url()).destination(Sqlite::file(DATABASE)).run().await.into_result()
}

/// The first sync is to find nothing.
fn start_afresh() -> std::io::Result<()> {
    for file in [DATABASE, "quickstart.db-wal", "quickstart.db-shm"] {
        if Path::new(file).exists() {
            std::fs::remove_file(file)?;
        }
    }
    Ok(())
}

fn show_rows() -> Result<(), Box<dyn Error>> {
    const SQL: &str =
        "SELECT id, name, value FROM resource_name WHERE id IN (1, 2, 3, 9999, 10050)";
    println!("  {SQL}");
    let database = rusqlite::Connection::open(DATABASE)?;
    let mut statement = database.prepare(SQL)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, name, value): (i64, Option<String>, Option<f64>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let name = name.as_deref().unwrap_or("NULL");
        let value = value.map_or("NULL".to_owned(), |value| value.to_string());
        println!("  {id:>6} | {name:<10} | {value}");
    }
    Ok(())
}
