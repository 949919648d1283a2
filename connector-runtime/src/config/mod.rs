//! From flags, environment, files and defaults to the connector's struct, every problem in one
//! error.
//!
//! [`Sources`] has the order in which a value is looked for. This is the only room that reads the
//! environment.

pub(crate) mod arms;
#[cfg(any(feature = "airbyte", feature = "singer"))]
mod document;
mod explain;
mod exposed;
#[cfg(feature = "toml")]
mod file;
mod guess;
mod json;
mod mounted;
mod origin;
mod read;
#[cfg(feature = "toml")]
mod schema;
mod sources;
mod state_dir;
#[cfg(feature = "toml")]
mod template;
mod types;

#[cfg(any(feature = "airbyte", feature = "singer"))]
pub(crate) use document::from_documents;
pub use explain::{Explained, ExplainedValue, Problem};
#[cfg(feature = "cli")]
pub(crate) use exposed::exposes;
#[cfg(feature = "cli")]
pub(crate) use file::{chosen, secrets_of};
pub(crate) use guess::nearest;
#[cfg(any(feature = "airbyte", feature = "singer"))]
pub(crate) use json::json;
#[cfg(feature = "cli")]
pub(crate) use mounted::secret;
pub use origin::Origin;
#[cfg(feature = "cli")]
pub(crate) use read::{Places, variable};
pub(crate) use read::{from_env, one_error};
#[cfg(feature = "toml")]
pub use schema::json_schema;
#[cfg(all(test, feature = "cli"))]
pub(crate) use sources::PROGRAM;
pub use sources::Sources;
pub(crate) use state_dir::state_dir;
#[cfg(feature = "toml")]
pub use template::{secrets_template, template};
pub(crate) use types::check;
pub use types::{ConfigKind, ConfigType, ConfigValue, Credential, Values};
