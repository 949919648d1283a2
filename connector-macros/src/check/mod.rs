//! Raw values → model: one function a rule, with the why above it.
//!
//! A check reports what is wrong and goes on with something harmless in its place: after an error
//! the model is thrown away.

mod auth;
mod body;
mod choice;
mod column;
mod connector;
mod incremental;
mod list;
mod login;
mod mark;
mod misfits;
mod names;
mod oauth2;
mod origins;
mod paginator;
mod paging;
mod parts;
mod resource;
mod response;
mod selector;
mod source;
mod sources;
mod span;
mod strftime;
mod target;
mod template;
mod values;
mod write;

pub(crate) use choice::choice;
pub(crate) use connector::connector;
pub(crate) use resource::{record, resource};
