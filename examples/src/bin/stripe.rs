//! [Stripe](https://docs.stripe.com/api/pagination), or a server that stands in for it: lists whose next page
//! begins after the last row, with the key as a user name.
//!
//! ```sh
//! STRIPE_KEY=sk_test_.. cargo run --bin stripe -- sync
//! ```

use connector_runtime::prelude::*;

/// Customers, products, charges and events of a Stripe account.
#[derive(Connector)]
#[connector(
    base_url = config.url,
    auth = http_basic(username = key),
    resource_defaults(
        data_selector = "data",
        paginator = cursor(
            cursor_column = id,
            cursor_param = "starting_after",
            has_more_path = "has_more",
            limit = 100,
            limit_param = "limit",
        ),
    ),
    resources(Customer, Product, Charge, Event),
)]
struct Stripe {
    /// Where the API is.
    #[config(default = "https://api.stripe.com")]
    url: String,
    /// Secret key of the account.
    key: Secret,
}

/// Who pays.
#[derive(Resource)]
#[resource(name = "customers", path = "/v1/customers")]
struct Customer {
    #[column(primary_key)]
    id: String,
    name: Option<String>,
    email: Option<String>,
    description: Option<String>,
    #[column(epoch = seconds)]
    created: Timestamp,
    #[column(flatten)]
    address: Option<Address>,
    metadata: Json,
}

/// Where a customer lives.
#[derive(Record)]
struct Address {
    city: Option<String>,
    country: Option<String>,
    postal_code: Option<String>,
}

/// What is sold.
#[derive(Resource)]
#[resource(name = "products", path = "/v1/products")]
struct Product {
    #[column(primary_key)]
    id: String,
    name: String,
    active: bool,
    #[column(epoch = seconds)]
    created: Timestamp,
    metadata: Json,
}

/// What was paid, in the smallest unit of its currency.
#[derive(Resource)]
#[resource(name = "charges", path = "/v1/charges")]
struct Charge {
    #[column(primary_key)]
    id: String,
    amount: i64,
    currency: String,
    customer: Option<String>,
    status: String,
    description: Option<String>,
    #[column(epoch = seconds)]
    created: Timestamp,
}

/// What happened; a customer who was deleted is told here only.
#[derive(Resource)]
#[resource(name = "events", path = "/v1/events")]
struct Event {
    #[column(primary_key)]
    id: String,
    #[column(rename = "type")]
    kind: String,
    #[column(epoch = seconds)]
    created: Timestamp,
}

connector_runtime::main!(Stripe);
