//! Exports end when they are told to, whoever reads them.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use connector_tests::{Folder, KEY, OffsetApi, items};
use rustix::process::{Pid, Signal, kill_process};

use super::{PROGRAM, destination, load};

/// After so long it is not waited for any more; the test does not depend on it.
const LIMIT: Duration = Duration::from_secs(60);

/// More than a pipe takes whose reader has stalled.
const MANY: &str =
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)
     INSERT INTO _connector_state (connector, resource, \"partition\", state, load_id)
     SELECT connector, resource, '[' || n || ']', state, load_id FROM _connector_state, numbers";

#[test]
fn a_signal_ends_an_export_whose_reader_has_stalled() {
    let folder = Folder::new();
    let database = folder.database();
    load(&OffsetApi::new(items(1..3)).key(KEY).serve(), &database);
    database.execute(MANY);
    for signal in [Signal::INT, Signal::TERM] {
        let mut command = Command::new(PROGRAM);
        command.args(["state", "export", "--destination"]).arg(destination(&database)).env_clear();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdout = child.stdout.take().expect("a pipe");
        // it has begun, and nobody reads on
        stdout.read_exact(&mut [0]).expect("a line");
        kill_process(Pid::from_child(&child), signal).expect("it was not waited for");
        let sent = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("a status") {
                break status;
            }
            assert!(sent.elapsed() < LIMIT, "it has not ended");
            thread::sleep(Duration::from_millis(5));
        };
        let mut said = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
        assert_eq!(status.code(), Some(130), "{said}");
        assert!(said.contains("told to stop"), "{said}");
        let mut written = String::new();
        stdout.read_to_string(&mut written).expect("text");
        assert!(!written.contains("\"states\":"), "it has no end");
    }
}
