//! Loads that fail: a clear error, and nothing lost.

mod answers;
mod database;
mod links;
mod paging;
mod redirects;
mod retries;
mod rows;
mod secrets;
