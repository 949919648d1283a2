//! What the help says: of fields, and after the options.

use std::fmt::{self, Write};

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

/// What follows the options.
pub(super) struct Section {
    pub(super) title: &'static str,
    /// What there is, and what it means.
    pub(super) lines: Vec<(String, String)>,
}

/// Resources, variables that have no flag, exit codes.
pub(super) fn sections(spec: &ConnectorSpec) -> Vec<Section> {
    let resources = spec.resources.iter().map(|one| (one.name.to_owned(), summary(one.doc)));
    let secrets = spec.config.iter().filter(|field| field.is_secret());
    let secrets = secrets.map(|field| (field.env.to_owned(), field_note(field)));
    let codes = exit::MEANINGS.iter().map(|(code, text)| (code.to_string(), (*text).to_owned()));
    let all = [
        Section { title: "Resources", lines: resources.collect() },
        Section { title: "Environment", lines: secrets.collect() },
        Section { title: "Exit codes", lines: codes.collect() },
    ];
    all.into_iter().filter(|section| !section.lines.is_empty()).collect()
}

/// All sections, as the help of a command has them.
pub(super) fn after(spec: &ConnectorSpec) -> String {
    let sections = sections(spec);
    sections.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.lines.iter().map(|(name, _)| name.chars().count()).max();
        let width = width.unwrap_or_default();
        writeln!(f, "{}:", self.title)?;
        for (name, meaning) in &self.lines {
            writeln!(f, "{}", format!("  {name:width$}  {meaning}").trim_end())?;
        }
        Ok(())
    }
}

fn field_note(field: &ConfigField) -> String {
    let required = if field.optional { "" } else { " [required]" };
    format!("{}{required}", summary(field.doc)).trim_start().to_owned()
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
