//! Loads that fail: a clear error, and nothing lost.

mod ahead;
mod answers;
mod commits;
mod database;
mod defects;
mod hostile;
mod limits;
mod links;
mod paging;
mod promises;
mod redirects;
mod rejects;
mod responses;
mod retries;
mod rows;
mod secrets;
