//! `auth = oauth2_refresh_token(..)` and `auth = oauth2_jwt(..)`.

use syn::Path;

use super::auth::{client_auth, credential, named, required};
use super::connector::{self, RawUrl};
use super::options::{Options, Owner};
use super::params::{self, RawParam};
use super::syntax::Arg;
use crate::diag::{At, Spans};
use crate::keys::Place;
use crate::model::ClientAuth;

/// `oauth2_refresh_token(..)`.
pub(crate) struct RawRefreshToken {
    pub(crate) token_url: Option<RawUrl>,
    pub(crate) refresh_token: Option<At<String>>,
    pub(crate) client_id: Option<At<String>>,
    pub(crate) client_secret: Option<At<String>>,
    pub(crate) has_secret: bool,
    pub(crate) client_auth: Option<At<ClientAuth>>,
    pub(crate) scopes: Option<At<String>>,
    pub(crate) params: Vec<RawParam>,
    pub(crate) leeway: Option<At<String>>,
    pub(crate) on_rotate: Option<RawRotation>,
}

/// `on_rotate(..)`.
pub(crate) struct RawRotation {
    pub(crate) load: Option<Path>,
    pub(crate) store: Option<Path>,
}

/// `oauth2_jwt(..)`.
pub(crate) struct RawJwt {
    /// The word `oauth2_jwt`.
    pub(crate) kind: Spans,
    pub(crate) token_url: Option<RawUrl>,
    pub(crate) private_key: Option<At<String>>,
    pub(crate) issuer: Option<RawUrl>,
    pub(crate) subject: Option<RawUrl>,
    pub(crate) audience: Option<RawUrl>,
    pub(crate) scopes: Option<At<String>>,
    pub(crate) key_id: Option<RawUrl>,
    pub(crate) lifetime: Option<At<String>>,
    pub(crate) params: Vec<RawParam>,
    pub(crate) leeway: Option<At<String>>,
}

pub(super) fn refresh_token(owner: Owner<'_>, kind: Spans, args: Vec<Arg>) -> RawRefreshToken {
    let options = Options::new(owner, Place::OAuth2RefreshToken, args);
    required(
        owner,
        &options,
        ("oauth2_refresh_token", kind),
        &["token_url", "refresh_token", "client_id"],
        "token_url = \"https://auth.example.com/token\", refresh_token = refresh_token, client_id = client_id",
    );
    let secret = |option| credential(owner, options.value(option).map(|(_, node)| node));
    let raw = RawRefreshToken {
        token_url: connector::url(&options, "token_url"),
        refresh_token: secret("refresh_token"),
        client_id: named(owner, &options, "client_id", "String"),
        client_secret: secret("client_secret"),
        has_secret: options.has("client_secret") || !options.complete(),
        client_auth: client_auth(&options),
        scopes: options.text("scopes"),
        params: params::params(owner, &options, "params"),
        leeway: options.text("leeway"),
        on_rotate: rotation(owner, &options),
    };
    options.done();
    raw
}

fn rotation(owner: Owner<'_>, options: &Options<'_>) -> Option<RawRotation> {
    let (name, args) = options.args("on_rotate")?;
    let options = Options::new(owner, Place::OnRotate, args);
    required(
        owner,
        &options,
        ("on_rotate", name),
        &["load", "store"],
        "load = path::to::function, store = path::to::function",
    );
    let raw = RawRotation { load: options.path("load"), store: options.path("store") };
    options.done();
    Some(raw)
}

pub(super) fn jwt(owner: Owner<'_>, kind: Spans, args: Vec<Arg>) -> RawJwt {
    let options = Options::new(owner, Place::OAuth2Jwt, args);
    required(
        owner,
        &options,
        ("oauth2_jwt", kind),
        &["token_url", "private_key", "issuer"],
        "token_url = \"https://auth.example.com/token\", private_key = private_key, issuer = config.issuer",
    );
    let raw = RawJwt {
        kind,
        token_url: connector::url(&options, "token_url"),
        private_key: credential(owner, options.value("private_key").map(|(_, node)| node)),
        issuer: connector::url(&options, "issuer"),
        subject: connector::url(&options, "subject"),
        audience: connector::url(&options, "audience"),
        scopes: options.text("scopes"),
        key_id: connector::url(&options, "key_id"),
        lifetime: options.text("lifetime"),
        params: params::params(owner, &options, "params"),
        leeway: options.text("leeway"),
    };
    options.done();
    raw
}
