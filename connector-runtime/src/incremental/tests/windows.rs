use std::sync::Arc;

use jiff::{Timestamp, civil};

use super::{Dice, cursor_of, instant, number};
use crate::incremental::Cursor;
use crate::spec::{BoundFormat, CursorSpan};
use crate::state::{CursorValue, Delta, State};
use crate::value::Column;

const fn time(months: u32, days: u32, seconds: u64) -> CursorSpan {
    CursorSpan::Time { months, days, seconds }
}

fn stepped<T: Column>(format: Option<BoundFormat>, step: CursorSpan) -> Arc<Cursor> {
    cursor_of::<T>(|spec| (spec.format, spec.step) = (format, Some(step)))
}

/// The edges of windows that follow each other.
fn edges(cursor: &Arc<Cursor>, from: &str, to: &str) -> Vec<String> {
    let parse = |text| cursor.parse(text).expect("a value");
    let windows: Vec<_> = cursor.windows(parse(from), parse(to), &[]).collect();
    assert!(windows.windows(2).all(|two| two[0].1 == two[1].0), "{windows:?}");
    let starts = windows.iter().map(|window| window.0.to_string());
    starts.chain(windows.last().map(|window| window.1.to_string())).collect()
}

#[test]
fn edges_of_windows() {
    let month = stepped::<civil::Date>(None, time(1, 0, 0));
    let hours = stepped::<Timestamp>(None, time(0, 0, 6 * 3_600));
    let dates = stepped::<Timestamp>(Some(BoundFormat::Date), time(0, 0, 6 * 3_600));
    let epoch = stepped::<i64>(Some(BoundFormat::Epoch), time(0, 1, 0));
    let tens = stepped::<u8>(None, CursorSpan::Number(10));
    let whole = cursor_of::<Timestamp>(|_| {});
    let none = stepped::<i64>(None, CursorSpan::Number(0));
    let texts = stepped::<String>(None, CursorSpan::Number(1));
    for (cursor, from, to, expected) in [
        // counted from the start: February does not make every window begin on the 29th
        (
            &month,
            "2024-01-31",
            "2024-06-15",
            &["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31", "2024-06-15"][..],
        ),
        (&month, "9999-11-30", "9999-12-31", &["9999-11-30", "9999-12-30", "9999-12-31"]),
        (&month, "2024-01-31", "2024-01-31", &[]),
        (&month, "2024-02-01", "2024-01-31", &[]),
        (
            &hours,
            "2024-01-01T00:00:00.7Z",
            "2024-01-01T13:00:00.2Z",
            &[
                "2024-01-01T00:00:00Z",
                "2024-01-01T06:00:00Z",
                "2024-01-01T12:00:00Z",
                "2024-01-01T13:00:00Z",
            ],
        ),
        (&hours, "2024-01-01T00:00:00.2Z", "2024-01-01T00:00:00.7Z", &[]),
        (
            &dates,
            "2024-01-01T20:00:00Z",
            "2024-01-03T07:00:00Z",
            &["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z"],
        ),
        (&epoch, "100", "1970-01-03", &["100", "86500", "172800"]),
        (&tens, "235", "255", &["235", "245", "255"]),
        (&whole, "2024-01-01", "2024-03-01", &["2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z"]),
        (&none, "1", "5", &["1", "5"]),
        (&texts, "a", "b", &["a", "b"]),
    ] {
        assert_eq!(edges(cursor, from, to), expected, "{from} {to}");
    }
}

#[test]
fn what_is_complete_is_left_out() {
    let cursor = stepped::<i64>(None, CursorSpan::Number(10));
    let windows = |from, to, complete: &[(i128, i128)]| -> Vec<(i128, i128)> {
        let complete: Vec<_> = complete.iter().map(|(a, b)| (number(*a), number(*b))).collect();
        let windows = cursor.windows(number(from), number(to), &complete);
        let plain = |value| match value {
            CursorValue::Integer(number) => number,
            other => panic!("{other:?}"),
        };
        windows.map(|(start, end)| (plain(start), plain(end))).collect()
    };
    for (from, to, complete, expected) in [
        (0, 30, &[(10, 20)][..], &[(0, 10), (20, 30)][..]),
        (0, 50, &[(10, 20), (30, 40)], &[(0, 10), (20, 30), (40, 50)]),
        (0, 50, &[(5, 45)], &[(0, 5), (45, 50)]),
        (0, 50, &[(25, 30)], &[(0, 10), (10, 20), (20, 25), (30, 40), (40, 50)]),
        (5, 30, &[(0, 3), (4, 20)], &[(20, 30)]),
        (0, 30, &[(20, 90)], &[(0, 10), (10, 20)]),
        (0, 30, &[(40, 90)], &[(0, 10), (10, 20), (20, 30)]),
        (0, 30, &[(0, 30)], &[]),
    ] {
        assert_eq!(windows(from, to, complete), expected, "{from} {to} {complete:?}");
    }
}

