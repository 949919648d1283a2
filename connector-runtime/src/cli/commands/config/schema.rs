//! `config schema`: the JSON Schema of the configuration file.

use clap::Command;

use crate::cli::Program;
use crate::config;

pub(super) fn command() -> Command {
    Command::new("schema").about("Print the JSON Schema of the configuration file, for editors")
}

impl Program<'_> {
    pub(super) fn json_schema(&mut self) -> u8 {
        let schema = config::json_schema(self.spec, &self.settings.all());
        self.result(&format!("{schema:#}\n"))
    }
}
