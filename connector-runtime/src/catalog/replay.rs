//! Rows that did not fit, loaded after all.

use std::collections::BTreeSet;

use arrow_array::RecordBatch;

use super::replayed::Replayed;
use super::{Catalog, REJECTS_AT_ONCE};
use crate::destination::{Ending, Load, Progress, RejectId, States, StoredReject, Wanted};
use crate::error::{Error, ErrorKind, Result};
use crate::incremental::Cursor;
use crate::plan::Planned;
use crate::report::{RowCounts, Status, Traffic};
use crate::run::{Renewal, Unfit};
use crate::schema::concat;
use crate::spec::{MergeStrategy, WriteDisposition};
use crate::state::{CursorValue, State};

impl Catalog {
    /// Decodes rows of these resources, or of all, that did not fit, as the structs are today, and loads
    /// those that fit now. Each is in its table or among the rejects at any time, and never in both.
    ///
    /// Of merged rows the newest counts: what a later load has written in the place of one stays. A row
    /// that the next run asks for anyway stays as well, where rows are appended.
    ///
    /// # Errors
    ///
    /// As [`Self::states`], where nothing was replayed. What goes wrong with a resource, or an interruption,
    /// is said of it, behind those that were replayed before.
    pub async fn replay(&mut self, resources: &[String]) -> Result<Vec<Replayed>> {
        let mut all: Vec<Replayed> = Vec::new();
        for planned in self.selected(resources)? {
            let mut replayed = Replayed::new(planned.spec.name);
            let outcome = match self.loads_with_rejects(planned.spec.name).await {
                Ok(loads) if loads.is_empty() => continue,
                Ok(loads) => {
                    let is_named = !resources.is_empty();
                    self.replay_loads(&planned, loads, is_named, &mut replayed).await
                }
                // there is nothing else to tell
                Err(error) if all.is_empty() => return Err(error),
                Err(error) => Err(error),
            };
            let stops = outcome.as_ref().is_err_and(|error| error.kind() != ErrorKind::Config);
            replayed.error = outcome.err().map(|error| error.with_resource(planned.spec.name));
            replayed.warn_of_children(self.spec, &planned);
            all.push(replayed);
            if stops {
                break;
            }
        }
        Ok(all)
    }

    /// `is_named`: somebody has asked for this resource by its name.
    async fn replay_loads(
        &mut self,
        planned: &Planned,
        loads: BTreeSet<i64>,
        is_named: bool,
        replayed: &mut Replayed,
    ) -> Result<()> {
        match refusal(planned) {
            Some(refusal) if is_named => Err(refusal),
            Some(refusal) => self.pass_over(planned, loads, &refusal, replayed).await,
            None => self.replay_resource(planned, loads, replayed).await,
        }
    }

    /// The loads that rows of a resource are of which do not fit.
    async fn loads_with_rejects(&mut self, resource: &str) -> Result<BTreeSet<i64>> {
        let names = [resource.to_owned()];
        let mut loads = BTreeSet::new();
        let mut last: Option<StoredReject> = None;
        loop {
            self.go_on(())?;
            let some = self.rejects(&names, last.as_ref()).await?;
            loads.extend(some.iter().map(|kept| kept.load_id));
            match some.into_iter().next_back() {
                Some(kept) => last = Some(kept),
                None => return Ok(loads),
            }
        }
    }

    async fn replay_resource(
        &mut self,
        planned: &Planned,
        loads: BTreeSet<i64>,
        replayed: &mut Replayed,
    ) -> Result<()> {
        let renewal = Renewal::new(planned, self.destination.limits())?;
        let incremental = planned.spec.incremental.as_ref();
        let cursor = incremental.map(|cursor| Cursor::new(cursor, planned.spec.fields));
        let appends = planned.write.disposition == WriteDisposition::Append;
        let mut job = Job {
            load: planned.load(self.spec),
            cursor: cursor.transpose()?.filter(|_| appends),
            appends,
            renewal,
            standing: None,
            opened: None,
        };
        // of rows with one key the newest is to stay, or the first one
        let newest_first = !appends && planned.write.strategy != MergeStrategy::InsertOnly;
        let loads: Vec<i64> = match newest_first {
            true => loads.into_iter().rev().collect(),
            false => loads.into_iter().collect(),
        };
        for of in loads {
            self.replay_load(&mut job, of, replayed).await?;
        }
        Ok(())
    }

