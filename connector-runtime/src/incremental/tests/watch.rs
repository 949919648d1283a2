use jiff::{Timestamp, civil};

use super::{
    cursor_of, dates, end, instant, instants, kept, number, numbers, texts, unsigned, watch,
};
use crate::error::ErrorKind;
use crate::incremental::{Bounds, Watch};
use crate::spec::{BoundFormat, IncrementalSpec, OnMissing, RowOrder};
use crate::state::CursorValue;

fn asc(spec: &mut IncrementalSpec) {
    spec.row_order = Some(RowOrder::Asc);
}

fn desc(spec: &mut IncrementalSpec) {
    spec.row_order = Some(RowOrder::Desc);
}

fn from(start: i128) -> Bounds {
    Bounds { start: Some(number(start)), ..Bounds::default() }
}

fn at(text: &str) -> CursorValue {
    CursorValue::Timestamp(instant(text))
}

/// What is kept of rows with numbers as cursor values.
fn rows(watch: &mut Watch, values: &[i64]) -> (Vec<i64>, u64) {
    kept(&watch.take(numbers(0, values.to_vec())).expect("rows"))
}

#[test]
fn merges_keep_what_comes() {
    let bounds = Bounds { end: Some(number(8)), ..from(5) };
    let mut watch = watch::<i64>(|_| {}, bounds);
    assert_eq!(rows(&mut watch, &[3, 5, 7, 8, 9]), (vec![0, 1, 2, 3, 4], 0));
    // rows at the end or beyond it belong to the next load, or window
    assert_eq!(end(&watch), Some(number(7)));
    assert_eq!(watch.so_far(), None);
    assert_eq!(watch.warnings(), [""; 0]);
}

#[test]
fn open_ranges_drop_what_equals_the_bound() {
    let mut watch = watch::<i64>(|_| {}, Bounds { open: true, ..from(5) });
    assert_eq!(rows(&mut watch, &[3, 5, 5, 6]), (vec![0, 3], 2));
    assert_eq!(rows(&mut watch, &[5]), (vec![], 1));
    assert_eq!(rows(&mut watch, &[6]), (vec![0], 0));
    assert_eq!(end(&watch), Some(number(6)));
}

#[test]
fn the_client_filters_where_the_api_does_not() {
    let bounds = Bounds { end: Some(number(8)), ..from(5) };
    let mut watch = watch::<i64>(|spec| spec.client_side = true, bounds);
    let old: Vec<_> = std::iter::repeat_n(1, 20).collect();
    assert_eq!(rows(&mut watch, &old), (vec![], 20));
    assert_eq!(rows(&mut watch, &[4, 5, 7, 8]), (vec![1, 2], 2));
    assert_eq!(watch.warnings(), [""; 0]);
}

#[test]
fn d14_rows_are_compared_as_what_they_are() {
    let mut instants_of = watch::<Timestamp>(asc, Bounds::default());
    let values = ["2024-01-01T02:00:00+05:00", "2024-01-01T00:00:00Z"];
    instants_of.take(instants(0, &values)).expect("rows");
    assert_eq!(instants_of.so_far(), Some(at("2024-01-01T00:00:00Z")));
    assert_eq!(instants_of.warnings(), [""; 0]);

    let mut of_numbers = watch::<i64>(asc, from(9));
    assert_eq!(rows(&mut of_numbers, &[9, 10]), (vec![0, 1], 0));
    assert_eq!((of_numbers.so_far(), of_numbers.warnings()), (Some(number(10)), vec![]));

    let mut of_unsigned = watch::<u64>(asc, from(9));
    of_unsigned.take(unsigned(&[9, 10, 1 << 63, u64::MAX])).expect("rows");
    let greatest = Some(number(u64::MAX.into()));
    assert_eq!((of_unsigned.so_far(), of_unsigned.warnings()), (greatest, vec![]));

    let bounds =
        Bounds { start: Some(CursorValue::Text("10".to_owned())), open: true, ..Bounds::default() };
    let mut of_texts = watch::<String>(|spec| spec.as_text = true, bounds);
    assert_eq!(kept(&of_texts.take(texts(&["10", "9", "100"])).expect("rows")), (vec![1, 2], 1));
    assert_eq!(end(&of_texts), Some(CursorValue::Text("9".to_owned())));
}

