//! Typed connectors: annotated structs become a program that loads a REST API into a database.
//!
//! ```
//! use connector_runtime::prelude::*;
//!
//! /// A shop's API.
//! #[derive(Connector)]
//! #[connector(base_url = "https://api.example.com", auth = bearer(token), resources(Invoice))]
//! struct Shop {
//!     /// Token from the account page.
//!     token: Secret,
//! }
//!
//! /// One row of `GET /v1/invoices`.
//! #[derive(Resource)]
//! #[resource(path = "/v1/invoices", data_selector = "data", paginator = offset(limit = 100))]
//! struct Invoice {
//!     #[column(primary_key)]
//!     id: i64,
//!     amount: Decimal,
//!     paid_at: Option<Timestamp>,
//! }
//!
//! connector_runtime::main!(Shop);
//! ```
//!
//! - [`Connector`], [`Resource`], [`Record`], [`Choice`]: the derives and their options.
//! - [`main!`]: the finished program, with `sync`, `check` and `schema`.
//! - [`Connector::sync`]: the same as one call, and [`run::Run::plan`] what it would do;
//!   [`Connector::check`], [`Connector::preview`], [`Connector::dictionary`]; [`Connector::rows`]: rows as
//!   structs.
//! - [`config`]: flags, environment, files; [`Connector::from_env`], [`Connector::from_sources`].
//! - [`destination`]: where rows go, and the trait to add to it.
//! - [`catalog`]: what a destination knows, to be looked at and edited.
//! - `protocol` (features `airbyte` and `singer`): the same rows as messages of a data platform.
//! - [`Column`]: what a field can be.
//! - [`paging::NextPage`]: paging of one's own, [`auth::Sign`]: signatures of one's own.
#![forbid(unsafe_code)]

// The derives name this crate `::connector_runtime`, here too.
extern crate self as connector_runtime;

/// A place at which a test can end the process; nothing without the feature `testing`.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
macro_rules! fail_point {
    ($name:literal) => {
        #[cfg(feature = "testing")]
        $crate::testing::fail::reached($name);
    };
}

pub mod auth;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod benching;
pub mod catalog;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
mod client;
pub mod config;
mod connector;
mod decode;
pub mod destination;
pub mod dictionary;
mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod http;
mod incremental;
mod instance;
#[cfg(feature = "cli")]
// public where `protocol` is
#[cfg_attr(not(any(feature = "airbyte", feature = "singer")), allow(unreachable_pub))]
mod output;
mod paginate;
pub mod paging;
mod plan;
mod private;
#[cfg(any(feature = "airbyte", feature = "singer"))]
pub mod protocol;
mod rate;
pub mod report;
mod response;
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
pub use value::{Choice, Column, Json, Record, Resource};

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
