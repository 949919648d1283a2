//! The key is nowhere but in the request that it signs.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use connector_runtime::prelude::*;
use connector_tests::{Database, Folder, KEY, Logs, OffsetApi, Reply, Server, example, items};

/// Every form of the key that a server might send back.
fn forms() -> Vec<String> {
    let form: String = url::form_urlencoded::byte_serialize(KEY.as_bytes()).collect();
    let path = form.replace('+', "%20");
    let ascii: String = KEY
        .chars()
        .map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", c as u32) })
        .collect();
    let lower = |text: &str| {
        text.replace("%2B", "%2b")
            .replace("%2F", "%2f")
            .replace("%3D", "%3d")
            .replace("%C3%BC", "%c3%bc")
            .replace("%C3%AF", "%c3%af")
    };
    vec![
        KEY.to_owned(),
        lower(&form),
        lower(&path),
        form,
        path,
        ascii,
        KEY.replace('/', "\\/"),
        STANDARD.encode(KEY),
        STANDARD_NO_PAD.encode(KEY),
        URL_SAFE.encode(KEY),
        URL_SAFE_NO_PAD.encode(KEY),
        KEY.replace('&', "&amp;"),
    ]
}

/// Fails if any part of the key is in a text: its parts are not words of any language.
fn assert_clean(what: &str, text: &str) {
    // what encodings leave as it is, and beginnings of the base64 forms
    for part in ["s3cr3t", "0123456789", "czNjcjN0", "MDEyMzQ1Njc4"] {
        assert!(!text.contains(part), "{part} of the key is in {what}:\n{text}");
    }
}

/// Runs, and searches everything that comes out.
async fn assert_secret(base_url: &str, database: &Database) {
    assert_secret_of(&example(), base_url, database).await;
}

async fn assert_secret_of(api: &impl Connector, base_url: &str, database: &Database) {
    let logs = Logs::new();
    let run = api.sync().base_url(base_url).destination(database.destination());
    let report = run.run().await;
    assert!(!report.is_done(), "this run should fail");
    let error = report.first_error().expect("an error");
    assert_clean("Display", &error.to_string());
    assert_clean("Debug", &format!("{error:?} {report:?}"));
    assert_clean("JSON", &serde_json::to_string(&report).expect("JSON"));
    assert_clean("the log", &logs.text());
    assert_clean("the database", &String::from_utf8_lossy(&database.bytes()));
}

/// What a server can do with a text, each of which is an error.
fn replies(text: &str) -> Vec<Reply> {
    // the end of what a message shows comes anywhere in the text
    let padded = (0..70).step_by(7).map(|n| format!("{}{text}", ".".repeat(n)));
    let mut replies: Vec<_> = [400, 401, 403, 404, 500, 503, 302]
        .into_iter()
        .map(|status| Reply::status(status).body(format!("no such key: {text}")))
        .collect();
    replies.extend(padded.map(|text| Reply::status(400).body(text)));
    // spaces in front are not shown, but count where only the beginning of a body is looked at
    let far = [380, 388, 390, 395].map(|n| format!("{}{text}", " ".repeat(n)));
    replies.extend(far.iter().map(|text| Reply::status(400).body(&**text)));
    replies.extend(far.map(Reply::json));
    // every form is what stands between the quotes of a JSON string, too
    let json = format!("\"{text}\"");
    replies.extend(
        [
            format!("key {text}"),
            format!("<html>{text}</html>"),
            format!("{{{json}:[]}}"),
            format!("{{\"data\":{json}}}"),
            format!("{{\"total\":{json},\"data\":[5,{json}]}}"),
            format!("{{\"data\":[{{\"id\":{json}}}]}}"),
            format!("{{\"data\":[{{{json}:1}}]}}"),
            format!("{{\"data\":[{{\"id\":1,\"value\":{json}}}]}}"),
        ]
        .map(Reply::json),
    );
    replies
}

