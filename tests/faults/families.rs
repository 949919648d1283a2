//! Parents, children and theirs, over several loads: what is added later, what comes twice, what an
//! interruption leaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use connector_runtime::destination::Sqlite;
use connector_runtime::prelude::*;
use connector_runtime::report::Report;
use connector_tests::{Folder, Reply, Request, Server};
use serde_json::{Value, json};

/// Issues on a tracker, one for each day, each with a comment for each kind, those with a reaction.
struct Tracker {
    server: Server,
    /// Pages of issues that it still gives.
    left: Arc<AtomicUsize>,
}

const ISSUES: usize = 6;

impl Tracker {
    fn start() -> Self {
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        let server = Server::start({
            let left = left.clone();
            move |request: &Request| answer(request, &left)
        });
        Self { server, left }
    }

    /// Loads everything of a connector.
    async fn load(&self, api: impl Connector, folder: &Folder) -> Report {
        api.sync().base_url(self.server.url()).destination(database(folder)).run().await
    }

    /// How often a path was asked for.
    fn asked(&self, path: &str) -> usize {
        self.server.requests().iter().filter(|request| request.path == path).count()
    }
}

fn database(folder: &Folder) -> Sqlite {
    folder.database().destination()
}

fn answer(request: &Request, left: &AtomicUsize) -> Reply {
    let words: Vec<_> = request.path.split('/').skip(1).collect();
    let rows = match words[..] {
        ["issues"] => {
            let is_given = |left: usize| left.checked_sub(1);
            if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_given).is_err() {
                // what has come so far is committed meanwhile
                std::thread::sleep(Duration::from_millis(500));
                return Reply::status(404);
            }
            let since = request.param("since").unwrap_or_default();
            let rows = (1..=ISSUES).map(issue).filter(|row| row["at"].as_str() >= Some(since));
            rows.skip(request.number("offset").unwrap_or_default()).take(2).collect()
        }
        ["issues", issue, "comments"] => {
            let kind = request.param("kind").unwrap_or("a");
            vec![json!({ "id": format!("{issue}{kind}") })]
        }
        ["comments", comment, "reactions"] => vec![json!({ "id": format!("{comment}!") })],
        ["users", user] => vec![json!({ "id": user })],
        _ => return Reply::status(404),
    };
    Reply::json(Value::Array(rows).to_string())
}

/// They have one author.
fn issue(day: usize) -> Value {
    json!({ "id": day, "at": format!("2024-01-{day:02}T00:00:00Z"), "author": "ada" })
}

macro_rules! issues {
    ($name:ident, $($order:tt)*) => {
        #[derive(Resource)]
        #[resource(
            name = "issues",
            path = "/issues",
            paginator = offset(limit = 2),
            incremental(cursor = at, start_param = "since" $($order)*),
        )]
        struct $name {
            #[column(primary_key)]
            id: i64,
            at: Timestamp,
            author: String,
        }
    };
}

issues!(Issue, , row_order = asc);
issues!(AnyIssue,);

#[derive(Resource)]
#[resource(name = "comments", parent(issue: Issue), path = "/issues/{issue.id}/comments")]
struct Comment {
    #[column(primary_key)]
    id: String,
}

#[derive(Resource)]
#[resource(name = "reactions", parent(comment: Comment), path = "/comments/{comment.id}/reactions")]
struct Reaction {
    #[column(primary_key)]
    id: String,
}

#[derive(Resource)]
#[resource(
    name = "comments",
    parent(issue: Issue),
    partition(kind in config.kinds),
    path = "/issues/{issue.id}/comments",
    params(kind = partition.kind),
)]
struct KindOfComment {
    #[column(primary_key)]
    id: String,
}

#[derive(Resource)]
#[resource(name = "users", parent(issue: AnyIssue), path = "/users/{issue.author}")]
struct User {
    #[column(primary_key)]
    id: String,
}

macro_rules! api {
    ($name:ident, $at_once:literal, ($($resource:ident),*) $($field:tt)*) => {
        #[derive(Connector)]
        #[connector(
            base_url = "https://api.example.com",
            name = "api",
            retry(max_retries = 0),
            max_concurrency = $at_once,
            resources($($resource),*),
        )]
        struct $name { $($field)* }
    };
}

api!(Before, 1, (Issue, Comment));
api!(After, 4, (Issue, Comment, Reaction));
api!(OfKinds, 1, (Issue, KindOfComment) kinds: Vec<String>);
api!(Authors, 1, (AnyIssue, User));

