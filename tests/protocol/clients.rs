//! The clients that people use, as they come from the package index. `clients.sh` installs them below a
//! folder, which `CONNECTOR_CLIENTS` names.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use connector_tests::{Child, Folder, HelpdeskApi, Outcome};
use serde_json::{Value, json};

use super::{Files, PROGRAM, command, config, messages, program};

/// A program of a client.
fn client(name: &str, program: &str) -> PathBuf {
    let folder = std::env::var_os("CONNECTOR_CLIENTS");
    let folder = folder.expect("`CONNECTOR_CLIENTS` names the folder that clients.sh has filled");
    let program = Path::new(&folder).join(name).join("bin").join(program);
    assert!(program.exists(), "{} is not there", program.display());
    program
}

/// Runs a client, which reaches nothing but the loopback, to a good end.
fn client_run(mut command: Command, folder: &Folder) -> Outcome {
    let home = folder.path("home");
    fs::create_dir_all(&home).expect("a folder");
    // an index or a registry that is asked for all the same is not there
    for proxy in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
        command.env(proxy, "http://127.0.0.1:1");
    }
    command.env("HOME", &home).env("no_proxy", "127.0.0.1").env("NO_PROXY", "127.0.0.1");
    let outcome = Child::default().run(command);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    outcome
}

/// The rows of each stream, as the tap writes them.
fn tapped(text: &str) -> BTreeMap<String, Vec<Value>> {
    let mut rows: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for message in messages(text).iter().filter(|message| message["type"] == "RECORD") {
        let stream = message["stream"].as_str().expect("a name").to_owned();
        rows.entry(stream).or_default().push(message["record"].clone());
    }
    rows
}

/// Rows of partitions come as they are read: in any order.
fn sorted<T: ToString>(rows: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut rows: Vec<_> = rows.into_iter().map(|row| row.to_string()).collect();
    rows.sort();
    rows
}

/// The result that `pyairbyte.py` prints.
fn read(folder: &Folder, config: &str) -> Value {
    let mut command = Command::new(client("airbyte", "python"));
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/protocol/clients/pyairbyte.py"));
    command.args([PROGRAM, config]).arg(folder.path("cache")).current_dir(folder.path(""));
    let outcome = client_run(command, folder);
    let result = outcome.stdout.lines().find_map(|line| line.strip_prefix("RESULT "));
    let result = result.unwrap_or_else(|| panic!("no result: {outcome:?}"));
    serde_json::from_str(result).expect("JSON")
}

#[test]
#[ignore = "needs PyAirbyte"]
fn pyairbyte_reads_it_twice_and_merges() {
    let files = Files::new();
    let api = HelpdeskApi::new(50);
    let server = api.serve();
    let config = files.write("config.json", &config(&server));
    let first = read(&files.0, &config);
    assert_eq!(first["read"], 50 + 50 + 3 + 5, "{first}");
    let second = &first["tables"]["tickets"][1];
    let expected = json!({
        "id": 2, "subject": "Printer №2", "urgent": true, "rating": 0.25, "due": "12:30:00.500000",
        "reference": "00000000-0000-4000-8000-000000000002", "digest": "AAEC/w==",
        "views": i64::MAX, "requester__name": "Ada", "requester__email": null,
    });
    for (key, value) in expected.as_object().expect("an object") {
        assert_eq!(second[key], *value, "{key}");
    }
    assert_eq!(second["cost"].as_f64(), Some(2.1));
    let parsed = |value: &Value| match value.as_str() {
        Some(text) => serde_json::from_str(text).expect("JSON"),
        None => value.clone(),
    };
    assert_eq!(parsed(&second["tags"]), json!(["a", "b"]));
    assert_eq!(parsed(&second["comments"])[1]["votes"], json!([0]));
    assert_eq!(parsed(&second["form"]), json!({"n": [2, {"deep": "line\nbreak"}], "x": null}));

    api.next_day();
    let asked = server.count();
    let second = read(&files.0, &config);
    // three tickets, the notes of two, two agents, five visits
    assert_eq!(second["read"], 3 + 2 + 2 + 5, "{second}");
    let since = server.asked(asked, &["limit", "view", "archive"]);
    let bound = "/tickets?since=2024-01-01T00:50:00Z".to_owned();
    assert!(since.contains(&bound), "{since:?}");
    let tables = &second["tables"];
    let tickets = tables["tickets"].as_array().expect("a list");
    assert_eq!(tickets.len(), 51, "merged by the key");
    assert_eq!(tickets[0]["subject"], "Printer on fire №1");
    assert_eq!(tables["notes"].as_array().map(Vec::len), Some(51));
    assert_eq!(tables["visits"].as_array().map(Vec::len), Some(10), "appended");
}

