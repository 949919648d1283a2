//! Resources and records.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Type;

use super::{block, body, check, entry, incremental, paging, response, shared, slice, text, write};
use crate::diag::At;
use crate::model::{
    Column, ColumnDefault, Decode, DefaultValue, Epoch, Field, FieldKind, Item, List, Record,
    Resource,
};

pub(crate) fn record(model: &Record) -> TokenStream {
    block(model.item.crate_path.as_ref(), record_impl(model))
}

pub(crate) fn resource(model: &Resource) -> TokenStream {
    let Resource {
        record,
        auth,
        method,
        path,
        params,
        headers,
        body,
        data_selector,
        paginator,
        responses,
        write,
        incremental: _,
        parent: _,
        partitions: _,
        store: _,
        resume_within_ms: _,
    } = model;
    let Item { ident, name, doc, crate_path } = &record.item;
    let type_name = shared::type_name(ident);
    let doc = entry("doc", text(doc));
    let auth = entry("auth", shared::some(auth.as_ref()));
    let mut request = shared::request(
        params,
        data_selector.as_ref(),
        paginator.as_ref(),
        write.disposition.as_ref(),
    );
    request.extend(response::responses(responses));
    let headers = slice(headers.iter().map(ToTokens::to_token_stream).collect());
    request.extend(entry("method", body::method(*method)));
    request.extend(entry("headers", headers));
    request.extend(entry("body", shared::some(body.as_ref())));
    request.extend(write::entries(write));
    request.extend(incremental::entries(model));
    let record_impl = record_impl(record);
    let write_checks = write::checks(ident, write);
    let part_checks = incremental::checks(model);
    let cursor_check = paging::column_check(ident, paginator.as_ref());
    let body = quote! {
        #record_impl
        #[automatically_derived]
        impl __rt::Resource for #ident {
            const NAMES: (&'static __rt::str, &'static __rt::str) = (#name, #type_name);
            const SPEC: &'static __rt::ResourceSpec = &__rt::ResourceSpec {
                name: #name,
                type_name: #type_name,
                #doc
                #auth
                path: #path,
                #(#request)*
                fields: <Self as __rt::Record>::FIELDS,
                ..__rt::ResourceSpec::EMPTY
            };
        }
        #cursor_check
        #(#write_checks)*
        #(#part_checks)*
    };
    block(crate_path.as_ref(), body)
}

fn record_impl(model: &Record) -> TokenStream {
    let Record { item: Item { ident, .. }, fields } = model;
    let specs = fields.iter().filter_map(spec);
    let values = fields.iter().map(value);
    let puts = fields.iter().map(put);
    let checks = fields.iter().flat_map(checks);
    quote! {
        #[automatically_derived]
        impl __rt::Record for #ident {
            const FIELDS: &'static [__rt::FieldSpec] = &[#(#specs),*];
            fn from_row(__row: &mut __rt::Row<'_>) -> Self {
                Self { #(#values),* }
            }
            fn write_row(&self, __out: &mut __rt::RowBuilder) {
                #(#puts;)*
            }
        }
        #[automatically_derived]
        impl __rt::Element for #ident {
            type Kind = __rt::AsRecord;
        }
        #(#checks)*
    }
}

