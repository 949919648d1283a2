//! Colours, the log's format, and files for machines.

use std::fs;

use serde_json::Value;

use super::*;

/// Every resource fails.
const BAD: &[(&str, u16, &str)] = &[("/orders", 404, "gone"), ("/customers", 404, "gone")];

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn path_of(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

#[test]
fn colors_are_where_they_are_wanted() {
    for (args, env, expected) in [
        (&["check"][..], &[KEY][..], false),
        (&["check", "--color", "always"], &[KEY], true),
        (&["--color", "always", "check"], &[KEY], true),
        (&["check", "--color", "always"], &[KEY, ("NO_COLOR", "1")], true),
        (&["check"], &[KEY, ("CLICOLOR_FORCE", "1")], true),
        (&["check"], &[KEY, ("CLICOLOR_FORCE", "0")], false),
        (&["check"], &[KEY, ("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&["check"], &[KEY, ("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], true),
        (&["check", "--color", "never"], &[KEY, ("CLICOLOR_FORCE", "1")], false),
        (&["check"], &[KEY, ("SHOP_COLOR", "always")], true),
    ] {
        let ran = run(args, env, BAD);
        assert_eq!(ran.code, exit::SOURCE, "{ran:?}");
        let (failed, error) = match expected {
            true => ("\x1b[31mfailed\x1b[0m", "\x1b[31merror\x1b[0m: resource"),
            false => ("failed", "error: resource"),
        };
        assert!(ran.out.contains(failed), "{args:?} {env:?}: {}", ran.out);
        assert!(ran.err.starts_with(error), "{args:?} {env:?}: {}", ran.err);
        assert_eq!((ran.out + &ran.err).contains('\x1b'), expected, "{args:?} {env:?}");
    }
}

#[test]
fn what_cannot_be_watched_is_said_first() {
    let folder = folder();
    let (below, itself) = (path_of(&folder, "no/such"), path_of(&folder, ""));
    for (args, expected) in [
        (["--color", "pink"], "expected `auto`, `always` or `never`"),
        (["--report", &below], "`--report`: `"),
        (["--metrics", &itself], "expected a file, found a folder"),
    ] {
        let ran = run(&[&["sync"], &args[..]].concat(), &[KEY], GOOD);
        assert_eq!(ran.code, exit::CONFIG, "{ran:?}");
        assert!(ran.err.contains(expected) && ran.err.starts_with("error: "), "{}", ran.err);
        assert!(ran.urls.is_empty(), "{ran:?}");
    }
    // a command without the flag does not heed the variable
    let ran = run(&["schema"], &[("SHOP_REPORT", &below), ("SHOP_LOG", "?")], &[]);
    assert_eq!(ran.code, exit::DONE, "{ran:?}");
}

#[test]
fn with_a_log_in_json_standard_error_is_json() {
    for args in [&["check", "--log-format", "json"][..], &["check", "--log-format=json", "-q"]] {
        let ran = run(args, &[KEY], BAD);
        assert_eq!(ran.code, exit::SOURCE);
        let lines: Vec<Value> =
            ran.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{}", ran.err);
        assert_eq!(lines[0]["level"], "ERROR");
        assert_eq!(lines[0]["target"], "connector_runtime::report");
        assert_eq!(lines[0]["kind"], "status");
        assert_eq!(lines[0]["resource"], "orders");
        assert_eq!(lines[0]["help"], "check the base URL and the path");
        assert!(lines[0]["timestamp"].is_string());
    }
    let ran = run(&["sync"], &[("SHOP_LOG_FORMAT", "json")], GOOD);
    let line: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!((ran.code, &line["kind"]), (exit::CONFIG, &Value::from("config")));
}

#[cfg(feature = "sqlite")]
#[test]
fn a_report_is_kept_whatever_becomes_of_the_run() {
    let folder = folder();
    let (database, path) = (path_of(&folder, "shop.db"), path_of(&folder, "report.json"));
    let args = ["sync", "--report", &path, "--destination", &database];
    let report = || -> Value { serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap() };
    let ran = run(&args, &[KEY], GOOD);
    assert_eq!(ran.code, exit::DONE, "{ran:?}");
    assert!(ran.out.contains("orders     done"), "the summary is there, too: {}", ran.out);
    assert_eq!(report()["resources"][0]["inserted"], 2);
    let json = run(&[&args[..], &["--output", "json"]].concat(), &[KEY], GOOD);
    assert_eq!(json.out, fs::read_to_string(&path).unwrap());
    let failed = run(&args, &[KEY], BAD);
    assert_eq!(failed.code, exit::SOURCE);
    assert_eq!(report()["resources"][0]["error"]["kind"], "status");
    // without the key nothing can begin
    let unready = run(&args, &[], GOOD);
    assert_eq!(unready.code, exit::CONFIG);
    assert_eq!(report()["error"]["kind"], "config");
    let checked = run(&["check", "--report", &path], &[KEY], GOOD);
    assert_eq!(checked.code, exit::DONE);
    assert_eq!(report()["resources"][1]["columns"], serde_json::json!(["name"]));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert!(
        left.iter().all(|file| !file.file_name().to_string_lossy().contains("new")),
        "{left:?}"
    );
}

#[cfg(feature = "sqlite")]
#[test]
fn a_report_has_times_waits_and_what_to_do() {
    let folder = folder();
    let database = path_of(&folder, "shop.db");
    let args = ["sync", "--output", "json", "--destination", &database];
    let ran = run(&args, &[KEY], &[("/orders", 500, ""), GOOD[1]]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let one = &report["resources"][0];
    for of in [&report, one] {
        let time = |key: &str| of[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        assert!(time("started") <= time("ended"), "{of}");
    }
    let none = serde_json::json!({ "count": 0, "seconds": 0.0 });
    for reason in ["rate_limit", "retry", "token", "lease"] {
        assert_eq!(one["waits"][reason], none, "{one}");
    }
    assert_eq!(one["cursor"], Value::Null);
    let help = "run again later: the API has failed, and what was committed stays";
    assert_eq!(one["error"]["help"], help);
}

#[cfg(feature = "sqlite")]
#[test]
fn metrics_are_kept_as_prometheus_has_them() {
    let folder = folder();
    let (database, path) = (path_of(&folder, "shop.db"), path_of(&folder, "shop.prom"));
    let args = ["sync", "-q", "--metrics", &path, "--destination", &database];
    let ran = run(&args, &[KEY], GOOD);
    assert_eq!((ran.code, ran.out.as_str()), (exit::DONE, ""), "{ran:?}");
    let text = fs::read_to_string(&path).unwrap();
    for line in [
        "# HELP connector_run_success 1 if every resource of the last run is done.",
        "# TYPE connector_run_success gauge",
        "connector_run_success{connector=\"shop\"} 1",
        "connector_resource_status{connector=\"shop\",resource=\"orders\",status=\"done\"} 1",
        "connector_resource_status{connector=\"shop\",resource=\"orders\",status=\"failed\"} 0",
        "connector_resource_rows{connector=\"shop\",resource=\"orders\",outcome=\"inserted\"} 2",
        "connector_resource_requests{connector=\"shop\",resource=\"customers\"} 1",
        "connector_resource_waits{connector=\"shop\",resource=\"orders\",reason=\"rate_limit\"} 0",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("connector_cursor"), "there is no cursor:\n{text}");
    let failed = run(&args, &[], GOOD);
    assert_eq!(failed.code, exit::CONFIG);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("connector_run_success{connector=\"shop\"} 0"), "{text}");
}
