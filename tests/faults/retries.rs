//! What is tried again, when, and when no more. The clock stands still: waits take no time.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use connector_runtime::http::{Failure, Response, TransportError};
use connector_runtime::prelude::*;
use connector_runtime::report::{Event, Observer, Report, Status};
use connector_runtime::testing::ScriptedTransport;
use connector_runtime::{CancellationToken, ErrorKind};
use connector_tests::{Folder, assert_says};

#[derive(Resource)]
#[resource(path = "/first")]
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

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    retry(max_retries = 3, backoff_factor = 2, max_delay = "10m"),
    resources(First, Second)
)]
struct Api {}

/// The waits of a run and why they were.
#[derive(Default)]
struct Waits(Mutex<Vec<(Duration, String)>>);

impl Observer for Waits {
    fn event(&self, event: &Event<'_>) {
        if let Event::Waiting { wait, reason, .. } = event {
            self.0.lock().expect("waits").push((*wait, (*reason).to_owned()));
        }
    }
}

/// What a run of a script did.
struct Outcome {
    report: Report,
    waits: Vec<(Duration, String)>,
    elapsed: Duration,
}

async fn play(script: ScriptedTransport) -> Outcome {
    let (folder, waits) = (Folder::new(), Arc::new(Waits::default()));
    let started = tokio::time::Instant::now();
    let run = Api {}.sync().destination(folder.database().destination());
    let report = run.transport(Arc::new(script)).observer(waits.clone()).run().await;
    let waits = std::mem::take(&mut *waits.0.lock().expect("waits"));
    Outcome { report, waits, elapsed: started.elapsed() }
}

