//! A [json-server](https://github.com/typicode/json-server) of version 0.17: bare lists, whose next page the `Link`
//! header names. The same rows as in `json_server`, but with numbers for ids.
//!
//! ```sh
//! cargo run --bin json_server_links -- sync --url http://localhost:3000
//! ```

use connector_runtime::prelude::*;

/// Orders and customers of a json-server before version 1.
#[derive(Connector)]
#[connector(
    base_url = config.url,
    // without the first page's number no header comes
    resource_defaults(params(_page = 1), paginator = header_link(page_size = 100, page_size_param = "_limit")),
    resources(Order, Customer),
)]
struct JsonServer {
    /// Where the server is.
    #[config(default = "http://localhost:3000")]
    url: String,
}

/// An order and its lines.
#[derive(Resource)]
#[resource(name = "orders", path = "/orders", rename_all = "camelCase")]
struct Order {
    #[column(primary_key)]
    id: i64,
    /// The reference that customers see.
    #[column(rename = "ref")]
    reference: String,
    total: Option<f64>,
    status: String,
    updated_at: Timestamp,
    /// The customer's number.
    customer: i64,
    lines: Json,
}

/// Who orders.
#[derive(Resource)]
#[resource(name = "customers", path = "/customers")]
struct Customer {
    #[column(primary_key)]
    id: i64,
    name: String,
    vip: bool,
}

connector_runtime::main!(JsonServer);
