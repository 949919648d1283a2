//! [`Shrink`]: a source that gets smaller while it is read.
//!
//! Where rows go before the position that was reached, those after it move up, and asking on passes
//! over as many as went. A total that falls says how many that can be.

/// How often a scan goes back: an API whose total is a guess goes up and down for ever.
const TIMES: u32 = 100;

/// The totals of a scan, one after the other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shrink {
    last: Option<u64>,
    times: u32,
    /// The first fall that was not made good.
    doubt: Option<(u64, u64)>,
}

impl Shrink {
    /// Takes note of a total, and says how far to go back, if that `helps`. A fall of more than
    /// `most` rows is rather a total that means something else.
    pub(super) fn total(&mut self, total: Option<u64>, helps: bool, most: u64) -> Option<u64> {
        let total = total?;
        let before = self.last.replace(total)?;
        let fall = before.checked_sub(total).filter(|fall| *fall > 0)?;
        self.times += 1;
        if helps && self.times <= TIMES && fall <= most.max(before / 2) {
            return Some(fall);
        }
        self.doubt = self.doubt.or(Some((before, total)));
        None
    }

    pub(super) fn doubt(&self) -> Option<String> {
        let (before, after) = self.doubt?;
        Some(format!(
            "the API's total fell from {before} to {after} while it was read: rows may have been passed over"
        ))
    }
}
