//! `Run::plan`: what a run would do, and what it would find in its destination, which stays as it is.

use connector_runtime::ErrorKind;
use connector_runtime::destination::Part;
use connector_runtime::prelude::*;
use connector_runtime::run::{Beginning, Outlook, Plan, Run, Share, StateUse};
use connector_tests::{Folder, Place, Reply, Server, Shelf, Tracker, TrackerApi, assert_says};

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

async fn outlook(run: Run) -> Outlook {
    let plan = run.plan().await.into_result().expect("nothing is refused");
    plan.destination.expect("there is one")
}

#[tokio::test]
async fn tables_that_would_be_made_and_states_that_are_there() {
    for place in Place::each("tracker") {
        let server = TrackerApi::new(12).serve();
        let run = || {
            let run = Tracker {}.sync().base_url(server.url());
            run.boxed_destination(place.destination())
        };
        let there = outlook(run()).await;
        let expected = ["projects", "tasks", "notes", "members", "currencies"];
        assert_eq!(changes(&there), expected.map(|name| format!("{name}: new table")));
        assert_eq!(shown(&there), []);
        assert_eq!(server.count(), 0);

        assert!(run().resources(["projects", "tasks", "members"]).run().await.is_done());
        let before = place.lines("SELECT state FROM _connector_state ORDER BY 1");
        let requests = server.count();
        let there = outlook(run()).await;
        assert_eq!(changes(&there), ["notes: new table", "currencies: new table"]);
        assert_eq!(
            shown(&there),
            [
                ("projects", Some("2024-01-01T00:00:12Z"), 0),
                ("tasks", None, 12),
                ("members", None, 6)
            ]
        );
        // of those that are asked for, and not where nothing of it counts
        let some = outlook(run().resources(["projects"])).await;
        assert_eq!((shown(&some).len(), changes(&some).len()), (1, 0));
        let anew = outlook(run().full_refresh()).await;
        assert_eq!((shown(&anew).len(), changes(&anew).len()), (0, 2));
        assert_eq!(server.count(), requests);
        assert_eq!(place.lines("SELECT state FROM _connector_state ORDER BY 1"), before);
    }
}

/// A resource below that has not come as far begins earlier, and so does what it hangs on.
#[tokio::test]
async fn where_a_run_begins_is_told_as_it_begins() {
    for place in Place::each("begins") {
        let server = TrackerApi::new(12).serve();
        let run = |resources: &[&'static str]| {
            let run = Tracker {}.sync().base_url(server.url());
            run.resources(resources.to_vec()).boxed_destination(place.destination())
        };
        assert!(run(&["projects", "tasks"]).run().await.is_done());
        for resources in [
            &["projects", "tasks"][..],
            // never loaded
            &["projects", "tasks", "notes"],
            &["projects"],
            // by now it was
            &["projects", "tasks", "notes"],
        ] {
            let there = outlook(run(resources)).await;
            assert_eq!(there.resources[0].cursor.as_deref(), Some("2024-01-01T00:00:12Z"));
            let requests = server.count();
            assert!(run(resources).run().await.is_done());
            let asked = server.requests().swap_remove(requests);
            assert_eq!(asked.path, "/projects");
            assert_eq!(there.resources[0].from.as_deref(), asked.param("since"), "{resources:?}");
        }
    }
}

/// By the same errors.
#[tokio::test]
async fn a_state_that_a_run_would_refuse_is_refused() {
    const PROJECTS: &[&str] = &["projects"];
    for (loaded, from, to, expected) in [
        (PROJECTS, "\"updated_at\"", "\"changed_at\"", "the state was written for `changed_at`"),
        (PROJECTS, "\"version\":2", "\"version\":99", "the state has version 99"),
        // what its children remember of a root that is loaded for the first time
        (&["tasks"], "\"updated_at\"", "\"changed_at\"", "the state was written for `changed_at`"),
        (&["tasks"], "\"version\":2", "\"version\":99", "the state has version 99"),
    ] {
        let server = TrackerApi::new(12).serve();
        let folder = Folder::new();
        let database = folder.database();
        let run = |resources: &[&'static str]| {
            let run = Tracker {}.sync().base_url(server.url()).resources(resources.to_vec());
            run.destination(database.destination())
        };
        assert!(run(loaded).run().await.is_done());
        let run = || run(&["projects", "tasks"]);
        let states = "SELECT state FROM _connector_state WHERE \"partition\" IN ('', '^')";
        let before = database.column::<String>(states);
        database.execute(&format!(
            "UPDATE _connector_state SET state = replace(state, '{from}', '{to}')"
        ));
        assert_ne!(database.column::<String>(states), before, "{before:?}");
        let planned = run().plan().await.into_result().expect_err("a state of another");
        let done = run().run().await.into_result().expect_err("a state of another");
        assert_eq!(planned.to_string(), done.to_string());
        assert_says(planned, &["`projects`", expected]);
    }
}

