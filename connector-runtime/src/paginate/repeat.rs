//! [`RepeatGuard`]: notices a page that came before.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Pages that are remembered one by one: about half a MiB.
const MAX_REMEMBERED: usize = 1 << 14;

/// Knows the fingerprints of the first 16,384 pages. Beyond them it finds any cycle with a constant
/// amount of memory (Brent's algorithm): each page is also compared with the one before and with
/// one remembered page, which is replaced at page 1, 2, 4, 8 and so on.
#[derive(Debug, Default)]
pub(crate) struct RepeatGuard {
    seen: u64,
    first: HashMap<u64, u64>,
    last: Option<u64>,
    remembered: Option<(u64, u64)>,
}

impl RepeatGuard {
    /// Takes the fingerprint of the next page. `Some(n)`: it is that of page `n`, counted from 1.
    pub(crate) fn repeats(&mut self, fingerprint: u64) -> Option<u64> {
        self.seen += 1;
        let room = self.first.len() < MAX_REMEMBERED;
        match self.first.entry(fingerprint) {
            Entry::Occupied(first) => return Some(*first.get()),
            Entry::Vacant(slot) if room => drop(slot.insert(self.seen)),
            Entry::Vacant(_) => {}
        }
        if self.last.replace(fingerprint) == Some(fingerprint) {
            return Some(self.seen - 1);
        }
        if let Some((page, remembered)) = self.remembered
            && remembered == fingerprint
        {
            return Some(page);
        }
        if self.seen.is_power_of_two() {
            self.remembered = Some((self.seen, fingerprint));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages until a repeat is noticed.
    fn notice(pages: impl Iterator<Item = u64>) -> Option<(u64, usize)> {
        let mut guard = RepeatGuard::default();
        pages.enumerate().find_map(|(index, page)| guard.repeats(page).map(|of| (of, index + 1)))
    }

    #[test]
    fn different_pages_never_repeat() {
        assert_eq!(notice(0..100_000), None);
    }

    #[test]
    fn a_page_that_came_before_is_noticed_at_once() {
        assert_eq!(notice([7, 7].into_iter()), Some((1, 2)));
        assert_eq!(notice([1, 2, 3, 4, 5, 5].into_iter()), Some((5, 6)));
        assert_eq!(notice([1, 2, 3, 2, 4].into_iter()), Some((2, 4)));
    }

    #[test]
    fn cycles_beyond_what_is_remembered_are_noticed() {
        let many = MAX_REMEMBERED as u64;
        for (start, length) in [(many, 1), (many + 5, 7), (many * 2, 1_000)] {
            let pages = (0_u64..).map(|n| if n < start { n } else { start + (n - start) % length });
            let (_, after) = notice(pages.take(10 * many as usize)).expect("a cycle");
            assert!(after as u64 <= 4 * (start + length), "{start} {length} {after}");
        }
    }
}
