//! The connector, and what a program that does nothing but ask would take.

use connector_benches::Result;
use connector_runtime::Connector as _;
use connector_runtime::destination;
use connector_runtime::prelude::*;
use tokio::task::JoinSet;

/// Requests on their way at once.
const AT_ONCE: u64 = 10;

/// Parents and their children, as fast as the API answers.
#[derive(Connector)]
#[connector(
    name = "tracker",
    base_url = "https://api.example.com",
    max_concurrency = 10,
    resource_defaults(data_selector = "data"),
    resources(Parent, Child)
)]
struct Tracker {}

/// The same, by an API that limits its clients.
#[derive(Connector)]
#[connector(
    name = "tracker",
    base_url = "https://api.example.com",
    max_concurrency = 10,
    rate_limit = "500/s",
    resource_defaults(data_selector = "data"),
    resources(Parent, Child)
)]
struct Limited {}

#[derive(Resource)]
#[resource(
    name = "parents",
    path = "/parents",
    paginator = offset(limit = 1_000),
    incremental(cursor = updated_at, start_param = "since", row_order = asc),
)]
struct Parent {
    #[column(primary_key)]
    id: i64,
    name: String,
    updated_at: Timestamp,
}

#[derive(Resource)]
#[resource(name = "children", parent(parent: Parent), path = "/parents/{parent.id}/children")]
struct Child {
    #[column(primary_key)]
    id: i64,
    #[column(parent = parent.id)]
    parent_id: i64,
    text: String,
}

pub(crate) async fn load(url: &str, database: &str, is_limited: bool) -> Result<()> {
    let run = if is_limited { Limited {}.sync() } else { Tracker {}.sync() };
    let destination = destination::from_text(database)?;
    run.base_url(url).boxed_destination(destination).run().await.into_result()?;
    Ok(())
}

/// Asks for the children of every parent, and does nothing with them.
pub(crate) async fn ask(url: &str, parents: u64) -> Result<()> {
    let client = reqwest::Client::new();
    let mut tasks = JoinSet::new();
    for first in 1..=AT_ONCE {
        let (client, url) = (client.clone(), url.to_owned());
        tasks.spawn(async move {
            for id in (first..=parents).step_by(AT_ONCE as usize) {
                let answer = client.get(format!("{url}/parents/{id}/children")).send().await?;
                answer.error_for_status()?.bytes().await?;
            }
            Ok::<_, reqwest::Error>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}
