//! `#[derive(Choice)]`: the enum and its variants.

use proc_macro2::Ident;
use syn::{Data, DeriveInput, Fields};

use super::options::{Options, Owner};
use super::{Container, no_generics};
use crate::case::Rule;
use crate::diag::{At, Diag};
use crate::keys::{Derive, Place};

pub(crate) struct RawChoice {
    pub(crate) container: Container,
    pub(crate) rename_all: Option<Rule>,
    pub(crate) variants: Vec<RawVariant>,
}

pub(crate) struct RawVariant {
    pub(crate) ident: Ident,
    pub(crate) rename: Option<At<String>>,
}

pub(crate) fn choice(diag: &Diag, input: &DeriveInput) -> RawChoice {
    let ident = &input.ident;
    let owner = Owner { diag, derive: Derive::Choice, ident };
    let options = Options::of_attributes(owner, Place::Choice, &input.attrs);
    no_generics(diag, &input.generics, ident, "a choice is one closed set");
    let raw = RawChoice {
        container: Container::new(diag, input, &options),
        rename_all: super::resource::rename_all(diag, &options),
        variants: variants(owner, input),
    };
    options.done();
    raw
}

fn variants(owner: Owner<'_>, input: &DeriveInput) -> Vec<RawVariant> {
    let Owner { diag, ident, .. } = owner;
    let Data::Enum(data) = &input.data else {
        diag.error(
            ident,
            format!("a choice is a closed set of texts; `#[derive(Choice)]` needs `enum {ident} {{ .. }}`"),
        );
        return Vec::new();
    };
    if data.variants.is_empty() {
        diag.error(
            ident,
            format!("`{ident}` has no values\nhelp: a variant makes a value: `Open`"),
        );
    }
    let variants = data.variants.iter().map(|variant| {
        if !matches!(variant.fields, Fields::Unit) {
            diag.error(
                &variant.fields,
                format!("a choice is a text; `{}` cannot hold fields", variant.ident),
            );
        }
        let options = Options::of_attributes(owner, Place::Variant, &variant.attrs);
        let raw = RawVariant { ident: variant.ident.clone(), rename: options.text("rename") };
        options.done();
        raw
    });
    variants.collect()
}
