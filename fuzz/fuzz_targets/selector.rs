//! Data selectors of up to three steps: the rows that decoding finds are those of a walk through
//! the parsed body. The first byte chooses the selector.
#![no_main]

use std::sync::LazyLock;

use connector_fuzz::{RESOURCE, expected, rows, select};
use connector_runtime::fuzzing::{decode, value_at};
use connector_runtime::spec::{Path, ResponseFormat, Segment};
use libfuzzer_sys::fuzz_target;

const STEPS: [Segment; 5] =
    [Segment::Key("a"), Segment::Key("b"), Segment::Index(0), Segment::Index(1), Segment::Each];

static PATHS: LazyLock<Vec<Path>> = LazyLock::new(|| {
    let mut all = vec![Vec::new()];
    for length in 0..3 {
        let longest = all.iter().filter(|path| path.len() == length).cloned();
        let longer = longest.flat_map(|path| STEPS.map(|step| [&path[..], &[step]].concat()));
        all.extend(longer.collect::<Vec<_>>());
    }
    all.into_iter().map(|path| Path { text: "selector", segments: path.leak() }).collect()
});

fuzz_target!(|bytes: &[u8]| {
    let Some((first, body)) = bytes.split_first() else { return };
    let path = PATHS[usize::from(*first) % PATHS.len()];
    let single = *first > 127;
    let decoded = decode(&RESOURCE, Some(path), single, ResponseFormat::Json, body);
    let Ok(text) = std::str::from_utf8(body) else { return };
    let _ = value_at(body, path);
    let expected = select(text, path.segments, single)
        .and_then(|all| all.rows.iter().map(|row| expected(row)).collect::<Option<Vec<_>>>());
    match (decoded, expected) {
        (Ok(batch), Some(expected)) => {
            assert_eq!(batch.as_ref().map(rows).unwrap_or_default(), expected);
        }
        (Err(_), None) => {}
        (Ok(batch), None) => panic!("{path:?}: decoded {batch:?}"),
        (Err(message), Some(expected)) => panic!("{path:?}: {message}, expected {expected:?}"),
    }
});
