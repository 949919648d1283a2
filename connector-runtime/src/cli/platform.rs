//! What the front ends for data platforms share: files in the place of flags and variables, messages
//! on standard output.

use std::fs;
use std::io;

use zeroize::Zeroizing;

use super::Program;
use super::said::Said;
use super::settings::Configured;
use crate::config;
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::Output;
use crate::spec::ConfigField;

/// Settings that mean something where a platform runs the program and rows go to standard output.
const SETTINGS: [&str; 7] = [
    "base_url",
    "ca_file",
    "client_cert",
    "client_key",
    "max_concurrency",
    "max_run_time",
    "proxy",
];

impl Program<'_> {
    /// Settings that a platform's configuration may have besides the connector's fields.
    pub(super) fn platform_settings(&self) -> Vec<ConfigField> {
        let mut settings = self.settings.all();
        settings.retain(is_platform_setting);
        settings
    }

    /// The connector, from JSON files and from nothing else.
    pub(super) fn configure_by(&self, paths: &[String]) -> Result<Configured> {
        let documents = paths.iter().map(|path| read("configuration", path));
        let documents = documents.collect::<Result<Vec<_>>>()?;
        let settings = self.settings.all();
        let mut values =
            config::from_documents(self.spec, &settings, &is_platform_setting, &documents)
                .map_err(|error| error.with_help(format!("it was read from {}", list(paths))))?;
        // they were copied as far as they are needed
        documents.into_iter().map(Zeroizing::new).for_each(drop);
        Ok(self.configured(&mut values))
    }

    /// Does `work`, which writes messages to standard output.
    pub(super) fn speak(&mut self, work: impl FnOnce(&mut Self, Output) -> u8) -> u8 {
        let said = Said::default();
        let output = match self.is_process() {
            true => Output::new(io::stdout()),
            false => Output::new(said.clone()),
        };
        let code = match output {
            Ok(output) => work(self, output),
            Err(error) => self.fail(error),
        };
        self.print(&said.take(), code)
    }
}

fn is_platform_setting(field: &ConfigField) -> bool {
    SETTINGS.contains(&field.name)
}

/// The text of a file that a platform hands over.
pub(super) fn read(what: &str, path: &str) -> Result<String> {
    fs::read_to_string(path).map_err(|error| {
        let text = format!("the {what} cannot be read from `{path}`: {error}");
        Error::new(ErrorKind::Config, text)
    })
}

fn list(paths: &[String]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| format!("`{path}`")).collect();
    paths.join(" and ")
}
