//! Bodies of one row a line (JSON Lines, NDJSON), by the same plan as rows in a list.

use super::explain::{BodyError, syntax_error};
use super::json::{Json, Parsed};
use super::mismatch::RowError;
use super::plan::Plan;
use super::{DecodeError, quarantine, row};

/// Decodes every line that is not blank.
pub(super) fn parse(body: &[u8], plan: &mut Plan) -> Result<(), DecodeError> {
    for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || parse_line(line, plan).is_ok() {
            continue;
        }
        return Err(match plan.take_mismatch() {
            Some(mismatch) => DecodeError::Row(RowError::in_line(index, line, plan, mismatch)),
            None => DecodeError::Body(BodyError::in_line(index, line, &syntax_error(line))),
        });
    }
    Ok(())
}

fn parse_line(line: &[u8], plan: &mut Plan) -> Parsed {
    let mut json = Json::new(line);
    match plan.quarantine {
        Some(_) => quarantine::row(&mut json, plan)?,
        None => row::row(&mut json, plan)?,
    }
    json.end()
}
