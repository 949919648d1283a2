//! The Airbyte protocol.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use connector_runtime::protocol::airbyte::{self, ConfiguredCatalog, StateFile};
use connector_runtime::report::{Report, Status};
use connector_runtime::run::Run;
use connector_runtime::{CancellationToken, Connector};
use connector_tests::{Child, Helpdesk, HelpdeskApi, Reply, Server, Tracker, TrackerApi};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{
    Files, Messages, Written, assert_snapshot, command, config, endless_tickets, messages, of_type,
    program, run, stalled,
};

/// Every stream with the mode in which it is read by default.
const STREAMS: [(&str, &str); 4] = [
    ("tickets", "incremental"),
    ("notes", "incremental"),
    // which it cannot be, but one client wants everything so
    ("agents", "incremental"),
    ("visits", "incremental"),
];

fn catalog(streams: &[(&str, &str)]) -> Value {
    let stream = |(name, mode): &(&str, &str)| {
        json!({
            "stream": { "name": name, "json_schema": {}, "supported_sync_modes": [] },
            "sync_mode": mode,
            // as one client writes it, and no reason to forget anything
            "destination_sync_mode": "overwrite", "generation_id": 1, "sync_id": 1,
        })
    };
    json!({ "streams": streams.iter().map(stream).collect::<Vec<_>>() })
}

async fn read(run: Run, streams: &[(&str, &str)], state: &Value) -> (Report, Messages) {
    let written = Written::default();
    let catalog = catalog(streams).to_string();
    let catalog = ConfiguredCatalog::parse::<Helpdesk>(&catalog).expect("a catalog");
    let state = StateFile::parse(&state.to_string()).expect("a state");
    let report = airbyte::read(run, catalog, state, written.output()).await;
    (report, messages(&written.text()))
}

/// The data of a stream's records.
fn records(messages: &[Value], stream: &str) -> Vec<Value> {
    let all = of_type(messages, "RECORD").map(|message| &message["record"]);
    let own = all.filter(|record| record["stream"] == stream);
    own.map(|record| record["data"].clone()).collect()
}

/// The last state of each stream, as a platform hands it back: with members of its own, some twice.
fn state(messages: &[Value]) -> Value {
    let mut last = BTreeMap::new();
    for message in of_type(messages, "STATE") {
        let mut state = message["state"].clone();
        state["destinationStats"] = Value::Null;
        state["global_"] = Value::Null;
        let name = state["stream"]["stream_descriptor"]["name"].to_string();
        last.insert(name, state);
    }
    last.into_values().collect()
}

/// The statuses of a stream.
fn statuses(messages: &[Value], stream: &str) -> Vec<String> {
    let traces = of_type(messages, "TRACE").map(|message| &message["trace"]["stream_status"]);
    let own = traces.filter(|status| status["stream_descriptor"]["name"] == stream);
    own.map(|status| status["status"].as_str().expect("a text").to_owned()).collect()
}

fn errors(messages: &[Value]) -> Vec<&Value> {
    let traces = of_type(messages, "TRACE").map(|message| &message["trace"]["error"]);
    traces.filter(|error| error.is_object()).collect()
}

#[test]
fn spec_and_discover_say_what_there_is() {
    for command in ["spec", "discover"] {
        let outcome = program(&[command]);
        assert_eq!((outcome.code(), outcome.stderr.as_str()), (0, ""), "{command}");
        let message = &messages(&outcome.stdout)[0];
        assert_snapshot(&format!("airbyte_{command}.json"), &format!("{message:#}\n"));
    }
    assert_eq!(program(&["discover"]).stdout, airbyte::discover::<Helpdesk>());
}

