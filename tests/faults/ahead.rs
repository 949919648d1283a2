//! Pages that are asked for ahead: sooner there, and never other rows than one by one.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use connector_runtime::http::{Request, Response, Transport, TransportError};
use connector_runtime::prelude::*;
use connector_tests::{Folder, assert_says, counts, done};
use tokio::time::Instant;

/// What an API does while it is read.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// Nothing.
    Nothing,
    /// Rows come at the end.
    Grows,
    /// Rows go at the end.
    Shrinks,
    /// Rows come at the beginning: the newest first.
    Leads,
    /// Rows go at the beginning, before the position that was reached.
    Loses,
    /// After some requests no page has more rows than this.
    Caps(usize),
}

/// Rows by offset or by page, each answer after a time of its own.
#[derive(Debug)]
struct Api {
    state: Mutex<State>,
    requests: AtomicUsize,
    latest: Duration,
    total: bool,
    change: Change,
}

#[derive(Debug)]
struct State {
    rows: Vec<i64>,
    cap: usize,
    random: u64,
    in_flight: usize,
    most_in_flight: usize,
    /// More at once are answered with 429.
    bears: usize,
    /// Beyond the last row there is an error.
    strict: bool,
}

impl State {
    /// The next number of a fixed sequence (SplitMix64), below `bound`.
    fn random(&mut self, bound: usize) -> usize {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }
}

impl Api {
    fn new(rows: usize, seed: u64) -> Self {
        let state = State {
            rows: (0..rows as i64).collect(),
            cap: usize::MAX,
            random: seed,
            in_flight: 0,
            most_in_flight: 0,
            bears: usize::MAX,
            strict: false,
        };
        Self {
            state: Mutex::new(state),
            requests: AtomicUsize::new(0),
            latest: Duration::from_millis(50),
            total: false,
            change: Change::Nothing,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// The API as it is a moment later.
    fn change(&self, state: &mut State) {
        let next = state.rows.last().map_or(0, |last| last + 1);
        match self.change {
            Change::Nothing => {}
            Change::Grows => {
                let more = state.random(4) as i64;
                state.rows.extend(next..next + more);
            }
            Change::Shrinks => {
                let kept = state.rows.len().saturating_sub(state.random(3));
                state.rows.truncate(kept);
            }
            Change::Leads => {
                let first = state.rows.first().map_or(0, |first| first - 1);
                let more = state.random(2);
                (0..more).for_each(|n| state.rows.insert(0, first - n as i64));
            }
            Change::Loses => {
                let gone = state.random(3).min(state.rows.len());
                state.rows.drain(..gone);
            }
            Change::Caps(rows) if self.count() > 3 => state.cap = rows,
            Change::Caps(_) => {}
        }
    }

    fn answer(&self, request: &Request) -> Response {
        let mut state = self.state();
        self.change(&mut state);
        let number = |name| request.param(name).and_then(|text| text.parse::<usize>().ok());
        let limit = number("limit").or(number("per_page")).unwrap_or(10).min(state.cap);
        let begin = match (number("page"), number("cursor")) {
            (Some(page), _) => (page - 1) * limit,
            (_, Some(cursor)) => state.rows.partition_point(|id| *id < cursor as i64),
            _ => number("offset").unwrap_or_default(),
        };
        if state.strict && begin > state.rows.len() {
            return Response::new(500, "no such position");
        }
        let rest = state.rows.get(begin..).unwrap_or_default();
        let rows: Vec<String> =
            rest.iter().take(limit).map(|id| format!("{{\"id\":{id}}}")).collect();
        let total = match self.total {
            true => format!("\"total\":{},", state.rows.len()),
            false => String::new(),
        };
        let (list, after) = (rows.join(","), rest.get(limit));
        match (request.url().path(), after) {
            ("/cursor", Some(id)) => {
                Response::new(200, format!("{{\"next\":{id},\"data\":[{list}]}}"))
            }
            ("/cursor", None) => Response::new(200, format!("{{\"next\":null,\"data\":[{list}]}}")),
            ("/link", Some(id)) => {
                let link = format!("</link?cursor={id}&limit={limit}>; rel=\"next\"");
                Response::new(200, format!("[{list}]")).with_header("link", &link)
            }
            ("/link", None) => Response::new(200, format!("[{list}]")),
            _ => Response::new(200, format!("{{{total}\"data\":[{list}]}}")),
        }
    }
}

/// A request on its way; some are given up.
struct Flight<'a>(&'a Api);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.state().in_flight -= 1;
    }
}

