//! The [`Connector`] trait.

use crate::config::{ConfigValue, Values};
use crate::spec::ConnectorSpec;

/// One API with its configuration. Implemented by `#[derive(Connector)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connector",
    label = "not a connector",
    note = "add `#[derive(Connector)]` and `#[connector(base_url = \"https://..\", resources(..))]` to `{Self}`"
)]
pub trait Connector: Sized + Send + Sync + 'static {
    /// What the derive read from the struct.
    const SPEC: &'static ConnectorSpec;

    /// The struct of checked configuration texts.
    #[doc(hidden)]
    fn from_values(values: &mut Values) -> Self;

    /// The fields' values, in the order of declaration.
    #[doc(hidden)]
    fn values(&self) -> Vec<ConfigValue>;
}
