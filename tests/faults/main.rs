//! Loads that fail: a clear error, and nothing lost.

mod answers;
mod commits;
mod database;
mod defects;
mod hostile;
mod limits;
mod links;
mod paging;
mod redirects;
mod responses;
mod retries;
mod rows;
mod secrets;
