//! A disk that is full: a small file system in memory, where this user may mount one.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use connector_tests::{Child, Cluster, Folder, Outcome, PgDatabase, assert_says};

use super::{PROGRAM, api, assert_completes, assert_true_state, command, report};

/// A file system of its own, until the end of the test.
struct Disk(PathBuf);

impl Disk {
    /// `None` where this user may not mount, after a line that says so.
    fn mount(folder: PathBuf, size: &str) -> Option<Self> {
        let options = format!("size={size},mode=0777");
        let is_mounted = run("mount", &["-t", "tmpfs", "-o", &options, "tmpfs"], &folder);
        if !is_mounted {
            println!("skipped: this user may not mount a file system");
        }
        is_mounted.then_some(Self(folder))
    }

    fn make_room(&self) {
        assert!(run("mount", &["-o", "remount,size=200m"], &self.0), "a larger disk");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("umount", &["-l"], &self.0);
    }
}

fn run(program: &str, args: &[&str], folder: &Path) -> bool {
    let mut command = Command::new(program);
    command.args(args).arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn assert_full(outcome: &Outcome) {
    assert_eq!(outcome.code(), 5, "{outcome:?}");
    let error = &report(outcome)["resources"][0]["error"];
    assert_eq!(error["kind"], "destination");
    assert_says(error, &["disk", "is full", "make room"]);
}

#[test]
fn sqlite_on_a_full_disk_loses_nothing() {
    let (folder, api) = (Folder::new(), api());
    let Some(disk) = Disk::mount(folder.path(""), "1200k") else { return };
    let (server, database) = (api.serve(), folder.database());
    let mut full = command(&server, &database);
    full.args(["--output", "json"]);
    assert_full(&Child::default().run(full));
    let before = assert_true_state(&api, &database);
    disk.make_room();
    assert_completes(&api, &database, before);
}

/// The tables of the database are in a tablespace of their own, which is too small.
#[test]
fn postgres_on_a_full_disk_loses_nothing() {
    let Some(cluster) = Cluster::start() else { return };
    let (folder, api) = (Folder::new(), api());
    let Some(disk) = Disk::mount(folder.open_to_all(), "2500k") else { return };
    let database = cluster.database();
    let space = folder.path("space");
    // the folder is the server's own: it makes it itself
    database.query(&format!("COPY (SELECT 1) TO PROGRAM 'mkdir -m 700 {}'", space.display()));
    database.query(&format!("CREATE TABLESPACE small LOCATION '{}'", space.display()));
    database.query("ALTER ROLE tests SET default_tablespace = small");
    let server = api.serve();
    let load = |database: &PgDatabase| {
        let url = database.url();
        let mut command = connector_tests::sync(PROGRAM, &server, url.as_ref(), super::KEY);
        command.args(["--output", "json"]);
        Child::default().run(command)
    };
    assert_full(&load(&database));
    let count = || database.value("SELECT count(*) FROM example_api.resource_name");
    let state =
        "SELECT coalesce(max(state::json ->> 'rows'), '0') FROM example_api._connector_state";
    assert_eq!(count(), database.value(state), "rows and the state's count of them");
    disk.make_room();
    let outcome = load(&database);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    assert_eq!(count(), super::ROWS.to_string());
}
