//! [`Auths`]: every way in which requests of one connector are authenticated.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use url::Url;

use super::{Auth, Kind};
use crate::error::Result;
use crate::instance::Instance;
use crate::secret::Secret;
use crate::spec::AuthSpec;

/// The connector's credentials, and those of resources that have their own.
///
/// All resources that use the connector's share one token.
#[derive(Debug)]
pub(crate) struct Auths {
    connector: Auth,
    own: Vec<(&'static str, Auth)>,
}

impl Auths {
    /// Credentials for requests to the origin of `base_url`. `state_dir`: where tokens are kept that
    /// outlive the run, in place of the platform's own place.
    ///
    /// # Errors
    ///
    /// When fields that a chosen arm needs were left out, or a credential cannot be sent.
    pub(crate) fn new(
        instance: &Instance,
        base_url: &Url,
        state_dir: Option<&Path>,
    ) -> Result<Self> {
        instance.chosen_arms_are_complete()?;
        let auth = |spec| Auth::new(instance, spec, base_url, state_dir);
        let mut own = Vec::new();
        for resource in instance.spec.resources {
            if let Some(declared) = &resource.auth {
                let auth = auth(Some(&declared.auth)).map_err(|e| e.with_resource(resource.name));
                own.push((resource.name, auth?));
            }
        }
        Ok(Self { connector: auth(instance.spec.auth.as_ref())?, own })
    }

    /// The credentials for the requests of a resource.
    pub(crate) fn of(&self, resource: &str) -> &Auth {
        let own = self.own.iter().find(|(name, _)| *name == resource);
        own.map_or(&self.connector, |(_, auth)| auth)
    }

    /// Secrets that are made of those of the configuration, and do not contain them as they are.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.all().flat_map(Auth::secrets)
    }

    /// Whether tokens are asked for over plain http, as they may be on this machine.
    pub(crate) fn asks_in_clear(&self) -> bool {
        self.all().any(Auth::asks_in_clear)
    }

    fn all(&self) -> impl Iterator<Item = &Auth> {
        std::iter::once(&self.connector).chain(self.own.iter().map(|(_, auth)| auth))
    }
}

impl Auth {
    fn new(
        instance: &Instance,
        spec: Option<&'static AuthSpec>,
        base_url: &Url,
        state_dir: Option<&Path>,
    ) -> Result<Self> {
        let spec = spec.map(|spec| instance.chosen(spec));
        let kind = match spec {
            Some(spec) => Kind::new(instance, spec, base_url, state_dir)?,
            None => None,
        };
        let key_param = spec.and_then(AuthSpec::query_param).filter(|_| kind.is_some());
        let kind = kind.unwrap_or(Kind::None);
        Ok(Self { origin: base_url.origin(), kind, key_param, given_up: AtomicBool::new(false) })
    }

    /// The query parameter that carries the credential.
    pub(crate) fn key_param(&self) -> Option<&'static str> {
        self.key_param
    }

    /// The credentials are no good: nothing more is sent with them.
    pub(crate) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }

    /// Whether the credentials were given up.
    pub(crate) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }
}
