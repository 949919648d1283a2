//! `Run::outlook`: what a run would find in its destination, which stays as it is.

use connector_runtime::ErrorKind;
use connector_runtime::prelude::*;
use connector_runtime::run::{Beginning, Outlook};
use connector_tests::{Folder, Place, Shelf, Tracker, TrackerApi, assert_says};

fn changes(outlook: &Outlook) -> Vec<String> {
    let changes = outlook.schema_changes.iter().flatten();
    changes.map(|change| format!("{}: {}", change.table, change.change)).collect()
}

/// Resource, cursor, partitions.
fn shown(outlook: &Outlook) -> Vec<(&'static str, Option<&str>, u64)> {
    let shown = |one: &'_ Beginning| (one.resource, one.partitions);
    let all = outlook.resources.iter().map(|one| (shown(one), one.cursor.as_deref()));
    all.map(|((resource, partitions), cursor)| (resource, cursor, partitions)).collect()
}

#[tokio::test]
async fn tables_that_would_be_made_and_states_that_are_there() {
    for place in Place::each("tracker") {
        let server = TrackerApi::new(12).serve();
        let run = || {
            let run = Tracker {}.sync().base_url(server.url());
            run.boxed_destination(place.destination())
        };
        let outlook = run().outlook().await.expect("nothing is there");
        let expected = ["projects", "tasks", "notes", "members", "currencies"];
        assert_eq!(changes(&outlook), expected.map(|name| format!("{name}: new table")));
        assert_eq!(shown(&outlook), []);
        assert_eq!(server.count(), 0);

        assert!(run().resources(["projects", "tasks", "members"]).run().await.is_done());
        let before = place.lines("SELECT state FROM _connector_state ORDER BY 1");
        let requests = server.count();
        let outlook = run().outlook().await.expect("a load is there");
        assert_eq!(changes(&outlook), ["notes: new table", "currencies: new table"]);
        assert_eq!(
            shown(&outlook),
            [
                ("projects", Some("2024-01-01T00:00:12Z"), 0),
                ("tasks", None, 12),
                ("members", None, 6)
            ]
        );
        // of those that are asked for, and not where nothing of it counts
        let some = run().resources(["projects"]).outlook().await.expect("as before");
        assert_eq!((shown(&some).len(), changes(&some).len()), (1, 0));
        let anew = run().full_refresh().outlook().await.expect("as before");
        assert_eq!((shown(&anew).len(), changes(&anew).len()), (0, 2));
        assert_eq!(server.count(), requests);
        assert_eq!(place.lines("SELECT state FROM _connector_state ORDER BY 1"), before);
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_made() {
    let folder = Folder::new();
    let database = folder.database();
    let run = Tracker {}.sync().destination(database.destination());
    assert_eq!(changes(&run.outlook().await.expect("new tables")).len(), 5);
    assert!(!database.path().exists());
}

#[tokio::test]
async fn what_a_run_would_refuse_is_an_error() {
    let folder = Folder::new();
    let database = folder.database();
    database.execute("CREATE TABLE projects (id TEXT PRIMARY KEY, _load_id INTEGER NOT NULL)");
    let run = Tracker {}.sync().resources(["projects"]).destination(database.destination());
    let error = run.outlook().await.expect_err("another type");
    assert_eq!(error.kind(), ErrorKind::Destination);
    assert_says(error, &["table `projects` does not fit", "its column `id` is TEXT"]);
    assert_eq!(
        database.column::<String>("SELECT name FROM sqlite_schema WHERE type = 'table'"),
        ["projects"]
    );
}

/// One that does not tell says so.
#[tokio::test]
async fn not_every_destination_tells() {
    let run = Tracker {}.sync().destination(Shelf::default().destination());
    let outlook = run.outlook().await.expect("it has no answer");
    assert!(outlook.schema_changes.is_none() && outlook.resources.is_empty());
}
