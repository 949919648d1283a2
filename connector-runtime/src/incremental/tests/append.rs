use std::collections::BTreeMap;

use jiff::{Timestamp, civil};

use super::{Dice, cursor_of, dates, ids, instant, instants, kept, number, numbers};
use crate::error::ErrorKind;
use crate::incremental::{Appended, Bounds, Watch};
use crate::spec::IncrementalSpec;
use crate::state::{CursorValue, Delta, State};
use crate::value::Column;

fn at(text: &str) -> CursorValue {
    CursorValue::Timestamp(instant(text))
}

fn date(text: &str) -> CursorValue {
    CursorValue::Date(text.parse().expect("a date"))
}

/// A load that goes on from a state.
fn load<T: Column>(state: &State, change: impl FnOnce(&mut Bounds)) -> Watch {
    let appended = Appended { cursor: state.cursor.clone(), boundary: state.boundary.clone() };
    let start = state.cursor.clone();
    let mut bounds = Bounds { start, appended: Some(appended), ..Bounds::default() };
    change(&mut bounds);
    Watch::new(cursor_of::<T>(|_: &mut IncrementalSpec| {}), bounds)
}

/// The end of a load that was committed.
fn commit(state: &mut State, watch: &Watch) {
    state.apply(&Delta::Complete { cursor: watch.at_end().expect("an end") });
}

#[test]
fn rows_at_the_boundary_are_appended_once() {
    let mut state = State::default();
    let mut first = load::<i64>(&state, |_| {});
    // two rows of one cursor value, one of them twice: the same in every column
    let twice = numbers(1, vec![5, 7]);
    for batch in [numbers(0, vec![7]), twice.clone(), twice.slice(1, 1)] {
        let rows = batch.num_rows();
        assert_eq!(first.take(batch).expect("rows").rows.map(|rows| rows.num_rows()), Some(rows));
    }
    assert_eq!(first.so_far(), None);
    commit(&mut state, &first);
    assert_eq!(state.cursor, Some(number(7)));
    assert_eq!(state.boundary.iter().map(|(_, count)| count).sum::<u32>(), 3);

    let mut second = load::<i64>(&state, |_| {});
    // 0 came once, 2 twice, and now three times; 9 is new; what is older has come
    let again = numbers(0, vec![7, 6, 7, 7, 7]);
    let again = crate::incremental::watch::rows_of(again, &[0, 1, 2, 2, 2, 3]).expect("rows");
    assert_eq!(kept(&second.take(again).expect("rows")), (vec![2, 3], 4));
    commit(&mut state, &second);
    assert_eq!(state.cursor, Some(number(7)));
    assert_eq!(state.boundary.iter().map(|(_, count)| count).sum::<u32>(), 5);

    let mut third = load::<i64>(&state, |_| {});
    assert_eq!(kept(&third.take(numbers(3, vec![7, 8])).expect("rows")), (vec![4], 1));
    commit(&mut state, &third);
    assert_eq!((state.cursor, state.boundary.len()), (Some(number(8)), 1));
}

#[test]
fn a_load_without_a_row_forgets_nothing() {
    let mut state = State::default();
    let mut first = load::<i64>(&state, |_| {});
    first.take(numbers(0, vec![7, 7])).expect("rows");
    commit(&mut state, &first);
    let before = state.clone();
    commit(&mut state, &load::<i64>(&before, |_| {}));
    assert_eq!(state, before);
    let mut older = load::<i64>(&state, |_| {});
    assert_eq!(kept(&older.take(numbers(0, vec![1])).expect("rows")), (vec![], 1));
    commit(&mut state, &older);
    assert_eq!(state, before);
}

#[test]
fn what_will_come_is_left_to_the_load_to_which_it_comes() {
    let state = State { cursor: Some(at("2024-01-01T10:00:00.5Z")), ..State::default() };
    let bounds = |bounds: &mut Bounds| {
        // rounded down
        bounds.start = Some(at("2024-01-01T10:00:00Z"));
        bounds.end = Some(at("2024-01-01T12:00:00Z"));
        bounds.ceiling = Some(at("2024-01-01T12:00:00.7Z"));
    };
    let mut watch = load::<Timestamp>(&state, bounds);
    let rows = instants(
        0,
        &[
            "2024-01-01T09:00:00Z",
            "2024-01-01T10:00:00.3Z",
            "2024-01-01T10:00:00.6Z",
            "2024-01-01T11:59:59Z",
            "2024-01-01T12:00:00Z",
            "2024-01-01T12:00:00.8Z",
        ],
    );
    assert_eq!(kept(&watch.take(rows).expect("rows")), (vec![2, 3], 4));
    assert_eq!(watch.at_end().expect("an end").map(|end| end.0), Some(at("2024-01-01T11:59:59Z")));
}

