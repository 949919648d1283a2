//! Kinds of authentication that ask for tokens.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::auth::client_auth;
use super::{check, entry, option, shared, slice};
use crate::model::{Auth, Jwt, LoginBody, Param, RefreshToken, SessionToken};

pub(super) fn refresh_token(model: &RefreshToken) -> TokenStream {
    let RefreshToken {
        token_url,
        refresh_token,
        client_id,
        client_secret,
        client_auth: auth,
        scopes,
        params,
        leeway_ms,
        on_rotate,
    } = model;
    let on_rotate = on_rotate.as_ref().map(|(load, store)| {
        option(Some(quote!(__rt::RotationSpec { load: #load, store: #store })))
    });
    let entries = [
        entry("client_secret", shared::some(client_secret.as_ref())),
        entry("client_auth", auth.map(client_auth)),
        entry("scopes", shared::some(scopes.as_ref())),
        entry("params", self::params(params)),
        entry("leeway_ms", leeway_ms.map(shared::number)),
        entry("on_rotate", on_rotate),
    ];
    let ty = quote!(__rt::OAuth2RefreshTokenSpec);
    let spec = with(&ty, &quote!(#token_url, #refresh_token, #client_id), entries);
    quote!(__rt::AuthSpec::OAuth2RefreshToken(#spec))
}

pub(super) fn jwt(model: &Jwt) -> TokenStream {
    let Jwt {
        spans: _,
        token_url,
        private_key,
        issuer,
        subject,
        audience,
        scopes,
        key_id,
        lifetime_ms,
        params,
        leeway_ms,
    } = model;
    let entries = [
        entry("subject", shared::some(subject.as_ref())),
        entry("audience", shared::some(audience.as_ref())),
        entry("scopes", shared::some(scopes.as_ref())),
        entry("key_id", shared::some(key_id.as_ref())),
        entry("lifetime_ms", lifetime_ms.map(shared::number)),
        entry("params", self::params(params)),
        entry("leeway_ms", leeway_ms.map(shared::number)),
    ];
    let spec =
        with(&quote!(__rt::OAuth2JwtSpec), &quote!(#token_url, #private_key, #issuer), entries);
    quote!(__rt::AuthSpec::OAuth2Jwt(#spec))
}

pub(super) fn session_token(model: &SessionToken) -> TokenStream {
    let spec = session_spec(model);
    quote!(__rt::AuthSpec::SessionToken(#spec))
}

fn session_spec(model: &SessionToken) -> TokenStream {
    let SessionToken { spans: _, login, http_basic, token_path, lifetime_ms, header, prefix } =
        model;
    let field = |(Param { name, value, .. }, bare): &(Param, bool)| quote!(__rt::LoginField { name: #name, value: #value, bare: #bare });
    let body = match &login.body {
        LoginBody::Form(fields) => {
            let fields = fields.iter().map(field);
            Some(quote!(__rt::LoginBody::Form(&[#(#fields),*])))
        }
        LoginBody::Json(fields) => {
            let fields = fields.iter().map(field);
            Some(quote!(__rt::LoginBody::Json(&[#(#fields),*])))
        }
        LoginBody::None => None,
    };
    let basic = http_basic.as_ref().map(|(username, password)| {
        let password = option(password.as_ref().map(ToTokens::to_token_stream));
        option(Some(quote!((#username, #password))))
    });
    // a header of the API's own holds the token alone
    let prefix = match (header, prefix) {
        (_, Some(prefix)) => Some(prefix.as_str()),
        (Some(header), None) if !header.eq_ignore_ascii_case("authorization") => Some(""),
        _ => None,
    };
    let entries = [
        entry("method", login.get.then(|| quote!(__rt::Method::Get))),
        entry("body", body),
        entry("params", params(&login.params)),
        entry("headers", params(&login.headers)),
        entry("http_basic", basic),
        entry("lifetime_ms", shared::some(lifetime_ms.map(shared::number).as_ref())),
        entry("header", header.as_ref().map(ToTokens::to_token_stream)),
        entry("prefix", prefix.map(ToTokens::to_token_stream)),
    ];
    let url = &login.url;
    with(&quote!(__rt::SessionTokenSpec), &quote!(#url, #token_path), entries)
}

/// What only the runtime's features and the fields' types tell. `spec`: of the connector.
pub(super) fn checks(auth: &Auth, spec: &TokenStream) -> Vec<TokenStream> {
    match auth {
        Auth::Jwt(model) => vec![check(model.spans, "jwt_is_enabled", quote!(__rt::check::JWT))],
        Auth::Select(select) => {
            select.arms.iter().flat_map(|arm| checks(&arm.declared.auth, spec)).collect()
        }
        Auth::SessionToken(model) => {
            let login = session_spec(model);
            vec![check(model.spans, "login_has_secret", quote!(#spec, &#login))]
        }
        _ => Vec::new(),
    }
}

fn params(params: &[Param]) -> Option<TokenStream> {
    slice(params.iter().map(ToTokens::to_token_stream).collect())
}

/// `Type::new(required)`, with other entries where there are any.
fn with<const N: usize>(
    ty: &TokenStream,
    required: &TokenStream,
    entries: [Option<TokenStream>; N],
) -> TokenStream {
    let entries: Vec<_> = entries.into_iter().flatten().collect();
    let new = quote!(#ty::new(#required));
    match entries.is_empty() {
        true => new,
        false => quote!(#ty { #(#entries)* ..#new }),
    }
}
