//! Which of several ways to authenticate the configuration has chosen.

use tracing::warn;

use super::Instance;
use crate::config::{self, ConfigValue, arms};
use crate::error::Result;
use crate::spec::AuthSpec;

impl Instance {
    /// Every way to authenticate that may be used, choices made.
    pub(super) fn auths(&self) -> impl Iterator<Item = &'static AuthSpec> {
        arms::declared(self.spec).map(|auth| self.chosen(auth))
    }

    /// The way itself, or the one that a choice comes to.
    pub(crate) fn chosen(&self, auth: &'static AuthSpec) -> &'static AuthSpec {
        let AuthSpec::Select(select) = auth else { return auth };
        let text = self.choice(select.field).unwrap_or_default();
        let arm = arms::arm(self.spec, select, &text);
        &arm.expect("BUG: each value has an arm, as was checked at compile time").declared.auth
    }

    /// The text of a field that decides.
    fn choice(&self, field: &str) -> Option<String> {
        match self.find(field) {
            Some(ConfigValue::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// Whoever fills in the struct by hand may leave out what the chosen arm needs.
    pub(crate) fn chosen_arms_are_complete(&self) -> Result<()> {
        let missing = arms::missing(
            self.spec,
            |field| self.choice(field),
            |field| !matches!(self.find(field), None | Some(ConfigValue::None)),
        );
        config::one_error(missing.iter().map(|missing| missing.problem(false)).collect())
    }

    /// Warns of credentials that were given, and that the chosen arm does not use: which of the two
    /// was meant is for a person to say.
    pub(crate) fn tell_idle_secrets(&self) {
        let used: Vec<_> = self.auths().collect();
        if used.iter().any(|auth| matches!(auth, AuthSpec::SessionToken(_) | AuthSpec::With(_))) {
            // a login or a function can use any field
            return;
        }
        let is_used = |name: &str| used.iter().any(|auth| auth.fields().contains(&Some(name)));
        for auth in arms::declared(self.spec) {
            let AuthSpec::Select(select) = auth else { continue };
            let arms = select.arms.iter().flat_map(|arm| arm.declared.fields);
            let mut told: Vec<&str> = Vec::new();
            for used in arms {
                let name = used.field;
                let given = matches!(self.find(name), Some(ConfigValue::Secret(_)));
                if given && !is_used(name) && !told.contains(&name) {
                    let choice = self.choice(select.field).unwrap_or_default();
                    let field = select.field;
                    warn!(target: "connector_runtime::config", "`{name}` was given, but `{field}` = `{choice}` does not use it");
                    told.push(name);
                }
            }
        }
    }
}
