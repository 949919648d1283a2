//! Model → tokens. Nothing can fail here any more.
//!
//! Expanded code stands in a block of its own and names everything through `__rt`, so that
//! nothing of the user's can shadow it.

mod auth;
mod body;
mod choice;
mod connector;
mod incremental;
mod paging;
mod resource;
mod response;
mod select;
mod shared;
mod stub;
mod token;
mod write;

pub(crate) use choice::choice;
pub(crate) use connector::connector;
pub(crate) use resource::{record, resource};
pub(crate) use stub::stub;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Path;

use crate::diag::Spans;

/// The block around everything a derive leaves.
fn block(crate_path: Option<&Path>, body: TokenStream) -> TokenStream {
    let default = quote!(::connector_runtime);
    let runtime = crate_path.map_or(default, ToTokens::to_token_stream);
    // the version in the name keeps code of one version from binding to another runtime
    let private = format_ident!("__private{}", env!("CARGO_PKG_VERSION_PATCH"));
    quote! {
        const _: () = {
            use #runtime::#private as __rt;
            #body
        };
    }
}

/// A const check, underlined at `spans` when it fails.
fn check(spans: Spans, name: &str, args: TokenStream) -> TokenStream {
    let name = Ident::new(name, spans.first());
    let function = quote_spanned!(spans.first()=> __rt::check::#name);
    // the compiler underlines a call from its first token to its last
    let mut args = Group::new(Delimiter::Parenthesis, args);
    args.set_span(spans.last());
    let unit = Span::call_site();
    quote_spanned!(unit=> const _: () = #function #args;)
}

/// `__rt::Some(value)` or `__rt::None`.
fn option(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(|| quote!(__rt::None), |value| quote!(__rt::Some(#value)))
}

/// `name: value,`, or nothing where the empty spec says the same.
fn entry(name: &str, value: Option<TokenStream>) -> Option<TokenStream> {
    let name = Ident::new(name, Span::call_site());
    value.map(|value| quote!(#name: #value,))
}

/// A text that is worth an entry.
fn text(text: &str) -> Option<TokenStream> {
    (!text.is_empty()).then(|| text.to_token_stream())
}

/// `&[..]`, when there is something in it.
fn slice(items: Vec<TokenStream>) -> Option<TokenStream> {
    (!items.is_empty()).then(|| quote!(&[#(#items),*]))
}
