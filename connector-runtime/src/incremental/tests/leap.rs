//! Scans that go on by the cursor.

use super::*;
use crate::spec::{BoundFormat, CursorRange, RowOrder};

fn asc(spec: &mut IncrementalSpec) {
    spec.row_order = Some(RowOrder::Asc);
}

fn leaping<T: Column>(change: impl FnOnce(&mut IncrementalSpec), bounds: Bounds) -> Watch {
    let mut watch = watch::<T>(
        |spec| {
            asc(spec);
            change(spec);
        },
        bounds,
    );
    watch.leap();
    watch
}

fn from(start: CursorValue) -> Bounds {
    Bounds { start: Some(start), ..Bounds::default() }
}

fn page(watch: &mut Watch, batch: RecordBatch) -> Option<CursorValue> {
    watch.take(batch).expect("rows");
    watch.next_bound()
}

#[test]
fn a_bound_lies_just_before_the_last_value() {
    let mut watch = leaping::<i64>(|_| {}, Bounds::default());
    assert_eq!(watch.next_bound(), None);
    // there is no bound that would leave anything behind
    assert_eq!(page(&mut watch, numbers(0, vec![7, 7])), None);
    assert_eq!(page(&mut watch, numbers(0, vec![7, 20])), Some(number(19)));
    watch.leap_to(number(19));
    // an API may take it as `>=` and as `>`
    assert_eq!(page(&mut watch, numbers(0, vec![19, 20])), None);
    assert_eq!(page(&mut watch, numbers(0, vec![20, 20])), None);
    assert_eq!(page(&mut watch, numbers(0, vec![21])), Some(number(20)));
}

#[test]
fn a_step_is_one_of_what_is_sent() {
    let day = |text: &str| CursorValue::Date(text.parse().expect("a date"));
    let at = |text: &str| CursorValue::Timestamp(instant(text));
    let minutes = |spec: &mut IncrementalSpec| {
        spec.format = Some(BoundFormat::Strftime("%Y-%m-%d %H:%M"));
    };
    let mut watch = leaping::<Timestamp>(minutes, from(at("2024-01-01T00:00:00Z")));
    let rows = |texts: &[&str]| instants(0, texts);
    assert_eq!(page(&mut watch, rows(&["2024-01-01T00:00:01Z", "2024-01-01T00:00:59Z"])), None);
    assert!(!watch.is_beyond_bound());
    // midnight is of the minute before
    assert_eq!(page(&mut watch, rows(&["2024-01-01T00:01:00Z"])), None);
    assert!(watch.is_beyond_bound());
    let next = page(&mut watch, rows(&["2024-01-01T00:02:30.5Z"]));
    assert_eq!(next, Some(at("2024-01-01T00:02:00Z")));

    let mut watch = leaping::<civil::Date>(|_| {}, from(day("2024-01-01")));
    assert_eq!(page(&mut watch, dates(0, &["2024-01-01", "2024-01-02"])), None);
    let next = page(&mut watch, dates(0, &["2024-01-02", "2024-01-09"]));
    assert_eq!(next, Some(day("2024-01-08")));

    // no text lies just before another
    let text = |text: &str| CursorValue::Text(text.to_owned());
    let mut watch = leaping::<String>(|spec| spec.as_text = true, from(text("a")));
    assert_eq!(page(&mut watch, texts(&["a", "b"])), None);
    assert_eq!(page(&mut watch, texts(&["b", "c"])), Some(text("b")));
}

#[test]
fn the_state_moves_when_all_before_the_last_row_has_come() {
    for (range, settled) in [(CursorRange::Closed, 4), (CursorRange::Open, 3)] {
        let mut watch = leaping::<i64>(|spec| spec.range = range, from(number(1)));
        page(&mut watch, numbers(0, vec![1, 3, 4]));
        assert_eq!(watch.so_far(), None);
        watch.settle();
        assert_eq!(watch.so_far(), Some(number(settled)));
        // a page after it may have lost rows to it
        page(&mut watch, numbers(0, vec![4, 9]));
        assert_eq!(watch.so_far(), Some(number(settled)));
        watch.take_again(true);
        // what comes again says nothing of the order, nor of how far the scan has come
        page(&mut watch, numbers(0, vec![3, 30, 2]));
        assert!(!watch.is_disordered());
        watch.settle();
        let reached = if range == CursorRange::Open { 4 } else { 9 };
        assert_eq!(watch.so_far(), Some(number(reached)));
        assert_eq!(watch.max(), Some(&number(9)));
    }
}

#[test]
fn the_state_never_passes_the_present() {
    let bounds = Bounds { ceiling: Some(number(10)), ..from(number(1)) };
    let mut watch = leaping::<i64>(|_| {}, bounds);
    assert_eq!(page(&mut watch, numbers(0, vec![2, 8, 20])), Some(number(19)));
    watch.settle();
    assert_eq!(watch.so_far(), Some(number(8)));
}

#[test]
fn a_page_most_of_which_was_not_asked_for_is_noticed() {
    let mut watch = leaping::<Option<i64>>(|_| {}, from(number(5)));
    page(&mut watch, numbers(0, vec![1, 4, 5, 6]));
    assert!(!watch.is_unheeded());
    page(&mut watch, numbers(0, vec![1, 2, 3, 9]));
    assert!(watch.is_unheeded());
    // its order counts for nothing
    assert_eq!((watch.next_bound(), watch.is_disordered()), (None, false));
    page(&mut watch, numbers(0, vec![6, 7]));
    assert!(!watch.is_unheeded());
}

#[test]
fn pages_are_in_order_each_by_itself() {
    let mut watch = leaping::<i64>(|_| {}, Bounds::default());
    page(&mut watch, numbers(0, vec![1, 9]));
    page(&mut watch, numbers(0, vec![8, 10]));
    assert!(!watch.is_disordered());
    page(&mut watch, numbers(0, vec![11, 10]));
    assert!(watch.is_disordered());

    let mut watch = leaping::<i64>(|_| {}, Bounds::default());
    page(&mut watch, numbers(0, vec![1, 9]));
    watch.leap_no_more();
    page(&mut watch, numbers(0, vec![8, 10]));
    assert!(watch.is_disordered());
}

/// A row from the future comes with each page, and is told once.
#[test]
fn a_row_from_the_future_that_comes_again_is_told_once() {
    let bounds = Bounds {
        ceiling: Some(CursorValue::Timestamp(instant("2024-01-01T00:00:00Z"))),
        ..Bounds::default()
    };
    let mut watch = leaping::<Timestamp>(|_| {}, bounds);
    for _ in 0..3 {
        page(&mut watch, instants(0, &["2023-12-31T00:00:00Z", "2024-02-01T00:00:00Z"]));
    }
    let warnings = watch.warnings().join("\n");
    assert!(warnings.starts_with("1 row has a `at` from the future"), "{warnings}");
}
