//! The lease of a resource: locks of the operating system on files beside the database, which end
//! with the process that has them.
//!
//! A resource as a whole has the lock of its file alone. Parts share it, and each has another one of
//! its own.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::destination::Load;
use crate::error::{self, Error, Result};

/// Whoever gives a lock back that is shared has it alone for a moment.
const MOMENT: Duration = Duration::from_millis(5);
const MOMENTS: u32 = 10;

/// Held until it is dropped. A database in memory is nobody else's: it has no file, and its lease
/// neither.
#[derive(Debug)]
#[expect(dead_code, reason = "locks are there to be dropped")]
pub(super) struct Lease(Vec<Lock>);

/// The lock of a file.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    /// The lock ends when it is closed.
    file: File,
}

/// How a file is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Alone,
    Shared,
}

impl Lease {
    /// `None`: somebody else has it.
    pub(super) fn take(database: &Path, load: &Load) -> Result<Option<Self>> {
        // one database, by whatever name
        let database = match database.canonicalize() {
            Ok(database) => database,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(Self(Vec::new()))),
            Err(error) => return Err(unusable(database, &error)),
        };
        let Load { connector, resource, part, .. } = load;
        let path = |part: &str| {
            let mut name = OsString::from(&database);
            name.push(format!("-{connector}-{resource}{part}.lock"));
            PathBuf::from(name)
        };
        let mut wanted = vec![(path(""), Kind::Alone)];
        if let Some(part) = part {
            let own = path(&format!("-{}-of-{}", part.index, part.of));
            wanted = vec![(path(""), Kind::Shared), (own, Kind::Alone)];
        }
        let mut locks = Vec::new();
        for (path, kind) in wanted {
            match Lock::take(path, kind)? {
                Some(lock) => locks.push(lock),
                None => return Ok(None),
            }
        }
        Ok(Some(Self(locks)))
    }
}

impl Lock {
    fn take(path: PathBuf, kind: Kind) -> Result<Option<Self>> {
        let mut moments = 0;
        loop {
            let mut options = OpenOptions::new();
            let file = options.create(true).truncate(false).write(true).open(&path);
            let file = file.map_err(|error| unusable(&path, &error))?;
            let locked = match kind {
                Kind::Alone => file.try_lock(),
                Kind::Shared => file.try_lock_shared(),
            };
            match locked {
                Ok(()) if is_at(&file, &path) => return Ok(Some(Self { path, file })),
                // whoever had it has taken the file away: there may be a new one
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if kind == Kind::Shared && moments < MOMENTS => {
                    moments += 1;
                    thread::sleep(MOMENT);
                }
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

impl Drop for Lock {
    fn drop(&mut self) {
        // the last one takes the file away, and while it has the lock alone: afterwards it could be
        // another one's
        let is_last = self.file.unlock().is_ok() && self.file.try_lock().is_ok();
        if is_last && is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
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
