//! Rate limits: the connector's own and what the API says of its. The clock stands still.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::report::{Event, Observer, Report};
use connector_runtime::testing::ScriptedTransport;
use connector_runtime::{CancellationToken, ErrorKind};
use connector_tests::{Folder, assert_says};

#[derive(Resource)]
#[resource(path = "/first", paginator = page_number(base_page = 1))]
struct First {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(path = "/second")]
struct Second {
    #[column(primary_key)]
    id: i64,
}

macro_rules! connectors {
    ($($name:ident($($option:tt)*))*) => {$(
        #[derive(Connector)]
        #[connector(
            base_url = "https://api.example.com",
            resources(First, Second),
            $($option)*
        )]
        struct $name {}
    )*};
}

connectors! {
    Free()
    Slow(rate_limit = "30/m")
    Bursts(rate_limit("30/m", burst = 3))
    Patient(retry(
        initial_delay = "1ms", total_timeout = "1m", wait_header = "X-Retry-In", wait_path = "error.retry_in"
    ))
}

#[derive(Default)]
struct Waits(Mutex<Vec<(&'static str, Duration, String)>>);

impl Observer for Waits {
    fn event(&self, event: &Event<'_>) {
        if let Event::Waiting { resource, wait, reason, .. } = event {
            self.0.lock().expect("waits").push((resource, *wait, (*reason).to_owned()));
        }
    }
}

struct Outcome {
    report: Report,
    waits: Vec<(&'static str, Duration, String)>,
    elapsed: Duration,
}

async fn play(api: &impl Connector, script: ScriptedTransport) -> Outcome {
    let (folder, waits) = (Folder::new(), Arc::new(Waits::default()));
    let started = tokio::time::Instant::now();
    let run = api.sync().destination(folder.database().destination());
    let report = run.transport(Arc::new(script)).observer(waits.clone()).run().await;
    let waits = std::mem::take(&mut *waits.0.lock().expect("waits"));
    Outcome { report, waits, elapsed: started.elapsed() }
}

fn row(id: u64) -> Response {
    Response::new(200, format!(r#"[{{"id":{id}}}]"#))
}

/// Five pages of the first resource, an empty one, and the second one.
fn seven(answer: impl Fn(u64, Response) -> Response) -> ScriptedTransport {
    let first = |page| if page == 6 { Response::new(200, "[]") } else { row(page) };
    let script = (1..=6).fold(ScriptedTransport::new(), |script, page| {
        script.on(format!("/first?page={page}"), answer(page, first(page)))
    });
    script.on("/second", row(1))
}

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

/// The clock of a test is right to a millisecond.
fn close(measured: Duration, expected: Duration) -> bool {
    measured.abs_diff(expected) < Duration::from_millis(50)
}

#[tokio::test(start_paused = true)]
async fn requests_of_all_resources_are_spaced() {
    let Outcome { report, waits, elapsed } = play(&Slow {}, seven(|_, page| page)).await;
    assert!(report.is_done(), "{report:?}");
    assert!(close(elapsed, SECONDS(12)), "{elapsed:?}");
    assert_eq!(waits.len(), 6);
    assert_eq!(waits[5].0, "second");
    assert_says(&waits[0].2, &["the connector's rate limit"]);
}

#[tokio::test(start_paused = true)]
async fn a_burst_goes_at_once() {
    let Outcome { report, waits, elapsed } = play(&Bursts {}, seven(|_, page| page)).await;
    assert!(report.is_done(), "{report:?}");
    assert!(close(elapsed, SECONDS(8)), "{elapsed:?}");
    assert_eq!(waits.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_nothing_waits() {
    let Outcome { waits, elapsed, .. } = play(&Free {}, seven(|_, page| page)).await;
    assert_eq!((waits.len(), close(elapsed, Duration::ZERO)), (0, true), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_the_api_slows_down_before_the_wall() {
    let quota = |page: u64, answer: Response| {
        answer
            .with_header("x-ratelimit-limit", "100")
            .with_header("x-ratelimit-remaining", &(13 - page).to_string())
            .with_header("x-ratelimit-reset", "60")
    };
    let Outcome { report, waits, elapsed } = play(&Free {}, seven(quota)).await;
    assert!(report.is_done(), "{report:?}");
    // from the tenth before the last on: 60/10, 60/9, 60/8, and 60/7 for the other resource
    assert_eq!(waits.len(), 4, "{waits:?}");
    assert!(close(waits[0].1, SECONDS(6)), "{waits:?}");
    assert_says(&waits[0].2, &["the API's rate limit"]);
    assert!(elapsed > SECONDS(28) && elapsed < SECONDS(30), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_is_used_up_is_waited_for() {
    let quota = |page: u64, answer: Response| match page {
        2 => answer.with_header("ratelimit", r#""hour";r=0;t=90"#),
        _ => answer.with_header("ratelimit", r#""hour";r=99;t=3600"#),
    };
    let Outcome { report, waits, .. } = play(&Free {}, seven(quota)).await;
    assert!(report.is_done(), "{report:?}");
    assert_eq!(waits.len(), 1);
    assert!(close(waits[0].1, SECONDS(90)), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_waited_out_until_the_limit_is_there_again() {
    let refused = Response::new(429, "")
        .with_header("x-ratelimit-remaining", "0")
        .with_header("x-ratelimit-reset", "40");
    let script = ScriptedTransport::new()
        .on("/first?page=1", refused)
        .on("/first?page=1", Response::new(200, "[]"))
        .on("/second", row(1));
    let Outcome { report, waits, elapsed } = play(&Free {}, script).await;
    assert!(report.is_done(), "{report:?}");
    assert!(close(elapsed, SECONDS(40)), "{elapsed:?} {waits:?}");
}

#[tokio::test(start_paused = true)]
async fn waits_are_taken_from_a_named_header_and_from_the_body() {
    let script = ScriptedTransport::new()
        .on("/first?page=1", Response::new(429, "").with_header("x-retry-in", "7.5"))
        .on("/first?page=1", Response::new(503, r#"{"error": {"retry_in": 20}}"#))
        .on("/first?page=1", Response::new(503, "").with_header("retry-after", "3"))
        .on("/first?page=1", Response::new(200, "[]"))
        .on("/second", row(1));
    let Outcome { report, waits, .. } = play(&Patient {}, script).await;
    assert!(report.is_done(), "{report:?}");
    let waits: Vec<_> = waits.iter().map(|(_, wait, _)| *wait).collect();
    assert_eq!(waits, [Duration::from_millis(7_500), SECONDS(20), SECONDS(3)]);
}

#[tokio::test(start_paused = true)]
async fn no_try_begins_after_the_total_timeout() {
    let slow = || Response::new(429, "").with_header("retry-after", "40");
    let script = ScriptedTransport::new().on("/first?page=1", slow()).on("/first?page=1", slow());
    let Outcome { report, elapsed, .. } = play(&Patient {}, script).await;
    let error = report.resources[0].error.as_ref().expect("an error");
    assert_says(error, &["the last of 2 tries", "after the `total_timeout` of 60s"]);
    assert!(close(elapsed, SECONDS(40)), "{elapsed:?}");
}

/// Stops the run when it waits.
struct Impatient(CancellationToken);

impl Observer for Impatient {
    fn event(&self, event: &Event<'_>) {
        if let Event::Waiting { .. } = event {
            self.0.cancel();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_a_turn_can_be_interrupted() {
    let (folder, cancel) = (Folder::new(), CancellationToken::new());
    let script = Arc::new(ScriptedTransport::new().on("/first?page=1", row(1)));
    let run = Slow {}.sync().destination(folder.database().destination());
    let observer = Arc::new(Impatient(cancel.clone()));
    let report = run.transport(script).cancel_with(cancel).observer(observer).run().await;
    let error = report.first_error().expect("an error");
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{report:?}");
    assert_eq!(report.resources[0].rows.inserted, 1, "what came is kept");
}

#[tokio::test(start_paused = true)]
async fn a_run_ends_after_its_longest_time() {
    let folder = Folder::new();
    let script = (1..=3).fold(ScriptedTransport::new(), |script, page| {
        script.on(format!("/first?page={page}"), row(page))
    });
    let started = tokio::time::Instant::now();
    let run = Slow {}.sync().destination(folder.database().destination());
    let report = run.transport(Arc::new(script)).max_run_time(SECONDS(5)).run().await;
    assert!(close(started.elapsed(), SECONDS(5)), "{:?}", started.elapsed());
    let error = report.first_error().expect("an error");
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_says(error, &["the run has taken as long as it may, 5s"]);
    let rows = report.resources[0].rows;
    assert_eq!((rows.received, rows.inserted), (3, 3), "what came is kept");
    assert_eq!(report.resources[1].traffic.requests, 0);
}
