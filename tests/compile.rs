//! What compiles and what does not: one file a rule, and the message it must give.
//!
//! `TRYBUILD=overwrite cargo test -p connector-tests --test compile` writes the messages anew;
//! read the difference like code. They are those of the compiler in `rust-toolchain.toml`.

#[test]
fn ui() {
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
        "key",
        "misplaced",
        "paginator",
        "params",
        "path",
        "selector",
        "shape",
        "syntax",
        "unknown",
    ] {
        cases.compile_fail(format!("ui/{topic}/*.rs"));
    }
}
