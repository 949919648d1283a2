//! Only what is new, the pure half: which values bound a request, which rows of an answer are kept,
//! and how far the state may move. No I/O and no clock: `run` asks the API and writes the state.
//!
//! - [`Cursor`]: values of the cursor column: read, moved, written for the API.
//! - [`Windows`]: a range in parts.
//! - [`Watch`]: the rows of one scan as they come.

mod appends;
mod column;
mod cursor;
mod digest;
mod format;
mod judge;
mod order;
mod span;
#[cfg(test)]
mod tests;
mod watch;
mod windows;

pub(crate) use cursor::Cursor;
pub(crate) use watch::{Appended, Bounds, Watch};
pub(crate) use windows::Windows;
