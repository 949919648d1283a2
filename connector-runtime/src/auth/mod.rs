//! How requests are signed.

use crate::http::Request;
use crate::secret::Secret;
use crate::spec::{AuthSpec, KeyLocation};

/// The credentials of one connector, ready to sign requests.
#[derive(Debug)]
pub(crate) enum Auth {
    ApiKey {
        name: &'static str,
        location: KeyLocation,
        key: Secret,
    },
    Bearer {
        token: Secret,
    },
    /// None declared, or an optional credential was left out.
    None,
}

impl Auth {
    /// `credential` is the value of the field that `spec` names.
    pub(crate) fn new(spec: Option<AuthSpec>, credential: Option<Secret>) -> Self {
        match (spec, credential) {
            (Some(AuthSpec::ApiKey { name, location, .. }), Some(key)) => {
                Self::ApiKey { name, location, key }
            }
            (Some(AuthSpec::Bearer { .. }), Some(token)) => Self::Bearer { token },
            _ => Self::None,
        }
    }

    /// Adds the credentials to a request.
    pub(crate) fn sign(&self, request: &mut Request) {
        match self {
            Self::ApiKey { name, location: KeyLocation::Query, key } => {
                request.push_secret_param(name, key.clone());
            }
            Self::ApiKey { name, location: KeyLocation::Header, key } => {
                request.push_secret_header(name, key.clone());
            }
            Self::Bearer { token } => {
                let value = Secret::new(format!("Bearer {}", token.expose()));
                request.push_secret_header("authorization", value);
            }
            Self::None => {}
        }
    }
}
