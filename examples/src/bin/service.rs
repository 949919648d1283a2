//! A connector in a service: loads begin on request, tell how far they are, and can be stopped. There
//! is nothing global: each load has its connector, its observer and its token to cancel it.
//!
//! ```sh
//! cargo run --bin service &
//! curl -X POST localhost:8080/loads -d '{"customer": "acme"}'    # begins a load
//! curl localhost:8080/loads/acme                                 # how far it is, then its report
//! curl -X DELETE localhost:8080/loads/acme                       # stops it where that is safe
//! ```
//!
//! Each customer has a database of their own, `acme.db`, in the directory that `SERVICE_DATA` names. The API
//! is played in this process.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use connector_runtime::CancellationToken;
use connector_runtime::destination::Sqlite;
use connector_runtime::http::{Request, Response, Transport, TransportError};
use connector_runtime::prelude::*;
use connector_runtime::report::{Event, Observer, Report};
use serde_json::{Value, json};

/// The shop of a customer.
#[derive(Connector)]
#[connector(base_url = "https://api.shop.example", resources(Order))]
struct Shop {
    customer: String,
}

/// An order.
#[derive(Resource)]
#[resource(
    name = "orders",
    path = "/v1/{config.customer}/orders",
    data_selector = "data",
    paginator = offset(limit = 10, total_path = "total"),
)]
struct Order {
    #[column(primary_key)]
    id: i64,
    amount: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let variable = |name, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let address = variable("SERVICE_ADDRESS", "127.0.0.1:8080");
    let service = Service { data: variable("SERVICE_DATA", ".").into(), ..Service::default() };
    let router = Router::new()
        .route("/loads", post(begin))
        .route("/loads/{customer}", get(show).delete(stop))
        .with_state(Arc::new(service));
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening at http://{}", listener.local_addr()?);
    axum::serve(listener, router).await
}

/// What the service knows.
#[derive(Default)]
struct Service {
    data: PathBuf,
    loads: Mutex<HashMap<String, Arc<Load>>>,
}

/// The last load of a customer.
#[derive(Default)]
struct Load {
    cancel: CancellationToken,
    /// Rows so far, and how many there are, by resource.
    progress: Mutex<BTreeMap<&'static str, (u64, Option<u64>)>>,
    /// When it has ended.
    report: Mutex<Option<Report>>,
}

impl Observer for Load {
    fn event(&self, event: &Event<'_>) {
        if let Event::Page { resource, rows, total, .. } = *event {
            lock(&self.progress).insert(resource, (rows, total));
        }
    }
}

/// `POST /loads`: begins a load, unless one of the customer is under way.
async fn begin(
    State(service): State<Arc<Service>>,
    Json(body): Json<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let Some(customer) = body.get("customer").filter(|name| is_name(name)) else {
        let error = "expected `{\"customer\": NAME}`, a name of letters and digits";
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": error })));
    };
    let load = Arc::new(Load::default());
    {
        let mut loads = lock(&service.loads);
        if loads.get(customer).is_some_and(|load| lock(&load.report).is_none()) {
            let error = "a load of this customer is under way";
            return (StatusCode::CONFLICT, Json(json!({ "error": error })));
        }
        loads.insert(customer.clone(), load.clone());
    }
    let database = service.data.join(format!("{customer}.db"));
    let run = Shop { customer: customer.clone() }
        .sync()
        .resources(["orders"])
        .destination(Sqlite::file(database))
        .transport(Arc::new(Api))
        .observer(load.clone())
        .cancel_with(load.cancel.clone());
    tokio::spawn(async move { *lock(&load.report) = Some(run.run().await) });
    (StatusCode::ACCEPTED, Json(json!({ "load": format!("/loads/{customer}") })))
}

/// `GET /loads/{customer}`: how far the last load is, or how it has ended.
async fn show(
    State(service): State<Arc<Service>>,
    Path(customer): Path<String>,
) -> (StatusCode, Json<Value>) {
    let Some(load) = lock(&service.loads).get(&customer).cloned() else { return not_found() };
    let rows: BTreeMap<_, _> = lock(&load.progress)
        .iter()
        .map(|(resource, (rows, total))| (*resource, json!({ "rows": rows, "total": total })))
        .collect();
    let report = lock(&load.report);
    (StatusCode::OK, Json(json!({ "progress": rows, "report": *report })))
}

/// `DELETE /loads/{customer}`: stops the load; what was committed stays.
async fn stop(
    State(service): State<Arc<Service>>,
    Path(customer): Path<String>,
) -> (StatusCode, Json<Value>) {
    let Some(load) = lock(&service.loads).get(&customer).cloned() else { return not_found() };
    load.cancel.cancel();
    (StatusCode::ACCEPTED, Json(json!({ "load": format!("/loads/{customer}") })))
}

fn not_found() -> (StatusCode, Json<Value>) {
    (StatusCode::NOT_FOUND, Json(json!({ "error": "no load of this customer" })))
}

/// It becomes the name of a file.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_ascii_alphanumeric())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The API: a page takes a while, and the customer `endless` has orders without end.
#[derive(Debug)]
struct Api;

impl Transport for Api {
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let total: u64 =
                if request.url().path().contains("/endless/") { u32::MAX.into() } else { 250 };
            let mut params = request.url().query_pairs();
            let offset = params.find(|(name, _)| name == "offset").map(|(_, value)| value);
            let offset: u64 = offset.and_then(|text| text.parse().ok()).unwrap_or_default();
            let orders = (offset..total.min(offset + 10))
                .map(|id| json!({ "id": id, "amount": id as f64 / 4.0 }));
            let page = json!({ "data": orders.collect::<Vec<_>>(), "total": total });
            Ok(Response::new(200, page.to_string()))
        })
    }
}
