//! States of partitions, each found by its key.

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::explain::explain;
use crate::destination::sql::system::states::{Changes, beyond, parse, to_json};
use crate::destination::{Load, States};
use crate::error::Result;
use crate::state::State;

const WRITE: &str = "INSERT INTO main._connector_state (connector, resource, \"partition\", state, load_id) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (connector, resource, \"partition\") \
     DO UPDATE SET state = excluded.state, load_id = excluded.load_id";

const FORGET: &str = "DELETE FROM main._connector_state \
     WHERE connector = ?1 AND resource = ?2 AND \"partition\" = ?3";

const READ: &str = "SELECT state FROM main._connector_state \
     WHERE connector = ?1 AND resource = ?2 AND \"partition\" = ?3";

const READ_RANGE: &str = "SELECT \"partition\", state FROM main._connector_state \
     WHERE connector = ?1 AND resource = ?2 AND \"partition\" >= ?3";

/// Whose states they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner {
    connector: &'static str,
    pub(super) resource: &'static str,
}

impl Owner {
    pub(super) fn of(load: &Load) -> Self {
        Self { connector: load.connector, resource: load.resource }
    }
}

/// Writes the states of the rows that this transaction makes visible.
pub(super) fn write(
    connection: &Connection,
    load: &Load,
    load_id: i64,
    states: &Changes<'_>,
) -> Result<()> {
    let prepare = |sql| connection.prepare_cached(sql).map_err(explain);
    let mut write = prepare(WRITE)?;
    let mut forget = prepare(FORGET)?;
    for (partition, state) in states {
        let Load { connector, resource, .. } = load;
        let done = match state {
            Some(state) => {
                write.execute(params![connector, resource, partition, to_json(state)?, load_id])
            }
            None => forget.execute(params![connector, resource, partition]),
        };
        done.map_err(explain)?;
    }
    Ok(())
}

/// Reads states that were committed.
pub(super) fn read(
    connection: &Connection,
    of: Owner,
    states: States<'_>,
) -> Result<Vec<(String, State)>> {
    match states {
        States::Of(partitions) => {
            let mut read = connection.prepare_cached(READ).map_err(explain)?;
            let states = partitions.iter().map(|partition| {
                let json = one(&mut read, of, partition)?;
                let state = json.map(|json| parse(of.resource, partition, &json)).transpose()?;
                Ok(state.map(|state| (partition.clone(), state)))
            });
            states.filter_map(Result::transpose).collect()
        }
        States::Beginning(prefix) => {
            let mut found = Vec::new();
            for (partition, json) in beginning(connection, of, prefix)? {
                let state = parse(of.resource, &partition, &json)?;
                found.push((partition, state));
            }
            Ok(found)
        }
    }
}

fn one(read: &mut CachedStatement<'_>, of: Owner, partition: &str) -> Result<Option<String>> {
    let key = (of.connector, of.resource, partition);
    read.query_row(key, |row| row.get(0)).optional().map_err(explain)
}

/// Partitions that begin so, and the JSON of their states.
fn beginning(connection: &Connection, of: Owner, prefix: &str) -> Result<Vec<(String, String)>> {
    let pair = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let Owner { connector, resource } = of;
    let rows = match beyond(prefix) {
        Some(to) => {
            let sql = format!("{READ_RANGE} AND \"partition\" < ?4");
            let mut read = connection.prepare_cached(&sql).map_err(explain)?;
            let rows = read.query_map(params![connector, resource, prefix, to], pair);
            rows.and_then(Iterator::collect)
        }
        None => {
            let mut read = connection.prepare_cached(READ_RANGE).map_err(explain)?;
            let rows = read.query_map(params![connector, resource, prefix], pair);
            rows.and_then(Iterator::collect)
        }
    };
    rows.map_err(explain)
}
