//! Files to fill in: [`template`] and [`secrets_template`].

use std::fmt::Write;

use super::ConfigKind;
use super::json::json;
use crate::spec::{ConfigField, ConnectorSpec};

/// A `connector.toml` to fill in: every field of the connector and of `more` as a comment, with what
/// it means and its default. As it is, it says nothing.
///
/// ```
/// # use connector_runtime::prelude::*;
/// # #[derive(Resource)]
/// # #[resource(path = "/invoices")]
/// # struct Invoice { #[column(primary_key)] id: i64 }
/// #[derive(Connector)]
/// #[connector(base_url = "https://api.example.com", resources(Invoice))]
/// struct Shop {
///     /// Rows of a page.
///     #[config(default = 100)]
///     size: u32,
/// }
///
/// let template = connector_runtime::config::template(Shop::SPEC, &[]);
/// assert!(template.contains("# Rows of a page.\n# a whole number\n#size = 100\n"));
/// ```
pub fn template(spec: &ConnectorSpec, more: &[ConfigField]) -> String {
    let name = spec.name;
    let mut text = format!(
        "# Configuration of {name}.
#
# A value is taken from its flag, else from its environment variable, from /run/secrets, from the
# secrets file beside this one, from this file, else it is its default. `{name} config show` says from
# where each one comes, `{name} config schema` makes a JSON Schema for your editor.

"
    );
    let own: Vec<_> = spec.config.iter().filter(|field| !field.is_secret()).collect();
    section(&mut text, "The connector", &own);
    section(&mut text, "The program", &more.iter().collect::<Vec<_>>());
    // of the program: its destination
    let sample = more.iter().find(|field| field.default.is_some()).or(own.first().copied());
    let sample = sample.map(assignment).unwrap_or_default();
    let _ = write!(
        text,
        "# ---- Profiles: what goes before the above with `--profile NAME`

#[profile.prod]
#{sample}

# ---- What is for this connector only, in a file that several share

#[connector.{name}]
#{sample}
"
    );
    text
}

/// A secrets file to fill in: every secret of the connector; none where it has none.
pub fn secrets_template(spec: &ConnectorSpec) -> Option<String> {
    let secrets: Vec<_> = spec.config.iter().filter(|field| field.is_secret()).collect();
    if secrets.is_empty() {
        return None;
    }
    let mut text = format!(
        "# Secrets of {name}. This file is refused where others can read it: `chmod 600` it, and keep it
# out of version control. It may have every key and table that the configuration file has.

",
        name = spec.name
    );
    fields(&mut text, &secrets);
    Some(text.trim_end().to_owned() + "\n")
}

fn section(text: &mut String, title: &str, of: &[&ConfigField]) {
    if !of.is_empty() {
        let _ = writeln!(text, "# ---- {title}\n");
        fields(text, of);
    }
}

fn fields(text: &mut String, fields: &[&ConfigField]) {
    for field in fields {
        for line in field.doc.trim().lines() {
            let _ = writeln!(text, "{}", format!("# {}", line.trim()).trim_end());
        }
        let required = match field.default {
            None if !field.optional => ", required",
            _ => "",
        };
        let _ = writeln!(text, "# {}{required}\n#{}\n", words(field.kind), assignment(field));
    }
}

/// `size = 100`: the default, or what a value may look like.
fn assignment(field: &ConfigField) -> String {
    let text = field.default.map_or_else(|| sample(field.kind), str::to_owned);
    // a text of JSON is one of TOML, and so are its numbers and lists
    format!("{} = {}", field.key(), json(field.kind, &text))
}

fn sample(kind: ConfigKind) -> String {
    match kind {
        ConfigKind::Bool => "true".to_owned(),
        ConfigKind::Choice(variants) => {
            variants.first().map_or_else(String::new, |(_, text)| (*text).to_owned())
        }
        ConfigKind::Float => "1.5".to_owned(),
        ConfigKind::Integer => "1".to_owned(),
        ConfigKind::List(kind) => sample(*kind),
        ConfigKind::Secret | ConfigKind::Text => String::new(),
        ConfigKind::Timestamp => "2024-01-31T00:00:00Z".to_owned(),
    }
}

fn words(kind: ConfigKind) -> String {
    match kind {
        ConfigKind::Bool => "true or false".to_owned(),
        ConfigKind::Choice(variants) => {
            let texts: Vec<_> = variants.iter().map(|(_, text)| format!("\"{text}\"")).collect();
            format!("one of {}", texts.join(", "))
        }
        ConfigKind::Float => "a number".to_owned(),
        ConfigKind::Integer => "a whole number".to_owned(),
        ConfigKind::List(kind) => format!("a list, each {}", words(*kind)),
        ConfigKind::Secret => "a secret".to_owned(),
        ConfigKind::Text => "a text".to_owned(),
        ConfigKind::Timestamp => "a timestamp".to_owned(),
    }
}
