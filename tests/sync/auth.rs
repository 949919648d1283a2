//! How requests are signed, and what happens when a token ends.

mod echoed;
mod jwt;
mod own;
mod redirects;
mod refresh_token;
mod select;
mod session_token;
mod with;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use connector_runtime::auth::Credentials;
use connector_runtime::http::{self, Failure, Response, TransportError};
use connector_runtime::prelude::*;
use connector_runtime::report::Report;
use connector_runtime::testing::ScriptedTransport;
use connector_runtime::{Error, ErrorKind};
use connector_tests::{
    Folder, Item, Logs, OffsetApi, Reply, Request, Server, assert_says, counts, done, failed,
    items, page, run, run_in_order,
};

const SECRET: &str = "cl1ent-s3cret&+/0123456789";
const TOKEN: &str = "t0ken-t0ken-t0ken-t0ken";

/// Rows by offset.
#[derive(Resource)]
#[resource(
    name = "resource_name",
    path = "/v1/resource",
    data_selector = "data",
    paginator = offset(limit = 100),
)]
struct Row {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
    value: Option<f64>,
}

/// Rows of one page.
#[derive(Resource)]
#[resource(path = "/things")]
struct Thing {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_client_credentials(
        token_url = config.token_url,
        client_id = client_id,
        client_secret = client_secret,
        scopes = "read write",
        audience = "urn:data",
        params(resource = "r 1", tenant = config.tenant),
    ),
    retry(initial_delay = "1ms"),
    resources(Row),
)]
struct OAuth {
    token_url: String,
    client_id: String,
    client_secret: Secret,
    tenant: Option<String>,
}

fn oauth(token_url: impl Into<String>) -> OAuth {
    OAuth {
        token_url: token_url.into(),
        client_id: "the client".to_owned(),
        client_secret: SECRET.into(),
        tenant: None,
    }
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_client_credentials(
        token_url = "https://auth.example.com/token?v=2",
        client_id = id,
        client_secret = secret,
        client_auth = basic,
        leeway = "1s",
    ),
    retry(statuses = [400..=599]),
    resources(Thing),
)]
struct ByHeader {
    id: Secret,
    secret: Option<Secret>,
}

fn by_header() -> ByHeader {
    ByHeader { id: "odd id:+".into(), secret: Some(SECRET.into()) }
}

fn token(token: &str, seconds: u64) -> Response {
    Response::new(200, format!(r#"{{"access_token":"{token}","expires_in":{seconds}}}"#))
}

/// The rows of `api.things`, and the requests that it took.
async fn things(api: &impl Connector, script: ScriptedTransport) -> (Outcome, Vec<http::Request>) {
    let script = Arc::new(script);
    let mut rows = api.rows::<Thing>().transport(script.clone());
    let mut outcome = Ok(Vec::new());
    while let Some(row) = rows.next().await {
        outcome = outcome.and_then(|mut ids: Vec<i64>| {
            ids.push(row?.id);
            Ok(ids)
        });
    }
    (outcome, script.requests())
}

type Outcome = Result<Vec<i64>, Error>;

fn sent<'a>(request: &'a http::Request, header: &str) -> Option<&'a str> {
    request.secret_header(header).map(Secret::expose)
}

#[tokio::test]
async fn a_key_in_a_cookie() {
    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        auth = api_key(name = "JSESSIONID", location = cookie, value = session),
        resources(Thing),
    )]
    struct ByCookie {
        session: Secret,
    }
    let (folder, server) = (Folder::new(), Server::always(Reply::json("[]")));
    let api = ByCookie { session: "abc==".into() };
    assert!(run(&api, &server, &folder.database()).await.is_done());
    assert_eq!(server.requests()[0].header("cookie"), Some("JSESSIONID=abc=="));

    let api = ByCookie { session: "abc; admin=1".into() };
    let report = run(&api, &server, &folder.database()).await;
    let error = report.error.expect("no such cookie");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_says(&error, &["`session` has a character that a cookie cannot carry"]);
    assert_eq!(server.count(), 1);
}