/// The first load with the new resource reads everything from the beginning, and is interrupted: what
/// it has not come to is not taken for read.
#[tokio::test]
async fn a_resource_that_was_added_below_is_complete_after_an_interruption() {
    let (tracker, folder) = (Tracker::start(), Folder::new());
    assert!(tracker.load(Before {}, &folder).await.is_done());
    tracker.left.store(1, Ordering::Relaxed);
    assert!(!tracker.load(After {}, &folder).await.is_done());
    let reactions = || folder.database().value::<i64>("SELECT count(*) FROM reactions");
    assert_eq!(reactions(), 2);
    tracker.left.store(usize::MAX, Ordering::Relaxed);
    assert!(tracker.load(After {}, &folder).await.is_done());
    assert_eq!(reactions(), ISSUES as i64);
}

#[tokio::test]
async fn an_element_that_was_added_to_a_list_is_read_for_all_parents() {
    let (tracker, folder) = (Tracker::start(), Folder::new());
    for (kinds, comments) in [(&["a"][..], ISSUES), (&["a", "b"], 2 * ISSUES), (&["b"], 2 * ISSUES)]
    {
        let before = tracker.asked("/issues/1/comments");
        let kinds: Vec<_> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        assert!(tracker.load(OfKinds { kinds }, &folder).await.is_done());
        let count = folder.database().value::<i64>("SELECT count(*) FROM comments");
        assert_eq!(count, comments as i64);
        // what was read is not read again
        assert!(tracker.asked("/issues/1/comments") <= before + 1);
    }
}

/// Pages in any order lead to one child: it is read once, and the parent's cursor moves.
#[tokio::test]
async fn a_child_of_many_parents_is_read_once_and_none_of_them_waits_for_ever() {
    let (tracker, folder) = (Tracker::start(), Folder::new());
    assert!(tracker.load(Authors {}, &folder).await.is_done());
    assert_eq!(tracker.asked("/users/ada"), 1);
    let state = folder.database().state("issues");
    assert_eq!(
        state["cursor"],
        issue(ISSUES)["at"].as_str().map_or(Value::Null, |at| json!({ "timestamp": at }))
    );
    let before = tracker.asked("/issues");
    assert!(tracker.load(Authors {}, &folder).await.is_done());
    // the last page, and that there is none behind it
    assert_eq!(tracker.asked("/issues"), before + 2);
}

#[derive(Resource)]
#[resource(name = "parents", path = "/parents", paginator = offset(limit = 1))]
struct Parent {
    id: i64,
    name: String,
}

#[derive(Resource)]
#[resource(name = "children", parent(parent: Parent), path = "/parents/{parent.name}")]
struct Child {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", max_concurrency = 1, resources(Parent, Child))]
struct Twice {}

/// The second one comes when the children of the first one have come.
#[tokio::test]
async fn rows_of_a_parent_that_comes_twice_are_streamed_once() {
    let server = Server::start(|request: &Request| {
        Reply::json(match request.path.as_str() {
            "/parents" => {
                let names = ["a", "b", "c", "d", "e", "f", "a"];
                let offset = request.number("offset").unwrap_or_default();
                let names = names
                    .iter()
                    .skip(offset)
                    .take(1)
                    .map(|name| json!({ "id": offset, "name": name }));
                Value::Array(names.collect()).to_string()
            }
            "/parents/a" => r#"[{"id": 1}, {"id": 2}]"#.to_owned(),
            _ => "[]".to_owned(),
        })
    });
    let mut rows = Twice {}.rows::<Child>().base_url(server.url());
    let mut ids = Vec::new();
    while let Some(child) = rows.next().await {
        ids.push(child.expect("a row").id);
    }
    assert_eq!(ids, [1, 2]);
}

/// A day of a report.
#[derive(Resource)]
#[resource(
    name = "days",
    path = "/days",
    data_selector = "rows",
    paginator = offset(limit = 10, total_path = "total"),
    incremental(
        cursor = at,
        start_param = "from",
        end_param = "to",
        initial = "2024-01-01T00:00:00Z",
        lag = "3 days",
        step = "1 day",
    ),
)]
struct Day {
    #[column(primary_key)]
    id: i64,
    at: Timestamp,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    name = "api",
    max_concurrency = 1,
    resources(Day)
)]
struct Days {}

