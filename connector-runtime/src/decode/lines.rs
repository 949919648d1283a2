//! Bodies of one row a line (JSON Lines, NDJSON), by the same plan as rows in a list.

use serde::de::DeserializeSeed;

use super::DecodeError;
use super::explain::{BodyError, RowError};
use super::plan::Plan;
use super::row::RowSeed;

/// Decodes every line that is not blank.
pub(super) fn parse(body: &[u8], plan: &mut Plan) -> Result<(), DecodeError> {
    for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let mut json = serde_json::Deserializer::from_slice(line);
        let parsed = RowSeed::row(plan).deserialize(&mut json).and_then(|()| json.end());
        if let Err(error) = parsed {
            return Err(match plan.take_mismatch() {
                Some(mismatch) => DecodeError::Row(RowError::in_line(index, line, plan, mismatch)),
                None => DecodeError::Body(BodyError::in_line(index, line, &error)),
            });
        }
    }
    Ok(())
}
