//! A sync binary with a subscriber of its own, which never comes back from what other threads than the main
//! one log.

use std::process::ExitCode;
use std::thread;

use connector_runtime::prelude::*;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry;

/// The example API.
#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(ResourceName))]
struct ExampleApi {}

/// One row of `GET /v1/resource`.
#[derive(Resource)]
#[resource(path = "/v1/resource")]
struct ResourceName {
    #[column(primary_key)]
    id: i64,
}

struct Held;

impl<S: Subscriber> Layer<S> for Held {
    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        while thread::current().name() != Some("main") {
            thread::park();
        }
    }
}

fn main() -> ExitCode {
    tracing::subscriber::set_global_default(registry().with(Held)).expect("there is no other");
    connector_runtime::cli::main::<ExampleApi>()
}