#[test]
fn open_ranges_need_no_digests() {
    let state = State { cursor: Some(number(5)), ..State::default() };
    let mut watch = load::<i64>(&state, |bounds| bounds.open = true);
    assert_eq!(kept(&watch.take(numbers(0, vec![4, 5, 6, 7])).expect("rows")), (vec![2, 3], 2));
    assert_eq!(watch.at_end().expect("an end"), Some((number(7), vec![])));
    // rows as old as the load itself come with the next one
    let ceiling = |bounds: &mut Bounds| {
        (bounds.open, bounds.ceiling) = (true, Some(at("2024-01-01T00:00:05Z")));
    };
    let mut watch = load::<Timestamp>(&State::default(), ceiling);
    let rows = instants(0, &["2024-01-01T00:00:04Z", "2024-01-01T00:00:05Z"]);
    assert_eq!(kept(&watch.take(rows).expect("rows")), (vec![0], 1));
    assert_eq!(watch.at_end().expect("an end"), Some((at("2024-01-01T00:00:04Z"), vec![])));
}

const TODAY: &str = "2024-01-02";

fn today(bounds: &mut Bounds) {
    bounds.ceiling = Some(date(TODAY));
}

fn of_today(first: i64, rows: usize) -> arrow_array::RecordBatch {
    dates(first, &vec![TODAY; rows])
}

#[test]
fn rows_as_old_as_the_load_are_held_back_to_its_end() {
    let mut state = State::default();
    let mut watch = load::<civil::Date>(&state, today);
    let rows = dates(0, &["2024-01-01", TODAY, "2024-01-03", "2024-01-01"]);
    assert_eq!(kept(&watch.take(rows).expect("rows")), (vec![0, 3], 1));
    let held = watch.finish();
    assert_eq!(held.iter().map(ids).collect::<Vec<_>>(), [[1]]);
    commit(&mut state, &watch);
    assert_eq!((state.cursor.clone(), state.boundary.len()), (Some(date(TODAY)), 1));

    // later on the same day
    let mut watch = load::<civil::Date>(&state, today);
    assert_eq!(kept(&watch.take(of_today(1, 2)).expect("rows")), (vec![], 1));
    assert_eq!(watch.finish().iter().map(ids).collect::<Vec<_>>(), [[2]]);
    commit(&mut state, &watch);
    assert_eq!(state.boundary.len(), 2);
}

#[test]
fn more_of_them_than_are_remembered_wait_for_a_later_load() {
    let mut state = State::default();
    let mut watch = load::<civil::Date>(&state, today);
    assert_eq!(kept(&watch.take(dates(0, &["2024-01-01", TODAY])).expect("rows")), (vec![0], 0));
    assert_eq!(kept(&watch.take(of_today(10, 9_999)).expect("rows")), (vec![], 0));
    assert_eq!(watch.warnings(), [""; 0]);
    // those that had been held back are told with it
    assert_eq!(kept(&watch.take(of_today(20_000, 1)).expect("rows")), (vec![], 10_001));
    assert_eq!(kept(&watch.take(of_today(30_000, 5)).expect("rows")), (vec![], 5));
    assert_eq!(watch.finish().len(), 0);
    assert_eq!(
        watch.warnings(),
        [
            "more than 10000 rows have the `at` 2024-01-02, the last one: they come with a later load"
        ]
    );
    commit(&mut state, &watch);
    assert_eq!((state.cursor.clone(), state.boundary.len()), (Some(date(TODAY)), 0));

    // the next day they are nothing special
    let mut watch = load::<civil::Date>(&state, |bounds| bounds.ceiling = Some(date("2024-01-03")));
    assert_eq!(kept(&watch.take(of_today(10, 10_005)).expect("rows")).0.len(), 10_005);
}

#[test]
fn of_a_day_that_was_begun_only_what_is_new_waits() {
    let mut state = State::default();
    let mut watch = load::<civil::Date>(&state, today);
    watch.take(of_today(0, 6_000)).expect("rows");
    assert_eq!(watch.finish().len(), 1);
    commit(&mut state, &watch);
    let before = state.clone();

    let mut watch = load::<civil::Date>(&state, today);
    assert_eq!(kept(&watch.take(of_today(0, 10_001)).expect("rows")), (vec![], 10_001));
    assert_eq!(watch.finish().len(), 0);
    commit(&mut state, &watch);
    assert_eq!(state, before);
}

