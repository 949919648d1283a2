//! Every destination of this workspace against the suite that every destination passes.

mod cluster;
mod postgres;
mod sqlite;
