//! Loads that succeed: what is asked for, what comes out.

mod auth;
mod bodies;
mod columns;
mod csv;
mod dispositions;
mod dlt;
mod links;
mod main_job;
mod requests;
