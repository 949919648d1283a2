//! Credentials: fields of the connector that are there and fit, a choice that is complete, nothing
//! sent twice.

use super::token::{JWT, jwt_is_enabled, login_has_secret};
use super::{Site, Text, find, fits_site, same, unknown_field};
use crate::config::ConfigKind;
use crate::spec::{AuthSpec, ConfigField, ConnectorSpec, DeclaredAuth, ResourceSpec, SelectSpec};

/// A field that an arm of the connector's `select(..)` names. It may be left out: what the chosen
/// arm needs is asked for at the start.
#[doc(hidden)]
#[track_caller]
pub const fn arm_use(spec: &ConnectorSpec, field: &str, site: Site) {
    if !spec.poisoned
        && let Some(field) = find(spec.config, field)
    {
        fits_site(field, site, spec.type_name, true);
    }
}

/// `auth = select(field, ..)` of the connector: a closed set, and an arm for each of its variants.
#[doc(hidden)]
#[track_caller]
pub const fn select(spec: &ConnectorSpec, field: &str) {
    if !spec.poisoned
        && let Some(AuthSpec::Select(select)) = &spec.auth
        && let Some(field) = find(spec.config, field)
    {
        decides(field, select, spec.type_name, false);
    }
}

/// An arm of the connector's `select(field, ..)`.
#[doc(hidden)]
#[track_caller]
pub const fn select_arm(spec: &ConnectorSpec, field: &str, variant: &str) {
    if !spec.poisoned
        && let Some(field) = find(spec.config, field)
    {
        is_variant(field, variant);
    }
}

/// What a resource says of its credentials, against the fields of the connector that lists it.
#[track_caller]
pub(super) const fn own_auth(spec: &ConnectorSpec, resource: &ResourceSpec) {
    let Some(declared) = &resource.auth else { return };
    over_https(spec, resource, &declared.auth);
    fields(spec, resource, declared, false);
    tokens(spec, &declared.auth);
    if let AuthSpec::Select(select) = &declared.auth {
        match find(spec.config, select.field) {
            None => no_field(spec, resource, select.field),
            Some(field) => decides(field, select, resource.type_name, true),
        }
        let mut i = 0;
        while i < select.arms.len() {
            fields(spec, resource, &select.arms[i].declared, true);
            i += 1;
        }
    }
    let mut i = 0;
    while i < spec.headers.len() {
        if sends_header(&declared.auth, spec.headers[i].name) {
            Text::new()
                .add("header ")
                .tick(spec.headers[i].name)
                .add(" of ")
                .tick(spec.type_name)
                .add(" is already sent by `auth` of ")
                .tick(resource.type_name)
                .fail();
        }
        i += 1;
    }
}

/// What the derive of a connector asks of its own kinds.
#[track_caller]
const fn tokens(spec: &ConnectorSpec, auth: &AuthSpec) {
    match auth {
        AuthSpec::OAuth2Jwt(_) => jwt_is_enabled(JWT),
        AuthSpec::Select(select) => {
            let mut i = 0;
            while i < select.arms.len() {
                tokens(spec, &select.arms[i].declared.auth);
                i += 1;
            }
        }
        AuthSpec::SessionToken(login) => login_has_secret(spec, login),
        _ => {}
    }
}

/// Whoever shares the wire reads what is sent over plain http. A base URL that is configured is
/// looked at when the program starts.
#[track_caller]
const fn over_https(spec: &ConnectorSpec, resource: &ResourceSpec, auth: &AuthSpec) {
    let is_exposed = starts_with(spec.base_url.text, "http://")
        && !starts_with(spec.base_url.text, "http://localhost")
        && !starts_with(spec.base_url.text, "http://127.")
        && !starts_with(spec.base_url.text, "http://[::1]");
    if is_exposed && !spec.allow_http && !matches!(auth, AuthSpec::None) {
        Text::new()
            .add("credentials of ")
            .tick(resource.type_name)
            .add(" would be sent over plain http\nhelp: use `https://`, or add `allow_http` to ")
            .tick(spec.type_name)
            .add(" for a test server")
            .fail();
    }
}

