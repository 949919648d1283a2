//! The commands of the Airbyte protocol. What goes wrong is a message on standard output, too.

pub(super) mod check;
pub(super) mod discover;
pub(super) mod read;
pub(super) mod spec;

use clap::Arg;

use crate::cli::{Program, exit};
use crate::error::Error;
use crate::protocol::airbyte;

/// A flag that names a file.
fn file(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name("FILE.json").help(help)
}

fn config() -> Arg {
    file("config", "The configuration that the platform has, as `spec` describes it")
}

impl Program<'_> {
    /// Says why nothing was done.
    fn trace(&mut self, error: Error) -> u8 {
        let error = error.advised();
        self.say(airbyte::trace_error(&error), exit::of_kind(error.kind()))
    }

    /// Writes a message to standard output.
    fn say(&mut self, line: Vec<u8>, code: u8) -> u8 {
        self.over(code);
        self.print(&String::from_utf8_lossy(&line), code)
    }
}
