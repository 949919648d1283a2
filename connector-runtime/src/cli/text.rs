//! What `check` and `schema` write for people.

use crate::report::{Complaints, Grid, human_bytes};
use crate::run::CheckReport;
use crate::schema::Table;

/// What is wrong with the resources.
pub(super) fn complaints(report: &CheckReport) -> Complaints<'_> {
    let mut all = Complaints::default();
    for one in &report.resources {
        all.add(one.resource, &one.warnings, one.error.as_ref());
    }
    all.errors.extend(&report.error);
    all
}

/// The result of a check; nothing when it could not start.
pub(super) fn checked(report: &CheckReport) -> String {
    if report.resources.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(&["resource", "status"]);
    grid.numbers(&["rows", "total", "requests", "bytes", "seconds"]);
    grid.texts(&["columns"]);
    for one in &report.resources {
        grid.push(vec![
            one.resource.to_owned(),
            one.status.as_str().to_owned(),
            one.rows.to_string(),
            one.total.map(|total| total.to_string()).unwrap_or_default(),
            one.traffic.requests.to_string(),
            human_bytes(one.traffic.bytes),
            format!("{:.2}", one.seconds),
            one.columns.join(", "),
        ]);
    }
    grid.to_string()
}

/// The columns of tables.
pub(super) fn schema<'a>(tables: impl IntoIterator<Item = &'a Table>) -> String {
    let mut grid = Grid::new(&["resource", "column", "type", "null", "key", "doc"]);
    let yes = |is: bool| if is { "yes" } else { "" }.to_owned();
    for table in tables {
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
    grid.to_string()
}

fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}
