//! One resource, read scan by scan.

use super::*;
use crate::spec::{CursorSource, CursorSpec, OffsetSpec, ResponseAction, UnknownFields};

const PAGED: ResourceSpec =
    ResourceSpec { paginator: Some(PaginatorSpec::Offset(OffsetSpec::new(2))), ..CHILD };

#[tokio::test]
async fn counts_and_rows_go_on_over_all_scans() {
    let api = Scripted::new([
        ("/issues/1/comments?offset=0&limit=2", rows([1, 2])),
        ("/issues/1/comments?offset=2&limit=2", rows([])),
        ("/issues/2/comments?offset=0&limit=2", rows([])),
        ("/issues/3/comments?offset=0&limit=2", rows([3, 4]).with_header("x-other", "1")),
        ("/issues/3/comments?offset=2&limit=2", rows([5])),
        ("/issues/3/comments?offset=3&limit=2", rows([])),
    ]);
    let mut pages = api.pages(PAGED);
    assert!(pages.is_at_end() && pages.position().is_none() && taken(&mut pages).is_empty());
    for number in 1..=3 {
        pages.begin(&issue(number), None).expect("a scan");
        assert!(!pages.is_at_end());
        drain(&mut pages).await.expect("all pages");
        assert!(pages.is_at_end());
    }
    assert!(api.is_over());
    assert_eq!(taken(&mut pages), ["1/1", "1/2", "3/3", "3/4", "3/5"]);
    assert_eq!((pages.rows(), pages.traffic().pages, pages.traffic().requests), (5, 6, 6));
    // a total is of one scan
    assert_eq!(pages.total_rows(), None);
    // `votes` came nowhere, and `issue` is not to come
    let warnings = pages.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("`votes`"), "{warnings:?}");
}

/// What is known of a scan is not known of the next one.
#[tokio::test]
async fn each_scan_begins_anew() {
    const GONE: &[ResponseRule] =
        &[ResponseRule { statuses: &[(404, 404)], ..ResponseRule::new(ResponseAction::Ignore) }];
    let by_cursor = CursorSpec::new(CursorSource::Body(NEXT));
    let spec = ResourceSpec {
        paginator: Some(PaginatorSpec::Cursor(by_cursor)),
        on_response: GONE,
        ..CHILD
    };
    let dated = |day: &str| {
        let date = format!("{day} Jan 2024 10:00:00 GMT");
        next([1], "a").with_header("date", &date)
    };
    let api = Scripted::new([
        ("/issues/1/comments", dated("Mon, 01")),
        ("/issues/1/comments?cursor=a", rows([2]).with_header("date", "yesterday")),
        // the same rows, and the same cursor
        ("/issues/2/comments", dated("Tue, 02")),
        ("/issues/2/comments?cursor=a", Response::new(404, "")),
        ("/issues/3/comments", Response::new(404, "")),
        ("/issues/4/comments", next([1], "a")),
    ]);
    let mut pages = api.pages(spec);
    let mut told = Vec::new();
    for number in 1..=4 {
        pages.begin(&issue(number), None).expect("a scan");
        assert_eq!((pages.incomplete(), pages.was_ignored()), (None, false), "{number}");
        match number {
            // the rest is not wanted
            4 => {
                read(&mut pages, 1).await;
                assert!(pages.position().is_some());
                pages.stop();
                assert!(pages.is_at_end() && pages.position().is_none());
            }
            _ => drain(&mut pages).await.expect("all pages"),
        }
        let answered = pages.answered_at().map(|at| at.to_string());
        told.push((answered, pages.incomplete().is_some(), pages.was_ignored()));
    }
    assert!(api.is_over());
    let at = |text: &str| Some(text.to_owned());
    assert_eq!(
        told,
        [
            (at("2024-01-01T10:00:00Z"), false, false),
            (at("2024-01-02T10:00:00Z"), true, false),
            (None, false, true),
            (None, false, false),
        ]
    );
    assert_eq!(taken(&mut pages), ["1/1", "1/2", "2/1", "4/1"]);
}

