//! Files that other programs read while we write.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Puts a text into a file: who reads it sees what was there, or all of the new text.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        // a pipe or a device is written to, not replaced
        return fs::write(path, text);
    }
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.new", std::process::id()));
    let temporary = Path::new(&temporary);
    let written = File::create(temporary)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(temporary, path));
    if written.is_err() {
        // what is there of it is of no use
        let _ = fs::remove_file(temporary);
    }
    written
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
