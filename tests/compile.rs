//! What compiles and what does not: one file a rule, and the message it must give.
//!
//! `TRYBUILD=overwrite cargo test -p connector-tests --test compile` writes the messages anew;
//! read the difference like code. Parts of them are the compiler's own words: they are compared
//! with one release of it, and CI must have that one.

use std::process::Command;

/// The release whose words are recorded.
const RUSTC: &str = "rustc 1.95.";

#[test]
fn ui() {
    let rustc = Command::new("rustc").arg("--version").output().expect("cargo has a rustc");
    let version = String::from_utf8_lossy(&rustc.stdout).into_owned();
    if !version.starts_with(RUSTC) {
        assert!(std::env::var_os("CI").is_none(), "CI needs {RUSTC}x, it has {version}");
        eprintln!("the messages are those of {RUSTC}x and are not compared with {version}");
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    for topic in [
        "auth",
        "choice",
        "column",
        "config",
        "connector",
        "cross",
        "duplicate",
        "incremental",
        "key",
        "list",
        "loading",
        "mark",
        "misplaced",
        "paginator",
        "params",
        "parent",
        "partition",
        "path",
        "request",
        "response",
        "selector",
        "shape",
        "store",
        "strategy",
        "syntax",
        "unknown",
    ] {
        cases.compile_fail(format!("ui/{topic}/*.rs"));
    }
}