mod basic {
    use super::*;

    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        auth = http_basic(username = user, password = password),
        resources(Thing),
    )]
    struct Both {
        user: Option<String>,
        password: Option<Secret>,
    }

    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", auth = http_basic(username = key), resources(Thing))]
    struct KeyOnly {
        key: Secret,
    }

    async fn header(api: impl Connector) -> Option<String> {
        let script = ScriptedTransport::new().on("/things", Response::new(200, "[]"));
        let (outcome, requests) = things(&api, script).await;
        assert!(outcome.is_ok());
        sent(&requests[0], "authorization").map(str::to_owned)
    }

    #[tokio::test]
    async fn name_and_password() {
        let both = |user: Option<&str>, password: Option<&str>| Both {
            user: user.map(str::to_owned),
            password: password.map(Secret::from),
        };
        let expected = Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==".to_owned());
        assert_eq!(header(both(Some("Aladdin"), Some("open sesame"))).await, expected);
        assert_eq!(header(both(Some("key"), None)).await, Some("Basic a2V5Og==".to_owned()));
        assert_eq!(header(both(None, None)).await, None);

        for (user, says) in [
            (None, "there is a password, but `user` is missing"),
            (Some("a:b"), "`user` has a colon, which ends a user name"),
        ] {
            let (outcome, _) = things(&both(user, Some("pass")), ScriptedTransport::new()).await;
            let error = outcome.expect_err("no header");
            assert_eq!(error.kind(), ErrorKind::Config);
            assert_says(error, &[says]);
        }
    }

    #[tokio::test]
    async fn a_key_as_user_name() {
        assert_eq!(header(KeyOnly { key: "key".into() }).await.as_deref(), Some("Basic a2V5Og=="));
    }

    #[tokio::test]
    async fn the_header_is_in_no_error() {
        // a server that repeats what it got
        let server = Server::start(|request| {
            Reply::status(400).body(request.header("authorization").unwrap_or_default())
        });
        let folder = Folder::new();
        let api = Both { user: Some("Aladdin".to_owned()), password: Some("open sesame".into()) };
        let report = run(&api, &server, &folder.database()).await;
        assert_says(failed(&report), &["the API answered 400 Bad Request: ***"]);
    }
}

/// A token server and the API behind it. A token is good for so many requests.
fn token_server(rows: Vec<Item>, uses: usize) -> (Server, Arc<AtomicUsize>) {
    let issued = Arc::new(AtomicUsize::new(0));
    let left = Mutex::new((String::new(), 0));
    let api = OffsetApi::new(rows);
    let counter = issued.clone();
    let server = Server::start(move |request: &Request| {
        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
        if request.path == "/token" {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            *left = (format!("{TOKEN}-{number}"), uses);
            let body = format!(r#"{{"access_token":"{}","token_type":"Bearer"}}"#, left.0);
            return Reply::json(body);
        }
        let bearer = format!("Bearer {}", left.0);
        if request.header("authorization") != Some(&bearer) || left.1 == 0 {
            return Reply::status(401).body("{\"error\":\"invalid_token\"}");
        }
        left.1 -= 1;
        api.answer(request)
    });
    (server, issued)
}

#[tokio::test]
async fn a_token_that_ends_in_mid_run_is_replaced_and_the_page_asked_for_again() {
    let (folder, rows) = (Folder::new(), items(1..1001));
    let (server, issued) = token_server(rows, 4);
    let api = oauth(format!("{}/token", server.url()));
    let report = run_in_order(&api, &server, &folder.database()).await;
    assert_eq!(done(&report), counts(1000, 1000, 0, 0));
    // 10 full pages and an empty one, 4 a token
    assert_eq!(issued.load(Ordering::SeqCst), 3);
    let traffic = report.resources[0].traffic;
    assert_eq!((traffic.pages, traffic.requests, traffic.retries), (11, 11 + 3 + 2, 2));
    let requests = server.requests();
    let offsets: Vec<_> = requests.iter().filter_map(|request| request.param("offset")).collect();
    assert_eq!(
        offsets,
        ["0", "100", "200", "300", "400", "400", "500", "600", "700", "800", "800", "900", "1000"]
    );
}

#[tokio::test]
async fn what_the_token_server_is_sent() {
    let (folder, rows) = (Folder::new(), items(1..11));
    let (server, _) = token_server(rows, 100);
    let mut api = oauth(format!("{}/token", server.url()));
    api.tenant = Some("acme".to_owned());
    done(&run(&api, &server, &folder.database()).await);
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/token"));
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("authorization"), None);
    for (name, value) in [
        ("grant_type", "client_credentials"),
        ("client_id", "the client"),
        ("client_secret", SECRET),
        ("scope", "read write"),
        ("audience", "urn:data"),
        ("resource", "r 1"),
        ("tenant", "acme"),
    ] {
        assert_eq!(request.form(name).as_deref(), Some(value), "{name}");
    }
    // the token goes to the API, the secret does not
    for request in &server.requests()[1..] {
        assert!(request.body.is_empty() && request.method == "GET");
        assert_eq!(request.header("authorization"), Some(&*format!("Bearer {TOKEN}-1")));
    }
}

