//! Windows: where they end, what is read again, and what was missed.

use connector_runtime::report::Status;
use connector_tests::{Answers, Reply, Server};

use super::{Bench, list, of};

/// There, slices overlap without `cursor_granularity`. The end of a window is the beginning of the next
/// one, and the API may send what is equal to it with both.
#[tokio::test]
async fn airbyte_windows_share_no_row() {
    let bench = Bench::new(&[]);
    let window = |from: u8| {
        let to = from + 1;
        format!("/days?from=2024-01-0{from}T00:00:00Z&to=2024-01-0{to}T00:00:00Z")
    };
    bench.answers.set(window(1), list(&[(1, "01T00"), (2, "02T00")]));
    bench.answers.set(window(2), list(&[(2, "02T00"), (3, "03T00")]));
    bench.answers.set(window(3), list(&[(3, "03T00"), (4, "03T23")]));
    let (report, asked) = bench.done(&["days"]).await;
    assert_eq!(asked, [window(1), window(2), window(3)]);
    assert_eq!(bench.ids("days"), [1, 2, 3, 4]);
    assert_eq!(of(&report, "days").rows.filtered, 2);
}

/// There, a lookback begins at the end of the newest slice, behind slices that failed.
#[tokio::test]
async fn airbyte_lag_begins_where_rows_are_complete() {
    let mut bench = Bench::new(&[]);
    let window =
        |from: &str, to: &str| format!("/months?from=2024-01-{from}:00:00Z&to=2024-01-{to}:00:00Z");
    bench.answers.set(window("01T00", "02T00"), list(&[(1, "01T12")]));
    bench.answers.fail(window("02T00", "03T00"));
    bench.answers.set(window("03T00", "04T00"), list(&[(3, "03T12")]));
    let (report, _) = bench.load(&["months"]).await;
    assert_eq!(of(&report, "months").status, Status::Failed);
    assert_eq!(bench.ids("months"), [1, 3], "the third day is there, behind the hole");

    // a row has come late to the first day, within six hours of its end, and the second day is there
    bench.now = "2024-01-05T00:00:00Z".parse().expect("a moment");
    bench.answers = Answers::default();
    bench.server = {
        // an API that filters as it is told
        let rows = [(1, "01T12"), (9, "01T19"), (2, "02T12"), (3, "03T12"), (4, "04T12")];
        Server::start(move |request| {
            let bound = |name| request.param(name).expect("a bound").to_owned();
            let (from, to) = (bound("from"), bound("to"));
            let wanted = |at: &str| {
                let at = format!("2024-01-{at}:00:00Z");
                from <= at && at < to
            };
            let rows: Vec<_> = rows.iter().copied().filter(|(_, at)| wanted(at)).collect();
            Reply::json(list(&rows))
        })
    };
    let (_, asked) = bench.done(&["months"]).await;
    assert_eq!(bench.ids("months"), [1, 2, 3, 4, 9]);
    // six hours before the hole, and before the last row behind it: between the two nothing is read again
    let windows = [("01T18", "02T18"), ("02T18", "03T00"), ("03T06", "04T06"), ("04T06", "05T00")];
    assert_eq!(asked, windows.map(|(from, to)| window(from, to)));
}

/// There, a cursor that was moved by a later slice passes over the hole after a second failure.
#[tokio::test]
async fn airbyte_holes_are_filled_first() {
    let bench = Bench::new(&[]);
    let window =
        |from: &str, to: &str| format!("/days?from=2024-01-{from}:00:00Z&to=2024-01-{to}:00:00Z");
    let (first, hole, last) =
        (window("01T00", "02T00"), window("02T00", "03T00"), window("03T00", "04T00"));
    bench.answers.set(&first, list(&[(1, "01T00")]));
    bench.answers.fail(&hole);
    bench.answers.set(&last, list(&[(3, "03T12")]));
    let (report, asked) = bench.load(&["spans"]).await;
    assert_eq!(of(&report, "spans").status, Status::Failed, "{report:?}");
    assert_eq!(asked, [first, hole.clone(), last]);
    assert_eq!(bench.ids("spans"), [1, 3], "the third day is there, behind the hole");

    // the hole again, and what is new behind the last row
    let new = window("03T12", "04T00");
    bench.answers.set(&new, list(&[(3, "03T12")]));
    let (report, asked) = bench.load(&["spans"]).await;
    assert_eq!(of(&report, "spans").status, Status::Failed, "{report:?}");
    assert_eq!(asked, [hole.clone(), new.clone()]);

    bench.answers.set(&hole, list(&[(2, "02T00")]));
    let (_, asked) = bench.done(&["spans"]).await;
    assert_eq!(asked, [hole, new.clone()]);
    assert_eq!(bench.ids("spans"), [1, 2, 3]);
    let (_, asked) = bench.done(&["spans"]).await;
    assert_eq!(asked, [new]);
}
