//! [`Secret`]: a credential that is never printed, logged or serialised, and is wiped on drop.

use std::fmt;

use zeroize::Zeroizing;

/// A credential.
///
/// Its text can be read in one way only, [`Secret::expose`]; this crate does so to sign requests, to
/// read the configuration, and to find secrets in what a server sends. `Debug` prints `***`; there is no `Display` and no `Serialize`.
/// The memory is overwritten when the value is dropped.
///
/// ```
/// use connector_runtime::Secret;
///
/// let key = Secret::new("s3cr3t");
/// assert_eq!(format!("{key:?}"), "***");
/// assert_eq!(key.expose(), "s3cr3t");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a credential.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The credential itself. Whoever calls this takes over the duty to keep it from being seen.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
