//! Cursors: values that are missing, late, tied, out of order or ignored.

use connector_runtime::report::Status;
use connector_tests::{assert_says, failed};

use super::{Bench, list, of, page};

/// There, a row without a cursor value is one warning a stream.
#[tokio::test]
async fn airbyte_row_without_a_cursor_value_is_what_was_said() {
    let rows = r#"[{"id": 1, "at": "2024-01-01T00:00:00Z"}, {"id": 2, "at": null}, {"id": 3}]"#;
    let bench = Bench::new(&[("/nulls", rows)]);
    let (report, _) = bench.load(&["strict"]).await;
    assert_says(failed(&report), &["`at`", "2"]);
    let (report, _) = bench.done(&["included"]).await;
    assert_eq!(of(&report, "included").rows.inserted, 3);
    let (report, _) = bench.done(&["excluded"]).await;
    let rows = of(&report, "excluded").rows;
    assert_eq!((rows.inserted, rows.filtered), (1, 2));
}

/// airbyte/issues/24808: the greatest value of rows without an order was saved, and a crash lost the others.
#[tokio::test]
async fn airbyte_rows_out_of_order_are_noticed_and_not_lost() {
    let bench = Bench::new(&[(
        "/rows",
        &page(&[(1, "01T00"), (3, "03T00"), (2, "02T00")], "/rows?page=2"),
    )]);
    bench.answers.fail("/rows?page=2");
    let (report, _) = bench.load(&["rows"]).await;
    assert_eq!(of(&report, "rows").status, Status::Failed);

    bench.answers.set("/rows?page=2", page(&[(4, "01T12")], ""));
    let (report, _) = bench.done(&["rows"]).await;
    assert_eq!(bench.ids("rows"), [1, 2, 3, 4]);
    assert_says(of(&report, "rows").warnings.join("\n"), &["order"]);
}

/// airbyte/issues/15427: of rows with one cursor value, those behind the end of a page were lost.
#[tokio::test]
async fn airbyte_ties_at_the_cursor_lose_no_row() {
    let bench = Bench::new(&[("/rows", &page(&[(1, "01T00"), (2, "02T00")], "/rows?page=2"))]);
    bench.answers.fail("/rows?page=2");
    let (report, _) = bench.load(&["rows"]).await;
    assert_eq!(of(&report, "rows").status, Status::Failed);
    assert_eq!(bench.ids("rows"), [1, 2]);

    let since = "/rows?since=2024-01-02T00:00:00Z";
    bench.answers.set(since, page(&[(2, "02T00"), (3, "02T00"), (4, "03T00")], ""));
    let (report, asked) = bench.done(&["rows"]).await;
    assert_eq!(asked, [since]);
    assert_eq!(bench.ids("rows"), [1, 2, 3, 4]);
    assert_eq!(of(&report, "rows").rows.unchanged, 1);
}

/// airbyte/issues/85918: rows that became visible after others with a greater value were never read.
#[tokio::test]
async fn airbyte_rows_that_come_late_are_found() {
    let bench = Bench::new(&[
        ("/late?since=2024-01-01T00:00:00Z", &list(&[(1, "01T06"), (2, "03T00")])),
        ("/late?since=2024-01-02T12:00:00Z", &list(&[(3, "02T18"), (2, "03T00")])),
    ]);
    bench.done(&["late"]).await;
    bench.done(&["late"]).await;
    assert_eq!(bench.ids("late"), [1, 2, 3]);
}

/// A row from the future moves no cursor: what changes until then would be passed over.
#[tokio::test]
async fn row_from_the_future_moves_no_cursor() {
    let bench = Bench::new(&[("/loose", &list(&[(1, "02T00"), (2, "09T00")]))]);
    bench.done(&["loose"]).await;
    bench.answers.set("/loose?since=2024-01-04T00:00:00Z", list(&[(2, "09T00")]));
    bench.answers.set("/loose?since=2024-01-02T00:00:00Z", list(&[(1, "02T00"), (2, "09T00")]));
    let (_, asked) = bench.done(&["loose"]).await;
    assert_eq!(asked.len(), 1);
    assert_eq!(bench.ids("loose"), [1, 2]);
}

/// Of 518 connectors 72 have incremental streams that read everything each time. A server that does not
/// know the parameter is told.
#[tokio::test]
async fn airbyte_lower_bound_that_is_ignored_is_told() {
    let rows: Vec<_> = (1..=24).map(|id| (id, format!("01T{:02}", id - 1))).collect();
    let rows: Vec<_> = rows.iter().map(|(id, at)| (*id, at.as_str())).collect();
    let rows = list(&rows);
    let bench = Bench::new(&[("/loose", &rows), ("/loose?since=2024-01-01T23:00:00Z", &rows)]);
    let (report, _) = bench.done(&["loose"]).await;
    assert!(of(&report, "loose").warnings.is_empty(), "{report:?}");
    let (report, _) = bench.done(&["loose"]).await;
    let phrases = ["23 of 24 rows", "`at` before 2024-01-01T23:00:00Z"];
    assert_says(of(&report, "loose").warnings.join("\n"), &phrases);
}
