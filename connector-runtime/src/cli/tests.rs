//! The whole program, in process: arguments and environment in, texts and exit code out.

mod catalog;
mod choice;
mod docs;
mod files;
#[cfg(all(feature = "airbyte", feature = "singer", feature = "sqlite", feature = "postgres"))]
mod help;
mod pages;
mod plan;
mod refused;
mod scope;
mod watching;

#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Mutex;

use super::*;
use crate::Secret;
use crate::config::ConfigValue;
use crate::http::{Request, Response, TransportError};
use crate::spec::{
    AuthArm, AuthSpec, ColumnSpec, ConfigField, DeclaredAuth, FieldUse, KeyLocation, Param, Part,
    Path, ResourceSpec, RetrySpec, Segment, SelectSpec, Site, Template,
};

const SECRET: &str = "hunter2-hunter2";

struct Shop {
    api_key: Secret,
    region: Option<String>,
    size: u32,
}

impl Connector for Shop {
    const SPEC: &'static ConnectorSpec = &ConnectorSpec {
        name: "shop",
        type_name: "Shop",
        doc: " The shop's API.\n\n Orders and customers.",
        version: "1.2.3",
        base_url: text("https://shop.example.com"),
        auth: Some(AuthSpec::ApiKey {
            name: "key",
            location: KeyLocation::Query,
            value: "api_key",
        }),
        retry: RetrySpec { max_retries: 0, ..RetrySpec::DEFAULT },
        config: &[
            ConfigField::new::<Secret>("api_key", "api-key", "SHOP_API_KEY", " Key of the shop."),
            ConfigField::new::<Option<String>>("region", "region", "SHOP_REGION", " Where."),
            ConfigField::new::<u32>("size", "size", "SHOP_SIZE", " Rows of a page.").default("50"),
        ],
        resources: &[&ORDERS, &CUSTOMERS],
        ..ConnectorSpec::EMPTY
    };

    fn from_values(values: &mut Values) -> Self {
        Self { api_key: values.take(), region: values.take(), size: values.take() }
    }

    fn values(&self) -> Vec<ConfigValue> {
        use crate::config::ConfigType;
        vec![self.api_key.value(), self.region.value(), self.size.value()]
    }
}

static ORDERS: ResourceSpec = ResourceSpec {
    name: "orders",
    type_name: "Order",
    doc: " Orders, one a row.",
    path: text("/orders"),
    params: &[Param {
        name: "size",
        value: Template { text: "config.size", parts: &[Part::Config("size")] },
        repeated: false,
    }],
    data_selector: Some(Path { text: "data", segments: &[Segment::Key("data")] }),
    fields: &[
        ColumnSpec::new::<i64>("id", "id", " Number of the order.").primary_key().field(),
        ColumnSpec::new::<Option<String>>("note", "note", "").field(),
    ],
    ..ResourceSpec::EMPTY
};

static CUSTOMERS: ResourceSpec = ResourceSpec {
    name: "customers",
    path: text("/customers"),
    fields: &[ColumnSpec::new::<String>("name", "name", "").field()],
    ..ResourceSpec::EMPTY
};

const fn text(text: &'static str) -> Template {
    match text.as_bytes() {
        b"/orders" => Template { text, parts: &[Part::Text("/orders")] },
        b"/customers" => Template { text, parts: &[Part::Text("/customers")] },
        _ => Template { text, parts: &[Part::Text("https://shop.example.com")] },
    }
}

/// Answers by path, and remembers what was asked.
#[derive(Debug)]
struct Script {
    answers: Vec<(&'static str, u16, &'static str)>,
    urls: Mutex<Vec<String>>,
}

impl Transport for Script {
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
        let url = request.url();
        self.urls.lock().unwrap().push(url.to_string());
        let found = self.answers.iter().find(|(path, ..)| url.path().ends_with(path));
        let &(_, status, body) = found.expect("a request that the script does not have");
        Box::pin(async move { Ok(Response::new(status, body)) })
    }
}

