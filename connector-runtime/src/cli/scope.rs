//! Which part of what there is a run reads: flags that are of one run, so no variable has them.

use clap::{Arg, ArgAction, ArgMatches};
use jiff::Timestamp;

use super::args::{self, text};
use crate::config::ConfigType;
use crate::destination::Part;
use crate::error::{Error, ErrorKind, Result};
use crate::run::Run;

/// What the flags say.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    range: Option<(String, String)>,
    now: Option<Timestamp>,
    part: Option<Part>,
    limit: Option<u64>,
    refresh: bool,
}

/// The flags of all of it.
pub(super) fn args() -> [Arg; 6] {
    [
        flag("from", "VALUE", "Read rows whose cursor is at or after this; moves no cursor"),
        flag("to", "VALUE", "Read rows whose cursor is before this, with `--from`"),
        flag("now", "TIMESTAMP", "Take this for the present, at which incremental loads end"),
        partition(),
        limit_arg("Load at most this many rows of each resource; moves no state"),
        Arg::new("full-refresh").long("full-refresh").action(ArgAction::SetTrue).help(
            "Read everything from the beginning, and replace rows and states when all has come",
        ),
    ]
}

pub(super) fn limit_arg(help: &'static str) -> Arg {
    flag("limit", "ROWS", help)
}

/// How many rows are meant.
pub(super) fn limit(matches: &ArgMatches) -> Result<Option<u64>> {
    let expected = || "a number of rows from 1 on".to_owned();
    value(matches, "limit", |text| text.parse().ok().filter(|rows| *rows > 0).ok_or_else(expected))
}

fn partition() -> Arg {
    flag("partition", "I/N", "Take the Ith of N parts, which may run at the same time")
}

fn flag(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    // a cursor may be a negative number
    Arg::new(name).long(name).value_name(value).allow_negative_numbers(true).help(help)
}

impl Scope {
    pub(super) fn new(matches: &ArgMatches) -> Result<Self> {
        let range = match (text(matches, "from"), text(matches, "to")) {
            (Some(from), Some(to)) => Some((from, to)),
            (None, None) => None,
            (Some(_), None) => return Err(half_a_range("from", "to")),
            (None, Some(_)) => return Err(half_a_range("to", "from")),
        };
        let now = value(matches, "now", Timestamp::parse)?;
        let refresh = args::flag(matches, "full-refresh");
        Ok(Self { range, now, part: part(matches)?, limit: limit(matches)?, refresh })
    }

    /// The run of this scope.
    pub(super) fn of(self, mut run: Run) -> Run {
        if let Some((from, to)) = self.range {
            run = run.range(from, to);
        }
        if let Some(now) = self.now {
            run = run.now(now);
        }
        if let Some(part) = self.part {
            run = run.partition(part);
        }
        if let Some(limit) = self.limit {
            run = run.limit(limit);
        }
        if self.refresh {
            run = run.full_refresh();
        }
        run
    }
}

/// The part that `--partition` names.
fn part(matches: &ArgMatches) -> Result<Option<Part>> {
    value(matches, "partition", |text| {
        let parse = || {
            let (index, of) = text.split_once('/')?;
            let part = Part { index: index.parse().ok()?, of: of.parse().ok()? };
            (1..=part.of).contains(&part.index).then_some(part)
        };
        parse().ok_or_else(|| "a part and how many there are, from `1/4` to `4/4`".to_owned())
    })
}

fn value<T>(
    matches: &ArgMatches,
    flag: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>> {
    let Some(text) = text(matches, flag) else { return Ok(None) };
    parse(&text)
        .map(Some)
        .map_err(|expected| config(format!("`--{flag}`: expected {expected}, found `{text}`")))
}

fn half_a_range(given: &str, missing: &str) -> Error {
    config(format!("`--{given}` needs `--{missing}`"))
        .with_help("a range is from `--from` up to `--to`, which is not part of it")
}

fn config(message: String) -> Error {
    Error::new(ErrorKind::Config, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    fn scope(flags: &[&str]) -> Result<Scope, String> {
        let line = std::iter::once(&"sync").chain(flags);
        let matches = Command::new("sync").args(args()).try_get_matches_from(line).unwrap();
        Scope::new(&matches).map_err(|error| error.to_string())
    }

    #[test]
    fn flags_become_what_they_say() {
        let all = scope(&["--from", "-5", "--to=7", "--now", "2024-01-31T00:00:00Z"]).unwrap();
        assert_eq!(all.range, Some(("-5".to_owned(), "7".to_owned())));
        assert_eq!(all.now.unwrap().to_string(), "2024-01-31T00:00:00Z");
        assert_eq!(all.part, None);
        let none = scope(&[]).unwrap();
        assert!(none.range.is_none() && none.now.is_none() && none.limit.is_none());
        assert!(!none.refresh && scope(&["--full-refresh"]).unwrap().refresh);
        assert_eq!(scope(&["--limit", "7"]).unwrap().limit, Some(7));
    }

    #[test]
    fn parts_are_counted_from_1() {
        for (text, expected) in [
            ("1/1", Some((1, 1))),
            ("2/4", Some((2, 4))),
            ("4/4", Some((4, 4))),
            ("5/4", None),
            ("0/4", None),
            ("0/0", None),
            ("2", None),
            ("2/", None),
            ("-1/4", None),
            ("1/2/3", None),
        ] {
            let part = scope(&[&format!("--partition={text}")]).map(|scope| scope.part);
            let part = part.ok().flatten().map(|part| (part.index, part.of));
            assert_eq!(part, expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases: [(&[&str], &str); 5] = [
            (
                &["--from", "2024-01-01"],
                "`--from` needs `--to`\n  help: a range is from `--from` up to `--to`, which is not part of it",
            ),
            (
                &["--to", "2024-01-01"],
                "`--to` needs `--from`\n  help: a range is from `--from` up to `--to`, which is not part of it",
            ),
            (
                &["--now", "2024-01-31"],
                "`--now`: expected a timestamp such as `2024-01-31T00:00:00Z`, found `2024-01-31`",
            ),
            (
                &["--partition", "5/4"],
                "`--partition`: expected a part and how many there are, from `1/4` to `4/4`, found `5/4`",
            ),
            (&["--limit", "0"], "`--limit`: expected a number of rows from 1 on, found `0`"),
        ];
        for (flags, expected) in cases {
            assert_eq!(scope(flags).unwrap_err(), expected);
        }
    }
}
