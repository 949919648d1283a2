//! Every destination of this workspace against the suite that every destination passes.

mod cluster;
mod defects;
mod migration;
mod postgres;
mod sqlite;
