//! Every destination of this workspace against the suite that every destination passes.

mod cluster;
mod defects;
mod lost;
mod migration;
mod postgres;
mod sqlite;
