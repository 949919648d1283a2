//! What may be remembered of a scan when its rows are committed.

use super::super::node::{Chunk, Message, Visit};
use super::super::range::Stretch;
use super::{Reader, Scanning};
use crate::error::Result;
use crate::incremental::Watch;
use crate::state::{Delta, Scan};

impl Reader {
    /// All windows have come.
    pub(super) fn tell_of_end(&mut self, visit: &Visit) {
        // what was there before is there again, though the last window may have no row: as far as the
        // windows reach, which is not beyond the present of this run
        let present =
            self.node.site.cursor.as_ref().and_then(|cursor| cursor.at(self.node.site.now));
        let before = visit.opened.state.cursor.clone();
        let before =
            before.filter(|before| !self.node.site.appends() && Some(before) <= present.as_ref());
        let cursor = before.map(|cursor| (cursor, Vec::new()));
        let mut deltas = vec![Delta::Complete { cursor }];
        deltas.extend(self.node.read_for(visit));
        self.tell(visit, deltas);
    }

    /// Tells the writer what is to be remembered without rows.
    pub(super) fn tell(&self, visit: &Visit, deltas: Vec<Delta>) {
        self.node.outbox.send(Message::Rows(Box::new(Chunk {
            node: self.node.index,
            visit: visit.opened.id,
            place: None,
            rows: Vec::new(),
            rejects: Vec::new(),
            deltas,
            counts: self.node.common.tally.read(),
            scan: self.node.common.next_scan(),
            ends_scan: true,
            permit: None,
        })));
    }

    /// What may be remembered when the rows so far are committed.
    pub(super) fn deltas(&self, scan: &Scanning<'_>, has_ended: bool) -> Result<Vec<Delta>> {
        if !self.node.site.has_state() || scan.is_lost {
            return Ok(Vec::new());
        }
        let Stretch { start, end, window_of, is_last, .. } = &scan.stretch;
        let window = window_of.clone().zip(start.clone());
        if has_ended && self.pages.incomplete().is_none() {
            let at_end = scan.watch.as_ref().map(Watch::at_end).transpose()?.flatten();
            let Some((from, start)) = window else {
                let mut deltas = vec![Delta::Complete { cursor: at_end }];
                deltas.extend(self.node.read_for(scan.visit));
                return Ok(deltas);
            };
            // the last window ends where its rows do: others may come there; and so does one that goes
            // on beyond the API's present
            let ceiling = scan.watch.as_ref().and_then(Watch::ceiling);
            let is_last = *is_last || ceiling.is_some() && ceiling < end.as_ref();
            return Ok(match (is_last, at_end, end) {
                (true, Some((to, boundary)), _) if to >= start => vec![
                    Delta::Window { from, start, end: to.clone() },
                    Delta::Boundary(to, boundary),
                ],
                (false, _, Some(end)) => vec![Delta::Window { from, start, end: end.clone() }],
                _ => Vec::new(),
            });
        }
        if scan.watch.as_ref().is_some_and(Watch::is_disordered) && !self.node.site.appends() {
            return Ok(vec![Delta::Back(scan.stretch.start.clone())]);
        }
        if let Some(so_far) = scan.watch.as_ref().and_then(Watch::so_far) {
            return Ok(vec![match window {
                Some((from, start)) => Delta::Window { from, start, end: so_far },
                None => Delta::Moved(so_far),
            }]);
        }
        let position = scan.scan.as_ref().and_then(|scan| Some((scan, self.pages.position()?)));
        Ok(position.map_or_else(Vec::new, |(before, (position, digest))| {
            let watch = scan.watch.as_ref();
            vec![Delta::Interruptible(Scan {
                position,
                digest,
                ceiling: watch.and_then(Watch::ceiling).cloned(),
                max: watch.and_then(Watch::max).cloned(),
                ..before.clone()
            })]
        }))
    }
}
