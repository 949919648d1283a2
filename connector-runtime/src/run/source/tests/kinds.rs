//! Each kind that asks for tokens, with many requests at once.

use std::path::PathBuf;

use super::*;
use crate::auth::Credentials;

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_refresh_token(
        token_url = "https://auth.example.com/token",
        refresh_token = token,
        client_id = id,
    ),
    resources(Thing),
)]
struct RefreshToken {
    token: Secret,
    id: String,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_refresh_token(
        token_url = "https://auth.example.com/token",
        refresh_token = token,
        client_id = id,
        on_rotate(load = load, store = store),
    ),
    resources(Thing),
)]
struct Hooked {
    token: Secret,
    id: String,
}

fn load(_: &Credentials<'_>) -> Result<Option<Secret>> {
    Ok(None)
}

fn store(_: &Credentials<'_>, _: &Secret) -> Result<()> {
    unreachable!("the server replaces nothing")
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = session_token(
        login_url = "https://auth.example.com/token",
        form(password = config.password),
        token_path = "access_token",
        lifetime = "59m",
    ),
    resources(Thing),
)]
struct Login {
    password: Secret,
}

async fn one_token_for_fifty(connector: &impl Connector, state_dir: Option<PathBuf>) {
    let api = Arc::new(Api::default());
    let transport: Arc<dyn Transport> = api.clone();
    let overrides = Overrides {
        transport: Some(transport),
        state_dir,
        max_concurrency: Some(50),
        ..Overrides::default()
    };
    let source = Source::open(Instance::of(connector), overrides).expect("it is complete");
    let source = Arc::new(source);
    let issued = || api.issued.load(Ordering::SeqCst);
    fifty(&source).await;
    assert_eq!(issued(), 1, "at the start");
    api.revoked.store(1, Ordering::SeqCst);
    fifty(&source).await;
    assert_eq!(issued(), 2, "after it was revoked");
    assert_eq!(api.refused.load(Ordering::SeqCst), 50);
    tokio::time::advance(Duration::from_secs(3540)).await;
    fifty(&source).await;
    assert_eq!(issued(), 3, "at its end");
    assert_eq!(api.served.load(Ordering::SeqCst), 150);
}

#[tokio::test(start_paused = true)]
async fn fifty_requests_cause_one_refresh() {
    let folder = tempfile::tempdir().expect("a folder");
    let (token, id) = ("refresh".into(), "id".to_owned());
    let connector = RefreshToken { token, id };
    one_token_for_fifty(&connector, Some(folder.path().to_owned())).await;
}

#[tokio::test(start_paused = true)]
async fn fifty_requests_cause_one_refresh_with_functions() {
    one_token_for_fifty(&Hooked { token: "refresh".into(), id: "id".to_owned() }, None).await;
}

#[tokio::test(start_paused = true)]
async fn fifty_requests_cause_one_login() {
    one_token_for_fifty(&Login { password: "password".into() }, None).await;
}

#[cfg(feature = "jwt")]
#[tokio::test(start_paused = true)]
async fn fifty_requests_cause_one_assertion() {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::RsaKeyPair;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        auth = oauth2_jwt(
            token_url = "https://auth.example.com/token",
            private_key = key,
            issuer = "me",
        ),
        resources(Thing),
    )]
    struct Jwt {
        key: Secret,
    }

    let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der: Pkcs8V1Der<'_> = key.as_der().expect("its text");
    let der = STANDARD.encode(der.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
    one_token_for_fifty(&Jwt { key: pem.into() }, None).await;
}

/// Who waits for a token takes no turn from the others: the first request goes as soon as there is
/// one, however long the token server takes.
#[tokio::test(start_paused = true)]
async fn a_turn_is_taken_after_the_token_has_come() {
    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        auth = oauth2_client_credentials(
            token_url = "https://auth.example.com/token",
            client_id = id,
            client_secret = secret,
        ),
        rate_limit = "1/s",
        resources(Thing),
    )]
    struct Limited {
        id: String,
        secret: Secret,
    }

    #[derive(Debug, Default)]
    struct Slow(std::sync::Mutex<Vec<tokio::time::Instant>>);

    impl Transport for Slow {
        fn send<'a>(
            &'a self,
            request: &'a Request,
        ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
            Box::pin(async move {
                if request.url().path() == "/token" {
                    tokio::time::sleep(Duration::from_secs(10)).await;
                    return Ok(Response::new(200, r#"{"access_token":"t0ken"}"#));
                }
                self.0.lock().expect("no panic").push(tokio::time::Instant::now());
                Ok(Response::new(200, "[]"))
            })
        }
    }

    let api = Arc::new(Slow::default());
    let overrides = Overrides { transport: Some(api.clone()), ..Overrides::default() };
    let connector = Limited { id: "id".to_owned(), secret: "secret".into() };
    let source = Source::open(Instance::of(&connector), overrides).expect("it is complete");
    let url = "https://api.example.com/things";
    let (a, b, c) = tokio::join!(ask(&source, url), ask(&source, url), ask(&source, url));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    let times = api.0.lock().expect("no panic").clone();
    for pair in times.windows(2) {
        assert!(pair[1] - pair[0] >= Duration::from_secs(1), "{times:?}");
    }
}
