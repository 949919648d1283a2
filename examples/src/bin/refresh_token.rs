//! A refresh token that the server replaces with each use, as many do: the new one is kept in a
//! private file before anything else is sent, and the next run begins with it. Token server and API
//! are played in this process.
//!
//! ```sh
//! cargo run --bin refresh_token
//! ```

use std::error::Error;
use std::future::{Future, ready};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use connector_runtime::http::{Request, Response, Transport, TransportError};
use connector_runtime::prelude::*;

/// A CRM, in the name of the person who has allowed it.
#[derive(Connector)]
#[connector(
    base_url = "https://api.crm.example",
    auth = oauth2_refresh_token(
        token_url = "https://login.crm.example/oauth/token",
        refresh_token = refresh_token,
        client_id = client_id,
    ),
    resources(Contact),
)]
struct Crm {
    /// What the person's browser brought home.
    refresh_token: Secret,
    /// The program's name at the token server.
    client_id: String,
}

/// A contact.
#[derive(Resource)]
#[resource(path = "/v1/contacts", data_selector = "contacts")]
struct Contact {
    #[column(primary_key)]
    id: i64,
    name: String,
}

/// Token server and API. The refresh token of number n is good once, and replaced by n + 1.
#[derive(Debug, Default)]
struct Server {
    uses: AtomicUsize,
}

impl Server {
    fn answer(&self, request: &Request) -> Response {
        if request.url().path() != "/oauth/token" {
            return Response::new(200, r#"{"contacts":[{"id":1,"name":"Ada"}]}"#);
        }
        let form = request.secret_form().map(Secret::expose).unwrap_or_default();
        let number = self.uses.load(Ordering::SeqCst);
        if !form.split('&').any(|field| field == format!("refresh_token=refresh-{number}")) {
            return Response::new(400, r#"{"error":"invalid_grant"}"#);
        }
        let next = self.uses.fetch_add(1, Ordering::SeqCst) + 1;
        Response::new(
            200,
            format!(r#"{{"access_token":"access-{next}","refresh_token":"refresh-{next}"}}"#),
        )
    }
}

impl Transport for Server {
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
        Box::pin(ready(Ok(self.answer(request))))
    }
}

/// One run with the token that was configured once.
async fn contacts(server: &Arc<Server>, state: &Path) -> connector_runtime::Result<Vec<String>> {
    let crm = Crm { refresh_token: "refresh-0".into(), client_id: "sync".to_owned() };
    // a program with a command line takes `CONNECTOR_STATE_DIR`, or the platform's own directory
    let mut rows = crm.rows::<Contact>().transport(server.clone()).state_dir(state);
    let mut names = Vec::new();
    while let Some(contact) = rows.next().await {
        let Contact { id, name } = contact?;
        names.push(format!("{id} {name}"));
    }
    Ok(names)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, state) = (Arc::new(Server::default()), tempfile::tempdir()?);
    for run in 1..=3 {
        println!("run {run}: {:?}", contacts(&server, state.path()).await?);
    }
    println!("the server has replaced {} tokens", server.uses.load(Ordering::SeqCst));
    let another = tempfile::tempdir()?;
    let error = contacts(&server, another.path()).await.expect_err("it was used up");
    println!("without the file: {error}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_run_begins_where_the_last_one_ended() {
        let (server, state) = (Arc::new(Server::default()), tempfile::tempdir().expect("a folder"));
        for _ in 0..3 {
            let found = contacts(&server, state.path()).await.expect("a contact");
            assert_eq!(found, ["1 Ada"]);
        }
        assert_eq!(server.uses.load(Ordering::SeqCst), 3);
        let another = tempfile::tempdir().expect("a folder");
        assert!(contacts(&server, another.path()).await.is_err());
    }
}
