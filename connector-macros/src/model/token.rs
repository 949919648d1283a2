//! Kinds of authentication that ask for tokens. What is `None` is the runtime's default.

use syn::Path;

use super::{ClientAuth, Param, Selector, Template};
use crate::diag::Spans;

/// `oauth2_refresh_token(..)`.
pub(crate) struct RefreshToken {
    pub(crate) token_url: Template,
    pub(crate) refresh_token: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<String>,
    pub(crate) client_auth: Option<ClientAuth>,
    pub(crate) scopes: Option<String>,
    pub(crate) params: Vec<Param>,
    pub(crate) leeway_ms: Option<u64>,
    /// How a token is loaded, and how it is stored.
    pub(crate) on_rotate: Option<(Path, Path)>,
}

/// `oauth2_jwt(..)`.
pub(crate) struct Jwt {
    /// Where it stands, for what only the runtime knows: whether it can sign.
    pub(crate) spans: Spans,
    pub(crate) token_url: Template,
    pub(crate) private_key: String,
    pub(crate) issuer: Template,
    pub(crate) subject: Option<Template>,
    pub(crate) audience: Option<Template>,
    pub(crate) scopes: Option<String>,
    pub(crate) key_id: Option<Template>,
    pub(crate) lifetime_ms: Option<u64>,
    pub(crate) params: Vec<Param>,
    pub(crate) leeway_ms: Option<u64>,
}

/// `session_token(..)`.
pub(crate) struct SessionToken {
    /// Where it stands, for what only the fields' types tell: whether there is a secret.
    pub(crate) spans: Spans,
    pub(crate) login: Login,
    pub(crate) http_basic: Option<(String, Option<String>)>,
    pub(crate) token_path: Selector,
    pub(crate) lifetime_ms: Option<u64>,
    pub(crate) header: Option<String>,
    pub(crate) prefix: Option<String>,
}

/// The request of a login.
pub(crate) struct Login {
    pub(crate) url: Template,
    pub(crate) get: bool,
    pub(crate) body: LoginBody,
    pub(crate) params: Vec<Param>,
    pub(crate) headers: Vec<Param>,
}

/// What a login sends, and whether each value is a number, `true` or `false`.
pub(crate) enum LoginBody {
    Form(Vec<(Param, bool)>),
    Json(Vec<(Param, bool)>),
    None,
}
