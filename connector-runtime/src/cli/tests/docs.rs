//! `docs/cli.md` says what the program has, and nothing else.

use std::collections::BTreeSet;

use clap::Command;

use super::*;

const PAGE: &str = include_str!("../../../../docs/cli.md");
const CONFIGURATION: &str = include_str!("../../../../docs/configuration.md");

/// The lines below a heading, up to the next one of its level.
fn section(title: &str) -> Vec<&'static str> {
    let heading = format!("## {title}");
    let lines = PAGE.lines().skip_while(|line| *line != heading).skip(1);
    let lines: Vec<_> = lines.take_while(|line| !line.starts_with("## ")).collect();
    assert!(!lines.is_empty(), "there is no section `{title}`");
    lines
}

/// The cells of the rows of a section's tables, without the lines of titles.
fn rows(title: &str) -> Vec<Vec<String>> {
    let lines = section(title).into_iter().filter(|line| line.starts_with("| "));
    let rows = lines.map(|line| {
        let line = line.replace("\\|", "\u{1}");
        let cells = line.split('|').map(|cell| cell.trim().replace('\u{1}', "|"));
        cells.skip(1).collect()
    });
    rows.filter(|row: &Vec<String>| !["flag", "code"].contains(&row[0].as_str())).collect()
}

/// The program of a connector without fields.
fn program() -> Command {
    let spec = Box::leak(Box::new(ConnectorSpec { name: "example_api", ..ConnectorSpec::EMPTY }));
    let mut command = commands::command(spec, &Settings::new(spec));
    command.build();
    command
}

/// Commands with their own commands, `state show`, but for `help`.
fn all(command: &Command, prefix: &str) -> Vec<(String, Command)> {
    let own = command.get_subcommands().filter(|own| own.get_name() != "help");
    let own = own.flat_map(|own| {
        let name = format!("{prefix}{}", own.get_name());
        let below = all(own, &format!("{name} "));
        std::iter::once((name, own.clone())).chain(below)
    });
    own.collect()
}

/// The words of a text that begin with `--`.
fn flags(text: &str) -> BTreeSet<String> {
    let is_part = |char: char| char.is_ascii_lowercase() || char == '-';
    let words = text.split(|char| !is_part(char)).filter(|word| word.starts_with("--"));
    words.filter(|word| word.len() > 2).map(str::to_owned).collect()
}

#[test]
fn every_flag_is_told_and_there() {
    let told: BTreeSet<_> =
        rows("Flags of the program").iter().flat_map(|row| flags(&row[0])).collect();
    let there = all(&program(), "").into_iter().flat_map(|(_, command)| {
        let flags = command.get_arguments().filter_map(|arg| arg.get_long().map(str::to_owned));
        flags.filter(|flag| flag != "help").map(|flag| format!("--{flag}")).collect::<Vec<_>>()
    });
    assert_eq!(told, there.collect());
}

#[test]
fn every_flag_is_told_with_its_commands() {
    let commands = all(&program(), "");
    let has = |command: &Command, flag: &str| {
        command.get_arguments().any(|arg| arg.get_long() == Some(&flag[2..]))
    };
    for row in rows("Flags of the program") {
        for flag in flags(&row[0]) {
            let there: BTreeSet<_> = commands
                .iter()
                .filter(|(_, command)| has(command, &flag))
                .map(|(name, _)| name.as_str())
                .collect();
            if row[2] == "all" {
                assert_eq!(there.len(), commands.len(), "{flag}");
                continue;
            }
            let told: BTreeSet<_> = row[2]
                .split(", ")
                .map(|name| name.trim_matches('`'))
                .map(|name| name.split_once(" --").map_or(name, |(name, _)| name))
                .collect();
            assert_eq!(told, there, "{flag}");
        }
    }
}

