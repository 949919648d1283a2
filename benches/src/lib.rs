//! What the programs here have in common: rows and the API that serves them, databases to load into, and
//! what a process took.

mod database;
mod figures;
pub mod parts;
mod processes;
mod shape;
mod small;
mod wide;

pub use database::{Database, Kind};
pub use figures::{Figures, PEAK, finish, measure, median, tell_peak};
pub use shape::{
    Cells, Column, Expected, KEY, LIMIT, Page, Shape, Table, Text, Type, expected, load, page,
    serve, verify,
};
pub use small::Small;
pub use wide::Wide;

/// What a program says when it cannot measure.
pub type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;
