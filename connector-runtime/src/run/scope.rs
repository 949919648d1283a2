//! [`Scope`]: which part of what there is a run reads.

use jiff::Timestamp;

use super::tree::Plot;
use crate::destination::{Load, Part};
use crate::error::{Error, ErrorKind, Result};
use crate::incremental::Cursor;
use crate::plan::{self, Planned, Share, share};
use crate::spec::{ConnectorSpec, WriteDisposition};
use crate::state::CursorValue;

/// Which part of what there is a run reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// The present, where it is not that of the clock.
    pub(crate) now: Option<Timestamp>,
    /// Bounds of the cursors, as texts: a backfill.
    pub(crate) range: Option<(String, String)>,
    /// One of several parts of the connector.
    pub(crate) part: Option<Part>,
    /// No more rows of each resource than this.
    pub(crate) limit: Option<u64>,
    /// Everything is read anew.
    pub(crate) refresh: bool,
    /// Nothing is written.
    pub(crate) is_preview: bool,
}

impl Scope {
    /// Nothing is remembered, and what is remembered is not looked at.
    pub(super) fn is_stateless(&self) -> bool {
        self.range.is_some() || self.limit.is_some()
    }

    /// The resources, with how their rows meet those that are there in a run of this scope.
    ///
    /// # Errors
    ///
    /// When that cannot be done with these resources.
    pub(super) fn of(
        &self,
        connector: &ConnectorSpec,
        mut planned: Vec<Planned>,
    ) -> Result<Vec<Planned>> {
        self.is_one_thing()?;
        if let Some(part) = self.part {
            plan::divide(connector, &planned, part)?;
        }
        if self.range.is_some() {
            allow_range(&planned)?;
        }
        for one in planned.iter_mut().filter(|one| one.is_selected) {
            // rows that are read for children only are shown all the same
            one.stored |= self.is_preview;
            let root = one.tables.root();
            if self.refresh {
                one.write = one.write.refreshed(root);
            }
            if self.limit.is_some() && one.stored {
                match one.write.limited(root) {
                    Some(write) => one.write = write,
                    None if self.is_preview => {}
                    None => return Err(not_limited(one)),
                }
            }
        }
        Ok(planned)
    }

    /// Refuses what excludes each other.
    fn is_one_thing(&self) -> Result<()> {
        let range = self.range.as_ref().map(|_| "`--from` and `--to`");
        let part = self.part.map(|_| "`--partition`");
        let limit = self.limit.map(|_| "`--limit`");
        let (what, others, help) = if self.refresh {
            ("`--full-refresh`", [range, part, limit], "a full refresh reads all of a resource")
        } else if limit.is_some() {
            ("`--limit`", [part, None, None], "a few rows are not worth dividing")
        } else {
            return Ok(());
        };
        if self.limit == Some(0) {
            let text = "`--limit` is 0: expected a number of rows from 1 on";
            return Err(Error::new(ErrorKind::Config, text));
        }
        match others.into_iter().flatten().next() {
            Some(other) => {
                let text = format!("{what} and {other} exclude each other");
                Err(Error::new(ErrorKind::Config, text).with_help(help))
            }
            None => Ok(()),
        }
    }

    /// Why the run cannot be one of several parts.
    pub(super) fn undivided(&self) -> Option<String> {
        let flag = match (self.refresh, self.limit) {
            (true, _) => "`--full-refresh`",
            (false, Some(_)) => "`--limit`",
            (false, None) => return None,
        };
        Some(format!("{flag} excludes `--partition`"))
    }

    /// The bounds of a backfill.
    ///
    /// # Errors
    ///
    /// When they are no values of the cursor, or nothing lies between them.
    pub(super) fn bounds(&self, cursor: &Cursor) -> Result<Option<(CursorValue, CursorValue)>> {
        let Some((from, to)) = &self.range else { return Ok(None) };
        let parse = |flag: &str, text: &str| {
            cursor.parse(text).map_err(|expected| {
                let text = format!("`--{flag}` is `{text}`: expected {expected}");
                Error::new(ErrorKind::Config, text)
            })
        };
        let range = (parse("from", from)?, parse("to", to)?);
        if range.0 > range.1 {
            let text = format!("nothing lies between `--from {from}` and `--to {to}`");
            return Err(Error::new(ErrorKind::Config, text)
                .with_help("the range begins with `--from` and ends before `--to`"));
        }
        Ok(Some(range))
    }

    /// Whether a tree has anything of the range.
    pub(super) fn has_range(&self, tree: &[Planned]) -> bool {
        self.range.is_none() || tree.iter().any(|one| one.spec.incremental.is_some())
    }

    /// Whether anything of a tree is read.
    pub(super) fn reads(&self, connector: &ConnectorSpec, tree: &[Planned]) -> bool {
        let is_own = |part| share(connector, tree[0].spec, part) != Share::None;
        self.has_range(tree) && self.part.is_none_or(is_own)
    }

    /// The resources of a tree, and which of them are loaded: those that are selected.
    pub(super) fn plots(&self, connector: &'static ConnectorSpec, tree: Vec<Planned>) -> Vec<Plot> {
        let names: Vec<_> = tree.iter().map(|planned| planned.spec.name).collect();
        let place = |name: &str| names.iter().position(|other| *other == name);
        let is_shared = |part: &Part| {
            matches!(share(connector, tree[0].spec, *part), Share::Partitions | Share::Rows)
        };
        let part = self.part.filter(is_shared);
        let plot = |planned: Planned| Plot {
            load: planned.is_selected.then(|| Load { part, ..planned.load(connector) }),
            parent: planned.parent().and_then(place),
            planned,
        };
        tree.into_iter().map(plot).collect()
    }
}

/// Refuses a range where there is no cursor, or where its rows would be there twice.
fn allow_range(planned: &[Planned]) -> Result<()> {
    let is_read = |one: &Planned| one.spec.incremental.is_some();
    if !planned.iter().any(is_read) {
        let text = "no resource is incremental: there is no cursor whose range could be read";
        return Err(Error::new(ErrorKind::Config, text).with_help("leave `--from` and `--to` out"));
    }
    let appends = |one: &&Planned| one.stored && one.write.disposition == WriteDisposition::Append;
    let taken = plan::trees(planned.to_vec()).into_iter().filter(|tree| tree.iter().any(is_read));
    match taken.flatten().find(|one| appends(&one)) {
        Some(one) => Err(Error::new(
            ErrorKind::Config,
            "it appends: rows of a range that were loaded before would be there twice",
        )
        .with_resource(one.spec.name)
        .with_help("leave it out of the run, or give it a primary key, by which rows are merged")),
        None => Ok(()),
    }
}

/// Why some rows of a resource alone cannot be loaded.
fn not_limited(planned: &Planned) -> Error {
    let name = planned.spec.name;
    let text = match planned.write.disposition {
        WriteDisposition::Append => {
            "it appends: what `--limit` leaves would come again with the next load, and be there twice"
        }
        _ => {
            "its rows replace others, and without a primary key those that `--limit` leaves cannot be merged"
        }
    };
    Error::new(ErrorKind::Config, text)
        .with_resource(name)
        .with_help(format!("leave it out, by `!{name}`, or look at its rows with `preview {name}`"))
}
