//! CSV. Without quotes a body is lines and commas, and decoding agrees with that on every value or
//! both refuse; with quotes, what is taken is what the `csv` crate reads (which takes more).
#![no_main]

use connector_fuzz::{RESOURCE, Row, expected_csv, rows};
use connector_runtime::fuzzing::decode;
use connector_runtime::spec::{CsvSpec, ResponseFormat};
use libfuzzer_sys::fuzz_target;

fn plain(text: &str) -> Option<Vec<Row>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let mut lines = lines.filter(|line| !line.is_empty()).map(|line| line.split(',').collect());
    all(lines.next()?, lines)
}

fn all<'a>(names: Vec<&str>, records: impl Iterator<Item = Vec<&'a str>>) -> Option<Vec<Row>> {
    const COLUMNS: [&str; 6] = ["id", "name", "count", "ratio", "flag", "nested.x"];
    let count = |column: &&str| names.iter().filter(|name| name == &column).count();
    if !names.contains(&"id") || COLUMNS.iter().any(|column| count(column) > 1) {
        return None;
    }
    records
        .map(|fields| {
            let at = |name: &str| names.iter().position(|other| *other == name);
            let row = expected_csv(|name| fields.get(at(name)?).copied());
            row.filter(|_| fields.len() == names.len())
        })
        .collect()
}

fn quoted(text: &str) -> Option<Vec<Row>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let records: Vec<_> = reader.records().collect::<Result<_, _>>().ok()?;
    let mut records = records.iter().map(|record| record.iter().collect::<Vec<_>>());
    all(records.next()?, records)
}

fuzz_target!(|body: &[u8]| {
    let format = ResponseFormat::Csv(CsvSpec::new(b','));
    let decoded = decode(&RESOURCE, None, true, format, body);
    let Ok(text) = std::str::from_utf8(body) else { return assert!(decoded.is_err()) };
    let decoded = decoded.map(|batch| batch.as_ref().map(rows).unwrap_or_default());
    if !text.contains('"') {
        // at the very end a carriage return alone ends no line
        if !text.ends_with('\r') {
            assert_eq!(decoded.clone().ok(), plain(text), "{decoded:?}");
        }
        return;
    }
    let Ok(mut decoded) = decoded else { return };
    // the crate takes a lone carriage return for the end of a line
    if text.replace("\r\n", "").contains('\r') {
        return;
    }
    for row in &mut decoded {
        // and a text without characters for one without quotes
        row[1] = row[1].take().filter(|text| !text.is_empty());
    }
    assert_eq!(Some(decoded), quoted(text));
});
