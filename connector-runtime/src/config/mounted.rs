//! Secrets that a container finds as files: `/run/secrets/NAME`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use zeroize::Zeroize;

use super::read::Env;
#[cfg(feature = "cli")]
use super::read::utf8;
use crate::secret::Secret;

/// Where Docker, Podman and Compose put them, and where Kubernetes can be told to.
const FOLDER: &str = "/run/secrets";

/// The variable that names another folder.
pub(super) const VARIABLE: &str = "CONNECTOR_SECRETS_DIR";

/// The folder of secrets.
///
/// # Errors
///
/// Where one was named that is none.
pub(super) fn folder(env: Env<'_>) -> Result<PathBuf, String> {
    let Some(named) = env(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from) else {
        return Ok(PathBuf::from(FOLDER));
    };
    match named.is_dir() {
        true => Ok(named),
        false => Err(format!("`{VARIABLE}` names `{}`, which is no directory", named.display())),
    }
}

/// A secret that is no field of a connector: from the environment, or from the folder.
#[cfg(feature = "cli")]
pub(crate) fn secret(variable: &str, env: Env<'_>) -> Option<Secret> {
    let of_env = env(variable).filter(|value| !value.is_empty()).and_then(utf8);
    of_env.or_else(|| Some(find(&folder(env).ok()?, variable).ok()??.1))
}

/// The file that has the name of a variable, as it is or in lower case, and its text without the
/// newline at its end.
///
/// # Errors
///
/// Where there is such a file that cannot be read, or is no text.
pub(super) fn find(folder: &Path, variable: &str) -> Result<Option<(String, Secret)>, String> {
    for name in [variable, &variable.to_lowercase()] {
        let path = folder.join(name);
        // a folder that others alone may search has nothing for us
        if fs::metadata(&path).is_err() {
            continue;
        }
        let file = path.display().to_string();
        return match fs::read_to_string(&path) {
            Ok(mut text) => {
                let cut =
                    text.strip_suffix('\n').map(|text| text.strip_suffix('\r').unwrap_or(text));
                let secret = Secret::new(cut.unwrap_or(&text));
                text.zeroize();
                Ok(Some((file, secret)))
            }
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                Err(format!("`{file}` is not UTF-8"))
            }
            Err(error) => Err(format!("`{file}` cannot be read: {error}")),
        };
    }
    Ok(None)
}