#[test]
fn what_is_older_than_the_load_is_all_there() {
    let mut state = State::default();
    let ceiling = |bounds: &mut Bounds| bounds.ceiling = Some(at("2024-01-01T12:00:00Z"));
    let mut watch = load::<Timestamp>(&state, ceiling);
    let old = vec!["2024-01-01T11:00:00Z"; 10_001];
    assert_eq!(kept(&watch.take(instants(0, &old)).expect("rows")).0.len(), 10_001);
    assert_eq!(
        watch.warnings(),
        [
            "more than 10000 rows have the `at` 2024-01-01T11:00:00Z, the last one: rows with it that \
          come later will not be loaded"
        ]
    );
    commit(&mut state, &watch);
    assert_eq!(state.cursor, Some(at("2024-01-01T11:00:00.000001Z")));
    let mut watch = load::<Timestamp>(&state, ceiling);
    assert_eq!(kept(&watch.take(instants(0, &old)).expect("rows")), (vec![], 10_001));
}

#[test]
fn values_without_a_present_are_an_error_then() {
    let mut watch = load::<i64>(&State::default(), |_| {});
    watch.take(numbers(0, vec![5; 10_001])).expect("rows");
    let error = watch.at_end().expect_err("too many");
    assert_eq!(error.kind(), ErrorKind::Row);
    assert!(
        error
            .message()
            .starts_with("more than 10000 rows have the greatest value of `at`, which is 5")
    );
    assert!(error.help().is_some());
    // they were not the last ones
    watch.take(numbers(0, vec![6])).expect("rows");
    assert_eq!(watch.at_end().expect("an end").map(|end| end.0), Some(number(6)));
}

#[test]
fn the_clock_of_the_api_counts_before_the_first_row() {
    let mut watch = load::<Timestamp>(&State::default(), |bounds| {
        bounds.ceiling = Some(at("2024-01-01T12:00:00Z"));
    });
    watch.lower_ceiling(at("2024-01-01T11:00:00Z"));
    let rows = instants(0, &["2024-01-01T10:30:00Z", "2024-01-01T11:00:01Z"]);
    assert_eq!(kept(&watch.take(rows).expect("rows")), (vec![0], 1));
    // later it would cut off rows below others that are handed out
    watch.lower_ceiling(at("2024-01-01T10:00:00Z"));
    let rows = instants(2, &["2024-01-01T10:15:00Z"]);
    assert_eq!(kept(&watch.take(rows).expect("rows")), (vec![2], 0));
    assert_eq!(watch.at_end().expect("an end").map(|end| end.0), Some(at("2024-01-01T10:30:00Z")));
}

/// A source to which rows are added while time goes on, read by servers that know the lower bound more
/// or less: each row is appended exactly once.
#[test]
fn every_row_is_appended_once() {
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let mut source: Vec<i64> = Vec::new();
        let mut stored = BTreeMap::new();
        let mut state = State::default();
        let mut now = 0;
        for _ in 0..12 {
            now += dice.below(3) as i64;
            // some are from the future
            let added = dice.below(6);
            source.extend((0..added).map(|_| now + dice.below(2) as i64 * dice.below(3) as i64));
            let ceiling = date_of(now);
            let mut watch = load::<civil::Date>(&state, |bounds| bounds.ceiling = Some(ceiling));
            let ignores_bound = dice.below(2) == 0;
            let start = state.cursor.clone();
            let mut rows: Vec<_> = (0..source.len())
                .filter(|row| {
                    ignores_bound
                        || start.as_ref().is_none_or(|start| *start <= date_of(source[*row]))
                })
                .collect();
            if dice.below(2) == 0 {
                rows.sort_by_key(|row| source[*row]);
            }
            let mut taken = Vec::new();
            for page in rows.chunks(1 + dice.below(4) as usize) {
                for row in page {
                    let value = date_of(source[*row]).to_string();
                    let batch = dates(*row as i64, &[&value]);
                    taken.extend(watch.take(batch).expect("rows").rows);
                }
            }
            taken.extend(watch.finish());
            for row in taken.iter().flat_map(ids) {
                *stored.entry(row).or_insert(0) += 1;
            }
            commit(&mut state, &watch);
            let expected: BTreeMap<_, _> = (0..source.len())
                .filter(|row| source[*row] <= now)
                .map(|row| (row as i64, 1))
                .collect();
            assert_eq!(stored, expected, "seed {seed}");
        }
    }
}

fn date_of(days: i64) -> CursorValue {
    CursorValue::Date(crate::value::time::date(19_000 + days as i32))
}