/// The entry of a field in the spec.
///
/// Spec and constructor name a field's type in the same words, `<Type as Trait>::..`: what is
/// wrong with the type is then one message of the compiler, not one from either place.
fn spec(field: &Field) -> Option<TokenStream> {
    let ty = &field.ty;
    match &field.kind {
        FieldKind::Skip => None,
        FieldKind::Flatten { name, wire } => {
            Some(quote!(__rt::flatten(#name, #wire, <#ty as __rt::Nested>::SHAPE)))
        }
        FieldKind::List(List { name, wire, doc, or_empty }) => {
            let or_empty = or_empty.then(|| quote!(.or_empty()));
            Some(quote!(<#ty as __rt::List>::LIST #or_empty.named(#name, #wire, #doc)))
        }
        FieldKind::Column(column) => {
            let Column { name, wire, doc, default, decode, mark, source, .. } = column;
            let place = column_place(field, column);
            let default = default.as_ref().map(|default| match &default.value {
                DefaultValue::Literal { json, .. } => quote!(.default(#json)),
                DefaultValue::Zero => {
                    let zero = zero(ty, decode);
                    quote!(.or_zero(#zero))
                }
            });
            let decode = match decode {
                Decode::Epoch { unit: Epoch::Milliseconds, .. } => {
                    Some(quote!(.decode(__rt::Decode::EpochMillis)))
                }
                Decode::Epoch { unit: Epoch::Seconds, .. } => {
                    Some(quote!(.decode(__rt::Decode::EpochSeconds)))
                }
                Decode::Json | Decode::Plain => None,
                Decode::With(path) => Some(quote! {
                    .decode(__rt::Decode::With(|__json, __out| {
                        __rt::decode_with::<_, #ty, _>(__json, __out, #path)
                    }))
                }),
            };
            let mark = mark.as_ref().map(|at| at.value).map(|mark| quote!(.mark(#mark)));
            let source = source.as_ref().map(|at| &at.value).map(|source| quote!(.source(#source)));
            Some(quote!(#place::COLUMN #default #decode #mark #source.named(#name, #wire, #doc)))
        }
    }
}

/// The value of a field in the constructor.
fn value(field: &Field) -> TokenStream {
    let Field { ident, ty, .. } = field;
    match place(field) {
        Some(place) => quote!(#ident: #place::take(__row)),
        None => quote!(#ident: <#ty as __rt::Default>::default()),
    }
}

/// Writes the value of a field. Every field is read here: a program that only syncs does not read
/// them itself, which is no mistake of its author.
fn put(field: &Field) -> TokenStream {
    let ident = &field.ident;
    match place(field) {
        Some(place) => quote!(#place::put(&self.#ident, __out)),
        None => quote!(let _ = &self.#ident),
    }
}

/// `<Type as Trait>`: who reads and writes a field that is not skipped.
fn place(field: &Field) -> Option<TokenStream> {
    let ty = &field.ty;
    match &field.kind {
        FieldKind::Skip => None,
        FieldKind::Column(column) => Some(column_place(field, column)),
        FieldKind::Flatten { .. } => Some(quote!(<#ty as __rt::Nested>)),
        FieldKind::List(_) => Some(quote!(<#ty as __rt::List>)),
    }
}

/// `<Type as Trait>`: a key is asked to be a `KeyColumn`, which says more than `Column` when it is none.
fn column_place(field: &Field, column: &Column) -> TokenStream {
    let ty = &field.ty;
    match column {
        Column { decode: Decode::Json, .. } => quote!(<#ty as __rt::JsonValue>),
        Column { primary_key: true, .. } => quote!(<#ty as __rt::KeyColumn>),
        Column { .. } => quote!(<#ty as __rt::Column>),
    }
}

/// What `default` alone stands for. JSON has no zero.
fn zero(ty: &Type, decode: &Decode) -> TokenStream {
    match decode {
        Decode::Json => quote!(__rt::None),
        _ => quote!(<#ty as __rt::Column>::ZERO),
    }
}

/// What only the field's type can tell.
fn checks(field: &Field) -> Vec<TokenStream> {
    let FieldKind::Column(Column { name, default, decode, mark, .. }) = &field.kind else {
        return Vec::new();
    };
    let (ty, ty_text) = (&field.ty, &field.ty_text);
    let mut checks = Vec::new();
    if let Some(At { value: mark, spans }) = mark {
        let args = quote!(<#ty as __rt::Column>::COLUMN, #mark, #name, #ty_text);
        checks.push(check(*spans, "mark", args));
    }
    if let Decode::Epoch { spans, .. } = decode {
        let args = quote!(<#ty as __rt::Column>::TYPE, #name, #ty_text);
        checks.push(check(*spans, "epoch", args));
    }
    // `json` and `with` read the literal in their own way
    let ColumnDefault { value, spans } = match (default, decode) {
        (Some(default), Decode::Epoch { .. } | Decode::Plain) => default,
        (Some(default @ ColumnDefault { value: DefaultValue::Zero, .. }), _) => default,
        _ => return checks,
    };
    checks.push(match value {
        DefaultValue::Literal { literal, .. } => {
            let epoch = matches!(decode, Decode::Epoch { .. });
            let args = quote!(<#ty as __rt::Column>::TYPE, #epoch, #literal, #name, #ty_text);
            check(*spans, "column_default", args)
        }
        DefaultValue::Zero => {
            let zero = zero(ty, decode);
            let args = quote!(#zero, #name, #ty_text);
            check(*spans, "column_zero", args)
        }
    });
    checks
}
