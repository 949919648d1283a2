//! Files that other programs read while we write.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Puts a text into a file: who reads it sees what was there, or all of the new text.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut file = Replacement::new(path, Readers::Anyone)?;
    file.write_all(text.as_bytes())?;
    file.finish()
}

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// Whoever may read those of this user.
    Anyone,
    /// This user, where the system has such a thing.
    Owner,
}

/// A file that takes the place of another when it is whole. Until then, and if it never is, what was
/// there stays.
#[derive(Debug)]
pub(super) struct Replacement {
    file: io::BufWriter<File>,
    /// Where it is until then, and where it is to be; a pipe or a device is written to, not replaced.
    moves: Option<(PathBuf, PathBuf)>,
}

impl Replacement {
    pub(super) fn new(path: &Path, readers: Readers) -> io::Result<Self> {
        if is_stream(path) {
            let file = File::options().write(true).open(path)?;
            return Ok(Self { file: io::BufWriter::new(file), moves: None });
        }
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(format!(".{}.new", std::process::id()));
        let temporary = PathBuf::from(temporary);
        // one of a process that was killed is nobody's any more
        let _ = fs::remove_file(&temporary);
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if readers == Readers::Owner {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        #[cfg(not(unix))]
        let _ = readers;
        let file = io::BufWriter::new(options.open(&temporary)?);
        Ok(Self { file, moves: Some((temporary, path.to_owned())) })
    }

    /// Puts it in its place.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        let Some((temporary, path)) = &self.moves else { return Ok(()) };
        self.file.get_ref().sync_all()?;
        fs::rename(temporary, path)?;
        self.moves = None;
        Ok(())
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some((temporary, _)) = &self.moves {
            // what is there of it is of no use
            let _ = fs::remove_file(temporary);
        }
    }
}

/// Whether it is a pipe or a device, whose other end may stall.
pub(super) fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file())
}

/// Whether there can be a file: what is wrong is better known before a long run than after it.
pub(super) fn can_be(path: &Path) -> Result<(), String> {
    let folder = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return Err("expected a file".to_owned()),
    };
    if path.is_dir() {
        return Err("expected a file, found a folder".to_owned());
    }
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(format!("`{}` is no folder", folder.display())),
        Err(error) => Err(format!("`{}`: {error}", folder.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        for text in ["one", "two"] {
            replace(&path, text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
        assert!(replace(&folder.path().join("no/such"), "x").is_err());
    }

    #[test]
    fn what_was_there_stays_until_all_of_the_new_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.jsonl");
        fs::write(&path, "old").unwrap();
        let mut file = Replacement::new(&path, Readers::Owner).unwrap();
        file.write_all(b"half of it").unwrap();
        file.flush().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        Replacement::new(&path, Readers::Owner).unwrap().finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap());
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_place_is_looked_at_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        assert_eq!(can_be(&path), Ok(()));
        assert_eq!(can_be(Path::new("report.json")), Ok(()));
        fs::write(&path, "").unwrap();
        assert_eq!(can_be(&path), Ok(()));
        assert!(can_be(folder.path()).unwrap_err().contains("found a folder"));
        assert!(can_be(&path.join("below")).unwrap_err().contains("is no folder"));
        assert!(can_be(&folder.path().join("no/such")).is_err());
    }
}
