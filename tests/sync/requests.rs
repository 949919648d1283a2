//! What is sent: credentials, headers, parameters, paths, pages.

use connector_runtime::ErrorKind;
use connector_runtime::prelude::*;
use connector_tests::{
    Folder, KEY, OffsetApi, Reply, Request, Server, assert_says, done, example, items, run,
    run_in_order,
};

/// A table with a key and nothing else.
macro_rules! thing {
    ($name:ident, $($option:tt)*) => {
        #[derive(Resource)]
        #[resource($($option)*)]
        struct $name {
            #[column(primary_key)]
            id: i64,
        }
    };
}

/// The requests of one run against a server that has one page.
async fn requests(connector: &impl Connector, body: &str) -> Vec<Request> {
    let (folder, server) = (Folder::new(), Server::always(Reply::json(body)));
    let report = run(connector, &server, &folder.database()).await;
    assert!(report.is_done(), "{report:?}");
    server.requests()
}

#[tokio::test]
async fn a_key_in_the_query_is_nowhere_else() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..251)).key(KEY));
    let server = api.serve();
    done(&run(&example(), &server, &folder.database()).await);
    for request in server.requests() {
        assert_eq!(request.param("api_key"), Some(KEY));
        assert_eq!(request.header("referer"), None);
        assert_eq!(request.header("authorization"), None);
        let agent = request.header("user-agent").expect("an agent");
        assert!(agent.starts_with("example_api/0.1.0 connector-runtime/"), "{agent}");
    }
}

mod signed {
    use super::*;

    thing!(Thing, path = "/things");

    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        auth = api_key(name = "X-Api-Key", location = header, value = key),
        resources(Thing),
    )]
    struct ByHeader {
        key: Secret,
    }

    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", auth = bearer(token), resources(Thing))]
    struct ByBearer {
        token: Option<Secret>,
    }

    #[tokio::test]
    async fn a_key_in_a_header() {
        let request = requests(&ByHeader { key: "k-1".into() }, "[]").await.remove(0);
        assert_eq!(request.header("x-api-key"), Some("k-1"));
        assert_eq!(request.target, "/things");
    }

    #[tokio::test]
    async fn a_bearer_token() {
        let api = ByBearer { token: Some("t-1".into()) };
        let request = requests(&api, "[]").await.remove(0);
        assert_eq!(request.header("authorization"), Some("Bearer t-1"));
        assert_eq!(request.target, "/things");
    }

    #[tokio::test]
    async fn d18_an_optional_credential_that_was_left_out_is_not_sent() {
        let request = requests(&ByBearer { token: None }, "[]").await.remove(0);
        assert_eq!(request.header("authorization"), None);
    }

    #[tokio::test]
    async fn a_credential_that_no_header_can_hold_is_named_but_not_shown() {
        let (folder, server) = (Folder::new(), Server::always(Reply::json("[]")));
        let api = ByHeader { key: "s3cret one\ns3cret two".into() };
        let report = run(&api, &server, &folder.database()).await;
        let error = report.first_error().expect("an error");
        assert_says(error, &["`X-Api-Key`", "control character", "a line break at its end?"]);
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        assert_eq!(server.count(), 0);
    }

    #[tokio::test]
    async fn credentials_do_not_travel_in_clear() {
        let folder = Folder::new();
        let run = ByHeader { key: "k-1".into() }.sync().base_url("http://api.example.com");
        let report = run.destination(folder.database().destination()).run().await;
        let error = report.error.expect("an error");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_says(error, &["plain http", "api.example.com", "allow_http"]);
    }
}

mod texts {
    use super::*;