#[test]
fn ascending_rows_move_the_state_as_they_come() {
    let mut watch = watch::<i64>(asc, Bounds::default());
    assert_eq!(watch.so_far(), None);
    for (values, expected) in [(&[1, 1, 2][..], 2), (&[2, 2], 2), (&[3, 5], 5)] {
        rows(&mut watch, values);
        assert_eq!(watch.so_far(), Some(number(expected)));
    }
    assert_eq!(end(&watch), Some(number(5)));
}

#[test]
fn open_ranges_move_by_whole_groups() {
    let mut watch = watch::<i64>(asc, Bounds { open: true, ..Bounds::default() });
    for (values, expected) in [
        (&[1, 1][..], None),
        (&[1], None),
        (&[1, 2], Some(1)),
        (&[2], Some(1)),
        (&[3], Some(2)),
        (&[3, 4, 6, 6], Some(4)),
    ] {
        rows(&mut watch, values);
        assert_eq!(watch.so_far(), expected.map(number), "{values:?}");
    }
    // the scan is at its end, and so is the last group
    assert_eq!(end(&watch), Some(number(6)));
}

#[test]
fn disorder_ends_the_order() {
    for (batches, wrong) in [
        (&[&[1, 2][..], &[1, 5]][..], ("1", "2")),
        (&[&[1, 7, 3, 5]], ("3", "7")),
        (&[&[1, 2], &[3, 1], &[9]], ("1", "3")),
    ] {
        let mut watch = watch::<i64>(asc, Bounds::default());
        for values in batches {
            rows(&mut watch, values);
        }
        assert_eq!(watch.so_far(), None);
        let greatest = batches.iter().flat_map(|values| values.iter()).max().copied();
        assert_eq!(end(&watch), greatest.map(|value| number(value.into())));
        assert_eq!(
            watch.warnings(),
            [format!(
                "rows were to come by `at` (`row_order = asc`), and one with {} came after one with \
                 {}: the load was treated as one without an order",
                wrong.0, wrong.1
            )]
        );
    }
}

#[test]
fn descending_rows_end_at_the_first_older_one() {
    let mut watch = watch::<i64>(desc, from(5));
    for (values, past) in [(&[9, 8, 8][..], false), (&[7, 5, 5], false), (&[5, 4], true)] {
        rows(&mut watch, values);
        assert_eq!(watch.is_past(), past, "{values:?}");
        assert_eq!(watch.so_far(), None);
    }
    assert_eq!((end(&watch), watch.warnings()), (Some(number(9)), vec![]));
}

#[test]
fn rows_that_came_first_move_the_others_to_the_next_page() {
    let mut moved = watch::<i64>(desc, from(5));
    for (values, past) in [(&[9, 8][..], false), (&[9, 8, 7], false), (&[8, 4], true)] {
        rows(&mut moved, values);
        assert_eq!(moved.is_past(), past, "{values:?}");
    }
    assert_eq!(moved.warnings(), [""; 0]);

    for batches in [&[&[8, 9][..], &[4]][..], &[&[9, 8], &[7, 10], &[4]]] {
        let mut disordered = watch::<i64>(desc, from(5));
        batches.iter().for_each(|values| drop(rows(&mut disordered, values)));
        assert!(!disordered.is_past(), "{batches:?}");
        assert_eq!(disordered.warnings().len(), 1, "{batches:?}");
    }
}

#[test]
fn ascending_rows_end_at_the_upper_bound() {
    let bounds = || Bounds { end: Some(number(5)), ..Bounds::default() };
    let mut ordered = watch::<i64>(asc, bounds());
    rows(&mut ordered, &[3, 4]);
    assert!(!ordered.is_past());
    rows(&mut ordered, &[5]);
    assert!(ordered.is_past());
    assert_eq!(ordered.so_far(), Some(number(4)));

    let mut disordered = watch::<i64>(asc, bounds());
    rows(&mut disordered, &[6, 4]);
    assert!(!disordered.is_past());
}

