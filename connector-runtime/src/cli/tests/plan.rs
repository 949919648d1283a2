//! `plan`: what is said of a connector with parents, partitions and cursors.

mod tracker;

use serde_json::{Value, json};

use self::tracker::SPEC;
use super::*;

/// The exit code, what was printed, and what was complained of. Nothing can be sent, no value but
/// the list of projects is there.
fn plan(args: &[&str]) -> (u8, String, String) {
    let nothing = Arc::new(Script { answers: Vec::new(), urls: Mutex::default() });
    let make = |_: &mut Values| unreachable!("a plan needs no connector");
    let projects = [("TRACKER_PROJECTS", "rust, cargo,rust")];
    let ran = ran(SPEC, make, &[&["plan"], args].concat(), &projects, &nothing);
    (ran.code, ran.out, ran.err)
}

fn as_json(args: &[&str]) -> Value {
    let args = [args, &["--output", "json"]].concat();
    let (code, out, err) = plan(&args);
    assert_eq!((code, err.as_str()), (exit::DONE, ""));
    serde_json::from_str(&out).unwrap()
}

#[cfg(feature = "sqlite")]
#[test]
fn people_get_a_paragraph_for_each_resource_and_the_groups() {
    let (code, out, err) = plan(&[]);
    assert_eq!((code, err.as_str()), (exit::DONE, ""));
    assert_eq!(
        out,
        "\
issues
  request     GET /projects/{partition.project}/issues
  params      sort=updated
  paginator   link from the `Link` header, `rel=\"next\"`, 100 rows a page
  partitions  project (2), state (2)
  cursor      updated_at, from 2020-01-01, start in the parameter `since`, end in the parameter `until`, as date, lag 1 hour, order asc
  windows     1 month, 4 at once
  rows        merge, upsert

comments
  request     GET /issues/{issue.number}/comments
  paginator   link from the `Link` header, `rel=\"next\"`, 100 rows a page
  parent      once for each row of issues
  rows        append

users
  request     GET /users
  paginator   one request
  rows        replace

days
  request     GET /days/{partition.day}
  paginator   one request
  partitions  day (2)
  rows        merge, upsert, delete_missing = hard

group            partitions  in parts
issues comments           4  its partitions are divided
users                        one part has all of it
days                      2  refused: `delete_missing` needs all rows of `days`

into SQLite file tracker.db
  table `issues`: new table
  table `comments`: new table
  table `users`: new table
  table `days`: new table
"
    );
}

#[test]
fn a_parent_that_is_not_selected_is_read_and_not_stored() {
    let (_, out, _) = plan(&["comments", "--start", "2024-01-01"]);
    assert!(out.contains("  rows        not stored: they are read for children only\n"), "{out}");
    assert!(out.contains("from 2024-01-01"), "{out}");
    assert!(out.contains("\ncomments           4  its partitions are divided\n"), "{out}");
    let plan = as_json(&["comments"]);
    assert_eq!(plan["resources"][0]["stored"], false);
    assert_eq!(plan["groups"][0]["resources"], json!(["comments"]));
}

#[test]
fn the_share_of_a_part_is_shown() {
    let (_, out, _) = plan(&["issues", "users", "--partition", "2/2"]);
    assert!(out.contains("  part 2/2    its partitions are divided\n"), "{out}");
    assert!(out.contains("  part 2/2    not in this part\n"), "{out}");
    let plan = as_json(&["comments", "users", "--partition=1/2"]);
    assert_eq!(plan["partition"], "1/2");
    let shares: Vec<_> =
        plan["resources"].as_array().unwrap().iter().map(|one| &one["share"]).collect();
    assert_eq!(shares, ["partitions", "partitions", "whole"]);
}

#[test]
fn a_division_that_a_sync_would_refuse_is_refused() {
    let (code, out, err) = plan(&["--partition", "1/2"]);
    assert_eq!((code, out.as_str()), (exit::CONFIG, ""));
    assert_eq!(
        err,
        "error: resource `days`: it cannot be loaded in parts: `delete_missing` needs all of its rows\n  \
         help: load `days` by a run without a part, and name the other resources in those with one\n"
    );
    let (code, _, err) = plan(&["--partition", "half"]);
    assert_eq!(code, exit::CONFIG);
    assert!(err.starts_with("error: `--partition`: expected a part and how many"), "{err}");
}

