//! Servers that send back what requests were signed with: it is in no error.

use connector_runtime::http;

use super::*;

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = http_basic(username = user, password = password),
    resources(Linked),
)]
struct Basic {
    user: String,
    password: Secret,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", auth = with(sign), resources(Linked))]
struct Signed {
    key: Secret,
}

#[derive(Resource)]
#[resource(path = "/links", data_selector = "data", paginator = json_link)]
struct Linked {
    #[column(primary_key)]
    id: i64,
}

fn sign(
    credentials: &Credentials<'_>,
    request: &mut http::Request,
) -> connector_runtime::Result<()> {
    let backwards: String = credentials.secret("key")?.expose().chars().rev().collect();
    request.push_secret_param("sig", Secret::new(format!("s1g-{backwards}")));
    request.push_secret_header("x-signature", Secret::new(format!("h3ad-{backwards}")));
    Ok(())
}

async fn error(connector: &impl Connector, answer: fn(&Request) -> Reply) -> String {
    let (folder, server) = (Folder::new(), Server::start(answer));
    failed(&run(connector, &server, &folder.database()).await).to_string()
}

#[tokio::test]
async fn a_name_and_a_password_without_the_scheme() {
    let api = Basic { user: "Aladdin".to_owned(), password: "open sesame".into() };
    let error = error(&api, |request| {
        let pair = request.header("authorization").and_then(|text| text.strip_prefix("Basic "));
        Reply::status(400).body(format!("unknown client {}", pair.unwrap_or_default()))
    });
    let error = error.await;
    assert_says(&error, &["unknown client ***"]);
    assert!(!error.contains("QWxhZGRp"), "{error}");
}

#[tokio::test]
async fn what_a_function_has_signed_with() {
    let api = Signed { key: "open-sesame".into() };
    let header = error(&api, |request| {
        let signature = request.header("x-signature").unwrap_or_default();
        Reply::status(400).body(format!("bad signature {signature}"))
    });
    let header = header.await;
    assert_says(&header, &["bad signature ***"]);
    let link = error(&api, |request| match request.param("page") {
        None => Reply::json(format!(r#"{{"data": [], "next": "{}&page=2"}}"#, request.target)),
        Some(_) => Reply::status(400),
    });
    let link = link.await;
    assert_says(&link, &["/links?sig=***&page=2"]);
    assert!(!header.contains("emases") && !link.contains("emases"), "{header} {link}");
}