#[test]
fn a_window_that_the_format_cannot_say_is_read_again() {
    let cursor = stepped::<Timestamp>(Some(BoundFormat::Date), time(0, 1, 0));
    let at = |text| CursorValue::Timestamp(instant(text));
    let complete = [
        (at("2024-01-02T06:00:00Z"), at("2024-01-03T00:00:00Z")),
        (at("2024-01-04T00:00:00Z"), at("2024-01-05T06:00:00Z")),
    ];
    let windows = cursor.windows(at("2024-01-02T00:00:00Z"), at("2024-01-06T00:00:00Z"), &complete);
    let expected = [
        (at("2024-01-02T00:00:00Z"), at("2024-01-03T00:00:00Z")),
        (at("2024-01-03T00:00:00Z"), at("2024-01-04T00:00:00Z")),
        (at("2024-01-05T00:00:00Z"), at("2024-01-06T00:00:00Z")),
    ];
    assert_eq!(windows.collect::<Vec<_>>(), expected);
}

#[test]
fn windows_are_made_when_they_are_asked_for() {
    let cursor = stepped::<i64>(None, CursorSpan::Number(1));
    let mut windows = cursor.windows(number(0), number(i64::MAX.into()), &[]);
    assert_eq!(windows.next(), Some((number(0), number(1))));
    assert_eq!(windows.nth(100_000), Some((number(100_001), number(100_002))));
}

/// Loads that each complete some of their windows, in any order: what is left is always the rest of
/// the range, holes come first, and at the end the state is the same.
#[test]
fn any_order_of_windows_comes_to_the_same_state() {
    for seed in 0..500 {
        let mut dice = Dice(seed);
        let step = 1 + dice.below(20);
        let cursor = stepped::<i64>(None, CursorSpan::Number(step));
        let (from, to) = (number(0), number(i128::from(1 + dice.below(300))));
        let mut state = State::default();
        let mut loads = 0;
        while state.cursor.as_ref() != Some(&to) {
            let start = state.cursor.clone().unwrap_or(from.clone());
            let left = cursor.windows(start.clone(), to.clone(), &state.windows);
            let mut left: Vec<_> = left.collect();
            check_rest(&start, &to, &state, &left, seed);
            // the order in which they are done, and how many before the load fails
            for at in (1..left.len()).rev() {
                left.swap(at, dice.below(at as u64 + 1) as usize);
            }
            left.truncate(1 + dice.below(left.len() as u64) as usize);
            let deltas = left.iter().map(|(start, end)| Delta::Window {
                from: from.clone(),
                start: start.clone(),
                end: end.clone(),
            });
            let mut again = state.clone();
            deltas.clone().for_each(|delta| state.apply(&delta));
            deltas.rev().for_each(|delta| again.apply(&delta));
            assert_eq!(state, again, "seed {seed}");
            assert!(state.windows.is_sorted() && !state.complete, "seed {seed}: {state:?}");
            loads += 1;
            assert!(loads < 1_000, "seed {seed}: no end");
        }
        assert_eq!(state.windows, [], "seed {seed}");
    }
}

/// Windows that are left and windows that are complete are the range, without an overlap.
fn check_rest(
    start: &CursorValue,
    to: &CursorValue,
    state: &State,
    left: &[(CursorValue, CursorValue)],
    seed: u64,
) {
    assert!(left.is_sorted(), "seed {seed}: {left:?}");
    let mut all: Vec<_> = left.iter().chain(&state.windows).collect();
    all.sort();
    assert_eq!(&all[0].0, start, "seed {seed}");
    assert_eq!(&all[all.len() - 1].1, to, "seed {seed}");
    assert!(all.windows(2).all(|two| two[0].1 == two[1].0), "seed {seed}: {all:?}");
    assert!(all.iter().all(|(start, end)| start < end), "seed {seed}: {all:?}");
}
