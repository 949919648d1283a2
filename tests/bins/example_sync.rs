//! The sync binary of the tests that need a process to kill.

use connector_runtime::prelude::*;

/// The example API.
#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = api_key(name = "api_key", location = query, value = api_key),
    retry(max_retries = 3, initial_delay = "1ms"),
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
    paginator = offset(limit = 2000),
    write_disposition = merge,
)]
struct ResourceName {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
    value: Option<f64>,
}

connector_runtime::main!(ExampleApi);
