//! What the help says: of fields, and after the options.

use std::fmt::Write;

use super::exit;
use crate::config::ConfigKind;
use crate::spec::{ConfigField, ConnectorSpec};

/// What the help says of a field.
pub(super) fn field(field: &ConfigField) -> String {
    let mut help = summary(field.doc);
    if let ConfigKind::Choice(variants) = field.kind {
        let texts: Vec<_> = variants.iter().map(|(_, text)| *text).collect();
        let _ = write!(help, " [one of: {}]", texts.join(", "));
    }
    let _ = write!(help, " [env: {}]", field.env);
    match field.default {
        Some(default) => {
            let _ = write!(help, " [default: {default}]");
        }
        None if field.optional => {}
        None => help.push_str(" [required]"),
    }
    help.trim_start().to_owned()
}

/// What follows the options: resources, variables that have no flag, exit codes.
pub(super) fn sections(spec: &ConnectorSpec) -> String {
    let resources = spec.resources.iter().map(|one| (one.name.to_owned(), summary(one.doc)));
    let secrets = spec.config.iter().filter(|field| field.is_secret());
    let secrets = secrets.map(|field| (field.env.to_owned(), field_note(field)));
    let codes = exit::MEANINGS.iter().map(|(code, text)| (code.to_string(), (*text).to_owned()));
    let mut sections = String::new();
    section(&mut sections, "Resources", resources.collect());
    section(&mut sections, "Environment", secrets.collect());
    section(&mut sections, "Exit codes", codes.collect());
    sections.trim_end().to_owned()
}

fn field_note(field: &ConfigField) -> String {
    let required = if field.optional { "" } else { " [required]" };
    format!("{}{required}", summary(field.doc)).trim_start().to_owned()
}

fn section(text: &mut String, title: &str, lines: Vec<(String, String)>) {
    if lines.is_empty() {
        return;
    }
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let _ = writeln!(text, "{title}:");
    for (name, meaning) in lines {
        let _ = writeln!(text, "{}", format!("  {name:width$}  {meaning}").trim_end());
    }
    text.push('\n');
}

/// The first paragraph of a doc comment, as one line without its final period.
fn summary(doc: &str) -> String {
    let lines = doc.trim().lines().map(str::trim).take_while(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join(" ");
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

/// A doc comment without the spaces that follow its slashes.
pub(super) fn text_of(doc: &str) -> String {
    doc.trim()
        .lines()
        .map(str::trim_end)
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}
