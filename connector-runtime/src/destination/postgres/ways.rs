//! Which way a batch of a plain merge goes, by what has become of those before it.

use crate::report::RowCounts;

/// How many of the rows that are looked at have to be there already, one in so many, for a look to pay.
const PAYS: u64 = 4;
/// So many batches at most go by without a look, as a power of two.
const LONGEST_PAUSE: u32 = 10;

/// The way of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By `COPY` into its tables: no key of it is known to be there.
    Straight,
    /// What is there already is found out first, and left out.
    Look,
    /// Through the stages, which judge every row.
    Stages,
}

/// What has become of the batches so far.
#[derive(Clone, Debug)]
pub(super) struct Ways {
    /// Batches without a break that were wholly new.
    new: u32,
    /// So many of them are wanted before one goes straight.
    wanted: u32,
    /// Looks in vain, without a break.
    vain: u32,
    /// Batches that go by before the next look.
    pause: u32,
}

impl Ways {
    /// Of a load into a table with or without rows.
    pub(super) fn new(is_empty: bool) -> Self {
        Self { new: is_empty.into(), wanted: 1, vain: 0, pause: 0 }
    }

    /// The way of the next batch.
    pub(super) fn next(&self) -> Way {
        if self.new >= self.wanted {
            Way::Straight
        } else if self.pause == 0 {
            Way::Look
        } else {
            Way::Stages
        }
    }

    /// A batch was committed; `looked`: of so many of its rows a look has found that they are there already.
    pub(super) fn committed(&mut self, rows: u64, counts: RowCounts, looked: Option<u64>) {
        let is_new = counts.inserted == rows;
        self.new = if is_new { self.new.saturating_add(1) } else { 0 };
        match looked {
            Some(same) if PAYS * same >= rows => self.vain = 0,
            // a look at what is not there costs little
            Some(_) if is_new => {}
            Some(_) => self.was_vain(),
            None => self.pause = self.pause.saturating_sub(1),
        }
    }

    /// A batch was refused that went this way: it goes through the stages now, and the next one is to go this way
    /// later.
    pub(super) fn refused(&mut self, way: Way) {
        match way {
            Way::Straight => {
                self.new = 0;
                self.wanted = self.wanted.saturating_mul(2);
            }
            Way::Look => self.was_vain(),
            Way::Stages => {}
        }
        self.pause = self.pause.max(1);
    }

    fn was_vain(&mut self) {
        self.pause = 1 << self.vain.min(LONGEST_PAUSE);
        self.vain += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::Way::{Look, Stages, Straight};
    use super::*;

    /// What becomes of a batch.
    #[derive(Clone, Copy)]
    enum Fate {
        New,
        Changed,
        /// So many of its hundred rows are there already.
        Same(u64),
        /// Refused, and then merged by the stages.
        Refused,
        /// As much, and it was wholly new.
        RefusedThoughNew,
    }

    /// The ways of batches, each of which comes to this end.
    fn ways(is_empty: bool, fates: &[Fate]) -> Vec<Way> {
        let mut ways = Ways::new(is_empty);
        let mut run = |fate: &Fate| {
            let way = ways.next();
            let (inserted, same) = match *fate {
                Fate::New | Fate::RefusedThoughNew => (100, 0),
                Fate::Changed | Fate::Refused => (0, 0),
                Fate::Same(same) => (0, same),
            };
            let is_refused = matches!(fate, Fate::Refused | Fate::RefusedThoughNew);
            if is_refused {
                assert_ne!(way, Stages, "the stages refuse nothing");
                ways.refused(way);
                assert_eq!(ways.next(), Stages, "what was refused");
            }
            let looked = (way == Look && !is_refused).then_some(same);
            let counts = RowCounts { inserted, ..RowCounts::default() };
            ways.committed(100, counts, looked);
            way
        };
        fates.iter().map(&mut run).collect()
    }

    #[test]
    fn ways_of_batches() {
        use Fate::{Changed, New, Refused, RefusedThoughNew, Same};
        for (what, is_empty, fates, expected) in [
            ("a first load", true, &[New, New, New][..], &[Straight, Straight, Straight][..]),
            ("a second one", false, &[Same(99), Same(99), Same(25)], &[Look, Look, Look]),
            ("rows that are added", false, &[New, New, Same(50)], &[Look, Straight, Straight]),
            ("the same, refused", false, &[New, Refused, Same(50)], &[Look, Straight, Look]),
            (
                "straight later each time",
                true,
                &[Refused, New, New, Refused, New, New, New, New, New],
                &[Straight, Look, Look, Straight, Look, Look, Look, Look, Straight],
            ),
            (
                "changes alone: looks are rarer each time",
                false,
                &[Changed; 12],
                &[
                    Look, Stages, Look, Stages, Stages, Look, Stages, Stages, Stages, Stages, Look,
                    Stages,
                ],
            ),
            (
                "until one pays",
                false,
                &[
                    Changed,
                    Changed,
                    Same(24),
                    Changed,
                    Changed,
                    Same(25),
                    Changed,
                    Changed,
                    Same(0),
                ],
                &[Look, Stages, Look, Stages, Stages, Look, Look, Stages, Look],
            ),
            (
                "looks that are refused",
                false,
                &[Refused, Refused, Changed, Refused],
                &[Look, Look, Stages, Look],
            ),
            (
                "rows that are new, and refused",
                true,
                &[RefusedThoughNew, New, New],
                &[Straight, Look, Straight],
            ),
        ] {
            assert_eq!(ways(is_empty, fates), expected, "{what}");
        }
    }
}
