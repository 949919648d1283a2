//! What the end-to-end tests share: a scripted server, a small paged API on top of it, a reader of
//! the databases that come out, a sync binary to run as a process; a simulated API and a destination
//! in memory for schedules by the thousand.

mod answers;
mod api;
#[cfg(unix)]
mod child;
mod database;
mod example;
#[cfg(unix)]
mod fail;
mod github;
mod helpdesk;
mod hold;
mod logs;
mod memory;
mod place;
mod postgres;
mod rotating;
mod run;
mod server;
pub mod sim;
mod stopwatch;
mod stripe;
#[cfg(unix)]
mod terminal;
mod tls;
mod tracker;

pub use answers::Answers;
pub use api::{Item, OffsetApi, items, page};
#[cfg(unix)]
pub use child::{Child, Outcome, sync};
pub use database::{Database, Folder};
pub use example::{ExampleApi, KEY, ResourceName, example};
#[cfg(unix)]
pub use fail::arm_fail_point;
pub use github::GitHub;
pub use helpdesk::{HELPDESK_TOKEN, Helpdesk, HelpdeskApi, View};
pub use hold::Hold;
pub use logs::Logs;
pub use memory::{Cell, CellRow, Memory, Shelf};
pub use place::Place;
pub use postgres::{Cluster, PgDatabase, Row, postgres, rows};
pub use rotating::Rotating;
pub use run::{assert_says, counts, done, failed, run, run_in_order};
pub use server::{Reply, Request, Server};
pub use stopwatch::Stopwatch;
pub use stripe::Stripe;
#[cfg(unix)]
pub use terminal::Terminal;
pub use tls::{Authority, Issued, Proxy, TlsFront};
pub use tracker::{PROJECTS_A_PAGE, TASKS, Tracker, TrackerApi};

/// The README's code compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The code of the page about incremental loads compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/incremental.md")]
struct Incremental;

/// The code of the page about loading compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/loading.md")]
struct Loading;

/// The code of the page about types compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/types.md")]
struct Types;

/// The code of the page about configuration compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/configuration.md")]
struct Configuration;
