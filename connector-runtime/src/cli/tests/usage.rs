//! What the command line and the environment may say, and what is refused.

use super::*;

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
fn what_was_expected_of_a_setting_is_said_once() {
    for (flag, found, expected) in [
        ("--log", "loud", "`off`, `error`"),
        ("--log", "hyper=debug", "levels, or one of the targets auth, config"),
        ("--log-format", "xml", "`text` or `json`"),
        ("--color", "blue", "`auto`, `always` or `never`"),
        ("--max-concurrency", "0", "a whole number from 1 on"),
        ("--lease-timeout", "0s", "a number above 0"),
    ] {
        let ran = run(&["sync", flag, found], &[KEY], GOOD);
        assert_eq!(ran.code, exit::CONFIG, "{ran:?}");
        let told = format!("from `{flag}`: expected {expected}");
        assert!(ran.err.contains(&told), "{}", ran.err);
        assert!(ran.err.contains(&format!(", found `{found}`")), "{}", ran.err);
    }
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
fn an_unknown_resource_is_a_usage_error() {
    let ran = run(&["sync", "order"], &[KEY], GOOD);
    assert_eq!(ran.code, exit::CONFIG);
    assert!(ran.err.contains("its resources are `orders`, `customers`"), "{}", ran.err);
}

#[test]
fn a_destination_that_is_no_file_is_a_configuration_error() {
    let ran = run(&["sync"], &[KEY, ("SHOP_DESTINATION", "mysql://u:pw@host")], GOOD);
    assert_eq!(ran.code, exit::CONFIG);
    assert!(!ran.err.contains("pw"), "{}", ran.err);
}
