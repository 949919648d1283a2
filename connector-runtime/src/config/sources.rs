//! [`Sources`]: where a program finds its configuration.

use super::Values;
use super::explain::Explained;
use super::read::{Env, Flags, Places, variable};
use crate::error::Result;
use crate::secret::Secret;
use crate::spec::{ConfigField, ConnectorSpec};

#[cfg(feature = "toml")]
use std::path::PathBuf;

/// Where the configuration of a connector comes from, in the order that the sync binary has:
///
/// 1. [`Self::value`], in the place of the binary's flags;
/// 2. environment variables;
/// 3. files of `/run/secrets`, or of the folder that `CONNECTOR_SECRETS_DIR` names;
/// 4. `connector.secrets.toml`, beside
/// 5. `connector.toml` in the working directory, or the file that [`Self::file`] or
///    `CONNECTOR_CONFIG` names (both with the feature `toml`);
/// 6. defaults.
///
/// ```
/// # use connector_runtime::prelude::*;
/// # #[derive(Resource)]
/// # #[resource(path = "/invoices")]
/// # struct Invoice { #[column(primary_key)] id: i64 }
/// use connector_runtime::config::Sources;
///
/// #[derive(Connector)]
/// #[connector(base_url = "https://api.example.com", auth = bearer(token), resources(Invoice))]
/// struct Shop {
///     token: Secret,
///     #[config(default = 100)]
///     size: u32,
/// }
///
/// # fn main() -> connector_runtime::Result<()> {
/// let sources = Sources::new().value("token", "s3cr3t");
/// let shop = Shop::from_sources(&sources)?;
/// assert_eq!(shop.size, 100);
/// for value in sources.explain(Shop::SPEC).values {
///     println!("{}: {:?}", value.key, value.origin);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub(super) values: Vec<(String, Secret)>,
    #[cfg(feature = "toml")]
    pub(super) file: Option<(PathBuf, &'static str)>,
    #[cfg(feature = "toml")]
    pub(super) profile: Option<(String, &'static str)>,
}

impl Sources {
    /// The places where a sync binary looks without being told.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field, whatever the other places say. It is named as in `connector.toml`, and its text
    /// is written as in an environment variable.
    #[must_use]
    pub fn value(mut self, key: impl Into<String>, text: impl Into<Secret>) -> Self {
        self.values.push((key.into(), text.into()));
        self
    }

    /// Reads this file in the place of `connector.toml`, and the secrets file beside it. It must be
    /// there.
    #[cfg(feature = "toml")]
    #[must_use]
    pub fn file(self, path: impl Into<PathBuf>) -> Self {
        self.named_file(path, "the program")
    }

    /// Puts what `[profile.NAME]` says before what the file says elsewhere.
    #[cfg(feature = "toml")]
    #[must_use]
    pub fn profile(self, name: impl Into<String>) -> Self {
        self.named_profile(name, "the program")
    }

    /// As [`Self::file`]; messages say who has named it.
    #[cfg(feature = "toml")]
    pub(crate) fn named_file(mut self, path: impl Into<PathBuf>, by: &'static str) -> Self {
        self.file = Some((path.into(), by));
        self
    }

    /// As [`Self::profile`]; messages say who has named it.
    #[cfg(feature = "toml")]
    pub(crate) fn named_profile(mut self, name: impl Into<String>, by: &'static str) -> Self {
        self.profile = Some((name.into(), by));
        self
    }

    /// The value of each field of a connector and where it comes from, secrets as `***`; and all
    /// that is missing or wrong. `Shop::SPEC` is what the derive makes.
    pub fn explain(&self, spec: &'static ConnectorSpec) -> Explained {
        self.open(spec, None, &variable).explain(&[])
    }

    /// The values of a connector's fields, for programs that have no command line of ours.
    pub(crate) fn read(&self, spec: &'static ConnectorSpec) -> Result<Values> {
        self.open(spec, None, &variable).connector(&[])
    }

    /// Reads the files. What is wrong with them is told with what is wrong with the values.
    pub(crate) fn open<'a>(
        &'a self,
        spec: &'static ConnectorSpec,
        flags: Option<Flags<'a>>,
        env: Env<'a>,
    ) -> Places<'a> {
        let mut places = Places::new(spec, flags, env);
        places.set(&self.values);
        places.mount();
        #[cfg(feature = "toml")]
        places.files(self.file.as_ref(), self.profile.as_ref());
        places
    }
}

/// The keys of settings that a sync binary has besides the fields of its connector. A file that
/// is shared by such programs may have them, whoever reads it.
pub(crate) const PROGRAM: [&str; 10] = [
    "base_url",
    "ca_file",
    "client_cert",
    "client_key",
    "dataset",
    "destination",
    "lease_timeout",
    "max_concurrency",
    "max_run_time",
    "proxy",
];

impl ConfigField {
    /// The key of the field in `connector.toml`: its flag, with `_` for `-`.
    pub fn key(&self) -> String {
        self.flag.replace('-', "_")
    }

    /// Whether the value must not be seen.
    pub(crate) const fn is_secret(&self) -> bool {
        matches!(self.kind, super::ConfigKind::Secret)
    }
}
