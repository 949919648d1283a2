//! Rows that move while the pages of a list are read that are told by a count: each row that changes
//! leaves its place to those behind it, and the first one of the next page is on a page that was read.

use std::sync::{Arc, Mutex, MutexGuard};

use connector_runtime::prelude::*;
use connector_runtime::report::Report;
use connector_tests::{Database, Folder, Reply, Request, Server, assert_says};

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    name = "api",
    retry(max_retries = 0),
    resource_defaults(data_selector = "rows"),
    resources(Offset, Total, Page, Numbered, Steps, Open, Opaque, Number)
)]
struct Api {}

macro_rules! listed {
    ($($row:ident $name:literal ($($incremental:tt)*) [$($paginator:tt)*])*) => {
        $(#[derive(Resource)]
        #[resource(
            name = $name,
            path = "/rows",
            paginator = $($paginator)*,
            incremental(cursor = at, start_param = "since", row_order = asc, $($incremental)*),
        )]
        struct $row {
            #[column(primary_key)]
            id: i64,
            at: Timestamp,
            value: i64,
        })*
    };
}

listed! {
    Offset "offset" () [offset(limit = 10)]
    Total "total" () [offset(limit = 10, total_path = "total")]
    Page "page" () [page_number(base_page = 1)]
    Numbered "numbered" () [json_link(next_url_path = "next_page")]
    Steps "steps" (end_param = "until", initial = "2024-01-01T00:00:00Z", step = "1 hour", parallel = 2)
        [page_number(base_page = 1)]
    Open "open" (range = open) [page_number(base_page = 1)]
    Opaque "opaque" () [json_link(next_url_path = "next_token")]
}

/// Numbers say nothing of the present.
#[derive(Resource)]
#[resource(
    name = "numbers",
    path = "/numbers",
    paginator = page_number(base_page = 1),
    incremental(cursor = at, start_param = "since", row_order = asc, range = open),
)]
struct Number {
    #[column(primary_key)]
    id: i64,
    at: i64,
    value: i64,
}

const RESOURCES: [&str; 7] = ["offset", "total", "page", "numbered", "steps", "open", "numbers"];

/// 2024-01-01T00:00:00Z.
const START: i64 = 1_704_067_200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    id: i64,
    at: i64,
    value: i64,
}

/// A list in the order of its changes, a second of its clock for each.
#[derive(Clone)]
struct List(Arc<Mutex<Inner>>);

struct Inner {
    rows: Vec<Row>,
    size: usize,
    now: i64,
    /// Rows of which one changes before each further request; 0: none does.
    hot: Vec<i64>,
    requests: usize,
    /// How the bound is taken.
    keeps: fn(i64, i64) -> bool,
    /// What the list is ordered by.
    order: fn(&Row) -> (i64, i64),
}

