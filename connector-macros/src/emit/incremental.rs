//! How a resource is read in parts.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::shared::{number, some, with_rest};
use super::{check, entry, slice};
use crate::diag::At;
use crate::model::{
    BoundFormat, ColumnSource, CursorSpan, Field, FieldKind, Incremental, OnMissing, Parent,
    Partition, PartitionValues, Resource, RowOrder,
};

/// `incremental`, `parent`, `partitions`, `store` and `resume_within_ms`, as far as they are given.
pub(super) fn entries(model: &Resource) -> impl Iterator<Item = TokenStream> {
    let partitions = model.partitions.iter().map(ToTokens::to_token_stream).collect();
    let entries = [
        entry("incremental", some(model.incremental.as_ref())),
        entry("parent", some(model.parent.as_ref())),
        entry("partitions", slice(partitions)),
        entry("store", (!model.store).then(|| quote!(false))),
        resume_within(model.resume_within_ms),
    ];
    entries.into_iter().flatten()
}

/// `resume_within` of a resource or of the defaults.
pub(super) fn resume_within(millis: Option<u64>) -> Option<TokenStream> {
    entry("resume_within_ms", some(millis.map(number).as_ref()))
}

/// What only types can tell: those of the cursor's column, and those of the parent's columns.
pub(super) fn checks(model: &Resource) -> Vec<TokenStream> {
    let ident = &model.record.item.ident;
    let spec = quote!(<#ident as __rt::Resource>::SPEC);
    let mut checks = Vec::new();
    if let Some(incremental) = &model.incremental {
        checks.extend(cursor_checks(incremental, &spec));
    }
    if let Some(Parent { resource, uses, skip_missing, .. }) = &model.parent {
        let parent = quote!(<#resource as __rt::Resource>::COLUMNS);
        let uses = uses.iter().map(|At { value: column, spans }| {
            check(*spans, "parent_value", quote!(#spec, #parent, #column))
        });
        checks.extend(uses);
        if let Some(skip) = skip_missing.as_ref().filter(|at| at.value) {
            let names = model.parent.iter().flat_map(|parent| &parent.uses).map(|at| &at.value);
            let args = quote!(#spec, #parent, &[#(#names),*]);
            checks.push(check(skip.spans, "parent_may_lack", args));
        }
    }
    let fields = model.record.fields.iter();
    checks.extend(fields.filter_map(|field| column_check(field, model.parent.as_ref(), &spec)));
    checks
}

fn cursor_checks(incremental: &Incremental, spec: &TokenStream) -> Vec<TokenStream> {
    let Incremental { cursor, end_spans, format, initial, lag, on_missing, step, as_text, .. } =
        incremental;
    let mut checks = vec![check(cursor.spans, "incremental_cursor", quote!(#spec))];
    let options = [
        ("cursor_may_be_missing", on_missing.as_ref().map(|at| at.spans)),
        ("cursor_is_text", *as_text),
        ("cursor_format", format.as_ref().map(|at| at.spans)),
        ("cursor_has_end", *end_spans),
        ("cursor_lag", lag.as_ref().map(|at| at.spans)),
        ("cursor_step", step.as_ref().map(|at| at.spans)),
    ];
    for (name, spans) in options {
        checks.extend(spans.map(|spans| check(spans, name, quote!(#spec))));
    }
    if let Some(At { value: initial, spans }) = initial
        && let Some(literal) = initial.literal
    {
        checks.push(check(*spans, "cursor_initial", quote!(#spec, #literal)));
    }
    checks
}

/// Whether a column takes what its source gives.
fn column_check(field: &Field, parent: Option<&Parent>, spec: &TokenStream) -> Option<TokenStream> {
    let FieldKind::Column(column) = &field.kind else { return None };
    let At { value: source, spans } = column.source.as_ref()?;
    let (name, rust) = (&column.name, &field.ty_text);
    Some(match source {
        ColumnSource::Parent(_) => {
            let Parent { resource, skip_missing, .. } = parent?;
            let fields = quote!(<#resource as __rt::Resource>::COLUMNS);
            let is_said = skip_missing.is_some();
            check(*spans, "parent_column", quote!(#spec, #fields, #name, #rust, #is_said))
        }
        ColumnSource::Partition(_) => {
            check(*spans, "partition_column", quote!(#spec, #name, #rust))
        }
    })
}

impl ToTokens for Incremental {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            cursor,
            start,
            end,
            has_start_value,
            has_end_value,
            end_spans: _,
            format,
            initial,
            lag,
            row_order,
            open,
            on_missing,
            client_side,
            step,
            parallel,
            as_text,
        } = self;
        let flag = |set: bool| set.then(|| quote!(true));
        let entries = [
            entry("start", some(start.as_ref())),
            entry("end", some(end.as_ref())),
            entry("has_start_value", flag(*has_start_value)),
            entry("has_end_value", flag(*has_end_value)),
            entry("format", some(format.as_ref().map(|at| &at.value))),
            entry("initial", some(initial.as_ref().map(|at| &at.value.value))),
            entry("lag", some(lag.as_ref().map(|at| &at.value))),
            entry("row_order", some(row_order.as_ref())),
            entry("range", open.then(|| quote!(__rt::CursorRange::Open))),
            entry("on_missing", some(on_missing.as_ref().map(|at| &at.value))),
            entry("client_side", flag(*client_side)),
            entry("step", some(step.as_ref().map(|at| &at.value))),
            entry("parallel", parallel.map(|most| number(most.into()))),
            entry("as_text", flag(as_text.is_some())),
        ];
        let cursor = &cursor.value;
        tokens.extend(with_rest(entries, quote!(IncrementalSpec), quote!(#cursor)));
    }
}

impl ToTokens for BoundFormat {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Date => quote!(__rt::BoundFormat::Date),
            Self::Epoch => quote!(__rt::BoundFormat::Epoch),
            Self::EpochMillis => quote!(__rt::BoundFormat::EpochMillis),
            Self::Rfc3339 => quote!(__rt::BoundFormat::Rfc3339),
            Self::Rfc3339Micros => quote!(__rt::BoundFormat::Rfc3339Micros),
            Self::Rfc3339Millis => quote!(__rt::BoundFormat::Rfc3339Millis),
            Self::Strftime(text) => quote!(__rt::BoundFormat::Strftime(#text)),
        });
    }
}

impl ToTokens for CursorSpan {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match *self {
            Self::Number(value) => {
                let value = number(value);
                quote!(__rt::CursorSpan::Number(#value))
            }
            Self::Time { months, days, seconds } => {
                let [months, days, seconds] = [months.into(), days.into(), seconds].map(number);
                quote! {
                    __rt::CursorSpan::Time { months: #months, days: #days, seconds: #seconds }
                }
            }
        });
    }
}

impl ToTokens for RowOrder {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Asc => quote!(__rt::RowOrder::Asc),
            Self::Desc => quote!(__rt::RowOrder::Desc),
        });
    }
}

impl ToTokens for OnMissing {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Exclude => quote!(__rt::OnMissing::Exclude),
            Self::Fail => quote!(__rt::OnMissing::Fail),
            Self::Include => quote!(__rt::OnMissing::Include),
        });
    }
}

impl ToTokens for Parent {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { alias, resource, skip_missing, uses: _ } = self;
        let skip_missing = skip_missing.as_ref().is_some_and(|at| at.value);
        let names = quote!(<#resource as __rt::Resource>::NAMES);
        tokens.extend(quote!(__rt::parent(#alias, #names, #skip_missing)));
    }
}

impl ToTokens for Partition {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { name, values } = self;
        let values = match values {
            PartitionValues::Config(field) => quote!(__rt::PartitionValues::Config(#field)),
            PartitionValues::Listed(values) => {
                quote!(__rt::PartitionValues::Listed(&[#(#values),*]))
            }
        };
        tokens.extend(quote!(__rt::PartitionSpec { name: #name, values: #values }));
    }
}

impl ToTokens for ColumnSource {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Parent(column) => quote!(__rt::ColumnSource::Parent(#column)),
            Self::Partition(name) => quote!(__rt::ColumnSource::Partition(#name)),
        });
    }
}
