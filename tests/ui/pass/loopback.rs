//! Credentials do not leave this machine over plain http.
#![deny(warnings)]
use connector_runtime::{Connector, Resource, Secret};

/// The example API.
#[derive(Connector)]
#[connector(
    base_url = "http://127.0.0.1:8080",
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

fn main() {
    let spec = ExampleApi::SPEC;
    assert_eq!(spec.name, "example_api");
    assert_eq!(spec.doc, "The example API.");
    assert_eq!(spec.config[0].env, "EXAMPLE_API_API_KEY");
    assert_eq!(spec.config[0].flag, "api-key");
    assert!(!spec.allow_http);
    assert_eq!(spec.resources[0].name, "resource_name");
    assert_eq!(spec.resources[0].fields.len(), 3);
}
