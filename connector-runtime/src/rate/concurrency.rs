//! How many requests may be on their way at once: a pure policy, as TCP has one. An API that
//! answers 429 gets half as many; one that answers well gets one more after as many answers as
//! there may be requests.

/// Counts the requests of one connector that are on their way.
#[derive(Debug)]
pub(crate) struct Concurrency {
    most: usize,
    now: usize,
    in_flight: usize,
    /// Good answers since the limit last changed.
    good: usize,
    /// How often the limit was halved.
    halvings: u64,
}

/// A request that is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// What was known when it was sent.
    halvings: u64,
}

/// What became of a request, as far as the API's load is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// The API took it.
    Borne,
    /// 429 Too Many Requests.
    TooMuch,
    /// It says nothing: no answer, or one that has other reasons.
    Unknown,
}

impl Concurrency {
    /// `most`: the limit to begin with, and never to exceed.
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { most, now: most, in_flight: 0, good: 0, halvings: 0 }
    }

    /// The limit as it is now.
    pub(crate) fn limit(&self) -> usize {
        self.now
    }

    /// A place for one more request, if there is one.
    pub(crate) fn enter(&mut self) -> Option<Slot> {
        if self.in_flight >= self.now {
            return None;
        }
        self.in_flight += 1;
        Some(Slot { halvings: self.halvings })
    }

    /// Gives the place back.
    pub(crate) fn leave(&mut self, slot: Slot, load: Load) {
        self.in_flight -= 1;
        match load {
            // those that were sent together are refused together: it is one piece of news
            Load::TooMuch if slot.halvings == self.halvings => {
                self.now = (self.now / 2).max(1);
                self.halvings += 1;
                self.good = 0;
            }
            Load::TooMuch | Load::Unknown => {}
            Load::Borne => self.good += 1,
        }
        if self.good >= self.now && self.now < self.most {
            self.now += 1;
            self.good = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(limit: &mut Concurrency, load: Load) -> usize {
        let slots: Vec<Slot> = std::iter::from_fn(|| limit.enter()).collect();
        for slot in &slots {
            limit.leave(*slot, load);
        }
        slots.len()
    }

    #[test]
    fn refusals_halve_it_once_a_round_and_success_brings_it_back() {
        let mut limit = Concurrency::new(10);
        let loads = [Load::Borne, Load::TooMuch, Load::TooMuch, Load::TooMuch, Load::TooMuch];
        assert_eq!(loads.map(|load| round(&mut limit, load)), [10, 10, 5, 2, 1]);
        let sizes: Vec<usize> = (0..14).map(|_| round(&mut limit, Load::Borne)).collect();
        assert_eq!(sizes, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 10, 10]);
    }

    #[test]
    fn what_says_nothing_changes_nothing() {
        let mut limit = Concurrency::new(4);
        assert_eq!(round(&mut limit, Load::TooMuch), 4);
        for _ in 0..20 {
            assert_eq!(round(&mut limit, Load::Unknown), 2);
        }
    }

    #[test]
    fn there_is_always_room_for_one() {
        let mut limit = Concurrency::new(0);
        for _ in 0..3 {
            assert_eq!(round(&mut limit, Load::TooMuch), 1);
        }
        let slot = limit.enter();
        assert!(slot.is_some() && limit.enter().is_none());
    }
}
