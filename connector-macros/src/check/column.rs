//! Columns: the fields of a row.

use quote::ToTokens;
use syn::Type;

use super::list::{self, is_list};
use super::{mark, names, source, values};
use crate::case::Rule;
use crate::diag::{At, Diag, Spans};
use crate::guess;
use crate::keys::Derive;
use crate::model::{Column, ColumnDefault, Decode, DefaultValue, Field, FieldKind};
use crate::read::{RawDefault, RawField, RawRecord, plain};

/// The fields of a row, and the rules between them.
pub(super) fn fields(diag: &Diag, raw: &RawRecord) -> Vec<Field> {
    for field in &raw.fields {
        one_way(diag, field);
        skip_alone(diag, field);
        if field.primary_key.is_some() {
            key(diag, raw, field);
        }
        mark::field(diag, raw, field);
        source::field(diag, raw, field);
        name(diag, field);
    }
    one_wire_name_each(diag, raw);
    one_column_name_each(diag, raw);
    outside_of_flattened(diag, raw);
    list::lists(diag, raw);
    some_column(diag, raw);
    raw.fields.iter().map(|field| self::field(field, raw.rename_all)).collect()
}

fn field(raw: &RawField, rename_all: Option<Rule>) -> Field {
    let (name, wire) = (plain(&raw.ident), wire(raw, rename_all).value);
    let kind = if raw.skip.is_some() {
        FieldKind::Skip
    } else if raw.flatten.is_some() {
        FieldKind::Flatten { name, wire }
    } else if let Some(list) = list::list(raw, name.clone(), wire.clone()) {
        FieldKind::List(list)
    } else {
        FieldKind::Column(Column {
            name,
            wire,
            doc: raw.doc.clone(),
            primary_key: raw.primary_key.is_some(),
            default: raw.default.as_ref().map(default),
            decode: decode(raw),
            mark: raw.marks.first().cloned(),
            source: source::source(raw),
        })
    };
    Field { ident: raw.ident.clone(), ty: raw.ty.clone(), ty_text: type_text(&raw.ty), kind }
}

fn decode(raw: &RawField) -> Decode {
    match (&raw.json, &raw.epoch, &raw.with) {
        (Some(_), _, _) => Decode::Json,
        (_, Some(epoch), _) => Decode::Epoch { unit: epoch.value, spans: epoch.spans },
        (_, _, Some(path)) => Decode::With(path.value.clone()),
        _ => Decode::Plain,
    }
}

fn default(raw: &At<RawDefault>) -> ColumnDefault {
    let value = match &raw.value {
        RawDefault::Literal(literal) => {
            let (json, literal) = values::json(literal);
            DefaultValue::Literal { json, literal }
        }
        RawDefault::Zero => DefaultValue::Zero,
    };
    ColumnDefault { value, spans: raw.spans }
}

/// The JSON key of a field, and where it is said.
fn wire(raw: &RawField, rename_all: Option<Rule>) -> At<String> {
    let name = plain(&raw.ident);
    let default = || rename_all.map_or_else(|| name.clone(), |rule| rule.field(&name));
    raw.rename.clone().unwrap_or_else(|| At::new(default(), Spans::of(&raw.ident)))
}

/// A value is decoded in one way.
fn one_way(diag: &Diag, field: &RawField) {
    let given = [
        ("json", field.json),
        ("epoch", field.epoch.as_ref().map(|at| at.spans)),
        ("with", field.with.as_ref().map(|at| at.spans)),
        ("flatten", field.flatten),
    ];
    let mut given = given.iter().filter_map(|(name, spans)| spans.map(|spans| (name, spans)));
    let Some((first, _)) = given.next() else { return };
    for (name, spans) in given {
        diag.error(
            spans,
            format!("`{name}` and `{first}` exclude each other; a value is decoded in one way"),
        );
    }
    if let (Some(_), Some(default)) = (field.flatten, &field.default) {
        diag.error(
            default.spans,
            format!(
                "a flattened object has no default\nhelp: `{}: Option<{}>` when it can be absent",
                field.ident,
                type_text(&field.ty)
            ),
        );
    }
}

/// What is no column has no options of one.
fn skip_alone(diag: &Diag, field: &RawField) {
    let Some(skip) = field.skip else { return };
    let others = [
        ("primary_key", field.primary_key.is_some()),
        ("rename", field.rename.is_some()),
        ("default", field.default.is_some()),
        ("json", field.json.is_some()),
        ("epoch", field.epoch.is_some()),
        ("with", field.with.is_some()),
        ("flatten", field.flatten.is_some()),
    ];
    let marks = field.marks.iter().map(|at| (at.value.name(), true));
    let source = source::given(field).map(|(option, _)| (option, true));
    if let Some((other, _)) =
        others.into_iter().chain(marks).chain(source).find(|(_, given)| *given)
    {
        diag.error(
            skip,
            format!(
                "`{}` is skipped, so `{other}` does nothing\nhelp: remove one of them",
                field.ident
            ),
        );
    }
}

