//! Where a scan begins: at its first page, or where an interrupted one stopped.

use super::super::node::Visit;
use super::super::range::{Stretch, interrupted};
use super::{Reader, Scanning};
use crate::error::Result;
use crate::incremental::{Appended, Bounds, Watch};
use crate::state::Scan;

impl Reader {
    /// Begins a scan: where an interrupted one stopped, if that is possible.
    pub(super) fn begin<'a>(&mut self, visit: &'a Visit, stretch: Stretch) -> Result<Scanning<'a>> {
        let site = &self.node.site;
        let scan = interrupted(site, &visit.opened.memory(site), visit.version.as_ref(), &stretch);
        // where all partitions are asked for what is new, this one is, too
        let pass = self.node.pass;
        let is_of_pass = |scan: &Scan| pass.is_none_or(|pass| scan.began >= pass.began);
        if let Some(scan) = scan.filter(is_of_pass) {
            let resumed =
                Stretch { start: scan.start.clone(), end: scan.end.clone(), ..stretch.clone() };
            self.pages.begin(&self.node.bindings(visit, &resumed), Some(&scan))?;
            if self.pages.request_digest() == scan.request {
                let watch = self.watch(visit, &resumed, Some(&scan));
                return Ok(self.scanning(visit, resumed, watch, Some(scan)));
            }
        }
        self.pages.begin(&self.node.bindings(visit, &stretch), None)?;
        let watch = self.watch(visit, &stretch, None);
        Ok(self.scanning(visit, stretch, watch, None))
    }

    fn scanning<'a>(
        &mut self,
        visit: &'a Visit,
        stretch: Stretch,
        watch: Option<Watch>,
        before: Option<Scan>,
    ) -> Scanning<'a> {
        let began = before.map_or(self.node.site.now, |scan| scan.began);
        let scan = self.node.site.keeps_positions().then(|| Scan {
            start: stretch.start.clone(),
            end: stretch.end.clone(),
            parent: visit.settled_version(),
            ..Scan::new(began, self.pages.request_digest())
        });
        let number = self.node.common.next_scan();
        let (bytes, received) = (self.pages.traffic().bytes, self.pages.rows());
        let watch = watch.map(|mut watch| {
            if self.node.site.leaps() {
                watch.leap();
                self.pages.keep_passed();
            }
            watch
        });
        Scanning { visit, stretch, number, watch, scan, bytes, received, is_lost: false }
    }

    fn watch(&self, visit: &Visit, stretch: &Stretch, before: Option<&Scan>) -> Option<Watch> {
        let cursor = self.node.site.cursor.clone()?;
        let state = &visit.opened.state;
        let present = cursor.at(self.node.site.now);
        let appended = self
            .node
            .site
            .appends()
            .then(|| Appended { cursor: state.cursor.clone(), boundary: state.boundary.clone() });
        let bounds = Bounds {
            start: stretch.start.clone(),
            end: stretch.end.clone(),
            open: stretch.is_open,
            ceiling: before.map_or(present, |scan| scan.ceiling.clone()),
            max: before.and_then(|scan| scan.max.clone()),
            appended,
        };
        Some(Watch::new(cursor, bounds))
    }

    /// What the API's own clock says of the beginning of the scan.
    pub(super) fn look(&self, scan: &mut Scanning<'_>) {
        if let (Some(watch), Some(cursor), Some(at)) =
            (&mut scan.watch, &self.node.site.cursor, self.pages.answered_at())
            && let Some(ceiling) = cursor.at(at)
        {
            watch.lower_ceiling(ceiling);
        }
    }
}
