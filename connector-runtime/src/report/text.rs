//! A report as text, and what else is printed in its manner.

use std::fmt::{self, Write};

use super::{Report, ResourceReport, RowCounts, UnknownField};
use crate::error::Error;

/// One of the counts.
pub(crate) type Count = fn(&RowCounts) -> u64;

/// Counts that have a column only where there is something to count.
pub(crate) const RARE: [(&str, Count); 5] = [
    ("deleted", |rows| rows.deleted),
    ("removed", |rows| rows.removed),
    ("filtered", |rows| rows.filtered),
    ("quarantined", |rows| rows.quarantined),
    ("discarded", |rows| rows.discarded),
];

/// Names of fields in one note.
const MAX_FIELDS: usize = 20;
/// Characters of each that are shown.
const MAX_PATH: usize = 60;

/// The summary, then notes, warnings and errors.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}{}", self.summary(), Complaints::of_report(self));
        f.write_str(text.trim_end())
    }
}

impl Report {
    /// A table with a line for each resource; nothing when the run could not start.
    pub(crate) fn summary(&self) -> String {
        if self.resources.is_empty() {
            return String::new();
        }
        let shown: Vec<_> = RARE
            .into_iter()
            .filter(|(_, count)| self.resources.iter().any(|one| count(&one.rows) > 0))
            .collect();
        let has_partitions = self.resources.iter().any(|one| one.partitions > 0);
        let mut grid = Grid::new(&["resource", "status"]);
        if has_partitions {
            grid.numbers(&["partitions"]);
        }
        grid.numbers(&["received", "inserted", "updated", "unchanged"]);
        shown.iter().for_each(|(name, _)| grid.numbers(&[name]));
        grid.numbers(&["pages", "requests", "retries", "bytes", "seconds"]);
        for one in &self.resources {
            let (rows, traffic) = (one.rows, one.traffic);
            let mut line = vec![titled(one), one.status.as_str().to_owned()];
            line.extend(has_partitions.then(|| one.partitions.to_string()));
            let counts = [rows.received, rows.inserted, rows.updated, rows.unchanged];
            line.extend(counts.map(|count| count.to_string()));
            line.extend(shown.iter().map(|(_, count)| count(&rows).to_string()));
            let counts = [traffic.pages, traffic.requests, traffic.retries];
            line.extend(counts.map(|count| count.to_string()));
            line.push(human_bytes(traffic.bytes));
            line.push(format!("{:.2}", one.seconds));
            grid.push(line);
        }
        let Report { destination, load_id, seconds, .. } = self;
        format!("{grid}\nload {load_id} into {}, {seconds:.2} s\n", printable(destination))
    }
}

/// The name, and that there is no table of it.
fn titled(one: &ResourceReport) -> String {
    let note = if one.stored { "" } else { " (not stored)" };
    format!("{}{note}", one.resource)
}

/// What is to be said of a run, for the lines after its summary.
#[derive(Debug, Default)]
pub(crate) struct Complaints<'a> {
    pub(crate) notes: Vec<String>,
    pub(crate) warnings: Vec<(&'static str, &'a str)>,
    pub(crate) errors: Vec<&'a Error>,
}

impl<'a> Complaints<'a> {
    pub(crate) fn of_report(report: &'a Report) -> Self {
        let mut all = Self::default();
        for change in &report.schema_changes {
            all.notes.push(format!("table `{}`: {}", change.table, change.change));
        }
        if let Some(limit) = report.limit.filter(|_| report.error.is_none()) {
            all.notes.push(format!(
                "of each resource at most {limit} {} loaded, and no state was read or moved: a `sync` without `--limit` loads everything",
                if limit == 1 { "row was" } else { "rows were" }
            ));
        }
        for one in &report.resources {
            all.notes.extend(unknown_fields(one.resource, &one.unknown_fields));
            all.add(one.resource, &one.warnings, one.error.as_ref());
        }
        all.errors.extend(&report.error);
        all
    }

    pub(crate) fn add(
        &mut self,
        name: &'static str,
        warnings: &'a [String],
        error: Option<&'a Error>,
    ) {
        self.warnings.extend(warnings.iter().map(|warning| (name, warning.as_str())));
        self.errors.extend(error);
    }
}

/// The fields that no column takes, in one line.
fn unknown_fields(resource: &str, fields: &[UnknownField]) -> Option<String> {
    let shown: Vec<_> = fields
        .iter()
        .take(MAX_FIELDS)
        .map(|UnknownField { path, json_type, count }| {
            format!("`{}` ({json_type}, {count})", cut(path))
        })
        .collect();
    let more = match fields.len().saturating_sub(MAX_FIELDS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!shown.is_empty())
        .then(|| format!("resource `{resource}`: no column takes {}{more}", shown.join(", ")))
}

/// A path short enough for a line of many.
fn cut(path: &str) -> String {
    match path.char_indices().nth(MAX_PATH) {
        Some((end, _)) => format!("{}…", &path[..end]),
        None => path.to_owned(),
    }
}

impl fmt::Display for Complaints<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(f, "note: {}", printable(note))?;
        }
        for (resource, warning) in &self.warnings {
            writeln!(f, "warning: resource `{resource}`: {}", printable(warning))?;
        }
        for error in &self.errors {
            writeln!(f, "error: {}", printable(&error.to_string()))?;
        }
        Ok(())
    }
}

/// The text without what could steer a terminal: a part of it may come from a server.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() && c != '\n' {
            true => printable.extend(c.escape_default()),
            false => printable.push(c),
        }
    }
    printable
}

/// A number of bytes, short enough for a table.
pub(crate) fn human_bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut scaled = bytes as f64 / 1024.0;
    let mut unit = 0;
    while scaled >= 1024.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{scaled:.2} {}", UNITS[unit])
}