/// A window that came in part is read again, though the cursor was beyond it.
#[tokio::test]
async fn a_window_that_lacks_rows_is_not_passed_over() {
    let (folder, lacks, is_late) =
        (Folder::new(), Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let server = Server::start({
        let (lacks, is_late) = (lacks.clone(), is_late.clone());
        move |request: &Request| {
            let (from, to) = (
                request.param("from").unwrap_or_default(),
                request.param("to").unwrap_or_default(),
            );
            let mut rows: Vec<_> = (1..28)
                .map(|id| json!({ "id": id, "at": format!("2024-01-{id:02}T06:00:00Z") }))
                .collect();
            if is_late.load(Ordering::Relaxed) {
                rows.push(json!({ "id": 100, "at": "2024-01-07T07:00:00Z" }));
            }
            rows.retain(|row| (from..to).contains(&row["at"].as_str().unwrap_or_default()));
            let lacks = u64::from(from.starts_with("2024-01-07") && lacks.load(Ordering::Relaxed));
            let total = rows.len() as u64 + lacks;
            let rows: Vec<_> =
                rows.into_iter().skip(request.number("offset").unwrap_or_default()).collect();
            Reply::json(json!({ "rows": rows, "total": total }).to_string())
        }
    });
    let run = |now: &str| {
        let now = now.parse().expect("an instant");
        Days {}.sync().base_url(server.url()).destination(database(&folder)).now(now).run()
    };
    assert!(run("2024-01-10T12:00:00Z").await.is_done());
    lacks.store(true, Ordering::Relaxed);
    assert!(!run("2024-01-11T12:00:00Z").await.is_done());
    lacks.store(false, Ordering::Relaxed);
    is_late.store(true, Ordering::Relaxed);
    assert!(run("2024-01-16T12:00:00Z").await.is_done());
    let late = "SELECT count(*) FROM days WHERE id = 100";
    assert_eq!(folder.database().value::<i64>(late), 1);
}

/// Newest first, and those without a value at the end.
#[derive(Resource)]
#[resource(
    name = "tasks",
    path = "/tasks",
    paginator = offset(limit = 2),
    incremental(cursor = done_at, client_side, row_order = desc, on_missing = include),
)]
struct Task {
    #[column(primary_key)]
    id: i64,
    done_at: Option<Timestamp>,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    name = "api",
    max_concurrency = 1,
    resources(Task)
)]
struct Tasks {}

#[tokio::test]
async fn rows_without_a_cursor_come_with_every_load() {
    let (folder, more) = (Folder::new(), Arc::new(AtomicBool::new(false)));
    let server = Server::start({
        let more = more.clone();
        move |request: &Request| {
            let mut rows: Vec<_> = (1..8)
                .rev()
                .map(|id| json!({ "id": id, "done_at": format!("2024-01-{id:02}T00:00:00Z") }))
                .collect();
            rows.push(json!({ "id": 50, "done_at": null }));
            if more.load(Ordering::Relaxed) {
                rows.push(json!({ "id": 51, "done_at": null }));
            }
            let rows: Vec<_> = rows
                .into_iter()
                .skip(request.number("offset").unwrap_or_default())
                .take(2)
                .collect();
            Reply::json(Value::Array(rows).to_string())
        }
    });
    for expected in [8, 9] {
        let run = Tasks {}.sync().base_url(server.url()).destination(database(&folder)).run();
        assert!(run.await.is_done());
        assert_eq!(folder.database().value::<i64>("SELECT count(*) FROM tasks"), expected);
        more.store(true, Ordering::Relaxed);
    }
}

/// A day that is read in windows.
#[derive(Resource)]
#[resource(
    name = "days",
    path = "/days",
    incremental(
        cursor = at,
        start_param = "from",
        end_param = "to",
        initial = "2024-01-01T00:00:00Z",
        step = "5 days",
    ),
)]
struct WindowedDay {
    #[column(primary_key)]
    id: i64,
    at: Timestamp,
}

#[derive(Resource)]
#[resource(name = "notes", parent(day: WindowedDay), path = "/days/{day.id}/notes")]
struct Note {
    #[column(primary_key)]
    id: String,
}

api!(DaysAlone, 1, (WindowedDay));
api!(DaysAndNotes, 1, (WindowedDay, Note));

/// A run of the past says of a new child how far that run has read, not how far the parent once was.
#[tokio::test]
async fn a_child_that_was_added_in_a_run_of_the_past_is_complete_later() {
    let folder = Folder::new();
    let server = Server::start(|request: &Request| {
        if let Some(day) = request.path.strip_suffix("/notes") {
            return Reply::json(json!([{ "id": day }]).to_string());
        }
        let param = |name| request.param(name).unwrap_or_default();
        let mut rows: Vec<_> = (1..20)
            .map(|id| json!({ "id": id, "at": format!("2024-01-{id:02}T06:00:00Z") }))
            .collect();
        let range = param("from")..param("to");
        rows.retain(|row| range.contains(&row["at"].as_str().unwrap_or_default()));
        Reply::json(Value::Array(rows).to_string())
    });
    let at = |run: connector_runtime::run::Run, now: &str| {
        let now = now.parse().expect("an instant");
        run.base_url(server.url()).destination(database(&folder)).now(now).run()
    };
    assert!(at(DaysAlone {}.sync(), "2024-01-25T00:00:00Z").await.is_done());
    assert!(at(DaysAndNotes {}.sync(), "2024-01-10T00:00:00Z").await.is_done());
    assert!(at(DaysAndNotes {}.sync(), "2024-01-26T00:00:00Z").await.is_done());
    assert_eq!(folder.database().value::<i64>("SELECT count(*) FROM notes"), 19);
}