impl List {
    /// Rows from 1 on with these instants, in seconds from the start, and the size of its pages.
    fn new(at: impl IntoIterator<Item = i64>, size: usize) -> Self {
        let rows = (1..).zip(at).map(|(id, at)| Row { id, at: START + at, value: 0 });
        Self(Arc::new(Mutex::new(Inner {
            rows: rows.collect(),
            size,
            now: START + 3_600,
            hot: Vec::new(),
            requests: 0,
            keeps: |at, since| at >= since,
            order: |row| (row.at, row.id),
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no panic")
    }

    fn serve(&self) -> Server {
        let list = self.clone();
        Server::start(move |request| list.inner().answer(request))
    }

    fn rows(&self) -> Vec<(i64, i64)> {
        let mut rows: Vec<_> = self.inner().rows.iter().map(|row| (row.id, row.value)).collect();
        rows.sort_unstable();
        rows
    }
}

impl Inner {
    fn answer(&mut self, request: &Request) -> Reply {
        self.requests += 1;
        self.now += 1;
        if self.requests > 1 && !self.hot.is_empty() {
            let id = self.hot.remove(0);
            let now = self.now;
            self.rows.iter_mut().filter(|row| row.id == id).for_each(|row| {
                (row.at, row.value) = (now, row.value + 1);
            });
        }
        let numbers = request.path == "/numbers";
        let read = |text: &str| match numbers {
            true => text.parse().expect("a number"),
            false => text.parse::<Timestamp>().expect("an instant").as_second(),
        };
        let (since, until) = (request.param("since").map(read), request.param("until").map(read));
        let is_asked = |row: &&Row| {
            since.is_none_or(|since| (self.keeps)(row.at, since))
                && until.is_none_or(|until| row.at < until)
        };
        let mut rows: Vec<_> = self.rows.iter().filter(is_asked).collect();
        rows.sort_by_key(|row| (self.order)(row));
        let page = request.number("page").unwrap_or(1);
        let after = request.param("after").and_then(|token| token.split_once('-'));
        let begin = match (request.number("offset"), after) {
            (Some(offset), _) => offset,
            (None, Some((at, id))) => {
                let key = (at.parse().expect("a number"), id.parse().expect("a number"));
                rows.partition_point(|row| (self.order)(row) <= key)
            }
            (None, None) => (page - 1) * self.size,
        };
        let rest = rows.get(begin..).unwrap_or_default();
        let shown = &rest[..rest.len().min(self.size)];
        let goes_on = rest.len() > self.size;
        let link = |param: String| {
            let bound = request.param("since").map(|since| format!("since={since}&"));
            let link = goes_on.then(|| format!("/rows?{}{param}", bound.unwrap_or_default()));
            link.map_or("null".to_owned(), |link| format!("\"{link}\""))
        };
        let token = shown.last().map(|last| format!("{}-{}", last.at, last.id));
        let json = shown.iter().map(|Row { id, at, value }| {
            let instant = Timestamp::from_second(*at).expect("an instant");
            let at = if numbers { at.to_string() } else { format!("\"{instant}\"") };
            format!(r#"{{"id": {id}, "at": {at}, "value": {value}}}"#)
        });
        let json: Vec<_> = json.collect();
        let instant = Timestamp::from_second(self.now).expect("an instant");
        Reply::json(format!(
            r#"{{"rows": [{}], "total": {}, "next_page": {}, "next_token": {}}}"#,
            json.join(","),
            rows.len(),
            link(format!("page={}", page + 1)),
            link(format!("after={}", token.unwrap_or_default())),
        ))
        .header("date", httpdate::fmt_http_date(std::time::SystemTime::from(instant)))
    }
}

async fn load(server: &Server, database: &Database, resource: &str) -> Report {
    let run = Api {}.sync().resources([resource]).base_url(server.url());
    let now = Timestamp::from_second(START + 3_600).expect("an instant");
    let report = run.now(now).destination(database.destination()).run().await;
    assert!(report.is_done(), "{resource}: {report:?}");
    report
}

fn found(database: &Database, resource: &str) -> Vec<(i64, i64)> {
    let ids = database.column::<i64>(&format!("SELECT id FROM \"{resource}\" ORDER BY id"));
    let values = database.column::<i64>(&format!("SELECT value FROM \"{resource}\" ORDER BY id"));
    ids.into_iter().zip(values).collect()
}

/// What is in the table after one load, or two, of a list whose rows change while it is read.
async fn moved(at: impl Fn(i64) -> i64, size: usize, hot: &[i64]) {
    for resource in RESOURCES {
        let list = List::new((0..95).map(&at), size);
        list.inner().hot = hot.to_vec();
        let (server, folder) = (list.serve(), Folder::new());
        let database = folder.database();
        load(&server, &database, resource).await;
        let ids: Vec<_> = found(&database, resource).into_iter().map(|(id, _)| id).collect();
        // windows end with the run, and what has changed since is beyond them
        let is_there = |id: &i64| resource != "steps" || !hot.contains(id);
        let missing: Vec<_> = (1..=95).filter(is_there).filter(|id| !ids.contains(id)).collect();
        assert!(missing.is_empty(), "{resource}: {missing:?} were missed");
        // numbers are open: what has moved while it was read has come already
        if resource != "steps" {
            load(&server, &database, resource).await;
            assert_eq!(found(&database, resource), list.rows(), "{resource}");
        }
    }
}

/// With each page a row changes that was on the first one.
#[tokio::test]
async fn rows_that_move_while_pages_are_counted_hide_no_others() {
    moved(|at| at, 10, &[1, 2, 3, 4, 5, 6, 7, 8]).await;
    moved(|at| at, 10, &[9, 19, 29, 39, 10, 20]).await;
}

/// A page has rows of one instant only, and the next one can only be asked for by its count.
#[tokio::test]
async fn rows_of_one_instant_that_move_hide_no_others() {
    moved(|at| at / 25, 10, &[1, 2, 3, 30, 31, 60, 61, 62, 32, 33]).await;
    moved(|at| at / 40, 10, &[1, 50, 2, 51, 3, 52, 4, 53, 5, 54, 6, 55, 7]).await;
}

/// What changes is beyond the end of the window: the list gets shorter, and the row that was on the
/// second page is on the first one. No later load would ask for it.
#[tokio::test]
async fn a_row_that_leaves_a_window_hides_no_other() {
    let list = List::new([0, 5, 5, 5], 2);
    list.inner().hot = vec![0, 2];
    let (server, folder) = (list.serve(), Folder::new());
    let database = folder.database();
    load(&server, &database, "steps").await;
    assert_eq!(database.column::<i64>("SELECT id FROM steps ORDER BY id"), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_scan_goes_on_just_before_the_last_value() {
    let list = List::new([0, 1, 2, 2, 3, 4, 5], 4);
    let (server, folder) = (list.serve(), Folder::new());
    let database = folder.database();
    let report = load(&server, &database, "numbered").await;
    let since = |second: i64| format!("/rows?since=2024-01-01T00:00:0{second}Z");
    // bounds are whole seconds
    assert_eq!(server.asked(0, &[]), ["/rows".to_owned(), since(1), since(2), since(3)]);
    let rows = report.resources[0].rows;
    assert_eq!((rows.received, rows.inserted, rows.unchanged), (4 + 4 + 4 + 3, 7, 8));
    assert!(report.resources[0].warnings.is_empty(), "{report:?}");
    assert_eq!(found(&database, "numbered"), list.rows());
}

/// Six rows of one instant in pages of two: these are asked for by their count, and, when the next
/// instant is in sight, once more, from the last one to the first.
#[tokio::test]
async fn pages_of_one_instant_are_asked_for_again_backwards() {
    let list = List::new([0, 1, 1, 1, 1, 1, 2, 3], 2);
    let (server, folder) = (list.serve(), Folder::new());
    let database = folder.database();
    load(&server, &database, "page").await;
    let asked = |bound: Option<i64>, page: usize| match bound {
        None => format!("/rows?page={page}"),
        Some(second) => format!("/rows?since=2024-01-01T00:00:0{second}Z&page={page}"),
    };
    let in_order = server.requests();
    let in_order: Vec<_> = in_order.iter().map(|request| request.text(&[])).collect();
    let expected = [
        asked(None, 1),
        // the rows at 0 and at 1; then those at 1 only, until the one at 2 is in sight
        asked(Some(0), 1),
        asked(Some(0), 2),
        asked(Some(0), 3),
        asked(Some(0), 4),
        asked(Some(0), 3),
        asked(Some(0), 2),
        asked(Some(0), 1),
    ];
    assert_eq!(in_order[..expected.len().min(in_order.len())], expected, "{in_order:#?}");
    assert_eq!(found(&database, "page"), list.rows());
}

/// An API that takes the bound as `>` loses no row with the value of the last one of a page.
#[tokio::test]
async fn a_bound_that_is_excluded_loses_no_row() {
    for resource in ["page", "total", "numbered"] {
        let list = List::new((0..50).map(|at| at / 3), 10);
        list.inner().keeps = |at, since| at > since;
        let (server, folder) = (list.serve(), Folder::new());
        let database = folder.database();
        load(&server, &database, resource).await;
        assert_eq!(found(&database, resource), list.rows(), "{resource}");
    }
}

/// A server that does not heed the bound costs one request, and pages are counted as ever.
#[tokio::test]
async fn a_bound_that_is_not_heeded_is_noticed() {
    let list = List::new(0..95, 10);
    list.inner().keeps = |_, _| true;
    let (server, folder) = (list.serve(), Folder::new());
    let database = folder.database();
    load(&server, &database, "total").await;
    assert_eq!(server.count(), 10 + 1);
    assert_eq!(found(&database, "total"), list.rows());
}

/// Rows in another order than was declared: what was passed over by the cursor is read all the same.
#[tokio::test]
async fn an_order_that_does_not_hold_is_noticed_and_nothing_is_lost() {
    // the last rows of the first page have changed long after those behind them were made
    let at = (0..40).map(|at| if [8, 9].contains(&at) { at + 29 } else { at });
    let list = List::new(at.chain([60, 50]), 10);
    list.inner().order = |row| (row.id, row.id);
    let (server, folder) = (list.serve(), Folder::new());
    let database = folder.database();
    let report = load(&server, &database, "total").await;
    assert_says(report.resources[0].warnings.join("\n"), &["rows were to come by `at`"]);
    assert_eq!(found(&database, "total"), list.rows());
}

/// Links that do not count are followed as ever.
#[tokio::test]
async fn links_that_say_a_place_are_followed() {
    let list = List::new(0..35, 10);
    let (server, folder) = (list.serve(), Folder::new());
    let database = folder.database();
    load(&server, &database, "opaque").await;
    assert_eq!(server.count(), 4);
    assert!(server.requests().iter().all(|request| request.param("since").is_none()));
    assert_eq!(found(&database, "opaque"), list.rows());
}

/// Of a page whose rows are a second apart two come again with the next one.
#[tokio::test]
async fn few_requests_are_more_than_by_counting() {
    for (resource, requests) in [("numbered", 11), ("total", 125), ("page", 11 + 2)] {
        let list = List::new(0..1_000, if resource == "total" { 10 } else { 100 });
        let (server, folder) = (list.serve(), Folder::new());
        load(&server, &folder.database(), resource).await;
        assert_eq!(server.count(), requests, "{resource}");
    }
}