/// Lines whose cells stand below each other; numbers to the right.
pub(crate) struct Grid {
    head: Vec<(&'static str, bool)>,
    lines: Vec<Vec<String>>,
}

impl Grid {
    pub(crate) fn new(texts: &[&'static str]) -> Self {
        let mut grid = Self { head: Vec::new(), lines: Vec::new() };
        grid.texts(texts);
        grid
    }

    pub(crate) fn texts(&mut self, heads: &[&'static str]) {
        self.head.extend(heads.iter().map(|head| (*head, false)));
    }

    pub(crate) fn numbers(&mut self, heads: &[&'static str]) {
        self.head.extend(heads.iter().map(|head| (*head, true)));
    }

    pub(crate) fn push(&mut self, line: Vec<String>) {
        self.lines.push(line);
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head: Vec<_> = self.head.iter().map(|(head, _)| (*head).to_owned()).collect();
        let lines = || std::iter::once(&head).chain(&self.lines);
        let width = |at: usize| lines().map(|line| line[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<_> = (0..head.len()).map(width).collect();
        for line in lines() {
            let mut text = String::new();
            for ((cell, width), (_, is_number)) in line.iter().zip(&widths).zip(&self.head) {
                match is_number {
                    true => write!(text, "{cell:>width$}  ")?,
                    false => write!(text, "{cell:<width$}  ")?,
                }
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::report::{SchemaChange, Status, Traffic};

    fn report() -> Report {
        let rows = |received, inserted, discarded| RowCounts {
            received,
            inserted,
            discarded,
            ..RowCounts::default()
        };
        let traffic = Traffic { pages: 100, requests: 105, retries: 5, bytes: 1_150_000 };
        Report {
            connector: "shop",
            destination: "SQLite file shop.db".to_owned(),
            schema_changes: vec![SchemaChange::new("orders", "new column `note`")],
            load_id: 2,
            limit: None,
            full_refresh: false,
            resources: vec![
                ResourceReport {
                    resource: "orders",
                    status: Status::Done,
                    load_id: 2,
                    limited: false,
                    stored: true,
                    partitions: 0,
                    rows: rows(10_000, 10_000, 0),
                    traffic,
                    seconds: 3.214,
                    unknown_fields: vec![UnknownField {
                        path: "lines[].tax".to_owned(),
                        json_type: "number",
                        count: 12,
                    }],
                    warnings: vec!["no row has a value for column `note`".to_owned()],
                    error: None,
                },
                ResourceReport {
                    resource: "customers_of_the_shop",
                    status: Status::Failed,
                    load_id: 2,
                    limited: false,
                    stored: true,
                    partitions: 0,
                    rows: rows(7, 0, 7),
                    traffic: Traffic::default(),
                    seconds: 0.0,
                    unknown_fields: Vec::new(),
                    warnings: Vec::new(),
                    error: Some(
                        Error::new(ErrorKind::Row, "the API said \x1b[2Jboo")
                            .with_resource("customers_of_the_shop")
                            .with_help("look"),
                    ),
                },
            ],
            error: None,
            seconds: 3.3,
        }
    }

    #[test]
    fn a_summary_lines_up() {
        let expected = "\
resource               status  received  inserted  updated  unchanged  discarded  pages  requests  retries     bytes  seconds
orders                 done       10000     10000        0          0          0    100       105        5  1.10 MiB     3.21
customers_of_the_shop  failed         7         0        0          0          7      0         0        0       0 B     0.00

load 2 into SQLite file shop.db, 3.30 s
";
        assert_eq!(report().summary(), expected);
    }

    #[test]
    fn rows_that_were_not_kept_have_a_column_only_if_there_are_any() {
        let mut report = report();
        report.resources.truncate(1);
        assert!(!report.summary().contains("discarded"));
        report.resources.clear();
        assert_eq!(report.summary(), "");
    }

    #[test]
    fn parents_and_partitions_are_shown_where_there_are_any() {
        let mut report = report();
        report.resources[0].stored = false;
        report.resources[1].partitions = 120;
        let summary = report.summary();
        let lines: Vec<_> = summary.lines().take(3).map(|line| &line[..48]).collect();
        assert_eq!(
            lines,
            [
                "resource               status  partitions  recei",
                "orders (not stored)    done             0     10",
                "customers_of_the_shop  failed         120       ",
            ]
        );
    }

    #[test]
    fn complaints_come_with_help_and_cannot_steer_a_terminal() {
        let expected = "\
note: table `orders`: new column `note`
note: resource `orders`: no column takes `lines[].tax` (number, 12)
warning: resource `orders`: no row has a value for column `note`
error: resource `customers_of_the_shop`: the API said \\u{1b}[2Jboo
  help: look
";
        assert_eq!(Complaints::of_report(&report()).to_string(), expected);
        let text = report().to_string();
        assert!(text.starts_with("resource  ") && text.ends_with("  help: look"), "{text}");
    }

    #[test]
    fn paths_are_cut() {
        let fields = ["a".repeat(60), "ü".repeat(61)].map(|path| UnknownField {
            path,
            json_type: "null",
            count: 1,
        });
        let (whole, cut) = ("a".repeat(60), "ü".repeat(60));
        let expected = format!("no column takes `{whole}` (null, 1), `{cut}…` (null, 1)");
        assert!(unknown_fields("rows", &fields).is_some_and(|text| text.ends_with(&expected)));
    }

    #[test]
    fn bytes_are_short() {
        let cases = [(0, "0 B"), (1_023, "1023 B"), (1_024, "1.00 KiB"), (5 << 40, "5.00 TiB")];
        for (bytes, expected) in cases {
            assert_eq!(human_bytes(bytes), expected);
        }
    }
}