#[cfg(feature = "sqlite")]
#[test]
fn machines_get_everything() {
    let plan = as_json(&["issues"]);
    assert_eq!(
        plan,
        json!({
            "connector": "tracker",
            "partition": null,
            "limit": null,
            "full_refresh": false,
            "range": null,
            "now": null,
            "state": "continued",
            "left_out": [],
            "resources": [{
                "resource": "issues",
                "stored": true,
                "parent": null,
                "method": "GET",
                "path": "/projects/{partition.project}/issues",
                "params": [{ "name": "sort", "value": "updated" }],
                "paginator": "link from the `Link` header, `rel=\"next\"`, 100 rows a page",
                "write_disposition": "merge",
                "strategy": "upsert",
                "delete_missing": null,
                "replaces": false,
                "incremental": {
                    "cursor": "updated_at",
                    "start": "the parameter `since`",
                    "end": "the parameter `until`",
                    "format": "date",
                    "initial": "2020-01-01",
                    "lag": "1 hour",
                    "row_order": "asc",
                    "range": "closed",
                    "client_side": false,
                    "step": "1 month",
                    "parallel": 4
                },
                "partitions": [
                    { "name": "project", "elements": 2 },
                    { "name": "state", "elements": 2 }
                ],
                "share": null
            }],
            "groups": [{
                "resources": ["issues"],
                "partitions": 4,
                "in_parts": "partitions",
                "reason": null
            }],
            "destination": {
                "destination": "SQLite file tracker.db",
                "schema_changes": [{ "table": "issues", "change": "new table" }],
                "resources": []
            },
            "error": null
        })
    );
}

#[cfg(feature = "sqlite")]
#[test]
fn a_full_refresh_is_planned_as_it_is_done() {
    let (code, out, err) = plan(&["--full-refresh"]);
    assert_eq!((code, err.as_str()), (exit::DONE, ""));
    for expected in [
        "full refresh: everything is read from its beginning, and state is started afresh;",
        "  rows        merge, upsert; they take the place of all rows that are there\n",
        "  rows        append; they take the place of all rows that are there\n",
        "\nusers                        refused: `--full-refresh` excludes `--partition`\n",
    ] {
        assert!(out.contains(expected), "{expected}: {out}");
    }
    let plan = as_json(&["days", "--full-refresh"]);
    assert_eq!((&plan["full_refresh"], &plan["state"]), (&json!(true), &json!("replaced")));
    // what does not come is gone anyway
    let days = &plan["resources"][0];
    assert_eq!((&days["replaces"], &days["delete_missing"]), (&json!(true), &json!(null)));
}

#[test]
fn a_limit_is_planned_as_it_is_done() {
    let plan = as_json(&["issues", "days", "--limit", "7"]);
    assert_eq!((&plan["limit"], &plan["state"]), (&json!(7), &json!("unused")));
    assert_eq!(plan["resources"][1]["delete_missing"], json!(null));
    let (_, out, _) = self::plan(&["issues", "--limit", "7"]);
    assert!(out.starts_with("limit: at most 7 rows of each resource from its beginning"), "{out}");
    // what `sync` would refuse
    let (code, out, err) = self::plan(&["--limit", "7"]);
    assert_eq!((code, out.as_str()), (exit::CONFIG, ""));
    assert!(err.starts_with("error: resource `comments`: it appends"), "{err}");
    let (code, _, err) = self::plan(&["--limit", "7", "--full-refresh"]);
    assert_eq!(code, exit::CONFIG);
    assert!(err.contains("`--full-refresh` and `--limit` exclude each other"), "{err}");
}

