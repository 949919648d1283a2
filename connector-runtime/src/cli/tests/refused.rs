//! `--output json` where a command has no result: a document that says why.

use serde_json::Value;

use super::*;

/// The document that stands in the place of the result; people are told, too.
fn refused(args: &[&str], env: &[(&str, &str)]) -> Value {
    let args = [args, &["--output", "json"]].concat();
    let ran = run(&args, env, GOOD);
    assert_ne!(ran.code, exit::DONE, "{args:?} {ran:?}");
    assert!(ran.err.contains("error: "), "{args:?} {ran:?}");
    assert!(ran.out.ends_with('\n') && ran.out.lines().count() == 1, "{args:?} {ran:?}");
    let document: Value = serde_json::from_str(&ran.out).expect("a document");
    assert_eq!(document["connector"], "shop", "{args:?}");
    document
}

#[test]
fn whatever_is_wrong_is_a_document() {
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case<'_>; 17] = [
        (&["schema", "order"], &[], "`shop` has no resource `order`"),
        (&["schema", "--format", "markdown"], &[], "exclude each other"),
        (&["schema", "--dataset", "x"], &[], "`--dataset` makes a difference with"),
        (&["preview", "order"], &[KEY], "`shop` has no resource `order`"),
        (&["preview", "orders"], &[], "`api_key` is missing"),
        (&["config", "show", "--api-key", SECRET], &[], "`--api-key` is a secret"),
        (&["config", "show", "--proxy", "http://u:p@host"], &[], "`--proxy` holds a user name"),
        (&["preview", "orders", "--api-key", SECRET], &[], "`--api-key` is a secret"),
        (&["sync", "--api-key", SECRET], &[], "`--api-key` is a secret"),
        (&["plan", "--api-key", SECRET], &[], "`--api-key` is a secret"),
        (&["sync", "--log", "loud"], &[KEY], "`log` from `--log`"),
        (&["check"], &[KEY, ("SHOP_LOG_FORMAT", "xml")], "`log_format` from the environment"),
        (&["schema", "--color", "pink"], &[], "`color` from `--color`"),
        (&["sync", "--report", "no/such/folder/report.json"], &[KEY], "`--report`: `no/such"),
        (&["state", "show", "--color", "pink"], &[], "`color` from `--color`"),
        (&["state", "export"], &[], "`--output json` is about what is said of an export"),
        (&["rejects", "export"], &[], "`--output json` is about what is said of an export"),
    ];
    for (args, env, expected) in cases {
        let document = refused(args, env);
        assert_eq!(document["error"]["kind"], "config", "{args:?}");
        let message = document["error"]["message"].as_str().expect("a message");
        assert!(message.contains(expected), "{args:?}: {message}");
    }
    let script: &[_] = &[("/orders", 403, "{}")];
    let ran = run(&["preview", "orders", "--output", "json"], &[KEY], script);
    let document: Value = serde_json::from_str(&ran.out).expect("a document");
    assert_eq!((ran.code, &document["error"]["kind"]), (exit::AUTH, &"auth".into()));
}

#[test]
fn a_command_line_that_is_not_understood_is_one_too() {
    for (args, message, help) in [
        (
            &["sync", "--ful-refresh"][..],
            "unexpected argument '--ful-refresh' found",
            "a similar argument exists: '--full-refresh'",
        ),
        (
            &["sync", "--bogus"],
            "unexpected argument '--bogus' found",
            "`--help` lists all commands and flags",
        ),
        (
            &["loads", "show"],
            "the following required arguments were not provided:\n  <ID>",
            "`--help` lists all commands and flags",
        ),
        (
            &["schema", "--format", "xml"],
            "invalid value 'xml' for '--format <FORMAT>'\n  \
             [possible values: table, ddl, json-schema, markdown, mermaid]",
            "`--help` lists all commands and flags",
        ),
    ] {
        let error = &refused(args, &[])["error"];
        assert_eq!((&error["message"], &error["help"]), (&message.into(), &help.into()));
    }
    let json = run(&["sync", "--bogus", "--output=json"], &[], &[]);
    assert_eq!((json.code, json.out.is_empty()), (exit::CONFIG, false));
    // what stands behind `--` is a resource
    for args in [&["sync", "--bogus"][..], &["sync", "--bogus", "--", "--output", "json"]] {
        let ran = run(args, &[], &[]);
        assert_eq!((ran.code, ran.out.as_str()), (exit::CONFIG, ""));
    }
}
