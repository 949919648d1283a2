//! What the specs of connectors and resources have in common.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use super::{entry, option};
use crate::model::{
    LiteralKind, Offset, PageNumber, Paginator, Param, Part, Segment, Selector, Template,
    WriteDisposition,
};

impl ToTokens for Template {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { text, parts } = self;
        tokens.extend(quote!(__rt::template(#text, &[#(#parts),*])));
    }
}

impl ToTokens for Part {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Config(field) => quote!(__rt::Config(#field)),
            Self::EndValue => quote!(__rt::Part::EndValue),
            Self::Parent(column) => quote!(__rt::Part::Parent(#column)),
            Self::Partition(name) => quote!(__rt::Part::Partition(#name)),
            Self::StartValue => quote!(__rt::Part::StartValue),
            Self::Text(text) => quote!(__rt::Text(#text)),
        });
    }
}

impl ToTokens for Param {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { name, value, repeated } = self;
        tokens.extend(match repeated {
            true => quote!(__rt::repeated(#name, #value)),
            false => quote!(__rt::param(#name, #value)),
        });
    }
}

impl ToTokens for Selector {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { text, segments } = self;
        let segments = segments.iter().map(|segment| match segment {
            Segment::Each => quote!(__rt::Each),
            Segment::Index(index) => {
                let index = Literal::u64_unsuffixed(*index);
                quote!(__rt::Index(#index))
            }
            Segment::Key(key) => quote!(__rt::JsonKey(#key)),
        });
        tokens.extend(quote!(__rt::path(#text, &[#(#segments),*])));
    }
}

impl ToTokens for LiteralKind {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Bool => quote!(__rt::check::Literal::Bool),
            Self::Float => quote!(__rt::check::Literal::Float),
            Self::Integer(value) => {
                let value = Literal::i128_unsuffixed(*value);
                quote!(__rt::check::Literal::Integer(#value))
            }
            Self::Text => quote!(__rt::check::Literal::Text),
        });
    }
}

impl ToTokens for Paginator {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Cursor(spec) => quote!(__rt::PaginatorSpec::Cursor(#spec)),
            Self::Link(spec) => quote!(__rt::PaginatorSpec::Link(#spec)),
            Self::Offset(spec) => quote!(__rt::PaginatorSpec::Offset(#spec)),
            Self::PageNumber(spec) => quote!(__rt::PaginatorSpec::PageNumber(#spec)),
            Self::SinglePage => quote!(__rt::PaginatorSpec::SinglePage),
            Self::With(function) => quote!(__rt::PaginatorSpec::With(#function)),
        });
    }
}

impl ToTokens for Offset {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            limit,
            offset,
            offset_target,
            limit_target,
            total_path,
            has_more_path,
            maximum_offset,
            stop_on_short_page,
        } = self;
        let limit = Literal::u64_unsuffixed(*limit);
        let entries = [
            entry("offset", offset.map(number)),
            entry("offset_target", offset_target.as_ref().map(ToTokens::to_token_stream)),
            entry("limit_target", limit_target.as_ref().map(ToTokens::to_token_stream)),
            entry("total_path", some(total_path.as_ref())),
            entry("has_more_path", some(has_more_path.as_ref())),
            entry("maximum_offset", some(maximum_offset.map(number).as_ref())),
            entry("stop_on_short_page", stop_on_short_page.then(|| quote!(true))),
        ];
        tokens.extend(with_rest(entries, quote!(OffsetSpec), quote!(#limit)));
    }
}

impl ToTokens for PageNumber {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            base_page,
            page_target,
            page_size,
            page_size_target,
            total_path,
            total_counts,
            has_more_path,
            maximum_page,
            stop_on_short_page,
        } = self;
        let base_page = Literal::u64_unsuffixed(*base_page);
        let entries = [
            entry("page_target", page_target.as_ref().map(ToTokens::to_token_stream)),
            entry("page_size", some(page_size.map(number).as_ref())),
            entry("page_size_target", some(page_size_target.as_ref())),
            entry("total_path", some(total_path.as_ref())),
            entry("total_counts", total_counts.as_ref().map(ToTokens::to_token_stream)),
            entry("has_more_path", some(has_more_path.as_ref())),
            entry("maximum_page", some(maximum_page.map(number).as_ref())),
            entry("stop_on_short_page", stop_on_short_page.then(|| quote!(true))),
        ];
        tokens.extend(with_rest(entries, quote!(PageNumberSpec), quote!(#base_page)));
    }
}

/// `Spec { entries, ..Spec::new(argument) }`, or just `Spec::new(argument)`.
pub(super) fn with_rest<const N: usize>(
    entries: [Option<TokenStream>; N],
    spec: TokenStream,
    argument: TokenStream,
) -> TokenStream {
    let entries: Vec<_> = entries.into_iter().flatten().collect();
    let new = quote!(__rt::#spec::new(#argument));
    match entries.as_slice() {
        [] => new,
        _ => quote!(__rt::#spec { #(#entries)* ..#new }),
    }
}

pub(super) fn some(value: Option<&impl ToTokens>) -> Option<TokenStream> {
    value.map(|value| option(Some(value.to_token_stream())))
}

pub(super) fn number(value: u64) -> TokenStream {
    Literal::u64_unsuffixed(value).to_token_stream()
}

/// `params`, `data_selector`, `paginator` and `write_disposition`, as far as they are given.
pub(super) fn request(
    params: &[Param],
    data_selector: Option<&Selector>,
    paginator: Option<&Paginator>,
    write_disposition: Option<&WriteDisposition>,
) -> Vec<TokenStream> {
    let params = super::slice(params.iter().map(ToTokens::to_token_stream).collect());
    let entries = [
        entry("params", params),
        entry("data_selector", some(data_selector)),
        entry("paginator", some(paginator)),
        entry("write_disposition", some(write_disposition)),
    ];
    entries.into_iter().flatten().collect()
}

/// The Rust name as text, for messages.
pub(super) fn type_name(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// A call-site identifier.
pub(super) fn word(text: &str) -> Ident {
    Ident::new(text, Span::call_site())
}
