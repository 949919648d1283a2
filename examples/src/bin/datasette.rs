//! A [Datasette](https://datasette.io) of version 0.65: one table by `Link` header, one by next URL, one by
//! cursor, one as CSV.
//!
//! ```sh
//! DATASETTE_TOKEN=.. cargo run --bin datasette -- sync --url http://127.0.0.1:8001 --database lab
//! ```

use connector_runtime::prelude::*;

/// Events, sensors and their readings in one database of a Datasette.
#[derive(Connector)]
#[connector(
    base_url = config.url,
    auth = bearer(token),
    resources(Event, Export, Reading, Station),
)]
struct Datasette {
    /// Where the server is.
    #[config(default = "http://127.0.0.1:8001")]
    url: String,
    /// Name of the database.
    #[config(default = "lab")]
    database: String,
    /// Token of the plugin datasette-auth-tokens.
    token: Secret,
}

/// What happened: a bare list, whose next page only the `Link` header names.
#[derive(Resource)]
#[resource(
    name = "events",
    path = "/{config.database}/events.json",
    params(_shape = "array"),
    paginator = header_link(page_size = 200, page_size_param = "_size"),
    write_disposition = replace,
)]
struct Event {
    #[column(primary_key)]
    id: i64,
    kind: Option<String>,
    updated_at: Timestamp,
    amount: Option<f64>,
    big: i64,
    /// JSON text.
    payload: String,
}

/// What happened, all of it in one body of CSV.
#[derive(Resource)]
#[resource(
    name = "events_export",
    path = "/{config.database}/events.csv",
    params(_stream = "on"),
    response_format = csv,
)]
struct Export {
    #[column(primary_key)]
    id: i64,
    kind: Option<String>,
    updated_at: Timestamp,
    amount: Option<f64>,
    big: i64,
    /// JSON text.
    payload: String,
}

/// What a sensor measured; the body holds the URL of the next page.
#[derive(Resource)]
#[resource(
    name = "readings",
    path = "/{config.database}/readings.json",
    params(_shape = "objects"),
    data_selector = "rows",
    paginator = json_link(next_url_path = "next_url", page_size = 200, page_size_param = "_size"),
)]
struct Reading {
    #[column(primary_key)]
    station: String,
    #[column(primary_key)]
    seq: i64,
    taken_at: Timestamp,
    value: Option<f64>,
    flag: Option<i64>,
    note: Option<String>,
}

/// A sensor; the body holds the cursor of the next page.
#[derive(Resource)]
#[resource(
    name = "stations",
    path = "/{config.database}/stations.json",
    params(_shape = "objects"),
    data_selector = "rows",
    paginator = cursor(cursor_path = "next", cursor_param = "_next", limit = 3, limit_param = "_size"),
)]
struct Station {
    #[column(primary_key)]
    code: String,
    name: String,
    lat: f64,
    lon: f64,
    /// JSON text.
    meta: Option<String>,
}

connector_runtime::main!(Datasette);
