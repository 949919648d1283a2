//! [Stripe](https://docs.stripe.com/api), whose lists have the newest first: customers, charges, invoices
//! with their lines, and what happened. Amounts are whole numbers, in the smallest unit of their currency.
//!
//! ```sh
//! STRIPE_KEY=rk_live_.. cargo run --bin stripe -- sync --start 2024-01-01T00:00:00Z
//! ```

use connector_runtime::prelude::*;

/// Customers, charges, invoices and events of a Stripe account.
#[derive(Connector)]
#[connector(
    base_url = "https://api.stripe.com",
    auth = bearer(key),
    headers("stripe-version" = "2024-06-20"),
    rate_limit("25/s", burst = 25),
    resource_defaults(
        data_selector = "data",
        paginator = cursor(
            cursor_column = id,
            cursor_param = "starting_after",
            has_more_path = "has_more",
            limit = 100,
            limit_param = "limit",
        ),
        unknown_fields = ignore,
    ),
    resources(Customer, CustomerEvent, RecentCustomer, Charge, Invoice, InvoiceLine, Event),
)]
struct Stripe {
    /// Secret or restricted key of the account.
    key: Secret,
    /// Load charges and invoices that were made at or after this instant.
    #[config(default = "2020-01-01T00:00:00Z")]
    start: Timestamp,
}

/// All customers. No list tells what has changed, so it is read as a whole; who is not in it is gone.
#[derive(Resource)]
#[resource(name = "customers", path = "/v1/customers", delete_missing = hard)]
struct Customer {
    #[column(primary_key)]
    id: String,
    name: Option<String>,
    email: Option<String>,
    description: Option<String>,
    balance: i64,
    currency: Option<String>,
    delinquent: Option<bool>,
    #[column(flatten)]
    address: Option<Address>,
    metadata: Json,
    #[column(epoch = seconds)]
    created: Timestamp,
}

/// Where a customer lives.
#[derive(Record)]
struct Address {
    city: Option<String>,
    country: Option<String>,
    postal_code: Option<String>,
}

/// That a customer is new, has changed or was deleted.
#[derive(Resource)]
#[resource(
    name = "customer_events",
    path = "/v1/events",
    params("types[]" = ["customer.created", "customer.updated", "customer.deleted"]),
    incremental(cursor = created, start_param = "created[gte]", format = epoch, row_order = desc),
    store = false,
)]
struct CustomerEvent {
    #[column(primary_key)]
    id: String,
    #[column(epoch = seconds)]
    created: Timestamp,
    #[column(flatten)]
    data: EventData,
}

/// What an event is about.
#[derive(Record)]
struct EventData {
    #[column(flatten)]
    object: EventObject,
}

/// Its beginning, which all objects have.
#[derive(Record)]
struct EventObject {
    /// Absent in events about the account itself.
    id: Option<String>,
    object: String,
}

/// Customers of whom there are events, which Stripe keeps for 30 days: a table to be loaded every minute.
/// Each is read again as it is now; all that Stripe says of one who is gone is `deleted`.
#[derive(Resource)]
#[resource(
    name = "recent_customers",
    parent(event: CustomerEvent),
    path = "/v1/customers/{event.data__object__id}",
    data_selector = "$",
    paginator = single_page,
)]
struct RecentCustomer {
    #[column(primary_key)]
    id: String,
    #[column(default, hard_delete)]
    deleted: bool,
    name: Option<String>,
    email: Option<String>,
    description: Option<String>,
    #[column(flatten)]
    address: Option<Address>,
    metadata: Option<Json>,
    #[column(epoch = seconds)]
    created: Option<Timestamp>,
}

/// What was paid, four months at once. A refund changes a charge: those of the last 30 days are read again,
/// what becomes of older ones is in `events` only.
#[derive(Resource)]
#[resource(
    name = "charges",
    path = "/v1/charges",
    incremental(
        cursor = created,
        start_param = "created[gte]",
        end_param = "created[lt]",
        format = epoch,
        initial = config.start,
        lag = "30 days",
        step = "1 month",
        parallel = 4,
    ),
)]
struct Charge {
    #[column(primary_key)]
    id: String,
    amount: i64,
    amount_refunded: i64,
    currency: String,
    customer: Option<String>,
    status: String,
    refunded: bool,
    description: Option<String>,
    failure_code: Option<String>,
    metadata: Json,
    #[column(epoch = seconds)]
    created: Timestamp,
}

/// What was billed. Drafts still change, their lines, too: they are left out until they are final. As the
/// list tells no changes, those that were made in the last 30 days are read again: a draft that is final
/// later never comes, and what is paid later stays open here. Where that counts, read invoices by their
/// events, as `recent_customers` does.
#[derive(Resource)]
#[resource(
    name = "invoices",
    path = "/v1/invoices",
    incremental(
        cursor = created,
        start_param = "created[gte]",
        format = epoch,
        initial = config.start,
        lag = "30 days",
        row_order = desc,
    ),
    filter = is_final,
)]
struct Invoice {
    #[column(primary_key)]
    id: String,
    number: Option<String>,
    customer: Option<String>,
    status: Option<String>,
    currency: String,
    total: i64,
    amount_due: i64,
    amount_paid: i64,
    #[column(epoch = seconds)]
    due_date: Option<Timestamp>,
    #[column(epoch = seconds)]
    created: Timestamp,
}

fn is_final(invoice: &Invoice) -> bool {
    invoice.status.as_deref() != Some("draft")
}

/// Lines of invoices: an invoice itself has the first ten only.
#[derive(Resource)]
#[resource(
    name = "invoice_lines",
    parent(invoice: Invoice),
    path = "/v1/invoices/{invoice.id}/lines",
)]
struct InvoiceLine {
    #[column(primary_key)]
    id: String,
    #[column(parent = invoice.id)]
    invoice: String,
    amount: i64,
    currency: String,
    description: Option<String>,
    quantity: Option<i64>,
    #[column(flatten)]
    period: Period,
    metadata: Json,
}

/// What a line is paid for.
#[derive(Record)]
struct Period {
    #[column(epoch = seconds)]
    start: Timestamp,
    #[column(epoch = seconds)]
    end: Timestamp,
}

/// Everything that happened in the last 30 days.
#[derive(Resource)]
#[resource(
    name = "events",
    path = "/v1/events",
    incremental(cursor = created, start_param = "created[gte]", format = epoch, row_order = desc),
)]
struct Event {
    #[column(primary_key)]
    id: String,
    #[column(rename = "type")]
    kind: String,
    #[column(flatten)]
    data: EventData,
    #[column(epoch = seconds)]
    created: Timestamp,
}

connector_runtime::main!(Stripe);