#[tokio::test]
async fn records_have_every_column_as_json_has_it() {
    let api = HelpdeskApi::new(2);
    let (report, messages) = read(run(&api.serve()), &STREAMS, &json!([])).await;
    assert!(report.is_done(), "{report}");
    let tickets = records(&messages, "tickets");
    assert_eq!(tickets.len(), 2);
    let expected = json!({
        "id": 2, "subject": "Printer №2", "updated_at": "2024-01-01T00:02:00Z", "urgent": true,
        "cost": 2.10, "rating": 0.25, "opened": "2024-01-31", "due": "12:30:00.5",
        "reference": "00000000-0000-4000-8000-000000000002", "digest": "AAEC/w==",
        "views": i64::MAX, "form": { "n": [2, { "deep": "line\nbreak" }], "x": null },
        "requester__name": "Ada", "requester__email": null, "tags": ["a", "b"],
        "comments": [
            { "author": "a\"0\n", "at": "2024-01-01T00:00:00Z", "votes": [] },
            { "author": "a\"1\n", "at": "2024-01-01T00:00:01Z", "votes": [0] },
        ],
    });
    assert_eq!(tickets[1], expected);
    assert_eq!(tickets[0]["requester__name"], Value::Null);
    assert_eq!(tickets[0]["comments"], Value::Null);
    let note = json!({ "id": 20, "ticket_id": 2, "text": "note of 2" });
    assert!(records(&messages, "notes").contains(&note), "they come as they are read");
    assert_eq!(records(&messages, "agents").len(), 3);
    assert_eq!(records(&messages, "visits")[0], json!({"number": 1, "path": "/1"}));
}

#[tokio::test]
async fn a_state_comes_behind_all_that_it_covers() {
    let api = HelpdeskApi::new(100);
    let (report, messages) = read(run(&api.serve()), &STREAMS, &json!([])).await;
    assert!(report.is_done(), "{report}");
    for (name, _) in STREAMS {
        assert_eq!(statuses(&messages, name), ["STARTED", "RUNNING", "COMPLETE"], "{name}");
    }
    let mut greatest: BTreeMap<String, String> = BTreeMap::new();
    let mut counted: BTreeMap<String, f64> = BTreeMap::new();
    let mut told: BTreeMap<String, f64> = BTreeMap::new();
    for message in &messages {
        let state = &message["state"];
        if message["type"] == "RECORD" {
            let record = &message["record"];
            let name = record["stream"].as_str().expect("a name").to_owned();
            if let Some(at) = record["data"]["updated_at"].as_str() {
                greatest.insert(name.clone(), at.to_owned());
            }
            *counted.entry(name).or_default() += 1.0;
        } else if message["type"] == "STATE" {
            let name = state["stream"]["stream_descriptor"]["name"].as_str().expect("a name");
            *told.entry(name.to_owned()).or_default() +=
                state["sourceStats"]["recordCount"].as_f64().expect("a float");
            assert_eq!(told[name], counted[name], "{name}");
            let cursor = &state["stream"]["stream_state"]["states"][""]["cursor"]["timestamp"];
            if let (Some(cursor), Some(greatest)) = (cursor.as_str(), greatest.get(name)) {
                assert!(cursor <= greatest.as_str(), "{cursor} is told before it has come");
            }
        }
    }
    assert_eq!(told, counted);
    let states = of_type(&messages, "STATE");
    let tickets = states.filter(|state| state.to_string().contains("\"tickets\""));
    assert!(tickets.count() > 2, "states come while the stream is read");
}

