//! Defects of dlt that concern loads which read only what is new, by the numbers of `docs/defects.md`.

use connector_runtime::prelude::*;
use connector_runtime::report::Report;
use connector_tests::{
    Answers, Database, Folder, Place, Server, assert_says, counts, done, failed,
};

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    name = "api",
    retry(max_retries = 0),
    max_concurrency = 1,
    resources(Row, Offset, Page, Cursor, Link, Parent, Child, Zoned, Numbered)
)]
struct Api {}

#[derive(Resource)]
#[resource(
    name = "rows",
    path = "/rows",
    incremental(cursor = updated_at, start_param = "since", row_order = asc),
)]
struct Row {
    #[column(primary_key)]
    id: i64,
    name: String,
    updated_at: Timestamp,
}

/// Sixty pages with a row each.
macro_rules! paged {
    ($row:ident $name:literal $path:literal $($paginator:tt)*) => {
        #[derive(Resource)]
        #[resource(name = $name, path = $path, data_selector = "rows", paginator = $($paginator)*)]
        struct $row {
            #[column(primary_key)]
            id: i64,
        }
    };
}

paged!(Offset "offset" "/offset" offset(limit = 1, total_path = "total"));
paged!(Page "page" "/page" page_number(base_page = 1, total_path = "total"));
paged!(Cursor "cursor" "/cursor" cursor(cursor_path = "next"));
paged!(Link "link" "/link" json_link(next_url_path = "next"));

#[derive(Resource)]
#[resource(name = "parents", path = "/parents")]
struct Parent {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(
    name = "children",
    parent(parent: Parent),
    path = "/parents/{parent.id}/children",
    incremental(cursor = updated_at, start_param = "since"),
)]
struct Child {
    #[column(primary_key)]
    id: i64,
    #[column(parent = parent.id)]
    parent_id: i64,
    updated_at: Timestamp,
}

#[derive(Resource)]
#[resource(
    name = "zoned",
    path = "/zoned",
    incremental(cursor = updated_at, start_param = "since"),
)]
struct Zoned {
    #[column(primary_key)]
    id: i64,
    updated_at: Timestamp,
}

#[derive(Resource)]
#[resource(
    name = "numbered",
    path = "/numbered",
    incremental(cursor = version, start_param = "after"),
)]
struct Numbered {
    #[column(primary_key)]
    id: i64,
    version: i64,
}

async fn load(server: &Server, database: &Database, resources: &[&str]) -> Report {
    let run = Api {}.sync().resources(resources.iter().copied()).base_url(server.url());
    run.destination(database.destination()).run().await
}

/// There the cursor is already behind the rows that were not stored, and they never come.
#[tokio::test]
async fn d01_the_cursor_is_that_of_committed_rows() {
    for place in Place::each("api") {
        let answers = Answers::new(&[(
            "/rows",
            r#"[{"id": 1, "name": "a", "updated_at": "2024-01-01T00:00:00Z"}]"#,
        )]);
        let server = answers.serve();
        let load = async || {
            let run = Api {}.sync().resources(["rows"]).base_url(server.url());
            run.boxed_destination(place.destination()).run().await
        };
        assert_eq!(done(&load().await), counts(1, 1, 0, 0));

        let since = "/rows?since=2024-01-01T00:00:00Z";
        answers.set(
            since,
            r#"[{"id": 1, "name": "a", "updated_at": "2024-01-01T00:00:00Z"},
                {"id": 2, "name": "b", "updated_at": "2024-01-02T00:00:00Z"},
                {"id": 3, "name": "a", "updated_at": "2024-01-03T00:00:00Z"}]"#,
        );
        // somebody alters the table, so that it does not take a row
        place.execute("CREATE UNIQUE INDEX names ON rows (name)");
        let report = load().await;
        assert_eq!(failed(&report).kind(), connector_runtime::ErrorKind::Destination);
        assert_eq!(place.lines("SELECT id FROM rows"), ["1"]);
        place.execute("DROP INDEX names");
        assert_eq!(done(&load().await), counts(3, 2, 0, 1));
        assert_eq!(place.lines("SELECT id FROM rows ORDER BY id"), ["1", "2", "3"]);
        assert_eq!(server.asked(1, &[]), [since, since]);
    }
}

