//! `state`, `loads`, `rejects`: what is in the destination, printed.

#![cfg(feature = "sqlite")]

use serde_json::{Value, json};

use super::*;

/// A desk.
#[derive(crate::Connector)]
#[connector(
    name = "desk",
    base_url = "https://desk.example.com",
    auth = bearer(token),
    retry(max_retries = 0),
    resources(Issue, Event, Note)
)]
struct Desk {
    /// The API's token, which none of these commands needs.
    token: Secret,
}

#[derive(crate::Resource)]
#[resource(
    path = "/issues",
    name = "issues",
    incremental(cursor = id, start_param = "since"),
    on_bad_row = quarantine(max_rows = 10)
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    title: Option<String>,
}

#[derive(crate::Resource)]
#[resource(
    path = "/events",
    name = "events",
    write_disposition = append,
    incremental(cursor = id, start_param = "since")
)]
struct Event {
    id: i64,
}

#[derive(crate::Resource)]
#[resource(path = "/notes", name = "notes")]
struct Note {
    id: i64,
}

const PAGES: &[(&str, u16, &str)] = &[
    ("/issues", 200, r#"[{"id": 1, "title": "a"}, {"id": 2, "title": 7}, {"id": "x"}]"#),
    ("/events", 200, r#"[{"id": 5}]"#),
    ("/notes", 500, "boom\nand more"),
];

fn desk(args: &[&str], env: &[(&str, &str)]) -> Ran {
    let script = Arc::new(Script { answers: PAGES.to_vec(), urls: Mutex::default() });
    ran(Desk::SPEC, |values| Instance::of(&Desk::from_values(values)), args, env, &script)
}

/// A command on a database that was loaded once.
struct Loaded(Database);

impl Loaded {
    fn new(name: &str) -> Self {
        let loaded = Self(Database::new(&format!("catalog-{name}")));
        let env = [("DESK_TOKEN", "hunter2"), ("DESK_DESTINATION", loaded.0.path())];
        let ran = desk(&["sync"], &env);
        assert_eq!(ran.code, exit::SOURCE, "{ran:?}");
        loaded
    }

    /// No token is needed, and nothing is asked.
    fn run(&self, args: &[&str]) -> Ran {
        let ran = desk(args, &[("DESK_DESTINATION", self.0.path())]);
        assert!(ran.urls.is_empty(), "{ran:?}");
        ran
    }

    fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[args, &["--output", "json"]].concat());
        let document: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| {
            panic!("{error}: {ran:?}");
        });
        assert_eq!(document["connector"], "desk");
        document
    }
}

#[test]
fn nothing_there_is_an_error_of_the_destination_and_makes_no_file() {
    let database = Database::new("catalog-nothing");
    for args in [
        &["state", "show"][..],
        &["state", "reset"],
        &["state", "export"],
        &["loads"],
        &["loads", "show", "7"],
        &["rejects", "show"],
        &["rejects", "export"],
        &["rejects", "replay"],
    ] {
        let ran = desk(&[args, &["--destination", database.path()]].concat(), &[]);
        assert_eq!((ran.code, ran.out.as_str()), (exit::DESTINATION, ""), "{args:?} {ran:?}");
        assert!(ran.err.contains("no run has loaded anything"), "{args:?} {}", ran.err);
        assert!(ran.err.contains("help: run `sync` first"), "{args:?} {}", ran.err);
    }
    let args = ["state", "show", "--output", "json", "--destination", database.path()];
    let ran = desk(&args, &[]);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&document["states"], &document["error"]["kind"]),
        (&json!([]), &json!("destination"))
    );
    assert!(!std::path::Path::new(database.path()).exists());
}

#[test]
fn states_are_shown() {
    let loaded = Loaded::new("show");
    let ran = loaded.run(&["state", "show"]);
    assert_eq!((ran.code, ran.err.as_str()), (exit::DONE, ""), "{ran:?}");
    let lines: Vec<_> = ran.out.lines().collect();
    assert!(lines[0].starts_with("resource  partition  cursor  complete  rows"), "{}", ran.out);
    assert!(lines[1].starts_with("events               5       yes          1  "), "{}", ran.out);
    assert!(lines[2].starts_with("issues               1       yes          3  "), "{}", ran.out);
    let document = loaded.json(&["state", "show", "issues"]);
    assert_eq!(document["states"].as_array().unwrap().len(), 1);
    assert_eq!(document["states"][0]["state"]["cursor"], json!({ "integer": 1 }));
    assert_eq!(document["error"], Value::Null);
    let ran = loaded.run(&["state", "show", "--partition", "[1]"]);
    assert_eq!((ran.code, ran.out.as_str()), (exit::DONE, ""));
    assert!(ran.err.starts_with("note: there are none in SQLite file"), "{}", ran.err);
    assert_eq!(loaded.run(&["state", "show", "isues"]).code, exit::CONFIG);
}