const GOOD: &[(&str, u16, &str)] = &[
    ("/orders", 200, r#"{"data": [{"id": 1, "note": "a"}, {"id": 2}]}"#),
    ("/customers", 200, r#"[{"name": "Ada"}]"#),
];

/// What a program did.
#[derive(Debug)]
struct Ran {
    code: u8,
    out: String,
    err: String,
    urls: Vec<String>,
}

const KEY: (&str, &str) = ("SHOP_API_KEY", SECRET);

fn run(args: &[&str], env: &[(&str, &str)], answers: &[(&'static str, u16, &'static str)]) -> Ran {
    let script = Arc::new(Script { answers: answers.to_vec(), urls: Mutex::default() });
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let variable = |name: &str| {
        env.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
    };
    let mut program = Program {
        spec: Shop::SPEC,
        settings: Settings::new(Shop::SPEC),
        make: |values| Instance::of(&Shop::from_values(values)),
        env: &variable,
        transport: Some(script.clone()),
        stderr: None,
        heeded: None,
        watching: Watching::default(),
        out: &mut out,
        err: &mut err,
    };
    let code = program.run(std::iter::once("shop").chain(args.iter().copied()).map(OsString::from));
    let out = String::from_utf8(out).unwrap();
    let err = String::from_utf8(err).unwrap();
    for text in [&out, &err] {
        assert!(!text.contains(SECRET), "{text}");
    }
    let urls = std::mem::take(&mut *script.urls.lock().unwrap());
    Ran { code, out, err, urls }
}

/// A database file that goes away.
#[cfg(feature = "sqlite")]
struct Database(PathBuf);

#[cfg(feature = "sqlite")]
impl Database {
    fn new(name: &str) -> Self {
        let file = format!("connector-cli-{}-{name}.db", std::process::id());
        Self(std::env::temp_dir().join(file))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

#[cfg(feature = "sqlite")]
impl Drop for Database {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{ending}", self.path()));
        }
    }
}

#[test]
fn the_command_line_is_consistent() {
    commands::command(Shop::SPEC, &Settings::new(Shop::SPEC)).debug_assert();
}

#[test]
fn a_field_of_the_connector_takes_the_place_of_the_base_url_setting() {
    for (flag, env) in [("base-url", "X_URL"), ("url", "X_BASE_URL"), ("url", "X_URL")] {
        let config = Box::leak(Box::new([ConfigField::new::<String>("url", flag, env, "")]));
        let spec = ConnectorSpec { name: "x", config, ..ConnectorSpec::EMPTY };
        let settings = Settings::new(&spec);
        assert_eq!(settings.base_url.is_some(), (flag, env) == ("url", "X_URL"));
        commands::command(&spec, &settings).debug_assert();
    }
}

#[test]
fn the_longest_time_of_a_run() {
    for (text, expected) in [
        ("30m", Some(1_800_000)),
        ("90 s", Some(90_000)),
        ("1ms", Some(1)),
        ("2h", Some(7_200_000)),
        ("30", None),
        ("0s", None),
        ("1d", None),
        ("1.5h", None),
        ("-1s", None),
        ("9999999999999999999h", None),
    ] {
        let millis = settings::duration(text).ok().map(|time| time.as_millis());
        assert_eq!(millis, expected, "{text}");
    }
    let ran = run(&["sync", "--max-run-time", "soon"], &[KEY], GOOD);
    assert_eq!(ran.code, exit::CONFIG);
    let expected = "expected a number above 0 and `ms`, `s`, `m` or `h`, as in `30m`, found `soon`";
    assert!(ran.err.contains(expected), "{}", ran.err);
}

#[test]
fn help_comes_from_doc_comments() {
    let ran = run(&["--help"], &[KEY], &[]);
    assert_eq!((ran.code, ran.err.as_str()), (exit::DONE, ""));
    for line in [
        "The shop's API.\n",
        "  orders     Orders, one a row\n",
        "  customers\n",
        "  SHOP_API_KEY  Key of the shop [required]\n",
        "  130  interrupted; what was committed stays",
    ] {
        assert!(ran.out.contains(line), "{line} is not in\n{}", ran.out);
    }
    let ran = run(&["sync", "--help"], &[KEY], &[]);
    for text in [
        "--region <TEXT>",
        "Where [env: SHOP_REGION]",
        "Rows of a page [env: SHOP_SIZE] [default: 50]",
        "--base-url <TEXT>",
        "--max-run-time <TEXT>",
        "--from <VALUE>",
        "--limit <ROWS>",
        "--full-refresh",
        "--partition <I/N>",
        "SHOP_MAX_RUN_TIME",
        "SHOP_BASE_URL",
        "SHOP_DESTINATION",
        "shop.db",
    ] {
        assert!(ran.out.contains(text), "{text} is not in\n{}", ran.out);
    }
    assert!(!ran.out.contains("--api-key"), "{}", ran.out);
    assert_eq!(run(&["--version"], &[], &[]).out, "shop 1.2.3\n");
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let equals = format!("--api-key={SECRET}");
    for args in [["sync", "--api-key", SECRET].as_slice(), &["check", &equals]] {
        let ran = run(args, &[], GOOD);
        assert_eq!(ran.code, exit::CONFIG);
        assert_eq!(
            ran.err,
            "error: `--api-key` is a secret, and others can read a command line\n  \
             help: set the environment variable `SHOP_API_KEY`\n"
        );
    }
    let typo = run(&["sync", &format!("--api-keu={SECRET}")], &[], GOOD);
    assert_eq!(typo.code, exit::CONFIG);
}

#[cfg(feature = "postgres")]
#[test]
fn a_password_on_the_command_line_is_refused_and_not_repeated() {
    let url = format!("postgres://me:{SECRET}@127.0.0.1:1/db");
    let ddl = ["schema", "--format", "ddl", "--destination", &url];
    for args in [["sync", "--destination", &url].as_slice(), &ddl] {
        let ran = run(args, &[KEY], GOOD);
        assert_eq!(ran.code, exit::CONFIG);
        assert_eq!(
            ran.err,
            "error: `--destination` holds a password, and others can read a command line\n  \
             help: leave it out and set the environment variable `PGPASSWORD`, or set \
             `SHOP_DESTINATION` to the whole URL\n"
        );
    }
    let ran = run(&["schema", "--format", "ddl"], &[("SHOP_DESTINATION", &url)], &[]);
    assert!(ran.out.starts_with("CREATE SCHEMA IF NOT EXISTS \"shop\";\n"), "{ran:?}");
    let ran =
        run(&["schema", "--format", "ddl", "--dataset", "x"], &[("SHOP_DESTINATION", &url)], &[]);
    assert!(ran.out.contains("CREATE TABLE IF NOT EXISTS \"x\".\"orders\""), "{ran:?}");
}

#[cfg(feature = "sqlite")]
#[test]
fn a_file_has_no_datasets() {
    let ran = run(&["sync", "--dataset", "x"], &[KEY], GOOD);
    assert_eq!(ran.code, exit::CONFIG);
    assert!(
        ran.err.starts_with("error: there is no dataset `x` in this destination"),
        "{}",
        ran.err
    );
    let ran = run(&["schema", "--dataset", "x"], &[KEY], GOOD);
    assert!(
        ran.err.contains("`--dataset` makes a difference with `--format ddl` only"),
        "{}",
        ran.err
    );
}

#[test]
fn every_problem_of_the_configuration_is_reported_at_once() {
    let ran = run(&["sync", "--size", "many"], &[], GOOD);
    assert_eq!(ran.code, exit::CONFIG);
    assert_eq!(
        ran.err,
        "error: 2 problems in the configuration\n  \
         - `api_key` is missing: set the environment variable `SHOP_API_KEY`\n  \
         - `size` from `--size`: expected a whole number (u32), found `many`\n  \
         help: `--help` lists all flags and variables, `config show` what is set where\n"
    );
    assert_eq!(ran.out, "");
}

#[test]
fn half_a_range_is_refused_before_anything_is_asked() {
    let ran = run(&["sync", "--from", "2024-01-01", "--output", "json"], &[KEY], GOOD);
    assert_eq!(ran.code, exit::CONFIG);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["error"]["message"], "`--from` needs `--to`");
    assert!(ran.urls.is_empty(), "{ran:?}");
}

#[test]
fn a_configuration_error_is_a_report_for_machines() {
    let ran = run(&["sync", "--output", "json"], &[], GOOD);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["error"]["kind"], "config");
    assert_eq!(ran.code, exit::CONFIG);
}

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

#[test]
fn an_unknown_resource_is_a_usage_error() {
    let ran = run(&["sync", "order"], &[KEY], GOOD);
    assert_eq!(ran.code, exit::CONFIG);
    assert!(ran.err.contains("its resources are `orders`, `customers`"), "{}", ran.err);
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

#[test]
fn a_destination_that_is_no_file_is_a_configuration_error() {
    let ran = run(&["sync"], &[KEY, ("SHOP_DESTINATION", "mysql://u:pw@host")], GOOD);
    assert_eq!(ran.code, exit::CONFIG);
    assert!(!ran.err.contains("pw"), "{}", ran.err);
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
            out: &mut Closed(kind),
            err: &mut err,
        };
        assert_eq!(program.run(["shop", "schema"].map(OsString::from)), code);
        assert!(String::from_utf8_lossy(&err).starts_with(expected));
    }
}

mod generated {
    #![allow(dead_code)]
    crate::main!(super::Shop);
}