/// What it holds is not known before it is brought up to date: it is no first load.
#[tokio::test]
async fn a_destination_of_an_earlier_release_is_told() {
    for place in Place::each("earlier") {
        let server = TrackerApi::new(3).serve();
        let run = || {
            let run = Tracker {}.sync().base_url(server.url()).resources(["projects"]);
            run.boxed_destination(place.destination())
        };
        assert!(run().run().await.is_done());
        place.execute("UPDATE _connector_version SET version = 3");
        place.execute("ALTER TABLE _connector_rejects DROP COLUMN \"partition\"");
        let error = run().plan().await.into_result().expect_err("an earlier one");
        assert_says(error, &["are of version 3", "an earlier release", "the next `sync`"]);
        assert!(run().run().await.is_done());
        assert_eq!(outlook(run()).await.resources.len(), 1);
    }
}

/// Broken as it is, nobody looks at it.
#[tokio::test]
async fn a_state_that_a_run_does_not_look_at_refuses_nothing() {
    for place in Place::each("unread") {
        let server = TrackerApi::new(3).serve();
        let run = || {
            let run = Tracker {}.sync().base_url(server.url()).resources(["projects", "members"]);
            run.boxed_destination(place.destination())
        };
        assert!(run().run().await.is_done());
        place.execute("UPDATE _connector_state SET state = '{\"version\": 0'");
        let refused = run().plan().await.into_result().expect_err("it looks at them");
        assert_says(refused, &["the state of `projects`", "cannot be read"]);
        for one in [
            run().limit(2),
            run().range("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"),
            // whatever follows, as it replaces them
            run().full_refresh(),
        ] {
            let limited = outlook(one).await;
            assert!(limited.resources.is_empty());
        }
        assert!(run().full_refresh().run().await.is_done());
    }
}

/// Those of lists are known before the run, and those that are in no list any more are nobody's.
#[tokio::test]
async fn states_of_partitions_are_refused_as_a_run_refuses_them() {
    for (partition, change, expected) in [
        ("[\"b\"]", "'{\"version\": 0'", Some("the state of `members`, partition `[\"b\"]`,")),
        ("[\"b\"]", "replace(state, '\"version\":2', '\"version\":99')", None),
        ("[\"x\"]", "'{\"version\": 0'", None),
    ] {
        for place in Place::each("lists") {
            let server = TrackerApi::new(3).serve();
            let run = || {
                let run = Tracker {}.sync().base_url(server.url()).resources(["members"]);
                run.boxed_destination(place.destination())
            };
            assert!(run().run().await.is_done());
            if partition == "[\"x\"]" {
                place.execute(
                    "INSERT INTO _connector_state (connector, resource, \"partition\", state, load_id) \
                     SELECT connector, resource, '[\"x\"]', state, load_id FROM _connector_state \
                     WHERE \"partition\" = '[\"b\"]'",
                );
            }
            place.execute(&format!(
                "UPDATE _connector_state SET state = {change} WHERE \"partition\" = '{partition}'"
            ));
            let planned =
                run().plan().await.into_result().map(drop).map_err(|error| error.to_string());
            let done = run().run().await.into_result().map(drop).map_err(|error| error.to_string());
            assert_eq!(planned, done);
            assert_eq!(planned.is_err(), expected.is_some(), "{planned:?}");
            if let (Err(error), Some(expected)) = (planned, expected) {
                assert!(error.contains(expected), "{error}");
            }
        }
    }
}

/// What is read for its children only begins where these have not come.
#[tokio::test]
async fn a_root_that_is_read_for_its_children_begins_somewhere_too() {
    for place in Place::each("roots") {
        let server = TrackerApi::new(12).serve();
        let run = || {
            let run = Tracker {}.sync().base_url(server.url()).resources(["tasks"]);
            run.boxed_destination(place.destination())
        };
        assert_eq!(shown(&outlook(run()).await), []);
        assert!(run().run().await.is_done());
        let there = outlook(run()).await;
        let cursor = Some("2024-01-01T00:00:12Z");
        assert_eq!(shown(&there), [("projects", cursor, 0), ("tasks", None, 12)]);
        let requests = server.count();
        assert!(run().run().await.is_done());
        let asked = server.requests().swap_remove(requests);
        assert_eq!(there.resources[0].from.as_deref(), asked.param("since"));
        assert!(there.resources[0].complete);
    }
}

