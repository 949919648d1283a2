//! Credentials and tokens, with many requests at once.

mod kinds;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use connector_runtime::prelude::*;

use super::*;
use crate::client::{Answer, Call};
use crate::http::{Response, TransportError};

use crate::report::{Meter, Unobserved};
use crate::spec::Method;

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_client_credentials(
        token_url = "https://auth.example.com/token",
        client_id = id,
        client_secret = secret,
    ),
    resources(Thing),
)]
struct OAuth {
    id: String,
    secret: Secret,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com:443/v1", auth = bearer(token), resources(Thing))]
struct Bearer {
    token: Secret,
}

#[derive(Resource)]
#[resource(path = "/things")]
struct Thing {
    #[column(primary_key)]
    _id: i64,
}

/// Takes the token it has issued last, unless that was revoked.
#[derive(Debug, Default)]
struct Api {
    issued: AtomicUsize,
    revoked: AtomicUsize,
    refused: AtomicUsize,
    served: AtomicUsize,
}

impl Transport for Api {
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
        Box::pin(async move {
            // everybody has asked before anybody gets an answer
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            if request.url().path() == "/token" {
                let number = self.issued.fetch_add(1, Ordering::SeqCst) + 1;
                return Ok(Response::new(200, format!(r#"{{"access_token":"token-{number}"}}"#)));
            }
            let sent = request.secret_header("authorization").cloned();
            let issued = self.issued.load(Ordering::SeqCst);
            if issued <= self.revoked.load(Ordering::SeqCst)
                || sent != Some(Secret::new(format!("Bearer token-{issued}")))
            {
                self.refused.fetch_add(1, Ordering::SeqCst);
                return Ok(Response::new(401, ""));
            }
            self.served.fetch_add(1, Ordering::SeqCst);
            Ok(Response::new(200, "[]"))
        })
    }
}

fn open(connector: &impl Connector, api: &Arc<Api>) -> Arc<Source> {
    let transport: Arc<dyn Transport> = api.clone();
    let overrides =
        Overrides { transport: Some(transport), max_concurrency: Some(50), ..Overrides::default() };
    let source = Source::open(Instance::of(connector), overrides).expect("it is complete");
    Arc::new(source)
}

fn oauth() -> OAuth {
    OAuth { id: "id".to_owned(), secret: "secret".into() }
}

async fn ask(source: &Source, url: &str) -> Result<Response> {
    let meter = Meter::default();
    let call = Call {
        template: "/",
        resource: "things",
        page: 1,
        rules: &[],
        meter: &meter,
        observer: &Unobserved,
        ahead: false,
    };
    let url = Url::parse(url).expect("a URL");
    match source.client.send(Request::new(Method::Get, url), call).await? {
        Answer::Page(response) => Ok(response),
        answer => panic!("{answer:?} without rules"),
    }
}

async fn fifty(source: &Arc<Source>) {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..50 {
        let source = source.clone();
        tasks.spawn(
            async move { ask(&source, &format!("https://api.example.com/things?n={n}")).await },
        );
    }
    for outcome in tasks.join_all().await {
        outcome.expect("an answer");
    }
}

#[tokio::test]
async fn fifty_requests_cause_one_refresh() {
    let api = Arc::new(Api::default());
    let source = open(&oauth(), &api);
    fifty(&source).await;
    assert_eq!(api.issued.load(Ordering::SeqCst), 1, "at the start");
    assert_eq!(api.refused.load(Ordering::SeqCst), 0);

    // all fifty are refused, each asks again once, with one new token
    api.revoked.store(1, Ordering::SeqCst);
    fifty(&source).await;
    assert_eq!(api.issued.load(Ordering::SeqCst), 2, "after the token was revoked");
    assert_eq!(api.refused.load(Ordering::SeqCst), 50);
    assert_eq!(api.served.load(Ordering::SeqCst), 100);
}

#[tokio::test(start_paused = true)]
async fn fifty_requests_cause_one_refresh_at_the_end_of_a_token() {
    let api = Arc::new(Api::default());
    let source = open(&oauth(), &api);
    fifty(&source).await;
    // an hour, the life of a token that does not say, less the leeway
    tokio::time::advance(Duration::from_secs(3600 - 60)).await;
    fifty(&source).await;
    assert_eq!(api.issued.load(Ordering::SeqCst), 2);
    assert_eq!(api.refused.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn one_refusal_of_the_token_server_is_enough_for_fifty_requests() {
    #[derive(Debug, Default)]
    struct Refusing(AtomicUsize);

    impl Transport for Refusing {
        fn send<'a>(
            &'a self,
            _: &'a Request,
        ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
            Box::pin(async move {
                tokio::task::yield_now().await;
                self.0.fetch_add(1, Ordering::SeqCst);
                Ok(Response::new(401, r#"{"error":"invalid_client"}"#))
            })
        }
    }

    let api = Arc::new(Refusing::default());
    let overrides = Overrides { transport: Some(api.clone()), ..Overrides::default() };
    let source = Source::open(Instance::of(&oauth()), overrides).expect("it is complete");
    let source = Arc::new(source);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let source = source.clone();
        tasks.spawn(async move { ask(&source, "https://api.example.com/things").await });
    }
    for outcome in tasks.join_all().await {
        outcome.expect_err("no token");
    }
    assert_eq!(api.0.load(Ordering::SeqCst), 1);
    assert!(source.is_halted("resource_name"));
}

/// What a paginator may lead to gets no credentials: another host, port or scheme.
#[tokio::test]
async fn d15_credentials_go_to_the_configured_origin_only() {
    #[derive(Debug, Default)]
    struct Recorder(std::sync::Mutex<Vec<bool>>);

    impl Transport for Recorder {
        fn send<'a>(
            &'a self,
            request: &'a Request,
        ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
            let signed = request.secret_header("authorization").is_some();
            self.0.lock().expect("no panic").push(signed);
            Box::pin(std::future::ready(Ok(Response::new(200, "[]"))))
        }
    }

    let recorder = Arc::new(Recorder::default());
    let overrides = Overrides { transport: Some(recorder.clone()), ..Overrides::default() };
    let api = Bearer { token: "token".into() };
    let source = Source::open(Instance::of(&api), overrides).expect("it is complete");
    for url in [
        "https://api.example.com/v1/things",
        "https://API.example.com:443/elsewhere",
        "http://api.example.com/v1/things",
        "https://api.example.com:8443/v1/things",
        "https://api.example.com.evil.test/v1/things",
        "https://example.com/v1/things",
    ] {
        ask(&source, url).await.expect("an answer");
    }
    let signed = recorder.0.lock().expect("no panic").clone();
    assert_eq!(signed, [true, true, false, false, false, false]);
}
