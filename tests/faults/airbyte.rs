//! Defects of Airbyte's declarative sources that concern cursors, windows, parents and partitions; see
//! `docs/defects.md`.

use connector_runtime::prelude::*;
use connector_runtime::report::{Report, ResourceReport, Status};
use connector_tests::{Answers, Database, Folder, Reply, Server, assert_says, failed};

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    name = "api",
    retry(max_retries = 0),
    resources(
        Row,
        Late,
        Loose,
        Strict,
        Included,
        Excluded,
        Day,
        Month,
        Team,
        Member,
        Keyed,
        KeyedChild,
        Skipped,
        SkippedChild,
        Issue,
        Comment,
        Event,
        Thing,
        Project,
        Label
    )
)]
struct Api {
    #[config(default = "2024-01-01T00:00:00Z")]
    start: Timestamp,
    teams: Vec<String>,
}

/// A row with a moment.
macro_rules! resource {
    ($row:ident $name:literal ($($options:tt)*) $($more:tt)*) => {
        #[derive(Resource)]
        #[resource(name = $name, $($options)*)]
        struct $row {
            #[column(primary_key)]
            id: i64,
            $($more)*
        }
    };
}

resource!(Row "rows" (
    path = "/rows",
    paginator = json_link(next_url_path = "next"),
    data_selector = "rows",
    incremental(cursor = at, start_param = "since", row_order = asc)
) at: Timestamp);
resource!(Late "late" (
    path = "/late",
    incremental(cursor = at, start_param = "since", initial = config.start, lag = "12 hours")
) at: Timestamp);
resource!(Loose "loose" (
    path = "/loose",
    incremental(cursor = at, start_param = "since")
) at: Timestamp);
resource!(Strict "strict" (
    path = "/nulls",
    incremental(cursor = at, start_param = "since", on_missing = fail)
) at: Option<Timestamp>);
resource!(Included "included" (
    path = "/nulls",
    incremental(cursor = at, start_param = "since", on_missing = include)
) at: Option<Timestamp>);
resource!(Excluded "excluded" (
    path = "/nulls",
    incremental(cursor = at, start_param = "since", on_missing = exclude)
) at: Option<Timestamp>);

/// Days, appended: a row that came twice would be there twice.
#[derive(Resource)]
#[resource(
    name = "days",
    path = "/days",
    write_disposition = append,
    incremental(
        cursor = at,
        start_param = "from",
        end_param = "to",
        initial = config.start,
        step = "1 day",
    ),
)]
struct Day {
    id: i64,
    at: Timestamp,
}

resource!(Month "months" (
    path = "/months",
    incremental(
        cursor = at,
        start_param = "from",
        end_param = "to",
        initial = config.start,
        step = "1 day",
        lag = "6 hours",
    )
) at: Timestamp);

resource!(Team "teams" (
    path = "/teams/{partition.team}",
    partition(team in config.teams),
    incremental(cursor = at, start_param = "since")
) at: Timestamp);
resource!(Member "members" (
    parent(team: Team),
    path = "/members/{team.id}"
));

/// Parents of which some have no name.
#[derive(Resource)]
#[resource(name = "keyed", path = "/keyed")]
struct Keyed {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
}

resource!(KeyedChild "keyed_children" (parent(keyed: Keyed), path = "/keyed/{keyed.name}"));

#[derive(Resource)]
#[resource(name = "skipped", path = "/keyed")]
struct Skipped {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
}

resource!(SkippedChild "skipped_children" (
    parent(skipped: Skipped, on_missing = skip),
    path = "/keyed/{skipped.name}"
));

resource!(Issue "issues" (
    path = "/issues",
    incremental(cursor = at, start_param = "since", row_order = asc)
) at: Timestamp);
resource!(Comment "comments" (parent(issue: Issue), path = "/issues/{issue.id}/comments"));

resource!(Event "events" (
    path = "/events",
    incremental(cursor = at, start_param = "since")
) thing: i64, at: Timestamp);
resource!(Thing "things" (parent(event: Event), path = "/things/{event.thing}"));