#[test]
fn a_range_is_planned_as_it_is_done() {
    let range = |from, to| ["issues", "users", "days", "--from", from, "--to", to];
    let (code, out, err) = plan(&range("2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"));
    assert_eq!((code, err.as_str()), (exit::DONE, ""));
    assert!(
        out.starts_with(
            "range: rows whose cursor is at or after 2024-01-01T00:00:00Z and before 2024-02-01T00:00:00Z; \
             state is neither read nor moved\n\n\
             left out, as there is no cursor: users, days\n\nissues\n"
        ),
        "{out}"
    );
    let cursor =
        "  cursor      updated_at, from 2024-01-01T00:00:00Z, to 2024-02-01T00:00:00Z, start in";
    assert!(out.contains(cursor), "{out}");
    assert!(!out.contains("\nusers") && !out.contains("2020-01-01"), "{out}");
    let plan = as_json(&range("2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"));
    assert_eq!(plan["range"]["to"], "2024-02-01T00:00:00Z");
    assert_eq!((&plan["left_out"], &plan["state"]), (&json!(["users", "days"]), &json!("unused")));
    for (from, to, expected) in [
        (
            "yesterday",
            "2024-02-01T00:00:00Z",
            "resource `issues`: `--from` is `yesterday`: expected",
        ),
        ("2024-02-01T00:00:00Z", "2024-01-01T00:00:00Z", "resource `issues`: nothing lies between"),
    ] {
        let (code, out, err) = self::plan(&range(from, to));
        assert_eq!((code, out.as_str()), (exit::CONFIG, ""));
        assert!(err.contains(expected), "{err}");
    }
    let (code, _, err) = self::plan(&["users", "--from", "1", "--to", "2"]);
    assert_eq!(code, exit::CONFIG);
    assert!(err.contains("no resource is incremental"), "{err}");
}

#[test]
fn an_error_is_a_plan_for_machines() {
    let (code, out, err) = plan(&["issue", "--output", "json"]);
    assert_eq!(code, exit::CONFIG);
    assert!(err.contains("`tracker` has no resource `issue`"), "{err}");
    let plan: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&plan["error"]["kind"], &plan["groups"]), (&json!("config"), &json!([])));
}

#[test]
fn an_initial_value_that_is_none_of_the_cursor_is_refused() {
    let (code, _, err) = plan(&["issues", "--start", "yesterday"]);
    assert_eq!(code, exit::CONFIG);
    assert!(err.contains("resource `issues`: `initial` of the cursor `updated_at` is"), "{err}");
    // a range does without it
    let range = ["--from", "2024-01-01T00:00:00Z", "--to", "2024-02-01T00:00:00Z"];
    let (code, _, err) = plan(&[&["issues", "--start", "yesterday"], &range[..]].concat());
    assert_eq!((code, err.as_str()), (exit::DONE, ""));
}

#[test]
fn what_was_asked_for_stands_beside_an_error() {
    let (code, out, err) = plan(&["issues", "--limit", "7", "--token", SECRET, "--output", "json"]);
    assert_eq!(code, exit::CONFIG);
    assert!(err.contains("is a secret"), "{err}");
    let plan: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&plan["limit"], &plan["state"]), (&json!(7), &json!("unused")));
}

/// What is known of the connector is told, and no other file is looked at.
#[cfg(feature = "sqlite")]
#[test]
fn beside_a_destination_that_is_refused_none_is_planned_for() {
    let (code, out, err) = plan(&["users", "--destination", "mysql://host", "--output", "json"]);
    assert_eq!(code, exit::CONFIG);
    assert!(err.contains("mysql"), "{err}");
    let plan: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(plan["resources"][0]["resource"], "users");
    assert_eq!(plan["destination"], Value::Null);
}

#[cfg(feature = "sqlite")]
#[test]
fn a_file_that_no_sync_could_open_is_told() {
    let folder = std::env::temp_dir().join(format!("connector-plan-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("folder")).unwrap();
    std::fs::write(folder.join("file"), "").unwrap();
    for (path, expected) in [
        ("missing/a.db", Some("missing/a.db: the file cannot be opened or made")),
        ("file/a.db", Some("file/a.db: the file cannot be opened or made")),
        ("folder", Some("folder: the file cannot be opened or made")),
        ("folder/a.db", None),
    ] {
        let destination = format!("sqlite:{}", folder.join(path).display());
        let (code, out, err) = plan(&["users", "--destination", &destination]);
        let Some(expected) = expected else {
            assert_eq!((code, err.as_str()), (exit::DONE, ""), "{path}");
            continue;
        };
        assert_eq!(code, exit::DESTINATION, "{path}");
        assert!(err.contains(expected) && err.contains("does its folder exist"), "{err}");
        assert!(out.contains("users"), "{out}");
    }
    assert!(!folder.join("missing").exists() && !folder.join("folder/a.db").exists());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_secret_is_refused_here_too() {
    let (code, _, err) = plan(&["--token", SECRET]);
    assert_eq!(code, exit::CONFIG);
    assert!(err.contains("`--token` is a secret") && !err.contains(SECRET), "{err}");
}
