//! `plan`: what a sync would do, as far as it is known without a request.

mod text;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use clap::{ArgMatches, Command};
use serde::Serialize;

use self::words::Incremental;
use crate::cli::args::{self, Options};
use crate::cli::settings::Settings;
use crate::cli::{Program, exit, runtime, scope};
use crate::config::ConfigType;
use crate::destination::Part;
use crate::error::{Error, Result};
use crate::plan::{self, Planned, Share};
use crate::report::Complaints;
use crate::run::{self, Outlook, Scope};
use crate::spec::{ConnectorSpec, PartitionValues, WriteDisposition};

/// What a sync would do.
#[derive(Debug, Serialize)]
struct Plan {
    connector: &'static str,
    /// The part that was asked for, `2/4`.
    partition: Option<String>,
    /// Parents come before their children.
    resources: Vec<Shown>,
    groups: Vec<Group>,
    /// What is there already, and what would be made or altered.
    destination: Option<Outlook>,
    error: Option<Error>,
}

/// A resource that would be read.
#[derive(Debug, Serialize)]
struct Shown {
    resource: &'static str,
    stored: bool,
    parent: Option<&'static str>,
    method: &'static str,
    path: &'static str,
    params: Vec<Param>,
    paginator: String,
    write_disposition: &'static str,
    /// Where rows are merged.
    strategy: Option<&'static str>,
    delete_missing: Option<&'static str>,
    incremental: Option<Incremental>,
    partitions: Vec<Partition>,
    /// What the part reads of it, where one was asked for.
    share: Option<Share>,
}

/// A parameter, its value as it was written.
#[derive(Debug, Serialize)]
struct Param {
    name: &'static str,
    value: &'static str,
}

/// A list, for each of whose elements the resource is read.
#[derive(Debug, Serialize)]
struct Partition {
    name: &'static str,
    elements: usize,
}

/// Resources that are read together; others may be read at the same time by another process.
#[derive(Debug, Serialize)]
struct Group {
    /// Those that were selected.
    resources: Vec<&'static str>,
    /// Those of the resource that all others have as their parent.
    partitions: Option<usize>,
    in_parts: InParts,
    /// Why a division is refused.
    reason: Option<String>,
}

/// What becomes of a group where a connector is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum InParts {
    /// Each part has some of the partitions.
    Partitions,
    /// The run does not begin.
    Refused,
    /// Each part has some of the rows, and their children.
    Rows,
    /// One part has all of it.
    Whole,
}

pub(super) fn command(spec: &ConnectorSpec, settings: &Settings) -> Command {
    Command::new("plan")
        .about("Show what a sync would do; ask for nothing, write nothing")
        .arg(args::resources("Show these resources only"))
        .args(args::fields(spec))
        .args(args::sources())
        .arg(scope::partition())
        .args([&settings.destination, &settings.dataset].map(args::field_arg))
        .arg(args::output_format("Paragraphs for people, or one JSON document"))
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    program.plan(&Options::new(matches), matches)
}

