//! A list of rows: decoding agrees with a second opinion on every value, or both refuse.
#![no_main]

use connector_fuzz::{RESOURCE, expected, rows, select};
use connector_runtime::fuzzing::decode;
use connector_runtime::spec::ResponseFormat;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let decoded = decode(&RESOURCE, None, true, ResponseFormat::Json, body);
    // what is not wanted is not looked at, so it need not be UTF-8
    let Ok(text) = std::str::from_utf8(body) else { return };
    let selected = select(text, &[], true);
    let expected = selected.and_then(|all| all.rows.iter().map(|row| expected(row)).collect());
    match (decoded, expected) {
        (Ok(batch), Some::<Vec<_>>(expected)) => {
            assert_eq!(batch.as_ref().map(rows).unwrap_or_default(), expected);
        }
        (Err(_), None) => {}
        (Ok(batch), None) => panic!("decoded {batch:?}"),
        // a lone object must have a key that some column wants
        (Err(message), Some(expected)) => panic!("{message}, expected {expected:?}"),
    }
});
