//! Which resources are meant: names, patterns, and what is left out.

use crate::config::nearest;
use crate::error::{Error, ErrorKind, Result};
use crate::spec::{ConnectorSpec, ResourceSpec};

/// The resources that are meant, in the order in which the connector lists them. Those that a text
/// beginning with `!` fits are left out, wherever it stands; of the others those that any other text
/// fits are taken, or all where there is none.
///
/// # Errors
///
/// When a text fits no resource: somebody has misspelt it. When nothing is left.
pub(super) fn select(
    connector: &'static ConnectorSpec,
    selection: &[String],
) -> Result<Vec<&'static ResourceSpec>> {
    let pattern = |text: &'_ String| text.strip_prefix('!').unwrap_or(text).to_owned();
    for text in selection {
        let pattern = pattern(text);
        if !connector.resources.iter().any(|spec| fits(&pattern, spec.name)) {
            return Err(unknown(connector, &pattern));
        }
    }
    let (without, with): (Vec<_>, Vec<_>) =
        selection.iter().partition(|text| text.starts_with('!'));
    let is_any = |of: &[&String], name: &str| of.iter().any(|text| fits(&pattern(text), name));
    let is_meant = |name: &str| (with.is_empty() || is_any(&with, name)) && !is_any(&without, name);
    let resources = connector.resources.iter().copied();
    let selected: Vec<_> = resources.filter(|spec| is_meant(spec.name)).collect();
    if selected.is_empty() && !selection.is_empty() {
        let shown: Vec<_> = selection.iter().map(|text| format!("`{text}`")).collect();
        let text = format!("{} leaves no resource of `{}`", shown.join(" "), connector.name);
        return Err(Error::new(ErrorKind::Config, text).with_help(known(connector)));
    }
    Ok(selected)
}

fn unknown(connector: &ConnectorSpec, pattern: &str) -> Error {
    let is_pattern = pattern.contains(['*', '?']);
    let names = connector.resources.iter().map(|spec| spec.name);
    let text = match (is_pattern, nearest(pattern, names)) {
        (true, _) => format!("no resource of `{}` fits `{pattern}`", connector.name),
        (false, Some(name)) => {
            format!("`{}` has no resource `{pattern}`; did you mean `{name}`?", connector.name)
        }
        (false, None) => format!("`{}` has no resource `{pattern}`", connector.name),
    };
    Error::new(ErrorKind::Config, text).with_help(known(connector))
}

fn known(connector: &ConnectorSpec) -> String {
    let names: Vec<_> = connector.resources.iter().map(|spec| format!("`{}`", spec.name)).collect();
    format!("its resources are {}", names.join(", "))
}

/// Whether a name is what a pattern describes: `*` stands for any characters, `?` for one.
fn fits(pattern: &str, name: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return name.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    let mut chars = name.chars();
    match first {
        '*' => fits(rest, name) || chars.next().is_some() && fits(pattern, chars.as_str()),
        '?' => chars.next().is_some() && fits(rest, chars.as_str()),
        first => chars.next() == Some(first) && fits(rest, chars.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::CONNECTOR;

    fn selected(selection: &[&str]) -> Result<String, String> {
        let selection: Vec<_> = selection.iter().map(|text| (*text).to_owned()).collect();
        let selected = select(CONNECTOR, &selection).map_err(|error| error.to_string())?;
        Ok(selected.iter().map(|spec| spec.name).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn names_and_patterns() {
        for (pattern, name, expected) in [
            ("issues", "issues", true),
            ("issue", "issues", false),
            ("issue*", "issues", true),
            ("issue*", "issue", true),
            ("*s", "issues", true),
            ("*s", "issue", false),
            ("i*e*", "issues", true),
            ("issue?", "issues", true),
            ("issue?", "issue", false),
            ("??", "ä*", true),
            ("*", "", true),
            ("", "issues", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn what_is_meant() {
        for (selection, expected) in [
            (&["labels", "users"][..], "users labels"),
            (&["*s"], "users reactions members issues comments labels teams events"),
            (&["*e*s", "labels"], "users reactions members issues comments labels teams events"),
            (&["comm*", "iss*"], "issues comments"),
            (&["!reactions", "!*e*s"], ""),
            (&["!*e*s"], ""),
            (&["!reactions", "!members"], "users issues comments labels teams events"),
            (&["!issues", "*s", "!?e*"], "users comments labels events"),
        ] {
            assert_eq!(selected(selection).unwrap_or_default(), expected, "{selection:?}");
        }
    }

    #[test]
    fn what_fits_nothing_is_said() {
        for (selection, expected) in [
            (&["issue"][..], "`tracker` has no resource `issue`; did you mean `issues`?"),
            (&["!isues"], "`tracker` has no resource `isues`; did you mean `issues`?"),
            (&["users", "x*"], "no resource of `tracker` fits `x*`"),
            (&["invoices"], "`tracker` has no resource `invoices`\n"),
            (&["users", "!user?"], "`users` `!user?` leaves no resource of `tracker`"),
        ] {
            let error = selected(selection).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
            assert!(error.contains("help: its resources are `users`, "), "{error}");
        }
    }
}
