//! Logins: what is sent, where the token is, how long it is used.

use super::*;

const PASSWORD: &str = "pa\"ss w0rd&+/0123456789";

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = session_token(
        login_url = "/login",
        json(
            username = config.user,
            password = config.password,
            tenant = "t-{config.tenant}",
            remember = true,
            version = 2,
            level = config.level,
            code = "7",
            hint = config.hint,
        ),
        token_path = "data.token",
    ),
    retry(initial_delay = "1ms", statuses = [400..=599]),
    resources(Row),
)]
struct ByJson {
    user: String,
    password: Secret,
    tenant: String,
    level: u8,
    hint: Option<String>,
}

fn by_json() -> ByJson {
    ByJson {
        user: "j\"ane".to_owned(),
        password: PASSWORD.into(),
        tenant: "acme".to_owned(),
        level: 3,
        hint: None,
    }
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com/v2",
    auth = session_token(
        login_url = "https://auth.example.com/session?v=1",
        method = get,
        params(user = config.user, key = config.key),
        headers("x-app" = config.app, "x-mode" = "sync"),
        http_basic(username = user, password = password),
        token_path = "[0]",
        header = "x-session",
        lifetime = "1h",
    ),
    resources(Thing),
)]
struct ByQuery {
    user: String,
    key: Secret,
    app: Secret,
    password: Secret,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = session_token(
        login_url = config.login_url,
        form(username = config.user, password = config.password),
        token_path = "token",
        prefix = "Token ",
    ),
    resources(Thing),
)]
struct ByForm {
    login_url: String,
    user: String,
    password: Option<Secret>,
}

