//! Bodies of one row a line (JSON Lines, NDJSON), by the same plan as rows in a list.

use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use super::explain::BodyError;
use super::mismatch::RowError;
use super::plan::Plan;
use super::row::RowSeed;
use super::{DecodeError, quarantine};

/// Decodes every line that is not blank.
pub(super) fn parse(body: &[u8], plan: &mut Plan) -> Result<(), DecodeError> {
    for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if plan.quarantine.is_some() {
            let row = serde_json::from_slice::<&RawValue>(line);
            let row = row.map_err(|error| BodyError::in_line(index, line, &error));
            quarantine::row(plan, row.map_err(DecodeError::Body)?);
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
