//! The Singer specification.

use connector_runtime::protocol::singer::{self, Bookmarks, Catalog};
use connector_runtime::report::{Report, Status};
use connector_runtime::run::Run;
use connector_tests::{Helpdesk, HelpdeskApi, Reply, Server};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::{
    Files, Messages, Written, assert_snapshot, command, config, endless_tickets, messages, of_type,
    program, run, stalled,
};

async fn sync(run: Run, catalog: &Value, state: &Value) -> (Report, Messages) {
    let written = Written::default();
    let catalog = match catalog.is_null() {
        true => Catalog::everything::<Helpdesk>(),
        false => Catalog::parse::<Helpdesk>(&catalog.to_string()).expect("a catalog"),
    };
    let state = Bookmarks::parse(&state.to_string()).expect("a state");
    let report = singer::sync(run, catalog, state, written.output()).await;
    (report, messages(&written.text()))
}

fn discovered() -> Value {
    serde_json::from_str(&singer::discover::<Helpdesk>()).expect("JSON")
}

/// The facts of a stream, or of a property, in a catalog.
fn facts<'a>(catalog: &'a mut Value, stream: &str, breadcrumb: Value) -> &'a mut Value {
    let streams = catalog["streams"].as_array_mut().expect("a list").iter_mut();
    let mut streams = streams.filter(|one| one["tap_stream_id"] == stream);
    let entries = streams.next().expect("a stream")["metadata"].as_array_mut().expect("a list");
    let found = entries.iter_mut().find(|entry| entry["breadcrumb"] == breadcrumb);
    &mut found.expect("a breadcrumb")["metadata"]
}

fn records(messages: &[Value], stream: &str) -> Vec<Value> {
    let own = of_type(messages, "RECORD").filter(|message| message["stream"] == stream);
    own.map(|message| message["record"].clone()).collect()
}

fn state(messages: &[Value]) -> Value {
    of_type(messages, "STATE").last().expect("a state")["value"].clone()
}

#[test]
fn discover_and_about_say_what_there_is() {
    for flag in ["discover", "about"] {
        let outcome = program(&[&format!("--{flag}")]);
        assert_eq!((outcome.code(), outcome.stderr.as_str()), (0, ""), "{outcome:?}");
        assert_snapshot(&format!("singer_{flag}.json"), &outcome.stdout);
    }
    assert_eq!(program(&["--discover"]).stdout, singer::discover::<Helpdesk>());
}

#[tokio::test]
async fn every_record_stands_between_its_schema_and_its_state() {
    let api = HelpdeskApi::new(50);
    let (report, messages) = sync(run(&api.serve()), &Value::Null, &Value::Null).await;
    assert!(report.is_done(), "{report}");
    let mut known = Vec::new();
    for message in &messages {
        let stream = &message["stream"];
        match message["type"].as_str().expect("a type") {
            "SCHEMA" => known.push(stream.clone()),
            "RECORD" => {
                assert!(known.contains(stream), "{message}");
                assert!(message["time_extracted"].as_str().expect("a text").ends_with('Z'));
                // of a table that is read as a whole each record says of which reading it is
                assert_eq!(message["version"].is_i64(), stream == "agents", "{message}");
            }
            _ => {}
        }
    }
    let tickets = of_type(&messages, "SCHEMA").find(|schema| schema["stream"] == "tickets");
    let tickets = tickets.expect("a schema");
    assert_eq!(tickets["key_properties"], json!(["id"]));
    assert_eq!(tickets["bookmark_properties"], json!(["updated_at"]));
    assert_eq!(records(&messages, "tickets").len(), 50);
    assert_eq!(messages.last().expect("messages")["type"], "STATE");

    let activated: Vec<_> = of_type(&messages, "ACTIVATE_VERSION").collect();
    let record = of_type(&messages, "RECORD").find(|record| record["stream"] == "agents");
    assert_eq!(activated.len(), 1);
    assert_eq!(activated[0]["stream"], "agents");
    assert_eq!(activated[0]["version"], record.expect("an agent")["version"]);
}

