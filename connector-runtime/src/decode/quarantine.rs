//! Rows that do not fit and are kept apart: the others go on without them.

use serde_json::value::RawValue;

use super::explain::{Members, syntax_error};
use super::json::{Json, Parsed, Stop};
use super::mismatch::RowError;
use super::place::{Place, Step};
use super::plan::{Column, Plan, text_bits};
use super::row;
use super::scalar::Given;

/// Rows that do not fit.
#[derive(Debug, Default)]
pub(super) struct Quarantine {
    /// Since they were taken last.
    rejects: Vec<Reject>,
    /// How many of them came before this page.
    before_page: usize,
}

/// A row that does not fit.
#[derive(Debug)]
pub(crate) struct Reject {
    /// Its place in the page, counted from 1.
    pub(crate) row: u64,
    /// The column, such as `labels[2].color`; empty for the row itself.
    pub(crate) path: String,
    /// What was expected and what came.
    pub(crate) reason: String,
    /// The row as JSON.
    pub(crate) raw: String,
}

impl Quarantine {
    pub(super) fn start_page(&mut self) {
        self.before_page = self.rejects.len();
    }

    pub(super) fn forget_page(&mut self) {
        self.rejects.truncate(self.before_page);
    }
}

/// Decodes one row. One that does not fit is kept.
pub(super) fn row(json: &mut Json<'_>, plan: &mut Plan) -> Parsed {
    json.peek()?;
    let start = json.place();
    if row::row(json, plan).is_ok() {
        return Ok(());
    }
    json.go_back(start);
    // of what is no JSON no row is to be told
    let mismatch = plan.take_mismatch();
    let raw = json.raw()?;
    let row: &RawValue = serde_json::from_str(raw).map_err(|_| Stop::Syntax)?;
    let mismatch = mismatch.or_else(|| plan.refused_value());
    let (path, reason) = match mismatch {
        Some(mismatch) => {
            let error = RowError::of_row(row, plan, mismatch);
            (error.path, error.message)
        }
        // half a character in a key, or the like
        None => {
            (String::new(), format!("the row cannot be read: {}", syntax_error(raw.as_bytes())))
        }
    };
    plan.reject(path, reason, raw.to_owned(), |place| member_at(row, place));
    Ok(())
}

/// The JSON of a column's value in a row that was not read to its end.
fn member_at(row: &RawValue, place: &Place) -> Option<String> {
    let member = place.steps.iter().try_fold(row, |here, step| match step {
        Step::Key(key) => serde_json::from_str::<Members<'_>>(here.get()).ok()?.get(*key).copied(),
        Step::Element(_) => None,
    })?;
    Some(member.get().to_owned())
}

/// A value that a cursor can be.
fn given(json: &str) -> Option<Given> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok().map(Given::Text),
        b'-' | b'0'..=b'9' => Some(Given::Number(json.to_owned())),
        _ => None,
    }
}

impl Plan {
    /// Keeps a row apart, and fills its place in the columns. `value` is the JSON of the value
    /// that the row has for a column, if that can be found.
    pub(super) fn reject(
        &mut self,
        path: String,
        reason: String,
        raw: String,
        value: impl Fn(&Place) -> Option<String>,
    ) {
        self.read(None);
        let (place, row) = (self.progress.rows, self.progress.page_rows as u64 + 1);
        self.pad(0, place + 1);
        // the page after this one begins behind the row all the same
        let last = self.remembered.and_then(|column| value(&self.columns[column].place));
        if let Some(last) = last.as_deref().and_then(given) {
            self.remember_found(last);
        }
        // pages whose rows were read to the same point are not the same, but those with the same
        // keys are
        let identity = self.key_in(value).unwrap_or_else(|| text_bits(raw.as_bytes()));
        self.mix(identity);
        self.count_row();
        if let Some(quarantine) = &mut self.quarantine {
            self.left_out.push(place);
            quarantine.rejects.push(Reject { row, path, reason, raw });
        }
    }

    /// The key of a row as bits for a fingerprint, where the resource has a key and the row all of it.
    fn key_in(&self, value: impl Fn(&Place) -> Option<String>) -> Option<u64> {
        let key = self.columns.iter().filter(|column| column.is_key());
        let part = |column: &Column| value(&column.place).filter(|json| json != "null");
        let parts: Vec<String> = key.map(part).collect::<Option<_>>()?;
        (!parts.is_empty()).then(|| text_bits(parts.join(",").as_bytes()))
    }

    pub(super) fn take_rejects(&mut self) -> Vec<Reject> {
        self.quarantine
            .as_mut()
            .map_or_else(Vec::new, |quarantine| std::mem::take(&mut quarantine.rejects))
    }
}
