//! Redirects of a token server, which is at home at its own origin.

use super::*;

/// A token server that sends whoever asks for a token on, and serves `/v2/token`.
fn moved(to: impl Into<String>) -> Server {
    let to = to.into();
    Server::start(move |request| match request.path.as_str() {
        "/v2/token" => Reply::json(format!(r#"{{"access_token":"{TOKEN}"}}"#)),
        _ => Reply::status(307).header("location", to.clone()),
    })
}

#[tokio::test]
async fn within_the_token_servers_own_origin_they_are_followed() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..11)).serve());
    let server = moved("/v2/token");
    let report = run(&oauth(format!("{}/token", server.url())), &api, &folder.database()).await;
    done(&report);
    let moved = &server.requests()[1];
    assert_eq!(moved.method, "POST");
    assert_eq!(moved.form("client_secret").as_deref(), Some(SECRET));
}

#[tokio::test]
async fn d15_to_another_origin_they_are_not_even_to_that_of_the_api() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..11)).serve());
    let server = moved(format!("{}/v2/token", api.url()));
    let report = run(&oauth(format!("{}/token", server.url())), &api, &folder.database()).await;
    assert_says(
        failed(&report),
        &["the token server: the redirect was not followed", "it leads to another origin"],
    );
    assert_eq!(api.count(), 0);
}