/// A scan that did not end goes on where the run would have it so.
#[tokio::test]
async fn a_position_that_no_run_goes_on_from_is_not_told() {
    let server = TrackerApi::new(12).serve();
    let folder = Folder::new();
    let database = folder.database();
    for (resource, resumes) in [("currencies", Some("after 50 rows")), ("projects", None)] {
        let run = || {
            let run = Tracker {}.sync().base_url(server.url()).resources([resource]);
            run.destination(database.destination())
        };
        assert!(run().run().await.is_done());
        let scan = format!(
            "{{\"began\": \"{}\", \"request\": 1, \"position\": {{\"count\": 50}}}}",
            Timestamp::now()
        );
        database.execute(&format!(
            "UPDATE _connector_state SET state = json_set(state, '$.scan', json('{scan}')) \
             WHERE resource = '{resource}' AND \"partition\" = ''"
        ));
        let there = outlook(run()).await;
        assert_eq!(there.resources[0].resumes.as_deref(), resumes, "{resource}");
    }
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", name = "teams", resources(Score))]
struct Teams {}

#[derive(Resource)]
#[resource(
    name = "scores",
    partition(team in ["a", "b"]),
    path = "/teams/{partition.team}/scores",
    incremental(cursor = at, start_param = "since"),
)]
struct Score {
    #[column(primary_key)]
    id: i64,
    at: i64,
}

/// The cursor of each.
#[tokio::test]
async fn states_of_partitions_that_are_another_cursors_are_refused() {
    let server = Server::start(|_| Reply::json("[{\"id\": 1, \"at\": 5}]"));
    for place in Place::each("scores") {
        let run = || {
            let run = Teams {}.sync().base_url(server.url());
            run.boxed_destination(place.destination())
        };
        assert!(run().run().await.is_done());
        place.execute(
            "UPDATE _connector_state SET state = replace(state, '\"at\"', '\"was\"') \
             WHERE \"partition\" = '[\"b\"]'",
        );
        let planned = run().plan().await.into_result().expect_err("the state of another");
        let done = run().run().await.into_result().expect_err("the state of another");
        assert_eq!(planned.to_string(), done.to_string());
        assert_says(planned, &["`scores`", "the state was written for `was`"]);
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_made() {
    let folder = Folder::new();
    let database = folder.database();
    let run = Tracker {}.sync().destination(database.destination());
    assert_eq!(changes(&outlook(run).await).len(), 5);
    assert!(!database.path().exists());
}

#[tokio::test]
async fn what_a_run_would_refuse_is_an_error() {
    let folder = Folder::new();
    let database = folder.database();
    database.execute("CREATE TABLE projects (id TEXT PRIMARY KEY, _load_id INTEGER NOT NULL)");
    let run = Tracker {}.sync().resources(["projects"]).destination(database.destination());
    let error = run.plan().await.into_result().expect_err("another type");
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
    let there = outlook(run).await;
    assert!(there.schema_changes.is_none() && there.resources.is_empty());
}

/// What a run reads, and what becomes of it, is told as the run will do it.
#[tokio::test]
async fn what_a_run_would_do() {
    let folder = Folder::new();
    let database = folder.database();
    let run = || Tracker {}.sync().destination(database.destination());
    let names = |plan: &Plan| -> Vec<_> { plan.resources.iter().map(|one| one.resource).collect() };
    let plan = run().plan().await;
    assert!(plan.error.is_none(), "{plan:?}");
    assert_eq!(plan.state, StateUse::Continued);
    assert_eq!(names(&plan), ["projects", "tasks", "notes", "members", "currencies"]);
    let tasks = &plan.resources[1];
    assert_eq!((tasks.parent, tasks.method), (Some("projects"), "GET"));

    let plan = run().resources(["tasks"]).full_refresh().plan().await;
    assert_eq!((plan.full_refresh, plan.state), (true, StateUse::Replaced));
    let fates: Vec<_> = plan.resources.iter().map(|one| (one.stored, one.replaces)).collect();
    assert_eq!(fates, [(false, false), (true, true)]);

    let plan = run().full_refresh().limit(3).plan().await;
    assert_says(plan.into_result().expect_err("both"), &["exclude each other"]);
    let plan = run().resources(["tusks"]).plan().await;
    assert!(plan.resources.is_empty());
    assert_says(plan.into_result().expect_err("no such resource"), &["has no resource `tusks`"]);
    assert!(!database.path().exists());
}

/// The part that does not load a resource makes no table for it.
#[tokio::test]
async fn a_part_is_planned_as_it_would_be_run() {
    let mut made = Vec::new();
    for index in [1, 2] {
        let folder = Folder::new();
        let run = || {
            let run = Tracker {}.sync().resources(["currencies"]);
            run.destination(folder.database().destination()).partition(Part { index, of: 2 })
        };
        let plan = run().plan().await.into_result().expect("it is refused nowhere");
        let share = plan.resources[0].share.expect("there is a part");
        let changes = changes(&plan.destination.expect("there is one"));
        assert_eq!(changes.is_empty(), share == Share::None, "{share:?}");
        made.push(changes.len());
    }
    assert_eq!(made.iter().sum::<usize>(), 1);
}
