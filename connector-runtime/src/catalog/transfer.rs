//! States on their way from one destination to another: JSON lines, a head, a line for each state, an
//! end.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

use super::{Catalog, StateChange};
use crate::destination::{PartitionState, StoredState};
use crate::error::{Error, ErrorKind, Result};
use crate::incremental::Cursor;
use crate::plan::{self, Planned};
use crate::spec::ConnectorSpec;
use crate::state::{STATE_VERSION, State};

/// The version of exports that this release writes.
pub const EXPORT_VERSION: u32 = 1;

/// Problems that are told by name.
const MOST_TOLD: usize = 20;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    connector: String,
    version: u32,
    /// What the export is of: of these there are no other states.
    resources: Vec<String>,
}

/// A line for each state.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    resource: String,
    partition: String,
    state: State,
}

/// The last line: an export that was cut short lacks it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    states: usize,
}

impl Catalog {
    /// Writes all states of the connector, as [`Self::import_states`] takes them. Returns how many there
    /// are. No more than a thousand are in memory at once.
    ///
    /// # Errors
    ///
    /// As [`Self::states`], when they cannot be written, and when it was told to stop: what is written
    /// lacks its end then, and is not taken.
    pub async fn export_states(&mut self, to: &mut dyn Write) -> Result<usize> {
        // before anything is written
        let mut some = self.states(&[], None, None).await?;
        let known = self.spec.resources.iter().map(|resource| resource.name.to_owned());
        let resources: BTreeSet<String> = known.collect();
        let head = Head {
            connector: self.spec.name.to_owned(),
            version: EXPORT_VERSION,
            resources: resources.iter().cloned().collect(),
        };
        write(to, &head)?;
        let mut states = 0;
        while let Some(last) = some.last().cloned() {
            // a resource that the connector has no more is none that could be restored
            for found in some.into_iter().filter(|found| resources.contains(&found.resource)) {
                let StoredState { resource, partition, state } = found;
                write(to, &Line { resource, partition, state })?;
                states += 1;
            }
            self.go_on(())?;
            some = self.states(&[], None, Some(&last)).await?;
        }
        write(to, &End { states })?;
        to.flush().map_err(|error| unwritable(&error))?;
        Ok(states)
    }

    /// Writes all rows that do not fit, a line of JSON for each: `load_id`, `resource`, `partition`, `page`,
    /// `row`, `path`, `reason`, `raw`. Returns how many there are.
    ///
    /// # Errors
    ///
    /// As [`Self::rejects`], when they cannot be written, and when it was told to stop.
    pub async fn export_rejects(&mut self, to: &mut dyn Write) -> Result<usize> {
        let mut rejects = 0;
        let mut last = None;
        loop {
            self.go_on(())?;
            let some = self.rejects(&[], last.as_ref()).await?;
            for kept in &some {
                write(to, kept)?;
            }
            rejects += some.len();
            match some.into_iter().next_back() {
                Some(kept) => last = Some(kept),
                None => break,
            }
        }
        to.flush().map_err(|error| unwritable(&error))?;
        Ok(rejects)
    }

    /// Restores what [`Self::export_states`] has written, here or from another destination: afterwards
    /// these resources have exactly these states, those of each resource in one transaction. They are in
    /// memory meanwhile. Nothing is written unless all of it is understood and all leases are had.
    ///
    /// # Errors
    ///
    /// One error that lists everything that is wrong with it; when a run has a lease for too long; or when
    /// the destination fails.
    pub async fn import_states(&mut self, from: impl BufRead) -> Result<Vec<StateChange>> {
        self.restore(Export::read(self.spec, from)?).await
    }

    /// Restores an export that was read.
    pub(crate) async fn restore(&mut self, export: Export) -> Result<Vec<StateChange>> {
        let known = self.selected(&[])?;
        let Export(mut states) = export;
        let named = |one: &&Planned| states.contains_key(one.spec.name);
        let wanted: Vec<&Planned> = known.iter().filter(named).collect();
        let is_nothing = states.values().all(Vec::is_empty);
        if wanted.is_empty() || (is_nothing && !self.is_there().await?) {
            return Ok(Vec::new());
        }
        let begun = self.edit(&wanted).await?;
        match self.count_all(&begun).await {
            Ok(counts) => {
                let edits = begun.into_iter().zip(counts).map(|(editing, before)| {
                    let new = states.remove(editing.load.resource).unwrap_or_default();
                    (editing, before, new)
                });
                self.replace(edits).await
            }
            Err(error) => {
                self.give_up(begun).await;
                Err(error)
            }
        }
    }
}

fn write(to: &mut dyn Write, line: &impl Serialize) -> Result<()> {
    let json = serde_json::to_string(line)
        .map_err(|error| Error::new(ErrorKind::Internal, format!("BUG: {error}")))?;
    writeln!(to, "{json}").map_err(|error| unwritable(&error))
}

fn unwritable(error: &io::Error) -> Error {
    Error::new(ErrorKind::Config, format!("the export cannot be written: {error}"))
}

/// An export that was read and understood: the states of each resource that it is of.
#[derive(Debug)]
pub(crate) struct Export(BTreeMap<String, Vec<PartitionState>>);

impl Export {
    pub(crate) fn read(spec: &'static ConnectorSpec, from: impl BufRead) -> Result<Self> {
        let known = plan::plan(spec, &[])?;
        Reading::new(spec.name, &known).read(from).map(Self)
    }
}

