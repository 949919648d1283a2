//! `schema`: shows the tables and their columns; asks for nothing.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};

use crate::cli::args;
use crate::cli::settings::Settings;
use crate::cli::{Program, exit};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::plan;
use crate::report::Grid;
use crate::schema::Table;
use crate::spec::ConnectorSpec;

pub(super) fn command(_: &ConnectorSpec, settings: &Settings) -> Command {
    Command::new("schema")
        .about("Show the tables and their columns; ask for nothing")
        .arg(args::resources("Show these resources only"))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(PossibleValuesParser::new(["table", "ddl"]))
                .default_value("table")
                .help("A table for people, or the destination's statements"),
        )
        .args([&settings.destination, &settings.dataset].map(args::field_arg))
        .args(args::sources())
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    let ddl = args::text(matches, "format").as_deref() == Some("ddl");
    match program.schema(ddl, &args::names(matches), matches) {
        Ok(text) => program.print(&text, exit::DONE),
        Err(error) => program.fail(&error),
    }
}

impl Program<'_> {
    fn schema(&self, ddl: bool, names: &[String], matches: &ArgMatches) -> Result<String> {
        let mut planned = plan(self.spec, names)?;
        planned.retain(|planned| planned.stored);
        let flags = |flag: &str| args::text(matches, flag);
        if !ddl {
            let of_ddl = ["destination", "dataset", "config", "profile"];
            if let Some(flag) = of_ddl.iter().find(|flag| flags(flag).is_some()) {
                let message = format!("`--{flag}` makes a difference with `--format ddl` only");
                return Err(Error::new(ErrorKind::Config, message));
            }
            return Ok(table(planned.iter().flat_map(|planned| planned.tables.iter())));
        }
        self.refuse_password(matches)?;
        let Settings { destination, dataset, .. } = self.settings;
        let mut values = self.read(matches, &[destination, dataset])?;
        let destination = values.take::<String>();
        let destination = self.destination(&destination, values.take())?;
        let statements: Vec<_> =
            planned.iter().map(|planned| destination.ddl(&planned.load(self.spec))).collect();
        Ok(statements.join("\n"))
    }
}

/// The columns of tables.
fn table<'a>(tables: impl IntoIterator<Item = &'a Table>) -> String {
    let mut grid = Grid::new(&["resource", "column", "type", "null", "key", "doc"]);
    let yes = |is: bool| if is { "yes" } else { "" }.to_owned();
    for table in tables {
        for column in &table.columns {
            grid.push(vec![
                table.name.clone(),
                column.name.clone(),
                column.ty.name().to_owned(),
                yes(column.nullable),
                yes(column.primary_key),
                one_line(column.doc),
            ]);
        }
    }
    grid.to_string()
}

fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}
