//! Which values of the cursor a visit reads, and from where a scan of them goes on.

use std::sync::Arc;

use jiff::Timestamp;

use super::site::Site;
use crate::error::{Error, ErrorKind, Result};
use crate::incremental::{Cursor, Windows};
use crate::instance::{Bindings, Instance};
use crate::plan::Planned;
use crate::state::{CursorValue, Scan, State};

/// The values of the cursor that a visit reads.
#[derive(Debug)]
pub(super) struct Range {
    pub(super) start: Option<CursorValue>,
    pub(super) end: Option<CursorValue>,
    /// In parts; otherwise at once.
    windows: Option<Windows>,
    /// It begins behind the rows that are there.
    is_open: bool,
}

/// What one scan reads of a range.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) start: Option<CursorValue>,
    pub(super) end: Option<CursorValue>,
    /// Where the range begins, if this is a window of it.
    pub(super) window_of: Option<CursorValue>,
    /// It ends where the range does.
    pub(super) is_last: bool,
    /// Rows that are equal to the lower bound are there, and are not wanted again.
    pub(super) is_open: bool,
}

impl Range {
    /// What is read of a partition of which so much is remembered.
    pub(super) fn of(site: &Site, instance: &Instance, memory: &Memory<'_>) -> Result<Self> {
        let Some(cursor) = &site.cursor else {
            return Ok(Self { start: None, end: None, windows: None, is_open: false });
        };
        if let Some((from, to)) = &site.range {
            return Ok(Self::new(cursor, Some(from.clone()), Some(to.clone()), &[], true));
        }
        let nothing = State::default();
        let states = memory.states(&nothing);
        let start = lower_bound(instance, cursor, &states)?;
        // what is equal to `initial` is there for nobody
        let is_reached = |state: &&State| {
            state.cursor.as_ref().is_some_and(|cursor| start.as_ref() <= Some(cursor))
        };
        let is_there = memory.own.is_some() && !states.is_empty() && states.iter().all(is_reached);
        let complete = complete(cursor, &states);
        let mut range = Self::new(cursor, start, cursor.at(site.now), &complete, false);
        range.is_open = cursor.is_open() && is_there;
        Ok(range)
    }

    /// What a first load reads.
    pub(super) fn first(instance: &Instance, cursor: &Arc<Cursor>, now: Timestamp) -> Result<Self> {
        let start = initial(instance, cursor)?;
        Ok(Self::new(cursor, start, cursor.at(now), &[], false))
    }

    /// `is_bounded`: the upper bound counts, even where the API does not know it.
    fn new(
        cursor: &Arc<Cursor>,
        start: Option<CursorValue>,
        end: Option<CursorValue>,
        complete: &[(CursorValue, CursorValue)],
        is_bounded: bool,
    ) -> Self {
        let spec = cursor.spec();
        let start = start.map(|start| cursor.floor(start));
        let windows = match (&start, &end, spec.step) {
            (Some(start), Some(end), Some(_)) => {
                Some(cursor.windows(start.clone(), end.clone(), complete))
            }
            _ => None,
        };
        let has_end = spec.sends_end() || is_bounded;
        let end = end.filter(|_| has_end).map(|end| cursor.floor(end));
        Self { start, end, windows, is_open: false }
    }

    /// Whether it is read in windows.
    pub(super) fn has_windows(&self) -> bool {
        self.windows.is_some()
    }

    /// What the next scan reads; `None`: nothing more.
    pub(super) fn next(&mut self) -> Option<Stretch> {
        let windows = self.windows.as_mut()?;
        let (start, end) = windows.next()?;
        let is_last = self.end.as_ref().is_none_or(|last| end >= *last);
        Some(Stretch {
            is_open: self.is_open && self.start.as_ref() == Some(&start),
            start: Some(start),
            end: Some(end),
            window_of: self.start.clone(),
            is_last,
        })
    }

    /// All of it.
    pub(super) fn whole(&self) -> Stretch {
        Stretch {
            start: self.start.clone(),
            end: self.end.clone(),
            window_of: None,
            is_last: true,
            is_open: self.is_open,
        }
    }
}

impl Stretch {
    /// Its bounds, beside what else is bound.
    pub(super) fn bind(&self, cursor: &Cursor, bindings: Bindings) -> Bindings {
        let write = |value: &Option<CursorValue>| value.as_ref().map(|value| cursor.write(value));
        Bindings { start: write(&self.start), end: write(&self.end), ..bindings }
    }
}

/// What is remembered of a partition, or of a resource that has none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory<'a> {
    /// Of its own rows, if it is loaded.
    own: Option<&'a State>,
    /// How far each child has come that remembers it.
    followers: &'a [State],
    /// What is loaded below each child.
    below: &'a [Vec<String>],
}