resource!(Project "projects" (
    path = "/{partition.team}/projects",
    partition(team in config.teams)
) #[column(partition = team)] team: String);
resource!(Label "labels" (
    parent(project: Project),
    path = "/{project.team}/projects/{project.id}/labels",
    params(state = "{partition.state}"),
    partition(state in ["open", "closed"])
));

fn api(teams: &[&str]) -> Api {
    Api {
        start: "2024-01-01T00:00:00Z".parse().expect("a moment"),
        teams: teams.iter().map(|team| (*team).to_owned()).collect(),
    }
}

/// A server and a database, and how often they were used.
struct Bench {
    answers: Answers,
    server: Server,
    database: Database,
    teams: Vec<&'static str>,
    now: Timestamp,
}

impl Bench {
    fn new(answers: &[(&str, &str)]) -> Self {
        let answers = Answers::new(answers);
        Self {
            server: answers.serve(),
            answers,
            database: Folder::new().into_database(),
            teams: vec!["a", "b", "c"],
            now: "2024-01-04T00:00:00Z".parse().expect("a moment"),
        }
    }

    /// Loads these, one request after the other, and returns what was asked for.
    async fn load(&self, resources: &[&str]) -> (Report, Vec<String>) {
        let before = self.server.count();
        let run = api(&self.teams).sync().resources(resources.iter().copied()).now(self.now);
        let run = run.base_url(self.server.url()).destination(self.database.destination());
        let report = run.max_concurrency(1).run().await;
        (report, self.server.asked(before, &[]))
    }

    /// As [`Self::load`], to a good end.
    async fn done(&self, resources: &[&str]) -> (Report, Vec<String>) {
        let (report, asked) = self.load(resources).await;
        assert!(report.is_done(), "{report:?}");
        (report, asked)
    }

    fn ids(&self, table: &str) -> Vec<i64> {
        self.database.column(&format!("SELECT id FROM {table} ORDER BY id"))
    }
}

fn of<'a>(report: &'a Report, resource: &str) -> &'a ResourceReport {
    report.resources.iter().find(|one| one.resource == resource).expect("a resource of this name")
}

