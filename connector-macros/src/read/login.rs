//! `auth = session_token(..)`.

use super::auth::{self, RawHttpBasic, required};
use super::connector::{self, RawUrl};
use super::options::{Options, Owner};
use super::params::{self, RawParam};
use super::syntax::Arg;
use crate::diag::{At, Spans};
use crate::keys::Place;

/// `session_token(..)`.
pub(crate) struct RawSessionToken {
    /// The word `session_token`.
    pub(crate) kind: Spans,
    pub(crate) login_url: Option<RawUrl>,
    /// `method = get`, else `post`.
    pub(crate) get: Option<At<bool>>,
    pub(crate) json: Option<RawPairs>,
    pub(crate) form: Option<RawPairs>,
    pub(crate) params: Vec<RawParam>,
    pub(crate) headers: Vec<RawParam>,
    pub(crate) http_basic: Option<(Spans, RawHttpBasic)>,
    pub(crate) token_path: Option<At<String>>,
    pub(crate) lifetime: Option<At<String>>,
    pub(crate) header: Option<At<String>>,
    pub(crate) prefix: Option<At<String>>,
}

/// `json(..)`: where the word stands, and what is in it.
pub(crate) struct RawPairs {
    pub(crate) name: Spans,
    pub(crate) pairs: Vec<RawParam>,
}

pub(super) fn session_token(owner: Owner<'_>, kind: Spans, args: Vec<Arg>) -> RawSessionToken {
    const METHODS: [(&str, bool); 2] = [("get", true), ("post", false)];
    let options = Options::new(owner, Place::SessionToken, args);
    required(
        owner,
        &options,
        ("session_token", kind),
        &["login_url", "token_path"],
        "login_url = \"/login\", json(username = config.user, password = config.password), token_path = \"token\"",
    );
    let pairs = |option| {
        let (name, args) = options.args(option)?;
        Some(RawPairs { name, pairs: params::pairs(owner.diag, option, args) })
    };
    let raw = RawSessionToken {
        kind,
        login_url: connector::url(&options, "login_url"),
        get: options.word("method", "method of a login", &METHODS),
        json: pairs("json"),
        form: pairs("form"),
        params: params::params(owner, &options, "params"),
        headers: params::params(owner, &options, "headers"),
        http_basic: options
            .args("http_basic")
            .map(|(name, args)| (name, auth::http_basic(owner, name, args))),
        token_path: options.text("token_path"),
        lifetime: options.text("lifetime"),
        header: options.text("header"),
        prefix: options.text("prefix"),
    };
    options.done();
    raw
}