impl<'a> Memory<'a> {
    /// `own`: the state of the partition; `followers`: those of the children.
    pub(super) fn new(site: &'a Site, own: &'a State, followers: &'a [State]) -> Self {
        Self { own: site.is_loaded.then_some(own), followers, below: &site.below }
    }

    /// The states that say what is there already: that of the partition, and those of the children that
    /// have not come as far. Where a child was read without what is loaded below it now, nothing is known.
    fn states<'b>(&self, nothing: &'b State) -> Vec<&'b State>
    where
        'a: 'b,
    {
        let children = self.followers.iter().zip(self.below).map(|(state, below)| {
            let is_known = below.iter().all(|name| state.with.contains(name));
            if is_known { state } else { nothing }
        });
        self.own.into_iter().chain(children).collect()
    }

    /// Up to where rows are there: its own, if it is loaded; otherwise all that its children need.
    pub(super) fn cursor(&self) -> Option<&'a CursorValue> {
        match self.own {
            Some(own) => own.cursor.as_ref(),
            None => {
                let cursors: Option<Vec<_>> =
                    self.followers.iter().map(|state| state.cursor.as_ref()).collect();
                cursors?.into_iter().min()
            }
        }
    }

    /// Whether the last loads had seen everything.
    pub(super) fn is_complete(&self) -> bool {
        match self.own {
            Some(own) => own.complete,
            None => self.followers.iter().all(|state| state.complete),
        }
    }

    /// The scan that did not end, if nobody lacks the pages before.
    fn scan(&self) -> Option<&'a Scan> {
        let scan = self.own?.scan.as_ref()?;
        let nothing = State::default();
        let everywhere =
            Memory::states(self, &nothing).iter().all(|state| state.scan.as_ref() == Some(scan));
        everywhere.then_some(scan)
    }
}

/// Where what is new begins.
fn lower_bound(
    instance: &Instance,
    cursor: &Arc<Cursor>,
    states: &[&State],
) -> Result<Option<CursorValue>> {
    for state in states {
        cursor.check_state(state)?;
    }
    let initial = initial(instance, cursor)?;
    let cursors: Option<Vec<_>> = states.iter().map(|state| state.cursor.as_ref()).collect();
    let least = cursors.and_then(|cursors| cursors.into_iter().min());
    let Some(least) = least else { return Ok(initial) };
    let start = cursor.less_lag(least);
    Ok(Some(initial.map_or(start.clone(), |initial| start.max(initial))))
}

/// `initial`.
pub(super) fn initial(instance: &Instance, cursor: &Arc<Cursor>) -> Result<Option<CursorValue>> {
    let Some(template) = &cursor.spec().initial else { return Ok(None) };
    let Some(text) = instance.optional_text(template, Bindings::NONE)? else { return Ok(None) };
    let value = cursor.parse(&text).map_err(|expected| {
        let column = cursor.spec().cursor;
        let text = format!("`initial` of the cursor `{column}` is `{text}`: expected {expected}");
        Error::new(ErrorKind::Config, text)
    })?;
    Ok(Some(value))
}

/// Windows that are complete for all who read. Rows may have come late at their ends, too.
fn complete(cursor: &Cursor, states: &[&State]) -> Vec<(CursorValue, CursorValue)> {
    let Some((first, others)) = states.split_first() else { return Vec::new() };
    let everywhere = |window: &&(CursorValue, CursorValue)| {
        others.iter().all(|state| state.windows.contains(window))
    };
    let complete = first.windows.iter().filter(everywhere);
    let complete = complete.map(|(start, end)| (start.clone(), cursor.less_lag(end)));
    complete.filter(|(start, end)| start < end).collect()
}

/// The scan of this stretch that an earlier load did not end, if it may go on. `version`: the cursor value
/// of the parent's row.
pub(super) fn interrupted(
    site: &Site,
    memory: &Memory<'_>,
    version: Option<&CursorValue>,
    range: &Stretch,
) -> Option<Scan> {
    if !site.keeps_positions() {
        return None;
    }
    // a child that has not come as far lacks the pages before
    let scan = memory.scan()?;
    // what has changed with the parent's row may lie in the pages before
    let is_same = is_of(scan, range, site.lags()) && scan.parent.as_ref() == version;
    (is_same && is_young(scan, &site.planned, site.now)).then(|| scan.clone())
}

/// Whether a scan is young enough to go on.
fn is_young(scan: &Scan, planned: &Planned, now: Timestamp) -> bool {
    let within = planned.resume_within;
    !within.is_zero() && now.duration_since(scan.began).unsigned_abs() <= within
}

/// Whether a scan is one of this stretch. `lags`: rows may come late.
fn is_of(scan: &Scan, stretch: &Stretch, lags: bool) -> bool {
    match stretch.window_of {
        // the windows behind it move the cursor beyond what came late to the pages before
        Some(_) if lags => false,
        Some(_) => scan.start == stretch.start && scan.end == stretch.end,
        // what is new since belongs to the next load
        None => true,
    }
}
