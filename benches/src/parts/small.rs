//! A row of four columns, 87 bytes of JSON.

use std::fmt::Write;

use connector_runtime::prelude::*;
use serde::Deserialize;

use super::PAGE;
use super::floor::instant;

/// A row.
#[derive(Resource, Deserialize)]
#[resource(name = "small", path = "/small", data_selector = "data", paginator = offset(limit = 100))]
pub(super) struct Small {
    #[column(primary_key)]
    id: i64,
    name: String,
    value: Option<f64>,
    #[serde(deserialize_with = "instant")]
    updated_at: Timestamp,
}

/// What the API sends from this row on.
pub(super) fn page(first: u64) -> String {
    let mut body = String::from("{\"data\":[");
    for id in first..first + PAGE {
        let comma = if id == first { "" } else { "," };
        let _ =
            write!(body, "{comma}{{\"id\":{},\"name\":\"item-{id:07}\",\"value\":", id + 100_000);
        let _ = match id % 17 {
            0 => write!(body, "null"),
            _ => write!(body, "{}.{:02}", id * 7919 % 10_000, id % 90 + 10),
        };
        let _ = write!(
            body,
            ",\"updated_at\":\"2024-{:02}-{:02}T{:02}:{:02}:08Z\"}}",
            id % 12 + 1,
            id % 28 + 1,
            id % 24,
            id % 60
        );
    }
    body.push_str("]}");
    body
}
