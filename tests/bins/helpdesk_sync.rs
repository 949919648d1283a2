//! The sync binary of a connector that data platforms read.

use std::process::ExitCode;

fn main() -> ExitCode {
    connector_runtime::cli::main::<connector_tests::Helpdesk>()
}
