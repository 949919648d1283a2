//! [localstripe](https://pypi.org/project/localstripe/): customers out of their events, deletions too.
//!
//! Events come oldest first here, and tell by `type` alone that somebody is gone: asked for itself, a
//! customer who was deleted is 404.

use connector_runtime::prelude::*;
use connector_tests::Folder;

use super::client::Client;
use super::{load, of};

#[derive(Connector)]
#[connector(base_url = config.url, auth = bearer(key), resources(Customer))]
struct LocalStripe {
    url: String,
    key: Secret,
}

/// What the last event of a customer says.
#[derive(Resource)]
#[resource(
    name = "customers",
    path = "/v1/events",
    data_selector = "data",
    paginator = cursor(
        cursor_column = event,
        cursor_param = "starting_after",
        has_more_path = "has_more",
        limit = 100,
        limit_param = "limit",
    ),
    incremental(cursor = changed, start_param = "created[gte]", format = epoch, row_order = asc),
    map = with_key,
    filter = is_of_customer,
    unknown_fields = ignore,
)]
struct Customer {
    /// Not in an event: `map` fills it in.
    #[column(primary_key, rename = "customer", default)]
    id: String,
    #[column(rename = "id")]
    event: String,
    #[column(rename = "type")]
    kind: String,
    /// As `id`.
    #[column(default, hard_delete)]
    deleted: bool,
    #[column(rename = "created", epoch = seconds)]
    changed: Timestamp,
    #[column(flatten)]
    data: Data,
}

#[derive(Record)]
struct Data {
    #[column(flatten)]
    object: Object,
}

#[derive(Record)]
struct Object {
    id: String,
    name: Option<String>,
    email: Option<String>,
    description: Option<String>,
}

fn with_key(event: Customer) -> Customer {
    let deleted = event.kind == "customer.deleted";
    Customer { id: event.data.object.id.clone(), deleted, ..event }
}

fn is_of_customer(event: &Customer) -> bool {
    ["customer.created", "customer.updated", "customer.deleted"].contains(&event.kind.as_str())
}

#[tokio::test]
#[ignore = "wants a server: LOCALSTRIPE_URL, LOCALSTRIPE_KEY"]
async fn localstripe_customers_follow_their_events() {
    let client = Client::of("LOCALSTRIPE", "Authorization: Bearer KEY");
    let post = |target: &str, form: &str| {
        let body = client.call("POST", target, "application/x-www-form-urlencoded", form);
        body["id"].as_str().expect("an id").to_owned()
    };
    let ids: Vec<_> = (0..250)
        .map(|at| post("/v1/customers", &format!("name=Customer+{at}&email=c{at}%40example.org")))
        .collect();
    let database = Folder::new().into_database();
    let api = LocalStripe { url: client.url.clone(), key: client.key.clone().into() };
    let truth = || {
        let body = client.get("/v1/customers?limit=1000000");
        let rows = body["data"].as_array().expect("a list").iter();
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let row = |row: &serde_json::Value| {
            ["id", "name", "email", "description"].map(|key| text(&row[key]))
        };
        let mut rows: Vec<_> = rows.map(|one| row(one).to_vec()).collect();
        rows.sort();
        rows
    };
    let found = || {
        database.texts(
            "SELECT id, data__object__name, data__object__email, data__object__description FROM customers ORDER BY id",
        )
    };
    load(&api, &database).await;
    assert!(found() == truth(), "the table is not what the server has");

    for id in &ids[10..13] {
        post(&format!("/v1/customers/{id}"), "description=changed");
    }
    for id in &ids[20..22] {
        client.call("DELETE", &format!("/v1/customers/{id}"), "text/plain", "");
    }
    post("/v1/customers", "name=Newcomer");
    let report = load(&api, &database).await;
    assert!(found() == truth(), "the table is not what the server has");
    let customers = of(&report, "customers");
    let rows = customers.rows;
    assert_eq!((rows.inserted, rows.updated, rows.deleted), (1, 3, 2), "{rows:?}");
    // what has changed, and what came in the same second as the newest row of the first load
    let since = rows.received.div_ceil(100);
    assert_eq!(customers.traffic.requests, since, "{rows:?}");
}
