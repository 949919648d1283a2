//! A private file for one secret that changes while nobody watches.
//!
//! `<state directory>/<connector>/refresh_token-<digest>.json`, one for each configured token, so
//! that two accounts of one connector do not take each other's. The digest is of the configured
//! token.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::TokenServer;
use super::rotation::{Record, sha256};
use crate::config::state_dir;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// How long to wait before the lock is tried again: at first, and at most.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

const WHY: &str = "a server may replace the refresh token with each use, so there must be a private place to keep the new one";

#[derive(Debug)]
pub(super) struct TokenFile {
    folder: PathBuf,
    path: PathBuf,
    configured: Secret,
}

/// The file, while no other process uses it.
pub(super) struct Locked<'a> {
    file: &'a TokenFile,
    /// Unlocked when it is closed.
    _lock: File,
}

impl TokenFile {
    /// Nothing is written yet.
    pub(super) fn new(base: Option<PathBuf>, connector: &str, configured: &Secret) -> Result<Self> {
        let Some(base) = base.or_else(state_dir) else {
            let text = "there is no place for a refresh token that the server replaces: neither `CONNECTOR_STATE_DIR` nor a home directory is known";
            return Err(Error::new(ErrorKind::Config, text)
                .with_help("set `CONNECTOR_STATE_DIR` to a directory that outlives the run"));
        };
        let folder = base.join(connector);
        let name = format!("refresh_token-{}.json", &sha256(configured)[..16]);
        Ok(Self { path: folder.join(name), folder, configured: configured.clone() })
    }

    /// Makes sure that a token can be kept, and waits until no other process is about to.
    pub(super) async fn lock(&self, server: &mut dyn TokenServer) -> Result<Locked<'_>> {
        let lock = self.open_lock()?;
        let mut wait = FIRST_WAIT;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Locked { file: self, _lock: lock }),
                Err(TryLockError::WouldBlock) => {
                    server.wait(wait, "another process renews the token").await?;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                Err(TryLockError::Error(error)) => return Err(self.unusable(&error)),
            }
        }
    }

    fn open_lock(&self) -> Result<File> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder).map_err(|error| self.unusable(&error))?;
        let folder = self.folder.metadata().map_err(|error| self.unusable(&error))?;
        private(&self.folder, &folder, "700")?;
        let lock = self.path.with_extension("lock");
        let mut options = private_file();
        options.create(true).truncate(false).open(lock).map_err(|error| self.unusable(&error))
    }

    fn unusable(&self, error: &io::Error) -> Error {
        let text = format!("the directory `{}` cannot be used: {error}", self.folder.display());
        Error::new(ErrorKind::Config, text)
            .with_help(format!("{WHY}; `CONNECTOR_STATE_DIR` names another one"))
    }
}

impl Locked<'_> {
    /// The token that replaced the configured one, if one did.
    pub(super) fn load(&self) -> Result<Option<Secret>> {
        let path = &self.file.path;
        let wrong = |problem: &dyn std::fmt::Display| {
            let text = format!("the file of the refresh token, `{}`, {problem}", path.display());
            Error::new(ErrorKind::Config, text).with_help(
                "remove the file to begin anew with the configured token, if that was not used up",
            )
        };
        let unreadable = |error: io::Error| wrong(&format!("cannot be read: {error}"));
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        private(path, &file.metadata().map_err(unreadable)?, "600")?;
        let mut text = zeroize::Zeroizing::new(Vec::new());
        file.read_to_end(&mut text).map_err(unreadable)?;
        Record::read(&text, &self.file.configured).map_err(|problem| wrong(&problem))
    }

    /// The token is in the file, and on the disk, or the file is as it was.
    pub(super) fn store(&self, token: &Secret) -> Result<(), String> {
        let path = &self.file.path;
        let unwritten = |error: io::Error| format!("`{}`: {error}", path.display());
        self.replace(&Record::write(token, &self.file.configured)).map_err(unwritten)
    }

    fn replace(&self, record: &Secret) -> io::Result<()> {
        let TokenFile { folder, path, .. } = self.file;
        // nobody else writes it: the lock is held
        let temporary = path.with_extension("new");
        let mut file = private_file().create(true).truncate(true).open(&temporary)?;
        file.write_all(record.expose().as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)?;
        // the name, too, must outlive a power failure
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        #[cfg(not(unix))]
        let _ = folder;
        Ok(())
    }
}

/// For writing; others can do nothing with it.
fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// What others can read is no secret, and what others can write is not ours.
#[cfg(unix)]
fn private(path: &Path, metadata: &std::fs::Metadata, mode: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let found = metadata.permissions().mode() & 0o777;
    if found & 0o077 == 0 {
        return Ok(());
    }
    let path = path.display();
    let text = format!(
        "`{path}` is open to other users of the machine (mode {found:o}): a refresh token is not kept there"
    );
    Err(Error::new(ErrorKind::Config, text).with_help(format!(
        "`chmod {mode} {path}`; if others may have read a token in it, authorize again"
    )))
}

/// The state directory is in the user's own profile.
#[cfg(not(unix))]
fn private(_: &Path, _: &std::fs::Metadata, _: &str) -> Result<()> {
    Ok(())
}