/// A key identifies a row of a table: it is there in every row and compares exactly.
fn key(diag: &Diag, raw: &RawRecord, field: &RawField) {
    let Some(flag) = field.primary_key else { return };
    if raw.derive == Derive::Record {
        diag.error(
            flag,
            format!(
                "a primary key belongs to a resource; `{}` is a nested record",
                raw.container.ident
            ),
        );
        return;
    }
    if field.flatten.is_some() {
        diag.error(flag, "a flattened object cannot be a primary key\nhelp: mark a plain column");
    } else if field.json.is_some() {
        diag.error(flag, "a JSON column cannot be a primary key\nnote: keys must compare exactly");
    } else if is_list(field) {
        // told with the rules of lists
    } else if let Some(inner) = list::argument(&field.ty, "Option") {
        let (name, inner) = (&field.ident, type_text(inner));
        diag.error(
            &field.ty,
            format!("a primary key is never null, but `{name}` is `Option<{inner}>`\nhelp: `{name}: {inner}`"),
        );
    }
}

/// The runtime has columns of its own.
fn name(diag: &Diag, field: &RawField) {
    let name = plain(&field.ident);
    if field.skip.is_none() && names::is_reserved(&name) {
        diag.error(
            &field.ident,
            format!(
                "the column name `{name}` is reserved\nhelp: another field name, with `#[column(rename = \"{name}\")]`"
            ),
        );
    }
}

/// Two columns of one JSON key are one column.
fn one_wire_name_each(diag: &Diag, raw: &RawRecord) {
    let is_read = |field: &&RawField| field.skip.is_none() && source::given(field).is_none();
    let columns: Vec<_> = raw.fields.iter().filter(is_read).collect();
    let wires: Vec<_> = columns.iter().map(|field| wire(field, raw.rename_all)).collect();
    for (i, wire) in wires.iter().enumerate() {
        if let Some(first) = wires[..i].iter().position(|earlier| earlier.value == wire.value) {
            diag.error_with_first(
                wire.spans,
                format!("column `{}` is already field `{}`", wire.value, columns[first].ident),
                wires[first].spans,
                format!("`{}` is first read here", wire.value),
            );
        }
    }
}

/// Databases do not tell cases apart.
fn one_column_name_each(diag: &Diag, raw: &RawRecord) {
    let columns: Vec<_> = raw.fields.iter().filter(|field| field.skip.is_none()).collect();
    for (i, field) in columns.iter().enumerate() {
        let same = |other: &&&RawField| {
            plain(&other.ident).eq_ignore_ascii_case(&plain(&field.ident))
                && other.ident != field.ident
        };
        if let Some(first) = columns[..i].iter().find(same) {
            diag.error_with_first(
                &field.ident,
                format!("column `{}` differs from `{}` by case only\nhelp: another field name, with `#[column(rename = \"{0}\")]`", field.ident, first.ident),
                &first.ident,
                format!("`{}` is first given here", first.ident),
            );
        }
    }
}

/// Columns of a flattened object are called `field__column`.
fn outside_of_flattened(diag: &Diag, raw: &RawRecord) {
    for flattened in raw.fields.iter().filter(|field| field.flatten.is_some()) {
        let prefix = format!("{}__", plain(&flattened.ident));
        for field in raw.fields.iter().filter(|field| field.skip.is_none()) {
            // a flattened field brings names that start with its own prefix
            let name = match field.flatten {
                Some(_) => format!("{}__", plain(&field.ident)),
                None => plain(&field.ident),
            };
            if name != prefix && names::has_prefix(&name, &prefix) {
                diag.error(
                    &field.ident,
                    format!(
                        "names that start with `{prefix}` are those of the flattened `{}`",
                        flattened.ident
                    ),
                );
            }
        }
    }
}

/// A row of nothing.
fn some_column(diag: &Diag, raw: &RawRecord) {
    if !raw.fields.is_empty() && raw.fields.iter().all(|field| field.skip.is_some()) {
        let ident = &raw.container.ident;
        diag.error(ident, format!("`{ident}` has no columns; every field is skipped"));
    }
}

/// "no column `idd` in `Issue`; did you mean `id`?"
pub(super) fn exists(diag: &Diag, record: &RawRecord, name: &At<String>) -> bool {
    let fields = record.fields.iter().filter(|field| field.skip.is_none());
    let names: Vec<String> = fields.map(|field| plain(&field.ident)).collect();
    if names.contains(&name.value) {
        return true;
    }
    let mut text = format!("no column `{}` in `{}`", name.value, record.container.ident);
    let list = names.iter().map(String::as_str);
    match guess::nearest(&name.value, list.clone()) {
        Some(guess) => text.push_str(&format!("; did you mean `{guess}`?")),
        None => text.push_str(&format!("\nhelp: its columns are {}", guess::list(list))),
    }
    diag.error(name.spans, text);
    false
}

/// Whether a column of the field is called `name`, in any case, or would be of a flattened one.
pub(super) fn owns(field: &RawField, name: &str) -> bool {
    let own = plain(&field.ident);
    match (field.skip, field.flatten) {
        (Some(_), _) => false,
        (None, Some(_)) => names::has_prefix(name, &format!("{own}__")),
        (None, None) => name.eq_ignore_ascii_case(&own),
    }
}

/// A type as one writes it, without the spaces that tokens print with.
pub(super) fn type_text(ty: &Type) -> String {
    let spaced = ty.to_token_stream().to_string();
    spaced
        .replace(" < ", "<")
        .replace(" <", "<")
        .replace("< ", "<")
        .replace(" >", ">")
        .replace(" ,", ",")
        .replace(" :: ", "::")
        .replace(":: ", "::")
}
