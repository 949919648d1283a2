//! Where paginators put their values, and those whose next position comes from the API.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use super::shared::{number, some, type_name, with_rest};
use super::{check, entry};
use crate::model::{Cursor, CursorSource, Link, LinkSource, Paginator, Target, TotalUnit};

impl ToTokens for Target {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Body(keys) => quote!(__rt::Target::Body(&[#(#keys),*])),
            Self::Header(name) => quote!(__rt::Target::Header(#name)),
            Self::Param(name) => quote!(__rt::Target::Param(#name)),
        });
    }
}

impl ToTokens for TotalUnit {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Pages => quote!(__rt::TotalUnit::Pages),
            Self::Rows => quote!(__rt::TotalUnit::Rows),
        });
    }
}

impl ToTokens for Cursor {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { source, target, has_more_path, limit, limit_target, stop_after_empty_page } =
            self;
        let source = match source {
            CursorSource::Body(path) => quote!(__rt::CursorSource::Body(#path)),
            CursorSource::Column { name, spans: _ } => quote!(__rt::CursorSource::Column(#name)),
            CursorSource::Header(name) => quote!(__rt::CursorSource::Header(#name)),
        };
        let entries = [
            entry("target", target.as_ref().map(ToTokens::to_token_stream)),
            entry("has_more_path", some(has_more_path.as_ref())),
            entry("limit", some(limit.map(number).as_ref())),
            entry("limit_target", some(limit_target.as_ref())),
            entry("stop_after_empty_page", stop_after_empty_page.then(|| quote!(true))),
        ];
        tokens.extend(with_rest(entries, quote!(CursorSpec), source));
    }
}

impl ToTokens for Link {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { source, page_size, page_size_param } = self;
        let source = match source {
            LinkSource::Body(path) => quote!(__rt::LinkSource::Body(#path)),
            LinkSource::Header(rel) => quote!(__rt::LinkSource::Header(#rel)),
        };
        let entries = [
            entry("page_size", some(page_size.map(number).as_ref())),
            entry("page_size_param", some(page_size_param.as_ref())),
        ];
        tokens.extend(with_rest(entries, quote!(LinkSpec), source));
    }
}

/// Whether the values of the cursor's column can be cursors.
pub(super) fn column_check(ident: &Ident, paginator: Option<&Paginator>) -> Option<TokenStream> {
    let Some(Paginator::Cursor(Cursor { source, .. })) = paginator else { return None };
    let CursorSource::Column { name, spans } = source else { return None };
    let owner = type_name(ident);
    Some(check(*spans, "cursor_column", quote!(<#ident as __rt::Record>::FIELDS, #name, #owner)))
}
