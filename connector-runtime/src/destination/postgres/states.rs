//! States of partitions, as few statements, each found by its key.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::connection::Texts;
use crate::destination::sql::system::states::{Changes, beyond, parse, to_json};
use crate::destination::sql::{Space, literal};
use crate::destination::{Load, States};
use crate::error::{Error, ErrorKind, Result};
use crate::state::State;

/// Partitions in one statement.
const AT_ONCE: usize = 1_000;

/// The longest text, in bytes, that is a key as it is: an entry of an index has 2,704 bytes.
const LONGEST_KEY: usize = 1_000;

/// The whole text of a partition.
pub(super) const PARTITION: &str = "coalesce(long_partition, \"partition\")";

/// What a partition is called in the key: itself, or its beginning and a digest, which is longer than
/// any that is itself.
pub(super) fn key(partition: &str) -> Cow<'_, str> {
    if partition.len() <= LONGEST_KEY {
        return Cow::Borrowed(partition);
    }
    let mut key = beginning(partition).to_owned();
    while key.len() <= LONGEST_KEY {
        key.push('.');
    }
    for byte in hmac_sha256::Hash::hash(partition.as_bytes()) {
        let _ = write!(key, "{byte:02x}");
    }
    Cow::Owned(key)
}

/// What a text has in common with its key.
fn beginning(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_KEY);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The statements that write the states of the rows which this transaction makes visible.
pub(super) fn write(
    space: &Space,
    load: &Load,
    load_id: i64,
    states: &Changes<'_>,
) -> Result<Vec<String>> {
    let (connector, resource) = (literal(load.connector), literal(load.resource));
    let (mut rows, mut gone) = (Vec::new(), Vec::new());
    for (partition, state) in states {
        let key = key(partition);
        let Some(state) = state else {
            gone.push(literal(&key));
            continue;
        };
        let long = match key {
            Cow::Borrowed(_) => "NULL".to_owned(),
            Cow::Owned(_) => literal(partition),
        };
        rows.push(format!(
            "({connector}, {resource}, {}, {long}, {}, {load_id})",
            literal(&key),
            literal(&to_json(state)?)
        ));
    }
    let table = space.table("_connector_state");
    let write = rows.chunks(AT_ONCE).map(|rows| {
        format!(
            "INSERT INTO {table} (connector, resource, \"partition\", long_partition, state, load_id) VALUES {} \
             ON CONFLICT (connector, resource, \"partition\") DO UPDATE SET state = excluded.state, load_id = excluded.load_id",
            rows.join(", ")
        )
    });
    let forget = gone.chunks(AT_ONCE).map(|keys| {
        format!("DELETE FROM {table} WHERE {}", of(load, &format!("IN ({})", keys.join(", "))))
    });
    Ok(write.chain(forget).collect())
}

/// The queries for these states.
pub(super) fn read(space: &Space, load: &Load, states: States<'_>) -> Vec<String> {
    let select = |which: &str| {
        format!(
            "SELECT {PARTITION}, state FROM {} WHERE {}",
            space.table("_connector_state"),
            of(load, which)
        )
    };
    match states {
        States::Of(partitions) => {
            let keys: Vec<_> = partitions.iter().map(|one| literal(&key(one))).collect();
            let queries = keys.chunks(AT_ONCE);
            queries.map(|keys| select(&format!("IN ({})", keys.join(", ")))).collect()
        }
        States::Beginning(prefix) => {
            let prefix = beginning(prefix);
            let from = literal(prefix);
            vec![match beyond(prefix) {
                Some(to) => select(&format!(">= {from} AND \"partition\" < {}", literal(&to))),
                None => select(&format!(">= {from}")),
            }]
        }
    }
}

/// Partitions of a resource.
fn of(load: &Load, which: &str) -> String {
    let (connector, resource) = (literal(load.connector), literal(load.resource));
    format!("connector = {connector} AND resource = {resource} AND \"partition\" {which}")
}

/// What the queries have found.
pub(super) fn found(
    load: &Load,
    states: States<'_>,
    rows: Vec<Texts>,
) -> Result<Vec<(String, State)>> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let Ok([Some(partition), Some(json)]) = <[_; 2]>::try_from(row) else {
            let text = "BUG: the table of states has other columns";
            return Err(Error::new(ErrorKind::Internal, text));
        };
        // the query knows the beginning of a long one only
        if matches!(states, States::Beginning(prefix) if !partition.starts_with(prefix)) {
            continue;
        }
        let state = parse(load.resource, &partition, &json)?;
        found.push((partition, state));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_long_partitions() {
        let long = "ä".repeat(2_000);
        let other = format!("{}x", "ä".repeat(1_999));
        assert_eq!(key(&long[..1_000]), &long[..1_000]);
        assert_eq!(key(&long), key(&long));
        assert_ne!(key(&long), key(&other));
        for at in [1_001, 1_002, 1_003] {
            // characters of three bytes end at different places
            let text: String = "x".repeat(at % 3) + &"€".repeat(at / 3 + 1);
            let key = key(&text);
            assert!(key.len() > LONGEST_KEY && key.len() < 1_100, "{}", key.len());
            assert!(key.starts_with(beginning(&text)));
        }
    }
}