/// There, nothing of fifty pages is kept.
#[tokio::test]
async fn d03_a_load_that_ended_at_page_50_of_60_goes_on_there() {
    /// How a page is asked for, and what it says of the next one; pages are counted from 1.
    type Ask = fn(i64) -> String;
    type Next = fn(i64) -> String;
    let kinds: [(&str, Ask, Next); 4] = [
        ("offset", |page| format!("?offset={}&limit=1", page - 1), |_| "null".to_owned()),
        ("page", |page| format!("?page={page}"), |_| "null".to_owned()),
        (
            "cursor",
            |page| if page == 1 { String::new() } else { format!("?cursor=c{page}") },
            |page| format!("\"c{}\"", page + 1),
        ),
        (
            "link",
            |page| if page == 1 { String::new() } else { format!("?at={page}") },
            |page| format!("\"/link?at={}\"", page + 1),
        ),
    ];
    for (name, ask, next) in kinds {
        let (answers, folder) = (Answers::default(), Folder::new());
        for page in 1..=60 {
            let next = if page == 60 { "null".to_owned() } else { next(page) };
            let body = format!(r#"{{"rows": [{{"id": {page}}}], "total": 60, "next": {next}}}"#);
            answers.set(format!("/{name}{}", ask(page)), body);
        }
        let page_50 = format!("/{name}{}", ask(50));
        answers.fail(&page_50);
        let (server, database) = (answers.serve(), folder.database());
        let report = load(&server, &database, &[name]).await;
        assert_says(failed(&report), &["418"]);
        let ids = format!("SELECT id FROM \"{name}\" ORDER BY id");
        assert_eq!(database.column::<i64>(&ids), (1..=49).collect::<Vec<_>>(), "{name}");
        assert_eq!(server.count(), 50);

        let body = format!(r#"{{"rows": [{{"id": 50}}], "total": 60, "next": {}}}"#, next(50));
        answers.set(&page_50, body);
        let report = load(&server, &database, &[name]).await;
        assert!(report.is_done(), "{name}: {report:?}");
        assert_eq!(database.column::<i64>(&ids), (1..=60).collect::<Vec<_>>(), "{name}");
        // where pages are counted, the last one that was stored shows whether rows have moved
        let first = if matches!(name, "offset" | "page") { 49 } else { 50 };
        let expected: Vec<_> = (first..=60).map(|page| format!("/{name}{}", ask(page))).collect();
        let asked: Vec<_> =
            server.requests()[50..].iter().map(|request| request.text(&[])).collect();
        assert_eq!(asked, expected);
    }
}

/// There, all parents share the greatest value of any: new rows of the others are lost.
#[tokio::test]
async fn d13_each_parent_has_a_cursor_of_its_own() {
    let child =
        |id: i64, day: i64| format!(r#"{{"id": {id}, "updated_at": "2024-01-0{day}T00:00:00Z"}}"#);
    let answers = Answers::new(&[("/parents", r#"[{"id": 1}, {"id": 2}]"#)]);
    answers.set("/parents/1/children", format!("[{}]", child(11, 5)));
    answers.set("/parents/2/children", format!("[{}]", child(21, 2)));
    let (server, folder) = (answers.serve(), Folder::new());
    let database = folder.database();
    let report = load(&server, &database, &["parents", "children"]).await;
    assert!(report.is_done(), "{report:?}");
    let children = "SELECT id FROM children ORDER BY id";
    assert_eq!(database.column::<i64>(children), [11, 21]);

    let since = [
        "/parents/1/children?since=2024-01-05T00:00:00Z",
        "/parents/2/children?since=2024-01-02T00:00:00Z",
    ];
    answers.set(since[0], format!("[{}]", child(11, 5)));
    answers.set(since[1], format!("[{}, {}]", child(21, 2), child(22, 3)));
    let before = server.count();
    let report = load(&server, &database, &["parents", "children"]).await;
    assert!(report.is_done(), "{report:?}");
    assert_eq!(server.asked(before, &[]), ["/parents", since[0], since[1]]);
    assert_eq!(database.column::<i64>(children), [11, 21, 22]);
}

/// There, texts are compared: `2024-01-01T02:00:00+05:00` is behind `2024-01-01T00:00:00Z`, and 9 behind 10.
#[tokio::test]
async fn d14_cursors_are_compared_as_what_they_are() {
    let answers = Answers::new(&[
        (
            "/zoned",
            r#"[{"id": 1, "updated_at": "2024-01-01T02:00:00+05:00"},
                {"id": 2, "updated_at": "2024-01-01T00:00:00Z"},
                {"id": 3, "updated_at": "2023-12-31T23:30:00.5-00:00"}]"#,
        ),
        (
            "/zoned?since=2024-01-01T00:00:00Z",
            r#"[{"id": 2, "updated_at": "2024-01-01T01:00:00+01:00"}]"#,
        ),
        ("/numbered", r#"[{"id": 1, "version": 9}, {"id": 2, "version": 10}]"#),
        ("/numbered?after=10", "[]"),
    ]);
    let (server, folder) = (answers.serve(), Folder::new());
    let database = folder.database();
    for _ in 0..2 {
        let report = load(&server, &database, &["zoned", "numbered"]).await;
        assert!(report.is_done(), "{report:?}");
    }
    let expected = ["/numbered?after=10", "/zoned?since=2024-01-01T00:00:00Z"];
    assert_eq!(server.asked(2, &[]), expected);
}
