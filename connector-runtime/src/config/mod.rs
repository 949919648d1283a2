//! From flags, environment and defaults to the connector's struct, every problem in one error.
//!
//! A value is looked for in this order: the command line, the environment, the field's default.
//! This is the only room that reads the environment.

pub(crate) mod arms;
#[cfg(any(feature = "airbyte", feature = "singer"))]
mod document;
mod read;
mod state_dir;
mod types;

#[cfg(any(feature = "airbyte", feature = "singer"))]
pub(crate) use document::from_documents;
pub(crate) use read::{from_env, one_error};
#[cfg(feature = "cli")]
pub(crate) use read::{read, read_connector, variable};
pub(crate) use state_dir::state_dir;
pub(crate) use types::check;
pub use types::{ConfigKind, ConfigType, ConfigValue, Credential, Values};
