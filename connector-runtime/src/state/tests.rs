use jiff::Timestamp;

use super::{CursorValue, Delta, PagePosition, Scan, State};

fn value(number: i128) -> CursorValue {
    CursorValue::Integer(number)
}

fn moved(to: i128) -> Delta {
    Delta::Moved(value(to))
}

/// Of a range that begins at 0.
fn window(start: i128, end: i128) -> Delta {
    Delta::Window { from: value(0), start: value(start), end: value(end) }
}

fn complete(to: i128, boundary: &[(u64, u32)]) -> Delta {
    Delta::Complete { cursor: Some((value(to), boundary.to_vec())) }
}

fn scan(offset: u64) -> Scan {
    Scan {
        began: Timestamp::UNIX_EPOCH,
        request: 7,
        position: PagePosition::Count(offset),
        digest: None,
        start: None,
        end: None,
        ceiling: None,
        max: Some(value(3)),
        parent: None,
    }
}

fn folded(deltas: &[Delta]) -> State {
    let mut state = State::default();
    deltas.iter().for_each(|delta| state.apply(delta));
    state
}

#[test]
fn windows_move_the_cursor_when_they_touch_it() {
    for (deltas, cursor, windows) in [
        (&[window(0, 10)][..], 10, &[][..]),
        (&[window(10, 20)], 0, &[(10, 20)]),
        (&[window(10, 20), window(0, 10)], 20, &[]),
        (&[window(30, 40), window(10, 20)], 0, &[(10, 20), (30, 40)]),
        (&[window(30, 40), window(10, 20), window(20, 30)], 0, &[(10, 40)]),
        (&[window(30, 40), window(10, 20), window(0, 10)], 20, &[(30, 40)]),
        (&[window(10, 20), window(15, 25), window(5, 12)], 0, &[(5, 25)]),
        (&[window(10, 40), window(20, 30)], 0, &[(10, 40)]),
        (&[window(10, 20), window(40, 50), moved(15)], 20, &[(40, 50)]),
        (&[window(10, 20), window(40, 50), moved(60)], 60, &[]),
        (&[moved(30), window(10, 20)], 30, &[]),
        (&[moved(30), window(10, 40)], 40, &[]),
        // no row came to the last window
        (&[window(0, 10), window(10, 10), window(10, 5)], 10, &[]),
    ] {
        let state = folded(deltas);
        let expected: Vec<_> = windows.iter().map(|(a, b)| (value(*a), value(*b))).collect();
        assert_eq!((state.cursor, state.windows), (Some(value(cursor)), expected), "{deltas:?}");
    }
}

#[test]
fn the_cursor_never_goes_back() {
    let state = folded(&[moved(5), moved(3), complete(4, &[(1, 1)])]);
    assert_eq!((state.cursor, state.boundary), (Some(value(5)), vec![]));
}

#[test]
fn the_boundary_is_that_of_the_cursor() {
    let at_five = complete(5, &[(1, 1), (2, 3)]);
    assert_eq!(folded(std::slice::from_ref(&at_five)).boundary, [(1, 1), (2, 3)]);
    for (next, expected) in [
        (complete(5, &[(4, 1)]), &[(4, 1)][..]),
        (complete(4, &[(4, 1)]), &[(1, 1), (2, 3)]),
        (complete(6, &[]), &[]),
        (Delta::Complete { cursor: None }, &[(1, 1), (2, 3)]),
        (moved(5), &[(1, 1), (2, 3)]),
        (moved(6), &[]),
        (window(5, 6), &[]),
    ] {
        assert_eq!(folded(&[at_five.clone(), next.clone()]).boundary, expected, "{next:?}");
    }
}

#[test]
fn a_scan_is_where_it_was_last_until_it_is_complete() {
    let state = folded(&[Delta::Interruptible(scan(10)), moved(2), Delta::Interruptible(scan(20))]);
    assert_eq!((state.scan, state.complete), (Some(scan(20)), false));
    let state = folded(&[Delta::Interruptible(scan(10)), Delta::Complete { cursor: None }]);
    assert_eq!((state.scan, state.complete, state.cursor), (None, true, None));
    let again = folded(&[Delta::Complete { cursor: None }, moved(1)]);
    assert!(!again.complete);
}

#[test]
fn what_partitions_remember() {
    let read = |number| Delta::ReadFor(value(number));
    // a parent may have an older value than the last time
    assert_eq!(folded(&[read(5), read(3)]).parent, Some(value(3)));
    let state =
        folded(&[Delta::Complete { cursor: None }, Delta::Pass(7, Timestamp::UNIX_EPOCH), read(1)]);
    assert_eq!((state.pass, state.began), (Some(7), Some(Timestamp::UNIX_EPOCH)));
    assert!(state.complete);
}
