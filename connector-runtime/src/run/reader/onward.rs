//! Where a scan goes on after a page: where rows come in ascending order and pages are only counted, at
//! the cursor. See `incremental/watch/leap.rs`.

use super::super::pages::Pages;
use super::super::range::Stretch;
use super::{Reader, Scanning};
use crate::error::Result;
use crate::incremental::Watch;

impl Reader {
    /// Decides from where the scan goes on after a page, if not at the next one.
    pub(super) fn go_on(&mut self, scan: &mut Scanning<'_>) -> Result<()> {
        let Some(watch) = &mut scan.watch else { return Ok(()) };
        let pages = &mut self.pages;
        if watch.is_disordered() {
            return self.count(scan);
        }
        if !watch.leaps() {
            return Ok(());
        }
        if watch.is_unheeded() {
            watch.leap_no_more();
            pages.leap_back();
            return Ok(());
        }
        if !pages.counts() {
            watch.leap_no_more();
            pages.forget_passed();
            return Ok(());
        }
        if pages.incomplete().is_some() {
            return Ok(());
        }
        if !pages.came_again() && pages.passed() > 1 {
            turn_back(watch, pages);
        }
        // the edges between its pages are not of one moment
        let is_settled = pages.came_again() || pages.passed() == 1;
        if !is_settled || pages.goes_back() {
            return Ok(());
        }
        watch.settle();
        if pages.is_at_end() { Ok(()) } else { self.leap(scan) }
    }

    /// Goes on by the cursor, if rows have come that are beyond the lower bound.
    fn leap(&mut self, scan: &mut Scanning<'_>) -> Result<()> {
        let Some(watch) = &mut scan.watch else { return Ok(()) };
        let Some(bound) = watch.next_bound() else { return Ok(()) };
        watch.leap_to(bound.clone());
        let stretch = Stretch { start: Some(bound), ..scan.stretch.clone() };
        self.pages.leap(&self.node.bindings(scan.visit, &stretch))
    }

    /// Goes on by counting. What was passed over was so by an order that there is not.
    fn count(&mut self, scan: &mut Scanning<'_>) -> Result<()> {
        if let Some(watch) = scan.watch.as_mut().filter(|watch| watch.leaps()) {
            watch.leap_no_more();
            self.pages.forget_passed();
        }
        if !self.pages.has_leapt() {
            return Ok(());
        }
        self.pages.begin(&self.node.bindings(scan.visit, &scan.stretch), None)
    }
}

/// Asks for counted pages again, before what is in them is left behind.
fn turn_back(watch: &Watch, pages: &mut Pages) {
    if pages.is_at_end() {
        // before an empty page, what may have moved up was behind the last row
        let without_last = pages.is_last_empty() && watch.reads_last_again();
        if watch.is_beyond_bound() {
            pages.turn_back(without_last);
        }
    } else if watch.next_bound().is_some() {
        pages.turn_back(false);
    }
}
