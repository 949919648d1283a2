//! What the programs here have in common: databases to load into, and what a process took.

mod database;
mod figures;
pub mod parts;

pub use database::{Database, Kind};
pub use figures::{Figures, finish, measure, median};

/// What a program says when it cannot measure.
pub type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;
