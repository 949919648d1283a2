//! How far a resource has come, where its rows were divided among parts.

use std::cmp::Ordering;

use crate::destination::Part;
use crate::error::{Error, ErrorKind, Result};
use crate::state::State;

/// The key of the state of a resource that is read as a whole, or of a part of it. `prefix`: empty, or
/// what says that it is about the rows of the parent.
pub(super) fn own_key(prefix: &str, part: Option<Part>) -> String {
    match part {
        Some(part) => format!("{prefix}@{part}"),
        None => prefix.to_owned(),
    }
}

/// The state from which a run goes on: its own, or that of others who have read all that it reads.
/// `states`: all of the resource that begin with the prefix.
///
/// # Errors
///
/// When rows are appended and some part has come further, or remembers other rows at the same point:
/// rows would be there twice.
pub(super) fn standing(
    states: &[(String, State)],
    prefix: &str,
    part: Option<Part>,
    appends: bool,
) -> Result<Option<State>> {
    let find = |key: &str| states.iter().find(|(found, _)| found == key).map(|(_, state)| state);
    let own = find(&own_key(prefix, part)).cloned();
    let others = match part {
        Some(_) => find(prefix).cloned(),
        None => divisions(states, prefix).into_iter().max_by(further),
    };
    // its own last: of two that have come as far it remembers more
    let state = others.into_iter().chain(own).max_by(further);
    if appends {
        alike(states, prefix, part, state.as_ref())?;
    }
    Ok(state)
}

/// Which has come further; of two that have come as far, which has read more of what is below.
fn further(one: &State, other: &State) -> Ordering {
    one.cursor.cmp(&other.cursor).then(one.with.len().cmp(&other.with.len()))
}

/// Refuses to append what some part has appended.
fn alike(
    states: &[(String, State)],
    prefix: &str,
    part: Option<Part>,
    state: Option<&State>,
) -> Result<()> {
    let own = own_key(prefix, part);
    // parts of one division may differ
    let is_own = |key: &str| part.is_some_and(|part| key.ends_with(&format!("/{}", part.of)));
    let reached = state.and_then(|state| state.cursor.as_ref());
    let is_beyond = |other: &State| {
        let differs = other.cursor.as_ref() == reached
            && reached.is_some()
            && state.is_some_and(|state| state.boundary != other.boundary);
        other.cursor.as_ref() > reached || !other.windows.is_empty() || differs
    };
    let mut parts = states
        .iter()
        .filter(|(key, _)| key.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('@')));
    match parts.find(|(key, other)| *key != own && !is_own(key) && is_beyond(other)) {
        Some((key, _)) => {
            let other = key.trim_start_matches(['^', '@']);
            let text = format!("part {other} has appended rows that this run would append again");
            Err(Error::new(ErrorKind::Config, text)
                .with_help("run all parts of the former division to the same point first"))
        }
        None => Ok(()),
    }
}