const fn starts_with(text: &str, start: &str) -> bool {
    let (text, start) = (text.as_bytes(), start.as_bytes());
    if text.len() < start.len() {
        return false;
    }
    let mut i = 0;
    while i < start.len() {
        if text[i] != start[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[track_caller]
const fn fields(
    spec: &ConnectorSpec,
    resource: &ResourceSpec,
    declared: &DeclaredAuth,
    in_arm: bool,
) {
    let mut i = 0;
    while i < declared.fields.len() {
        let used = &declared.fields[i];
        match find(spec.config, used.field) {
            None => no_field(spec, resource, used.field),
            Some(field) => fits_site(field, used.site, resource.type_name, in_arm),
        }
        i += 1;
    }
}

#[track_caller]
const fn no_field(spec: &ConnectorSpec, resource: &ResourceSpec, name: &str) -> ! {
    let text = Text::new().add("`auth` of ").tick(resource.type_name).add(" names ").tick(name);
    unknown_field(spec, text)
}

/// The field that decides has a value, and each value an arm. An arm that is none is told here, or
/// at its own place.
#[track_caller]
const fn decides(field: &ConfigField, select: &SelectSpec, owner: &str, tell_arms: bool) {
    let text = Text::new().add("`auth` of ").tick(owner);
    let ConfigKind::Choice(variants) = field.kind else {
        text.add(" is chosen by ")
            .tick(field.name)
            .add(", which is no closed set\nhelp: its type is an enum with `#[derive(Choice)]`")
            .fail()
    };
    if field.optional && field.default.is_none() {
        text.add(" is chosen by ")
            .tick(field.name)
            .add(", which may be left out\nhelp: make it required, or give it a default")
            .fail();
    }
    let mut i = 0;
    while i < select.arms.len() {
        if !is_one_of(variants, select.arms[i].variant) {
            if tell_arms {
                is_variant(field, select.arms[i].variant);
            }
            // a misspelt arm is not missing, too
            return;
        }
        i += 1;
    }
    let mut i = 0;
    while i < variants.len() {
        let (variant, _) = variants[i];
        if !has_arm(select, variant) {
            text.add(" has no arm for ")
                .tick(variant)
                .add(", a value of ")
                .tick(field.name)
                .add("\nhelp: add `")
                .add(variant)
                .add(" = ..`, or `")
                .add(variant)
                .add(" = none` for requests without credentials")
                .fail();
        }
        i += 1;
    }
}

const fn has_arm(select: &SelectSpec, variant: &str) -> bool {
    let mut i = 0;
    while i < select.arms.len() {
        if same(select.arms[i].variant, variant) {
            return true;
        }
        i += 1;
    }
    false
}

#[track_caller]
const fn is_variant(field: &ConfigField, name: &str) {
    let ConfigKind::Choice(variants) = field.kind else { return };
    if is_one_of(variants, name) {
        return;
    }
    let mut text = Text::new().tick(name).add(" is no variant of ").tick(field.name);
    let mut i = 0;
    while i < variants.len() {
        let before = if i == 0 { "\nhelp: its variants are " } else { ", " };
        text = text.add(before).tick(variants[i].0);
        i += 1;
    }
    if !variants.is_empty() {
        text.fail();
    }
}

const fn is_one_of(variants: &[(&str, &str)], name: &str) -> bool {
    let mut i = 0;
    while i < variants.len() {
        if same(variants[i].0, name) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether a credential, or one of those to choose from, goes into this header.
pub(super) const fn sends_header(auth: &AuthSpec, name: &str) -> bool {
    if let AuthSpec::Select(select) = auth {
        let mut i = 0;
        while i < select.arms.len() {
            if sends_header(&select.arms[i].declared.auth, name) {
                return true;
            }
            i += 1;
        }
    }
    match auth.header() {
        Some(own) => own.eq_ignore_ascii_case(name),
        None => false,
    }
}

/// Whether a credential, or one of those to choose from, goes into this query parameter.
pub(super) const fn sends_param(auth: &AuthSpec, name: &str) -> bool {
    if let AuthSpec::Select(select) = auth {
        let mut i = 0;
        while i < select.arms.len() {
            if sends_param(&select.arms[i].declared.auth, name) {
                return true;
            }
            i += 1;
        }
    }
    match auth.query_param() {
        Some(own) => same(own, name),
        None => false,
    }
}
