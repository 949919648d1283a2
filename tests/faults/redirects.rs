//! Redirects: within the origin, or not at all.

use connector_runtime::ErrorKind;
use connector_runtime::prelude::*;
use connector_tests::{
    Folder, KEY, OffsetApi, Reply, Server, assert_says, done, example, failed, items, run,
};

#[derive(Resource)]
#[resource(path = "/things")]
struct Thing {
    #[column(primary_key)]
    id: i64,
}

macro_rules! api {
    ($name:ident, $($auth:tt)*) => {
        #[derive(Connector)]
        #[connector(
            base_url = "https://api.example.com",
            auth = $($auth)*,
            headers("x-team" = "core"),
            resources(Thing),
        )]
        struct $name {
            key: Secret,
        }
    };
}

api!(Header, api_key(name = "x-api-key", location = header, value = key));
api!(Bearer, bearer(key));

const TOKEN: &str = "t0ken-that-stays-home";

/// Redirects once to another server; the error, after it was made sure that nothing arrived there.
async fn cross(api: &impl Connector) -> String {
    let folder = Folder::new();
    let other = Server::always(Reply::json("[]"));
    let to = format!("{}/things?x=1", other.url());
    for status in [301, 302, 303, 307, 308] {
        let reply = Reply::status(status).header("location", to.clone());
        let server = Server::always(reply);
        let report = run(api, &server, &folder.database()).await;
        let error = failed(&report);
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert_says(error, &["the redirect was not followed", "another origin", &other.url()]);
        assert_eq!(server.count(), 1, "another try would not change it");
        assert_eq!(other.count(), 0);
    }
    let report = run(api, &Server::always(Reply::redirect(to)), &folder.database()).await;
    format!("{:?}", failed(&report))
}

#[tokio::test]
async fn d15_no_credential_goes_to_another_origin() {
    for text in [
        cross(&example()).await,
        cross(&Header { key: TOKEN.into() }).await,
        cross(&Bearer { key: TOKEN.into() }).await,
    ] {
        assert!(!text.contains(TOKEN) && !text.contains(KEY), "{text}");
    }
}

#[tokio::test]
async fn d15_not_even_after_a_detour() {
    let folder = Folder::new();
    let other = Server::always(Reply::json("[]"));
    let away = format!("{}/things", other.url());
    let server = Server::start(move |request| match request.path.as_str() {
        "/things" => Reply::redirect("/detour"),
        _ => Reply::redirect(&*away),
    });
    let report = run(&Header { key: TOKEN.into() }, &server, &folder.database()).await;
    assert_says(failed(&report), &["another origin"]);
    assert_eq!((server.count(), other.count()), (2, 0));
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed() {
    let folder = Folder::new();
    let server = Server::start(|request| match request.path.as_str() {
        "/things" => Reply::redirect("/v2/things?y=1"),
        _ => Reply::json("[{\"id\":1}]"),
    });
    let report = run(&Header { key: TOKEN.into() }, &server, &folder.database()).await;
    assert_eq!(done(&report).inserted, 1);
    let requests = server.requests();
    assert_eq!(requests[1].target, "/v2/things?y=1");
    for request in &requests {
        assert_eq!(request.header("x-api-key"), Some(TOKEN));
        assert_eq!(request.header("x-team"), Some("core"));
    }
}

#[tokio::test]
async fn the_target_of_a_redirect_never_learns_the_key_from_a_referer() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..3)).key(KEY));
    let server = Server::start(move |request| match request.path.as_str() {
        "/v1/resource" => {
            let query = request.target.split_once('?').map_or("", |(_, query)| query);
            Reply::redirect(format!("/moved?{query}"))
        }
        _ => {
            let mut request = request.clone();
            request.path = "/v1/resource".to_owned();
            api.answer(&request)
        }
    });
    done(&run(&example(), &server, &folder.database()).await);
    let requests = server.requests();
    assert!(requests.iter().any(|request| request.path == "/moved"));
    for request in requests {
        assert_eq!(request.header("referer"), None);
    }
}

#[tokio::test]
async fn redirects_without_end_end() {
    let folder = Folder::new();
    let server = Server::always(Reply::redirect("/things"));
    let report = run(&Header { key: TOKEN.into() }, &server, &folder.database()).await;
    assert_says(failed(&report), &["the redirect was not followed", "too many redirects"]);
    assert!(server.count() < 10, "{} requests", server.count());
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_an_answer() {
    let folder = Folder::new();
    let server = Server::always(Reply::status(302));
    let report = run(&Header { key: TOKEN.into() }, &server, &folder.database()).await;
    assert_says(failed(&report), &["the API answered 302 (a redirect)"]);
}
