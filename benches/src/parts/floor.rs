//! The same structs by serde: what decoding is compared with.

use std::hint::black_box;

use connector_runtime::{Bytes, Timestamp};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

use super::{PAGE, Work};
use crate::Result;

#[derive(Deserialize)]
struct Page<R> {
    data: Vec<R>,
}

pub(super) fn read<R: DeserializeOwned + 'static>(pages: Vec<Bytes>) -> Result<Work> {
    Ok(Box::new(move || {
        for body in &pages {
            let page: Page<R> = serde_json::from_slice(black_box(body))?;
            if page.data.len() as u64 != PAGE {
                return Err("a page of another size".into());
            }
            black_box(page);
        }
        Ok(())
    }))
}

/// A text that is an instant, and so has no escapes.
pub(super) fn instant<'de, D: Deserializer<'de>>(json: D) -> Result<Timestamp, D::Error> {
    <&str>::deserialize(json)?.parse().map_err(D::Error::custom)
}

/// The same, or null.
pub(super) fn maybe_instant<'de, D: Deserializer<'de>>(
    json: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<&str>::deserialize(json)?;
    text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
}
