//! Lists: fields whose elements become rows of a child table.

use syn::{GenericArgument, Ident, PathArguments, Type};

use super::column::type_text;
use super::names;
use crate::diag::Diag;
use crate::model::List;
use crate::read::{RawDefault, RawField, RawRecord, plain};

/// What the type of a list says, by its spelling; other spellings are no lists.
struct Spelt<'a> {
    optional: bool,
    element: &'a Type,
}

/// The list that a field is: `Vec<T>` or `Option<Vec<T>>`, with nothing that makes one column of it.
pub(super) fn list(raw: &RawField, name: String, wire: String) -> Option<List> {
    spelt(raw)?;
    Some(List { name, wire, doc: raw.doc.clone(), or_empty: raw.default.is_some() })
}

pub(super) fn is_list(raw: &RawField) -> bool {
    spelt(raw).is_some()
}

fn spelt(raw: &RawField) -> Option<Spelt<'_>> {
    let one_column = raw.json.is_some() || raw.with.is_some() || raw.flatten.is_some();
    if one_column || raw.skip.is_some() {
        return None;
    }
    match argument(&raw.ty, "Option") {
        Some(inner) => Some(Spelt { optional: true, element: argument(inner, "Vec")? }),
        None => Some(Spelt { optional: false, element: argument(&raw.ty, "Vec")? }),
    }
}

/// `T` of `Name<T>`.
pub(super) fn argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(args) = &last.arguments else { return None };
    match args.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// The rules of lists.
pub(super) fn lists(diag: &Diag, raw: &RawRecord) {
    for field in &raw.fields {
        if let Some(spelt) = spelt(field) {
            no_column(diag, field);
            default(diag, field, &spelt);
            endless(diag, &raw.container.ident, field, &spelt);
        }
    }
    outside_of_lists(diag, raw);
}

/// What is no column has no options of one.
fn no_column(diag: &Diag, field: &RawField) {
    let name = &field.ident;
    if let Some(flag) = field.primary_key {
        diag.error(
            flag,
            format!(
                "`{name}` is a list, which is no part of a primary key\nhelp: mark a plain column"
            ),
        );
    }
    if let Some(epoch) = &field.epoch {
        diag.error(
            epoch.spans,
            format!("`epoch` makes a `Timestamp`, but `{name}` is a list\nhelp: a `#[derive(Record)]` struct for the elements, whose field has it"),
        );
    }
}

/// A list that is not there is the empty one, or none.
fn default(diag: &Diag, field: &RawField, spelt: &Spelt<'_>) {
    let Some(default) = &field.default else { return };
    let name = &field.ident;
    if let RawDefault::Literal(_) = default.value {
        diag.error(
            default.spans,
            "the default of a list is the empty one\nhelp: `#[column(default)]`".to_owned(),
        );
    } else if spelt.optional {
        let element = type_text(spelt.element);
        diag.error(
            default.spans,
            format!("`default` takes null for an empty list, but the `Option` of `{name}` keeps it\nhelp: `{name}: Vec<{element}>`, or no `default`"),
        );
    }
}

/// A row that holds rows of its own kind has no end.
fn endless(diag: &Diag, ident: &Ident, field: &RawField, spelt: &Spelt<'_>) {
    let Type::Path(element) = spelt.element else { return };
    if element.path.is_ident(ident) || element.path.is_ident("Self") {
        diag.error(
            &field.ty,
            format!("a row of `{ident}` would hold rows of `{ident}`, without end\nhelp: `#[column(json)]` keeps them in one column of JSON"),
        );
    }
}

/// The rows of a child table are found by the key of their parent.
pub(super) fn parent_has_key(diag: &Diag, raw: &RawRecord) {
    let keyed = raw.fields.iter().any(|field| field.primary_key.is_some());
    let list = raw.fields.iter().find(|field| is_list(field));
    let Some(field) = list.filter(|_| !keyed) else { return };
    let ident = &raw.container.ident;
    diag.error(
        &field.ident,
        format!(
            "the elements of `{}` become rows that are found by the primary key of `{ident}`, which has none\nhelp: mark the identifying field of `{ident}` with `#[column(primary_key)]`, or keep the list in one column of JSON: `#[column(json)]`",
            field.ident
        ),
    );
}

/// The tables of lists in a list are called `list__field`.
fn outside_of_lists(diag: &Diag, raw: &RawRecord) {
    for list in raw.fields.iter().filter(|field| is_list(field)) {
        let prefix = format!("{}__", plain(&list.ident));
        // what makes tables
        let tables = raw.fields.iter().filter(|field| is_list(field) || field.flatten.is_some());
        for field in tables.filter(|field| names::has_prefix(&plain(&field.ident), &prefix)) {
            diag.error(
                &field.ident,
                format!("tables that start with `{prefix}` are those of the list `{}`", list.ident),
            );
        }
    }
}
