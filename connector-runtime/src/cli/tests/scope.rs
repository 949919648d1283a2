//! What a run reads, and looks without one: `--limit`, `--full-refresh`, patterns, `preview`, `schema`.

use super::*;

const ROWS: &[(&str, u16, &str)] =
    &[("/orders", 200, r#"{"data": [{"id": 1, "note": "a, b, and more"}, {"id": 2}, {"id": 3}]}"#)];

#[test]
fn a_preview_is_a_table() {
    let ran = run(&["preview", "orders", "--limit", "2"], &[KEY], ROWS);
    assert_eq!((ran.code, ran.err.as_str()), (exit::DONE, ""));
    assert_eq!(ran.out, "id  note\n 1  a, b, and more\n 2\n");
    assert_eq!(ran.urls.len(), 1);
    let narrow = run(&["preview", "orders"], &[KEY, ("COLUMNS", "12")], ROWS);
    assert!(narrow.out.starts_with("id  note\n 1  a, b, a…\n 2\n"), "{}", narrow.out);
}

#[test]
fn a_preview_for_machines_is_a_line_for_each_row() {
    let ran = run(&["preview", "ord*", "--output", "json"], &[KEY], ROWS);
    let lines: Vec<_> = ran.out.lines().collect();
    let expected = [
        r#"{"id":1,"note":"a, b, and more"}"#,
        r#"{"id":2,"note":null}"#,
        r#"{"id":3,"note":null}"#,
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_preview_says_what_is_wrong() {
    for (args, answers, code, phrase) in [
        (&["preview", "order"][..], ROWS, exit::CONFIG, "did you mean `orders`?"),
        (&["preview", "*"], ROWS, exit::CONFIG, "`*` is not one resource"),
        (&["preview"], ROWS, exit::CONFIG, "<RESOURCE>"),
        (&["preview", "orders", "customers"], ROWS, exit::CONFIG, "customers"),
        (&["preview", "orders", "--limit", "x"], ROWS, exit::CONFIG, "from 1 on, found `x`"),
        (&["preview", "orders"], &[("/orders", 401, "")], exit::AUTH, "401"),
        (&["preview", "orders"], &[("/orders", 200, r#"{"data": [{}]}"#)], exit::SOURCE, "`id`"),
    ] {
        let ran = run(args, &[KEY], answers);
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(phrase), "{args:?}: {}", ran.err);
    }
}

#[test]
fn resources_are_selected_by_patterns() {
    for (args, expected) in [
        (&["schema", "*er*"][..], &["orders", "customers"][..]),
        (&["schema", "!ord*"], &["customers"]),
        (&["schema", "*", "!customers"], &["orders"]),
    ] {
        let ran = run(args, &[], &[]);
        let mut names: Vec<_> =
            ran.out.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
        names.dedup();
        assert_eq!(names, expected, "{args:?}");
    }
    let ran = run(&["plan", "x*"], &[], &[]);
    assert_eq!(ran.code, exit::CONFIG);
    assert!(ran.err.contains("no resource of `shop` fits `x*`"), "{}", ran.err);
}

#[test]
fn tables_are_described_in_every_format() {
    for (format, begins) in [
        ("json-schema", "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\","),
        ("markdown", "# shop\n\nThe shop's API.\n\nOrders and customers.\n\n## orders\n"),
        ("mermaid", "erDiagram\n    \"orders\" {\n        i64 id PK \"Number of the order.\"\n"),
    ] {
        let ran = run(&["schema", "--format", format], &[], &[]);
        assert_eq!((ran.code, ran.err.as_str()), (exit::DONE, ""), "{format}");
        assert!(ran.out.starts_with(begins) && ran.out.ends_with('\n'), "{}", ran.out);
        let ran = run(&["schema", "--format", format, "--output", "json"], &[], &[]);
        assert_eq!(ran.code, exit::CONFIG);
        assert!(ran.err.contains(&format!("`--format {format}` exclude each other")));
    }
    let ran = run(&["schema", "orders", "--output", "json"], &[], &[]);
    let tables: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(tables["tables"][0]["columns"][0]["column"], "id");
    assert_eq!(ran.out.lines().count(), 1);
}

#[cfg(feature = "sqlite")]
#[test]
fn a_limit_is_told() {
    let database = Database::new("limit");
    let args = ["sync", "orders", "--limit", "1", "--destination", database.path()];
    let ran = run(&args, &[KEY], ROWS);
    assert_eq!(ran.code, exit::DONE, "{ran:?}");
    assert!(ran.err.contains("note: of each resource at most 1 row was loaded"), "{}", ran.err);
    let ran = run(&[&args[..], &["--output", "json"]].concat(), &[KEY], ROWS);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&report["limit"], &report["full_refresh"]), (&1.into(), &false.into()));
    assert_eq!(report["resources"][0]["limited"], true);
    let refused = run(&["sync", "--limit", "1", "--destination", database.path()], &[KEY], ROWS);
    assert_eq!(refused.code, exit::CONFIG);
    assert!(refused.err.contains("resource `customers`: it appends"), "{}", refused.err);
}

#[cfg(feature = "sqlite")]
#[test]
fn a_full_refresh_replaces_what_is_there() {
    let database = Database::new("refresh");
    let sync = |flags: &[&str], answers| {
        let args = [&["sync", "--destination", database.path(), "--output", "json"], flags];
        let ran = run(&args.concat(), &[KEY], answers);
        let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        (ran.code, report)
    };
    assert_eq!(sync(&[], GOOD).0, exit::DONE);
    let (code, report) = sync(&["--full-refresh"], GOOD);
    assert_eq!((code, &report["full_refresh"]), (exit::DONE, &true.into()));
    let [orders, customers] = [0, 1].map(|at| &report["resources"][at]);
    assert_eq!((&orders["unchanged"], &orders["removed"]), (&2.into(), &0.into()));
    assert_eq!((&customers["inserted"], &customers["removed"]), (&1.into(), &1.into()));
    let (code, report) = sync(&["--full-refresh", "--partition", "1/2"], GOOD);
    assert_eq!(code, exit::CONFIG);
    let message = report["error"]["message"].as_str().unwrap();
    assert_eq!(message, "`--full-refresh` and `--partition` exclude each other");
}

#[cfg(feature = "sqlite")]
#[test]
fn a_plan_says_what_is_there() {
    let database = Database::new("plan");
    let plan = |args: &[&str]| {
        let all = [&["plan", "orders", "--destination", database.path()], args].concat();
        run(&all, &[], &[])
    };
    let ran = plan(&[]);
    assert_eq!((ran.code, ran.err.as_str()), (exit::DONE, ""));
    assert!(ran.out.ends_with("\n  table `orders`: new table\n"), "{}", ran.out);
    assert!(!database.0.exists());
    assert_eq!(run(&["sync", "--destination", database.path()], &[KEY], GOOD).code, exit::DONE);
    let ran = plan(&[]);
    assert!(ran.out.contains("\n  state       loaded before\n"), "{}", ran.out);
    assert!(ran.out.ends_with("\n  nothing would be made or altered\n"), "{}", ran.out);
    let json: serde_json::Value = serde_json::from_str(&plan(&["--output", "json"]).out).unwrap();
    assert_eq!(json["destination"]["resources"][0]["complete"], true);
    assert_eq!(json["destination"]["schema_changes"], serde_json::json!([]));
    // a destination that is named and cannot be used is an error beside the rest
    let ran = run(&["plan", "--destination", "mysql://host/x"], &[], &[]);
    assert_eq!(ran.code, exit::CONFIG);
    assert!(ran.out.starts_with("orders\n"), "{}", ran.out);
}