#[tokio::test]
async fn name_and_secret_in_a_header_are_form_encoded_first() {
    let script = ScriptedTransport::new()
        .on("/token?v=2", token(TOKEN, 3600))
        .on("/things", Response::new(200, "[]"));
    let api = ByHeader { id: "odd id:+".into(), secret: Some("s3cr&t +%:".into()) };
    let (outcome, requests) = things(&api, script).await;
    assert!(outcome.is_ok());
    assert_eq!(
        sent(&requests[0], "authorization"),
        Some("Basic b2RkK2lkJTNBJTJCOnMzY3IlMjZ0KyUyQiUyNSUzQQ==")
    );
    let form = requests[0].secret_form().map(Secret::expose);
    assert_eq!(form, Some("grant_type=client_credentials"));
    assert_eq!(requests[0].to_string(), "POST https://auth.example.com/token?v=2");
}

#[tokio::test]
async fn an_optional_client_secret_that_was_left_out_asks_for_no_token() {
    let script = ScriptedTransport::new().on("/things", Response::new(200, "[]"));
    let api = ByHeader { id: "id".into(), secret: None };
    let (outcome, requests) = things(&api, script).await;
    assert!(outcome.is_ok());
    assert_eq!(sent(&requests[0], "authorization"), None);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_replaced_before_its_end() {
    let busy = || Response::new(503, "").with_header("retry-after", "98");
    let script = ScriptedTransport::new()
        .on("/token?v=2", token("first-token", 100))
        // 99 s: the token has its leeway of 1 s left
        .on("/things", busy())
        .on("/things", Response::new(503, "").with_header("retry-after", "2"))
        .on("/token?v=2", token("second-token", 100))
        .on("/things", Response::new(200, r#"[{"id":1}]"#));
    let (outcome, requests) = things(&by_header(), script).await;
    assert_eq!(outcome.expect("one row"), [1]);
    let tokens: Vec<_> = [1, 2, 4].map(|at: usize| sent(&requests[at], "authorization")).into();
    assert_eq!(
        tokens,
        [Some("Bearer first-token"), Some("Bearer first-token"), Some("Bearer second-token")]
    );
}

#[tokio::test(start_paused = true)]
async fn a_busy_token_server_is_asked_again() {
    let script = ScriptedTransport::new()
        .on("/token?v=2", Response::new(503, "{\"error\":\"busy\"}"))
        .on("/token?v=2", TransportError::new(Failure::Connect, "no connection"))
        .on("/token?v=2", token(TOKEN, 3600))
        .on("/things", Response::new(200, "[]"));
    let (outcome, _) = things(&by_header(), script).await;
    assert!(outcome.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_wrong_client_secret_is_not_tried_again() {
    // though this connector tries every status again
    for (code, help) in [("invalid_client", "client_auth"), ("invalid_scope", "scopes")] {
        let body = format!(r#"{{"error":"{code}","error_description":"no {SECRET}"}}"#);
        let script = ScriptedTransport::new().on("/token?v=2", Response::new(401, body));
        let (outcome, _) = things(&by_header(), script).await;
        let error = outcome.expect_err("no token");
        assert_eq!(error.kind(), ErrorKind::Auth);
        assert_says(
            &error,
            &[
                "resource `thing`: page 1: the token server answered 401",
                &format!("`{code}`, no ***"),
                "request: POST https://auth.example.com/token",
                help,
            ],
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_at_once_ends_the_load() {
    let refused = || Response::new(401, format!("no {TOKEN} here"));
    let script = ScriptedTransport::new()
        .on("/token", token(TOKEN, 3600))
        .on("/v1/resource?offset=0&limit=100", refused())
        .on("/token", token("t0ken-number-two", 3600))
        .on("/v1/resource?offset=0&limit=100", Response::new(401, "no t0ken-number-two"));
    let folder = Folder::new();
    let run = oauth("https://auth.example.com/token").sync().transport(Arc::new(script));
    let report = run.destination(folder.database().destination()).run().await;
    let error = failed(&report);
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_says(error, &["the API answered 401 Unauthorized: no ***"]);
}

/// Runs against these two replies, and searches everything that comes out.
async fn outcome(token: Reply, api: Reply) -> (Report, usize) {
    let (folder, logs) = (Folder::new(), Logs::new());
    let server = Server::start(move |request| match request.path.as_str() {
        "/token" => token.clone(),
        _ => api.clone(),
    });
    let connector = oauth(format!("{}/token", server.url()));
    let report = run(&connector, &server, &folder.database()).await;
    let texts = format!("{report:?} {} {}", serde_json::json!(report), logs.text());
    for secret in ["cl1ent", "0123456789", "t0ken", "Y2wxZW50", "dDBrZW4"] {
        assert!(!texts.contains(secret), "{secret} is in:\n{texts}");
    }
    (report, server.count())
}

#[tokio::test]
async fn d18_an_answer_without_a_token_is_never_sent_as_bearer_none() {
    let token = Reply::json(format!(r#"{{"token":"{TOKEN}","expires_in":3600}}"#));
    let (report, requests) = outcome(token, Reply::json(page(&items(1..2)))).await;
    let error = failed(&report);
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_says(
        error,
        &[
            "expected a token from the token server, found no `access_token`; it has `expires_in`, `token`",
            "request: POST http://127.0.0.1",
            "help: check `token_url`",
        ],
    );
    assert_eq!(requests, 1, "the API was not asked");
}

#[tokio::test]
async fn tokens_and_secrets_are_in_no_error_and_no_log() {
    let good = || Reply::json(format!(r#"{{"access_token":"{TOKEN}"}}"#));
    let form: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let echo = format!("{SECRET} and {form} and {TOKEN}");
    for (token, api) in [
        (good(), Reply::status(400).body(echo.clone())),
        (good(), Reply::status(500).body(echo.clone())),
        (good(), Reply::status(200).body(echo.clone())),
        (good(), Reply::json(format!(r#"{{"data":[{{"id":"{TOKEN}"}}]}}"#))),
        (good(), Reply::redirect(format!("https://{TOKEN}.example.com/{TOKEN}"))),
        (Reply::status(500).body(format!("{SECRET} and {form}")), Reply::status(200)),
        (Reply::status(200).body(echo.clone()), Reply::status(200)),
        (Reply::redirect(format!("https://x.example.com/?{form}")), Reply::status(200)),
    ] {
        let (report, _) = outcome(token, api).await;
        assert!(!report.is_done());
    }
}

#[tokio::test]
async fn d15_a_redirected_request_for_a_token_does_not_follow() {
    let elsewhere = Server::always(Reply::json("{}"));
    for status in [302, 307] {
        let to = elsewhere.url();
        let token = Reply::status(status).header("location", to);
        let (report, _) = outcome(token, Reply::status(200)).await;
        assert_says(failed(&report), &["the token server: the redirect was not followed"]);
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn a_token_url_over_plain_http_is_refused() {
    for (url, says) in [
        (
            "http://auth.example.com/token",
            "credentials would be sent to auth.example.com over plain http",
        ),
        ("/token", "the token URL is not a URL"),
        ("ftp://auth.example.com/token", "the token URL must start with `https://`"),
        ("https://auth.example.com/token#x", "the token URL has a fragment"),
        ("https://me:pw@auth.example.com/token", "the token URL holds a user name or password"),
    ] {
        let folder = Folder::new();
        let run = oauth(url).sync().transport(Arc::new(ScriptedTransport::new()));
        let report = run.destination(folder.database().destination()).run().await;
        let error = report.error.expect("a configuration error");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_says(&error, &[says]);
    }
}
