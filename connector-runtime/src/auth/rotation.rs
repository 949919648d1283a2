//! Where a refresh token is kept that replaces the configured one.

use std::path::PathBuf;

use super::token_file::{Locked, TokenFile};
use super::{Credentials, TokenServer};
use crate::error::{Error, ErrorKind, Result};
use crate::instance::Instance;
use crate::secret::Secret;
use crate::spec::RotationSpec;

/// A function that gives what [`StoreToken`] was given last, or `None` before the first time.
///
/// It is called before each request for a token.
pub type LoadToken = fn(&Credentials<'_>) -> Result<Option<Secret>>;

/// A function that keeps the token which replaces the configured one, for the next run too.
///
/// It is called before the first use of the access token that came with it. What it is given is a
/// text to give back as it is: it says from which configured token the kept one comes, so that a
/// newly configured one is used instead. An error ends the run before anything else is sent.
///
/// Whoever loads with several processes at once keeps them apart: the built-in file has a lock.
///
/// ```
/// use connector_runtime::auth::Credentials;
/// use connector_runtime::prelude::*;
///
/// fn load(_: &Credentials<'_>) -> connector_runtime::Result<Option<Secret>> {
///     Ok(vault::read("crm/refresh_token").map(Secret::new))
/// }
///
/// fn store(_: &Credentials<'_>, token: &Secret) -> connector_runtime::Result<()> {
///     vault::write("crm/refresh_token", token.expose());
///     Ok(())
/// }
///
/// #[derive(Connector)]
/// #[connector(
///     base_url = "https://api.example.com",
///     auth = oauth2_refresh_token(
///         token_url = "https://auth.example.com/token",
///         refresh_token = refresh_token,
///         client_id = client_id,
///         on_rotate(load = load, store = store),
///     ),
///     resources(Contact),
/// )]
/// struct Crm {
///     refresh_token: Secret,
///     client_id: String,
/// }
///
/// # #[derive(Resource)]
/// # #[resource(path = "/contacts")]
/// # struct Contact { #[column(primary_key)] id: i64 }
/// # mod vault {
/// #     pub fn read(_: &str) -> Option<String> { None }
/// #     pub fn write(_: &str, _: &str) {}
/// # }
/// ```
pub type StoreToken = fn(&Credentials<'_>, &Secret) -> Result<()>;

/// The file of the platform, or the functions of the user.
#[derive(Debug)]
pub(super) enum Keeper {
    File(TokenFile),
    Functions { spec: RotationSpec, instance: Box<Instance>, configured: Secret },
}

/// A keeper that no other process uses meanwhile.
pub(super) enum Kept<'a> {
    File(Locked<'a>),
    Functions { spec: RotationSpec, instance: &'a Instance, configured: &'a Secret },
}

impl Keeper {
    pub(super) fn new(
        instance: &Instance,
        functions: Option<RotationSpec>,
        configured: &Secret,
        state_dir: Option<PathBuf>,
    ) -> Result<Self> {
        if let Some(spec) = functions {
            let (instance, configured) = (Box::new(instance.clone()), configured.clone());
            return Ok(Self::Functions { spec, instance, configured });
        }
        let file = TokenFile::new(state_dir, instance.spec.name, configured)?;
        Ok(Self::File(file))
    }

    /// Waits until no other process uses the token.
    pub(super) async fn open(&self, server: &mut dyn TokenServer) -> Result<Kept<'_>> {
        match self {
            Self::File(file) => Ok(Kept::File(file.lock(server).await?)),
            Self::Functions { spec, instance, configured } => {
                Ok(Kept::Functions { spec: *spec, instance, configured })
            }
        }
    }
}

impl Kept<'_> {
    /// The token that replaced the configured one.
    pub(super) fn load(&self) -> Result<Option<Secret>> {
        match self {
            Self::File(file) => file.load(),
            Self::Functions { spec, instance, configured } => {
                let Some(text) = (spec.load)(&Credentials::new(instance))? else { return Ok(None) };
                Record::read(text.expose().as_bytes(), configured).map_err(|problem| {
                    let text = format!("what `on_rotate(load = ..)` gave {problem}");
                    Error::new(ErrorKind::Config, text)
                        .with_help("give back what `on_rotate(store = ..)` was given, as it was")
                })
            }
        }
    }

    /// Keeps the token, or ends the run.
    pub(super) fn store(&self, token: &Secret) -> Result<()> {
        let stored = match self {
            Self::File(file) => file.store(token).map_err(|problem| (problem, None)),
            Self::Functions { spec, instance, configured } => {
                let record = Record::write(token, configured);
                (spec.store)(&Credentials::new(instance), &record)
                    .map_err(|error| (error.message().to_owned(), error.help().map(str::to_owned)))
            }
        };
        stored.map_err(|(problem, help)| {
            let text = format!(
                "the server replaced the refresh token, and the new one could not be kept: {problem}"
            );
            let first = help.map(|help| format!("{help}; ")).unwrap_or_default();
            Error::new(ErrorKind::Auth, text).with_help(format!(
                "{first}the old token may be used up: if the next run is refused, authorize again and configure a new one"
            ))
        })
    }
}

/// What is kept: a token, and of which configured one it is the descendant.
pub(super) struct Record;

impl Record {
    /// The token of a record; `None` when it comes from another configured token.
    pub(super) fn read(text: &[u8], configured: &Secret) -> Result<Option<Secret>, &'static str> {
        let record: serde_json::Value =
            serde_json::from_slice(text).map_err(|_| "is not what was kept: no JSON")?;
        let field = |name: &str| record.get(name).and_then(serde_json::Value::as_str);
        let (Some(from), Some(token)) = (field("configured_sha256"), field("refresh_token")) else {
            return Err("is not what was kept: `configured_sha256` or `refresh_token` is missing");
        };
        Ok((from == sha256(configured) && !token.is_empty()).then(|| token.into()))
    }

    pub(super) fn write(token: &Secret, configured: &Secret) -> Secret {
        let record = serde_json::json!({
            "configured_sha256": sha256(configured),
            "refresh_token": token.expose(),
        });
        Secret::new(format!("{record}\n"))
    }
}

/// A digest in hexadecimal digits. It tells tokens apart and gives none away: they are long and
/// random.
pub(super) fn sha256(token: &Secret) -> String {
    let digest = hmac_sha256::Hash::hash(token.expose().as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_belongs_to_one_configured_token() {
        let (old, new, kept) = ("old".into(), "new".into(), Secret::new("k\"ept"));
        let record = Record::write(&kept, &old);
        // FIPS 180-2, appendix B.1, for "abc"
        assert_eq!(
            sha256(&"abc".into()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let read = |text: &str, configured| Record::read(text.as_bytes(), configured);
        assert_eq!(read(record.expose(), &old), Ok(Some(kept)));
        assert_eq!(read(record.expose(), &new), Ok(None));
        assert!(!record.expose().contains("old\""));
        for text in ["", "kept", "{}", r#"{"refresh_token":"kept"}"#] {
            assert!(read(text, &old).is_err(), "{text}");
        }
    }
}
