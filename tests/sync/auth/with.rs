//! Signatures of one's own.

use super::*;

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", auth = with(sign), resources(Thing))]
struct Signed {
    account: String,
    key: Secret,
    other: Option<Secret>,
}

static SIGNED: AtomicUsize = AtomicUsize::new(0);

fn sign(
    credentials: &Credentials<'_>,
    request: &mut http::Request,
) -> connector_runtime::Result<()> {
    let number = SIGNED.fetch_add(1, Ordering::SeqCst);
    let account = credentials.text("account")?.to_owned();
    if account == "other" {
        credentials.secret("other")?;
    }
    if account == "misspelt" {
        credentials.secret("kee")?;
    }
    let signature = format!(
        "{:?} {} {} {number}",
        request.method(),
        request.url().path(),
        credentials.secret("key")?.expose()
    );
    request.push_header("x-account", account);
    request.push_secret_header("x-signature", signature.into());
    Ok(())
}

fn signed(account: &str) -> Signed {
    Signed { account: account.to_owned(), key: SECRET.into(), other: None }
}

#[tokio::test(start_paused = true)]
async fn each_try_is_signed_anew() {
    let script = ScriptedTransport::new()
        .on("/things", Response::new(503, ""))
        .on("/things", Response::new(200, "[]"));
    let (outcome, requests) = things(&signed("acme"), script).await;
    assert!(outcome.is_ok());
    assert_eq!(requests[0].header("x-account"), Some("acme"));
    let signatures = [0, 1].map(|at: usize| sent(&requests[at], "x-signature"));
    let start = format!("Get /things {SECRET} ");
    assert!(signatures.iter().all(|sent| sent.is_some_and(|text| text.starts_with(&start))));
    assert_ne!(signatures[0], signatures[1]);
    assert_eq!(requests[0].to_string(), "GET https://api.example.com/things");
    assert!(!format!("{requests:?}").contains("s3cret"));
}

#[tokio::test]
async fn what_a_function_cannot_find_is_an_error() {
    for (account, says) in [
        ("other", "`auth` needs `other`, which was left out"),
        (
            "misspelt",
            "`auth` asks for the field `kee`, which `Signed` does not have; its fields are `account`, `key`, `other`",
        ),
    ] {
        let (outcome, _) = things(&signed(account), ScriptedTransport::new()).await;
        let error = outcome.expect_err("no signature");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_says(&error, &[says]);
    }
}
