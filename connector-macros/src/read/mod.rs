//! Tokens → raw values with their spans. What is malformed is reported and otherwise taken as not
//! given; what a value means is left to `check`.

mod auth;
mod body;
mod choice;
mod connector;
mod counted;
mod incremental;
mod login;
mod oauth2;
mod options;
mod paging;
mod params;
mod resource;
mod response;
mod select;
mod syntax;
mod target;
mod write;

use proc_macro2::Ident;
use syn::{Attribute, DeriveInput, Expr, Generics, Lit, Meta, Path};

pub(crate) use auth::{RawAuth, RawClientCredentials, RawHttpBasic};
pub(crate) use body::{RawBodies, RawJson};
pub(crate) use choice::{RawChoice, RawVariant, choice};
pub(crate) use connector::{
    RawConfigField, RawConnector, RawDefaults, RawRetry, RawStatuses, RawUrl, connector,
};
pub(crate) use counted::{RawOffset, RawPageNumber};
pub(crate) use incremental::{
    RawIncremental, RawInitial, RawParent, RawPartition, RawSpan, RawValues,
};
pub(crate) use login::{RawPairs, RawSessionToken};
pub(crate) use oauth2::{RawJwt, RawRefreshToken, RawRotation};
pub(crate) use paging::{RawCursor, RawLink, RawLinkSource};
pub(crate) use params::{RawLiteral, RawPaginator, RawParam, RawPlace, RawValue};
pub(crate) use resource::{RawDefault, RawField, RawRecord, RawResource, record, resource};
pub(crate) use response::{RawFormat, RawRate, RawResponses, RawRule};
pub(crate) use select::{RawArm, RawSelect};
pub(crate) use target::RawTarget;
pub(crate) use write::{RawBudget, RawMisfits, RawOnBadRow, RawStrategy, RawWrite};

use crate::diag::Diag;
use crate::keys::Place;
use options::Options;

/// What every derive knows of its type.
pub(crate) struct Container {
    pub(crate) ident: Ident,
    pub(crate) doc: String,
    /// `crate = ..`.
    pub(crate) crate_path: Option<Path>,
}

impl Container {
    fn new(diag: &Diag, input: &DeriveInput, options: &Options<'_>) -> Self {
        let crate_path = options.path("crate").filter(|path| is_absolute(diag, path));
        Self { ident: input.ident.clone(), doc: doc(&input.attrs), crate_path }
    }
}

/// Expanded code stands in a block of its own, where relative paths mean something else.
fn is_absolute(diag: &Diag, path: &Path) -> bool {
    let first = path.segments.first().map(|segment| segment.ident.to_string());
    let absolute =
        path.leading_colon.is_some() || matches!(first.as_deref(), Some("crate" | "$crate"));
    if !absolute {
        let text = path_text(path);
        diag.error(
            path,
            format!("the path must be absolute\nhelp: `::{text}` for a crate, `crate::{text}` for a module of this one"),
        );
    }
    absolute
}

/// The runtime's path for a stub, where nothing is reported any more.
pub(crate) fn crate_path(input: &DeriveInput) -> Option<Path> {
    let silent = Diag::new();
    let path = input.attrs.iter().find_map(|attr| {
        let args = attr.parse_args_with(syntax::args).ok()?;
        args.into_iter().find_map(|arg| {
            let is_crate = arg.head.word().is_some_and(|word| word == "crate");
            match arg.value?.kind {
                syntax::Kind::Path(path) if is_crate && is_absolute(&silent, &path) => Some(path),
                _ => None,
            }
        })
    });
    silent.finish(Default::default, Default::default);
    path
}

/// A path as the user wrote it, without the spaces that tokens print with.
pub(crate) fn path_text(path: &Path) -> String {
    quote::ToTokens::to_token_stream(path).to_string().replace(' ', "")
}

/// A doc comment: its lines without the space after `///`.
pub(crate) fn doc(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(expr) => match &expr.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let text: Vec<String> = lines
        .flat_map(|text| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>())
        .collect();
    text.join("\n").trim().to_owned()
}

/// The Rust name without `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map_or_else(|| text.clone(), str::to_owned)
}

/// One concrete type makes one spec.
fn no_generics(diag: &Diag, generics: &Generics, ident: &Ident, what: &str) {
    if !generics.params.is_empty() {
        let params: Vec<String> = generics
            .params
            .iter()
            .map(|param| match param {
                syn::GenericParam::Const(param) => param.ident.to_string(),
                syn::GenericParam::Lifetime(param) => param.lifetime.to_string(),
                syn::GenericParam::Type(param) => param.ident.to_string(),
            })
            .collect();
        diag.error(
            generics,
            format!(
                "{what}; `{ident}<{}>` would be many\nhelp: derive on a concrete type",
                params.join(", ")
            ),
        );
    }
}

/// Helper attributes that stand where their concept does not: `#[column(..)]` on the struct.
fn misplaced_attribute(owner: options::Owner<'_>, attrs: &[Attribute], wrong: Place, on: &str) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(wrong.label())) {
        let label = wrong.label();
        owner
            .diag
            .error(attr.path(), format!("`#[{label}(..)]` belongs on {on} of `{}`", owner.ident));
    }
}
