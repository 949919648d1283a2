//! [`RepeatGuard`]: notices that pages come round again.

/// Finds any cycle of pages with a constant amount of memory (Brent's algorithm): each page is
/// compared with the one before and with one remembered page, which is replaced at page 1, 2, 4,
/// 8 and so on.
#[derive(Debug, Default)]
pub(crate) struct RepeatGuard {
    seen: u64,
    last: Option<u64>,
    remembered: Option<(u64, u64)>,
}

impl RepeatGuard {
    /// Takes the fingerprint of the next page. `Some(n)`: it is that of page `n`, counted from 1.
    pub(crate) fn repeats(&mut self, fingerprint: u64) -> Option<u64> {
        self.seen += 1;
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
        assert_eq!(notice(0..10_000), None);
    }

    #[test]
    fn the_same_page_again_is_noticed_at_once() {
        assert_eq!(notice([7, 7].into_iter()), Some((1, 2)));
        assert_eq!(notice([1, 2, 3, 4, 5, 5].into_iter()), Some((5, 6)));
    }

    #[test]
    fn every_cycle_is_noticed() {
        for start in 0..20 {
            for length in 1..20 {
                let pages =
                    (0_u64..).map(|n| if n < start { n } else { start + (n - start) % length });
                let (_, after) = notice(pages.take(200)).expect("a cycle");
                assert!(after as u64 <= 4 * (start + length) + 4, "{start} {length} {after}");
            }
        }
    }
}
