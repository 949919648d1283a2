//! `auth = kind(..)`.

use syn::Path;

use super::connector::{self, RawUrl};
use super::login::{self, RawSessionToken};
use super::oauth2::{self, RawJwt, RawRefreshToken};
use super::options::{self, Options, Owner};
use super::params::{self, RawParam};
use super::select::{self, RawSelect};
use super::syntax::{self, Arg, Kind, Node};
use crate::diag::{At, Spans};
use crate::keys::Place;
use crate::model::{ClientAuth, Location};

pub(crate) enum RawAuth {
    ApiKey { name: Option<At<String>>, location: Option<At<Location>>, value: Option<At<String>> },
    Bearer { token: Option<At<String>> },
    ClientCredentials(Box<RawClientCredentials>),
    HttpBasic(RawHttpBasic),
    Jwt(Box<RawJwt>),
    None,
    RefreshToken(Box<RawRefreshToken>),
    Select(RawSelect),
    SessionToken(Box<RawSessionToken>),
    With { function: Option<Path> },
}

/// `http_basic(..)`.
pub(crate) struct RawHttpBasic {
    pub(crate) username: Option<At<String>>,
    pub(crate) password: Option<At<String>>,
    pub(crate) has_password: bool,
}

/// `oauth2_client_credentials(..)`.
pub(crate) struct RawClientCredentials {
    pub(crate) token_url: Option<RawUrl>,
    pub(crate) client_id: Option<At<String>>,
    pub(crate) client_secret: Option<At<String>>,
    pub(crate) client_auth: Option<At<ClientAuth>>,
    pub(crate) scopes: Option<At<String>>,
    pub(crate) audience: Option<At<String>>,
    pub(crate) params: Vec<RawParam>,
    pub(crate) leeway: Option<At<String>>,
}

#[derive(Clone, Copy)]
enum AuthKind {
    ApiKey,
    Bearer,
    ClientCredentials,
    HttpBasic,
    None,
    Select,
    Jwt,
    RefreshToken,
    SessionToken,
    With,
}

impl RawAuth {
    /// The ways themselves: of a choice, its arms.
    pub(crate) fn leaves(&self) -> Vec<&Self> {
        match self {
            Self::Select(select) => select.arms.iter().map(|arm| &arm.auth.value).collect(),
            other => vec![other],
        }
    }
}

/// `auth = kind(..)`.
pub(super) fn auth(owner: Owner<'_>, options: &Options<'_>) -> Option<At<RawAuth>> {
    let (_, node) = options.value("auth")?;
    if call(&node).is_none() {
        options.wrong_form("auth", node.spans);
    }
    kind(owner, &node)
}

/// `bearer(token)`: its name and what is in parentheses.
pub(super) fn call(node: &Node) -> Option<(&Path, &[Arg])> {
    match &node.kind {
        Kind::Call(path, args) => Some((path, args)),
        Kind::Path(path) => Some((path, &[])),
        _ => None,
    }
}

/// `kind(..)`; the caller reports what is none.
pub(super) fn kind(owner: Owner<'_>, node: &Node) -> Option<At<RawAuth>> {
    const KINDS: [(&str, AuthKind); 10] = [
        ("api_key", AuthKind::ApiKey),
        ("bearer", AuthKind::Bearer),
        ("http_basic", AuthKind::HttpBasic),
        ("none", AuthKind::None),
        ("oauth2_client_credentials", AuthKind::ClientCredentials),
        ("oauth2_jwt", AuthKind::Jwt),
        ("oauth2_refresh_token", AuthKind::RefreshToken),
        ("select", AuthKind::Select),
        ("session_token", AuthKind::SessionToken),
        ("with", AuthKind::With),
    ];
    let (path, args) = call(node)?;
    let args = args.to_vec();
    let kind = Spans::of(path);
    let raw = match options::lookup(owner.diag, "auth", &super::path_text(path), kind, &KINDS)? {
        AuthKind::ApiKey => api_key(owner, kind, args),
        AuthKind::Bearer => bearer(owner, kind, &args),
        AuthKind::ClientCredentials => client_credentials(owner, kind, args),
        AuthKind::HttpBasic => RawAuth::HttpBasic(http_basic(owner, kind, args)),
        AuthKind::Jwt => RawAuth::Jwt(Box::new(oauth2::jwt(owner, kind, args))),
        AuthKind::RefreshToken => {
            RawAuth::RefreshToken(Box::new(oauth2::refresh_token(owner, kind, args)))
        }
        AuthKind::SessionToken => {
            RawAuth::SessionToken(Box::new(login::session_token(owner, kind, args)))
        }
        AuthKind::None => none(owner, node),
        AuthKind::Select => RawAuth::Select(select::select(owner, kind, &args)?),
        AuthKind::With => with(owner, kind, &args),
    };
    Some(At::new(raw, node.spans))
}

fn api_key(owner: Owner<'_>, kind: Spans, args: Vec<Arg>) -> RawAuth {
    let options = Options::new(owner, Place::ApiKey, args);
    required(
        owner,
        &options,
        ("api_key", kind),
        &["name", "location", "value"],
        "name = \"api_key\", location = query, value = api_key",
    );
    let raw = RawAuth::ApiKey {
        name: options.text("name"),
        location: options.word(
            "location",
            "location",
            &[
                ("cookie", Location::Cookie),
                ("header", Location::Header),
                ("query", Location::Query),
            ],
        ),
        value: credential(owner, options.value("value").map(|(_, node)| node)),
    };
    options.done();
    raw
}