#[tokio::test]
async fn bookmarks_are_read_back() {
    let api = HelpdeskApi::new(50);
    let (_, first) = sync(run(&api.serve()), &Value::Null, &Value::Null).await;
    api.next_day();
    let mut catalog = discovered();
    facts(&mut catalog, "visits", json!([]))["selected"] = json!(false);
    let mut begun = state(&first);
    // of a stream that another version had: it is kept
    begun["bookmarks"]["old"] = json!({ "replication_key_value": 7 });
    let (report, second) = sync(run(&api.serve()), &catalog, &begun).await;
    assert!(report.is_done(), "{report}");
    let ids = |stream: &str| {
        let all = records(&second, stream).into_iter();
        let mut ids: Vec<_> = all.map(|row| row["id"].as_i64().expect("a number")).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!((ids("tickets"), ids("notes")), (vec![1, 50, 51], vec![10, 510]));
    let left = state(&second);
    for kept in ["visits", "old"] {
        assert_eq!(left["bookmarks"][kept], begun["bookmarks"][kept], "{kept}");
    }
    assert_ne!(left["bookmarks"]["tickets"], begun["bookmarks"]["tickets"]);
}

#[tokio::test]
async fn what_is_not_selected_does_not_come() {
    let api = HelpdeskApi::new(5);
    let mut catalog = discovered();
    for stream in ["notes", "agents", "visits"] {
        facts(&mut catalog, stream, json!([]))["selected"] = json!(false);
    }
    for property in ["subject", "comments", "requester__name", "id", "updated_at"] {
        let property = json!(["properties", property]);
        facts(&mut catalog, "tickets", property)["selected"] = json!(false);
    }
    let (report, messages) = sync(run(&api.serve()), &catalog, &Value::Null).await;
    assert!(report.is_done(), "{report}");
    let schema = of_type(&messages, "SCHEMA").collect::<Vec<_>>();
    assert_eq!(schema.len(), 1, "one stream is read");
    let row = &records(&messages, "tickets")[0];
    let keys: Vec<_> = row.as_object().expect("an object").keys().cloned().collect();
    // without its key, and how new it is, nobody knows which row it is
    let expected = [
        "id",
        "updated_at",
        "urgent",
        "cost",
        "rating",
        "opened",
        "due",
        "reference",
        "digest",
        "views",
        "form",
        "requester__email",
        "tags",
    ];
    assert_eq!(keys, expected);
    let properties = schema[0]["schema"]["properties"].as_object().expect("an object");
    assert!(properties.keys().eq(&expected));

    let nothing = json!({ "streams": [{ "tap_stream_id": "tickets" }] });
    let (report, messages) = sync(run(&api.serve()), &nothing, &Value::Null).await;
    assert!(report.is_done() && messages.is_empty(), "what nobody selects is not read");
}

#[tokio::test]
async fn a_table_that_is_read_as_a_whole_replaces_the_one_before() {
    let api = HelpdeskApi::new(5);
    let (_, first) = sync(run(&api.serve()), &Value::Null, &Value::Null).await;
    let mut catalog = discovered();
    facts(&mut catalog, "tickets", json!([]))["replication-method"] = json!("FULL_TABLE");
    let (_, second) = sync(run(&api.serve()), &catalog, &state(&first)).await;
    assert_eq!(records(&second, "tickets").len(), 5);
    let activated = of_type(&second, "ACTIVATE_VERSION").any(|one| one["stream"] == "tickets");
    assert!(activated);

    let server = Server::start(move |request| match request.path.as_str() {
        "/agents" => Reply::status(500),
        _ => api.answer(request),
    });
    let (report, third) = sync(run(&server), &Value::Null, &Value::Null).await;
    let agents = report.resources.iter().find(|one| one.resource == "agents");
    assert_eq!(agents.expect("a report").status, Status::Failed);
    assert_eq!(of_type(&third, "ACTIVATE_VERSION").count(), 0, "not all of it came");
}

#[test]
fn what_does_not_fit_the_connector_is_refused() {
    for (catalog, expected) in [
        (json!({"streams": [{"tap_stream_id": "x", "selected": true}]}), "selects the stream `x`"),
        (json!({"streams": [{"selected": true}]}), "has no `tap_stream_id`"),
        (
            json!({"streams": [{"stream": "agents", "schema": {"selected": true}, "replication_method": "INCREMENTAL"}]}),
            "`agents` cannot be read by the method `INCREMENTAL`\n  help: it can be by `FULL_TABLE`",
        ),
        (json!([]), "the catalog is no Singer catalog"),
    ] {
        let error = Catalog::parse::<Helpdesk>(&catalog.to_string()).expect_err("it is wrong");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let unknown = json!({"streams": [{"tap_stream_id": "x", "selected": false}]});
    assert!(Catalog::parse::<Helpdesk>(&unknown.to_string()).is_ok(), "nobody wants it");
}

#[test]
fn the_program_is_a_tap() {
    let files = Files::new();
    let server = HelpdeskApi::new(30).serve();
    let path = files.write("config.json", &config(&server));
    let catalog = files.write("catalog.json", &discovered());
    let outcome = program(&["--config", &path, "--catalog", &catalog]);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    let first = messages(&outcome.stdout);
    assert_eq!(records(&first, "tickets").len(), 30);
    let state = files.write("state.json", &state(&first));
    let more = files.write("more.json", &json!({"view": "open"}));
    let args = ["--config", &path, "--config", &more, "--properties", &catalog, "--state", &state];
    let outcome = program(&args);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    assert_eq!(records(&messages(&outcome.stdout), "tickets").len(), 1);
    assert_eq!(
        server.requests().last().and_then(|last| last.header("authorization").map(|_| ())),
        Some(())
    );
    let open = server.requests().iter().filter(|one| one.param("view") == Some("open")).count();
    assert!(open > 0, "the later configuration wins");

    for (args, code, expected) in [
        (&["--discover", "sync"][..], 2, "is a flag of the Singer tap"),
        (&["--state", "x.json"], 2, "a tap needs its configuration"),
        (
            &["--config", "/nowhere.json"],
            2,
            "the configuration cannot be read from `/nowhere.json`",
        ),
    ] {
        let outcome = program(args);
        assert_eq!(outcome.code(), code, "{outcome:?}");
        assert!(outcome.stderr.contains(expected), "{outcome:?}");
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn a_signal_ends_it_where_nobody_reads() {
    for signal in [Signal::INT, Signal::TERM] {
        let files = Files::new();
        let server = endless_tickets();
        let config = files.write("config.json", &config(&server));
        let tickets =
            json!({"streams": [{"tap_stream_id": "tickets", "schema": {"selected": true}}]});
        let catalog = files.write("catalog.json", &tickets);
        let command = command(&["--config", &config, "--catalog", &catalog]);
        let status = stalled(command, &server, signal);
        assert_eq!(status.code(), Some(130), "{signal:?}");
    }
}
