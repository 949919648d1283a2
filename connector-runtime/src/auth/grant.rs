//! [`Grant`]: what a token is asked for with, and what a refusal then means.

use serde_json::Value;

use super::shown;

/// What a token is asked for with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    ClientCredentials,
    #[cfg_attr(not(feature = "jwt"), allow(dead_code, reason = "asked for with the feature only"))]
    JwtBearer,
    /// A login of the API's own: not OAuth2.
    Login,
    RefreshToken,
}

impl Grant {
    /// The `grant_type` of a form.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Self::Login => "login",
            Self::RefreshToken => "refresh_token",
        }
    }

    /// Who is asked, for messages.
    pub(crate) fn server(self) -> &'static str {
        match self {
            Self::Login => "the login",
            _ => "the token server",
        }
    }

    /// Whether the answer may hold what can be had only once: a request that is on its way is then
    /// waited for, even when the run is told to stop.
    pub(crate) fn is_answered_once(self) -> bool {
        self == Self::RefreshToken
    }
}

/// What a server says that gives no token.
pub(crate) struct Refusal {
    grant: Grant,
    status: u16,
    /// Of an OAuth2 server (RFC 6749, 5.2): its code and its explanation.
    code: Option<String>,
    description: Option<String>,
}

impl Refusal {
    /// Reads an answer that is no success.
    pub(crate) fn read(grant: Grant, status: u16, body: &[u8]) -> Self {
        let answer = match serde_json::from_slice(body) {
            Ok(Value::Object(answer)) if grant != Grant::Login => answer,
            _ => serde_json::Map::new(),
        };
        let text = |key| answer.get(key).and_then(Value::as_str).map(shown);
        Self { grant, status, code: text("error"), description: text("error_description") }
    }

    /// The code and the explanation, if there is a code.
    pub(crate) fn said(&self) -> Option<String> {
        let code = self.code.as_ref()?;
        Some(match &self.description {
            Some(text) => format!("`{code}`, {text}"),
            None => format!("`{code}`"),
        })
    }

    /// Whether it is a setting to mend, which is no better a second later: one of the codes of RFC
    /// 6749, or a login that was refused, which tried again may lock an account.
    pub(crate) fn is_final(&self) -> bool {
        const CODES: [&str; 7] = [
            "access_denied",
            "invalid_client",
            "invalid_grant",
            "invalid_request",
            "invalid_scope",
            "unauthorized_client",
            "unsupported_grant_type",
        ];
        match self.grant {
            Grant::Login => {
                (400..500).contains(&self.status) && !matches!(self.status, 408 | 425 | 429)
            }
            _ => self.code.as_deref().is_some_and(|code| CODES.contains(&code)),
        }
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> Option<String> {
        let code = match (&self.code, self.grant, self.status) {
            (Some(code), ..) => code.as_str(),
            (None, Grant::Login, 404 | 405) => {
                return Some("check `login_url` and `method`".to_owned());
            }
            (None, Grant::Login, 400..500) if self.is_final() => {
                return Some(
                    "check the credentials of the login, and under which names the API takes them"
                        .to_owned(),
                );
            }
            (None, Grant::Login, _) => return None,
            (None, _, 404) => return Some("check `token_url`".to_owned()),
            (None, ..) => return None,
        };
        Some(match (code, self.grant) {
            ("invalid_grant", Grant::RefreshToken) => {
                "the refresh token was used up or revoked, has expired, or belongs to another client: authorize again, and configure the new one".to_owned()
            }
            ("invalid_grant" | "invalid_client", Grant::JwtBearer) => {
                "check `private_key`, `key_id`, `issuer`, `subject`, `audience` and `lifetime` against what the server wants, and this machine's clock".to_owned()
            }
            ("invalid_client", _) => {
                "check the client id and the client secret, and whether the server takes them by `client_auth = basic` or `client_auth = body`".to_owned()
            }
            ("invalid_scope", _) => "check `scopes` against what the client may ask for".to_owned(),
            ("unauthorized_client" | "unsupported_grant_type", grant) => {
                format!("allow the client the grant type `{}` at the server", grant.name())
            }
            ("invalid_request", Grant::JwtBearer) => {
                "check `token_url`, and whether the server wants further `params(..)`".to_owned()
            }
            ("invalid_request", Grant::RefreshToken) => {
                "check `token_url`, and whether the server wants `client_auth = basic` or `client_auth = body`, or further `params(..)`".to_owned()
            }
            ("invalid_request", _) => {
                "check `token_url`, and whether the server wants `client_auth = basic` or `client_auth = body`, `audience` or further `params(..)`".to_owned()
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_again() {
        for (grant, status, body, is_final, help) in [
            (Grant::RefreshToken, 400, r#"{"error":"invalid_grant"}"#, true, "authorize again"),
            (Grant::RefreshToken, 400, r#"{"error":"busy"}"#, false, ""),
            (Grant::JwtBearer, 400, r#"{"error":"invalid_grant"}"#, true, "this machine's clock"),
            (Grant::ClientCredentials, 503, "<html>", false, ""),
            (Grant::ClientCredentials, 404, "<html>", false, "check `token_url`"),
            // a wrong password tried again and again locks an account
            (Grant::Login, 401, r#"{"error":"no"}"#, true, "the credentials of the login"),
            (Grant::Login, 404, "", true, "check `login_url`"),
            (Grant::Login, 429, "", false, ""),
            (Grant::Login, 503, r#"{"error":"invalid_grant"}"#, false, ""),
        ] {
            let refusal = Refusal::read(grant, status, body.as_bytes());
            assert_eq!(refusal.is_final(), is_final, "{grant:?} {status} {body}");
            let found = refusal.help().unwrap_or_default();
            assert!(found.contains(help) && found.is_empty() == help.is_empty(), "{found}");
        }
    }
}
