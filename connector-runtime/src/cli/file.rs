//! Files that other programs read while we write.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Links to links that are followed, as systems do.
const MOST_LINKS: usize = 40;

/// Puts a text into a file: who reads it sees what was there, or all of the new text.
pub(super) fn replace(path: &Path, text: &str, unfinished: &Unfinished) -> io::Result<()> {
    let mut file = Replacement::new(path, Readers::Anyone, unfinished)?;
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

/// Files that are not whole yet. Who ends the program before they are removes them.
#[derive(Clone, Debug, Default)]
pub(super) struct Unfinished(Arc<Mutex<Vec<PathBuf>>>);

impl Unfinished {
    /// Removes them. While what this returns is held no other is made, and none gets its place.
    pub(super) fn clear(&self) -> impl Drop {
        let mut files = self.lock();
        for file in files.drain(..) {
            // what is there of it is of no use
            let _ = fs::remove_file(file);
        }
        files
    }

    fn lock(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that takes the place of another when it is whole. Until then, and if it never is, what was
/// there stays.
#[derive(Debug)]
pub(super) struct Replacement {
    file: io::BufWriter<File>,
    /// A pipe or a device is written to, not replaced.
    moves: Option<Moves>,
}

/// Where a file is until it is whole, and where it is to be then.
#[derive(Debug)]
struct Moves {
    temporary: PathBuf,
    path: PathBuf,
    unfinished: Unfinished,
}

impl Replacement {
    pub(super) fn new(path: &Path, readers: Readers, unfinished: &Unfinished) -> io::Result<Self> {
        if is_stream(path) {
            let file = match standard(&followed(path)) {
                Some(stream) => stream?,
                None => File::options().append(true).open(path)?,
            };
            return Ok(Self { file: io::BufWriter::new(file), moves: None });
        }
        // what a link stands for is replaced, not the link
        let path = followed(path);
        let mut files = unfinished.lock();
        let (file, temporary) = beside(&path, readers)?;
        files.push(temporary.clone());
        let moves = Moves { temporary, path, unfinished: unfinished.clone() };
        Ok(Self { file: io::BufWriter::new(file), moves: Some(moves) })
    }

    /// Puts it in its place.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        let Some(Moves { temporary, path, unfinished }) = &self.moves else { return Ok(()) };
        self.file.get_ref().sync_all()?;
        let mut files = unfinished.lock();
        fs::rename(temporary, path)?;
        files.retain(|file| file != temporary);
        drop(files);
        self.moves = None;
        Ok(())
    }
}

/// A new file beside another. One that is there may be that of a process that was killed, or that runs in a
/// container of its own, where every process has the same number: it stays.
fn beside(path: &Path, readers: Readers) -> io::Result<(File, PathBuf)> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = readers;
    let process = std::process::id();
    let mut number = 1_u64;
    loop {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(match number {
            1 => format!(".{process}.new"),
            _ => format!(".{process}-{number}.new"),
        });
        let temporary = PathBuf::from(temporary);
        match options.open(&temporary) {
            Ok(file) => return Ok((file, temporary)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
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
        if let Some(Moves { temporary, unfinished, .. }) = &self.moves {
            let mut files = unfinished.lock();
            let _ = fs::remove_file(temporary);
            files.retain(|file| file != temporary);
        }
    }
}

/// Whether it is a pipe or a device, whose other end may stall, or may be one, as `/dev/stdout`.
pub(super) fn is_stream(path: &Path) -> bool {
    is_of_the_system(&followed(path)) || fs::metadata(path).is_ok_and(|found| !found.is_file())
}

/// A stream that the program has already. Opened once more it would be written to from its beginning.
fn standard(path: &Path) -> Option<io::Result<File>> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        if is_descriptor(path, "stdout", 1) {
            return Some(io::stdout().as_fd().try_clone_to_owned().map(File::from));
        }
        if is_descriptor(path, "stderr", 2) {
            return Some(io::stderr().as_fd().try_clone_to_owned().map(File::from));
        }
    }
    let _ = path;
    None
}

/// Whether a path stands for standard output.
pub(super) fn is_standard_output(path: &Path) -> bool {
    is_descriptor(&followed(path), "stdout", 1)
}

fn is_descriptor(path: &Path, name: &str, number: u32) -> bool {
    let process = std::process::id();
    let names = [
        format!("/dev/{name}"),
        format!("/dev/fd/{number}"),
        format!("/proc/self/fd/{number}"),
        format!("/proc/{process}/fd/{number}"),
    ];
    cfg!(unix) && names.iter().any(|name| path == Path::new(name))
}

/// Whether the system makes it up: what is behind it may be a file, which is not there to be replaced.
fn is_of_the_system(path: &Path) -> bool {
    // the one folder of files there is in memory
    let is_device = path.starts_with("/dev") && !path.starts_with("/dev/shm");
    cfg!(unix) && (is_device || path.starts_with("/proc"))
}

/// What a path stands for, also where that is not there yet. A link that the system does not follow, as that of
/// somebody else in a folder that all may write to, stands for itself.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    let is_followed = match fs::metadata(&path) {
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    let links = if is_followed { MOST_LINKS } else { 0 };
    for _ in 0..links {
        // a folder may be a link, too
        if let (Some(folder), Some(name)) = (folder_of(&path), path.file_name())
            && let Ok(folder) = fs::canonicalize(folder)
        {
            path = folder.join(name);
        }
        if is_of_the_system(&path) {
            break;
        }
        let Ok(target) = fs::read_link(&path) else { break };
        path = path.parent().map_or_else(|| target.clone(), |folder| folder.join(&target));
    }
    path
}

