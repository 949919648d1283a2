//! The messages: lines of JSON, as the specification has them.

use jiff::{Timestamp, Unit};
use serde_json::{Value, json};

use super::catalog::{cursor, key, schema};
use super::state::Others;
use crate::destination::Ending;
use crate::protocol::sink::{Protocol, Stream, Streams};
use crate::report::Status;

/// What a tap says.
#[derive(Debug)]
pub(super) struct Singer {
    /// Bookmarks of streams that are not read.
    others: Others,
    /// Which reading of a table a record belongs to, where all of it is read.
    version: i64,
}

impl Singer {
    pub(super) fn new(others: Others) -> Self {
        Self { others, version: Timestamp::now().as_millisecond() }
    }
}

impl Protocol for Singer {
    fn begun(&self, stream: &Stream, out: &mut Vec<u8>) {
        let is_wanted = |name: &str| !stream.left_out.iter().any(|out| out == name);
        say(
            out,
            &json!({
                "type": "SCHEMA",
                "stream": stream.spec.name,
                "schema": schema(stream.spec, &is_wanted),
                "key_properties": key(stream.spec),
                "bookmark_properties": Vec::from_iter(cursor(stream.spec)),
            }),
        );
    }

    fn around(&self, stream: &Stream) -> (Vec<u8>, Vec<u8>) {
        let name = json!(stream.spec.name);
        let now = Timestamp::now();
        let now = now.round(Unit::Microsecond).unwrap_or(now);
        let version = match stream.is_full_refresh {
            true => format!(",\"version\":{}", self.version),
            false => String::new(),
        };
        let head = format!(r#"{{"type":"RECORD","stream":{name},"record":"#);
        let tail = format!("{version},\"time_extracted\":\"{now}\"}}\n");
        (head.into_bytes(), tail.into_bytes())
    }

    fn state_size(&self, streams: &Streams, _: &Stream) -> usize {
        self.others.size() + streams.values().map(|stream| stream.state.size()).sum::<usize>()
    }

    fn state(&self, streams: &Streams, _: &Stream, out: &mut Vec<u8>) {
        out.extend_from_slice(br#"{"type":"STATE","value":{"bookmarks":{"#);
        let own = streams.values().map(|stream| (stream.spec.name, stream.state.value()));
        let all = self.others.iter().map(|(name, value)| (name, value.to_owned())).chain(own);
        for (nth, (name, value)) in all.enumerate() {
            let comma = if nth > 0 { "," } else { "" };
            out.extend_from_slice(format!("{comma}{}:{value}", json!(name)).as_bytes());
        }
        out.extend_from_slice(b"}}}\n");
    }

    fn ending(&self, stream: &Stream, ending: &Ending, out: &mut Vec<u8>) {
        // rows of former versions go: only when all that there are have come with this one
        let has_all = ending.status == Status::Done && ending.progress.quarantined == 0;
        if stream.is_full_refresh && has_all {
            say(
                out,
                &json!({
                    "type": "ACTIVATE_VERSION",
                    "stream": stream.spec.name,
                    "version": self.version,
                }),
            );
        }
    }
}

fn say(out: &mut Vec<u8>, message: &Value) {
    out.extend_from_slice(message.to_string().as_bytes());
    out.push(b'\n');
}
