//! The lease of a resource: advisory locks, which end with the session that has them.
//!
//! A resource as a whole has its lock alone. Parts share it, and each has another one of its own.

use super::connection::Connection;
use super::explain::Failure;
use crate::destination::Load;
use crate::destination::sql::{Space, literal};

/// How the comments of tables begin that outlive a session; the locks of their load follow.
const COMMENT: &str = "of the load that has the advisory lock";

/// The number of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key(i64);

/// The locks of one who loads a resource, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lease {
    resource: Key,
    part: Option<Key>,
}

/// Waits until nobody else makes tables, and keeps them from it as long as the transaction is open.
pub(super) async fn make_tables(connection: &mut Connection, space: &Space) -> Result<(), Failure> {
    let lock = Key::of(&[&space.schema]);
    connection.query(&format!("SELECT pg_advisory_xact_lock({lock})")).await.map(drop)
}

impl Lease {
    pub(super) fn of(space: &Space, load: &Load) -> Self {
        let names = [&space.schema, load.connector, load.resource];
        let part = load.part.map(|part| {
            let [schema, connector, resource] = names;
            Key::of(&[schema, connector, resource, &part.to_string()])
        });
        Self { resource: Key::of(&names), part }
    }

    /// Takes the locks for the session, unless another one is in the way.
    pub(super) async fn take(self, connection: &mut Connection) -> Result<bool, Failure> {
        let Self { resource, part } = self;
        let take = match part {
            None => format!("pg_try_advisory_lock({resource})"),
            // without the second one the first goes back
            Some(part) => format!(
                "CASE WHEN pg_try_advisory_lock_shared({resource}) THEN \
                 CASE WHEN pg_try_advisory_lock({part}) THEN true \
                 ELSE NOT pg_advisory_unlock_shared({resource}) END ELSE false END"
            ),
        };
        let taken = connection.value(&format!("SELECT {take}")).await?;
        Ok(taken.as_deref() == Some("t"))
    }

    /// Gives the locks back, if the session has them. Where that fails they end with the session.
    pub(super) async fn release(self, connection: &mut Connection) {
        let Self { resource, part } = self;
        let release = match part {
            None => format!("pg_advisory_unlock({resource})"),
            Some(part) => {
                format!("pg_advisory_unlock({part}), pg_advisory_unlock_shared({resource})")
            }
        };
        let _ = connection.query(&format!("SELECT {release}")).await;
    }

    /// The comment that says whose a table is.
    pub(super) fn comment(self) -> String {
        let Self { resource, part } = self;
        match part {
            None => literal(&format!("{COMMENT} {resource}")),
            Some(part) => literal(&format!("{COMMENT} {resource}, shared, and {part}")),
        }
    }

    /// Whether the comment in a column is that of a load which cannot be under way, while this one has
    /// its lease.
    pub(super) fn is_left(self, column: &str) -> String {
        let whole = Self { part: None, ..self }.comment();
        let others = match self.part {
            None => {
                let parts = literal(&format!("{COMMENT} {}, shared,", self.resource));
                format!("starts_with({column}, {parts})")
            }
            Some(_) => format!("{column} = {}", self.comment()),
        };
        format!("({column} = {whole} OR {others})")
    }
}

impl Key {
    /// Locks have numbers, not names, and a database has them in common.
    fn of(names: &[&str]) -> Self {
        let mut hash = hmac_sha256::Hash::new();
        for name in names {
            hash.update((name.len() as u64).to_be_bytes());
            hash.update(name);
        }
        let [a, b, c, d, e, f, g, h, ..] = hash.finalize();
        Self(i64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_names_apart() {
        assert_eq!(Key::of(&["a", "bc"]), Key::of(&["a", "bc"]));
        assert_ne!(Key::of(&["a", "bc"]), Key::of(&["ab", "c"]));
    }
}
