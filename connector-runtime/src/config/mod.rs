//! From flags, environment and defaults to the connector's struct, every problem in one error.

mod types;

pub(crate) use types::check;
pub use types::{ConfigKind, ConfigType, ConfigValue, Credential, Values};