    /// Loads the rows of one earlier load.
    async fn replay_load(&mut self, job: &mut Job, of: i64, replayed: &mut Replayed) -> Result<()> {
        if job.appends && job.cursor.is_none() && !self.has_succeeded(&job.load, of).await? {
            let text = "its load did not succeed: the next `sync` reads it again";
            return self.leave_all(&job.load, of, text, replayed).await;
        }
        // without the lease: where nothing fits, nothing is begun
        if !self.fits_any(job, of, replayed).await? {
            return Ok(());
        }
        let opened = match job.opened {
            Some(opened) => opened,
            None => {
                let opened = self.destination.open(std::slice::from_ref(&job.load)).await?;
                replayed.schema_changes.extend(opened.changes);
                *job.opened.insert(opened.load_id)
            }
        };
        // appended rows that are all of a load have come again with every later one
        let replays = (!job.appends || job.cursor.is_some()).then_some(of);
        let load = Load { replays, ..job.load.clone() };
        let load_id = self.begin(&load, opened).await?;
        replayed.load_ids.push(load_id);
        job.standing = None;
        let mut run =
            Replay { load: &load, of, received: 0, filtered: 0, counts: RowCounts::default() };
        let written = self.write_all(job, &mut run, replayed).await;
        let (status, error) = match &written {
            Ok(()) => (Status::Done, None),
            Err(error) if error.kind() == ErrorKind::Interrupted => (Status::Interrupted, None),
            Err(error) => (Status::Failed, Some(error.to_string())),
        };
        let ending = Ending::new(status, run.progress(Vec::new()), error);
        let ended = self.destination.end(&load, ending).await;
        let visible = run.counts + ended.as_ref().copied().unwrap_or_default();
        let (received, filtered) = (run.received, run.filtered);
        let seen_to = visible.inserted + visible.updated + visible.unchanged + visible.deleted;
        let discarded = received.saturating_sub(seen_to + filtered);
        replayed.rows = replayed.rows + RowCounts { received, filtered, discarded, ..visible };
        // the error before is the cause of what follows
        written.and(ended.map(drop))
    }

    async fn has_succeeded(&mut self, load: &Load, of: i64) -> Result<bool> {
        let wanted = self.wanted(load, of);
        let log = self.destination.logged_loads(&wanted, None).await?.unwrap_or_default();
        Ok(log.iter().any(|line| matches!(line.status.as_str(), "done" | "partial")))
    }

    fn wanted(&self, load: &Load, of: i64) -> Wanted {
        let names = [load.resource.to_owned()];
        Wanted::new(self.spec.name, REJECTS_AT_ONCE).resources(&names).load(of)
    }

    async fn some(
        &mut self,
        load: &Load,
        of: i64,
        after: Option<&StoredReject>,
    ) -> Result<Vec<StoredReject>> {
        self.go_on(())?;
        let wanted = self.wanted(load, of);
        Ok(self.destination.stored_rejects(&wanted, after).await?.unwrap_or_default())
    }

    /// Whether any row of a load fits. If none does, they are told.
    async fn fits_any(&mut self, job: &mut Job, of: i64, replayed: &mut Replayed) -> Result<bool> {
        let mut unfit = Vec::new();
        let mut last: Option<StoredReject> = None;
        loop {
            let some = self.some(&job.load, of, last.as_ref()).await?;
            for kept in &some {
                match job.renewal.decode(kept) {
                    Ok(_) => return Ok(true),
                    Err(why) => unfit.push((kept.id(), why)),
                }
            }
            match some.into_iter().next_back() {
                Some(kept) => last = Some(kept),
                None => break,
            }
        }
        unfit.into_iter().for_each(|(id, why)| replayed.leave(id, why));
        Ok(false)
    }

    /// Nobody has asked for this resource by its name: that its rows stay is no error.
    async fn pass_over(
        &mut self,
        planned: &Planned,
        loads: BTreeSet<i64>,
        refusal: &Error,
        replayed: &mut Replayed,
    ) -> Result<()> {
        let load = planned.load(self.spec);
        for of in loads {
            self.leave_all(&load, of, refusal.message(), replayed).await?;
        }
        let help = refusal.help().unwrap_or_default();
        replayed.warnings.push(format!("{}; {help}", refusal.message()));
        Ok(())
    }

    async fn leave_all(
        &mut self,
        load: &Load,
        of: i64,
        why: &str,
        replayed: &mut Replayed,
    ) -> Result<()> {
        let mut last: Option<StoredReject> = None;
        loop {
            let some = self.some(load, of, last.as_ref()).await?;
            some.iter().for_each(|kept| replayed.leave(kept.id(), Unfit::new(why)));
            match some.into_iter().next_back() {
                Some(kept) => last = Some(kept),
                None => return Ok(()),
            }
        }
    }

