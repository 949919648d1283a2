//! A signature of one's own: an exchange that wants each request signed with HMAC-SHA256 over time,
//! method and target. The API is played in this process, and checks the signatures.
//!
//! ```sh
//! cargo run --bin hmac
//! ```

use std::error::Error;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use connector_runtime::auth::Credentials;
use connector_runtime::http::{Request, Response, Transport, TransportError};
use connector_runtime::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// An exchange.
#[derive(Connector)]
#[connector(base_url = "https://api.exchange.example", auth = with(sign), resources(Trade))]
struct Exchange {
    /// Name of the key, which everybody may see.
    key_id: String,
    /// The key itself, which is never sent.
    signing_key: Secret,
}

/// A trade.
#[derive(Resource)]
#[resource(path = "/v1/trades", data_selector = "trades", paginator = offset(limit = 2))]
struct Trade {
    #[column(primary_key)]
    id: i64,
    price: Decimal,
}

/// Called for each try of each request, so that the time is never old.
fn sign(credentials: &Credentials<'_>, request: &mut Request) -> connector_runtime::Result<()> {
    let time = Timestamp::now().as_millisecond().to_string();
    let signature = signature(credentials.secret("signing_key")?, &time, request);
    request.push_header("x-key", credentials.text("key_id")?);
    request.push_header("x-time", time);
    // not shown in any log, as every credential
    request.push_secret_header("x-signature", signature);
    Ok(())
}

/// `HMAC(key, time + method + target)` in hexadecimal digits.
fn signature(key: &Secret, time: &str, request: &Request) -> Secret {
    let url = request.url();
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes())
        .expect("BUG: a key of any length will do");
    for part in [time, request.method().as_str(), url.path(), "?", url.query().unwrap_or_default()]
    {
        mac.update(part.as_bytes());
    }
    let digits = mac.finalize().into_bytes().into_iter().map(|byte| format!("{byte:02x}"));
    Secret::new(digits.collect::<String>())
}

/// The API: five trades for whoever signs with the key.
#[derive(Debug)]
struct Api {
    key: Secret,
}

impl Api {
    fn answer(&self, request: &Request) -> Response {
        let time = request.header("x-time").unwrap_or_default();
        let expected = signature(&self.key, time, request);
        if request.secret_header("x-signature") != Some(&expected) {
            return Response::new(401, r#"{"error":"bad signature"}"#);
        }
        let offset: i64 = request.param("offset").and_then(|text| text.parse().ok()).unwrap_or(0);
        let trades = (offset + 1..=5).take(2);
        let trades: Vec<_> =
            trades.map(|id| format!(r#"{{"id":{id},"price":"{id}.50"}}"#)).collect();
        Response::new(200, format!(r#"{{"trades":[{}]}}"#, trades.join(",")))
    }
}

impl Transport for Api {
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
        Box::pin(ready(Ok(self.answer(request))))
    }
}

/// The ids and prices that a key opens.
async fn trades(signing_key: &str) -> connector_runtime::Result<Vec<(i64, Decimal)>> {
    let exchange = Exchange { key_id: "k-1".to_owned(), signing_key: signing_key.into() };
    let api = Arc::new(Api { key: "the key that both sides know".into() });
    let mut rows = exchange.rows::<Trade>().transport(api);
    let mut trades = Vec::new();
    while let Some(trade) = rows.next().await {
        let Trade { id, price } = trade?;
        trades.push((id, price));
    }
    Ok(trades)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    for (id, price) in trades("the key that both sides know").await? {
        println!("trade {id} at {price}");
    }
    let error = trades("another key").await.expect_err("the API checks signatures");
    println!("with another key: {error}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn signatures_are_checked() {
        let found = trades("the key that both sides know").await.expect("five trades");
        assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert!(trades("another key").await.is_err());
    }

    /// Test case 2 of RFC 4231, with the message split as a request is.
    #[test]
    fn it_is_hmac_sha256() {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").expect("a key");
        mac.update(b"what do ya want ");
        mac.update(b"for nothing?");
        let digits = mac.finalize().into_bytes().into_iter().map(|b| format!("{b:02x}"));
        assert_eq!(
            digits.collect::<String>(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
