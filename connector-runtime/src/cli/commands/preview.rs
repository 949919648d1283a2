//! `preview`: shows the first rows of a resource; writes nothing.

mod table;

use std::io;
use std::sync::Arc;

use clap::{Arg, ArgMatches, Command};

use crate::cli::args::{self, Options, Volume};
use crate::cli::display::OneByOne;
use crate::cli::log::Filter;
use crate::cli::settings::{Configured, Settings};
use crate::cli::{Program, help, scope};
use crate::error::Result;
use crate::report::Observer;
use crate::run::{Preview, Previewed};
use crate::spec::ConnectorSpec;

/// Rows that are shown where nobody says how many.
const ROWS: &str = "10";

pub(super) fn command(spec: &ConnectorSpec, settings: &Settings) -> Command {
    let [output, rest @ ..] = args::output();
    Command::new("preview")
        .about("Show the first rows of a resource; write nothing")
        .arg(Arg::new(args::RESOURCES).required(true).num_args(1).help("The resource"))
        .arg(scope::limit_arg("Show at most this many rows").default_value(ROWS))
        .args(args::fields(spec))
        .args(args::sources())
        .args(settings.base_url.iter().chain(&settings.network).map(args::field_arg))
        .arg(output.help("A table for people, or each row as a line of JSON"))
        .args(rest)
        .after_help(help::after(spec))
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    let options = Options::new(matches);
    if options.volume == Volume::Normal {
        program.watching.log.get_or_insert_with(Filter::warnings);
    }
    match program.preview(&options, matches) {
        Ok(rows) if options.json => {
            let lines: String = rows.rows.iter().map(|row| format!("{row}\n")).collect();
            program.result(&lines)
        }
        Ok(rows) => {
            let text = table::of(&rows, program.width());
            program.result(&text)
        }
        Err(error) => program.fail(error),
    }
}

impl Program<'_> {
    fn preview(&mut self, options: &Options, matches: &ArgMatches) -> Result<Previewed> {
        let limit = scope::limit(matches)?;
        let Configured { instance, base_url, network, .. } =
            self.configure(&options.names, matches)?;
        let resource = options.names.first().cloned().unwrap_or_default();
        let mut preview = Preview::new(instance, resource).network(network);
        if let Some(limit) = limit {
            preview = preview.limit(limit);
        }
        if let Some(url) = base_url {
            preview = preview.base_url(url);
        }
        if let Some(transport) = &self.transport {
            preview = preview.transport(transport.clone());
        }
        self.watch(options, |display, cancel| {
            let observer: Arc<dyn Observer> = Arc::new(OneByOne(display));
            preview.observer(observer).cancel_with(cancel).run()
        })?
    }

    /// Characters of a line on standard output.
    fn width(&self) -> usize {
        let columns = (self.env)("COLUMNS").and_then(|text| text.to_str()?.parse().ok());
        let terminal = || {
            // another stream may be one, and is not where the table goes
            let size = self.is_process().then(|| terminal_size::terminal_size_of(io::stdout()));
            let (width, _) = size.flatten()?;
            Some(usize::from(width.0))
        };
        columns.or_else(terminal).filter(|width| *width > 0).unwrap_or(80)
    }
}
