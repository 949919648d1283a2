//! Tests without a network: of connectors, with a [`ScriptedTransport`] that knows which requests will
//! come, and of destinations, with the suite that each of them passes ([`conformance`]).

pub mod conformance;
mod scripted;

pub use scripted::{ScriptedAnswer, ScriptedTransport};
