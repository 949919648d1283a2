//! `Connector::check`: a look at the API and at a destination; nothing is written.

use std::sync::Arc;

use connector_runtime::report::{Event, Observer, Status};
use connector_runtime::run::{CheckReport, ResourceCheck};
use connector_runtime::{CancellationToken, ErrorKind, prelude::*};
use connector_tests::{Folder, Reply, Server, Tracker, TrackerApi, assert_says};

fn ends(report: &CheckReport) -> Vec<(&str, Status, u64)> {
    let end = |one: &'_ ResourceCheck| (one.resource, one.status, one.rows);
    report.resources.iter().map(end).collect()
}

#[tokio::test]
async fn one_page_of_each_resource_is_asked_for() {
    let folder = Folder::new();
    let database = folder.database();
    let server = TrackerApi::new(120).serve();
    let check = Tracker {}.check().base_url(server.url()).destination(database.destination());
    let report = check.run().await.into_result().expect("everything fits");
    assert_eq!(
        ends(&report),
        [
            ("projects", Status::Done, 50),
            ("tasks", Status::Done, report.resources[1].rows),
            ("notes", Status::Done, 1),
            ("members", Status::Done, 2),
            ("currencies", Status::Done, 3),
        ]
    );
    assert_eq!(server.count(), 5);
    assert_eq!(report.resources[1].columns, ["id", "project_id"]);
    // the destination was looked at, and is as it was
    let there = report.destination.expect("it was to be looked at");
    assert_eq!(there.schema_changes.expect("it tells").len(), 5);
    assert!(!database.path().exists());
}

#[tokio::test]
async fn what_fails_does_not_keep_others_from_being_checked() {
    let folder = Folder::new();
    let database = folder.database();
    database.execute("CREATE TABLE currencies (id TEXT PRIMARY KEY, _load_id INTEGER NOT NULL)");
    let server = Server::start(|request| match request.path.as_str() {
        "/currencies" => Reply::json(r#"{"data": [{"id": "x"}]}"#),
        _ => TrackerApi::new(0).answer(request),
    });
    let check = || {
        let check = Tracker {}.check().resources(["currencies", "tasks"]);
        check.base_url(server.url()).destination(database.destination())
    };
    let report = check().run().await;
    assert_eq!(
        ends(&report),
        [
            ("projects", Status::Done, 0),
            ("tasks", Status::Skipped, 0),
            ("currencies", Status::Failed, 0),
        ]
    );
    assert_says(&report.resources[1].warnings[0], &["no row of `projects` is known"]);
    let there = report.destination.as_ref().expect("it was to be looked at");
    let error = there.error.as_ref().expect("another type");
    assert_eq!(error.kind(), ErrorKind::Destination);
    assert_says(error, &["table `currencies` does not fit"]);
    assert_eq!(report.first_error().map(connector_runtime::Error::kind), Some(ErrorKind::Row));
    let error = report.into_result().expect_err("a row does not fit");
    assert_says(error, &["resource `currencies`", "column `id`"]);

    let report = Tracker {}.check().resources(["currency"]).run().await;
    assert!(report.resources.is_empty() && report.destination.is_none());
    assert_says(report.into_result().expect_err("no such"), &["has no resource `currency`"]);
}

/// Stops when the second resource begins.
struct Impatient(CancellationToken);

impl Observer for Impatient {
    fn event(&self, event: &Event<'_>) {
        if let Event::Started { resource: "tasks" } = event {
            self.0.cancel();
        }
    }
}

#[tokio::test]
async fn it_can_be_stopped() {
    let server = TrackerApi::new(3).serve();
    let token = CancellationToken::new();
    let check = Tracker {}.check().base_url(server.url()).cancel_with(token.clone());
    let report = check.observer(Arc::new(Impatient(token))).run().await;
    let statuses: Vec<_> = report.resources.iter().map(|one| one.status).collect();
    assert_eq!(statuses[..3], [Status::Done, Status::Interrupted, Status::Skipped]);
    assert_eq!(server.count(), 1);
    assert_eq!(report.into_result().expect_err("stopped").kind(), ErrorKind::Interrupted);
}
