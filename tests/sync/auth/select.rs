//! A choice between ways to authenticate.

use connector_runtime::http::Response;

use super::*;

/// How to log in.
#[derive(Choice, Clone, Copy)]
#[choice(rename_all = "snake_case")]
enum Login {
    Token,
    #[choice(rename = "oauth")]
    OAuth,
    Nobody,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = select(
        login,
        Token = bearer(token),
        OAuth = oauth2_client_credentials(
            token_url = config.token_url,
            client_id = client_id,
            client_secret = client_secret,
            params(tenant = config.tenant),
        ),
        Nobody = none,
    ),
    resources(Thing, Report),
)]
struct Chosen {
    login: Login,
    token: Option<Secret>,
    token_url: Option<String>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    tenant: Option<String>,
    #[config(default = "token")]
    reports: Login,
    report_key: Option<Secret>,
}

/// With a choice of its own.
#[derive(Resource)]
#[resource(
    path = "/reports",
    auth = select(
        reports,
        Token = api_key(name = "x-key", location = header, value = report_key),
        OAuth = none,
        Nobody = none,
    ),
)]
struct Report {
    #[column(primary_key)]
    id: i64,
}

fn chosen(login: Login) -> Chosen {
    Chosen {
        login,
        token: None,
        token_url: None,
        client_id: None,
        client_secret: None,
        tenant: None,
        reports: Login::Nobody,
        report_key: None,
    }
}

fn script(paths: &[&str]) -> Arc<ScriptedTransport> {
    let body = |path: &&str| match *path {
        "/token" => r#"{"access_token":"fresh-token"}"#,
        _ => "[]",
    };
    let on = |script: ScriptedTransport, path| script.on(path, Response::new(200, body(&path)));
    Arc::new(paths.iter().copied().fold(ScriptedTransport::new(), on))
}

/// How the last of the requests is signed.
async fn things(api: Chosen, paths: &[&str]) -> Result<Option<String>, String> {
    let script = script(paths);
    let row = api.rows::<Thing>().transport(script.clone()).next().await;
    if let Some(Err(error)) = row {
        return Err(error.to_string());
    }
    let requests = script.requests();
    let last = requests.last().expect("a request");
    Ok(last.secret_header("authorization").map(|value| value.expose().to_owned()))
}

#[tokio::test]
async fn the_value_of_a_field_decides() {
    let token = Chosen { token: Some(TOKEN.into()), ..chosen(Login::Token) };
    assert_eq!(things(token, &["/things"]).await, Ok(Some(format!("Bearer {TOKEN}"))));
    let oauth = Chosen {
        token_url: Some("https://auth.example.com/token".to_owned()),
        client_id: Some("the client".to_owned()),
        client_secret: Some(SECRET.into()),
        ..chosen(Login::OAuth)
    };
    assert_eq!(
        things(oauth, &["/token", "/things"]).await,
        Ok(Some("Bearer fresh-token".to_owned()))
    );
    assert_eq!(things(chosen(Login::Nobody), &["/things"]).await, Ok(None));
}

#[tokio::test]
async fn a_resource_can_choose_too() {
    let script = script(&["/reports"]);
    let api = Chosen {
        reports: Login::Token,
        report_key: Some("k3y-k3y".into()),
        ..chosen(Login::Nobody)
    };
    assert!(api.rows::<Report>().transport(script.clone()).next().await.is_none());
    let key = script.requests()[0].secret_header("x-key").map(|key| key.expose().to_owned());
    assert_eq!(key.as_deref(), Some("k3y-k3y"));
}

#[tokio::test]
async fn everything_that_the_chosen_arm_needs_is_asked_for_at_once() {
    let api = Chosen { reports: Login::Token, ..chosen(Login::OAuth) };
    let error = things(api, &[]).await.expect_err("fields are missing");
    assert_eq!(
        error,
        "4 problems in the configuration\n  \
         - `token_url` is missing, which `login` = `oauth` needs: set the environment variable `CHOSEN_TOKEN_URL`\n  \
         - `client_id` is missing, which `login` = `oauth` needs: set the environment variable `CHOSEN_CLIENT_ID`\n  \
         - `client_secret` is missing, which `login` = `oauth` needs: set the environment variable `CHOSEN_CLIENT_SECRET`\n  \
         - `report_key` is missing, which `reports` = `token` needs: set the environment variable `CHOSEN_REPORT_KEY`"
    );
}

#[derive(Choice, Clone, Copy)]
enum Way {
    Refresh,
    Session,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = select(
        way,
        Refresh = oauth2_refresh_token(
            token_url = "https://auth.example.com/token",
            refresh_token = refresh_token,
            client_id = client_id,
            client_secret = client_secret,
        ),
        Session = session_token(
            login_url = "/login",
            json(user = config.user, otp = config.otp, password = config.password),
            token_path = "token",
        ),
    ),
    resources(Thing),
)]
struct Lenient {
    way: Way,
    refresh_token: Option<Secret>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    user: Option<String>,
    otp: Option<String>,
    password: Option<Secret>,
}

#[tokio::test]
async fn what_a_way_does_without_stays_optional_in_an_arm() {
    let none = |way| Lenient {
        way,
        refresh_token: None,
        client_id: None,
        client_secret: None,
        user: None,
        otp: None,
        password: None,
    };
    for (way, needed, others) in [
        (Way::Refresh, &["refresh_token", "client_id"][..], &["client_secret"][..]),
        (Way::Session, &["password"], &["user", "otp"]),
    ] {
        let transport = Arc::new(ScriptedTransport::new());
        let row = none(way).rows::<Thing>().transport(transport).next().await;
        let error = row.and_then(Result::err).expect("fields are missing").to_string();
        for name in needed {
            assert!(error.contains(&format!("`{name}` is missing")), "{name}: {error}");
        }
        for name in others {
            assert!(!error.contains(&format!("`{name}`")), "{name}: {error}");
        }
    }
}

#[tokio::test]
async fn a_credential_of_another_arm_is_told() {
    let logs = Logs::new();
    let api = Chosen { token: Some(TOKEN.into()), ..chosen(Login::Nobody) };
    assert_eq!(things(api, &["/things"]).await, Ok(None));
    let text = logs.text();
    assert_says(&text, &["`token` was given, but `login` = `nobody` does not use it"]);
    assert!(!text.contains(TOKEN), "{text}");
}