/// An export that is read, and what is wrong with it.
struct Reading<'a> {
    connector: &'static str,
    known: &'a [Planned],
    states: BTreeMap<String, Vec<PartitionState>>,
    seen: BTreeSet<(String, String)>,
    problems: Vec<String>,
    more_problems: usize,
}

impl<'a> Reading<'a> {
    fn new(connector: &'static str, known: &'a [Planned]) -> Self {
        let (states, seen, problems) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
        Self { connector, known, states, seen, problems, more_problems: 0 }
    }

    /// The states of each resource that the export is of.
    fn read(mut self, from: impl BufRead) -> Result<BTreeMap<String, Vec<PartitionState>>> {
        let mut lines = from.lines().enumerate();
        let Some((_, first)) = lines.next() else { return Err(foreign("it is empty")) };
        self.head(&text(first)?)?;
        let mut end = None;
        for (at, line) in lines {
            let line = text(line)?;
            let place = format!("line {}", at + 1);
            if end.is_some() {
                self.complain(format!("{place}: there is more behind the end"));
                break;
            }
            match serde_json::from_str::<End>(&line) {
                Ok(last) => end = Some(last.states),
                Err(_) => self.line(&place, &line),
            }
        }
        match end {
            None => self.complain("it has no end: was it cut short?".to_owned()),
            Some(states) if states != self.seen.len() && self.problems.is_empty() => {
                let found = self.seen.len();
                self.complain(format!("it ends after {states} states, and {found} are there"));
            }
            Some(_) => {}
        }
        self.conclude()
    }

    /// Without a head that is understood there is nothing to look for.
    fn head(&mut self, line: &str) -> Result<()> {
        let head: Head = match serde_json::from_str(line) {
            Ok(head) => head,
            Err(error) => return Err(foreign(&format!("line 1: {error}"))),
        };
        if head.version > EXPORT_VERSION {
            let text = format!(
                "the export is of version {}, and this program knows {EXPORT_VERSION}",
                head.version
            );
            return Err(Error::new(ErrorKind::Config, text)
                .with_help("a newer release has written it: use that one"));
        }
        if head.connector != self.connector {
            let (other, own) = (&head.connector, self.connector);
            self.complain(format!("it is of the connector `{other}`, and this is `{own}`"));
        }
        for resource in head.resources {
            if !self.known.iter().any(|known| known.spec.name == resource) {
                self.unknown("line 1", &resource);
                continue;
            }
            self.states.insert(resource, Vec::new());
        }
        Ok(())
    }

    fn line(&mut self, place: &str, line: &str) {
        let Line { resource, partition, state } = match serde_json::from_str(line) {
            Ok(line) => line,
            Err(error) => return self.complain(format!("{place}: {error}")),
        };
        let Some(planned) = self.known.iter().find(|known| known.spec.name == resource) else {
            return self.unknown(place, &resource);
        };
        if let Err(error) = fits(self.known, planned, &partition, &state) {
            return self.complain(format!("{place}: `{resource}`: {}", error.message()));
        }
        let Some(states) = self.states.get_mut(&resource) else {
            return self.complain(format!("{place}: its head does not name `{resource}`"));
        };
        if !self.seen.insert((resource.clone(), partition.clone())) {
            let text = format!("{place}: `{resource}` has the partition `{partition}` twice");
            return self.complain(text);
        }
        states.push((partition, Some(state)));
    }

    fn unknown(&mut self, place: &str, resource: &str) {
        let text = format!("{place}: `{}` has no resource `{resource}`", self.connector);
        // of a resource one is enough
        let known = |other: &String| other.ends_with(&format!("resource `{resource}`"));
        if !self.problems.iter().any(known) {
            self.complain(text);
        }
    }

    fn complain(&mut self, problem: String) {
        match self.problems.len() < MOST_TOLD {
            true => self.problems.push(problem),
            false => self.more_problems += 1,
        }
    }

    fn conclude(self) -> Result<BTreeMap<String, Vec<PartitionState>>> {
        if self.problems.is_empty() {
            return Ok(self.states);
        }
        let more = match self.more_problems {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let text = format!("the export cannot be restored: {}{more}", self.problems.join("; "));
        Err(Error::new(ErrorKind::Config, text).with_help("nothing was written"))
    }
}

/// Whether a state is one that a run would go on from.
fn fits(known: &[Planned], planned: &Planned, partition: &str, state: &State) -> Result<()> {
    if state.version > STATE_VERSION {
        let text =
            format!("the state has version {}, this program knows {STATE_VERSION}", state.version);
        return Err(Error::new(ErrorKind::Config, text));
    }
    let owner = match partition.starts_with('^') {
        true => known.iter().find(|one| planned.parent() == Some(one.spec.name)),
        false => Some(planned),
    };
    let Some(spec) = owner.map(|owner| owner.spec) else { return Ok(()) };
    match &spec.incremental {
        Some(incremental) => Cursor::new(incremental, spec.fields)?.check_state(state),
        None => Ok(()),
    }
}

fn text(line: io::Result<String>) -> Result<String> {
    line.map_err(|error| {
        Error::new(ErrorKind::Config, format!("the export cannot be read: {error}"))
    })
}

fn foreign(why: &str) -> Error {
    Error::new(ErrorKind::Config, format!("this is no export of states: {why}"))
        .with_help("`state export FILE` writes one")
}
