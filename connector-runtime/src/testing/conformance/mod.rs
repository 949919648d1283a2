//! The tests that every destination passes.
//!
//! A destination of one's own gets all of them from a [`Harness`], which says how to make the
//! destination and how to read what it wrote, and [`conformance_tests!`](crate::conformance_tests):
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # mod example {
//! use connector_runtime::destination::{BoxFuture, Destination, Sqlite};
//! use connector_runtime::testing::conformance::{Harness, Selected, Values};
//!
//! struct Mine {
//!     // a folder, a schema, a bucket: one for each test
//! }
//!
//! impl Harness for Mine {
//!     fn destination(&self) -> Box<dyn Destination> {
//!         Box::new(Sqlite::file("mine.db"))
//!     }
//!     fn tables(&self) -> BoxFuture<'_, Vec<String>> {
//!         Box::pin(async { /* ask the database */ Vec::new() })
//!     }
//!     fn columns<'a>(&'a self, table: &'a str) -> BoxFuture<'a, Vec<String>> {
//!         Box::pin(async { /* ask the database */ Vec::new() })
//!     }
//!     fn rows<'a>(
//!         &'a self,
//!         table: &'a str,
//!         columns: &'a [Selected<'a>],
//!     ) -> BoxFuture<'a, Vec<Values>> {
//!         Box::pin(async { /* SELECT columns FROM table */ Vec::new() })
//!     }
//! }
//!
//! /// `None` where what the destination needs is not there: nothing is tested.
//! fn mine() -> Option<Mine> {
//!     Some(Mine {})
//! }
//!
//! connector_runtime::conformance_tests!(mine);
//! # }
//! ```
//!
//! Most cases load scripted pages through the whole engine, with connectors like those of users, and look
//! at the tables, the counts of the report, the state and the log. Those of several loads at once, of
//! states and of parts call the destination themselves, in orders that engines may. The tests are in a
//! module `conformance` beside the macro's call: `conformance::append::the_first_load`.
//!
//! # Tables of the destination's own
//!
//! The suite reads them through the [`Harness`] like those of resources, with these columns; a
//! destination may have more tables, and more columns.
//!
//! | table | a row for each | columns |
//! |---|---|---|
//! | `_connector_state` | partition of a resource that has a state | `connector`, `resource`, `partition`: text, the latter empty for the resource as a whole; `state`: JSON, what serde makes of a [`State`](crate::state::State) |
//! | `_connector_loads` | resource in a load | `load_id`: `i64`; `connector`, `resource`, `status`, `error`: text; `started_at`, `ended_at`: instants; `received`, `inserted`, `updated`, `unchanged`, `deleted`, `filtered`, `quarantined`, `removed`, `pages`, `requests`, `retries`: `i64` |
//! | `_connector_rejects` | row that does not fit | `load_id`, `page`, `row`: `i64`; `connector`, `resource`, `path`, `reason`: text; `raw`: JSON as text |
//!
//! Tables of resources have the column `_load_id`, an `i64`, beside their own.
//!
//! # Runtime
//!
//! Each case runs in a tokio runtime of its own, of one thread, with timers and I/O. A destination
//! that blocks does so on a thread of its own (`tokio::task::spawn_blocking`): two loads may be at
//! work in one runtime.

mod bench;
mod cases;
#[doc(hidden)]
pub mod direct;
mod script;

use std::sync::Arc;

use crate::destination::{BoxFuture, Destination};
use crate::value::LogicalType;
use bench::Bench;

/// A destination under test, and a reader of what it wrote.
///
/// Each test has a harness of its own. Which tables beside those of resources are read is said
/// [above](self#tables-of-the-destinations-own).
pub trait Harness: Send + Sync + 'static {
    /// The destination: the same place with each call, empty before the first load. Several of them may
    /// be at work at once.
    fn destination(&self) -> Box<dyn Destination>;

    /// Whether the destination speaks SQL: an error about a table that does not fit then shows the
    /// `ALTER TABLE` or `CREATE TABLE` that a person would run.
    fn speaks_sql(&self) -> bool {
        true
    }

    /// The names of the tables that are there, in any order.
    fn tables(&self) -> BoxFuture<'_, Vec<String>>;

    /// The names of a table's columns, in their order; none where there is no such table.
    fn columns<'a>(&'a self, table: &'a str) -> BoxFuture<'a, Vec<String>>;

    /// These columns of every row that a reader sees now, in any order; no rows where there is no
    /// such table.
    fn rows<'a>(
        &'a self,
        table: &'a str,
        columns: &'a [Selected<'a>],
    ) -> BoxFuture<'a, Vec<Values>>;
}

/// A column to be read, and what was stored in it.
#[derive(Clone, Copy, Debug)]
pub struct Selected<'a> {
    /// The column's name.
    pub name: &'a str,
    /// What it stores, which says how its values are written:
    ///
    /// | type | text |
    /// |---|---|
    /// | integers, decimals | their digits: `-12`, `1.50` |
    /// | floats | what Rust's `{:?}` makes of the `f64`: `0.5`, `1.0`, `1e300` |
    /// | `bool` | `true`, `false` |
    /// | text, JSON | as stored |
    /// | instants | `2024-01-31T08:15:00.000000Z` |
    /// | dates, times | `2024-01-31`, `08:15:00.500000` |
    /// | UUIDs | `67e55044-10b1-426f-9247-bb680e5fe0c8` |
    /// | bytes | hexadecimal digits: `00ff` |
    pub ty: LogicalType,
}

/// The values of a row; null is `None`.
pub type Values = Vec<Option<String>>;

/// A test that every destination passes.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    run: fn(Bench) -> BoxFuture<'static, ()>,
}

/// Runs the case of this name, unless there is no harness.
///
/// # Panics
///
/// When the destination does not pass.
#[doc(hidden)]
pub fn run<H: Harness>(name: &str, harness: Option<H>) {
    let Some(harness) = harness else { return };
    let case = cases::CASES.iter().find(|case| case.name == name);
    let case = case.unwrap_or_else(|| panic!("BUG: no case is called `{name}`"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
    runtime.block_on((case.run)(Bench::new(Arc::new(harness))));
}

/// Makes a test of each case that a destination must pass.
///
/// Takes the name of a function that makes the [`Harness`] of one test, or `None` where what the
/// destination needs is not there. See [`testing::conformance`](crate::testing::conformance).
#[macro_export]
macro_rules! conformance_tests {
    ($harness:ident) => {
        $crate::__conformance_cases!($crate::__conformance_test, $harness);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    ($harness:ident; $($topic:ident { $($case:ident,)+ })+) => {
        mod conformance {
            use super::$harness as harness;
            $(mod $topic {$(
                #[::core::prelude::v1::test]
                fn $case() {
                    let name = ::core::concat!(
                        ::core::stringify!($topic), "::", ::core::stringify!($case)
                    );
                    $crate::testing::conformance::run(name, super::harness());
                }
            )+})+
        }
    };
}