#[test]
fn open_groups_at_the_upper_bound() {
    let bounds = Bounds { end: Some(number(10)), open: true, ..Bounds::default() };
    let mut watch = watch::<i64>(asc, bounds);
    rows(&mut watch, &[5, 9, 12, 13]);
    assert_eq!(watch.so_far(), Some(number(9)));
}

#[test]
fn the_state_does_not_pass_the_beginning_of_the_load() {
    let ceiling = || Some(at("2024-01-01T12:00:00Z"));
    let values = ["2024-01-01T10:00:00Z", "2024-01-01T12:00:00Z", "2024-01-01T12:00:01Z"];
    for (open, moved) in [(false, "2024-01-01T12:00:00Z"), (true, "2024-01-01T10:00:00Z")] {
        let bounds = Bounds { ceiling: ceiling(), open, ..Bounds::default() };
        let mut watch = watch::<Timestamp>(asc, bounds);
        assert_eq!(kept(&watch.take(instants(0, &values)).expect("rows")), (vec![0, 1, 2], 0));
        assert_eq!(watch.so_far(), Some(at(moved)));
        assert_eq!(end(&watch), Some(at(moved)));
        assert_eq!(watch.warnings(), [""; 0]);
    }
}

#[test]
fn the_clock_of_the_api_counts_if_it_is_behind() {
    for (open, clock, moved) in [
        (false, "2024-01-01T11:00:00Z", "2024-01-01T11:00:00Z"),
        (true, "2024-01-01T11:00:00Z", "2024-01-01T10:59:59.999999Z"),
        (false, "2024-01-01T13:00:00Z", "2024-01-01T11:30:00Z"),
    ] {
        let ceiling = Some(at("2024-01-01T12:00:00Z"));
        let mut watch = watch::<Timestamp>(asc, Bounds { ceiling, open, ..Bounds::default() });
        watch.take(instants(0, &["2024-01-01T11:30:00Z"])).expect("rows");
        watch.lower_ceiling(at(clock));
        assert_eq!(end(&watch), Some(at(moved)), "{clock}");
    }
    // numbers have no present
    let mut watch = watch::<i64>(asc, Bounds::default());
    rows(&mut watch, &[5]);
    watch.lower_ceiling(number(1));
    assert_eq!(end(&watch), Some(number(5)));
}

#[test]
fn rows_from_the_future_move_nothing() {
    let ceiling = Some(at("2024-01-01T12:00:00Z"));
    let mut watch = watch::<Timestamp>(asc, Bounds { ceiling, ..Bounds::default() });
    let values = ["2024-01-01T10:00:00Z", "2024-01-02T12:00:01Z", "2099-01-01T00:00:00Z"];
    watch.take(instants(0, &values)).expect("rows");
    assert_eq!(watch.so_far(), Some(at("2024-01-01T10:00:00Z")));
    assert_eq!(
        watch.warnings(),
        [
            "2 rows have a `at` from the future, the last one 2099-01-01T00:00:00Z: the state does not \
          move to it"
        ]
    );
    let date = |text: &str| CursorValue::Date(text.parse().expect("a date"));
    let ceiling = Some(date("2024-01-01"));
    let mut of_dates = super::watch::<civil::Date>(asc, Bounds { ceiling, ..Bounds::default() });
    of_dates.take(dates(0, &["2023-12-31", "2024-01-02"])).expect("rows");
    assert_eq!((end(&of_dates), of_dates.warnings()), (Some(date("2023-12-31")), vec![]));
    let epoch = |spec: &mut IncrementalSpec| spec.format = Some(BoundFormat::Epoch);
    let bounds = Bounds { ceiling: Some(number(1_000)), ..Bounds::default() };
    let mut of_epochs = super::watch::<i64>(epoch, bounds);
    rows(&mut of_epochs, &[900, 87_400, 87_401]);
    assert_eq!(
        of_epochs.warnings(),
        ["1 row has a `at` from the future, 87401: the state does not move to it"]
    );
}

