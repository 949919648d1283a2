//! SIGINT and SIGTERM: the run stops where it is safe.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_tests::{
    Child, Folder, KEY, OffsetApi, Outcome, Reply, Rotating, Server, Stopwatch, Terminal,
    assert_says, items,
};
use rustix::process::Signal;

use super::{api, assert_completes, assert_true_state, command, report};

/// A program that was told to stop ends within five seconds, which is far below anything that it waits for in
/// these tests.
pub(crate) const LIMIT: Duration = Duration::from_secs(5);

/// When a signal was sent.
#[derive(Clone, Default)]
struct Sent(Arc<Mutex<Option<Stopwatch>>>);

impl Sent {
    fn now(&self) {
        *self.0.lock().expect("no panic") = Some(Stopwatch::start());
    }

    fn assert_in_time(&self, outcome: &Outcome) {
        let sent = self.0.lock().expect("no panic").take().expect("a signal was sent");
        assert!(sent.elapsed() < LIMIT, "{:?}: {outcome:?}", sent.elapsed());
        assert_eq!(outcome.code(), 130, "{outcome:?}");
    }
}

#[test]
fn a_signal_ends_any_wait() {
    let refused = Reply::status(503).header("retry-after", "50");
    let limited = |rows| {
        let page = Reply::json(connector_tests::page(&items(rows)));
        page.header("ratelimit-remaining", "0").header("ratelimit-reset", "50")
    };
    for (reply, reason, rows) in
        [(refused, "the API answered 503", 0), (limited(1..2_001), "the API's rate limit", 2_000)]
    {
        for signal in [Signal::INT, Signal::TERM] {
            let folder = Folder::new();
            let api = OffsetApi::new(items(1..10_001)).key(KEY).script(1, reply.clone());
            let server = api.serve();
            let mut command = command(&server, &folder.database());
            command.args(["--max-concurrency", "1"]);
            let terminal = Terminal::start(command, 80);
            terminal.wait_for(|text| text.contains(reason) && text.contains("waiting "));
            let sent = Stopwatch::start();
            terminal.signal(signal);
            let (status, text) = terminal.end();
            assert!(sent.elapsed() < LIMIT, "{text}");
            assert_eq!(status.code(), Some(130), "{text}");
            assert_eq!(folder.database().items().len(), rows, "what had come is kept: {text}");
        }
    }
}

#[test]
fn a_signal_does_not_wait_for_a_slow_destination() {
    let (folder, api, child, sent) = (Folder::new(), api(), Child::default(), Sent::default());
    let path = folder.database().path().to_owned();
    let locked = Arc::new(Mutex::new(None));
    let server = Server::start({
        let (api, child, sent, locked) = (api.clone(), child.clone(), sent.clone(), locked.clone());
        move |request| {
            let mut locked = locked.lock().expect("no panic");
            // the tables are there, and nothing else is
            if request.number == 1 {
                let connection = rusqlite::Connection::open(&path).expect("a database");
                connection.execute_batch("BEGIN IMMEDIATE").expect("a lock");
                *locked = Some(connection);
            }
            // more has come than is held before it is written
            if request.number == 13 {
                child.signal(Signal::TERM);
                sent.now();
            }
            api.answer(request)
        }
    });
    let mut command = command(&server, &folder.database());
    command.args(["--output", "json"]);
    let outcome = child.run(command);
    sent.assert_in_time(&outcome);
    let report = report(&outcome);
    let resource = &report["resources"][0];
    assert_eq!((&resource["status"], &resource["inserted"]), (&"interrupted".into(), &0.into()));
    let message = resource["error"]["message"].as_str().expect("a message");
    assert!(message.contains("the destination did not end within 3 s"), "{message}");

    drop(locked.lock().expect("no panic").take());
    assert_eq!(assert_true_state(&api, &folder.database()), 0);
    assert_completes(&api, &folder.database(), 0);
}

