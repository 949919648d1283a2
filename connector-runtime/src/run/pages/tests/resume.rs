//! Scans that go on where they were interrupted.

use super::*;
use crate::paging::Next;
use crate::spec::{
    BodySpec, CursorSource, CursorSpec, JsonSpec, LinkSource, LinkSpec, Method, OffsetSpec,
    PageNumberSpec, ResponseAction, TotalUnit,
};

const OFFSET: PaginatorSpec = PaginatorSpec::Offset(OffsetSpec::new(2));
const NUMBER: PaginatorSpec = PaginatorSpec::PageNumber(PageNumberSpec::new(1));
const CURSOR: PaginatorSpec = PaginatorSpec::Cursor(CursorSpec::new(CursorSource::Body(NEXT)));
const LINK: PaginatorSpec = PaginatorSpec::Link(LinkSpec::new(LinkSource::Body(NEXT)));

fn paged(paginator: PaginatorSpec) -> ResourceSpec {
    ResourceSpec { paginator: Some(paginator), ..CHILD }
}

/// As a destination keeps it.
fn saved(position: (PagePosition, Option<u64>)) -> Saved {
    let (position, digest) = position;
    let scan = json!({
        "began": "2024-01-01T00:00:00Z", "request": 1, "position": position, "digest": digest,
    });
    serde_json::from_value(scan).expect("a scan")
}

