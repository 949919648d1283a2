//! Where the programs of PostgreSQL are, and who may run them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder that has `initdb` and `pg_ctl`: the one in `PATH`, the one that `pg_config` names, or
/// the newest that a package has made.
pub(super) fn folder() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).collect::<Vec<_>>();
    in_path.into_iter().chain(configured()).chain(packaged()).find(|folder| is_complete(folder))
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file())
}

fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(text.trim_end()))
}

/// Debian keeps each version in a folder of its own, out of `PATH`.
fn packaged() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let number = |version: &PathBuf| -> Option<u32> { version.file_name()?.to_str()?.parse().ok() };
    let mut folders: Vec<_> = versions.map(|version| version.path()).collect();
    folders.sort_by_key(number);
    folders.into_iter().rev().map(|version| version.join("bin")).collect()
}

/// PostgreSQL refuses to run as root: root runs it as the user `postgres`.
pub(super) fn as_ordinary_user(program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let has =
        |tool: &str| Command::new(tool).arg("--version").stdout(Stdio::null()).status().is_ok();
    let mut command;
    if has("setpriv") {
        command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]);
    } else {
        command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]);
    }
    command.arg(program);
    command
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
