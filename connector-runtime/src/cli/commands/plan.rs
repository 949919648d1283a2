//! `plan`: what a sync would do, as far as it is known without a request.

mod text;

use std::collections::BTreeMap;

use clap::{ArgMatches, Command};

use crate::cli::args::{self, Options};
use crate::cli::scope::{self, Scope};
use crate::cli::settings::Settings;
use crate::cli::{Program, block_on, exit};
use crate::error::Result;
use crate::instance::Instance;
use crate::report::Complaints;
use crate::run::{Plan, Run, fields_of_plan};
use crate::spec::{ConfigField, ConnectorSpec};

pub(super) fn command(spec: &ConnectorSpec, settings: &Settings) -> Command {
    Command::new("plan")
        .about("Show what a sync would do; ask for nothing, write nothing")
        .arg(args::resources("Show these resources only"))
        .args(args::fields(spec))
        .args(args::sources())
        .args(scope::args())
        .args([&settings.destination, &settings.dataset].map(args::field_arg))
        .arg(args::output_format("Paragraphs for people, or one JSON document"))
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    program.plan(&Options::new(matches), matches)
}

impl Program<'_> {
    fn plan(&mut self, options: &Options, matches: &ArgMatches) -> u8 {
        let unset = || Run::new(Instance::partial(self.spec, BTreeMap::new()));
        let plan = match Scope::new(matches) {
            Ok(scope) => self
                .planned(scope.clone(), &options.names, matches)
                .unwrap_or_else(|error| Plan::failed(&scope.of(unset()), error)),
            Err(error) => Plan::failed(&unset(), error),
        };
        let code = plan.error.as_ref().map_or(exit::DONE, |error| exit::of_kind(error.kind()));
        let errors = plan.error.iter().collect();
        let complaints = Complaints { errors, ..Complaints::default() };
        self.conclude(options, &plan, &text::of(&plan), complaints, code)
    }

    fn planned(&self, scope: Scope, names: &[String], matches: &ArgMatches) -> Result<Plan> {
        let shown = fields_of_plan(self.spec, names)?;
        self.refuse_secrets(matches)?;
        self.refuse_password(matches)?;
        let is_shown = |field: &&ConfigField| shown.contains(field.name);
        let fields: Vec<_> = self.spec.config.iter().filter(is_shown).copied().collect();
        let Settings { destination, dataset, .. } = self.settings;
        let all = [&fields[..], &[destination, dataset]].concat();
        let mut values = self.read(matches, &all)?;
        let texts = fields.iter().map(|field| Some((field.name, values.take::<Option<String>>()?)));
        let instance = Instance::partial(self.spec, texts.flatten().collect());
        let (destination, dataset) = (values.take::<String>(), values.take::<Option<String>>());
        let run = scope.of(Run::new(instance).resources(names.to_vec()));
        let is_named = self.settings.is_named(&destination, dataset.as_deref());
        let named = is_named.then(|| self.destination(&destination, dataset)).transpose();
        let run = match named {
            Ok(Some(destination)) => run.boxed_destination(destination),
            Ok(None) => run,
            // what is known of the connector is told all the same
            Err(error) => return Ok(Plan::without_destination(&run, error)),
        };
        block_on(run.cancel_with(self.cancel()).plan())
    }
}
