//! [`Extent`]: what the pages so far say of those to come.

/// The pages of a scan whose positions can be told beforehand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    pages: u64,
    /// Rows of the last page.
    last: u64,
    /// Rows of the largest page.
    largest: u64,
}

impl Extent {
    /// A page of so many rows has come.
    pub(super) fn page(&mut self, rows: u64) {
        self.pages += 1;
        self.last = rows;
        self.largest = self.largest.max(rows);
    }

    /// Pages that have come.
    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    /// Rows of the last page: how far a position moves.
    pub(super) fn step(&self) -> u64 {
        self.last
    }

    /// Whether to ask for the page that comes `after` so many pages after the next one, where nobody
    /// has said how many there are: no more pages ahead than have come, and none after a page that
    /// looks like the last one.
    pub(super) fn goes_on(&self, after: u64) -> bool {
        after < self.pages && self.last > 0 && self.last >= self.largest
    }
}
