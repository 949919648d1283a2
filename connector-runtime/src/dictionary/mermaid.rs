//! An entity-relationship diagram in the language of Mermaid.

use std::fmt::Write as _;

use super::one_line;
use crate::plan::Planned;
use crate::schema::Table;
use crate::spec::{ColumnSource, FieldSpec};

/// Tables as entities, and what their rows belong to.
pub(super) fn diagram(resources: &[Planned]) -> String {
    let mut diagram = "erDiagram\n".to_owned();
    for planned in resources {
        planned.tables.iter().for_each(|table| entity(&mut diagram, planned, table));
    }
    for planned in resources {
        let parent = planned.parent().filter(|parent| {
            // one that is not stored has no table
            resources.iter().any(|other| other.spec.name == *parent)
        });
        if let Some(parent) = parent {
            let _ = writeln!(diagram, "    \"{parent}\" ||--o{{ \"{}\" : \"\"", planned.spec.name);
        }
        for table in planned.tables.children() {
            let parent = table.parent.map_or("", |parent| &planned.tables[parent].name);
            let _ = writeln!(diagram, "    \"{parent}\" ||--o{{ \"{}\" : \"\"", table.name);
        }
    }
    diagram
}

fn entity(diagram: &mut String, planned: &Planned, table: &Table) {
    let _ = writeln!(diagram, "    \"{}\" {{", table.name);
    for column in &table.columns {
        let is_of_parent = match table.parent {
            Some(_) => column.name.starts_with(crate::schema::PARENT),
            None => planned.spec.fields.iter().any(|field| {
                matches!(field, FieldSpec::Column(spec)
                    if spec.name == column.name && matches!(spec.source, ColumnSource::Parent(_)))
            }),
        };
        let keys = match (column.primary_key, is_of_parent) {
            (true, true) => " PK, FK",
            (true, false) => " PK",
            (false, true) => " FK",
            (false, false) => "",
        };
        let doc = one_line(column.doc).replace('"', "'");
        let doc = if doc.is_empty() { doc } else { format!(" \"{doc}\"") };
        let _ = writeln!(diagram, "        {} {}{keys}{doc}", column.ty.name(), word(&column.name));
    }
    let _ = writeln!(diagram, "    }}");
}

/// A name as the language takes it for an attribute: letters of ASCII, digits, `-` and `_`.
fn word(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut word: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        word.insert(0, '_');
    }
    word
}