#[test]
fn cursors_are_set() {
    let loaded = Loaded::new("set");
    let ran = loaded.run(&["state", "set", "issues", "-3"]);
    assert_eq!(ran.out, "`issues`: the cursor is -3, and was 1\n", "{ran:?}");
    let document = loaded.json(&["state", "set", "issues", "4"]);
    assert_eq!(document["set"]["before"]["cursor"], json!({ "integer": -3 }));
    assert_eq!(document["set"]["state"]["cursor"], json!({ "integer": 4 }));
    for (args, expected) in [
        (
            &["state", "set", "issues", "today"][..],
            "the cursor `id` is `today`: expected a whole number",
        ),
        (&["state", "set", "notes", "4"], "`notes` has no cursor"),
        (&["state", "set", "events", "4"], "would add the rows since then again"),
        (&["state", "reset"], "would add all rows again"),
    ] {
        let ran = loaded.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (exit::CONFIG, ""), "{ran:?}");
        assert!(ran.err.contains(expected), "{}", ran.err);
    }
    assert_eq!(loaded.run(&["state", "set", "events", "4", "--yes"]).code, exit::DONE);
}

#[test]
fn states_are_forgotten_and_restored() {
    let loaded = Loaded::new("reset");
    let file = format!("{}.jsonl", loaded.0.path());
    let ran = loaded.run(&["state", "export", &file]);
    assert_eq!(ran.out, format!("2 states are in {file}\n"), "{ran:?}");
    let before = loaded.run(&["state", "show"]).out;
    let ran = loaded.run(&["state", "reset", "--yes"]);
    let lines: Vec<_> = ran.out.lines().collect();
    assert!(lines[0].starts_with("resource  states before  states now  "), "{}", ran.out);
    assert!(lines[1].starts_with("issues                1           0  "), "{}", ran.out);
    assert_eq!(
        loaded.run(&["state", "reset"]).err,
        "note: nothing was remembered, and nothing is now\n"
    );
    let document = loaded.json(&["state", "import", &file]);
    assert_eq!(document["resources"][0]["before"], 0);
    assert_eq!(document["resources"][0]["after"], 1);
    assert_eq!(loaded.run(&["state", "show"]).out, before);
    // to standard output, which then has nothing else
    let ran = loaded.run(&["state", "export"]);
    assert_eq!((ran.out, ran.err.as_str()), (std::fs::read_to_string(&file).unwrap(), ""));
    let ran = loaded.run(&["state", "export", "--output", "json"]);
    assert_eq!(ran.code, exit::CONFIG, "{ran:?}");
    std::fs::write(&file, "no export\n").unwrap();
    let ran = loaded.run(&["state", "import", &file]);
    assert_eq!(ran.code, exit::CONFIG);
    assert!(ran.err.contains("this is no export of states"), "{}", ran.err);
    std::fs::remove_file(&file).unwrap();
    let ran = loaded.run(&["state", "import", &file]);
    assert!(ran.err.contains("cannot be read"), "{}", ran.err);
}

#[test]
fn the_history_of_loads_is_shown() {
    let loaded = Loaded::new("loads");
    loaded.run(&["state", "set", "issues", "4"]);
    let document = loaded.json(&["loads"]);
    let loads = document["loads"].as_array().unwrap();
    let told: Vec<_> = loads.iter().map(|load| (&load["status"], &load["received"])).collect();
    assert_eq!(told, [(&json!("edited"), &json!(0)), (&json!("failed"), &json!(4))]);
    assert_eq!(loads[1]["resources"], json!(["events", "issues", "notes"]));
    assert_eq!(loads[1]["quarantined"], 2);
    let ran = loaded.run(&["loads", "--limit", "1"]);
    assert_eq!(ran.out.lines().count(), 2, "{}", ran.out);
    let ran = loaded.run(&["loads"]);
    let failed = ran.out.lines().nth(2).unwrap();
    assert!(failed.contains("failed") && failed.contains("answered 500"), "{failed}");
    assert!(!failed.contains("and more"), "one line a load: {}", ran.out);

    let id = loads[1]["load_id"].to_string();
    let shown = loaded.json(&["loads", "show", &id]);
    assert_eq!(shown["resources"][1]["resource"], "issues");
    assert_eq!(shown["resources"][1]["tables"], json!(["issues"]));
    assert!(shown["resources"][2]["error"].as_str().unwrap().contains("answered 500"));
    let ran = loaded.run(&["loads", "show", &id]);
    assert!(ran.out.contains("\n`notes`: resource `notes`: page 1: "), "{}", ran.out);
    let ran = loaded.run(&["loads", "show", "7"]);
    assert_eq!(ran.code, exit::CONFIG);
    assert!(ran.err.contains("`desk` has no load 7"), "{}", ran.err);
    assert_eq!(loaded.run(&["loads", "--limit", "0"]).code, exit::CONFIG);
}