    thing!(
        Thing,
        path = "/teams/{config.team}/things{{x}}",
        params(
            state = "all",
            deep = true,
            limit = 5,
            since = config.since,
            labels = config.labels,
            joined = "{config.labels}",
            odd = "{config.team}&x=y",
        )
    );

    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        headers("accept" = "application/vnd.example+json", "x-team" = config.label, "x-since" = config.since),
        resource_defaults(params(state = "open", locale = "en")),
        resources(Thing),
    )]
    struct Texts {
        team: String,
        label: String,
        since: Option<Timestamp>,
        labels: Vec<String>,
    }

    fn texts(team: &str) -> Texts {
        Texts { team: team.into(), label: "red".into(), since: None, labels: Vec::new() }
    }

    #[tokio::test]
    async fn headers_and_parameters() {
        let api = Texts {
            since: Some("2024-01-31T08:15:00+02:00".parse().expect("an instant")),
            labels: vec!["a b".into(), "c&d".into()],
            ..texts("core")
        };
        let request = requests(&api, "[]").await.remove(0);
        assert_eq!(request.header("accept"), Some("application/vnd.example+json"));
        assert_eq!(request.header("x-team"), Some("red"));
        assert_eq!(request.header("x-since"), Some("2024-01-31T06:15:00Z"));
        let expected = [
            ("locale", "en"),
            ("state", "all"),
            ("deep", "true"),
            ("limit", "5"),
            ("since", "2024-01-31T06:15:00Z"),
            ("labels", "a b"),
            ("labels", "c&d"),
            ("joined", "a b,c&d"),
            ("odd", "core&x=y"),
        ];
        let expected: Vec<_> =
            expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(request.query, expected);
    }

    #[tokio::test]
    async fn values_that_were_left_out_are_not_sent() {
        let request = requests(&texts("core"), "[]").await.remove(0);
        assert_eq!(request.param("since"), None);
        assert_eq!(request.header("x-since"), None);
    }

    #[tokio::test]
    async fn d16_a_value_is_one_segment_of_the_path() {
        for (team, segment) in [
            ("core", "core"),
            ("a/b c?d", "a%2Fb%20c%3Fd"),
            ("../admin", "..%2Fadmin"),
            ("%2e%2e", "%252e%252e"),
            ("a#b;c=d&e", "a%23b%3Bc%3Dd%26e"),
            ("ü", "%C3%BC"),
            ("...", "..."),
        ] {
            let request = requests(&texts(team), "[]").await.remove(0);
            let path = request.path.replace('{', "%7B").replace('}', "%7D");
            assert_eq!(path, format!("/teams/{segment}/things%7Bx%7D"), "{team:?}");
        }
    }

    #[tokio::test]
    async fn d16_a_value_that_would_change_the_path_is_refused() {
        for (team, problem) in [("..", "`.` or `..`"), (".", "`.` or `..`"), ("", "is empty")] {
            let (folder, server) = (Folder::new(), Server::always(Reply::json("[]")));
            let report = run(&texts(team), &server, &folder.database()).await;
            let error = report.first_error().expect("an error");
            assert_eq!(error.kind(), ErrorKind::Config);
            assert_says(error, &["`team`", "/teams/{config.team}/things", problem]);
            assert_eq!(server.count(), 0);
        }
    }
}

mod bases {
    use super::*;

    thing!(Thing, path = "/v2/things");

    #[derive(Connector)]
    #[connector(base_url = config.url, resources(Thing))]
    struct SelfHosted {
        url: String,
    }

    #[tokio::test]
    async fn a_base_url_may_have_a_path() {
        for (suffix, path) in [
            ("", "/v2/things"),
            ("/", "/v2/things"),
            ("/api", "/api/v2/things"),
            ("/api/", "/api/v2/things"),
            ("/a%20b", "/a%20b/v2/things"),
        ] {
            let (folder, server) = (Folder::new(), Server::always(Reply::json("[]")));
            let api = SelfHosted { url: format!("{}{suffix}", server.url()) };
            let report = api.sync().destination(folder.database().destination()).run().await;
            done(&report);
            assert_eq!(server.requests()[0].path, path, "{suffix:?}");
        }
    }

    #[tokio::test]
    async fn a_base_url_that_is_none_is_refused() {
        for (url, problem) in [
            ("", "not a URL"),
            ("api.example.com", "not a URL"),
            ("ftp://api.example.com", "must start with"),
            ("https://api.example.com?x=1", "query string"),
            ("https://user:pass@api.example.com", "user name or password"),
        ] {
            let folder = Folder::new();
            let api = SelfHosted { url: url.into() };
            let report = api.sync().destination(folder.database().destination()).run().await;
            let error = report.error.expect("an error");
            assert_eq!(error.kind(), ErrorKind::Config);
            assert_says(&error, &[problem]);
            assert!(!format!("{error:?}").contains("pass@"), "{error:?}");
        }
    }
}

mod pages {
    use super::*;

