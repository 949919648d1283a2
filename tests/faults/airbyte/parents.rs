//! Parents and partitions: none is silent, and each has its own state.

use connector_runtime::prelude::*;
use connector_runtime::report::Status;
use connector_tests::{Folder, Reply, Server, assert_says};

use super::{Bench, api, list, of};

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
    let warning = "`skipped_children` was not read for 1 row, which lacks a value that it uses";
    assert_eq!(of(&report, "skipped").warnings, [warning]);
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