impl Transport for Api {
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
        Box::pin(async move {
            self.requests.fetch_add(1, Ordering::SeqCst);
            let (wait, refused) = {
                let mut state = self.state();
                state.in_flight += 1;
                state.most_in_flight = state.most_in_flight.max(state.in_flight);
                let millis = self.latest.as_millis() as usize;
                let wait = match self.change {
                    Change::Nothing => millis,
                    _ => state.random(millis),
                };
                (wait, state.in_flight > state.bears)
            };
            let flight = Flight(self);
            tokio::time::sleep(Duration::from_millis(wait as u64)).await;
            drop(flight);
            match refused {
                true => Ok(Response::new(429, "")),
                false => Ok(self.answer(request)),
            }
        })
    }
}

macro_rules! connector {
    ($api:ident, $row:ident, $path:literal, $($option:meta),*) => {
        #[derive(Connector)]
        #[connector(base_url = "https://api.example.com", resources($row))]
        struct $api {}

        #[derive(Resource)]
        #[resource(path = $path, $($option),*)]
        struct $row {
            id: i64,
        }

        impl Numbered for $row {
            fn number(&self) -> i64 {
                self.id
            }
        }
    };
}

trait Numbered {
    fn number(&self) -> i64;
}

connector!(Offsets, OffsetRow, "/rows", data_selector = "data", paginator = offset(limit = 10));
connector!(
    Numbers,
    NumberRow,
    "/rows",
    data_selector = "data",
    paginator = page_number(base_page = 1, page_size = 10, page_size_param = "per_page")
);
connector!(
    Cursors,
    CursorRow,
    "/cursor",
    data_selector = "data",
    paginator = cursor(cursor_path = "next")
);
connector!(Links, LinkRow, "/link", paginator = header_link);

/// The rows in the order in which they come, and how long it takes.
async fn read<R: Resource + Numbered>(
    connector: &impl Connector,
    api: &Arc<Api>,
    at_once: usize,
) -> (Vec<i64>, Duration) {
    let started = Instant::now();
    let mut rows = connector.rows::<R>().transport(api.clone()).max_concurrency(at_once);
    let mut found = Vec::new();
    while let Some(row) = rows.next().await {
        found.push(row.expect("a row").number());
    }
    (found, started.elapsed())
}

