//! `auth = with(path::to::function)`: a signature of the user's own.

use crate::config::ConfigValue;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Request;
use crate::instance::Instance;
use crate::secret::Secret;

/// A function that signs requests: it reads method, URL and headers and adds headers or parameters.
///
/// It is called for each try of each request, so a signature can hold the time. What it returns as
/// an error ends the load.
///
/// ```
/// use connector_runtime::auth::Credentials;
/// use connector_runtime::http::Request;
/// use connector_runtime::prelude::*;
///
/// fn sign(credentials: &Credentials<'_>, request: &mut Request) -> connector_runtime::Result<()> {
///     let key = credentials.secret("key")?;
///     request.push_header("x-account", credentials.text("account")?);
///     request.push_secret_header("x-signature", Secret::new(format!("v1:{}", key.expose())));
///     Ok(())
/// }
///
/// #[derive(Connector)]
/// #[connector(base_url = "https://api.example.com", auth = with(sign), resources(Item))]
/// struct Shop {
///     account: String,
///     key: Secret,
/// }
///
/// # #[derive(Resource)]
/// # #[resource(path = "/items")]
/// # struct Item { #[column(primary_key)] id: i64 }
/// ```
pub type Sign = fn(&Credentials<'_>, &mut Request) -> Result<()>;

/// The values of a connector's fields, by name.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    instance: &'a Instance,
}

impl<'a> Credentials<'a> {
    pub(super) fn new(instance: &'a Instance) -> Self {
        Self { instance }
    }

    /// The value of a field of type `Secret`.
    ///
    /// # Errors
    ///
    /// When the connector has no such field, or it was left out.
    pub fn secret(&self, field: &str) -> Result<&'a Secret> {
        match self.instance.find(field) {
            Some(ConfigValue::Secret(secret)) => Ok(secret),
            other => Err(self.missing(field, other, "secret")),
        }
    }

    /// The value of a field that is neither a `Secret` nor a list, as text.
    ///
    /// # Errors
    ///
    /// When the connector has no such field, or it was left out.
    pub fn text(&self, field: &str) -> Result<&'a str> {
        match self.instance.find(field) {
            Some(ConfigValue::Text(text)) => Ok(text),
            other => Err(self.missing(field, other, "text")),
        }
    }

    fn missing(&self, field: &str, found: Option<&ConfigValue>, wanted: &str) -> Error {
        let spec = self.instance.spec;
        let text = match found {
            None => {
                let names = spec.config.iter().map(|config| format!("`{}`", config.name));
                format!(
                    "`auth` asks for the field `{field}`, which `{}` does not have; its fields are {}",
                    spec.type_name,
                    names.collect::<Vec<_>>().join(", ")
                )
            }
            Some(ConfigValue::None) => format!("`auth` needs `{field}`, which was left out"),
            Some(_) => format!("`auth` asks for the {wanted} `{field}`, which is none"),
        };
        Error::new(ErrorKind::Config, text)
    }
}