#[tokio::test]
async fn no_answer_brings_the_key_to_light() {
    for text in forms() {
        let folder = Folder::new();
        for reply in replies(&text) {
            let server = Server::always(reply);
            assert_secret(&server.url(), &folder.database()).await;
            for request in server.requests() {
                assert_eq!(request.param("api_key"), Some(KEY));
                assert_eq!(request.header("referer"), None);
            }
        }
    }
}

#[tokio::test]
async fn no_redirect_brings_the_key_to_light() {
    let form: String = url::form_urlencoded::byte_serialize(KEY.as_bytes()).collect();
    for to in [
        format!("https://example.invalid/?api_key={form}"),
        format!("https://{form}@example.invalid/"),
        format!("https://user:{form}@example.invalid/"),
        format!("/again?api_key={form}"),
        format!("http://[{form}"),
        format!("https://example.invalid:{form}/"),
    ] {
        let folder = Folder::new();
        let server = Server::always(Reply::redirect(to));
        assert_secret(&server.url(), &folder.database()).await;
        assert!(server.requests().iter().all(|request| request.header("referer").is_none()));
    }
}

#[tokio::test]
async fn no_transport_failure_brings_the_key_to_light() {
    let folder = Folder::new();
    let gone = Server::always(Reply::status(200)).url();
    for url in [gone, "http://localhost:1".to_owned()] {
        assert_secret(&url, &folder.database()).await;
    }
    for reply in [Reply::json("{\"data\":[]}").cut(3), Reply::json("{\"data\":[]}").reset(3)] {
        let server = Server::always(reply);
        assert_secret(&server.url(), &folder.database()).await;
    }
}

#[tokio::test]
async fn no_destination_failure_brings_the_key_to_light() {
    let folder = Folder::new();
    std::fs::write(folder.database().path(), "no database ".repeat(1000)).expect("written");
    let server = OffsetApi::new(items(1..11)).key(KEY).serve();
    assert_secret(&server.url(), &folder.database()).await;
}

/// A value that no API has written. Whoever writes it says what it is.
#[derive(serde::Deserialize)]
struct Unwritable(String);

impl serde::Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom(&self.0))
    }
}

#[derive(Resource)]
#[resource(path = "/rows", on_bad_row = quarantine(max_rows = 1), map = same)]
struct Row {
    id: i64,
    text: Json<Unwritable>,
}

fn same(row: Row) -> Row {
    row
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = api_key(name = "api_key", location = query, value = api_key),
    resources(Row),
)]
struct Api {
    api_key: Secret,
}

#[tokio::test]
async fn no_row_that_does_not_fit_brings_the_key_to_light() {
    let api = Api { api_key: Secret::new(KEY) };
    for text in forms() {
        let folder = Folder::new();
        let bad = format!("{{\"id\":\"{text}\",\"text\":\"\"}}");
        for body in [
            // beyond the budget
            format!("[{bad},{bad}]"),
            // what `map` makes of it cannot be stored
            format!("[{bad},{{\"id\":1,\"text\":\"{text}\"}}]"),
        ] {
            let server = Server::always(Reply::json(body));
            assert_secret_of(&api, &server.url(), &folder.database()).await;
        }
    }
}

#[tokio::test]
async fn no_configuration_error_brings_the_key_to_light() {
    let folder = Folder::new();
    for url in ["", "http://api.example.com", "ftp://x", "https://user@api.example.com"] {
        assert_secret(url, &folder.database()).await;
    }
}

#[tokio::test]
async fn a_load_that_succeeds_keeps_the_key_to_itself() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..251)).key(KEY));
    let api = api.script(2, Reply::status(503).body(format!("not now, {KEY}")));
    let (server, logs) = (api.serve(), Logs::new());
    let connector = example();
    let database = folder.database();
    let report = connector_tests::run(&connector, &server, &database).await;
    assert_eq!(connector_tests::done(&report).inserted, 250);
    assert_clean("Debug", &format!("{report:?}"));
    assert_clean("JSON", &serde_json::to_string(&report).expect("JSON"));
    assert_clean("the log", &logs.text());
    assert!(logs.text().contains("trying again"), "the log is kept: {}", logs.text());
    assert_clean("the database", &String::from_utf8_lossy(&database.bytes()));
}
