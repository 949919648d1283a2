//! What is sent beside the URL: methods, bodies, headers of a resource; values that are several.

use connector_runtime::ErrorKind;
use connector_runtime::prelude::*;
use connector_tests::{Folder, Reply, Request, Server, assert_says, failed, run};

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
async fn requests(connector: &impl Connector) -> Vec<Request> {
    let (folder, server) = (Folder::new(), Server::always(Reply::json("[]")));
    let report = run(connector, &server, &folder.database()).await;
    assert!(report.is_done(), "{report:?}");
    server.requests()
}

fn text(request: &Request) -> String {
    String::from_utf8(request.body.clone()).expect("text")
}

mod methods {
    use super::*;

    thing!(Got, path = "/things", method = get);
    thing!(Posted, path = "/things", method = post);
    thing!(Put, path = "/things", method = put);
    thing!(Patched, path = "/things", method = patch);
    thing!(Deleted, path = "/things", method = delete);

    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        resources(Got, Posted, Put, Patched, Deleted)
    )]
    struct Api {}

    #[tokio::test]
    async fn every_method() {
        let sent = requests(&Api {}).await;
        let methods: Vec<_> = sent.iter().map(|request| request.method.as_str()).collect();
        assert_eq!(methods, ["GET", "POST", "PUT", "PATCH", "DELETE"]);
        for request in sent {
            assert!(request.body.is_empty());
            assert_eq!(request.header("content-type"), None);
        }
    }
}

mod json {
    use super::*;

    #[derive(Choice, Clone, Copy, Debug)]
    enum State {
        Open,
    }

    thing!(
        Thing,
        path = "/things",
        method = post,
        headers("Content-Type" = "application/vnd.example+json", "X-Team" = config.team),
        json = {
            "query": "all {{of}} {config.owner}",
            "filter": {
                "owner": config.owner,
                "quoted": "{config.size}",
                "since": config.since,
                "state": config.state,
                "ids": config.ids,
                "names": config.names,
                "left_out": config.nothing,
            },
            "numbers": [1, -2, 3.5, 18446744073709551615, config.nothing, config.ratio],
            "flags": [true, false, null, config.deep],
            "empty": {},
            "": [[], ""],
        },
    );

    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        headers("x-team" = "connector", "x-other" = "kept", "x-gone" = "one"),
        resources(Thing),
    )]
    struct Api {
        owner: String,
        size: u64,
        ratio: f64,
        deep: bool,
        since: Timestamp,
        state: State,
        ids: Vec<i64>,
        names: Vec<String>,
        nothing: Option<u32>,
        team: Option<String>,
    }

    fn api() -> Api {
        Api {
            owner: "\"Ada\"\n".into(),
            size: 10,
            ratio: 2.0,
            deep: true,
            since: "2024-01-31T08:15:00+02:00".parse().expect("an instant"),
            state: State::Open,
            ids: vec![7, 8],
            names: vec!["a,b".into()],
            nothing: None,
            team: Some("resource".into()),
        }
    }

    #[tokio::test]
    async fn values_keep_their_type_and_keys_their_order() {
        let request = requests(&api()).await.remove(0);
        let expected = concat!(
            r#"{"query":"all {of} \"Ada\"\n","filter":{"owner":"\"Ada\"\n","quoted":10,"#,
            r#""since":"2024-01-31T06:15:00Z","state":"Open","ids":[7,8],"names":["a,b"]},"#,
            r#""numbers":[1,-2,3.5,18446744073709551615,2.0],"flags":[true,false,null,true],"#,
            r#""empty":{},"":[[],""]}"#,
        );
        assert_eq!(text(&request), expected);
        assert_eq!(request.method, "POST");
        let length = request.header("content-length").expect("a length");
        assert_eq!(length, expected.len().to_string());
    }

    #[tokio::test]
    async fn headers_of_a_resource_win() {
        let request = requests(&api()).await.remove(0);
        for (name, value) in [
            ("content-type", "application/vnd.example+json"),
            ("x-team", "resource"),
            ("x-other", "kept"),
        ] {
            let sent: Vec<_> =
                request.headers.iter().filter(|(key, _)| key == name).map(|(_, v)| v).collect();
            assert_eq!(sent, [value], "{name}");
        }
        // one that was left out does not bring the connector's back
        let request = requests(&Api { team: None, ..api() }).await.remove(0);
        assert_eq!(request.header("x-team"), None);
    }

    #[tokio::test]
    async fn a_number_that_json_does_not_know_is_named() {
        let (folder, server) = (Folder::new(), Server::always(Reply::json("[]")));
        let report = run(&Api { ratio: f64::NAN, ..api() }, &server, &folder.database()).await;
        let error = failed(&report);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_says(error, &["resource `thing`", "`ratio`", "a finite one"]);
        assert_eq!(server.count(), 0);
    }

    #[tokio::test]
    async fn a_body_is_sent_again_with_each_try_and_never_printed() {
        let folder = Folder::new();
        let server = Server::start(|request| match request.number {
            1 => Reply::status(503),
            _ => Reply::status(400).body("no"),
        });
        let report = run(&api(), &server, &folder.database()).await;
        let error = failed(&report);
        let url = format!("POST {}/things", server.url());
        assert_says(error, &["page 1: the API answered 400", &url]);
        assert!(!format!("{error:?}{report:?}").contains("Ada"), "{error:?}");
        let sent = server.requests();
        assert_eq!(sent.len(), 2);
        assert_eq!(text(&sent[0]), text(&sent[1]));
    }
}

