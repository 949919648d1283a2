//! Loads that succeed: what is asked for, what comes out.

mod auth;
mod bodies;
mod bodies_sent;
mod catalog;
mod checks;
mod columns;
mod csv;
mod dictionaries;
mod dispositions;
mod dlt;
mod github;
mod limits;
mod links;
mod main_job;
mod nested;
mod network;
mod paginator_with;
mod parents;
mod plans;
mod previews;
mod refreshes;
mod requests;
mod shapes;
mod sources_sent;
mod targets;
mod told;