#[test]
fn a_server_that_ignores_the_lower_bound() {
    for (old, new, warns) in [(10, 9, true), (9, 0, false), (10, 10, false), (11, 10, true)] {
        let mut watch = watch::<i64>(|_| {}, from(5));
        let old: Vec<_> = (0..old).map(|_| 4).collect();
        rows(&mut watch, &old);
        let new: Vec<_> = (0..new).map(|_| 5).collect();
        rows(&mut watch, &new);
        assert_eq!(!watch.warnings().is_empty(), warns, "{old:?} {new:?}");
        if warns {
            let text = format!(
                "{} of {} rows have a `at` before 5, which was the lower bound: the API may not know \
                 it under the name, or in the format, in which it is sent",
                old.len(),
                old.len() + new.len()
            );
            assert_eq!(watch.warnings(), [text]);
        }
    }
}

#[test]
fn rows_without_a_value() {
    let mixed = || numbers(7, vec![Some(3), None, Some(2), None]);
    for (on_missing, rows, dropped) in
        [(OnMissing::Include, vec![7, 8, 9, 10], 0), (OnMissing::Exclude, vec![7, 9], 2)]
    {
        let mut watch = watch::<Option<i64>>(
            |spec| (spec.on_missing, spec.client_side) = (Some(on_missing), true),
            from(1),
        );
        assert_eq!(kept(&watch.take(mixed()).expect("rows")), (rows, dropped));
        assert_eq!(end(&watch), Some(number(3)));
        let none = watch.take(numbers(0, vec![None, None])).expect("rows");
        assert_eq!(kept(&none).0.len() as u64 + none.dropped, 2);
        assert_eq!(end(&watch), Some(number(3)));
    }
    // with rows that are dropped for their value
    let mut include = watch::<Option<i64>>(
        |spec| (spec.on_missing, spec.client_side) = (Some(OnMissing::Include), true),
        from(3),
    );
    assert_eq!(kept(&include.take(mixed()).expect("rows")), (vec![7, 8, 10], 1));

    for on_missing in [None, Some(OnMissing::Fail)] {
        let mut watch = watch::<Option<i64>>(|spec| spec.on_missing = on_missing, from(1));
        rows_of_three(&mut watch);
        let error = watch.take(mixed()).expect_err("no value");
        assert_eq!(error.kind(), ErrorKind::Row);
        assert_eq!(error.message(), "row 5 with `id` 8 has no `at`, which is the cursor");
        assert!(error.help().is_some_and(|help| help.contains("on_missing = include")));
    }
}

fn rows_of_three(watch: &mut Watch) {
    watch.take(numbers(0, vec![1, 2, 3])).expect("rows");
}

#[test]
fn no_row_moves_nothing() {
    let mut watch = watch::<i64>(asc, from(5));
    assert_eq!((watch.so_far(), end(&watch), watch.max()), (None, None, None));
    rows(&mut watch, &[]);
    assert_eq!((watch.so_far(), end(&watch), watch.is_past()), (None, None, false));
}

#[test]
fn a_scan_that_goes_on_knows_the_greatest_value() {
    let bounds = || Bounds { max: Some(number(9)), ..Bounds::default() };
    let mut unordered = watch::<i64>(|_| {}, bounds());
    assert_eq!(end(&unordered), Some(number(9)));
    rows(&mut unordered, &[4]);
    assert_eq!((unordered.max(), end(&unordered)), (Some(&number(9)), Some(number(9))));
    // the page that had come last comes again
    let mut ascending = watch::<i64>(asc, bounds());
    assert_eq!(ascending.so_far(), None);
    rows(&mut ascending, &[8, 9, 10]);
    assert_eq!((ascending.so_far(), ascending.warnings()), (Some(number(10)), vec![]));
}

#[test]
fn a_batch_of_which_all_is_kept_is_handed_out_as_it_is() {
    let mut watch = Watch::new(cursor_of::<i64>(asc), from(0));
    let batch = numbers(0, vec![1, 2, 3]);
    let taken = watch.take(batch.clone()).expect("rows").rows.expect("all");
    assert!(
        taken.columns().iter().zip(batch.columns()).all(|(a, b)| a.to_data().ptr_eq(&b.to_data()))
    );
}