/// A login whose sessions are good for so many requests, and the API behind it.
fn login_server(rows: Vec<Item>, uses: usize) -> (Server, Arc<AtomicUsize>) {
    let issued = Arc::new(AtomicUsize::new(0));
    let left = Mutex::new((String::new(), 0));
    let (api, counter) = (OffsetApi::new(rows), issued.clone());
    let server = Server::start(move |request: &Request| {
        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
        if request.path == "/login" {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            *left = (format!("{TOKEN}-{number}"), uses);
            return Reply::json(format!(r#"{{"data":{{"token":"{}"}}}}"#, left.0));
        }
        if request.header("authorization") != Some(&*format!("Bearer {}", left.0)) || left.1 == 0 {
            return Reply::status(401).body("{}");
        }
        left.1 -= 1;
        api.answer(request)
    });
    (server, issued)
}

#[tokio::test]
async fn one_login_for_all_requests_until_the_api_answers_401() {
    let folder = Folder::new();
    let (server, issued) = login_server(items(1..1001), 4);
    let report = run_in_order(&by_json(), &server, &folder.database()).await;
    assert_eq!(done(&report), counts(1000, 1000, 0, 0));
    assert_eq!(issued.load(Ordering::SeqCst), 3);
    let login = &server.requests()[0];
    assert_eq!((login.method.as_str(), login.target.as_str()), ("POST", "/login"));
    assert_eq!(login.header("content-type"), Some("application/json"));
    let body: serde_json::Value = serde_json::from_slice(&login.body).expect("JSON");
    assert_eq!(
        body,
        serde_json::json!({
            "username": "j\"ane", "password": PASSWORD, "tenant": "t-acme", "remember": true,
            "version": 2, "level": 3, "code": "7",
        })
    );
}

#[tokio::test(start_paused = true)]
async fn a_login_by_query_and_headers_ends_after_its_lifetime() {
    let token = |token: &str| Response::new(200, format!("[\"{token}\"]"));
    let busy = |seconds| Response::new(503, "").with_header("retry-after", seconds);
    let script = ScriptedTransport::new()
        .on("/session?v=1&user=me", token("s3ssion-1"))
        .on("/v2/things", busy("299"))
        .on("/v2/things", busy("299"))
        .on("/v2/things", busy("299"))
        .on("/v2/things", Response::new(200, "[]"));
    let api = || ByQuery {
        user: "me".to_owned(),
        key: "k3y&".into(),
        app: "4pp".into(),
        password: "s3cret".into(),
    };
    let (outcome, requests) = things(&api(), script).await;
    assert_eq!(outcome.expect("no rows"), [0; 0]);
    let login = &requests[0];
    assert_eq!(login.to_string(), "GET https://auth.example.com/session?v=1&user=me&key=***");
    assert_eq!(login.secret_param("key").map(Secret::expose), Some("k3y&"));
    assert_eq!(sent(login, "x-app"), Some("4pp"));
    assert_eq!(login.header("x-mode"), Some("sync"));
    assert_eq!(sent(login, "authorization"), Some("Basic bWU6czNjcmV0"));
    assert!(login.secret_body().is_none());
    for request in &requests[1..] {
        assert_eq!(sent(request, "x-session"), Some("s3ssion-1"));
        assert_eq!(sent(request, "authorization"), None);
    }

    let script = ScriptedTransport::new()
        .on("/session?v=1&user=me", token("s3ssion-1"))
        .on("/v2/things", busy("300"))
        .on("/v2/things", Response::new(401, ""))
        .on("/session?v=1&user=me", token("s3ssion-2"))
        .on("/v2/things", Response::new(401, "no s3ssion-2"));
    let (outcome, _) = things(&api(), script).await;
    let error = outcome.expect_err("a fresh token was refused");
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_says(&error, &["the API answered 401 Unauthorized: no ***"]);
}

#[tokio::test]
async fn a_login_by_form_at_a_configured_url() {
    let script = |path: &str| {
        ScriptedTransport::new()
            .on(path, Response::new(200, r#"{"token":"s3ssion"}"#))
            .on("/things", Response::new(200, "[]"))
    };
    let mut api = ByForm {
        login_url: "https://auth.example.com/in".to_owned(),
        user: "me&you".to_owned(),
        password: Some("p w".into()),
    };
    let (outcome, requests) = things(&api, script("/in")).await;
    assert!(outcome.is_ok());
    let form = requests[0].secret_form().map(Secret::expose);
    assert_eq!(form, Some("username=me%26you&password=p+w"));
    assert_eq!(sent(&requests[1], "authorization"), Some("Token s3ssion"));

    api.login_url = "/v3/in".to_owned();
    let (outcome, requests) = things(&api, script("/v3/in")).await;
    assert!(outcome.is_ok());
    assert_eq!(requests[0].url().as_str(), "https://api.example.com/v3/in");

    api.login_url = "http://auth.example.com/in".to_owned();
    let (outcome, _) = things(&api, ScriptedTransport::new()).await;
    assert_says(
        outcome.expect_err("plain http"),
        &["would be sent to auth.example.com over plain"],
    );

    // no password: no login
    api.password = None;
    api.login_url = "/in".to_owned();
    let script = ScriptedTransport::new().on("/things", Response::new(200, "[]"));
    let (outcome, requests) = things(&api, script).await;
    assert!(outcome.is_ok());
    assert_eq!(sent(&requests[0], "authorization"), None);
}

#[tokio::test]
async fn a_refused_login_is_not_tried_again_and_says_nothing_secret() {
    let form: String = url::form_urlencoded::byte_serialize(PASSWORD.as_bytes()).collect();
    let json = serde_json::json!(PASSWORD).to_string();
    let echo = format!("no {PASSWORD} or {form} or {json}");
    for (reply, says) in [
        (Reply::status(401).body(&*echo), "the login answered 401 Unauthorized: no ***"),
        (Reply::status(403).body(&*echo), "check the credentials of the login"),
        (Reply::status(404).body(&*echo), "check `login_url`"),
        (Reply::json(r#"{"error":"wrong"}"#), "found nothing; the answer has `error`"),
        (Reply::json(r#"{"data":{"token":null}}"#), "expected a token at `data.token`"),
        (Reply::json(&*echo), "found no JSON"),
        (Reply::redirect("https://elsewhere.example.com/"), "the login: the redirect was not"),
    ] {
        let (folder, logs) = (Folder::new(), Logs::new());
        let server = Server::always(reply);
        let report = run(&by_json(), &server, &folder.database()).await;
        assert_says(failed(&report), &[says, "request: POST http://127.0.0.1"]);
        assert_eq!(server.count(), 1, "{says}");
        let texts = format!("{report:?} {} {}", serde_json::json!(report), logs.text());
        for secret in ["w0rd", "0123456789", "pa%22ss"] {
            assert!(!texts.contains(secret), "{secret} is in:\n{texts}");
        }
    }
}
