//! The smallest real connector, and a finished program.
//!
//! ```sh
//! EXAMPLE_API_API_KEY=.. cargo run --bin example_api -- sync
//! ```

use connector_runtime::prelude::*;

/// The example API.
#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = api_key(name = "api_key", location = query, value = api_key),
    retry(max_retries = 3, backoff_factor = 2, statuses = [429, 500, 502, 503, 504]),
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

connector_runtime::main!(ExampleApi);
