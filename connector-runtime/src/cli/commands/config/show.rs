//! `config show`: each value and where it comes from.

use clap::{ArgMatches, Command};
use serde_json::Value;

use crate::cli::args::{self, Options};
use crate::cli::settings::Settings;
use crate::cli::{Program, exit};
use crate::config::{Explained, ExplainedValue, Problem, one_error};
use crate::error::Error;
use crate::report::{Complaints, Grid};
use crate::spec::ConnectorSpec;

pub(super) fn command(spec: &ConnectorSpec, settings: &Settings) -> Command {
    Command::new("show")
        .about("Show each value and where it comes from; secrets are masked")
        .args(args::fields(spec))
        .args(args::sources())
        .args(settings.flags().iter().map(args::field_arg))
        .arg(args::output_format("A table for people, or one JSON document"))
}

impl Program<'_> {
    pub(super) fn show(&mut self, matches: &ArgMatches) -> u8 {
        if let Err(error) = self.refuse_exposed(matches) {
            return self.fail(error);
        }
        // what is shown is no report of a run: the one that is there stays
        self.watching.report = None;
        let settings = self.settings.all();
        let explained = self.look(matches, |places| places.explain(&settings));
        let error = one_error(explained.problems.clone()).err().map(Error::advised);
        let code = error.as_ref().map_or(exit::DONE, |error| exit::of_kind(error.kind()));
        let complaints = Complaints { errors: error.iter().collect(), ..Complaints::default() };
        self.conclude(&Options::new(matches), &explained, &table(&explained), complaints, code)
    }
}

fn table(explained: &Explained) -> String {
    let mut grid = Grid::new(&["key", "value", "from"]);
    for one in &explained.values {
        grid.push(vec![one.key.clone(), value(one), from(one)]);
    }
    grid.to_string()
}

fn value(one: &ExplainedValue) -> String {
    match &one.value {
        Value::Null => match one.problem {
            Some(Problem::Missing) => "(missing)".to_owned(),
            Some(_) => "(wrong)".to_owned(),
            None => String::new(),
        },
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let texts = values.iter().map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            texts.collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}

fn from(one: &ExplainedValue) -> String {
    // without the backticks that messages have
    one.origin.as_ref().map(|origin| origin.to_string().replace('`', "")).unwrap_or_default()
}