mod lists {
    use super::*;

    thing!(
        InQuery,
        path = "/things",
        params(
            ids = config.ids,
            joined = "{config.ids}",
            status = ["open", "closed", config.extra, 5],
            "team" = config.names,
        ),
    );
    thing!(
        InForm,
        path = "/things",
        method = post,
        headers("x-ids" = config.ids),
        form("grant" = "x y", ids = config.ids, none = config.nothing, odd = ["a&b", "é"]),
    );

    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        resource_defaults(params(status = "all", team = "core", locale = ["en", "de"])),
        resources(InQuery, InForm),
    )]
    struct Api {
        ids: Vec<u32>,
        names: Vec<String>,
        extra: Option<String>,
        nothing: Option<String>,
    }

    #[tokio::test]
    async fn lists_are_sent_value_by_value() {
        let api = Api { ids: vec![1, 2], names: Vec::new(), extra: None, nothing: None };
        let sent = requests(&api).await;
        assert_eq!(
            sent[0].target,
            "/things?locale=en&locale=de&ids=1&ids=2&joined=1%2C2&status=open&status=closed&status=5"
        );
        assert_eq!(sent[1].target, "/things?status=all&team=core&locale=en&locale=de");
        assert_eq!(text(&sent[1]), "grant=x+y&ids=1&ids=2&odd=a%26b&odd=%C3%A9");
        assert_eq!(sent[1].header("x-ids"), Some("1,2"));
        let form = Some("application/x-www-form-urlencoded");
        assert_eq!(sent[1].header("content-type"), form);
    }
}

mod redirects {
    use super::*;

    thing!(Thing, path = "/things", method = post, json = { "query": "open" });

    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", resources(Thing))]
    struct Api {}

    #[tokio::test]
    async fn a_query_that_was_redirected_is_no_success() {
        let folder = Folder::new();
        let server = Server::start(|request| match request.path.as_str() {
            "/things" => Reply::redirect("/other"),
            // what a GET without a query finds
            _ => Reply::json(r#"[{"id": 1}]"#),
        });
        let report = run(&Api {}, &server, &folder.database()).await;
        let error = failed(&report);
        assert_says(error, &["a POST request was redirected to `/other`", "write where it leads"]);
    }
}