#[tokio::test]
async fn states_of_many_partitions_are_not_most_of_what_is_written() {
    let written = Written::default();
    let streams = [("projects", "incremental"), ("tasks", "incremental"), ("notes", "incremental")];
    let catalog = ConfiguredCatalog::parse::<Tracker>(&catalog(&streams).to_string());
    let server = TrackerApi::new(100).serve();
    let run = Tracker {}.sync().base_url(server.url()).batch_rows(8);
    let catalog = catalog.expect("a catalog");
    let report = airbyte::read(run, catalog, StateFile::default(), written.output()).await;
    assert!(report.is_done(), "{report}");
    let text = written.text();
    let bytes = |ty: &str| {
        let kind = format!(r#"{{"type":"{ty}""#);
        let lines = text.lines().filter(|line| line.starts_with(&kind));
        lines.map(str::len).collect::<Vec<_>>()
    };
    let (records, states) = (bytes("RECORD"), bytes("STATE"));
    // projects on the edge of a page come with both
    assert!((100 + 300 + 300..720).contains(&records.len()), "{}", records.len());
    assert!(states.len() > 6, "states come while partitions are read: {states:?}");
    // the last one of each stream comes whatever its length
    let last: usize = states.iter().copied().max().unwrap_or_default() * streams.len();
    let (records, states): (usize, usize) = (records.iter().sum(), states.iter().sum());
    assert!(states <= records + last, "{states} bytes of states for {records} of records");
}

#[tokio::test]
async fn the_next_read_begins_where_the_state_says() {
    let api = HelpdeskApi::new(60);
    let (_, first) = read(run(&api.serve()), &STREAMS, &json!([])).await;
    api.next_day();
    let server = api.serve();
    let (report, second) = read(run(&server), &STREAMS, &state(&first)).await;
    assert!(report.is_done(), "{report}");
    let ids = |stream: &str, key: &str| {
        let all = records(&second, stream).into_iter();
        let mut ids: Vec<_> = all.map(|row| row[key].as_i64().expect("a number")).collect();
        ids.sort_unstable();
        ids
    };
    // the last one is read again: others may have been changed in the same moment
    assert_eq!(ids("tickets", "id"), [1, 60, 61]);
    assert_eq!(ids("notes", "ticket_id"), [1, 61]);
    assert_eq!(ids("agents", "id"), [1, 2]);
    assert_eq!(ids("visits", "number"), [6, 7, 8, 9, 10]);
    // what is written is what is read: nothing new is nothing more
    let (_, third) = read(run(&api.serve()), &STREAMS, &state(&second)).await;
    assert_eq!(records(&third, "visits").len() + records(&third, "notes").len(), 0);
    let told = of_type(&third, "STATE");
    let told = told.map(|message| message["state"]["stream"]["stream_descriptor"].to_string());
    let told: BTreeSet<_> = told.collect();
    assert_eq!(told.len(), STREAMS.len(), "each stream says where it is");
}

#[tokio::test]
async fn a_full_refresh_forgets_what_was() {
    let api = HelpdeskApi::new(60);
    let (_, first) = read(run(&api.serve()), &STREAMS, &json!([])).await;
    let full = [("tickets", "full_refresh"), ("visits", "full_refresh")];
    let (report, second) = read(run(&api.serve()), &full, &state(&first)).await;
    assert!(report.is_done(), "{report}");
    assert_eq!(records(&second, "tickets").len(), 60);
    assert_eq!(records(&second, "visits").len(), 5);
    assert_eq!(records(&second, "agents").len(), 0, "it is not in the catalog");
    // and what it leaves is a state to go on from
    let (_, third) = read(run(&api.serve()), &STREAMS[..1], &state(&second)).await;
    assert_eq!(records(&third, "tickets").len(), 1);
}

#[tokio::test]
async fn an_interrupted_read_says_so_and_the_next_one_completes_it() {
    let api = HelpdeskApi::new(200);
    let cancel = CancellationToken::new();
    let server = Server::start({
        let (api, cancel) = (api.clone(), cancel.clone());
        move |request| {
            if request.number("offset").is_some_and(|offset| offset >= 120) {
                cancel.cancel();
                return Reply::json("{}").stall(0);
            }
            api.answer(request)
        }
    });
    let tickets = [("tickets", "incremental")];
    let (report, first) = read(run(&server).cancel_with(cancel), &tickets, &json!([])).await;
    assert_eq!(report.resources[0].status, Status::Interrupted);
    assert_eq!(statuses(&first, "tickets"), ["STARTED", "RUNNING", "INCOMPLETE"]);
    assert_eq!(errors(&first)[0]["failure_type"], "transient_error");
    let came = records(&first, "tickets").len();
    assert!((1..200).contains(&came), "{came}");
    let (report, second) = read(run(&api.serve()), &tickets, &state(&first)).await;
    assert!(report.is_done(), "{report}");
    let mut ids: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|messages| records(messages, "tickets"))
        .map(|row| row["id"].as_i64().expect("a number"))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert!(ids.into_iter().eq(1..=200), "all of them came in one of the two");
    assert!(records(&second, "tickets").len() < 200, "and not all with the second");
}

