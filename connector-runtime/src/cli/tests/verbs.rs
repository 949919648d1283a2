//! What `sync`, `check` and `schema` do and print.

use super::*;

#[test]
fn check_goes_on_after_a_resource_that_does_not_fit() {
    let answers = [("/orders", 200, r#"{"data": [{"id": "x"}]}"#), GOOD[1]];
    let ran = run(&["check"], &[KEY], &answers);
    assert_eq!(ran.code, exit::SOURCE, "{ran:?}");
    let lines: Vec<_> = ran.out.lines().collect();
    assert!(lines[1].starts_with("orders     failed"), "{}", ran.out);
    assert!(lines[1].ends_with("id, note"), "{}", ran.out);
    assert!(lines[2].starts_with("customers  done"), "{}", ran.out);
    assert!(ran.err.starts_with("error: resource `orders`: page 1: row 1"), "{}", ran.err);
    assert_eq!(ran.urls.len(), 2);
}

#[test]
fn check_asks_for_one_page_of_the_resources_that_were_named() {
    let env = [KEY, ("SHOP_BASE_URL", "http://localhost:1/api"), ("SHOP_SIZE", "7")];
    let ran = run(&["check", "orders", "--output=json"], &env, GOOD);
    assert_eq!((ran.code, ran.err.as_str()), (exit::DONE, ""));
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["resources"][0]["rows"], 2);
    assert_eq!(report["resources"][0]["columns"], serde_json::json!(["id", "note"]));
    assert_eq!(ran.urls, ["http://localhost:1/api/orders?size=7"]);
}

#[test]
fn check_says_which_paginator_would_fit() {
    let body = r#"{"data": [{"id": 1}], "meta": {"next": "https://x.test/?key=hunter2-hunter2"}}"#;
    let ran = run(&["check", "orders"], &[KEY], &[("/orders", 200, body)]);
    assert_eq!(ran.code, exit::DONE, "{ran:?}");
    let hint = "one request is all that is declared, but the answer has a value at `meta.next`: `paginator = json_link(next_url_path = \"meta.next\")`?";
    assert!(ran.err.contains(hint), "{}", ran.err);
    assert!(!ran.err.contains("hunter2"), "{}", ran.err);
}

#[test]
fn refused_credentials_have_their_own_code() {
    let ran = run(&["check"], &[KEY], &[("/orders", 401, "who are you, hunter2-hunter2?")]);
    assert_eq!(ran.code, exit::AUTH, "{ran:?}");
    assert!(ran.out.contains("customers  skipped"), "{}", ran.out);
}

#[cfg(feature = "sqlite")]
#[test]
fn sync_loads_and_says_so() {
    let database = Database::new("sync");
    let ran = run(&["sync", "--destination", database.path()], &[KEY], GOOD);
    let notes = "note: table `orders`: new table\nnote: table `customers`: new table\n";
    assert_eq!((ran.code, ran.err.as_str()), (exit::DONE, notes), "{ran:?}");
    assert!(ran.out.contains("orders     done           2         2"), "{}", ran.out);
    let args = ["sync", "orders", "--output", "json", "--destination", database.path()];
    let ran = run(&args, &[KEY], GOOD);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["connector"], "shop");
    assert_eq!(report["resources"][0]["unchanged"], 2);
    let quiet = run(&["sync", "-q", "--destination", database.path()], &[KEY], GOOD);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
}

#[cfg(feature = "sqlite")]
#[test]
fn an_error_of_a_sync_is_printed_once() {
    let database = Database::new("once");
    let answers = [("/orders", 500, "boom"), GOOD[1]];
    let ran = run(&["sync", "--destination", database.path()], &[KEY], &answers);
    assert_eq!(ran.code, exit::SOURCE);
    assert_eq!(ran.err.matches("answered 500").count(), 1, "{}", ran.err);
    assert!(!ran.out.contains("answered"), "{}", ran.out);
}

#[test]
fn schema_needs_no_configuration() {
    let ran = run(&["schema"], &[], &[]);
    assert_eq!(
        ran.out,
        "resource   column  type  null  key  doc\n\
         orders     id      i64         yes  Number of the order.\n\
         orders     note    text  yes\n\
         customers  name    text\n"
    );
    let ran = run(&["schema", "--destination", "x.db"], &[], &[]);
    assert_eq!(ran.code, exit::CONFIG);
}

#[cfg(feature = "sqlite")]
#[test]
fn schema_shows_the_statements_of_the_destination() {
    let ran = run(&["schema", "customers", "--format", "ddl"], &[], &[]);
    assert_eq!((ran.code, ran.err.as_str()), (exit::DONE, ""));
    assert!(ran.out.starts_with("CREATE TABLE"), "{}", ran.out);
    assert!(ran.out.ends_with(";\n") && !ran.out.contains("orders"), "{}", ran.out);
}

/// Standard output whose reader went away.
struct Closed(io::ErrorKind);

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_output_is_no_failure_and_a_full_disk_is_one() {
    let kinds = [
        (io::ErrorKind::BrokenPipe, exit::DONE, ""),
        (io::ErrorKind::StorageFull, exit::INTERNAL, "error: standard output cannot be written"),
    ];
    for (kind, code, expected) in kinds {
        let mut err = Vec::new();
        let mut program = Program {
            spec: Shop::SPEC,
            settings: Settings::new(Shop::SPEC),
            make: |values| Instance::of(&Shop::from_values(values)),
            env: &|_| None,
            transport: None,
            stderr: None,
            heeded: None,
            watching: Watching::default(),
            display: None,
            out: &mut Closed(kind),
            err: &mut err,
        };
        assert_eq!(program.run(["shop", "schema"].map(OsString::from)), code);
        assert!(String::from_utf8_lossy(&err).starts_with(expected));
    }
}
