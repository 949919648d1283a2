//! The lease of a resource: an advisory lock, which ends with the session that has it.

use super::connection::Connection;
use super::explain::Failure;
use crate::destination::Load;
use crate::destination::sql::Space;

/// The number of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(i64);

impl Key {
    /// The lock of one who loads a resource.
    pub(super) fn of_load(space: &Space, load: &Load) -> Self {
        Self::of(&[&space.schema, load.connector, load.resource])
    }

    /// The lock of one who makes tables.
    pub(super) fn of_schema(space: &Space) -> Self {
        Self::of(&[&space.schema])
    }

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

    /// Takes the lock for the session, unless another one has it.
    pub(super) async fn take(self, connection: &mut Connection) -> Result<bool, Failure> {
        let taken = connection.value(&format!("SELECT pg_try_advisory_lock({self})")).await?;
        Ok(taken.as_deref() == Some("t"))
    }

    /// Waits for the lock and takes it for the transaction.
    pub(super) async fn wait(self, connection: &mut Connection) -> Result<(), Failure> {
        connection.query(&format!("SELECT pg_advisory_xact_lock({self})")).await.map(drop)
    }

    /// Gives the lock back, if the session has it. Where that fails it ends with the session.
    pub(super) async fn release(self, connection: &mut Connection) {
        let _ = connection.query(&format!("SELECT pg_advisory_unlock({self})")).await;
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