#[test]
fn every_variable_of_a_setting_is_told() {
    let spec = ConnectorSpec { name: "example_api", ..ConnectorSpec::EMPTY };
    let told: BTreeSet<_> = rows("Flags of the program")
        .iter()
        .map(|row| row[1].trim_matches('`').to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let settings = Settings::new(&spec).all();
    let files = ["CONNECTOR_CONFIG", "CONNECTOR_PROFILE"];
    let there = settings.iter().map(|field| field.env).chain(files).map(str::to_owned);
    assert_eq!(told, there.collect());
}

#[test]
fn every_setting_of_the_program_is_told() {
    let (_, told) = CONFIGURATION.split_once("The settings of the program are ").expect("a list");
    let (told, _) = told.split_once(" ([").expect("an end of it");
    let told: Vec<_> = told.split('`').skip(1).step_by(2).collect();
    assert_eq!(told, config::PROGRAM);
}

/// The page's example shows a connector with one field and all settings, in their order.
#[test]
fn the_example_of_config_show_has_every_setting() {
    let (_, table) = CONFIGURATION.split_once("```text\nkey ").expect("a table");
    let (table, _) = table.split_once("\n```").expect("an end of it");
    let told: Vec<_> = table.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    let spec = ConnectorSpec { name: "example_api", ..ConnectorSpec::EMPTY };
    let settings = Settings::new(&spec).all();
    let there = settings.iter().map(ConfigField::key);
    let there: Vec<_> = std::iter::once("api_key".to_owned()).chain(there).collect();
    assert_eq!(told, there);
}

#[test]
fn every_command_is_told_and_there() {
    let lines = PAGE.lines().map_while(|line| (!line.starts_with("## ")).then_some(line));
    let told: BTreeSet<_> = lines
        .filter_map(|line| line.strip_prefix("    example_api "))
        .filter(|line| !line.starts_with("--"))
        .map(|line| {
            let name = line.split("  ").next().unwrap_or_default();
            let words = name.split(' ').take_while(|word| {
                word.chars().all(|char| char.is_ascii_lowercase()) && !word.is_empty()
            });
            words.collect::<Vec<_>>().join(" ")
        })
        .collect();
    let there = all(&program(), "").into_iter();
    let there = there
        .filter(|(_, command)| !command.has_subcommands() || !command.is_subcommand_required_set());
    assert_eq!(told, there.map(|(name, _)| name).collect());
}

#[test]
fn every_exit_code_is_told_and_there() {
    let told: Vec<u8> = rows("Exit codes").iter().filter_map(|row| row[0].parse().ok()).collect();
    let there: Vec<u8> = exit::MEANINGS.iter().map(|(code, _)| *code).collect();
    assert_eq!(told, there);
}

/// The documents below `## JSON`, in order.
fn documents() -> Vec<serde_json::Value> {
    let text = section("JSON").join("\n");
    let blocks = text.split("```json\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split_once("\n```").map(|(json, _)| json));
    blocks.map(|json| serde_json::from_str(json).expect("a document")).collect()
}

/// The keys of objects, with points between; elements of lists have none of their own.
fn keys(value: &serde_json::Value, prefix: &str, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                let key = format!("{prefix}.{key}");
                keys(value, &key, found);
                found.insert(key);
            }
        }
        serde_json::Value::Array(list) => {
            list.iter().for_each(|value| keys(value, prefix, found));
        }
        _ => {}
    }
}

fn keys_of(value: &serde_json::Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    keys(value, "", &mut found);
    found
}

/// The keys of a report with everything in it are those of the page's example.
#[cfg(feature = "sqlite")]
#[test]
fn every_key_of_a_report_is_told_and_there() {
    let database = Database::new("docs");
    let answers = [
        ("/orders", 200, r#"[{"id": 1, "extra": 5}, {"id": "x"}]"#),
        ("/customers", 200, r#"[{"id": 1}]"#),
    ];
    let args = ["sync", "--output", "json", "--destination", database.path()];
    let ran = run(&args, &[KEY], &answers);
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("a document");
    let told = documents()
        .into_iter()
        .find(|document| document.get("load_id").is_some() && document.get("resources").is_some());
    assert_eq!(keys_of(&report), keys_of(&told.expect("a report")), "{report:#}");
}
