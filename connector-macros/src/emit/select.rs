//! Choices between ways to authenticate, and credentials of a resource's own.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use super::{check, shared};
use crate::model::{Arm, Auth, Declared, Select, Site};

impl ToTokens for Select {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { field, spans: _, arms } = self;
        let arms = arms.iter().map(|Arm { variant, spans: _, declared }| {
            quote!(__rt::AuthArm { variant: #variant, declared: #declared })
        });
        tokens.extend(quote!(__rt::SelectSpec { field: #field, arms: &[#(#arms),*] }));
    }
}

impl ToTokens for Declared {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { auth, fields } = self;
        let fields = fields.iter().map(|(field, site)| {
            let site = self::site(*site);
            quote!(__rt::FieldUse { field: #field, site: __rt::Site::#site })
        });
        tokens.extend(quote!(__rt::DeclaredAuth { auth: #auth, fields: &[#(#fields),*] }));
    }
}

/// Whether the connector's choice is one of its field's values, and complete.
pub(super) fn checks(auth: Option<&Auth>, spec: &TokenStream) -> Vec<TokenStream> {
    let Some(Auth::Select(Select { field, spans, arms })) = auth else { return Vec::new() };
    let arms = arms.iter().map(|Arm { variant, spans, declared: _ }| {
        check(*spans, "select_arm", quote!(#spec, #field, #variant))
    });
    let complete = check(*spans, "select", quote!(#spec, #field));
    std::iter::once(complete).chain(arms).collect()
}

/// The name of a site in the runtime.
pub(super) fn site(site: Site) -> Ident {
    shared::word(match site {
        Site::BaseUrl => "BaseUrl",
        Site::Claim => "Claim",
        Site::ClientId => "ClientId",
        Site::Header => "Header",
        Site::Login => "Login",
        Site::LoginText => "LoginText",
        Site::LoginUrl => "LoginUrl",
        Site::OptionalClaim => "OptionalClaim",
        Site::OptionalSecret => "OptionalSecret",
        Site::Param => "Param",
        Site::Secret => "Secret",
        Site::Text => "Text",
        Site::TokenUrl => "TokenUrl",
        Site::Username => "Username",
    })
}