#[tokio::test]
async fn a_failure_is_a_trace_without_secrets() {
    for (status, failure_type) in
        [(401, "config_error"), (404, "system_error"), (503, "transient_error")]
    {
        let api = HelpdeskApi::new(3);
        let server = Server::start(move |request| match request.path.as_str() {
            // a server that repeats what it was sent
            "/agents" => Reply::status(status).body(format!("{:?}", request.headers)),
            _ => api.answer(request),
        });
        let (report, messages) = read(run(&server), &STREAMS, &json!([])).await;
        assert!(!report.is_done());
        assert_eq!(statuses(&messages, "agents"), ["STARTED", "INCOMPLETE"]);
        assert_eq!(statuses(&messages, "tickets"), ["STARTED", "RUNNING", "COMPLETE"]);
        let error = errors(&messages)[0];
        assert_eq!(error["failure_type"], failure_type, "{error}");
        assert_eq!(error["stream_descriptor"]["name"], "agents");
        let text = error["message"].as_str().expect("a text");
        assert!(text.contains(&status.to_string()) && !text.contains('\n'), "{text}");
        assert!(
            error["internal_message"].as_str().expect("a text").contains("GET http"),
            "{error}"
        );
    }
}

#[test]
fn what_does_not_fit_the_connector_is_refused() {
    let files = Files::new();
    let server = HelpdeskApi::new(1).serve();
    let good = config(&server);
    let all = catalog(&STREAMS);
    let foreign = json!([{"type": "STREAM", "stream": {
        "stream_descriptor": {"name": "tickets"}, "stream_state": {"updated_at": "2024"},
    }}]);
    let global = json!([{"type": "GLOBAL", "global": {"stream_states": []}}]);
    for (config, catalog, state, expected) in [
        (
            good.clone(),
            catalog(&[("tikets", "full_refresh")]),
            json!([]),
            "the catalog has the stream `tikets`, which `helpdesk` does not have (its streams are `tickets`, `notes`, `agents`, `visits`)",
        ),
        (good.clone(), json!([]), json!([]), "the catalog is no configured catalog"),
        (
            good.clone(),
            all.clone(),
            foreign,
            "the state of `tickets` was not written by this program: it lacks `version`",
        ),
        (good, all.clone(), global, "the state is one of all streams, of type `GLOBAL`"),
        (json!({"tken": "x"}), all.clone(), json!([]), "unknown key `tken`"),
        (json!({}), all, json!([]), "`token` is missing"),
    ] {
        let paths = [("config.json", config), ("catalog.json", catalog), ("state.json", state)];
        let [config, catalog, state] = paths.map(|(name, content)| files.write(name, &content));
        let outcome =
            program(&["read", "--config", &config, "--catalog", &catalog, "--state", &state]);
        assert_eq!(outcome.code(), 2, "{outcome:?}");
        let messages = messages(&outcome.stdout);
        let error = errors(&messages)[0];
        assert_eq!(error["failure_type"], "config_error");
        let text = error["message"].as_str().expect("a text");
        assert!(text.contains(expected), "{text}");
    }
    assert_eq!(server.count(), 0, "nothing was asked");
}

