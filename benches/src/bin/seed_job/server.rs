//! The API: rows of id, name and value, paged by offset.

use std::fmt::Write;

use connector_tests::{Reply, Server};

use crate::KEY;

/// Serves so many rows; `changed`: with another value in every hundredth.
pub(crate) fn start(rows: u64, changed: bool) -> Server {
    Server::start(move |request| {
        if request.param("api_key") != Some(KEY) {
            return Reply::status(401);
        }
        let number = |name| request.number(name).unwrap_or(0) as u64;
        Reply::json(page(rows, changed, number("offset"), number("limit")))
    })
}

fn page(rows: u64, changed: bool, offset: u64, limit: u64) -> String {
    let mut body = String::with_capacity(64 * limit as usize);
    body.push_str("{\"data\":[");
    for id in offset + 1..=(offset + limit).min(rows) {
        let comma = if id == offset + 1 { "" } else { "," };
        let _ = write!(body, "{comma}{{\"id\":{id},\"name\":\"name of row {id}\",\"value\":");
        let _ = match value(id, changed) {
            Some(value) => write!(body, "{value}}}"),
            None => write!(body, "null}}"),
        };
    }
    let _ = write!(body, "],\"total\":{rows}}}");
    body
}

/// Every seventeenth row has none.
fn value(id: u64, changed: bool) -> Option<f64> {
    let change = if changed && id.is_multiple_of(100) { 1.0 } else { 0.0 };
    (!id.is_multiple_of(17)).then(|| (id % 100_000) as f64 / 100.0 + change)
}

pub(crate) fn sum_of_values(rows: u64, changed: bool) -> f64 {
    (1..=rows).filter_map(|id| value(id, changed)).sum()
}