impl Program<'_> {
    fn plan(&mut self, options: &Options, matches: &ArgMatches) -> u8 {
        let plan = self.planned(&options.names, matches).unwrap_or_else(|error| Plan {
            connector: self.spec.name,
            partition: None,
            resources: Vec::new(),
            groups: Vec::new(),
            destination: None,
            error: Some(error.advised()),
        });
        let code = plan.error.as_ref().map_or(exit::DONE, |error| exit::of_kind(error.kind()));
        let errors = plan.error.iter().collect();
        let complaints = Complaints { errors, ..Complaints::default() };
        self.conclude(options, &plan, &plan.to_string(), complaints, code)
    }

    fn planned(&self, names: &[String], matches: &ArgMatches) -> Result<Plan> {
        let planned = plan::plan(self.spec, names)?;
        let part = scope::part(matches)?;
        if let Some(part) = part {
            plan::divide(self.spec, &planned, part)?;
        }
        self.refuse_secrets(matches)?;
        let values = self.values(&planned, matches)?;
        // what is known of the connector is told, whatever the destination says
        let (destination, error) = match self.outlook(planned.clone(), part, matches) {
            Ok(outlook) => (outlook, None),
            Err(error) => (None, Some(error)),
        };
        Ok(Plan {
            connector: self.spec.name,
            partition: part.map(|part| part.to_string()),
            resources: planned
                .iter()
                .map(|planned| Shown::new(self.spec, planned, part, &values))
                .collect(),
            groups: plan::trees(planned)
                .iter()
                .map(|tree| {
                    let selected = tree.iter().filter(|one| one.is_selected);
                    Group::new(
                        self.spec,
                        tree,
                        selected.map(|one| one.spec.name).collect(),
                        &values,
                    )
                })
                .collect(),
            destination,
            error,
        })
    }

    /// What the destination has. Where none is named, one that cannot be used is no matter.
    fn outlook(
        &self,
        planned: Vec<Planned>,
        part: Option<Part>,
        matches: &ArgMatches,
    ) -> Result<Option<Outlook>> {
        self.refuse_password(matches)?;
        let Settings { destination, dataset, .. } = self.settings;
        let mut values = self.read(matches, &[destination, dataset])?;
        let text = values.take::<String>();
        let is_named = destination.default != Some(text.as_str());
        let opened = match self.destination(&text, values.take()) {
            Err(_) if !is_named => return Ok(None),
            opened => opened,
        };
        let mut opened = opened?;
        let scope = Scope { part: part.filter(|part| part.of > 1), ..Scope::default() };
        let outlook = run::outlook(self.spec, &scope, planned, &mut *opened);
        runtime()?.block_on(outlook).map(Some)
    }

    /// The values of those fields that a plan shows; others, such as secrets, may be missing.
    fn values(&self, planned: &[Planned], matches: &ArgMatches) -> Result<FieldTexts> {
        let lists = planned.iter().flat_map(|one| one.spec.partitions).filter_map(|partition| {
            match partition.values {
                PartitionValues::Config(field) => Some(field),
                PartitionValues::Listed(_) => None,
            }
        });
        let initial = planned.iter().filter_map(|one| one.spec.incremental?.initial);
        let shown: BTreeSet<_> = lists.chain(initial.flat_map(words::fields)).collect();
        let fields = self.spec.config.iter().filter(|field| shown.contains(field.name));
        let fields: Vec<_> = fields.copied().collect();
        let mut values = self.read(matches, &fields)?;
        let texts = fields.iter().map(|field| Some((field.name, values.take::<Option<String>>()?)));
        Ok(texts.flatten().collect())
    }
}

/// The texts of fields of the connector, by their names.
type FieldTexts = BTreeMap<&'static str, String>;

impl Shown {
    fn new(
        connector: &ConnectorSpec,
        planned: &Planned,
        part: Option<Part>,
        values: &FieldTexts,
    ) -> Self {
        let spec = planned.spec;
        let write = planned.write;
        let merges = write.disposition == WriteDisposition::Merge;
        Self {
            resource: spec.name,
            stored: planned.stored,
            parent: planned.parent(),
            method: spec.method.as_str(),
            path: spec.path.text,
            params: planned
                .params
                .iter()
                .map(|param| Param { name: param.name, value: param.value.text })
                .collect(),
            paginator: words::paginator(planned.paginator.as_ref()),
            write_disposition: words::disposition(write.disposition),
            strategy: merges.then(|| words::strategy(write.strategy)),
            delete_missing: write.delete_missing.map(words::delete_missing),
            incremental: spec.incremental.map(|spec| Incremental::new(&spec, values)),
            partitions: partitions(planned, values),
            share: part.map(|part| plan::share(connector, spec, part)),
        }
    }
}

fn partitions(planned: &Planned, values: &FieldTexts) -> Vec<Partition> {
    let elements = |of: &PartitionValues| {
        let texts = match *of {
            PartitionValues::Config(field) => {
                let list = values.get(field).and_then(|text| Vec::<String>::parse(text).ok());
                list.unwrap_or_default()
            }
            PartitionValues::Listed(texts) => texts.iter().map(|text| (*text).to_owned()).collect(),
        };
        // one that is listed twice is read once
        texts.into_iter().collect::<BTreeSet<_>>().len()
    };
    let partitions = planned.spec.partitions.iter();
    partitions.map(|one| Partition { name: one.name, elements: elements(&one.values) }).collect()
}

impl Group {
    fn new(
        connector: &ConnectorSpec,
        tree: &[Planned],
        resources: Vec<&'static str>,
        values: &FieldTexts,
    ) -> Self {
        let root = &tree[0];
        let needs_all_rows = tree.iter().filter(|one| one.stored).find_map(|one| {
            let option = one.needs_all_rows()?;
            Some(format!("{option} needs all rows of `{}`", one.spec.name))
        });
        // any part will do: whether it has the whole or nothing is of no interest
        let share = plan::share(connector, root.spec, Part { index: 1, of: 2 });
        let (in_parts, reason) = match (share, needs_all_rows) {
            (Share::None | Share::Whole, _) => (InParts::Whole, None),
            (Share::Partitions, None) => (InParts::Partitions, None),
            (Share::Rows, None) => (InParts::Rows, None),
            (Share::Partitions | Share::Rows, reason) => (InParts::Refused, reason),
        };
        let lists = partitions(root, values);
        let elements = lists.iter().map(|list| list.elements).product();
        Self { resources, partitions: (!lists.is_empty()).then_some(elements), in_parts, reason }
    }
}
