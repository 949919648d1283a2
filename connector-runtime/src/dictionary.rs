//! [`Dictionary`]: the tables of a connector, described for people and for other programs.

mod markdown;
mod mermaid;

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::destination::Destination;
use crate::error::Result;
use crate::plan::{self, Planned};
use crate::report::Grid;
use crate::schema::{Dialect, Table, TableColumn, described, of_record};
use crate::spec::{ColumnMark, ConnectorSpec};

/// The tables of a connector, described; made by
/// [`Connector::dictionary`](crate::Connector::dictionary). Prints as a table with a line for each
/// column.
#[derive(Clone, Debug)]
pub struct Dictionary {
    connector: &'static ConnectorSpec,
    /// Those that are stored.
    resources: Vec<Planned>,
}

impl Dictionary {
    pub(crate) fn of(connector: &'static ConnectorSpec, selection: &[String]) -> Result<Self> {
        let mut resources = plan::plan(connector, selection)?;
        resources.retain(|planned| planned.stored);
        Ok(Self { connector, resources })
    }

    /// The statements that make the tables in a destination.
    pub fn ddl(&self, destination: &dyn Destination) -> String {
        let ddl = |planned: &Planned| destination.ddl(&planned.load(self.connector));
        self.resources.iter().map(ddl).collect::<Vec<_>>().join("\n")
    }

    /// A JSON Schema (2020-12) of rows, as [`Preview`](crate::run::Preview) has them: nested lists are
    /// lists. `$defs` has a schema for each resource, and the document takes a row of any of them.
    pub fn json_schema(&self) -> Value {
        let row = |planned: &Planned| {
            let spec = planned.spec;
            let schema = described(of_record(spec.fields, Dialect::Standard, &|_| true), spec.doc);
            (spec.name.to_owned(), Value::Object(schema))
        };
        let rows: Map<_, _> = self.resources.iter().map(row).collect();
        let any: Vec<_> =
            rows.keys().map(|name| json!({ "$ref": format!("#/$defs/{name}") })).collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.connector.name,
            "anyOf": any,
            "$defs": rows,
        })
    }

    /// A data dictionary in Markdown: a section for each table.
    pub fn markdown(&self) -> String {
        markdown::page(self.connector, &self.resources)
    }

    /// An entity-relationship diagram in the language of Mermaid: parents and children, lists and the
    /// rows they are in.
    pub fn mermaid(&self) -> String {
        mermaid::diagram(&self.resources)
    }
}

/// As JSON: every table with its columns.
impl Serialize for Dictionary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let table = |planned: &Planned, table: &Table| {
            let parent = table.parent.map(|parent| planned.tables[parent].name.as_str());
            let column = |column: &TableColumn| {
                json!({
                    "column": column.name,
                    "type": column.ty.name(),
                    "nullable": column.nullable,
                    "primary_key": column.primary_key,
                    "mark": column.mark.map(mark_name),
                    "doc": one_line(column.doc),
                })
            };
            json!({
                "table": table.name,
                "resource": planned.spec.name,
                "parent": parent.or(planned.parent().filter(|_| table.parent.is_none())),
                "doc": one_line(table.doc),
                "columns": table.columns.iter().map(column).collect::<Vec<_>>(),
            })
        };
        let tables = self.resources.iter().flat_map(|planned| {
            planned.tables.iter().map(|of| table(planned, of)).collect::<Vec<_>>()
        });
        let tables: Vec<_> = tables.collect();
        json!({ "connector": self.connector.name, "tables": tables }).serialize(serializer)
    }
}

fn mark_name(mark: ColumnMark) -> &'static str {
    match mark {
        ColumnMark::DedupSort(_) => "dedup_sort",
        ColumnMark::HardDelete => "hard_delete",
        ColumnMark::SoftDelete => "soft_delete",
        ColumnMark::Version => "version",
    }
}

impl fmt::Display for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut grid = Grid::new(&["resource", "column", "type", "null", "key", "doc"]);
        let yes = |is: bool| if is { "yes" } else { "" }.to_owned();
        for table in self.resources.iter().flat_map(|planned| planned.tables.iter()) {
            for column in &table.columns {
                grid.push(vec![
                    table.name.clone(),
                    column.name.clone(),
                    column.ty.name().to_owned(),
                    yes(column.nullable),
                    yes(column.primary_key),
                    one_line(column.doc),
                ]);
            }
        }
        grid.fmt(f)
    }
}

fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}
