//! The lease of a resource: a lock of the operating system on a file beside the database, which
//! ends with the process that has it.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::{self, Error, Result};

/// Held until it is dropped. A database in memory is nobody else's: it has no file, and its lease
/// neither.
#[derive(Debug)]
pub(super) struct Lease {
    /// The file and its lock, which ends when it is closed.
    held: Option<(PathBuf, File)>,
}

impl Lease {
    /// `None`: somebody else has it.
    pub(super) fn take(database: &Path, connector: &str, resource: &str) -> Result<Option<Self>> {
        // one database, by whatever name
        let database = match database.canonicalize() {
            Ok(database) => database,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Some(Self { held: None }));
            }
            Err(error) => return Err(unusable(database, &error)),
        };
        let mut name = OsString::from(database);
        name.push(format!("-{connector}-{resource}.lock"));
        let path = PathBuf::from(name);
        loop {
            let mut options = OpenOptions::new();
            let lock = options.create(true).truncate(false).write(true).open(&path);
            let lock = lock.map_err(|error| unusable(&path, &error))?;
            match lock.try_lock() {
                Ok(()) if is_at(&lock, &path) => {
                    return Ok(Some(Self { held: Some((path, lock)) }));
                }
                // whoever had it has taken the file away: there may be a new one
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(unusable(&path, &error)),
            }
        }
    }
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    let message = format!("the lease {} cannot be taken: {error}", path.display());
    Error::new(error::ErrorKind::Destination, message)
        .with_help("may this user make files beside the database?")
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some((path, _lock)) = &self.held {
            // while it is locked: afterwards it could be another one's
            let _ = fs::remove_file(path);
        }
    }
}

/// Whether the file is the one that has this name now.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(own), Ok(there)) => identity(own) == identity(there),
        _ => false,
    }
}

/// Files that are open cannot be taken away here.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}