fn bearer(owner: Owner<'_>, kind: Spans, args: &[Arg]) -> RawAuth {
    let token = match args {
        [arg] if arg.value.is_none() => credential(owner, Some(arg.head.clone())),
        _ => {
            owner.diag.error(
                kind,
                "`bearer` needs the field that holds the token\nhelp: `bearer(token)`",
            );
            None
        }
    };
    RawAuth::Bearer { token }
}

pub(super) fn http_basic(owner: Owner<'_>, kind: Spans, args: Vec<Arg>) -> RawHttpBasic {
    let options = Options::new(owner, Place::HttpBasic, args);
    let example = "username = user, password = password";
    required(owner, &options, ("http_basic", kind), &["username"], example);
    let raw = RawHttpBasic {
        username: named(owner, &options, "username", "String"),
        password: credential(owner, options.value("password").map(|(_, node)| node)),
        has_password: options.has("password"),
    };
    options.done();
    raw
}

fn client_credentials(owner: Owner<'_>, kind: Spans, args: Vec<Arg>) -> RawAuth {
    let options = Options::new(owner, Place::OAuth2ClientCredentials, args);
    required(
        owner,
        &options,
        ("oauth2_client_credentials", kind),
        &["token_url", "client_id", "client_secret"],
        "token_url = \"https://auth.example.com/token\", client_id = client_id, client_secret = client_secret",
    );
    let raw = RawClientCredentials {
        token_url: connector::url(&options, "token_url"),
        client_id: named(owner, &options, "client_id", "String"),
        client_secret: credential(owner, options.value("client_secret").map(|(_, node)| node)),
        client_auth: client_auth(&options),
        scopes: options.text("scopes"),
        audience: options.text("audience"),
        params: params::params(owner, &options, "params"),
        leeway: options.text("leeway"),
    };
    options.done();
    RawAuth::ClientCredentials(Box::new(raw))
}

/// `none`.
fn none(owner: Owner<'_>, node: &Node) -> RawAuth {
    if let Kind::Call(..) = node.kind {
        owner.diag.error(node.spans, "`none` takes nothing\nhelp: `none` without parentheses");
    }
    RawAuth::None
}

/// `client_auth = body`.
pub(super) fn client_auth(options: &Options<'_>) -> Option<At<ClientAuth>> {
    const SET: [(&str, ClientAuth); 2] = [("basic", ClientAuth::Basic), ("body", ClientAuth::Body)];
    options.word("client_auth", "client auth", &SET)
}

/// `with(path::to::function)`.
fn with(owner: Owner<'_>, kind: Spans, args: &[Arg]) -> RawAuth {
    let function = match args {
        [Arg { head: Node { kind: Kind::Path(path), .. }, value: None }] => Some(path.clone()),
        _ => {
            owner.diag.error(
                kind,
                "`with` needs a function\nhelp: `with(path::to::function)`, a `fn(&Credentials, &mut Request) -> Result<()>`",
            );
            None
        }
    };
    RawAuth::With { function }
}

/// "`api_key` needs `location` and `value`".
pub(super) fn required(
    owner: Owner<'_>,
    options: &Options<'_>,
    (kind, spans): (&str, Spans),
    names: &[&str],
    example: &str,
) {
    let missing: Vec<_> = names.iter().filter(|name| !options.has(name)).collect();
    if options.complete() && !missing.is_empty() {
        let list: Vec<_> = missing.iter().map(|name| format!("`{name}`")).collect();
        owner.diag.error(
            spans,
            format!("`{kind}` needs {}\nhelp: `{kind}({example})`", list.join(" and ")),
        );
    }
}

/// `option = field`, where the field need not be a secret.
pub(super) fn named(
    owner: Owner<'_>,
    options: &Options<'_>,
    option: &str,
    ty: &str,
) -> Option<At<String>> {
    let (_, node) = options.value(option)?;
    match &node.kind {
        Kind::Lit { .. } => owner.diag.error(
            node.spans,
            format!("`{option}` comes from the configuration\nhelp: name a field of type `{ty}`; `#[config(default = ..)]` gives it a value"),
        ),
        _ => return credential(owner, Some(node)),
    }
    None
}

/// The name of the field that holds a credential.
pub(super) fn credential(owner: Owner<'_>, node: Option<Node>) -> Option<At<String>> {
    let node = node?;
    match &node.kind {
        Kind::Lit { .. } => owner.diag.error(
            node.spans,
            "a credential does not stand in the source; it comes from the configuration\nhelp: name a field of type `Secret`",
        ),
        Kind::Dotted(_, field) => owner
            .diag
            .error(node.spans, format!("auth always names a field of the connector\nhelp: `{field}`")),
        Kind::Path(path) if syntax::single(path).is_some() => {
            return syntax::single(path).map(|ident| At::new(super::plain(ident), node.spans));
        }
        _ => owner.diag.error(node.spans, "expected the name of a field of type `Secret`"),
    }
    None
}
