//! What happened to a resource or partition, folded into its [`State`] commit by commit.

use jiff::Timestamp;

use super::{CursorValue, Scan, State};

/// As [`State::boundary`].
pub(crate) type Boundary = Vec<(u64, u32)>;

/// Something that a commit makes true.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Delta {
    /// Every row up to here is there.
    Moved(CursorValue),
    /// The scan was not at its end, and could go on here.
    Interruptible(Scan),
    /// Every row of `[start, end)` is there. The range that is read in windows begins `from` there. Of
    /// the window at the end of the range, `end` is the greatest value that came.
    Window {
        /// Where the range begins.
        from: CursorValue,
        /// Where the window does.
        start: CursorValue,
        /// And where it ends.
        end: CursorValue,
    },
    /// Rows did not come in the order that was declared: what is there beyond this is not all.
    Back(Option<CursorValue>),
    /// The load has seen everything that it was to see.
    Complete {
        /// The greatest cursor value that came, and the digests of the rows that have it (append).
        cursor: Option<(CursorValue, Boundary)>,
    },
    /// Appended rows with this cursor value are there: their digests.
    Boundary(CursorValue, Vec<(u64, u32)>),
    /// The children of the parent whose partition this is were read when it had this cursor value.
    ReadFor(CursorValue),
    /// And so were the rows of these resources below.
    ReadWith(Vec<String>),
    /// The partition was read by the load which began with this number, then.
    Pass(i64, Timestamp),
}

impl State {
    /// Folds in what a commit makes true.
    pub(crate) fn apply(&mut self, delta: &Delta) {
        match delta {
            Delta::Moved(to) => {
                self.complete = false;
                self.advance(to);
            }
            Delta::Interruptible(scan) => {
                self.complete = false;
                self.scan = Some(scan.clone());
            }
            Delta::Window { from, start, end } => {
                self.complete = false;
                self.cursor.get_or_insert_with(|| from.clone());
                if self.scan.as_ref().is_some_and(|scan| scan.start.as_ref() == Some(start)) {
                    self.scan = None;
                }
                if start < end {
                    self.join(start.clone(), end.clone());
                    self.absorb();
                }
            }
            Delta::Back(to) => self.go_back(to.as_ref()),
            Delta::Complete { cursor } => {
                self.complete = true;
                self.scan = None;
                if let Some((to, boundary)) = cursor {
                    self.advance(to);
                    if self.cursor.as_ref() == Some(to) {
                        self.boundary.clone_from(boundary);
                    }
                }
            }
            Delta::Boundary(at, boundary) => {
                if self.cursor.as_ref() == Some(at) {
                    self.boundary.clone_from(boundary);
                }
            }
            Delta::ReadFor(value) => self.parent = Some(value.clone()),
            Delta::ReadWith(resources) => self.with.clone_from(resources),
            Delta::Pass(load_id, began) => {
                self.pass = Some(*load_id);
                self.began = Some(*began);
            }
        }
    }

    /// The rows that are read from now on are read with these resources below. What was read without
    /// some of them is as if it was not read.
    pub(crate) fn follow_with(&mut self, resources: Vec<String>) {
        if resources.iter().any(|resource| !self.with.contains(resource)) {
            self.go_back(None);
            self.scan = None;
        }
        self.with = resources;
    }

    /// Moves the cursor, and on to the end of windows that it comes to.
    fn advance(&mut self, to: &CursorValue) {
        if self.cursor.as_ref().is_none_or(|cursor| cursor < to) {
            self.cursor = Some(to.clone());
            self.boundary.clear();
        }
        self.absorb();
    }

    /// Forgets what was said of rows beyond a value, or of any.
    fn go_back(&mut self, to: Option<&CursorValue>) {
        self.complete = false;
        let Some(to) = to else {
            self.cursor = None;
            self.windows.clear();
            return self.boundary.clear();
        };
        if self.cursor.as_ref().is_some_and(|cursor| to < cursor) {
            self.cursor = Some(to.clone());
            self.boundary.clear();
        }
        for (start, end) in &mut self.windows {
            if &*start <= to && to < &*end {
                *end = to.clone();
            }
        }
        self.windows.retain(|(start, end)| start < end);
    }

    /// Windows that touch or overlap become one.
    fn join(&mut self, mut start: CursorValue, mut end: CursorValue) {
        let before = self.windows.partition_point(|window| window.1 < start);
        let until = self.windows.partition_point(|window| window.0 <= end);
        for (first, last) in self.windows.drain(before..until) {
            start = start.min(first);
            end = end.max(last);
        }
        self.windows.insert(before, (start, end));
    }

    /// Windows that begin at the cursor or before it move it to their ends.
    fn absorb(&mut self) {
        let Some(cursor) = &mut self.cursor else { return };
        let reached = self.windows.iter().take_while(|(start, _)| start <= cursor).count();
        for (_, end) in self.windows.drain(..reached) {
            if *cursor < end {
                *cursor = end;
                self.boundary.clear();
            }
        }
    }
}
