//! The connector of the README, with waits that a test can afford.

use connector_runtime::prelude::*;

/// The key that [`example`] uses: long, and changed by every encoding.
pub const KEY: &str = "s3cr3t+K&y/ünïque=0123456789";

/// The example API.
#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = api_key(name = "api_key", location = query, value = api_key),
    retry(max_retries = 3, backoff_factor = 2, initial_delay = "1ms"),
    resources(ResourceName),
)]
pub struct ExampleApi {
    /// Key from the account page.
    pub api_key: Secret,
}

/// One row of `GET /v1/resource`.
#[derive(Resource)]
#[resource(
    path = "/v1/resource",
    data_selector = "data",
    paginator = offset(limit = 100),
    write_disposition = merge,
)]
pub struct ResourceName {
    /// The key.
    #[column(primary_key)]
    pub id: i64,
    /// A text.
    pub name: Option<String>,
    /// A number.
    pub value: Option<f64>,
}

/// The connector with [`KEY`].
pub fn example() -> ExampleApi {
    ExampleApi { api_key: Secret::new(KEY) }
}