/// The folder that a path is in.
fn folder_of(path: &Path) -> Option<&Path> {
    match path.parent()? {
        folder if folder.as_os_str().is_empty() => Some(Path::new(".")),
        folder => Some(folder),
    }
}

/// Whether there can be a file: what is wrong is better known before a long run than after it.
pub(super) fn can_be(path: &Path) -> Result<(), String> {
    let path = &followed(path);
    if is_of_the_system(path) {
        return fs::metadata(path).map(drop).map_err(|error| error.to_string());
    }
    let Some(folder) = folder_of(path) else { return Err("expected a file".to_owned()) };
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
            replace(&path, text, &Unfinished::default()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
        let nowhere = folder.path().join("no/such");
        assert!(replace(&nowhere, "x", &Unfinished::default()).is_err());
    }

    #[test]
    fn what_was_there_stays_until_all_of_the_new_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.jsonl");
        fs::write(&path, "old").unwrap();
        let open = || Replacement::new(&path, Readers::Owner, &Unfinished::default()).unwrap();
        let mut file = open();
        file.write_all(b"half of it").unwrap();
        file.flush().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        open().finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap());
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn who_ends_the_program_removes_what_is_not_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (path, unfinished) = (folder.path().join("export.jsonl"), Unfinished::default());
        let open = || Replacement::new(&path, Readers::Owner, &unfinished).unwrap();
        open().finish().unwrap();
        drop(open());
        assert_eq!(unfinished.lock().len(), 0);
        let (one, other) = (open(), open());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        drop(unfinished.clear());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "what was there stays");
        one.finish().unwrap_err();
        drop(other);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("report.json"), folder.path().join("latest.json"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        replace(&link, "new", &Unfinished::default()).unwrap();
        assert_eq!(fs::read_link(&link).unwrap(), path);
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        // also one that stands for a file that is not there yet, by way of another one
        fs::remove_file(&path).unwrap();
        let further = folder.path().join("further.json");
        std::os::unix::fs::symlink("latest.json", &further).unwrap();
        replace(&further, "first", &Unfinished::default()).unwrap();
        assert_eq!(fs::read_link(&further).unwrap(), Path::new("latest.json"));
        assert_eq!(fs::read_link(&link).unwrap(), path);
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn what_the_system_makes_up_is_a_stream_whatever_is_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("report.json"), folder.path().join("out"));
        fs::write(&path, "").unwrap();
        std::os::unix::fs::symlink("/dev/stdout", &link).unwrap();
        for stream in ["/dev/stdout", "/dev/fd/1", "/dev/null", "/proc/self/fd/1"] {
            assert!(is_stream(Path::new(stream)), "{stream}");
        }
        assert!(is_stream(&link));
        for file in [&path, &folder.path().join("none"), Path::new("/dev/shm/report.json")] {
            assert!(!is_stream(file), "{}", file.display());
        }
    }

    #[test]
    fn what_a_killed_process_has_left_is_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.jsonl");
        let left = folder.path().join(format!("export.jsonl.{}.new", std::process::id()));
        // one that cannot be removed as a file is
        fs::create_dir(&left).unwrap();
        for _ in 0..2 {
            replace(&path, "all", &Unfinished::default()).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "all");
        assert!(left.is_dir());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
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
