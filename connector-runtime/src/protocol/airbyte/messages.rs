//! The messages: lines of JSON, as the protocol has them.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::destination::Ending;
use crate::error::{Error, ErrorKind};
use crate::protocol::sink::{Protocol, Stream, Streams};
use crate::report::Status;

/// What a source says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Airbyte;

impl Protocol for Airbyte {
    fn begun(&self, stream: &Stream, out: &mut Vec<u8>) {
        out.extend(stream_status(stream.spec.name, "STARTED"));
    }

    fn running(&self, stream: &Stream, out: &mut Vec<u8>) {
        out.extend(stream_status(stream.spec.name, "RUNNING"));
    }

    fn around(&self, stream: &Stream) -> (Vec<u8>, Vec<u8>) {
        let name = json!(stream.spec.name);
        let head = format!(r#"{{"type":"RECORD","record":{{"stream":{name},"data":"#);
        let tail = format!(",\"emitted_at\":{}}}}}\n", now());
        (head.into_bytes(), tail.into_bytes())
    }

    fn state_size(&self, _: &Streams, stream: &Stream) -> usize {
        stream.state.size()
    }

    fn state(&self, _: &Streams, stream: &Stream, out: &mut Vec<u8>) {
        let (name, state) = (json!(stream.spec.name), stream.state.value());
        // the protocol counts in floats
        let records = json!(stream.records as f64);
        let line = format!(
            r#"{{"type":"STATE","state":{{"type":"STREAM","stream":{{"stream_descriptor":{{"name":{name}}},"stream_state":{state}}},"sourceStats":{{"recordCount":{records}}}}}}}"#
        );
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }

    fn ended(&self, stream: &Stream, ending: &Ending, out: &mut Vec<u8>) {
        let status = match ending.status {
            Status::Done => "COMPLETE",
            _ => "INCOMPLETE",
        };
        out.extend(stream_status(stream.spec.name, status));
    }
}

pub(super) fn stream_status(stream: &str, status: &str) -> Vec<u8> {
    trace(json!({
        "type": "STREAM_STATUS",
        "emitted_at": now(),
        "stream_status": { "stream_descriptor": { "name": stream }, "status": status },
    }))
}

/// What went wrong, for the person who set the connection up and for the one who keeps it.
pub(crate) fn trace_error(error: &Error) -> Vec<u8> {
    let mut told = json!({
        "message": message(error),
        "internal_message": error.to_string(),
        "failure_type": failure_type(error),
    });
    if let Some(name) = error.resource() {
        told["stream_descriptor"] = json!({ "name": name });
    }
    trace(json!({ "type": "ERROR", "emitted_at": now(), "error": told }))
}

/// The answer to `check`: `Err` with what is wrong.
pub(crate) fn connection_status(status: Result<(), String>) -> Vec<u8> {
    let status = match status {
        Ok(()) => json!({ "status": "SUCCEEDED" }),
        Err(message) => json!({ "status": "FAILED", "message": message }),
    };
    line(&json!({ "type": "CONNECTION_STATUS", "connectionStatus": status }))
}

/// A line of the log.
pub(super) fn log(level: &str, message: &str) -> Vec<u8> {
    line(&json!({ "type": "LOG", "log": { "level": level, "message": message } }))
}

pub(super) fn line(message: &Value) -> Vec<u8> {
    let mut line = message.to_string().into_bytes();
    line.push(b'\n');
    line
}

fn trace(trace: Value) -> Vec<u8> {
    line(&json!({ "type": "TRACE", "trace": trace }))
}

/// What a person who sees one line of it needs.
fn message(error: &Error) -> String {
    let place = error.resource().map(|name| format!("resource `{name}`: ")).unwrap_or_default();
    let help = error.help().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{place}{}{help}", error.message())
}

/// Who is to do something about it: the one who set it up, nobody but time, or the one who wrote it.
fn failure_type(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::Auth | ErrorKind::Config => "config_error",
        ErrorKind::Transport | ErrorKind::Interrupted => "transient_error",
        ErrorKind::Status
            if error.status().is_some_and(|status| status >= 500 || status == 429) =>
        {
            "transient_error"
        }
        _ => "system_error",
    }
}

/// Milliseconds since 1970.
fn now() -> i64 {
    Timestamp::now().as_millisecond()
}
