//! What a run would find and do, without doing anything of it.

use super::catalog;
use super::connection::Connection;
use super::explain::Failure;
use crate::destination::sql::{self, Space, system};
use crate::destination::{Diff, Load, Remembered};

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
        if load.store {
            changes.extend(catalog::compare(connection, is_known, space, load).await?.changes);
        }
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
