//! `schema`: describes the tables and their columns; asks for nothing.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};

use crate::cli::Program;
use crate::cli::args;
use crate::cli::settings::Settings;
use crate::dictionary::Dictionary;
use crate::error::{Error, ErrorKind, Result};
use crate::spec::ConnectorSpec;

const FORMATS: [&str; 5] = ["table", "ddl", "json-schema", "markdown", "mermaid"];

/// Flags that make a difference with `--format ddl` only.
const OF_DDL: [&str; 4] = ["destination", "dataset", "config", "profile"];

pub(super) fn command(_: &ConnectorSpec, settings: &Settings) -> Command {
    Command::new("schema")
        .about("Show the tables and their columns; ask for nothing")
        .arg(args::resources("Show these resources only"))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(PossibleValuesParser::new(FORMATS))
                .default_value("table")
                .help("A table for people, the destination's statements, a JSON Schema of rows, a page or a diagram"),
        )
        .arg(args::output_format("What the format says, or the tables as one JSON document"))
        .args([&settings.destination, &settings.dataset].map(args::field_arg))
        .args(args::sources())
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    match program.schema(matches) {
        Ok(text) => program.result(&text),
        Err(error) => program.fail(error),
    }
}

impl Program<'_> {
    fn schema(&self, matches: &ArgMatches) -> Result<String> {
        let dictionary = Dictionary::of(self.spec, &args::names(matches))?;
        let flags = |flag: &str| args::text(matches, flag);
        let format = flags("format").unwrap_or_default();
        let is_json = flags("output").as_deref() == Some("json");
        if is_json && format != "table" {
            let message = format!("`--output json` and `--format {format}` exclude each other");
            return Err(Error::new(ErrorKind::Config, message));
        }
        let idle = OF_DDL.into_iter().find(|flag| flags(flag).is_some());
        if let Some(flag) = idle.filter(|_| format != "ddl") {
            let message = format!("`--{flag}` makes a difference with `--format ddl` only");
            return Err(Error::new(ErrorKind::Config, message));
        }
        match format.as_str() {
            "ddl" => self.statements(&dictionary, matches),
            "json-schema" => lines_of(&dictionary.json_schema()),
            "markdown" => Ok(dictionary.markdown()),
            "mermaid" => Ok(dictionary.mermaid()),
            _ if is_json => Ok(format!("{}\n", json(serde_json::to_string(&dictionary))?)),
            _ => Ok(dictionary.to_string()),
        }
    }

    fn statements(&self, dictionary: &Dictionary, matches: &ArgMatches) -> Result<String> {
        self.refuse_password(matches)?;
        let Settings { destination, dataset, .. } = self.settings;
        let mut values = self.read(matches, &[destination, dataset])?;
        let destination = values.take::<String>();
        let destination = self.destination(&destination, values.take())?;
        Ok(dictionary.ddl(&*destination))
    }
}

/// JSON for people, too.
fn lines_of(value: &serde_json::Value) -> Result<String> {
    Ok(format!("{}\n", json(serde_json::to_string_pretty(value))?))
}

fn json(written: serde_json::Result<String>) -> Result<String> {
    written.map_err(|error| Error::new(ErrorKind::Internal, format!("BUG: {error}")))
}