#[test]
fn rejects_are_shown_and_replayed() {
    let loaded = Loaded::new("rejects");
    let ran = loaded.run(&["rejects", "show"]);
    let lines: Vec<_> = ran.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.out);
    assert!(
        lines[1].starts_with("issues ") && lines[1].contains("title   column `title`: expected"),
        "{}",
        ran.out
    );
    let document = loaded.json(&["rejects", "show", "--limit", "1"]);
    assert_eq!(document["rejects"].as_array().unwrap().len(), 1);
    assert_eq!(document["rejects"][0]["raw"], json!({ "id": 2, "title": 7 }));
    let ran = loaded.run(&["rejects", "export"]);
    assert_eq!(ran.out.lines().count(), 2, "{}", ran.out);
    // as the struct is, neither fits
    let ran = loaded.run(&["rejects", "replay"]);
    assert_eq!(ran.code, exit::DONE, "{ran:?}");
    assert!(ran.out.lines().nth(1).unwrap().ends_with("  2"), "{}", ran.out);
    assert!(ran.out.contains("page 1, row 2: column `title`: expected a string"), "{}", ran.out);
    let document = loaded.json(&["rejects", "replay", "issues"]);
    assert_eq!(
        (&document["resources"][0]["left"], &document["resources"][0]["inserted"]),
        (&json!(2), &json!(0))
    );
    let ran = loaded.run(&["rejects", "show", "notes"]);
    assert!(ran.err.starts_with("note: there are none in"), "{}", ran.err);
}

#[test]
fn an_export_takes_the_place_of_a_file_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.jsonl");
    let file = path.to_str().unwrap();
    std::fs::write(&path, "of before\n").unwrap();
    let database = Database::new("catalog-files");
    for command in ["state", "rejects"] {
        let ran = desk(&[command, "export", file, "--destination", database.path()], &[]);
        assert_eq!(ran.code, exit::DESTINATION, "{ran:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "of before\n");
    }
    let env = [("DESK_TOKEN", "hunter2"), ("DESK_DESTINATION", database.path())];
    let ran = desk(&["sync", "events"], &env);
    assert_eq!(ran.code, exit::DONE, "{ran:?}");
    let loaded = Loaded(database);
    for (command, told, lines) in [("rejects", "0 rows", 0), ("state", "1 states", 3)] {
        let ran = loaded.run(&[command, "export", file]);
        assert_eq!(ran.out, format!("{told} are in {file}\n"), "{ran:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), lines);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            let found = std::fs::metadata(&path).unwrap();
            assert_eq!(std::os::unix::fs::MetadataExt::mode(&found) & 0o777, 0o600);
        }
    }
    let ran = loaded.run(&["rejects", "export", folder.path().join("no/such").to_str().unwrap()]);
    assert_eq!(ran.code, exit::CONFIG, "{ran:?}");
    assert!(ran.err.contains("no/such"), "{}", ran.err);
}

#[test]
fn a_destination_that_is_wrong_is_said_without_its_password() {
    for args in [
        &["state", "show"][..],
        &["loads"],
        &["rejects", "replay"],
        &["state", "set", "issues", "1"],
    ] {
        let ran = desk(&[args, &["--destination", "postgres://me:hunter2@db/x"]].concat(), &[]);
        assert_eq!(ran.code, exit::CONFIG, "{ran:?}");
        assert!(
            ran.err.contains("holds a password") && !ran.err.contains("hunter2"),
            "{}",
            ran.err
        );
        let ran = desk(&[args, &["--destination", "x.db", "--dataset", "y"]].concat(), &[]);
        assert_eq!(ran.code, exit::CONFIG, "{ran:?}");
    }
}

#[test]
fn every_error_ends_with_what_to_do() {
    for args in [
        &["sync", "--dataset", "x"][..],
        &["check", "nosuch"],
        &["plan", "nosuch"],
        &["preview", "nosuch"],
        &["schema", "orders", "--format", "ddl", "--output", "json"],
        &["schema", "--dataset", "x"],
        &["state", "show", "--destination", "mysql://db/x"],
        &["loads", "--destination", "mysql://db/x"],
        &["loads", "show", "1", "--destination", "mysql://db/x"],
        &["rejects", "show", "--destination", "mysql://db/x"],
        &["config", "show"],
    ] {
        let ran = run(args, &[], &[]);
        assert_ne!(ran.code, exit::DONE, "{args:?}");
        assert!(ran.err.lines().last().is_some_and(|last| last.starts_with("  help: ")), "{ran:?}");
    }
}