#[test]
fn a_signal_does_not_wait_long_for_a_token_server() {
    for is_answered in [false, true] {
        let (folder, child, sent) = (Folder::new(), Child::default(), Sent::default());
        let rotating = Rotating::new(true);
        let server = Server::start({
            let (child, sent, rotating) = (child.clone(), sent.clone(), rotating.clone());
            move |request| {
                if request.path == "/token" && request.number == 1 {
                    child.signal(Signal::INT);
                    sent.now();
                }
                // the run ends by the signal only, however late the program gets to it
                let reply = rotating.answer(request, |_| Reply::json("[]").stall(0));
                if is_answered { reply } else { reply.stall(0) }
            }
        });
        let mut command = Command::new(env!("CARGO_BIN_EXE_refresh-sync"));
        command.args(["sync", "--base-url", &server.url(), "--output", "json"]);
        command.args(["--token-url", &format!("{}/token", server.url())]);
        command.args(["--destination"]).arg(folder.database().path());
        command.env_clear().env("CRM_REFRESH_TOKEN", "r3fresh-0");
        command.env("CONNECTOR_STATE_DIR", folder.path("state"));
        let outcome = child.run(command);
        sent.assert_in_time(&outcome);
        let kept = std::fs::read_dir(folder.path("state/crm")).expect("a folder").flatten();
        let kept = kept.filter(|file| file.path().extension().is_some_and(|end| end == "json"));
        // an answer that comes is kept: it holds the only good token
        assert_eq!(kept.count(), usize::from(is_answered));
        let doubt = "the old refresh token may be used up";
        assert_eq!(outcome.stderr.contains(doubt), !is_answered, "{outcome:?}");
        assert!(!outcome.stderr.contains("r3fresh"), "{outcome:?}");
    }
}

#[test]
fn a_signal_in_the_middle_stops_the_run_cleanly() {
    for signal in [Signal::INT, Signal::TERM] {
        let (folder, api, child, sent) = (Folder::new(), api(), Child::default(), Sent::default());
        let server = Server::start({
            let (api, child, sent) = (api.clone(), child.clone(), sent.clone());
            move |request| {
                if request.number < 13 {
                    return api.answer(request);
                }
                // a second one would end it at once
                if request.number == 13 {
                    child.signal(signal);
                    sent.now();
                }
                // this page never comes: only the signal can end the wait
                Reply::json("{\"data\":[]}").stall(0)
            }
        });
        let database = folder.database();
        let mut command = command(&server, &database);
        command.args(["--output", "json"]);
        let outcome = child.run(command);
        sent.assert_in_time(&outcome);
        let report = report(&outcome);
        let resource = &report["resources"][0];
        assert_eq!(resource["status"], "interrupted");
        // of the twelve pages that came, those without a gap before them
        let rows = resource["received"].as_u64().expect("a count") as usize;
        assert!((2_000..=24_000).contains(&rows) && rows.is_multiple_of(2_000), "{rows}");
        assert_eq!(resource["inserted"], rows, "whole pages that came are kept");
        assert_eq!(resource["discarded"], 0);
        assert_says(&outcome.stderr, &["stopping where it is safe"]);

        assert_eq!(assert_true_state(&api, &database), rows);
        assert_eq!(database.state("resource_name")["complete"], false);
        let log: Vec<String> = database.column("SELECT status FROM _connector_loads");
        assert_eq!(log, ["interrupted"]);
        assert_completes(&api, &database, rows);
    }
}

#[test]
fn a_run_ends_after_its_longest_time() {
    // whatever it waits for: no page ever comes
    let server = Server::always(Reply::json("{\"data\":[]}").stall(0));
    for by_variable in [false, true] {
        let folder = Folder::new();
        let mut command = command(&server, &folder.database());
        match by_variable {
            true => command.env("EXAMPLE_API_MAX_RUN_TIME", "200ms"),
            false => command.args(["--max-run-time", "200ms"]),
        };
        command.args(["--output", "json"]);
        let outcome = Child::default().run(command);
        assert_eq!(outcome.code(), 130, "{outcome:?}");
        let report = report(&outcome);
        assert_eq!(report["resources"][0]["status"], "interrupted");
        assert_says(&outcome.stderr, &["the run has taken as long as it may, 200ms"]);
    }
}