/// How far all parts of each division have come that have all come somewhere. Where a part has stopped
/// in the middle of something is its own matter.
fn divisions(states: &[(String, State)], prefix: &str) -> Vec<State> {
    let mut parts: Vec<(u32, &State)> = Vec::new();
    for (key, state) in states {
        let Some(rest) = key.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('@')) else {
            continue;
        };
        if let Some(Ok(of)) = rest.split_once('/').map(|(_, of)| of.parse()) {
            parts.push((of, state));
        }
    }
    let mut divisions: Vec<u32> = parts.iter().map(|(of, _)| *of).collect();
    divisions.sort_unstable();
    divisions.dedup();
    let least = |of: u32| {
        let parts: Vec<_> = parts.iter().filter(|(other, _)| *other == of).collect();
        let is_whole = parts.len() == of as usize;
        let everywhere = |name: &&String| parts.iter().all(|(_, state)| state.with.contains(name));
        let least = parts.iter().map(|(_, state)| *state).min_by_key(|state| &state.cursor);
        least.filter(|_| is_whole).map(|least| State {
            version: least.version,
            column: least.column.clone(),
            cursor: least.cursor.clone(),
            boundary: least.boundary.clone(),
            with: least.with.iter().filter(everywhere).cloned().collect(),
            ..State::default()
        })
    };
    divisions.into_iter().filter_map(least).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::CursorValue;

    fn states(of: &[(&str, i128)]) -> Vec<(String, State)> {
        let state =
            |cursor| State { cursor: Some(CursorValue::Integer(cursor)), ..State::default() };
        of.iter().map(|(key, cursor)| ((*key).to_owned(), state(*cursor))).collect()
    }

    #[test]
    fn a_run_goes_on_from_where_all_that_it_reads_was_read() {
        let part = |index, of| Some(Part { index, of });
        for (found, prefix, part, expected) in [
            (&[][..], "", None, None),
            (&[("", 5)][..], "", None, Some(5)),
            (&[("", 5)][..], "", part(1, 2), Some(5)),
            (&[("", 5), ("@1/2", 3)][..], "", part(1, 2), Some(5)),
            (&[("", 5), ("@1/2", 9)][..], "", part(1, 2), Some(9)),
            (&[("", 5), ("@1/2", 9)][..], "", part(2, 2), Some(5)),
            // the whole of it, when each part has been there
            (&[("", 5), ("@1/2", 9)][..], "", None, Some(5)),
            (&[("", 5), ("@1/2", 9), ("@2/2", 7)][..], "", None, Some(7)),
            (&[("@1/2", 9), ("@2/2", 7)][..], "", None, Some(7)),
            (&[("@1/2", 9), ("@2/3", 7)][..], "", None, None),
            (&[("^", 5), ("^@1/2", 9), ("^@2/2", 7)][..], "^", None, Some(7)),
        ] {
            let found = states(found);
            let state = standing(&found, prefix, part, false).expect("rows are merged");
            let cursor = state.and_then(|state| state.cursor);
            assert_eq!(cursor, expected.map(CursorValue::Integer), "{found:?} {part:?}");
        }
    }

    #[test]
    fn what_is_below_was_read_where_every_part_has_read_it() {
        let state = |key: &str, cursor, with: &[&str]| {
            let with = with.iter().map(|name| (*name).to_owned()).collect();
            let cursor = Some(CursorValue::Integer(cursor));
            (key.to_owned(), State { cursor, with, ..State::default() })
        };
        for (found, expected) in [
            ([("@1/2", 7, &["a", "b"][..]), ("@2/2", 9, &["a"])], &["a"][..]),
            // as far, and more of it
            ([("", 7, &["a", "b"]), ("@1/1", 7, &["a"])], &["a", "b"]),
            ([("", 7, &["a"]), ("@1/1", 7, &["a", "b"])], &["a", "b"]),
            ([("", 7, &["a", "b"]), ("@1/1", 9, &["a"])], &["a"]),
        ] {
            let states = found.map(|(key, cursor, with)| state(key, cursor, with));
            let state = standing(&states, "", None, false).expect("rows are merged");
            assert_eq!(state.expect("a state").with, expected, "{found:?}");
        }
    }

    #[test]
    fn appended_rows_do_not_come_twice() {
        let part = |index, of| Some(Part { index, of });
        for (found, part, is_refused) in [
            (&[("@1/2", 9), ("@2/2", 9)][..], None, false),
            (&[("@1/2", 9), ("@2/2", 7)][..], None, true),
            (&[("@1/2", 9)][..], part(2, 2), false),
            (&[("@1/2", 9)][..], part(2, 3), true),
            (&[("", 9), ("@1/2", 9)][..], part(2, 3), false),
        ] {
            let refused = standing(&states(found), "", part, true).is_err();
            assert_eq!(refused, is_refused, "{found:?} {part:?}");
        }
    }
}
