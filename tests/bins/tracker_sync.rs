//! The sync binary of a connector with parents and partitions, for several processes at once.

use std::process::ExitCode;

fn main() -> ExitCode {
    connector_runtime::cli::main::<connector_tests::Tracker>()
}
