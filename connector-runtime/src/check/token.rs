//! Tokens: what the runtime was built with, and whether a login holds a secret.

use super::{Text, find};
use crate::config::ConfigKind;
use crate::spec::{ConnectorSpec, Param, Part, SessionTokenSpec, Template};

/// Whether the runtime can sign assertions.
pub const JWT: bool = cfg!(feature = "jwt");

/// `auth = oauth2_jwt(..)`.
#[track_caller]
pub const fn jwt_is_enabled(enabled: bool) {
    if !enabled {
        Text::new()
            .add("`oauth2_jwt` needs the feature `jwt` of `connector-runtime`")
            .add("\nhelp: `connector-runtime = { version = \"..\", features = [\"jwt\"] }` in `Cargo.toml`")
            .fail();
    }
}

/// `auth = session_token(..)`: a login that nothing secret is part of is open to everybody, or
/// takes a password for a text.
#[track_caller]
pub const fn login_has_secret(spec: &ConnectorSpec, login: &SessionTokenSpec) {
    if spec.poisoned || login.http_basic.is_some() || has_secret(spec, login) {
        return;
    }
    Text::new()
        .add("nothing that the login of ")
        .tick(spec.type_name)
        .add(" sends is a `Secret`")
        .add("\nhelp: give the field of the password or key the type `Secret`, and send it: `json(username = config.user, password = config.password)`")
        .fail();
}

const fn has_secret(spec: &ConnectorSpec, login: &SessionTokenSpec) -> bool {
    let fields = login.body.fields();
    let mut i = 0;
    while i < fields.len() {
        if is_secret(spec, &fields[i].value) {
            return true;
        }
        i += 1;
    }
    any_secret(spec, login.params) || any_secret(spec, login.headers)
}

const fn any_secret(spec: &ConnectorSpec, params: &[Param]) -> bool {
    let mut i = 0;
    while i < params.len() {
        if is_secret(spec, &params[i].value) {
            return true;
        }
        i += 1;
    }
    false
}

/// A secret inside a text is a mistake of its own, which is told at its place.
const fn is_secret(spec: &ConnectorSpec, template: &Template) -> bool {
    let mut i = 0;
    while i < template.parts.len() {
        if let Part::Config(name) = template.parts[i]
            && let Some(field) = find(spec.config, name)
            && matches!(field.kind, ConfigKind::Secret)
        {
            return true;
        }
        i += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(
        expected = "`oauth2_jwt` needs the feature `jwt` of `connector-runtime`\nhelp: "
    )]
    fn the_feature_is_named() {
        jwt_is_enabled(false);
    }
}
