//! Requests, responses and the transport between them.
//!
//! A [`Request`] keeps its credentials apart from its URL: what is printed of it never held them.

mod body;
mod failure;
mod network;
mod origin;
mod redact;
mod request;
mod resolve;
mod tls;
mod transport;

pub(crate) use body::Body;
pub use failure::{Failure, TransportError};
pub(crate) use network::InClear;
pub use network::Network;
pub(crate) use origin::{Origins, Standing};
pub(crate) use redact::Redactor;
pub use request::{Request, Response};
pub(crate) use request::{join, percent_encode_segment, remove_param};
pub use transport::Transport;
pub(crate) use transport::{HttpTransport, TransportLimits};
