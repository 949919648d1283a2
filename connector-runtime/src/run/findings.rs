//! [`Findings`]: what readers have to tell when they are done, beside rows.

use super::pages::Pages;

/// Different texts that are told.
const MOST: usize = 10;

/// What readers have to tell when they are done.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Why scans gave less than was promised.
    pub(super) incomplete: Repeated,
    /// Scans whose answer says nothing of the rows.
    pub(super) ignored: u64,
    warnings: Vec<Repeated>,
    /// Those beyond [`MOST`] different ones.
    others: u64,
    /// Rows that a child could not use, for each child.
    pub(super) skipped: Vec<u64>,
}

/// The first of several texts, and how many there were.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Repeated {
    pub(super) text: Option<String>,
    pub(super) count: u64,
}

impl Findings {
    pub(super) fn new(children: usize) -> Self {
        Self { skipped: vec![0; children], ..Self::default() }
    }

    /// Takes note of a scan that has ended.
    pub(super) fn of_scan(&mut self, pages: &Pages, of_watch: Vec<String>) {
        if let Some(reason) = pages.incomplete() {
            self.incomplete.add(reason);
        }
        self.ignored += u64::from(pages.was_ignored());
        let incomplete = pages.incomplete();
        let of_pages = pages.scan_warnings().into_iter();
        let of_pages = of_pages.filter(|warning| Some(warning.as_str()) != incomplete);
        let anew = pages.began_anew().map(str::to_owned);
        of_pages.chain(anew).chain(of_watch).for_each(|warning| self.warn(&warning, 1));
    }

    /// Rows that children could not use.
    pub(super) fn skip(&mut self, skipped: &[u64]) {
        self.skipped.iter_mut().zip(skipped).for_each(|(all, more)| *all += more);
    }

    /// The same text is told once: of 100,000 scans it may be said of each.
    fn warn(&mut self, warning: &str, count: u64) {
        let is_full = self.warnings.len() >= MOST;
        match self.warnings.iter_mut().find(|other| other.text.as_deref() == Some(warning)) {
            Some(known) => known.count += count,
            None if !is_full => {
                self.warnings.push(Repeated { text: Some(warning.to_owned()), count });
            }
            None => self.others += count,
        }
    }

    pub(super) fn absorb(&mut self, other: Self) {
        self.incomplete.absorb(other.incomplete);
        self.ignored += other.ignored;
        self.others += other.others;
        self.skip(&other.skipped);
        for Repeated { text, count } in other.warnings {
            self.warn(&text.unwrap_or_default(), count);
        }
    }

    /// What a person should know.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> + '_ {
        let incomplete = std::iter::once(&self.incomplete);
        let told = incomplete.chain(&self.warnings).filter_map(Repeated::told);
        let others = self.others;
        told.chain((others > 0).then(|| format!("{others} more warnings of other scans")))
    }
}

impl Repeated {
    fn add(&mut self, text: &str) {
        self.text.get_or_insert_with(|| text.to_owned());
        self.count += 1;
    }

    fn absorb(&mut self, other: Self) {
        self.text = self.text.take().or(other.text);
        self.count += other.count;
    }

    /// The text, and how many others there were like it.
    fn told(&self) -> Option<String> {
        let text = self.text.as_ref()?;
        Some(match self.count {
            0 | 1 => text.clone(),
            count => format!("{text} (and {} more times)", count - 1),
        })
    }
}