    /// Writes the rows of a load that fit, some at a time, each with the end of its reject.
    async fn write_all(
        &mut self,
        job: &mut Job,
        run: &mut Replay<'_>,
        replayed: &mut Replayed,
    ) -> Result<()> {
        let mut last: Option<StoredReject> = None;
        loop {
            let some = self.some(run.load, run.of, last.as_ref()).await?;
            let Some(latest) = some.last().cloned() else { return Ok(()) };
            last = Some(latest);
            let (mut rows, mut settled) = (Vec::new(), Vec::new());
            for kept in &some {
                match self.renew(job, run.load, kept).await? {
                    Ok(row) => {
                        settled.push(kept.id());
                        run.filtered += u64::from(row.is_none());
                        rows.extend(row);
                    }
                    Err(why) => replayed.leave(kept.id(), why),
                }
            }
            if settled.is_empty() {
                continue;
            }
            run.received += settled.len() as u64;
            let batch = match rows.is_empty() {
                true => RecordBatch::new_empty(job.renewal.schema()),
                false => concat(rows),
            };
            let progress = run.progress(settled);
            let counts = self.destination.write(run.load, batch, Vec::new(), progress).await?;
            run.counts = run.counts + counts;
        }
    }

    /// A row as it is to be loaded, none where the filter leaves it out; or why it stays.
    async fn renew(
        &mut self,
        job: &mut Job,
        load: &Load,
        kept: &StoredReject,
    ) -> Result<Result<Option<RecordBatch>, Unfit>> {
        let row = match job.renewal.decode(kept) {
            Ok(row) => row,
            Err(why) => return Ok(Err(why)),
        };
        if let Some(cursor) = &job.cursor {
            let value = cursor.value(&row, 0);
            let partition = &kept.reject.partition;
            // under the lease nobody changes it
            if job.standing.as_ref().is_none_or(|(known, _)| known != partition) {
                let state = self.standing(load, partition).await?;
                job.standing = Some((partition.clone(), state));
            }
            let state = job.standing.as_ref().and_then(|(_, state)| state.as_ref());
            if is_read_again(cursor, value.as_ref(), state) {
                let name = cursor.spec().cursor;
                let why = format!(
                    "the next `sync` reads it again: its `{name}` is not before the cursor"
                );
                return Ok(Err(Unfit::new(&why)));
            }
        }
        Ok(job.renewal.shape(row))
    }

    /// What is remembered of the partition that a row came with; of a resource that is read as a whole, the
    /// part that is behind all others.
    async fn standing(&mut self, load: &Load, partition: &str) -> Result<Option<State>> {
        let keys = [partition.to_owned()];
        let mut found = self.destination.states(load, States::Of(&keys)).await?;
        if partition.is_empty() {
            found.extend(self.destination.states(load, States::Beginning("@")).await?);
        }
        Ok(found.into_iter().map(|(_, state)| state).min_by(|a, b| a.cursor.cmp(&b.cursor)))
    }
}

/// What is replayed of a resource.
struct Job {
    load: Load,
    /// Where rows are appended behind a cursor.
    cursor: Option<Cursor>,
    appends: bool,
    renewal: Renewal,
    /// The last partition that was looked up, and what is remembered of it.
    standing: Option<(String, Option<State>)>,
    /// The number of the run, once the tables are as they are to be.
    opened: Option<i64>,
}

/// The load of the rows of an earlier one.
struct Replay<'a> {
    load: &'a Load,
    of: i64,
    received: u64,
    filtered: u64,
    counts: RowCounts,
}

impl Replay<'_> {
    fn progress(&self, settled: Vec<RejectId>) -> Progress {
        let progress = Progress::new(Vec::new(), self.received, Traffic::default());
        Progress { filtered: self.filtered, settled, ..progress }
    }
}

/// Whether the next run reads a row again that was kept: it then would be there twice. A row without a
/// value of the cursor comes with none.
fn is_read_again(cursor: &Cursor, value: Option<&CursorValue>, state: Option<&State>) -> bool {
    let Some(reached) = state.and_then(|state| state.cursor.as_ref()) else { return true };
    match value {
        Some(value) if cursor.is_open() => value > reached,
        Some(value) => value >= reached,
        None => false,
    }
}

/// Why rows of a resource cannot be loaded by themselves.
fn refusal(planned: &Planned) -> Option<Error> {
    let (why, help) = if !planned.spec.store {
        ("it has no table", "run `sync`: its rows are read again for its children")
    } else if planned.write.disposition == WriteDisposition::Replace {
        ("each load replaces all of its rows", "run `sync`: they come with all others")
    } else if matches!(planned.write.strategy, MergeStrategy::DeleteInsert { .. }) {
        (
            "rows replace all others with their merge key",
            "run `sync`, after `state reset` where only what is new is read: they come with the others",
        )
    } else {
        return None;
    };
    let text = format!("its rows are not loaded one by one: {why}");
    Some(Error::new(ErrorKind::Config, text).with_help(help))
}
