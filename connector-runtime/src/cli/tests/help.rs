//! Every help text, as it is written: `SNAPSHOT=overwrite cargo test -p connector-runtime` writes them
//! anew.

use std::fmt::Write as _;

use super::*;

const EXPECTED: &str = include_str!("help.txt");

/// The help of a command and of those below it, as one asks for them.
fn write(command: &mut clap::Command, line: &str, all: &mut String) {
    let help = command.render_long_help();
    let _ = writeln!(all, "$ {line} --help\n{}\n", help.to_string().trim_end());
    for below in command.get_subcommands_mut().filter(|below| below.get_name() != "help") {
        let line = format!("{line} {}", below.get_name());
        write(below, &line, all);
    }
}

#[test]
fn every_help_is_as_it_was() {
    let command = commands::command(Shop::SPEC, &Settings::new(Shop::SPEC));
    // whatever the terminal is that the tests run in
    let mut command = command.term_width(100);
    command.build();
    let mut texts = String::new();
    write(&mut command, "shop", &mut texts);
    if texts == EXPECTED {
        return;
    }
    if std::env::var("SNAPSHOT").is_ok_and(|wish| wish == "overwrite") {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/tests/help.txt");
        return std::fs::write(path, texts).expect("written");
    }
    let mut lines = texts.lines().zip(EXPECTED.lines());
    let first = lines.find(|(found, expected)| found != expected);
    panic!("not as in `help.txt`, from {first:?} on");
}
