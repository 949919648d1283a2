//! A data dictionary in Markdown.

use std::fmt::Write as _;

use super::{mark_name, one_line};
use crate::plan::Planned;
use crate::schema::{LOAD_ID, Table, TableColumn};
use crate::spec::{
    ColumnSource, ConnectorSpec, DeleteMissing, FieldSpec, MergeStrategy, WriteDisposition,
};

/// A section for each table.
pub(super) fn page(connector: &ConnectorSpec, resources: &[Planned]) -> String {
    let mut page = format!("# {}\n", connector.name);
    paragraph(&mut page, connector.doc);
    for planned in resources {
        for table in planned.tables.iter() {
            section(&mut page, planned, table);
        }
    }
    page
}

fn section(page: &mut String, planned: &Planned, table: &Table) {
    let _ = write!(page, "\n## {}\n", table.name);
    paragraph(page, table.doc);
    let said = match table.parent {
        Some(parent) => format!("Rows belong to those of `{}`.", planned.tables[parent].name),
        None => said(planned),
    };
    let _ =
        write!(page, "\n{said}\n\n| column | type | null | key | doc |\n|---|---|---|---|---|\n");
    for column in &table.columns {
        let key = key(planned, table, column);
        let null = if column.nullable { "yes" } else { "no" };
        let doc = cell(column.doc);
        let _ = writeln!(
            page,
            "| `{}` | `{}` | {null} | {key} | {doc} |",
            column.name,
            column.ty.name()
        );
    }
    if let (None, MergeStrategy::Scd2 { valid_from, valid_to }) =
        (table.parent, planned.write.strategy)
    {
        let _ =
            writeln!(page, "| `{valid_from}` | `timestamp` | no | primary | valid from then on |");
        let _ = writeln!(page, "| `{valid_to}` | `timestamp` | yes |  | and until then |");
    }
    let _ = writeln!(page, "| `{LOAD_ID}` | `i64` | no |  | the load that wrote the row last |");
}

/// How rows get there, in one paragraph.
fn said(planned: &Planned) -> String {
    let write = &planned.write;
    let how = match (write.disposition, write.strategy) {
        (WriteDisposition::Append, _) => "are appended",
        (WriteDisposition::Replace, _) => "replace those of the load before",
        (WriteDisposition::Merge, MergeStrategy::InsertOnly) => "are inserted once and then stay",
        (WriteDisposition::Merge, MergeStrategy::DeleteInsert { .. }) => {
            "replace those of the same merge key"
        }
        (WriteDisposition::Merge, MergeStrategy::Scd2 { .. }) => "are kept as a history",
        (WriteDisposition::Merge, MergeStrategy::Upsert) => "are merged by their key",
    };
    let missing = match write.delete_missing {
        Some(DeleteMissing::Hard) => " Those that the API does not list any more are deleted.",
        Some(DeleteMissing::Soft) => " Those that the API does not list any more are marked.",
        None => "",
    };
    let parent =
        planned.parent().map(|parent| format!(" They are read for each row of `{parent}`."));
    let cursor = planned
        .spec
        .incremental
        .map(|spec| format!(" Only what is new is asked for, by `{}`.", spec.cursor));
    format!("Rows {how}.{missing}{}{}", parent.unwrap_or_default(), cursor.unwrap_or_default())
}

fn key(planned: &Planned, table: &Table, column: &TableColumn) -> String {
    let mut key = Vec::new();
    if column.primary_key {
        key.push("primary".to_owned());
    }
    if table.parent.is_none() {
        let of = planned.spec.fields.iter().find_map(|field| match field {
            FieldSpec::Column(spec) if spec.name == column.name => Some(spec.source),
            _ => None,
        });
        match of {
            Some(ColumnSource::Parent(name)) => {
                key.push(format!("`{}.{name}`", planned.parent().unwrap_or_default()));
            }
            Some(ColumnSource::Partition(name)) => key.push(format!("partition `{name}`")),
            _ => {}
        }
    }
    key.extend(column.mark.map(|mark| format!("`{}`", mark_name(mark))));
    key.join(", ")
}

fn paragraph(page: &mut String, doc: &str) {
    let lines: Vec<_> = doc.trim().lines().map(str::trim).collect();
    if !lines.is_empty() {
        let _ = write!(page, "\n{}\n", lines.join("\n"));
    }
}

/// A text in a cell of a table.
fn cell(doc: &str) -> String {
    one_line(doc).replace('|', "\\|")
}
