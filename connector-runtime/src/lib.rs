//! Typed connectors.
#![forbid(unsafe_code)]

// The derives name this crate `::connector_runtime`, here too.
extern crate self as connector_runtime;

pub mod check;
pub mod config;
mod connector;
mod private;
mod secret;
pub mod spec;
pub mod value;

pub use bytes::Bytes;
pub use connector::Connector;
#[cfg(feature = "macros")]
pub use connector_macros::{Choice, Connector, Record, Resource};
pub use jiff::{
    Timestamp,
    civil::{Date, Time},
};
#[cfg(feature = "decimal")]
pub use rust_decimal::Decimal;
pub use secret::Secret;
#[cfg(feature = "uuid")]
pub use uuid::Uuid;
pub use value::{Choice, Column, Json, Key, Record, Resource};

include!(concat!(env!("OUT_DIR"), "/private.rs"));