/// `{"id": 1, "at": "2024-01-02T00:00:00Z"}`.
fn row(id: i64, day_and_hour: &str) -> String {
    format!(r#"{{"id": {id}, "at": "2024-01-{day_and_hour}:00:00Z"}}"#)
}

fn list(rows: &[(i64, &str)]) -> String {
    let rows: Vec<_> = rows.iter().map(|(id, at)| row(*id, at)).collect();
    format!("[{}]", rows.join(", "))
}

/// A page of `rows` and the path of the next one.
fn page(rows: &[(i64, &str)], next: &str) -> String {
    format!(r#"{{"rows": {}, "next": "{next}"}}"#, list(rows))
}

/// There: 2 children of 3 parents, *complete*, no warning.
#[tokio::test]
async fn airbyte_parent_without_its_key_is_never_silent() {
    let bench = Bench::new(&[
        ("/keyed", r#"[{"id": 1, "name": "a"}, {"id": 2, "name": null}, {"id": 3, "name": "c"}]"#),
        ("/keyed/a", r#"[{"id": 10}]"#),
        ("/keyed/c", r#"[{"id": 30}]"#),
    ]);
    // told each time, and never in the way of others
    for inserted in [2, 0] {
        let (report, _) = bench.load(&["keyed", "keyed_children"]).await;
        assert_eq!(of(&report, "keyed").status, Status::Done, "{report:?}");
        let children = of(&report, "keyed_children");
        assert_eq!(children.status, Status::Failed, "{report:?}");
        let error = children.error.as_ref().expect("an error");
        assert_says(error, &["`keyed.name`", "the row with `id` 2 lacks", "on_missing = skip"]);
        assert_eq!(children.rows.inserted, inserted);
        assert_eq!(bench.ids("keyed"), [1, 2, 3]);
        assert_eq!(bench.ids("keyed_children"), [10, 30]);
    }

    let (report, asked) = bench.done(&["skipped", "skipped_children"]).await;
    assert_eq!(asked, ["/keyed", "/keyed/a", "/keyed/c"]);
    let phrases = ["`skipped_children` was not read for 1 row"];
    assert_says(of(&report, "skipped").warnings.join("\n"), &phrases);
    assert_eq!(bench.ids("skipped_children"), [10, 30]);
}

/// There, of a partition that is listed twice, a warning a stream.
#[tokio::test]
async fn airbyte_partition_that_is_listed_twice_is_read_once() {
    let mut bench = Bench::new(&[("/teams/a", "[]"), ("/teams/b", "[]")]);
    bench.teams = vec!["a", "b", "a"];
    let (_, asked) = bench.done(&["teams"]).await;
    assert_eq!(asked, ["/teams/a", "/teams/b"]);
}

/// There, slices overlap without `cursor_granularity`. The end of a window is the beginning of the next
/// one, and the API may send what is equal to it with both.
#[tokio::test]
async fn airbyte_windows_share_no_row() {
    let bench = Bench::new(&[]);
    let window = |from: u8| {
        let to = from + 1;
        format!("/days?from=2024-01-0{from}T00:00:00Z&to=2024-01-0{to}T00:00:00Z")
    };
    bench.answers.set(window(1), list(&[(1, "01T00"), (2, "02T00")]));
    bench.answers.set(window(2), list(&[(2, "02T00"), (3, "03T00")]));
    bench.answers.set(window(3), list(&[(3, "03T00"), (4, "03T23")]));
    let (report, asked) = bench.done(&["days"]).await;
    assert_eq!(asked, [window(1), window(2), window(3)]);
    assert_eq!(bench.ids("days"), [1, 2, 3, 4]);
    assert_eq!(of(&report, "days").rows.filtered, 2);
}

/// There, a lookback begins at the end of the newest slice, behind slices that failed.
#[tokio::test]
async fn airbyte_lag_begins_where_rows_are_complete() {
    let mut bench = Bench::new(&[]);
    let window =
        |from: &str, to: &str| format!("/months?from=2024-01-{from}:00:00Z&to=2024-01-{to}:00:00Z");
    bench.answers.set(window("01T00", "02T00"), list(&[(1, "01T12")]));
    bench.answers.fail(window("02T00", "03T00"));
    bench.answers.set(window("03T00", "04T00"), list(&[(3, "03T12")]));
    let (report, _) = bench.load(&["months"]).await;
    assert_eq!(of(&report, "months").status, Status::Failed);

    // a row has come late to the first day, within six hours of its end, and the second day is there
    bench.now = "2024-01-05T00:00:00Z".parse().expect("a moment");
    bench.answers = Answers::default();
    bench.server = {
        // an API that filters as it is told
        let rows = [(1, "01T12"), (9, "01T19"), (2, "02T12"), (3, "03T12"), (4, "04T12")];
        Server::start(move |request| {
            let bound = |name| request.param(name).expect("a bound").to_owned();
            let (from, to) = (bound("from"), bound("to"));
            let wanted = |at: &str| {
                let at = format!("2024-01-{at}:00:00Z");
                from <= at && at < to
            };
            let rows: Vec<_> = rows.iter().copied().filter(|(_, at)| wanted(at)).collect();
            Reply::json(list(&rows))
        })
    };
    let (_, asked) = bench.done(&["months"]).await;
    assert_eq!(bench.ids("months"), [1, 2, 3, 4, 9]);
    let first = asked.first().expect("a request");
    assert_says(first, &["from=2024-01-01T18:00:00Z"]);
}

/// There, a cursor that was moved by a later slice passes over the hole after a second failure.
#[tokio::test]
async fn airbyte_holes_are_filled_first() {
    let bench = Bench::new(&[]);
    let window = |from: u8| {
        let to = from + 1;
        format!("/days?from=2024-01-0{from}T00:00:00Z&to=2024-01-0{to}T00:00:00Z")
    };
    bench.answers.fail(window(1));
    bench.answers.set(window(2), list(&[(2, "02T00")]));
    bench.answers.set(window(3), list(&[(3, "03T00")]));
    for _ in 0..2 {
        let (report, _) = bench.load(&["days"]).await;
        assert_eq!(of(&report, "days").status, Status::Failed, "{report:?}");
    }
    bench.answers.set(window(1), list(&[(1, "01T00")]));
    bench.done(&["days"]).await;
    assert_eq!(bench.server.requests().last().map(|request| request.text(&[])), Some(window(3)));
    assert_eq!(bench.ids("days"), [1, 2, 3]);
}

/// There, a row without a cursor value is one warning a stream.
#[tokio::test]
async fn airbyte_row_without_a_cursor_value_is_what_was_said() {
    let rows = r#"[{"id": 1, "at": "2024-01-01T00:00:00Z"}, {"id": 2, "at": null}, {"id": 3}]"#;
    let bench = Bench::new(&[("/nulls", rows)]);
    let (report, _) = bench.load(&["strict"]).await;
    assert_says(failed(&report), &["`at`", "2"]);
    let (report, _) = bench.done(&["included"]).await;
    assert_eq!(of(&report, "included").rows.inserted, 3);
    let (report, _) = bench.done(&["excluded"]).await;
    let rows = of(&report, "excluded").rows;
    assert_eq!((rows.inserted, rows.filtered), (1, 2));
}

/// airbyte/issues/24808: the greatest value of rows without an order was saved, and a crash lost the others.
#[tokio::test]
async fn airbyte_rows_out_of_order_are_noticed_and_not_lost() {
    let bench = Bench::new(&[(
        "/rows",
        &page(&[(1, "01T00"), (3, "03T00"), (2, "02T00")], "/rows?page=2"),
    )]);
    bench.answers.fail("/rows?page=2");
    let (report, _) = bench.load(&["rows"]).await;
    assert_eq!(of(&report, "rows").status, Status::Failed);

    bench.answers.set("/rows?page=2", page(&[(4, "01T12")], ""));
    let (report, _) = bench.done(&["rows"]).await;
    assert_eq!(bench.ids("rows"), [1, 2, 3, 4]);
    assert_says(of(&report, "rows").warnings.join("\n"), &["order"]);
}

/// airbyte/issues/15427: of rows with one cursor value, those behind the end of a page were lost.
#[tokio::test]
async fn airbyte_ties_at_the_cursor_lose_no_row() {
    let bench = Bench::new(&[("/rows", &page(&[(1, "01T00"), (2, "02T00")], "/rows?page=2"))]);
    bench.answers.fail("/rows?page=2");
    let (report, _) = bench.load(&["rows"]).await;
    assert_eq!(of(&report, "rows").status, Status::Failed);
    assert_eq!(bench.ids("rows"), [1, 2]);

    let since = "/rows?since=2024-01-02T00:00:00Z";
    bench.answers.set(since, page(&[(2, "02T00"), (3, "02T00"), (4, "03T00")], ""));
    let (report, asked) = bench.done(&["rows"]).await;
    assert_eq!(asked, [since]);
    assert_eq!(bench.ids("rows"), [1, 2, 3, 4]);
    assert_eq!(of(&report, "rows").rows.unchanged, 1);
}

/// airbyte/issues/85918: rows that became visible after others with a greater value were never read.
#[tokio::test]
async fn airbyte_rows_that_come_late_are_found() {
    let bench = Bench::new(&[
        ("/late?since=2024-01-01T00:00:00Z", &list(&[(1, "01T06"), (2, "03T00")])),
        ("/late?since=2024-01-02T12:00:00Z", &list(&[(3, "02T18"), (2, "03T00")])),
    ]);
    bench.done(&["late"]).await;
    bench.done(&["late"]).await;
    assert_eq!(bench.ids("late"), [1, 2, 3]);
}

/// A row from the future moves no cursor: what changes until then would be passed over.
#[tokio::test]
async fn row_from_the_future_moves_no_cursor() {
    let bench = Bench::new(&[("/loose", &list(&[(1, "02T00"), (2, "09T00")]))]);
    bench.done(&["loose"]).await;
    bench.answers.set("/loose?since=2024-01-04T00:00:00Z", list(&[(2, "09T00")]));
    bench.answers.set("/loose?since=2024-01-02T00:00:00Z", list(&[(1, "02T00"), (2, "09T00")]));
    let (_, asked) = bench.done(&["loose"]).await;
    assert_eq!(asked.len(), 1);
    assert_eq!(bench.ids("loose"), [1, 2]);
}

/// Of 518 connectors 72 have incremental streams that read everything each time. A server that does not
/// know the parameter is told.
#[tokio::test]
async fn airbyte_lower_bound_that_is_ignored_is_told() {
    let rows: Vec<_> = (1..=24).map(|id| (id, format!("01T{:02}", id - 1))).collect();
    let rows: Vec<_> = rows.iter().map(|(id, at)| (*id, at.as_str())).collect();
    let rows = list(&rows);
    let bench = Bench::new(&[("/loose", &rows), ("/loose?since=2024-01-01T23:00:00Z", &rows)]);
    let (report, _) = bench.done(&["loose"]).await;
    assert!(of(&report, "loose").warnings.is_empty(), "{report:?}");
    let (report, _) = bench.done(&["loose"]).await;
    let phrases = ["23 of 24 rows", "`at` before 2024-01-01T23:00:00Z"];
    assert_says(of(&report, "loose").warnings.join("\n"), &phrases);
}

/// airbyte/pull/37389: state was saved as if partitions that had failed had not.
#[tokio::test]
async fn airbyte_partition_that_failed_keeps_its_cursor() {
    let bench =
        Bench::new(&[("/teams/a", &list(&[(1, "01T00")])), ("/teams/c", &list(&[(3, "03T00")]))]);
    bench.answers.fail("/teams/b");
    let (report, _) = bench.load(&["teams"]).await;
    assert_eq!(of(&report, "teams").status, Status::Failed);
    assert_eq!(bench.ids("teams"), [1, 3], "the others go on");

    let since = |team: &str, day: u8| format!("/teams/{team}?since=2024-01-0{day}T00:00:00Z");
    bench.answers.set("/teams/b", list(&[(2, "02T00")]));
    bench.answers.set(since("a", 1), "[]");
    bench.answers.set(since("c", 3), "[]");
    bench.done(&["teams"]).await;
    assert_eq!(bench.ids("teams"), [1, 2, 3]);
    let (_, asked) = {
        bench.answers.set(since("b", 2), "[]");
        bench.done(&["teams"]).await
    };
    assert_eq!(asked, [since("a", 1), since("b", 2), since("c", 3)]);
}

/// There, more than 10,000 partitions share one cursor, and with 25,000 the oldest are forgotten.
#[tokio::test]
async fn airbyte_ten_thousand_partitions_have_a_cursor_each() {
    const TEAMS: usize = 10_001;
    let names: Vec<String> = (0..TEAMS).map(|at| format!("t{at}")).collect();
    // a moment of its own for each
    let moment = |team: &str| {
        let seconds: i64 = team.trim_start_matches('t').parse().expect("a number");
        Timestamp::from_second(1_704_067_200 + seconds).expect("a moment").to_string()
    };
    let server = Server::start(move |request| {
        let team = request.path.rsplit('/').next().expect("a team").to_owned();
        let moment = moment(&team);
        let id = &team[1..];
        match request.param("since") {
            None => Reply::json(format!(r#"[{{"id": {id}, "at": "{moment}"}}]"#)),
            Some(since) if since == moment => Reply::json("[]"),
            Some(other) => Reply::status(418).body(format!("{team} asks for {other}")),
        }
    });
    let database = Folder::new().into_database();
    for _ in 0..2 {
        let teams: Vec<&str> = names.iter().map(String::as_str).collect();
        let run = api(&teams).sync().resources(["teams"]).base_url(server.url());
        let report = run.destination(database.destination()).run().await;
        assert!(report.is_done(), "{report:?}");
    }
    assert_eq!(server.count(), 2 * TEAMS);
    let kept = "SELECT count(*) FROM _connector_state WHERE resource = 'teams' AND partition <> ''";
    assert_eq!(database.value::<i64>(kept), TEAMS as i64);
}

/// airbyte/pull/38211 and others: the cursor of a parent moved though children of its rows had failed.
#[tokio::test]
async fn airbyte_cursor_of_a_parent_waits_for_its_children() {
    let bench = Bench::new(&[
        ("/issues", &list(&[(1, "01T00"), (2, "02T00"), (3, "03T00")])),
        ("/issues/1/comments", r#"[{"id": 10}]"#),
        ("/issues/3/comments", r#"[{"id": 30}]"#),
    ]);
    bench.answers.fail("/issues/2/comments");
    let (report, _) = bench.load(&["issues", "comments"]).await;
    assert_eq!(of(&report, "comments").status, Status::Failed);
    assert_eq!(bench.ids("issues"), [1, 2, 3]);
    assert_eq!(bench.ids("comments"), [10, 30]);

    // whatever is asked for again, the second issue is among it, and its siblings are not
    bench.answers.set("/issues/2/comments", r#"[{"id": 20}]"#);
    for day in 1..=3 {
        let rows: Vec<_> = [(1, "01T00"), (2, "02T00"), (3, "03T00")][day - 1..].to_vec();
        bench.answers.set(format!("/issues?since=2024-01-0{day}T00:00:00Z"), list(&rows));
    }
    let (_, asked) = bench.done(&["issues", "comments"]).await;
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(asked[1], "/issues/2/comments");
    assert_eq!(bench.ids("comments"), [10, 20, 30]);
    // and when nothing has changed, no children are read
    let (_, asked) = bench.done(&["issues", "comments"]).await;
    assert_eq!(asked, ["/issues?since=2024-01-03T00:00:00Z"]);
}

/// In the second in which a load begins, a parent can change once more and keep its cursor value: that it
/// is the same says nothing then.
#[tokio::test]
async fn children_of_the_second_in_which_a_load_began_are_read_again() {
    let bench = Bench::new(&[
        ("/issues", &list(&[(1, "03T00"), (2, "04T00")])),
        ("/issues?since=2024-01-04T00:00:00Z", &list(&[(2, "04T00")])),
        ("/issues/1/comments", r#"[{"id": 10}]"#),
        ("/issues/2/comments", r#"[{"id": 20}]"#),
    ]);
    bench.done(&["issues", "comments"]).await;
    bench.answers.set("/issues/2/comments", r#"[{"id": 20}, {"id": 21}]"#);
    let (_, asked) = bench.done(&["issues", "comments"]).await;
    assert_eq!(asked, ["/issues/2/comments", "/issues?since=2024-01-04T00:00:00Z"]);
    assert_eq!(bench.ids("comments"), [10, 20, 21]);
}

/// Of several rows that lead to one child, as events about one thing do, the newest counts, and when it was
/// read for that the others are done, too.
#[tokio::test]
async fn rows_that_lead_to_one_child_are_followed_by_one_request() {
    let event = |id: i64, thing: i64, hour: u8| {
        format!(r#"{{"id": {id}, "thing": {thing}, "at": "2024-01-02T{hour:02}:00:00Z"}}"#)
    };
    for order in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] {
        let [first, second, third] = order.map(|hour| event(hour.into(), 7, hour));
        let events = format!("[{first}, {}, {second}, {third}]", event(9, 8, 4));
        let bench = Bench::new(&[
            ("/events", &events),
            ("/events?since=2024-01-02T04:00:00Z", &format!("[{}]", event(9, 8, 4))),
            ("/things/7", r#"[{"id": 7}]"#),
            ("/things/8", r#"[{"id": 8}]"#),
        ]);
        let (_, asked) = bench.done(&["events", "things"]).await;
        assert_eq!(asked, ["/events", "/things/7", "/things/8"]);
        let (_, asked) = bench.done(&["events", "things"]).await;
        assert_eq!(asked, ["/events?since=2024-01-02T04:00:00Z"]);
    }
}

/// meltano/sdk/issues/271: what has a parent could not have partitions, too.
#[tokio::test]
async fn airbyte_parents_and_partitions_go_together() {
    let mut bench = Bench::new(&[
        ("/a/projects", r#"[{"id": 1}]"#),
        ("/b/projects", r#"[{"id": 2}]"#),
        ("/a/projects/1/labels?state=open", r#"[{"id": 11}]"#),
        ("/a/projects/1/labels?state=closed", r#"[{"id": 12}]"#),
        ("/b/projects/2/labels?state=open", r#"[{"id": 21}]"#),
        ("/b/projects/2/labels?state=closed", "[]"),
    ]);
    bench.teams = vec!["a", "b"];
    let (_, asked) = bench.done(&["projects", "labels"]).await;
    assert_eq!(asked.len(), 6);
    assert_eq!(bench.ids("labels"), [11, 12, 21]);
}
