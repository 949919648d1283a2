//! What a run would find and do, without doing anything of it.

use super::catalog;
use super::connection::Connection;
use super::explain::Failure;
use super::writer::refuse_lost;
use crate::destination::sql::{self, Space, compare, system};
use crate::destination::{Diff, Load, Remembered};
use crate::schema::Table;

pub(super) async fn diff(
    connection: &mut Connection,
    space: &Space,
    loads: &[Load],
) -> Result<Diff, Failure> {
    sql::check_names(space, loads)?;
    connection.ready().await?;
    let version = match catalog::has_table(connection, space, "_connector_version").await? {
        true => connection.value(&system::read_version(space)).await?,
        false => None,
    };
    let version = version.and_then(|version| version.parse().ok());
    // what those of another release hold is not known here, and none of it is no first load
    let is_known = system::is_readable(version)?;
    let (mut changes, mut remembered) = (Vec::new(), Vec::new());
    for load in loads {
        if is_known {
            remembered.push(remembers(connection, space, load).await?);
        }
        if !load.store {
            continue;
        }
        if is_known
            && let Some(other) = connection.value(&system::other_connector(space, load)).await?
        {
            return Err(system::foreign(load, &other).into());
        }
        let tables: Vec<_> = load.tables.iter().collect();
        let there = catalog::tables(connection, space, &tables).await?;
        let existing = |table: &Table| there.get(&space.bare(&table.name));
        if compare::begins(space, load, existing)? && is_known {
            refuse_lost(connection, space, load).await?;
        }
        let migration = compare::compare_all(space, load, existing)?;
        changes.extend(migration.changes);
    }
    Ok(Diff::new(changes, remembered))
}

async fn remembers(
    connection: &mut Connection,
    space: &Space,
    load: &Load,
) -> Result<Remembered, Failure> {
    let count = connection.value(&system::states::count_partitions(space, load)).await?;
    let count = count.and_then(|count| count.parse().ok()).unwrap_or_default();
    Ok(Remembered::new(load.resource, count))
}