/// Where a scan of issue 1 stands after so many pages.
async fn interrupted(
    spec: ResourceSpec,
    script: impl IntoIterator<Item = (&'static str, Response)>,
    count: usize,
) -> Option<Saved> {
    let mut pages = Scripted::new(script).pages(spec);
    pages.begin(&issue(1), None).expect("a scan");
    read(&mut pages, count).await;
    pages.position().map(saved)
}

/// What a later run makes of it: the rows, and why it began anew.
async fn resumed(
    spec: ResourceSpec,
    from: &Saved,
    script: impl IntoIterator<Item = (&'static str, Response)>,
) -> Result<(Vec<String>, Option<String>)> {
    let api = Scripted::new(script);
    let mut pages = api.pages(spec);
    pages.begin(&issue(1), Some(from))?;
    drain(&mut pages).await?;
    assert!(api.is_over() && pages.incomplete().is_none(), "{:?}", pages.incomplete());
    assert_eq!(pages.position(), None);
    let ids = taken(&mut pages);
    assert_eq!(pages.rows(), ids.len() as u64, "rows that are stored do not count again");
    Ok((ids, pages.began_anew().map(str::to_owned)))
}

#[tokio::test]
async fn a_scan_goes_on_after_its_last_page() {
    const FIRST: &str = "/issues/1/comments";
    let cases = [
        (
            OFFSET,
            vec![
                ("/issues/1/comments?offset=0&limit=2", rows([1, 2])),
                ("/issues/1/comments?offset=2&limit=2", rows([3, 4])),
            ],
            vec![
                // the last page is asked for again, and its rows are known
                ("/issues/1/comments?offset=2&limit=2", rows([3, 4])),
                ("/issues/1/comments?offset=4&limit=2", rows([5])),
                ("/issues/1/comments?offset=5&limit=2", rows([])),
            ],
        ),
        (
            NUMBER,
            vec![
                ("/issues/1/comments?page=1", rows([1, 2])),
                ("/issues/1/comments?page=2", rows([3, 4])),
            ],
            vec![
                ("/issues/1/comments?page=2", rows([3, 4])),
                ("/issues/1/comments?page=3", rows([5])),
                ("/issues/1/comments?page=4", rows([])),
            ],
        ),
        (
            CURSOR,
            vec![(FIRST, next([1, 2], "a")), ("/issues/1/comments?cursor=a", next([3, 4], 7))],
            vec![("/issues/1/comments?cursor=7", rows([5]))],
        ),
        (
            LINK,
            vec![(FIRST, next([1, 2], "?p=2")), ("/issues/1/comments?p=2", next([3, 4], "/n?p=3"))],
            vec![("/n?p=3", rows([5]))],
        ),
    ];
    for (paginator, before, after) in cases {
        let from = interrupted(paged(paginator), before, 2).await.expect("a position");
        let (rows, anew) = resumed(paged(paginator), &from, after).await.expect("all pages");
        assert_eq!((rows, anew), (vec!["1/5".to_owned()], None), "{paginator:?}");
    }
}

#[tokio::test]
async fn where_rows_have_moved_it_begins_anew() {
    let before =
        [("/issues/1/comments?page=1", rows([1, 2])), ("/issues/1/comments?page=2", rows([3, 4]))];
    let from = interrupted(paged(NUMBER), before, 2).await.expect("a position");
    for there in [rows([4, 5]), rows([3]), rows([]), Response::new(204, "")] {
        let script = [
            ("/issues/1/comments?page=2", there),
            ("/issues/1/comments?page=1", rows([1, 3])),
            ("/issues/1/comments?page=2", rows([4, 5])),
            ("/issues/1/comments?page=3", rows([])),
        ];
        let (rows, anew) = resumed(paged(NUMBER), &from, script).await.expect("all pages");
        assert_eq!(rows, ["1/1", "1/3", "1/4", "1/5"]);
        let anew = anew.expect("a warning");
        assert!(anew.contains("page number 2") && anew.contains("have moved"), "{anew}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_position_that_is_refused_is_given_up_once() {
    let before = [("/issues/1/comments", next([1], "a"))];
    let from = interrupted(paged(CURSOR), before, 1).await.expect("a position");
    let anew = |status, body: &'static str| {
        [
            ("/issues/1/comments?cursor=a", Response::new(status, body)),
            ("/issues/1/comments", next([1], "b")),
            ("/issues/1/comments?cursor=b", rows([2])),
        ]
    };
    for (status, body, said) in [
        (400, "{}", "400 Bad Request: {}"),
        (404, "", "404 Not Found"),
        (410, "expired s3cr3t-token", "410 Gone: expired ***"),
        (422, "", "422"),
        (200, "{\"error\": \"unknown cursor\"}", "nothing is at the data selector `rows`"),
    ] {
        let (rows, told) =
            resumed(paged(CURSOR), &from, anew(status, body)).await.expect("all pages");
        assert_eq!(rows, ["1/1", "1/2"], "{status}");
        let told = told.expect("a warning");
        assert!(told.contains("the cursor") && told.contains(said), "{told}");
    }
    // these say nothing of the position
    for (status, tries) in [(401, 1), (403, 1), (408, 1), (429, 4), (500, 4)] {
        let refused = ("/issues/1/comments?cursor=a", Response::new(status, ""));
        let error = resumed(paged(CURSOR), &from, vec![refused; tries]).await;
        let error = error.expect_err("no page").to_string();
        assert!(error.contains(&status.to_string()), "{error}");
    }
    // nor does a later page
    let later = [
        ("/issues/1/comments?cursor=a", next([2], "b")),
        ("/issues/1/comments?cursor=b", Response::new(410, "")),
    ];
    resumed(paged(CURSOR), &from, later).await.expect_err("a page is gone");
    // what begins anew fails as any other
    let gone = [
        ("/issues/1/comments?cursor=a", Response::new(410, "")),
        ("/issues/1/comments", Response::new(410, "")),
    ];
    resumed(paged(CURSOR), &from, gone).await.expect_err("all pages are gone");
}

/// A rule speaks of the resource: a position that is gone is no end of it.
#[tokio::test]
async fn no_rule_makes_an_end_of_a_refusal() {
    const fn gone(action: ResponseAction) -> [ResponseRule; 1] {
        [ResponseRule { statuses: &[(410, 410)], ..ResponseRule::new(action) }]
    }
    const IGNORE: &[ResponseRule] = &gone(ResponseAction::Ignore);
    const STOP: &[ResponseRule] = &gone(ResponseAction::StopResource);
    const FAIL: &[ResponseRule] = &gone(ResponseAction::Fail);
    for on_response in [IGNORE, STOP, FAIL] {
        let spec = || ResourceSpec { on_response, ..paged(CURSOR) };
        let before = [("/issues/1/comments", next([1], "a"))];
        let from = interrupted(spec(), before, 1).await.expect("a position");
        let script = [
            ("/issues/1/comments?cursor=a", Response::new(410, "")),
            ("/issues/1/comments", rows([1])),
        ];
        let (rows, told) = resumed(spec(), &from, script).await.expect("all pages");
        assert_eq!(rows, ["1/1"]);
        assert!(told.is_some_and(|told| told.contains("410 Gone")));
    }
}

#[tokio::test]
async fn a_place_that_is_none_any_more_is_not_asked_for() {
    let elsewhere = saved((PagePosition::Link("https://elsewhere.test/?p=2".to_owned()), None));
    let offset = saved((PagePosition::Count(2), Some(1)));
    for (paginator, from, said) in [
        (LINK, &elsewhere, "the next link was not followed"),
        (CURSOR, &offset, "paged in another way"),
        (PaginatorSpec::SinglePage, &offset, "paged in another way"),
        (PaginatorSpec::With(|_, _| Ok(Next::Page)), &offset, "paged in another way"),
    ] {
        let api = Scripted::new([("/issues/1/comments", rows([1]))]);
        let mut pages = api.pages(paged(paginator));
        pages.begin(&issue(1), Some(from)).expect("a scan");
        read(&mut pages, 1).await;
        assert_eq!(taken(&mut pages), ["1/1"]);
        let told = pages.began_anew().expect("a warning");
        assert!(told.contains(said), "{told}");
    }
}

#[tokio::test]
async fn what_is_told_of_where_a_scan_stands() {
    let first = |next_page: &str| [("/issues/1/comments", next([1], next_page))];
    let with = PaginatorSpec::With(|_, _| Ok(Next::Page));
    let home = PagePosition::Link("https://api.example.com/n?p=2".to_owned());
    for (paginator, script, expected) in [
        (CURSOR, first("abc"), Some(PagePosition::Cursor("abc".to_owned()))),
        (CURSOR, first("abc-s3cr3t-token"), None),
        (CURSOR, first(""), None),
        (LINK, first("/n?p=2"), Some(home)),
        (LINK, first("/n?p=2&token=s3cr3t-token"), None),
        // links to files are often signed
        (LINK, first("https://files.example.com/n?p=2"), None),
        (with, first(""), None),
        (PaginatorSpec::SinglePage, first(""), None),
    ] {
        let position = interrupted(paged(paginator), script, 1).await;
        assert_eq!(position.map(|saved| saved.position), expected, "{paginator:?}");
    }
}

/// An error does not take back what has come; a page whose paging is wrong has come, but leads
/// nowhere.
#[tokio::test]
async fn after_an_error_it_stands_where_it_stood() {
    let first = || ("/issues/1/comments?offset=0&limit=2", rows([1, 2]));
    let second = "/issues/1/comments?offset=2&limit=2";
    for (answer, expected, rows) in [
        (Response::new(404, ""), Some(PagePosition::Count(0)), 2),
        (Response::new(200, "<html>"), Some(PagePosition::Count(0)), 2),
        (Response::new(200, r#"{"rows": [{"id": "x"}]}"#), Some(PagePosition::Count(0)), 2),
        // the first page once more
        (rows([1, 2]), None, 4),
    ] {
        let mut pages = Scripted::new([first(), (second, answer)]).pages(paged(OFFSET));
        pages.begin(&issue(1), None).expect("a scan");
        drain(&mut pages).await.expect_err("a bad page");
        assert_eq!(pages.position().map(|(position, _)| position), expected);
        assert_eq!(pages.rows(), rows);
    }
    // nothing has come since
    for from in [saved((PagePosition::Count(2), Some(7))), saved((PagePosition::Count(2), None))] {
        let mut pages = Scripted::new([(second, Response::new(403, ""))]).pages(paged(OFFSET));
        pages.begin(&issue(1), Some(&from)).expect("a scan");
        drain(&mut pages).await.expect_err("no page");
        assert_eq!(pages.position(), Some((from.position, from.digest)));
    }
}

#[tokio::test]
async fn totals_of_rows_count_those_of_before() {
    let paginator = PaginatorSpec::PageNumber(PageNumberSpec {
        total_path: Some(NEXT),
        total_counts: TotalUnit::Rows,
        ..PageNumberSpec::new(1)
    });
    let before = [
        ("/issues/1/comments?page=1", next([1, 2], 5)),
        ("/issues/1/comments?page=2", next([3, 4], 5)),
    ];
    let from = interrupted(paged(paginator), before, 2).await.expect("a position");
    let after = [
        ("/issues/1/comments?page=2", next([3, 4], 5)),
        ("/issues/1/comments?page=3", next([5], 5)),
    ];
    let (rows, anew) = resumed(paged(paginator), &from, after).await.expect("all pages");
    assert_eq!((rows, anew), (vec!["1/5".to_owned()], None));
}

#[tokio::test]
async fn rows_that_do_not_fit_and_are_known_come_once() {
    let spec = || ResourceSpec {
        on_bad_row: Some(OnBadRow::Quarantine(Budget::Rows(1))),
        ..paged(NUMBER)
    };
    let bad = || Response::new(200, r#"{"rows": [{"id": 1}, {"id": 2, "votes": "x"}]}"#);
    let before = [("/issues/1/comments?page=1", bad())];
    let from = interrupted(spec(), before, 1).await.expect("a position");
    let api = Scripted::new([
        ("/issues/1/comments?page=1", bad()),
        ("/issues/1/comments?page=2", rows([])),
    ]);
    let mut pages = api.pages(spec());
    pages.begin(&issue(1), Some(&from)).expect("a scan");
    drain(&mut pages).await.expect("all pages");
    assert_eq!((pages.rows(), pages.quarantined(), pages.take_rejects().len()), (0, 0, 0));
    assert!(pages.began_anew().is_none() && taken(&mut pages).is_empty());
}

/// The number is stored: it is the same in every release.
#[test]
fn a_request_is_known_by_its_digest() {
    const STATE: Param = Param {
        name: "state",
        value: Template { text: "open", parts: &[Part::Text("open")] },
        repeated: false,
    };
    const BODY: BodySpec = BodySpec::Json(JsonSpec::Object(&[("a", JsonSpec::Number("1"))]));
    let digest = |spec: ResourceSpec, number: i64| {
        let mut pages = Scripted::new([]).pages(spec);
        pages.begin(&issue(number), None).expect("a scan");
        let digest = pages.request_digest();
        let position = saved((PagePosition::Count(2), None));
        pages.begin(&issue(number), Some(&position)).expect("a scan");
        assert_eq!(pages.request_digest(), digest, "wherever it begins");
        digest
    };
    let post = || ResourceSpec { method: Method::Post, ..paged(OFFSET) };
    let bigger = PaginatorSpec::Offset(OffsetSpec::new(3));
    let digests = [
        digest(paged(OFFSET), 1),
        digest(paged(OFFSET), 2),
        digest(paged(bigger), 1),
        digest(ResourceSpec { params: &[STATE], ..paged(OFFSET) }, 1),
        digest(ResourceSpec { headers: &[STATE], ..paged(OFFSET) }, 1),
        digest(post(), 1),
        digest(ResourceSpec { body: Some(BODY), ..post() }, 1),
    ];
    for (at, one) in digests.iter().enumerate() {
        assert!(!digests[..at].contains(one), "{at}");
    }
    assert_eq!(digests[0], digest(paged(OFFSET), 1));
    // method, URL with the page size, nothing else
    let known = "GET\u{1}https://api.example.com/issues/1/comments?limit=2\u{1}";
    let fnv = known.bytes().map(|byte| if byte == 1 { 0xFF } else { byte });
    let fnv = fnv.fold(0xCBF2_9CE4_8422_2325_u64, |fnv, byte| {
        (fnv ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    assert_eq!(digests[0], fnv);
}
