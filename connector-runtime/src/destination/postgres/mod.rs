//! PostgreSQL.

mod connection;
mod copy;
#[cfg(feature = "rustls")]
mod der;
mod explain;
mod numeric;
mod settings;
#[cfg(feature = "rustls")]
mod tls;
