//! Bytes that nobody meant to send: whatever comes, decoding says what is wrong and does not
//! panic. A fixed sequence of mutations, the same in every run.

mod bound;
mod bounds;
mod json;
mod quarantine;
mod unknown;

use super::*;
use crate::spec::{ColumnSpec, CsvSpec, ElementSpec, FieldSpec, Segment};
use crate::value::{Column, Json};

/// A generator of numbers that look random (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) % limit
    }

    /// `bytes` with a few changes: other bytes, pieces cut out, doubled or put elsewhere.
    pub(crate) fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        const TOKENS: [&[u8]; 12] = [
            b"{", b"}", b"[", b"]", b"\"", b",", b":", b"null", b"-1e999", b"\\ud800", b"\n",
            b"\xff",
        ];
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let length = bytes.len() as u64;
            let at = self.below(length + 1) as usize;
            let end = (at + self.below(16) as usize).min(bytes.len());
            match self.below(5) {
                0 => drop(bytes.drain(at..end)),
                1 => {
                    let piece = bytes[at..end].to_vec();
                    let to = self.below(length + 1) as usize;
                    bytes.splice(to..to, piece);
                }
                2 => {
                    let token = TOKENS[self.below(TOKENS.len() as u64) as usize];
                    bytes.splice(at..at, token.iter().copied());
                }
                3 => bytes.truncate(at),
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = self.below(256) as u8;
                    }
                }
            }
        }
        bytes
    }
}

const fn column<T: Column>(name: &'static str) -> FieldSpec {
    ColumnSpec::new::<T>(name, name, "").field()
}

static NESTED: [FieldSpec; 2] =
    [column::<Option<f64>>("x"), column::<Option<jiff::Timestamp>>("at")];

static ELEMENT: [FieldSpec; 3] = [
    column::<i64>("n"),
    column::<Option<String>>("text"),
    FieldSpec::List {
        name: "deep",
        wire: "deep",
        doc: "",
        optional: true,
        element: ElementSpec::Record(&NESTED),
    },
];

static FIELDS: [FieldSpec; 9] = [
    column::<i64>("id"),
    column::<Option<String>>("name"),
    column::<Option<u64>>("count"),
    column::<Option<bool>>("flag"),
    column::<Option<bytes::Bytes>>("blob"),
    column::<Option<Json<serde_json::Value>>>("json"),
    FieldSpec::Flatten { name: "nested", wire: "nested", optional: true, fields: &NESTED },
    FieldSpec::List {
        name: "list",
        wire: "list",
        doc: "",
        optional: true,
        element: ElementSpec::Record(&ELEMENT),
    },
    FieldSpec::List {
        name: "tags",
        wire: "tags",
        doc: "",
        optional: true,
        element: ElementSpec::Value(ColumnSpec::new::<Option<String>>("", "", "")),
    },
];

static RESOURCE: ResourceSpec =
    ResourceSpec { name: "fuzz", fields: &FIELDS, ..ResourceSpec::EMPTY };

const DATA: Path =
    Path { text: "a[*].rows", segments: &[Segment::Key("a"), Segment::Each, Segment::Key("rows")] };
const TOTAL: Path = Path { text: "total", segments: &[Segment::Key("total")] };

const ROW: &str = r#"{"id": -12, "name": "n\u00e4\ud83d\ude00", "count": 18446744073709551615, "flag": true, "blob": "AAEC", "json": [1, {"b": null}], "nested": {"x": 1.5e3, "at": "2024-01-31T08:15:00Z"}, "more": [{}], "list": [{"n": 1, "deep": [{"x": 1}, {}]}, {"n": 2, "text": "t"}], "tags": ["a", null]}"#;

#[test]
fn no_body_makes_it_panic() {
    let lines = format!("{ROW}\n\n{ROW}\r\n{{\"id\": 2}}");
    let json =
        format!("{{\"total\": 3, \"a\": [{{\"rows\": [{ROW}, {ROW}]}}, {{\"rows\": {ROW}}}]}}");
    let list = format!("[{ROW}, {ROW}]");
    let csv = "id,name,count,flag,blob,json,nested.x,nested.at\n-12,\"n, \"\"ä\"\"\",1,true,AAEC,\"[1, null]\",1.5e3,2024-01-31T08:15:00Z\r\n2,,,,,,,\n";
    let cases = [
        (json.as_str(), Some(DATA), ResponseFormat::Json),
        (list.as_str(), None, ResponseFormat::Json),
        (lines.as_str(), None, ResponseFormat::JsonLines),
        (csv, None, ResponseFormat::Csv(CsvSpec::new(b','))),
    ];
    let modes = [
        (false, UnknownFields::Report),
        (true, UnknownFields::Report),
        (true, UnknownFields::Capture("json")),
    ];
    let mut random = Random::new(3);
    let (mut good, mut bad, mut rejected) = (0, 0, 0);
    for ((body, selector, format), (keeps, unknown)) in
        cases.iter().flat_map(|case| modes.map(|mode| (*case, mode)))
    {
        let decoder = || {
            let mut decoder = Decoder::new(&RESOURCE, selector, &[TOTAL], true, format, unknown);
            if keeps {
                decoder.quarantine();
            }
            decoder
        };
        assert!(decoder().page(body.as_bytes()).is_ok_and(|facts| facts.rows >= 2));
        for _ in 0..500 {
            let mut decoder = decoder();
            let before = decoder.page(body.as_bytes()).map_or(0, |facts| facts.rows);
            let bytes = random.mutate(body.as_bytes());
            let rows = match decoder.page(&bytes) {
                Ok(facts) => {
                    good += 1;
                    before + facts.rows
                }
                // the rows of the page before are whole
                Err(_) => {
                    bad += 1;
                    before
                }
            };
            let batch = decoder.take_batch().expect("rows of the first page");
            let rejects = decoder.take_rejects().len();
            rejected += rejects;
            assert_eq!(batch.num_rows() + rejects, rows as usize);
            let _ = (value_at(&bytes, TOTAL), beginning(&bytes), decoder.unknown_keys());
        }
    }
    assert!(good > 100 && bad > 100 && rejected > 100, "{good} {bad} {rejected}");
}

/// A decoder of rows in a body that is a list.
fn decoder(fields: &'static [FieldSpec], unknown: UnknownFields) -> Decoder {
    let resource = ResourceSpec { fields, ..ResourceSpec::EMPTY };
    Decoder::new(&resource, None, &[], false, ResponseFormat::Json, unknown)
}
