//! How rows get into tables.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};

use super::shared::{number, some, type_name};
use super::{check, entry};
use crate::diag::At;
use crate::model::{
    Budget, DeleteMissing, Mark, Misfits, OnBadRow, SchemaContract, SortOrder, Strategy,
    UnknownFields, Write, WriteDisposition,
};

/// All but the disposition, as far as it is given.
pub(super) fn entries(write: &Write) -> impl Iterator<Item = TokenStream> {
    let Write { disposition: _, strategy, delete_missing, allow_empty, misfits, filter, map } =
        write;
    let filter = filter.as_ref().map(|path| quote!(|__row| __rt::filter_row::<Self>(__row, #path)));
    let map = map.as_ref().map(|path| {
        quote! {
            |__row, __out| {
                <Self as __rt::Record>::write_row(&__rt::map_row::<Self>(__row, #path), __out)
            }
        }
    });
    let entries = [
        entry("strategy", some(strategy.as_ref().map(|at| &at.value))),
        entry("delete_missing", some(delete_missing.as_ref())),
        entry("allow_empty", allow_empty.then(|| quote!(true))),
        entry("filter", some(filter.as_ref())),
        entry("map", some(map.as_ref())),
    ];
    entries.into_iter().flatten().chain(self::misfits(misfits))
}

/// `schema_contract`, `unknown_fields` and `on_bad_row`, as far as they are given.
pub(super) fn misfits(misfits: &Misfits) -> impl Iterator<Item = TokenStream> {
    let Misfits { schema_contract, unknown_fields, on_bad_row } = misfits;
    let entries = [
        entry("schema_contract", some(schema_contract.as_ref())),
        entry("unknown_fields", some(unknown_fields.as_ref())),
        entry("on_bad_row", some(on_bad_row.as_ref())),
    ];
    entries.into_iter().flatten()
}

/// What only the columns' types can tell.
pub(super) fn checks(ident: &Ident, write: &Write) -> Vec<TokenStream> {
    let owner = type_name(ident);
    let fields = quote!(<#ident as __rt::Record>::FIELDS);
    let mut checks = Vec::new();
    match &write.strategy {
        Some(At { value: Strategy::DeleteInsert { merge_key }, .. }) => {
            for At { value: name, spans } in merge_key {
                checks.push(check(*spans, "merge_key", quote!(#fields, #name, #owner)));
            }
        }
        Some(At { value: Strategy::Scd2 { .. }, spans }) => {
            checks.push(check(*spans, "no_lists", quote!(#fields, #owner)));
        }
        Some(At { value: Strategy::InsertOnly | Strategy::Upsert, .. }) | None => {}
    }
    if let Some(UnknownFields::Capture(At { value: name, spans })) = &write.misfits.unknown_fields {
        checks.push(check(*spans, "captures", quote!(#fields, #name, #owner)));
    }
    checks
}

impl ToTokens for WriteDisposition {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Append => quote!(__rt::WriteDisposition::Append),
            Self::Merge => quote!(__rt::WriteDisposition::Merge),
            Self::Replace => quote!(__rt::WriteDisposition::Replace),
        });
    }
}

impl ToTokens for Strategy {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::DeleteInsert { merge_key } => {
                let merge_key = merge_key.iter().map(|at| &at.value);
                quote!(__rt::MergeStrategy::DeleteInsert { merge_key: &[#(#merge_key),*] })
            }
            Self::InsertOnly => quote!(__rt::MergeStrategy::InsertOnly),
            Self::Scd2 { valid_from, valid_to } => quote! {
                __rt::MergeStrategy::Scd2 { valid_from: #valid_from, valid_to: #valid_to }
            },
            Self::Upsert => quote!(__rt::MergeStrategy::Upsert),
        });
    }
}

impl ToTokens for DeleteMissing {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Hard => quote!(__rt::DeleteMissing::Hard),
            Self::Soft => quote!(__rt::DeleteMissing::Soft),
        });
    }
}

impl ToTokens for SchemaContract {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Evolve => quote!(__rt::SchemaContract::Evolve),
            Self::Freeze => quote!(__rt::SchemaContract::Freeze),
        });
    }
}

impl ToTokens for UnknownFields {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Capture(At { value: name, .. }) => quote!(__rt::UnknownFields::Capture(#name)),
            Self::Fail => quote!(__rt::UnknownFields::Fail),
            Self::Ignore => quote!(__rt::UnknownFields::Ignore),
            Self::Report => quote!(__rt::UnknownFields::Report),
        });
    }
}

impl ToTokens for OnBadRow {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Fail => quote!(__rt::OnBadRow::Fail),
            Self::Quarantine(budget) => quote!(__rt::OnBadRow::Quarantine(#budget)),
        });
    }
}

impl ToTokens for Budget {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Default => quote!(__rt::Budget::DEFAULT),
            Self::Percent(percent) => {
                let percent = Literal::f64_unsuffixed(*percent);
                quote!(__rt::Budget::Percent(#percent))
            }
            Self::Rows(rows) => {
                let rows = number(*rows);
                quote!(__rt::Budget::Rows(#rows))
            }
        });
    }
}

impl ToTokens for Mark {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::DedupSort(SortOrder::Asc) => {
                quote!(__rt::ColumnMark::DedupSort(__rt::SortOrder::Asc))
            }
            Self::DedupSort(SortOrder::Desc) => {
                quote!(__rt::ColumnMark::DedupSort(__rt::SortOrder::Desc))
            }
            Self::HardDelete => quote!(__rt::ColumnMark::HardDelete),
            Self::SoftDelete => quote!(__rt::ColumnMark::SoftDelete),
            Self::Version => quote!(__rt::ColumnMark::Version),
        });
    }
}