#[test]
fn check_answers_whether_it_works() {
    let files = Files::new();
    let server = HelpdeskApi::new(3).serve();
    let mut wrong = config(&server);
    wrong["token"] = json!("wr0ng-token");
    for (content, expected) in [
        (config(&server), None),
        (wrong, Some("401")),
        (
            json!({"token": "wr0ng-token", "view": "closed"}),
            Some("`view`: expected one of `all`, `open`"),
        ),
    ] {
        let path = files.write("config.json", &content);
        let outcome = program(&["check", "--config", &path]);
        assert_eq!((outcome.code(), outcome.stderr.as_str()), (0, ""), "{outcome:?}");
        assert!(!outcome.stdout.contains("wr0ng"), "{outcome:?}");
        let messages = messages(&outcome.stdout);
        assert_eq!(messages.len(), 1);
        let status = &messages[0]["connectionStatus"];
        match expected {
            None => assert_eq!(*status, json!({"status": "SUCCEEDED"})),
            Some(text) => {
                assert_eq!(status["status"], "FAILED");
                assert!(status["message"].as_str().expect("a text").contains(text), "{status}");
            }
        }
    }
    let path = files.write("config.json", &config(&server));
    let outcome = program(&["check", "--config", &path, "--output", "json"]);
    assert!(outcome.stdout.contains("`output` does not go with"), "{outcome:?}");
}

#[test]
fn a_check_that_is_interrupted_says_nothing_of_the_connection() {
    for signal in [Signal::INT, Signal::TERM] {
        let (files, child) = (Files::new(), Child::default());
        let server = Server::start({
            let child = child.clone();
            move |request| {
                // a second one would end it at once
                if request.number == 1 {
                    child.signal(signal);
                }
                Reply::json("[]").stall(0)
            }
        });
        let path = files.write("config.json", &config(&server));
        let outcome = child.run(command(&["check", "--config", &path]));
        assert_eq!((outcome.code(), outcome.stderr.as_str()), (130, ""), "{outcome:?}");
        let messages = messages(&outcome.stdout);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert_eq!(errors(&messages)[0]["failure_type"], "transient_error");
    }
}

#[test]
fn the_program_writes_messages_and_nothing_else() {
    let files = Files::new();
    let server = HelpdeskApi::new(100).serve();
    let config = files.write("config.json", &config(&server));
    let catalog = files.write("catalog.json", &catalog(&STREAMS));
    let outcome = program(&["read", "--config", &config, "--catalog", &catalog]);
    assert_eq!((outcome.code(), outcome.stderr.as_str()), (0, ""), "{outcome:?}");
    let messages = messages(&outcome.stdout);
    assert_eq!(records(&messages, "tickets").len(), 100);
    let logged = of_type(&messages, "LOG").any(|line| line.to_string().contains("loaded"));
    assert!(logged, "what is logged are messages");
}

/// `read` of tickets without end, which holds more than a pipe takes.
fn endless(files: &Files) -> (Server, Command) {
    let server = endless_tickets();
    let config = files.write("config.json", &config(&server));
    let catalog = files.write("catalog.json", &catalog(&[("tickets", "full_refresh")]));
    (server, command(&["read", "--config", &config, "--catalog", &catalog]))
}

#[test]
fn a_reader_who_goes_ends_the_run() {
    let files = Files::new();
    let (_server, mut command) = endless(&files);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    lines.read_line(&mut String::new()).expect("a line");
    drop(lines);
    let mut stderr = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
    assert_eq!(child.wait().expect("a status").code(), Some(5), "{stderr}");
    assert!(stderr.contains("whoever read standard output has closed it"), "{stderr}");
}

#[test]
fn a_platform_that_has_read_enough_ends_it_by_a_signal() {
    use std::os::unix::process::ExitStatusExt;

    let files = Files::new();
    let (_server, mut command) = endless(&files);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    lines.read_line(&mut String::new()).expect("a line");
    // it reads no more, and keeps the pipe open
    kill_process(Pid::from_child(&child), Signal::TERM).expect("it runs");
    let status = child.wait().expect("a status");
    assert_eq!(status.signal(), Some(15), "{status}");
}

#[test]
fn an_interruption_ends_it_where_nobody_reads() {
    let files = Files::new();
    let (server, command) = endless(&files);
    assert_eq!(stalled(command, &server, Signal::INT).code(), Some(130));
}
