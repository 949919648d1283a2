//! Credentials of a resource's own.

use connector_runtime::http::Response;
use connector_runtime::report::Status;

use super::*;

/// What everybody may see.
#[derive(Resource)]
#[resource(path = "/public", auth = none)]
struct Public {
    #[column(primary_key)]
    id: i64,
}

/// What the administrator may see.
#[derive(Resource)]
#[resource(
    path = "/admin",
    auth = api_key(name = "admin_key", location = query, value = admin_key),
    paginator = json_link,
    data_selector = "data",
)]
struct Admin {
    #[column(primary_key)]
    id: i64,
}

/// With a token of its own.
#[derive(Resource)]
#[resource(
    path = "/audit",
    auth = oauth2_client_credentials(
        token_url = config.token_url,
        client_id = client_id,
        client_secret = client_secret,
    ),
)]
struct Audit {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = bearer(token),
    retry(initial_delay = "1ms"),
    resources(Thing, Public, Admin, Audit),
)]
struct Mixed {
    token: Secret,
    admin_key: Option<Secret>,
    #[config(default = "https://auth.example.com/token")]
    token_url: String,
    client_id: String,
    client_secret: Option<Secret>,
}

const ADMIN_KEY: &str = "adm1n-key-0123456789";

fn mixed() -> Mixed {
    Mixed {
        token: TOKEN.into(),
        admin_key: Some(ADMIN_KEY.into()),
        token_url: "https://auth.example.com/token".to_owned(),
        client_id: "the client".to_owned(),
        client_secret: Some(SECRET.into()),
    }
}

async fn load(api: &Mixed, script: ScriptedTransport) -> (Report, Vec<http::Request>) {
    let folder = Folder::new();
    let script = Arc::new(script);
    let run = api.sync().transport(script.clone()).destination(folder.database().destination());
    (run.run().await, script.requests())
}

fn script() -> ScriptedTransport {
    ScriptedTransport::new()
        .on("/things", Response::new(200, "[]"))
        .on("/public", Response::new(200, "[]"))
        .on("/admin", Response::new(200, "{\"data\":[]}"))
        .on("/token", Response::new(200, "{\"access_token\":\"audit-token\"}"))
        .on("/audit", Response::new(200, "[]"))
}

#[tokio::test]
async fn each_resource_is_sent_with_its_own_credentials() {
    let (report, requests) = load(&mixed(), script()).await;
    assert!(report.is_done(), "{report:?}");
    let sent: Vec<_> = requests
        .iter()
        .map(|request| {
            let header = request.secret_header("authorization").map(|it| it.expose().to_owned());
            let key = request.secret_param("admin_key").map(|it| it.expose().to_owned());
            (request.url().path().to_owned(), header, key)
        })
        .collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        sent,
        [
            ("/things".to_owned(), text(&format!("Bearer {TOKEN}")), None),
            ("/public".to_owned(), None, None),
            ("/admin".to_owned(), None, text(ADMIN_KEY)),
            ("/token".to_owned(), None, None),
            ("/audit".to_owned(), text("Bearer audit-token"), None),
        ]
    );
}

#[tokio::test]
async fn an_optional_key_that_was_left_out_is_not_sent() {
    let (report, requests) = load(&Mixed { admin_key: None, ..mixed() }, script()).await;
    assert!(report.is_done(), "{report:?}");
    assert!(requests[2].secret_param("admin_key").is_none());
    assert_eq!(requests[2].to_string(), "GET https://api.example.com/admin");
}

#[tokio::test]
async fn refused_credentials_end_the_resources_that_use_them() {
    let script = ScriptedTransport::new()
        .on("/things", Response::new(401, ""))
        .on("/public", Response::new(200, "[]"))
        .on("/admin", Response::new(401, ""))
        .on("/token", Response::new(200, "{\"access_token\":\"audit-token\"}"))
        .on("/audit", Response::new(200, "[]"));
    let (report, _) = load(&mixed(), script).await;
    let states: Vec<_> = report.resources.iter().map(|resource| resource.status).collect();
    assert_eq!(states, [Status::Failed, Status::Done, Status::Failed, Status::Done], "{report:?}");
}

#[tokio::test]
async fn the_key_of_a_resource_is_taken_out_of_links_and_texts() {
    let next = format!("/admin?admin_key={ADMIN_KEY}&page=2");
    let script = ScriptedTransport::new()
        .on(
            "/admin",
            Response::new(200, format!("{{\"data\":[{{\"id\":1}}],\"next\":\"{next}\"}}")),
        )
        .on("/admin?page=2", Response::new(400, format!("wrong: {ADMIN_KEY}")));
    let script = Arc::new(script);
    let mut rows = mixed().rows::<Admin>().transport(script.clone());
    rows.next().await.expect("a row").expect("no error");
    let error = rows.next().await.expect("an error").err().expect("an error").to_string();
    assert_says(&error, &["page=2&admin_key=***", "wrong: ***"]);
    assert!(!error.contains(ADMIN_KEY), "{error}");
}

#[tokio::test]
async fn credentials_of_a_resource_need_https_too() {
    #[derive(Connector)]
    #[connector(base_url = config.url, resources(Admin))]
    struct Api {
        url: String,
        admin_key: Option<Secret>,
    }
    let api = |admin_key: Option<&str>| Api {
        url: "http://api.example.com".to_owned(),
        admin_key: admin_key.map(Secret::from),
    };
    let folder = Folder::new();
    let run = |api: Api, script: ScriptedTransport| {
        let destination = folder.database().destination();
        async move { api.sync().transport(Arc::new(script)).destination(destination).run().await }
    };
    let script = ScriptedTransport::new().on("/admin", Response::new(200, "{\"data\":[]}"));
    assert!(run(api(None), script).await.is_done());
    let report = run(api(Some(ADMIN_KEY)), ScriptedTransport::new()).await;
    assert_says(report.error.expect("refused"), &["credentials would be sent", "over plain http"]);
}