#[test]
#[ignore = "needs singer-tools"]
fn singer_check_tap_finds_it_valid_with_its_state() {
    let files = Files::new();
    let server = HelpdeskApi::new(30).serve();
    let config = files.write("config.json", &config(&server));
    let mut command = Command::new(client("singer-tools", "python"));
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/protocol/clients/check_tap.py"));
    command.args(["--tap", PROGRAM, "--config", &config]).current_dir(files.0.path(""));
    let outcome = client_run(command, &files.0);
    let counts: Vec<_> = outcome
        .stdout
        .lines()
        .filter_map(|line| line.trim().strip_suffix(" record messages"))
        .map(|count| count.parse::<u64>().expect("a number"))
        .collect();
    // with the state: the newest ticket once more, and all agents
    assert_eq!(counts, [30 + 30 + 3 + 5, 1 + 3], "{outcome:?}");
}

#[test]
#[ignore = "needs target-jsonl"]
fn target_jsonl_has_the_rows_of_the_tap() {
    let files = Files::new();
    let into = files.0.path("rows");
    let config = json!({ "destination_path": into, "do_timestamp_file": false });
    let (output, state) = pipe(&files, ("target-jsonl", "target-jsonl"), &config);
    assert_eq!(state["bookmarks"].as_object().map(serde_json::Map::len), Some(4), "{state}");
    for (stream, rows) in tapped(&output) {
        let text = fs::read_to_string(into.join(format!("{stream}.jsonl"))).expect("a file");
        let found = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        assert_eq!(sorted(found), sorted(rows), "{stream}");
    }
}

#[test]
#[ignore = "needs target-csv"]
fn target_csv_has_the_rows_of_the_tap() {
    let files = Files::new();
    let into = files.0.path("rows");
    fs::create_dir_all(&into).expect("a folder");
    let config = json!({ "output_path": into });
    let (output, state) = pipe(&files, ("meltanolabs-target-csv", "target-csv"), &config);
    assert_eq!(state["bookmarks"].as_object().map(serde_json::Map::len), Some(4), "{state}");
    for (stream, rows) in tapped(&output) {
        let text = fs::read_to_string(into.join(format!("{stream}.csv"))).expect("a file");
        let (header, _) = text.split_once('\n').expect("a header");
        let names: Vec<_> = header.trim().split(',').collect();
        for name in rows[0].as_object().expect("an object").keys() {
            assert!(names.contains(&name.as_str()), "{stream}: {name} is not in {names:?}");
        }
        if stream != "tickets" {
            // without a text that has a comma or a line break
            let cell = |row: &Value, name: &str| match &row[name] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let line = |row| names.iter().map(|name| cell(row, name)).collect::<Vec<_>>().join(",");
            let lines = text.lines().skip(1).map(str::to_owned);
            assert_eq!(sorted(lines), sorted(rows.iter().map(line)), "{stream}");
        }
    }
    let tickets = fs::read_to_string(into.join("tickets.csv")).expect("a file");
    assert!(tickets.contains(",30.10,"), "the digits of a decimal stay: {tickets}");
}

/// Pipes the tap into a target. Returns what the tap says, which another run says alike, and the state
/// that the target prints last.
fn pipe(files: &Files, (name, of): (&str, &str), into: &Value) -> (String, Value) {
    let server = HelpdeskApi::new(30).serve();
    let source = files.write("config.json", &config(&server));
    let into = files.write("target.json", into);
    let home = files.0.path("");

    let mut tap = command(&["--config", &source]);
    let mut tap = tap.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut target = Command::new(client(name, of));
    target.args(["--config", &into]).stdin(tap.stdout.take().expect("a pipe"));
    target.current_dir(&home).env("HOME", &home).stdout(Stdio::piped()).stderr(Stdio::piped());
    let ended = target.spawn().expect("it starts").wait_with_output().expect("it ends");
    // our own end of the pipe: a tap whose target has died would wait for us
    drop(target);

    let tap = tap.wait_with_output().expect("it ends");
    assert!(tap.status.success(), "{}: {}", tap.status, String::from_utf8_lossy(&tap.stderr));
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{}: {errors}", ended.status);
    let text = String::from_utf8(ended.stdout).expect("text");
    let last = text.lines().last().unwrap_or_else(|| panic!("no state: {errors}"));
    let again = program(&["--config", &source]);
    assert_eq!(again.code(), 0, "{again:?}");
    (again.stdout, serde_json::from_str(last).expect("a state"))
}
