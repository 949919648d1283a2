//! Partitions that cannot be read, among others that can.

use connector_runtime::prelude::*;
use connector_runtime::report::{Report, Status};
use connector_tests::{Folder, Reply, Request, Server, assert_says};
use serde_json::json;

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", max_concurrency = 1, resources(Member))]
struct Api {
    teams: Vec<String>,
}

#[derive(Resource)]
#[resource(name = "members", partition(team in config.teams), path = "/teams/{partition.team}")]
struct Member {
    #[column(primary_key)]
    id: String,
}

/// Loads sixty teams, of which the server has those that `exists` says.
async fn load(exists: impl Fn(usize) -> bool + Send + Sync + 'static) -> (Report, Server, Folder) {
    let server = Server::start(move |request: &Request| {
        let team = request.path.rsplit('/').next().expect("a team");
        match exists(team.parse().expect("a number")) {
            true => Reply::json(json!([{ "id": team }]).to_string()),
            false => Reply::status(404),
        }
    });
    let folder = Folder::new();
    let api = Api { teams: (0..60).map(|team| team.to_string()).collect() };
    let run = api.sync().base_url(server.url()).destination(folder.database().destination());
    (run.run().await, server, folder)
}

/// Some teams are gone for good: those behind them are read all the same.
#[tokio::test]
async fn many_that_fail_do_not_stop_the_rest() {
    let (report, server, folder) = load(|team| team % 3 != 1).await;
    let members = &report.resources[0];
    assert_eq!((members.status, members.partitions), (Status::Failed, 40));
    assert_says(members.error.as_ref().expect("an error"), &["404", "/teams/1"]);
    assert_eq!(folder.database().value::<i64>("SELECT count(*) FROM members"), 40);
    assert_eq!(server.count(), 60);
}

/// An API that refuses all of them is left alone.
#[tokio::test]
async fn where_all_fail_the_resource_is_given_up() {
    let (report, server, _folder) = load(|_| false).await;
    let members = &report.resources[0];
    assert_eq!((members.status, members.partitions), (Status::Failed, 0));
    assert!((10..=12).contains(&server.count()), "{} requests", server.count());
}
