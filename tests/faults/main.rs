//! Loads that fail: a clear error, and nothing lost.

mod ahead;
mod airbyte;
mod answers;
mod commits;
mod database;
mod defects;
mod families;
mod hostile;
mod increments;
mod limits;
mod links;
mod paging;
mod partitions;
mod promises;
mod redirects;
mod rejects;
mod responses;
mod retries;
mod rows;
mod secrets;
