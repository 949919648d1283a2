//! Authentication.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::{entry, option, shared, slice, token};
use crate::model::{Auth, ClientAuth, ClientCredentials, Location};

impl ToTokens for Auth {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::ApiKey { name, location, value } => {
                let location = match location {
                    Location::Cookie => quote!(__rt::KeyLocation::Cookie),
                    Location::Header => quote!(__rt::KeyLocation::Header),
                    Location::Query => quote!(__rt::KeyLocation::Query),
                };
                quote!(__rt::AuthSpec::ApiKey { name: #name, location: #location, value: #value })
            }
            Self::Bearer { token } => quote!(__rt::AuthSpec::Bearer { token: #token }),
            Self::ClientCredentials(model) => client_credentials(model),
            Self::HttpBasic { username, password } => {
                let password = option(password.as_ref().map(ToTokens::to_token_stream));
                quote!(__rt::AuthSpec::HttpBasic { username: #username, password: #password })
            }
            Self::None => quote!(__rt::AuthSpec::None),
            Self::Select(select) => quote!(__rt::AuthSpec::Select(#select)),
            Self::Jwt(model) => token::jwt(model),
            Self::RefreshToken(model) => token::refresh_token(model),
            Self::SessionToken(model) => token::session_token(model),
            Self::With(function) => quote!(__rt::AuthSpec::With(#function)),
        });
    }
}

fn client_credentials(model: &ClientCredentials) -> TokenStream {
    let ClientCredentials {
        token_url,
        client_id,
        client_secret,
        client_auth,
        scopes,
        audience,
        params,
        leeway_ms,
    } = model;
    let client_auth = client_auth.map(self::client_auth);
    let some = |text: &Option<String>| text.as_ref().map(|text| quote!(__rt::Some(#text)));
    let entries = [
        entry("client_auth", client_auth),
        entry("scopes", some(scopes)),
        entry("audience", some(audience)),
        entry("params", slice(params.iter().map(ToTokens::to_token_stream).collect())),
        entry("leeway_ms", leeway_ms.map(shared::number)),
    ];
    let entries: Vec<_> = entries.into_iter().flatten().collect();
    let new = quote! {
        __rt::OAuth2ClientCredentialsSpec::new(#token_url, #client_id, #client_secret)
    };
    let spec = match entries.is_empty() {
        true => new,
        false => quote!(__rt::OAuth2ClientCredentialsSpec { #(#entries)* ..#new }),
    };
    quote!(__rt::AuthSpec::OAuth2ClientCredentials(#spec))
}

pub(super) fn client_auth(client_auth: ClientAuth) -> TokenStream {
    match client_auth {
        ClientAuth::Basic => quote!(__rt::ClientAuth::Basic),
        ClientAuth::Body => quote!(__rt::ClientAuth::Body),
    }
}
