//! Exports end when they are told to, whoever reads them.

use std::io::Read;
use std::process::{Command, Stdio};

use connector_tests::{Folder, KEY, OffsetApi, items};
use rustix::process::Signal;

use super::running::Running;
use super::signals::LIMIT;
use super::told::MANY;
use super::{PROGRAM, destination, load};

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
        let mut child = Running::start(command);
        let mut stdout = child.0.stdout.take().expect("a pipe");
        // it has begun, and nobody reads on
        stdout.read_exact(&mut [0]).expect("a line");
        let sent = child.signal(signal);
        assert_eq!(child.end(LIMIT, &sent), 130);
        let mut said = String::new();
        child.0.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
        assert!(said.contains("told to stop"), "{said}");
        let mut written = String::new();
        stdout.read_to_string(&mut written).expect("text");
        assert!(!written.contains("\"states\":"), "it has no end");
    }
}
