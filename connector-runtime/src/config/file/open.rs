//! Which files there are, and whether they may be read.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::parse;
use crate::config::guess;
use crate::config::read::{Env, Places};
#[cfg(feature = "cli")]
use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

/// The file that is taken without asking.
const FILE: &str = "connector.toml";

/// Variables, and what messages call them.
const FILE_VARIABLE: (&str, &str) = ("CONNECTOR_CONFIG", "`CONNECTOR_CONFIG`");
const PROFILE_VARIABLE: (&str, &str) = ("CONNECTOR_PROFILE", "`CONNECTOR_PROFILE`");

/// The secrets file beside a configuration file: `connector.secrets.toml`.
pub(crate) fn secrets_of(path: &Path) -> PathBuf {
    path.with_extension("secrets.toml")
}

/// The configuration file, and who has named it, if anybody did.
///
/// # Errors
///
/// Where it is one of another kind.
fn named(
    named: Option<&(PathBuf, &'static str)>,
    env: Env<'_>,
) -> Result<(PathBuf, Option<&'static str>), String> {
    let of_env = || Some((PathBuf::from(value(env, FILE_VARIABLE.0)?), FILE_VARIABLE.1));
    let Some((path, by)) = named.cloned().or_else(of_env) else {
        return Ok((PathBuf::from(FILE), None));
    };
    match path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        true => Err(format!("expected a TOML file, found `{}`, which {by} names", path.display())),
        false => Ok((path, Some(by))),
    }
}

/// The configuration file that a command line, or the environment, stands for.
///
/// # Errors
///
/// Where it is one of another kind.
#[cfg(feature = "cli")]
pub(crate) fn chosen(flag: Option<String>, env: Env<'_>) -> crate::error::Result<PathBuf> {
    let flag = flag.map(|path| (PathBuf::from(path), "`--config`"));
    let named = named(flag.as_ref(), env);
    Ok(named.map_err(|problem| Error::new(ErrorKind::Config, problem))?.0)
}

fn value(env: Env<'_>, name: &str) -> Option<OsString> {
    env(name).filter(|value| !value.is_empty())
}

impl Places<'_> {
    /// Adds the configuration file and the secrets file, where they are.
    pub(in crate::config) fn files(
        &mut self,
        file: Option<&(PathBuf, &'static str)>,
        profile: Option<&(String, &'static str)>,
    ) {
        let (path, by) = match named(file, self.env) {
            Ok(named) => named,
            Err(problem) => return self.unread(problem),
        };
        let secrets = secrets_of(&path);
        self.add(&secrets, true);
        if !self.add(&path, false)
            && !self.is_unread
            && let Some(by) = by
        {
            self.unread(format!("there is no file `{}`, which {by} names", path.display()));
        }
        let of_env = || {
            let name = value(self.env, PROFILE_VARIABLE.0)?;
            Some((name.to_string_lossy().into_owned(), PROFILE_VARIABLE.1))
        };
        if let Some((name, by)) = profile.cloned().or_else(of_env) {
            self.choose(name, by, &path);
        }
        // in the order of the sources, and of the lines of each
        let problems: Vec<_> = self.files.iter().flat_map(|file| file.problems(self)).collect();
        self.problems.extend(problems);
    }

    fn unread(&mut self, problem: String) {
        self.problems.push(problem);
        self.is_unread = true;
    }

    /// Reads a file; says whether it is there.
    fn add(&mut self, path: &Path, is_private: bool) -> bool {
        let name = path.display().to_string();
        let text = match text(path, is_private) {
            Ok(Some(text)) => text,
            Ok(None) => return false,
            Err(problem) => {
                self.unread(problem);
                return true;
            }
        };
        match parse::parse(name, text.expose(), self.spec.name, is_private) {
            Ok((file, problems)) => {
                self.problems.extend(problems);
                self.files.push(file);
            }
            Err(problem) => self.unread(problem),
        }
        true
    }

    /// Takes a profile, which one of the files must have.
    fn choose(&mut self, name: String, by: &str, path: &Path) {
        let mut names: Vec<_> = self.files.iter().flat_map(|file| &file.profiles).collect();
        names.sort();
        names.dedup();
        if !names.contains(&&name) && !self.is_unread {
            let path = path.display();
            let guess = guess::nearest(&name, names.iter().map(|name| name.as_str()));
            let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            let help = match guess {
                _ if self.files.is_empty() => format!("there is no `{path}`"),
                _ if names.is_empty() => format!("`{path}` has no profiles"),
                Some(guess) => {
                    format!("did you mean `{guess}`? The profiles are {}", names.join(", "))
                }
                None => format!("the profiles are {}", names.join(", ")),
            };
            self.unread(format!("there is no profile `{name}`, which {by} names; {help}"));
        }
        self.profile = Some(name);
    }
}

/// The text of a file; none where there is no such file.
fn text(path: &Path, is_private: bool) -> Result<Option<Secret>, String> {
    let shown = path.display();
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::InvalidData => format!("`{shown}` is not UTF-8"),
        _ => format!("`{shown}` cannot be read: {error}"),
    };
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    if is_private {
        // of the file that was opened: its name may be another's a moment later
        private(path, &file.metadata().map_err(unreadable)?)?;
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unreadable)?;
    Ok(Some(Secret::new(text)))
}

#[cfg(unix)]
fn private(path: &Path, metadata: &fs::Metadata) -> Result<(), String> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let shown = path.display();
    Err(format!(
        "`{shown}` holds secrets and is open to others (mode {mode:04o}): run `chmod 600 {shown}`"
    ))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on unix")]
fn private(_: &Path, _: &fs::Metadata) -> Result<(), String> {
    Ok(())
}
