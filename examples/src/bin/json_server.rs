//! A [json-server](https://github.com/typicode/json-server) of version 1: numbered pages in an
//! envelope, no authentication.
//!
//! ```sh
//! cargo run --bin json_server -- sync --url http://localhost:3000
//! ```

use connector_runtime::prelude::*;

/// Orders and customers of a json-server.
#[derive(Connector)]
#[connector(
    base_url = config.url,
    resource_defaults(
        data_selector = "data",
        paginator = page_number(
            base_page = 1,
            page_param = "_page",
            page_size = 100,
            page_size_param = "_per_page",
            total_path = "pages",
        ),
    ),
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
    id: String,
    /// The reference that customers see.
    #[column(rename = "ref")]
    reference: String,
    total: f64,
    status: Status,
    updated_at: Timestamp,
    /// The customer's number.
    customer: i64,
    lines: Json,
}

/// A customer.
#[derive(Resource)]
#[resource(name = "customers", path = "/customers")]
struct Customer {
    #[column(primary_key)]
    id: String,
    name: String,
    vip: bool,
}

/// How far an order is.
#[derive(Choice, Clone, Copy)]
#[choice(rename_all = "snake_case")]
enum Status {
    Changed,
    Open,
    Paid,
    Void,
}

connector_runtime::main!(JsonServer);
