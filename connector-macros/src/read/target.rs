//! Where a paginator's values go: `limit_param`, `limit_header`, `limit_body_path`.

use super::options::Options;
use crate::diag::{At, Spans};

/// The options that say where one value goes; at most one of them is right.
pub(crate) struct RawTarget {
    /// What the value is, for messages.
    pub(crate) what: &'static str,
    /// The names of the options.
    pub(crate) names: [&'static str; 3],
    pub(crate) param: Option<At<String>>,
    pub(crate) header: Option<At<String>>,
    pub(crate) body_path: Option<At<String>>,
}

impl RawTarget {
    /// Reads the options of these names: for a parameter, a header, a path of the body.
    pub(super) fn read(
        options: &Options<'_>,
        what: &'static str,
        names: [&'static str; 3],
    ) -> Self {
        let [param, header, body_path] = names.map(|name| options.text(name));
        Self { what, names, param, header, body_path }
    }

    /// The options that are given, and where.
    pub(crate) fn given(&self) -> impl Iterator<Item = (&'static str, Spans)> {
        let spans = [&self.param, &self.header, &self.body_path];
        let given = spans.into_iter().zip(self.names);
        given.filter_map(|(at, name)| at.as_ref().map(|at| (name, at.spans)))
    }
}
