//! Plain merges go straight into the table: a hundred rows a statement, no stage.

use super::insert::Insert;
use crate::destination::Load;
use crate::destination::sql::{Space, ddl};
use crate::schema::LOAD_ID;
use crate::spec::{ColumnMark, MergeStrategy};

/// The row that is there already; no table has this name.
const THERE: &str = "_connector_there";

/// Whether the rows of a load can be judged one by one, by the table alone.
pub(super) fn is_direct(load: &Load) -> bool {
    let root = load.tables.root();
    let deletes = |mark| matches!(mark, ColumnMark::HardDelete | ColumnMark::SoftDelete);
    !load.write.waits(root)
        && !load.tables.is_nested()
        && load.write.delete_missing.is_none()
        && root.marked(deletes).is_none()
}

/// Rows whose key is there update it, if any value differs; the load id alone is no difference.
pub(super) fn upsert(space: &Space, load: &Load, load_id: i64) -> Insert {
    let table = load.tables.root();
    let names: Vec<_> = table.columns.iter().map(|column| space.name(&column.name)).collect();
    let key = ddl::key(table, &load.write);
    let into = format!("{} AS {THERE} ({}, {LOAD_ID})", space.table(&table.name), names.join(", "));
    let conflict = format!("ON CONFLICT ({})", ddl::list(space, key.iter().copied()));
    let others: Vec<_> = table.columns.iter().filter(|column| !column.primary_key).collect();
    if others.is_empty() || load.write.strategy == MergeStrategy::InsertOnly {
        let end = format!("{conflict} DO NOTHING");
        return Insert::new(&into, names.len(), Some(load_id), &end);
    }
    let names_of_others = || others.iter().map(|column| space.name(&column.name));
    let set = names_of_others().chain([LOAD_ID.to_owned()]);
    let set: Vec<_> = set.map(|name| format!("{name} = excluded.{name}")).collect();
    let differs: Vec<_> =
        names_of_others().map(|name| format!("{THERE}.{name} IS NOT excluded.{name}")).collect();
    let newer = table.marked(|mark| mark == ColumnMark::Version).map(|version| {
        let name = space.name(&version.name);
        format!(" AND ({THERE}.{name} IS NULL OR excluded.{name} >= {THERE}.{name})")
    });
    let end = format!(
        "{conflict} DO UPDATE SET {} WHERE ({}){}",
        set.join(", "),
        differs.join(" OR "),
        newer.unwrap_or_default()
    );
    Insert::new(&into, names.len(), Some(load_id), &end)
}
