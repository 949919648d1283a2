//! What a load tells where it comes to its end and something is wrong all the same.

use connector_runtime::prelude::*;
use connector_runtime::report::Report;
use connector_tests::{Folder, Reply, Server, assert_says, done};

macro_rules! api {
    ($api:ident, $row:ident, $($options:tt)*) => {
        #[derive(Connector)]
        #[connector(base_url = "https://api.example.com", name = "api", resources($row))]
        struct $api {}

        #[derive(Resource)]
        #[resource(path = "/rows", name = "rows", data_selector = "data", $($options)*)]
        struct $row {
            #[column(primary_key)]
            id: i64,
        }
    };
}

api!(Plain, PlainRow,);
api!(OnePage, OnePageRow, paginator = single_page);
api!(
    Misspelt,
    MisspeltRow,
    paginator = cursor(cursor_path = "next_curser", cursor_param = "cursor")
);
api!(Right, RightRow, paginator = cursor(cursor_path = "next_cursor", cursor_param = "cursor"));
api!(OtherRel, OtherRelRow, paginator = header_link(rel = "nxt"));

async fn load(api: &impl Connector, server: &Server) -> Report {
    let folder = Folder::new();
    api.sync().base_url(server.url()).destination(folder.database().destination()).run().await
}

/// Two rows, and what else the body says.
fn page(beside: &str) -> Reply {
    Reply::json(format!(r#"{{"data": [{{"id": 1}}, {{"id": 2}}]{beside}}}"#))
}

fn warnings(report: &Report) -> String {
    done(report);
    report.resources[0].warnings.join("\n")
}

#[tokio::test]
async fn a_scan_that_leaves_pages_out_says_so() {
    let cursor = Server::always(page(r#", "next_cursor": "abc""#));
    let said = warnings(&load(&Misspelt {}, &cursor).await);
    assert_says(said, &["rows may be missing", "`next_cursor`", "`--full-refresh`"]);
    assert_says(warnings(&load(&Plain {}, &cursor).await), &["rows may be missing"]);

    let total = Server::always(page(r#", "total": 237"#));
    assert_says(warnings(&load(&Plain {}, &total).await), &["there are 237, and 2 came"]);

    let link = Server::always(page("").header("link", "</rows?page=2>; rel=\"next\""));
    assert_says(warnings(&load(&Plain {}, &link).await), &["`paginator = header_link`"]);
    assert_says(warnings(&load(&OtherRel {}, &link).await), &["leave `rel` out"]);
    for server in [cursor, total, link] {
        assert_eq!(warnings(&load(&OnePage {}, &server).await), "", "one page was asked for");
    }
}

#[tokio::test]
async fn a_scan_that_leaves_nothing_out_says_nothing() {
    let more = r#", "next_cursor": "abc""#.to_owned();
    let server = Server::start(move |request| match request.param("cursor") {
        None => page(&more),
        Some(_) => Reply::json(r#"{"data": [{"id": 3}]}"#),
    });
    assert_eq!(warnings(&load(&Right {}, &server).await), "");
    for beside in ["", r#", "total": 2"#, r#", "next_cursor": null"#] {
        let server = Server::always(page(beside));
        assert_eq!(warnings(&load(&Plain {}, &server).await), "", "{beside}");
        assert_eq!(warnings(&load(&Right {}, &server).await), "", "{beside}");
    }
}

#[tokio::test]
async fn children_whose_key_is_unique_in_their_parent_only_are_told() {
    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", name = "api", resources(Project, Issue))]
    struct Tracker {}

    #[derive(Resource)]
    #[resource(path = "/projects", name = "projects")]
    struct Project {
        #[column(primary_key)]
        id: i64,
    }

    #[derive(Resource)]
    #[resource(path = "/projects/{project.id}/issues", name = "issues", parent(project: Project))]
    struct Issue {
        #[column(primary_key)]
        iid: i64,
    }

    let server = Server::start(|request| match request.path.as_str() {
        "/projects" => Reply::json(r#"[{"id": 1}, {"id": 2}]"#),
        _ => Reply::json(r#"[{"iid": 1}, {"iid": 2}]"#),
    });
    let folder = Folder::new();
    let load = || {
        let run = Tracker {}.sync().base_url(server.url());
        run.destination(folder.database().destination()).run()
    };
    let report = load().await;
    let said = report.resources[1].warnings.join("\n");
    assert_says(said, &["of 4 rows 2 had", "#[column(primary_key, parent = ..)]"]);
    assert!(report.resources[0].warnings.is_empty());
    // what was there before may be the same
    assert!(load().await.resources[1].warnings.is_empty());
}

/// Parents with few children say nothing; the one with a whole page does.
#[tokio::test]
async fn of_many_scans_the_largest_are_looked_at() {
    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", name = "api", resources(Team, Member))]
    struct Teams {}

    #[derive(Resource)]
    #[resource(path = "/teams", name = "teams")]
    struct Team {
        #[column(primary_key)]
        id: i64,
    }

    #[derive(Resource)]
    #[resource(path = "/teams/{team.id}/members", name = "members", parent(team: Team), data_selector = "data")]
    struct Member {
        #[column(primary_key)]
        id: i64,
    }

    let server = Server::start(|request| {
        let rows = |ids: std::ops::Range<u32>| -> String {
            ids.map(|id| format!(r#"{{"id": {id}}}"#)).collect::<Vec<_>>().join(",")
        };
        match request.path.split('/').nth(2).map(|id| id.parse::<u32>().expect("a number")) {
            None => Reply::json(format!("[{}]", rows(0..60))),
            Some(30) => Reply::json(format!(r#"{{"data": [{}], "total": 500}}"#, rows(0..100))),
            Some(id) if id % 2 == 0 => Reply::json(r#"{"data": [], "total": 0}"#),
            Some(id) => Reply::json(format!(r#"{{"data": [{}], "total": 3}}"#, rows(id..id + 3))),
        }
    });
    let report = load(&Teams {}, &server).await;
    assert!(report.is_done(), "{report:?}");
    let said = report.resources[1].warnings.join("\n");
    assert_says(said, &["there are 500, and 100 came"]);
}

/// A total counts what the list has, not what is in each of its elements.
#[tokio::test]
async fn totals_count_elements_of_the_list() {
    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", name = "api", resources(Line))]
    struct Orders {}

    #[derive(Resource)]
    #[resource(path = "/orders", name = "lines", data_selector = "data[*].lines[*]")]
    struct Line {
        #[column(primary_key)]
        id: i64,
    }

    let body = |total: u32| {
        let orders = r#"{"lines": [{"id": 1}]}, {"lines": []}, {"lines": [{"id": 2}, {"id": 3}]}"#;
        Server::always(Reply::json(format!(r#"{{"total": {total}, "data": [{orders}]}}"#)))
    };
    assert_eq!(warnings(&load(&Orders {}, &body(3)).await), "");
    assert_says(warnings(&load(&Orders {}, &body(4)).await), &["there are 4, and 3 came"]);
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", name = "api", auth = bearer(token), resources(PlainRow))]
struct Signed {
    token: Secret,
}

#[tokio::test]
async fn a_word_of_ours_is_no_secret() {
    let server = Server::always(Reply::status(401).body("no such token: wrong"));
    let report = load(&Signed { token: "wrong".into() }, &server).await;
    let error = report.first_error().expect("a refusal");
    assert!(error.message().ends_with("no such token: ***"), "{error}");
    let help = "the credential is missing, wrong or expired: correct it and run again";
    assert_eq!(error.help(), Some(help));
}
