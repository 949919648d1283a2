#![doc = include_str!("../../README.md")]
#![forbid(unsafe_code)]

// The derives name this crate `::connector_runtime`, here too.
extern crate self as connector_runtime;

mod auth;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
mod client;
pub mod config;
mod connector;
mod decode;
pub mod destination;
mod error;
pub mod http;
mod instance;
mod paginate;
mod plan;
mod private;
pub mod report;
mod retry;
pub mod run;
pub mod schema;
mod secret;
pub mod spec;
pub mod state;
#[cfg(feature = "testing")]
pub mod testing;
pub mod value;

pub use arrow_array;
pub use bytes::Bytes;
pub use connector::Connector;
#[cfg(feature = "macros")]
pub use connector_macros::{Choice, Connector, Record, Resource};
pub use error::{Error, ErrorKind, Result};
pub use jiff::{
    Timestamp,
    civil::{Date, Time},
};
#[cfg(feature = "decimal")]
pub use rust_decimal::Decimal;
pub use secret::Secret;
pub use tokio_util::sync::CancellationToken;
#[cfg(feature = "uuid")]
pub use uuid::Uuid;
pub use value::{Choice, Column, Json, Key, Record, Resource};

/// What a connector's file needs: the derives, their traits and the column types.
pub mod prelude {
    #[cfg(feature = "decimal")]
    pub use crate::Decimal;
    #[cfg(feature = "uuid")]
    pub use crate::Uuid;
    pub use crate::{
        Bytes, Choice, Connector, Date, Json, Record, Resource, Secret, Time, Timestamp,
    };
}

include!(concat!(env!("OUT_DIR"), "/private.rs"));
