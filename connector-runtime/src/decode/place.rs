//! [`Place`]: where something of a row is, for messages and for those who look for it again.

use crate::schema::NESTING;

/// A column, a list or an element, by the keys and lists that lead to it from the row.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// By the names of the struct's fields: `labels[].user__login`.
    name: String,
    /// What the name of something in it begins with.
    prefix: String,
    pub(super) steps: Vec<Step>,
}

/// A step on the way into a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The value of a JSON key.
    Key(&'static str),
    /// An element of this list.
    Element(usize),
}

impl Place {
    /// The place of a field of the object that is here.
    pub(super) fn field(&self, name: &str, wire: &'static str) -> Self {
        let name = format!("{}{name}", self.prefix);
        let prefix = format!("{name}{NESTING}");
        Self { name, prefix, steps: self.then(Step::Key(wire)) }
    }

    /// The place of the elements of the list that is here.
    pub(super) fn element(&self, list: usize) -> Self {
        let name = format!("{}[]", self.name);
        let prefix = format!("{name}.");
        Self { name, prefix, steps: self.then(Step::Element(list)) }
    }

    fn then(&self, step: Step) -> Vec<Step> {
        let mut steps = self.steps.clone();
        steps.push(step);
        steps
    }

    /// The name, with no index at any list.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The name, with an index at each list: `labels[2].user__login`.
    pub(super) fn name_at(&self, indexes: &[usize]) -> String {
        let mut indexes = indexes.iter();
        let mut parts = self.name.split("[]");
        let mut name = parts.next().unwrap_or_default().to_owned();
        for (part, index) in parts.zip(&mut indexes) {
            name.push_str(&format!("[{index}]{part}"));
        }
        name
    }

    /// The JSON keys, with points between: `labels[].user.login`.
    pub(super) fn wire(&self) -> String {
        self.write_wire(|_| "[]".to_owned())
    }

    /// What stands before the JSON keys of the object that is here: nothing, or `labels[].`.
    pub(super) fn wire_prefix(&self) -> String {
        match self.wire() {
            wire if wire.is_empty() => wire,
            wire => wire + ".",
        }
    }

    /// The JSON keys, with an index at each list: `labels[2].user.login`.
    pub(super) fn wire_at(&self, indexes: &[usize]) -> String {
        self.write_wire(|list| indexes.get(list).map_or("[]".to_owned(), |at| format!("[{at}]")))
    }

    /// `element` gets the number of lists before.
    fn write_wire(&self, element: impl Fn(usize) -> String) -> String {
        let mut wire = String::new();
        let mut lists = 0;
        for step in &self.steps {
            match step {
                Step::Key(key) => {
                    wire.push_str(if wire.is_empty() { "" } else { "." });
                    wire.push_str(key);
                }
                Step::Element(_) => {
                    wire.push_str(&element(lists));
                    lists += 1;
                }
            }
        }
        wire
    }

    /// The lists on the way, from the outermost on.
    pub(super) fn lists(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().filter_map(|step| match step {
            Step::Element(list) => Some(*list),
            Step::Key(_) => None,
        })
    }

    /// An element, or something in one.
    pub(super) fn is_in_list(&self) -> bool {
        self.lists().next().is_some()
    }

    /// A field of the row itself.
    pub(super) fn is_outermost(&self) -> bool {
        self.steps.len() == 1
    }

    /// An element of a list, and nothing in it.
    pub(super) fn is_element(&self) -> bool {
        matches!(self.steps.last(), Some(Step::Element(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_keys() {
        let user = Place::default().field("user", "User");
        let labels = user.field("labels", "Labels");
        let reason = labels.element(0).field("reasons", "why").element(3);
        for (place, name, wire, filled) in [
            (Place::default(), "", "", ""),
            (labels, "user__labels", "User.Labels", "user__labels"),
            (
                reason.clone(),
                "user__labels[].reasons[]",
                "User.Labels[].why[]",
                "user__labels[2].reasons[0]",
            ),
            (
                reason.field("at", "At"),
                "user__labels[].reasons[].at",
                "User.Labels[].why[].At",
                "user__labels[2].reasons[0].at",
            ),
        ] {
            assert_eq!(place.name(), name);
            assert_eq!(place.wire(), wire);
            assert_eq!(place.name_at(&[2, 0]), filled);
        }
        assert_eq!(reason.wire_at(&[2, 0]), "User.Labels[2].why[0]");
        assert_eq!(reason.lists().collect::<Vec<_>>(), [0, 3]);
        assert!(reason.is_element() && user.is_outermost());
    }
}
