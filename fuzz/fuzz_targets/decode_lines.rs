//! Lines of JSON, as `decode_json`.
#![no_main]

use connector_fuzz::{RESOURCE, expected, rows};
use connector_runtime::fuzzing::decode;
use connector_runtime::spec::ResponseFormat;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let decoded = decode(&RESOURCE, None, true, ResponseFormat::JsonLines, body);
    let Ok(text) = std::str::from_utf8(body) else { return };
    let blank = |c: char| c.is_ascii_whitespace();
    let lines = text.split('\n').map(|line| line.trim_matches(blank));
    let lines = lines.filter(|line| !line.is_empty());
    match (decoded, lines.map(expected).collect::<Option<Vec<_>>>()) {
        (Ok(batch), Some(expected)) => {
            assert_eq!(batch.as_ref().map(rows).unwrap_or_default(), expected);
        }
        (Err(_), None) => {}
        (Ok(batch), None) => panic!("decoded {batch:?}"),
        (Err(message), Some(expected)) => panic!("{message}, expected {expected:?}"),
    }
});
