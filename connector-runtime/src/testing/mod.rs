//! Tests without a network: of connectors, with a [`ScriptedTransport`] that knows which requests will
//! come, and of destinations, with the suite that each of them passes ([`conformance`]) and places at
//! which a test can end the process ([`fail`]).

pub mod conformance;
pub mod fail;
mod scripted;

pub use scripted::{ScriptedAnswer, ScriptedTransport};
