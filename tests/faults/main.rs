//! Loads that fail: a clear error, and nothing lost.

mod answers;
mod commits;
mod database;
mod hostile;
mod links;
mod paging;
mod redirects;
mod retries;
mod rows;
mod secrets;
