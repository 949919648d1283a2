//! `config init`: writes files to fill in.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use clap::{ArgMatches, Command};
use serde::Serialize;

use crate::cli::args::{self, Options};
use crate::cli::{Program, exit};
use crate::config;
use crate::error::{Error, ErrorKind, Result};
use crate::report::Complaints;

pub(super) fn command() -> Command {
    Command::new("init")
        .about("Write a configuration file and a secrets file to fill in")
        .args(args::sources().into_iter().take(1).map(|arg| {
            arg.help("Write this file, and the secrets file beside it [env: CONNECTOR_CONFIG] [default: connector.toml]")
        }))
        .arg(args::output_format("Lines for people, or one JSON document"))
}

/// What was written.
#[derive(Serialize)]
struct Written {
    connector: &'static str,
    files: Vec<String>,
    error: Option<Error>,
}

impl Program<'_> {
    pub(super) fn init(&mut self, matches: &ArgMatches) -> u8 {
        let (files, error) = match self.write(matches) {
            Ok(files) => (files, None),
            Err(error) => (Vec::new(), Some(error.advised())),
        };
        let written = Written { connector: self.spec.name, files, error };
        let code = written.error.as_ref().map_or(exit::DONE, |error| exit::of_kind(error.kind()));
        let lines: String = written.files.iter().map(|file| format!("wrote {file}\n")).collect();
        let errors = written.error.iter().collect();
        let complaints = Complaints { errors, ..Complaints::default() };
        self.conclude(&Options::new(matches), &written, &lines, complaints, code)
    }

    fn write(&self, matches: &ArgMatches) -> Result<Vec<String>> {
        let path = config::chosen(args::text(matches, "config"), self.env)?;
        let secrets = config::secrets_of(&path);
        let mut files = vec![(path, config::template(self.spec, &self.settings.all()), 0o666)];
        // first, so that nobody fills in the other one alone where it fails
        let of_secrets = config::secrets_template(self.spec).map(|text| (secrets, text, 0o600));
        files.splice(0..0, of_secrets);
        if let Some((path, ..)) = files.iter().find(|(path, ..)| path.exists()) {
            return Err(there(path));
        }
        for (path, text, mode) in &files {
            create(path, text, *mode)?;
        }
        Ok(files.iter().rev().map(|(path, ..)| path.display().to_string()).collect())
    }
}

/// Writes a file that is not there yet.
#[cfg_attr(not(unix), expect(unused_variables, reason = "there are no modes"))]
fn create(path: &Path, text: &str, mode: u32) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => there(path),
        _ => {
            let message = format!("`{}` cannot be written: {error}", path.display());
            Error::new(ErrorKind::Config, message)
        }
    })
}

fn there(path: &Path) -> Error {
    let message = format!("`{}` is already there, and is not written over", path.display());
    Error::new(ErrorKind::Config, message)
        .with_help("name another file with `--config`, or move this one away")
}
