//! What places of a request can be filled with: `{config.x}`, and in a resource `{issue.x}`,
//! `{partition.x}` and the bounds of `incremental(..)`.

use std::cell::RefCell;

use super::template::is_word;
use crate::diag::{At, Diag, Spans};
use crate::guess;
use crate::model::{Part, Template};
use crate::read::RawPlace;

/// The sources of one struct, and what of them is used, in order.
pub(super) struct Sources<'a> {
    /// `None`: a connector, whose fields are the only source.
    resource: Option<Declared<'a>>,
    used: RefCell<Vec<At<Used>>>,
}

/// A place that is filled in, and is no field of the connector.
pub(super) struct Used {
    pub(super) part: Part,
    /// There is nothing around it.
    pub(super) lone: bool,
}

/// What a resource declares.
pub(super) struct Declared<'a> {
    /// The name of the parent's row.
    pub(super) parent: Option<&'a str>,
    /// The parent could not be read: any name may be its own.
    pub(super) unread_parent: bool,
    pub(super) partitions: Vec<&'a str>,
    /// Some could not be read: any name may be theirs.
    pub(super) unread_partitions: bool,
    pub(super) incremental: bool,
}

impl<'a> Sources<'a> {
    pub(super) fn connector() -> Self {
        Self { resource: None, used: RefCell::default() }
    }

    pub(super) fn resource(declared: Declared<'a>) -> Self {
        Self { resource: Some(declared), used: RefCell::default() }
    }

    /// What was used, and where.
    pub(super) fn used(self) -> Vec<At<Used>> {
        self.used.into_inner()
    }

    /// Notes the places among the parts of a text.
    pub(super) fn note(&self, parts: &[Part], spans: Spans) {
        let lone = parts.len() == 1;
        let places = parts.iter().filter(|part| !matches!(part, Part::Config(_) | Part::Text(_)));
        let uses = places.map(|part| At::new(Used { part: part.clone(), lone }, spans));
        self.used.borrow_mut().extend(uses);
    }

    /// `issue.number` as a value.
    pub(super) fn place(&self, diag: &Diag, place: &At<RawPlace>) -> Option<Part> {
        let At { value: RawPlace { source, name }, spans } = place;
        match self.part(source, name, |text| format!("`{text}`")) {
            Ok(part) => {
                self.note(std::slice::from_ref(&part), *spans);
                Some(part)
            }
            Err(message) => {
                diag.error(spans, message);
                None
            }
        }
    }

    /// `{issue.number}` as a template.
    pub(super) fn template(&self, diag: &Diag, place: &At<RawPlace>) -> Template {
        let RawPlace { source, name } = &place.value;
        let parts = self.place(diag, place).into_iter().collect();
        Template { text: format!("{{{source}.{name}}}"), parts }
    }

    /// What stands between the braces of a placeholder.
    pub(super) fn placeholder(&self, inner: &str) -> Result<Part, String> {
        if inner.is_empty() {
            return Err(
                "empty placeholder\nhelp: `{config.field}` is a field of the connector".to_owned()
            );
        }
        let Some((source, name)) = inner.split_once('.') else {
            return Err(format!(
                "placeholder `{{{inner}}}` does not say where it comes from\nhelp: {}",
                self.help(inner, |text| format!("`{{{text}}}`"))
            ));
        };
        self.part(source, name, |text| format!("`{{{text}}}`"))
    }

    /// `shown`: how a place is written here.
    fn part(
        &self,
        source: &str,
        name: &str,
        shown: impl Fn(&str) -> String + Copy,
    ) -> Result<Part, String> {
        let place = format!("{source}.{name}");
        let declared = self.resource.as_ref();
        let part = match (source, declared) {
            ("config", _) => Part::Config(name.to_owned()),
            ("incremental", Some(declared)) => return declared.bound(name, shown),
            ("partition", Some(declared)) => {
                declared.has_partition(name)?;
                Part::Partition(name.to_owned())
            }
            (_, Some(declared)) if declared.parent == Some(source) => Part::Parent(name.to_owned()),
            (_, Some(Declared { unread_parent: true, .. })) => Part::Parent(name.to_owned()),
            _ => {
                let alias = declared.and_then(|declared| declared.parent);
                if let Some(alias) = guess::nearest(source, alias) {
                    return Err(format!("no parent is named `{source}`; did you mean `{alias}`?"));
                }
                let what = if shown("").contains('{') { "placeholder " } else { "" };
                return Err(format!(
                    "{what}{} has an unknown source\nhelp: {}",
                    shown(&place),
                    self.help(name, shown)
                ));
            }
        };
        if is_word(name) {
            return Ok(part);
        }
        Err(match part {
            Part::Parent(_) if name.contains('.') => {
                let flattened = format!("{source}.{}", name.replace('.', "__"));
                format!(
                    "columns of a flattened object have `__` in their names\nhelp: {}",
                    shown(&flattened)
                )
            }
            Part::Parent(_) => format!("`{name}` is not the name of a column"),
            _ => format!("`{name}` is not the name of a field"),
        })
    }

    /// Where `name` could come from.
    fn help(&self, name: &str, shown: impl Fn(&str) -> String) -> String {
        let config = shown(&format!("config.{name}"));
        let alias = self.resource.as_ref().and_then(|declared| declared.parent);
        match alias {
            Some(alias) => format!(
                "{config} is a field of the connector, {} a column of the parent",
                // the row itself is no value
                shown(&format!("{alias}.{}", if name == alias { "id" } else { name }))
            ),
            None => format!("{config} is a field of the connector"),
        }
    }
}

impl Declared<'_> {
    /// A bound of `incremental(..)`.
    fn bound(&self, name: &str, shown: impl Fn(&str) -> String) -> Result<Part, String> {
        let part = match name {
            "end_value" => Part::EndValue,
            "start_value" => Part::StartValue,
            _ => {
                let names = ["start_value", "end_value"];
                let place = shown(&format!("incremental.{name}"));
                return Err(match guess::nearest(name, names) {
                    Some(guess) => format!("unknown bound {place}; did you mean `{guess}`?"),
                    None => {
                        format!("unknown bound {place}\nhelp: there are {}", guess::list(names))
                    }
                });
            }
        };
        if !self.incremental {
            return Err(format!(
                "{} is a bound of `incremental(..)`, which is not there\nhelp: `incremental(cursor = updated_at)`, where `updated_at` is the column that says when a row changed",
                shown(&format!("incremental.{name}"))
            ));
        }
        Ok(part)
    }

    /// Whether a partition is called `name`.
    pub(super) fn has_partition(&self, name: &str) -> Result<(), String> {
        if self.unread_partitions || self.partitions.contains(&name) {
            return Ok(());
        }
        let names = self.partitions.iter().copied();
        let text = format!("no partition is named `{name}`");
        Err(match guess::nearest(name, names.clone()) {
            Some(guess) => format!("{text}; did you mean `{guess}`?"),
            None if self.partitions.is_empty() => format!(
                "{text}\nhelp: `partition({name} in config.{name}s)`, with a list `{name}s` of the connector"
            ),
            None => {
                let are = if self.partitions.len() == 1 { "is" } else { "are" };
                format!("{text}\nhelp: there {are} {}", guess::list(names))
            }
        })
    }
}
