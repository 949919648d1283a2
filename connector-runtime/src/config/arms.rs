//! What the chosen arms of `select(..)` need of the configuration.

use super::read::pass;
use crate::config::ConfigKind;
use crate::spec::{AuthArm, AuthSpec, ConfigField, ConnectorSpec, SelectSpec};

/// A field that the chosen arm needs, and that was left out.
pub(crate) struct Missing {
    field: &'static ConfigField,
    select: &'static str,
    text: String,
}

/// Every way to authenticate that a connector declares, its own first.
pub(crate) fn declared(spec: &'static ConnectorSpec) -> impl Iterator<Item = &'static AuthSpec> {
    let own = spec.resources.iter().filter_map(|resource| resource.auth.as_ref());
    spec.auth.iter().chain(own.map(|declared| &declared.auth))
}

/// The arm that `text`, the value of the field that decides, stands for.
pub(crate) fn arm(
    spec: &ConnectorSpec,
    select: &'static SelectSpec,
    text: &str,
) -> Option<&'static AuthArm> {
    let field = spec.config.iter().find(|field| field.name == select.field)?;
    let ConfigKind::Choice(variants) = field.kind else { return None };
    let (variant, _) = variants.iter().find(|(_, other)| *other == text)?;
    select.arms.iter().find(|arm| arm.variant == *variant)
}

/// What is missing of what the chosen arms need, each field once. `text` gives the text of a field
/// that has one and is no secret, `given` says whether a field has a value.
pub(crate) fn missing(
    spec: &'static ConnectorSpec,
    text: impl Fn(&str) -> Option<String>,
    given: impl Fn(&str) -> bool,
) -> Vec<Missing> {
    let mut missing: Vec<Missing> = Vec::new();
    for auth in declared(spec) {
        let AuthSpec::Select(select) = auth else { continue };
        let Some(text) = text(select.field) else { continue };
        let Some(arm) = arm(spec, select, &text) else { continue };
        for used in arm.declared.fields {
            let is_new = !missing.iter().any(|missing| missing.field.name == used.field);
            let field = spec.config.iter().find(|field| field.name == used.field);
            let is_missing =
                |field: &&ConfigField| is_new && used.is_needed(field) && !given(used.field);
            if let Some(field) = field.filter(is_missing) {
                missing.push(Missing { field, select: select.field, text: text.clone() });
            }
        }
    }
    missing
}

impl Missing {
    /// "`client_id` is missing, which `login` = `oauth` needs".
    #[cfg(any(feature = "airbyte", feature = "singer"))]
    pub(super) fn of_document(&self) -> String {
        let Self { field, select, text } = self;
        format!("`{}` is missing, which `{select}` = `{text}` needs", field.key())
    }

    /// "`client_id` is missing, which `login` = `oauth` needs: ..".
    pub(crate) fn problem(&self, has_flags: bool) -> String {
        let Self { field, select, text } = self;
        let pass = pass(field, has_flags && !field.is_secret());
        format!("`{}` is missing, which `{select}` = `{text}` needs: {pass}", field.name)
    }
}
