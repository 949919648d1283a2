//! A token server whose refresh tokens are good for one use each.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::server::{Reply, Request};

/// `POST /token` and the API behind it; a clone shares everything.
///
/// The first refresh token is `r3fresh-0`, the next one `r3fresh-1`; access tokens are `acc3ss-1`,
/// `acc3ss-2` and so on, all of them good until they are revoked.
#[derive(Clone, Default)]
pub struct Rotating(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    issued: usize,
    revoked: usize,
    rotates: bool,
}

impl Rotating {
    /// One that replaces its refresh tokens, or one that does not.
    pub fn new(rotates: bool) -> Self {
        let server = Self::default();
        server.inner().rotates = rotates;
        server
    }

    /// How many access tokens were issued.
    pub fn issued(&self) -> usize {
        self.inner().issued
    }

    /// From now on no access token is taken that was issued up to now.
    pub fn revoke(&self) {
        let mut inner = self.inner();
        inner.revoked = inner.issued;
    }

    /// The answer to a request for a token; for any other one, `api`'s if it is signed.
    pub fn answer(&self, request: &Request, api: impl FnOnce(&Request) -> Reply) -> Reply {
        let mut inner = self.inner();
        if request.path != "/token" {
            let number = request
                .header("authorization")
                .and_then(|header| header.strip_prefix("Bearer acc3ss-")?.parse::<usize>().ok());
            return match number {
                Some(number) if number > inner.revoked && number <= inner.issued => api(request),
                _ => Reply::status(401).body(r#"{"error":"invalid_token"}"#),
            };
        }
        let sent = request.form("refresh_token").unwrap_or_default();
        let good = if inner.rotates { inner.issued } else { 0 };
        if sent != format!("r3fresh-{good}") {
            let body = format!(
                r#"{{"error":"invalid_grant","error_description":"{sent} was used before"}}"#
            );
            return Reply::status(400).body(body);
        }
        inner.issued += 1;
        let number = inner.issued;
        let mut body = serde_json::json!({
            "access_token": format!("acc3ss-{number}"),
            "token_type": "Bearer",
        });
        if inner.rotates {
            body["refresh_token"] = format!("r3fresh-{number}").into();
        }
        Reply::json(body.to_string())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