    thing!(
        Numbered,
        path = "/numbered",
        paginator = page_number(base_page = 1, page_size = 3, page_size_param = "per_page"),
    );
    thing!(
        Counted,
        path = "/counted",
        data_selector = "rows",
        paginator = page_number(base_page = 0, page_param = "p", total_path = "meta.pages"),
    );
    thing!(
        More,
        path = "/more",
        data_selector = "rows",
        paginator =
            offset(limit = 3, offset_param = "skip", limit_param = "take", has_more_path = "more"),
    );
    thing!(Single, path = "/single", paginator = single_page);
    thing!(Plain, path = "/plain");

    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        resources(Numbered, Counted, More, Single, Plain)
    )]
    struct Pages {}

    fn list(ids: std::ops::Range<usize>) -> String {
        let rows: Vec<_> = ids.map(|id| format!("{{\"id\":{id}}}")).collect();
        format!("[{}]", rows.join(","))
    }

    /// Eight rows, three a page.
    fn answer(request: &Request) -> Reply {
        let rows = |start: usize| list(start.min(8)..(start + 3).min(8));
        let number = |name| request.number(name).expect("a number");
        Reply::json(match request.path.as_str() {
            "/numbered" => rows((number("page") - 1) * number("per_page")),
            "/counted" => {
                format!("{{\"rows\":{},\"meta\":{{\"pages\":3}}}}", rows(number("p") * 3))
            }
            "/more" => {
                let skip = number("skip");
                format!("{{\"more\":{},\"rows\":{}}}", skip + 3 < 8, rows(skip))
            }
            _ => list(0..8),
        })
    }

    #[tokio::test]
    async fn every_paginator_gets_every_row() {
        let (folder, server) = (Folder::new(), Server::start(answer));
        let database = folder.database();
        let report = run_in_order(&Pages {}, &server, &database).await;
        assert!(report.is_done(), "{report:?}");
        let requests = server.requests();
        for (resource, expected) in [
            (
                "numbered",
                vec![
                    "page=1&per_page=3",
                    "page=2&per_page=3",
                    "page=3&per_page=3",
                    "page=4&per_page=3",
                ],
            ),
            ("counted", vec!["p=0", "p=1", "p=2"]),
            ("more", vec!["skip=0&take=3", "skip=3&take=3", "skip=6&take=3"]),
            ("single", vec![""]),
            ("plain", vec![""]),
        ] {
            let found: Vec<_> = requests
                .iter()
                .filter(|request| request.path == format!("/{resource}"))
                .map(|request| request.target.split_once('?').map_or("", |(_, query)| query))
                .collect();
            assert_eq!(found, expected, "{resource}");
            let ids: Vec<i64> = database.column(&format!("SELECT id FROM {resource} ORDER BY id"));
            assert_eq!(ids, (0..8).collect::<Vec<_>>(), "{resource}");
        }
    }

    thing!(One, path = "/one");
    thing!(Two, path = "/two");

    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        resource_defaults(paginator = page_number(base_page = 1)),
        resources(One, Two),
    )]
    struct Shared {}

    #[tokio::test]
    async fn d05_resources_share_a_paginator_but_not_its_position() {
        let (folder, server) = (
            Folder::new(),
            Server::start(|request| {
                let page = request.number("page").expect("a page");
                Reply::json(if page <= 3 { list(page * 2 - 2..page * 2) } else { list(0..0) })
            }),
        );
        let database = folder.database();
        let report = run_in_order(&Shared {}, &server, &database).await;
        assert!(report.is_done(), "{report:?}");
        for table in ["one", "two"] {
            let path = format!("/{table}");
            let requests = server.requests();
            let pages = requests.iter().filter(|request| request.path == path);
            let pages: Vec<_> = pages.map(|request| request.number("page")).collect();
            assert_eq!(pages, [Some(1), Some(2), Some(3), Some(4)], "{table}");
            let ids: Vec<i64> = database.column(&format!("SELECT id FROM {table} ORDER BY id"));
            assert_eq!(ids, [0, 1, 2, 3, 4, 5]);
        }
    }

    #[tokio::test]
    async fn resources_can_be_chosen() {
        let (folder, server) = (Folder::new(), Server::start(answer));
        let run = Pages {}.sync().base_url(server.url());
        let report = run
            .destination(folder.database().destination())
            .resources(["plain", "single"])
            .run()
            .await;
        let names: Vec<_> = report.resources.iter().map(|resource| resource.resource).collect();
        assert_eq!(names, ["single", "plain"], "in the connector's order");
        assert_eq!(server.count(), 2);
    }
}
