//! Where a program keeps what must outlive a run and is no data.

use std::ffi::OsString;
use std::path::PathBuf;

use super::read::variable;

/// The state directory: `CONNECTOR_STATE_DIR`, else the platform's own for this user.
pub(crate) fn state_dir() -> Option<PathBuf> {
    choose(&variable)
}

fn choose(env: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(chosen) = path("CONNECTOR_STATE_DIR") {
        return Some(chosen);
    }
    // relative ones are to be ignored (XDG Base Directory Specification)
    let absolute = |name: &str| path(name).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return absolute("LOCALAPPDATA");
    }
    let home = || Some(absolute("HOME")?.join(".local").join("state"));
    absolute("XDG_STATE_HOME").or_else(home)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (set, expected) in [
            (&[("CONNECTOR_STATE_DIR", "/a"), ("XDG_STATE_HOME", "/b")][..], Some("/a")),
            (&[("CONNECTOR_STATE_DIR", "a")], Some("a")),
            (&[("CONNECTOR_STATE_DIR", ""), ("XDG_STATE_HOME", "/b"), ("HOME", "/c")], Some("/b")),
            (&[("XDG_STATE_HOME", "b"), ("HOME", "/c")], Some("/c/.local/state")),
            (&[("HOME", "/c")], Some("/c/.local/state")),
            (&[("HOME", "")], None),
            (&[], None),
        ] {
            let env = |name: &str| {
                let value = set.iter().find(|(key, _)| *key == name);
                value.map(|(_, value)| OsString::from(value))
            };
            assert_eq!(choose(&env), expected.map(PathBuf::from), "{set:?}");
        }
    }
}
