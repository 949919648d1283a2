//! Methods and bodies.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::model::{Body, Json, Method};

/// The method, unless it is the one of the empty spec.
pub(super) fn method(method: Method) -> Option<TokenStream> {
    Some(match method {
        Method::Delete => quote!(__rt::Method::Delete),
        Method::Get => return None,
        Method::Patch => quote!(__rt::Method::Patch),
        Method::Post => quote!(__rt::Method::Post),
        Method::Put => quote!(__rt::Method::Put),
    })
}

impl ToTokens for Body {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Form(fields) => quote!(__rt::BodySpec::Form(&[#(#fields),*])),
            Self::Json(json) => quote!(__rt::BodySpec::Json(#json)),
        });
    }
}

impl ToTokens for Json {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Array(items) => quote!(__rt::JsonSpec::Array(&[#(#items),*])),
            Self::Bool(value) => quote!(__rt::JsonSpec::Bool(#value)),
            Self::Bound(part) => quote!(__rt::JsonSpec::Bound(#part)),
            Self::Config(field) => quote!(__rt::JsonSpec::Config(#field)),
            Self::Null => quote!(__rt::JsonSpec::Null),
            Self::Number(text) => quote!(__rt::JsonSpec::Number(#text)),
            Self::Object(members) => {
                let members = members.iter().map(|(key, value)| quote!((#key, #value)));
                quote!(__rt::JsonSpec::Object(&[#(#members),*]))
            }
            Self::Text(template) => quote!(__rt::JsonSpec::Text(#template)),
        });
    }
}