fn row() -> Response {
    Response::new(200, r#"[{"id":1}]"#)
}

fn status(status: u16) -> Response {
    Response::new(status, "")
}

/// The first resource fails so many times with this answer, then both are there.
fn fails(times: usize, answer: &Response) -> ScriptedTransport {
    let script =
        (0..times).fold(ScriptedTransport::new(), |script, _| script.on("/first", answer.clone()));
    script.on("/first", row()).on("/second", row())
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_passes_is_tried_again() {
    for code in [429, 500, 502, 503, 504] {
        let Outcome { report, waits, elapsed } = play(fails(2, &status(code))).await;
        assert!(report.is_done(), "{report:?}");
        let traffic = report.resources[0].traffic;
        assert_eq!((traffic.requests, traffic.retries, traffic.pages), (3, 2, 1));
        assert_eq!(report.resources[1].traffic.retries, 0);
        assert_eq!(waits.len(), 2);
        assert!(waits.iter().all(|(_, reason)| reason.contains(&code.to_string())), "{waits:?}");
        // one second, two seconds, and up to one wait more each
        assert!(waits[0].0 >= Duration::from_secs(1) && waits[0].0 <= Duration::from_secs(2));
        assert!(waits[1].0 >= Duration::from_secs(2) && waits[1].0 <= Duration::from_secs(4));
        assert!(elapsed >= waits[0].0 + waits[1].0);
    }
}

#[tokio::test(start_paused = true)]
async fn no_answer_is_tried_again() {
    for failure in [Failure::Body, Failure::Connect, Failure::Send, Failure::Timeout] {
        let script = ScriptedTransport::new()
            .on("/first", TransportError::new(failure, "the cable is out"))
            .on("/first", row())
            .on("/second", row());
        let Outcome { report, waits, .. } = play(script).await;
        assert!(report.is_done(), "{report:?}");
        assert_eq!(waits[0].1, "the cable is out");
    }
}

#[tokio::test(start_paused = true)]
async fn airbyte_retry_after_in_seconds_is_kept() {
    let answer = status(429).with_header("retry-after", "17");
    let Outcome { report, waits, elapsed } = play(fails(1, &answer)).await;
    assert!(report.is_done(), "{report:?}");
    assert_eq!(waits[0].0, Duration::from_secs(17));
    assert!(elapsed >= Duration::from_secs(17) && elapsed < Duration::from_secs(18), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn airbyte_retry_after_as_a_date_is_kept() {
    let at = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(500));
    let answer = status(503).with_header("retry-after", &at);
    let Outcome { report, waits, .. } = play(fails(1, &answer)).await;
    assert!(report.is_done(), "{report:?}");
    // the date is told in whole seconds, and some of the time has passed
    let wait = waits[0].0;
    assert!(wait > Duration::from_secs(300) && wait <= Duration::from_secs(500), "{wait:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_in_a_hurry_does_not_get_all_tries_at_once() {
    for hurry in ["0", "-1", "soon", "Sun, 06 Nov 1994 08:49:37 GMT"] {
        let answer = status(429).with_header("retry-after", hurry);
        let Outcome { waits, .. } = play(fails(3, &answer)).await;
        let total: Duration = waits.iter().map(|(wait, _)| wait).sum();
        assert!(total >= Duration::from_secs(1 + 2 + 4), "{hurry}: {waits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_reason_ends_the_run() {
    let answer = status(429).with_header("retry-after", "86400");
    let Outcome { report, waits, .. } = play(ScriptedTransport::new().on("/first", answer)).await;
    assert_eq!(waits, []);
    let error = report.first_error().expect("an error");
    assert_says(error, &["429 Too Many Requests", "86400 s", "max_delay"]);
    assert_eq!(report.resources[1].status, Status::Skipped);
}

#[tokio::test(start_paused = true)]
async fn after_four_tries_the_api_is_left_alone() {
    let script =
        (0..4).fold(ScriptedTransport::new(), |script, _| script.on("/first", status(503)));
    let Outcome { report, waits, .. } = play(script).await;
    assert_eq!(waits.len(), 3);
    let error = report.resources[0].error.as_ref().expect("an error");
    assert_eq!(error.kind(), ErrorKind::Status);
    assert_says(
        error,
        &[
            "resource `first`: page 1: the API answered 503 Service Unavailable, the last of 4 tries",
            "request: GET https://api.example.com/first",
        ],
    );
    assert_eq!(report.resources[0].traffic.requests, 4);
    assert_eq!(report.resources[1].status, Status::Skipped);
    assert!(report.resources[1].error.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_api_that_is_not_there_is_left_alone() {
    let gone = || TransportError::new(Failure::Connect, "no connection");
    let script = (0..4).fold(ScriptedTransport::new(), |script, _| script.on("/first", gone()));
    let Outcome { report, .. } = play(script).await;
    let error = report.first_error().expect("an error");
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_says(error, &["no connection, the last of 4 tries"]);
    assert_eq!(report.resources[1].status, Status::Skipped);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_one_request_is_no_refusal_of_the_next() {
    for code in [400, 403, 404, 410, 422, 501] {
        let script = ScriptedTransport::new().on("/first", status(code)).on("/second", row());
        let Outcome { report, waits, .. } = play(script).await;
        assert_eq!(waits, []);
        assert_eq!(report.resources[0].status, Status::Failed);
        assert_eq!(report.resources[0].traffic.requests, 1);
        assert_says(report.first_error().expect("an error"), &[&code.to_string()]);
        assert_eq!(report.resources[1].status, Status::Done);
    }
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_end_the_run() {
    let script = ScriptedTransport::new().on("/first", status(401));
    let Outcome { report, .. } = play(script).await;
    assert_eq!(report.first_error().expect("an error").kind(), ErrorKind::Auth);
    assert_eq!(report.resources[1].status, Status::Skipped);
}

#[tokio::test(start_paused = true)]
async fn a_broken_row_of_one_resource_leaves_the_others_alone() {
    let script = ScriptedTransport::new()
        .on("/first", Response::new(200, r#"[{"id":"one"}]"#))
        .on("/second", row());
    let Outcome { report, .. } = play(script).await;
    assert_eq!(report.resources[0].status, Status::Failed);
    assert_eq!(report.resources[1].status, Status::Done);
}

#[tokio::test(start_paused = true)]
async fn a_wait_can_be_interrupted() {
    struct Stop(CancellationToken);

    impl Observer for Stop {
        fn event(&self, event: &Event<'_>) {
            if let Event::Waiting { .. } = event {
                self.0.cancel();
            }
        }
    }

    let (folder, token) = (Folder::new(), CancellationToken::new());
    let started = tokio::time::Instant::now();
    let script =
        ScriptedTransport::new().on("/first", status(429).with_header("retry-after", "600"));
    let run = Api {}.sync().destination(folder.database().destination());
    let report = run
        .transport(Arc::new(script))
        .cancel_with(token.clone())
        .observer(Arc::new(Stop(token)))
        .run()
        .await;
    assert_eq!(report.resources[0].status, Status::Interrupted);
    assert_eq!(report.resources[1].status, Status::Skipped);
    assert!(started.elapsed() < Duration::from_secs(600));
}

mod declared {
    use super::*;

    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        retry(max_retries = 1, initial_delay = "10s", statuses = [404, 520..=522]),
        resources(First),
    )]
    struct Odd {}

    #[tokio::test(start_paused = true)]
    async fn the_connector_says_what_is_tried_again() {
        for (code, tries) in [(404, 2), (520, 2), (522, 2), (503, 1), (429, 1), (523, 1)] {
            let script = (0..tries)
                .fold(ScriptedTransport::new(), |script, _| script.on("/first", status(code)));
            let started = tokio::time::Instant::now();
            let mut rows = Odd {}.rows::<First>().transport(Arc::new(script));
            let error = rows.next().await.expect("an item").err().expect("an error");
            assert_says(&error, &[&format!("the API answered {code}")]);
            assert!(started.elapsed() >= Duration::from_secs(10) * (tries - 1));
            assert!(rows.next().await.is_none(), "the stream ends after an error");
        }
    }
}