#[tokio::test(start_paused = true)]
async fn two_hundred_pages_take_an_eighth_of_the_time() {
    for total in [true, false] {
        let api = |rows| Arc::new(Api { total, ..Api::new(rows, 1) });
        let (slow, fast) = (api(2_000), api(2_000));
        let (expected, one_by_one) = read::<OffsetRow>(&Offsets {}, &slow, 1).await;
        let (found, at_once) = read::<OffsetRow>(&Offsets {}, &fast, 10).await;
        assert_eq!(found, expected);
        assert_eq!(found, (0..2_000).collect::<Vec<_>>());
        assert!(at_once * 8 < one_by_one, "{total}: {at_once:?} against {one_by_one:?}");
        assert_eq!(slow.state().most_in_flight, 1);
        assert_eq!(fast.state().most_in_flight, 10);
        // where the end is known nothing is asked for beyond it; else less than what is at once
        assert!(fast.count() < slow.count() + if total { 1 } else { 10 }, "{}", fast.count());
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_refused_asks_for_less_at_once_and_gets_every_row() {
    let api = Arc::new(Api { total: true, ..Api::new(2_000, 1) });
    api.state().bears = 3;
    let (found, _) = read::<OffsetRow>(&Offsets {}, &api, 10).await;
    assert_eq!(found, (0..2_000).collect::<Vec<_>>());
    // ten at once were refused, then five; from then on now and then one that was one too many
    let refused = api.count() - 200;
    assert!((1..80).contains(&refused), "{refused} of {}", api.count());
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_for_in_vain_has_no_consequence() {
    let api = Arc::new(Api::new(100, 1));
    api.state().strict = true;
    let (found, _) = read::<OffsetRow>(&Offsets {}, &api, 10).await;
    assert_eq!(found, (0..100).collect::<Vec<_>>());
    assert!(api.count() > 11, "it was asked for more than there is");
    let (folder, again) = (Folder::new(), Arc::new(Api::new(100, 1)));
    again.state().strict = true;
    let run = Offsets {}.sync().transport(again).destination(folder.database().destination());
    let report = run.run().await;
    assert_eq!(done(&report), counts(100, 100, 0, 0));
    assert_eq!(report.resources[0].warnings, [""; 0]);
}

/// Rows that were there all the time come once; of the others none comes twice.
#[tokio::test(start_paused = true)]
async fn no_row_is_lost_or_doubled_though_the_end_moves_and_pages_are_capped() {
    for seed in 0..500 {
        let mut random = Api::new(0, seed);
        let mut random = move |bound| random.state.get_mut().expect("no panic").random(bound);
        let (rows, total, at_once) = (random(300), random(2) == 0, 1 + random(12));
        let change = match random(4) {
            0 => Change::Nothing,
            1 => Change::Grows,
            2 => Change::Shrinks,
            _ => Change::Caps(1 + random(9)),
        };
        let case =
            format!("seed {seed}: {rows} rows, total {total}, {at_once} at once, {change:?}");
        let api = Arc::new(Api { total, change, ..Api::new(rows, seed) });
        let (found, _) = match random(4) {
            // whoever counts pages cannot tell where the next one begins
            0 if !matches!(change, Change::Caps(_)) => {
                read::<NumberRow>(&Numbers {}, &api, at_once).await
            }
            1 => read::<CursorRow>(&Cursors {}, &api, at_once).await,
            2 => read::<LinkRow>(&Links {}, &api, at_once).await,
            _ => read::<OffsetRow>(&Offsets {}, &api, at_once).await,
        };
        // in the order of the API, so: once each
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{case}: {found:?}");
        let left = api.state().rows.len().min(rows) as i64;
        assert!((0..left).all(|id| found.binary_search(&id).is_ok()), "{case}: {found:?}");
        assert!(api.state().most_in_flight <= at_once, "{case}");
    }
}

mod keyed {
    use super::*;

    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", resources(Keyed))]
    pub(super) struct Keys {}

    #[derive(Resource)]
    #[resource(path = "/rows", data_selector = "data", paginator = offset(limit = 10))]
    pub(super) struct Keyed {
        #[column(primary_key)]
        id: i64,
    }
}

/// What is still there has been there all the time, though it has moved.
#[tokio::test(start_paused = true)]
async fn rows_that_move_up_are_read_again_where_they_have_a_key() {
    let mut moved = false;
    for seed in 0..60 {
        let api = Arc::new(Api { total: true, change: Change::Loses, ..Api::new(200, seed) });
        let folder = Folder::new();
        let database = folder.database();
        let run =
            keyed::Keys {}.sync().transport(api.clone()).max_concurrency(1 + seed as usize % 8);
        let report = run.destination(database.destination()).run().await;
        assert!(report.is_done(), "{report:?}");
        assert_eq!(report.resources[0].warnings, [""; 0]);
        let found: Vec<i64> = database.column("SELECT id FROM keyed ORDER BY id");
        let left = api.state().rows.clone();
        moved |= left.len() < 200;
        assert!(left.iter().all(|id| found.binary_search(id).is_ok()), "seed {seed}: {found:?}");
    }
    assert!(moved);
}

/// A page may be older than the one before it; the total tells.
#[tokio::test(start_paused = true)]
async fn rows_that_move_down_are_not_passed_over() {
    for seed in 0..200 {
        let api = Arc::new(Api { total: true, change: Change::Leads, ..Api::new(200, seed) });
        let folder = Folder::new();
        let database = folder.database();
        let run =
            keyed::Keys {}.sync().transport(api.clone()).max_concurrency(1 + seed as usize % 12);
        let report = run.destination(database.destination()).run().await;
        assert!(report.is_done(), "{report:?}");
        let found: Vec<i64> = database.column("SELECT id FROM keyed ORDER BY id");
        let lost: Vec<i64> = (0..200).filter(|id| found.binary_search(id).is_err()).collect();
        assert!(lost.is_empty(), "seed {seed}: {lost:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn rows_that_may_have_moved_up_are_told_of_where_they_have_no_key() {
    let api = Arc::new(Api { total: true, change: Change::Loses, ..Api::new(200, 1) });
    let folder = Folder::new();
    let run = Offsets {}.sync().transport(api).destination(folder.database().destination());
    let report = run.run().await;
    assert!(report.is_done(), "{report:?}");
    assert_says(report.resources[0].warnings.concat(), &["total fell from", "passed over"]);
}