#[tokio::test]
async fn what_goes_wrong_in_one_scan_is_over_with_it() {
    let api = Scripted::new([
        ("/issues/1/comments?offset=0&limit=2", rows([1, 2])),
        ("/issues/1/comments?offset=2&limit=2", Response::new(200, r#"{"rows": [{"id": 9"#)),
        ("/issues/2/comments?offset=0&limit=2", rows([1])),
        ("/issues/2/comments?offset=1&limit=2", rows([])),
    ]);
    let mut pages = api.pages(PAGED);
    pages.begin(&issue(1), None).expect("a scan");
    let error = drain(&mut pages).await.expect_err("half a body").to_string();
    assert!(error.contains("page 2") && error.contains("/issues/1/"), "{error}");
    for (bindings, expected) in [
        (Bindings::default(), "`number` of the parent's row, part of the path"),
        (
            issue("x"),
            "column `issue`: expected a whole number in the range of `i64`, found \"x\", `number` of the parent's row",
        ),
    ] {
        let error = pages.begin(&bindings, None).expect_err("no such scan").to_string();
        assert!(error.contains(expected) && error.contains("resource `comments`"), "{error}");
        assert!(!pages.advance().await.expect("no scan"));
    }
    pages.begin(&issue(2), None).expect("a scan");
    drain(&mut pages).await.expect("all pages");
    assert_eq!(taken(&mut pages), ["1/1", "1/2", "2/1"]);
    assert_eq!(pages.rows(), 3);
}

/// The numbers under which rejects are kept are those of the load; what is borne with is, too.
#[tokio::test]
async fn readers_of_one_resource_share_numbers_and_budget() {
    let bad = |id: i64| {
        let rows = json!({"rows": [{"id": id, "extra": 1}, {"id": "bad", "votes": 1}]});
        Response::new(200, rows.to_string())
    };
    let api = Scripted::new([
        ("/issues/1/comments", bad(1)),
        ("/issues/2/comments", bad(2)),
        ("/issues/3/comments", bad(3)),
        ("/issues/4/comments", rows([4])),
    ]);
    let spec = ResourceSpec {
        on_bad_row: Some(OnBadRow::Quarantine(Budget::Rows(2))),
        unknown_fields: Some(UnknownFields::Report),
        ..CHILD
    };
    let mut first = api.pages(spec);
    let mut second = api
        .pages(ResourceSpec { on_bad_row: Some(OnBadRow::Quarantine(Budget::Rows(2))), ..CHILD });
    second = second.beside(&first);
    first.begin(&issue(1), None).expect("a scan");
    second.begin(&issue(2), None).expect("a scan");
    drain(&mut first).await.expect("one bad row");
    drain(&mut second).await.expect("two bad rows");
    first.begin(&issue(3), None).expect("a scan");
    let error = drain(&mut first).await.expect_err("three bad rows").to_string();
    assert!(error.contains("3 of 6 rows") && error.contains("page 1: row 2"), "{error}");
    let numbers = |pages: &mut Pages| -> Vec<_> {
        pages.take_rejects().iter().map(|reject| (reject.page, reject.row)).collect()
    };
    assert_eq!(numbers(&mut first), [(1, 2), (3, 2)]);
    assert_eq!(numbers(&mut second), [(2, 2)]);

    second.begin(&issue(4), None).expect("a scan");
    let _ = drain(&mut second).await;
    assert_eq!((first.rows(), second.rows()), (4, 3));
    first.absorb(&second);
    assert_eq!((first.rows(), first.quarantined()), (7, 3));
    assert_eq!((first.traffic().pages, first.traffic().requests), (4, 4));
    let told = first.unknown_fields();
    let told: Vec<_> = told.iter().map(|field| (field.path.as_str(), field.count)).collect();
    assert_eq!(told, [("extra", 3)]);
}

/// A share of the rows is looked at when all have come.
#[tokio::test]
async fn few_rows_of_a_scan_say_nothing_of_all() {
    let bad = Response::new(200, json!({"rows": [{"id": "bad"}]}).to_string());
    for (good, fits) in [(3, true), (2, false)] {
        let api = Scripted::new(
            [("/issues/1/comments", bad.clone())]
                .into_iter()
                .chain([("/issues/2/comments", rows(1..=good))]),
        );
        let mut pages = api.pages(ResourceSpec {
            on_bad_row: Some(OnBadRow::Quarantine(Budget::Percent(25.0))),
            ..CHILD
        });
        for number in [1, 2] {
            pages.begin(&issue(number), None).expect("a scan");
            drain(&mut pages).await.expect("not yet");
        }
        assert_eq!(pages.settle().is_ok(), fits, "{good}");
    }
}
