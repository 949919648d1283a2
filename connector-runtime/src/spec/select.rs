//! Credentials of a resource's own, and the choice between ways to authenticate.

use super::{AuthSpec, ConfigField};

/// A way to authenticate, and the fields of the connector that it is made of.
#[derive(Clone, Copy, Debug)]
pub struct DeclaredAuth {
    /// The way.
    pub auth: AuthSpec,
    /// Every field that it names; none for a choice, whose arms name theirs.
    pub fields: &'static [FieldUse],
}

/// `auth = select(..)`: the value of a field decides.
#[derive(Clone, Copy, Debug)]
pub struct SelectSpec {
    /// The field of the connector that decides, a closed set.
    pub field: &'static str,
    /// One entry a variant.
    pub arms: &'static [AuthArm],
}

/// An arm of `select(..)`.
#[derive(Clone, Copy, Debug)]
pub struct AuthArm {
    /// The Rust name of the variant.
    pub variant: &'static str,
    /// What it chooses, never a choice again.
    pub declared: DeclaredAuth,
}

/// A field of the connector that something else names.
#[derive(Clone, Copy, Debug)]
pub struct FieldUse {
    /// The field.
    pub field: &'static str,
    /// What for.
    pub site: Site,
}

impl FieldUse {
    /// Whether nothing can be sent without a value of `field`, which it names. A parameter of its
    /// own is then left out, as is a value of a login that is no credential.
    pub(crate) fn is_needed(&self, field: &ConfigField) -> bool {
        match self.site {
            Site::Header | Site::OptionalClaim | Site::OptionalSecret | Site::Param => false,
            Site::Login => field.is_secret(),
            _ => true,
        }
    }
}

/// What a configuration value is used for.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Site {
    /// As the base URL.
    BaseUrl,
    /// As a value of its own in a JSON body.
    Body,
    /// As a claim of an assertion.
    Claim,
    /// As the name of an OAuth client.
    ClientId,
    /// As a header of its own.
    Header,
    /// As a value of a login.
    Login,
    /// Inside the text of a value of a login.
    LoginText,
    /// As the URL of a login.
    LoginUrl,
    /// As a claim of an assertion that may be left out.
    OptionalClaim,
    /// As a credential that may be left out.
    OptionalSecret,
    /// As a query parameter of its own.
    Param,
    /// Inside a path.
    Path,
    /// As a credential.
    Secret,
    /// Inside the text of a header or parameter.
    Text,
    /// As the URL of a token server.
    TokenUrl,
    /// As a user name.
    Username,
}
