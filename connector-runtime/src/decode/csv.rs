//! Bodies of CSV (RFC 4180): a line of names, then one row a line, by the same columns as JSON.
//!
//! A scanner of our own: the crates at hand take a quoted field that does not end for one that
//! does, and do not say whether a field was quoted, which is what tells an empty text from null.

mod scan;

use serde_json::Value;
use serde_json::value::RawValue;

use super::DecodeError;
use super::explain::{BodyError, beginning, cut};
use super::mismatch::RowError;
use super::object::Target;
use super::place::Place;
use super::plan::{Mismatch, MismatchKind, Plan, Subject};
use super::reader::Reader;
use super::value::{append_json, append_text};
use crate::spec::{CsvSpec, Decode};
use crate::value::LogicalType;
use scan::{Fault, Field, Scanner};

/// Names of a header that a message lists.
const MAX_NAMES: usize = 20;

/// Decodes every record below the header.
pub(super) fn parse(body: &[u8], spec: CsvSpec, plan: &mut Plan) -> Result<(), DecodeError> {
    let text = text(body)?;
    let mut scanner = Scanner::new(text, spec.delimiter);
    let mut fields = Vec::new();
    let header = Header::read(&mut scanner, &mut fields, plan).map_err(|error| {
        let error = foreign(body).unwrap_or(error);
        DecodeError::Body(error)
    })?;
    let mut scratch = Scratch::default();
    while let Some(line) = scanner.record(&mut fields).map_err(broken).map_err(DecodeError::Body)? {
        if fields.len() != header.names.len() {
            let message = format!(
                "line {line}: expected {} fields, as many as the header has names, found {}",
                header.names.len(),
                fields.len()
            );
            return Err(DecodeError::Body(BodyError { message, help: None }));
        }
        let mut record = Record { text, fields: &fields, header: &header, plan, scratch };
        if record.row().is_err() {
            let error = record.explain(line);
            if record.plan.quarantine.is_none() {
                return Err(DecodeError::Row(error));
            }
            let raw = record.to_json();
            let value = |place: &Place| header.value(place, &fields, text);
            record.plan.reject(error.path, error.message, raw, value);
        }
        scratch = record.scratch;
    }
    Ok(())
}

fn broken(fault: Fault) -> BodyError {
    BodyError { message: format!("line {}: {}", fault.line, fault.problem), help: None }
}

/// The body as text, without the mark that some programs put before it.
fn text(body: &[u8]) -> Result<&str, DecodeError> {
    let text = std::str::from_utf8(body).map_err(|error| {
        let at = error.valid_up_to();
        let line = 1 + body[..at].iter().filter(|byte| **byte == b'\n').count();
        let message = format!("line {line}: byte {at} of the body is no UTF-8");
        DecodeError::Body(BodyError { message, help: None })
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// A body that is no CSV by its looks.
fn foreign(body: &[u8]) -> Option<BodyError> {
    let start = beginning(body);
    let (message, help) = match start.trim_start_matches('\u{feff}').chars().next() {
        None => ("expected CSV with a line of names, found an empty body".to_owned(), None),
        Some('<') => (
            format!("expected CSV, found an HTML or XML page: {start}"),
            Some("often a login or error page: check the base URL, the path and the credentials"),
        ),
        Some('{' | '[') => (
            format!("expected CSV, found JSON: {start}"),
            Some(
                "if rows come so: `response_format = json` or `json_lines`; else it is an error of the API's",
            ),
        ),
        Some(_) => return None,
    };
    Some(BodyError { message, help: help.map(str::to_owned) })
}

/// The line of names.
struct Header {
    names: Vec<String>,
    /// For each column the field that holds it.
    sources: Vec<Option<usize>>,
    /// The fields that no column takes, and which unknown keys of the plan their names are.
    unknown: Vec<(usize, usize)>,
}

impl Header {
    fn read(
        scanner: &mut Scanner<'_>,
        fields: &mut Vec<Field>,
        plan: &mut Plan,
    ) -> Result<Self, BodyError> {
        scanner.record(fields).map_err(broken)?;
        let names: Vec<_> = fields.iter().map(|field| field.to_text(scanner.text)).collect();
        let mut sources = Vec::with_capacity(plan.columns.len());
        for column in 0..plan.columns.len() {
            let wire = plan.columns[column].place.wire();
            let sent = plan.is_sent(column);
            let mut at = names.iter().enumerate().filter(|(_, name)| sent && **name == wire);
            let source = at.next().map(|(at, _)| at);
            if at.next().is_some() {
                let message = format!("the header has the name `{wire}` twice");
                return Err(BodyError { message, help: None });
            }
            if source.is_some() {
                plan.see(column);
            }
            sources.push(source);
        }
        if sources.iter().all(Option::is_none) {
            return Err(no_columns(&names));
        }
        all_required(&names, &sources, plan)?;
        let unknown = unknown(&names, &sources, plan)?;
        Ok(Self { names, sources, unknown })
    }
}

impl Header {
    /// The JSON of a record's value at a place: what is written as a number may be one.
    fn value(&self, place: &Place, fields: &[Field], text: &str) -> Option<String> {
        let wire = place.wire();
        let field = fields[self.names.iter().position(|name| *name == wire)?];
        let written = field.to_text(text);
        match !field.is_null() && is_number(&written) {
            true => Some(written),
            false => Some(json_of(field, text).to_string()),
        }
    }
}

fn no_columns(names: &[String]) -> BodyError {
    let lone = names.first().filter(|_| names.len() == 1);
    let other = lone.and_then(|name| name.chars().find(|c| ";\t|,".contains(*c)));
    let help = other.map(|other| {
        format!("perhaps `response_format = csv(delimiter = \"{}\")`", other.escape_default())
    });
    let message = format!("the header names none of the columns; {}", list(names));
    BodyError { message, help }
}

fn all_required(names: &[String], sources: &[Option<usize>], plan: &Plan) -> Result<(), BodyError> {
    for (index, (column, source)) in plan.columns.iter().zip(sources).enumerate() {
        // what an optional object holds is missing only where the object is there
        let required = !column.spec.nullable && column.spec.default.is_none();
        let required = required && plan.is_sent(index);
        if source.is_none() && required && column.place.is_outermost() {
            let (name, wire) = (column.place.name(), column.place.wire());
            let listed = list(names);
            let message = format!("column `{name}`: the header has no `{wire}`; {listed}");
            let help = "if the API may leave it out, make the field an `Option`; if the column has another name, `#[column(rename = \"..\")]`";
            return Err(BodyError { message, help: Some(help.to_owned()) });
        }
    }
    Ok(())
}

/// The fields of the header that no column takes.
fn unknown(
    names: &[String],
    sources: &[Option<usize>],
    plan: &mut Plan,
) -> Result<Vec<(usize, usize)>, BodyError> {
    let mut unknown = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if sources.contains(&Some(at)) || plan.objects[0].is_bound(name) {
            continue;
        }
        if plan.refuses_unknown() {
            let message = format!("the header has the name `{}`, which no column takes", cut(name));
            let help = "add a field for it, or let it be told only: `unknown_fields = report`";
            return Err(BodyError { message, help: Some(help.to_owned()) });
        }
        unknown.push((at, plan.unknown_name(name)));
    }
    Ok(unknown)
}

fn list(names: &[String]) -> String {
    let shown: Vec<_> =
        names.iter().take(MAX_NAMES).map(|name| format!("`{}`", cut(name))).collect();
    let more = if names.len() > MAX_NAMES { ", …" } else { "" };
    format!("its names are {}{more}", shown.join(", "))
}

/// One record on its way into the columns.
struct Record<'a> {
    text: &'a str,
    fields: &'a [Field],
    header: &'a Header,
    plan: &'a mut Plan,
    scratch: Scratch,
}

/// Texts that are not in the body as they are; kept for their memory.
#[derive(Default)]
struct Scratch {
    unquoted: String,
    json: Vec<u8>,
}

impl Record<'_> {
    fn row(&mut self) -> Result<(), ()> {
        self.plan.start_row();
        for (at, unknown) in &self.header.unknown {
            let field = self.fields[*at];
            if self.plan.unknown.column.is_some() {
                let json = json_of(field, self.text).to_string();
                self.plan.unknown.capture(&self.header.names[*at], &json);
            } else {
                self.plan.unknown.count(*unknown, (!field.is_null()).then_some("string"));
            }
        }
        self.object(0)?;
        self.plan.end_row()
    }

    /// The record as a JSON object of texts, for those who look at what did not fit.
    fn to_json(&self) -> String {
        let members = self.header.names.iter().zip(self.fields);
        let members = members.map(|(name, field)| (name.clone(), json_of(*field, self.text)));
        Value::Object(members.collect()).to_string()
    }

    /// The row itself, or a flattened object in it.
    fn object(&mut self, object: usize) -> Result<(), ()> {
        for member in 0..self.plan.objects[object].members.len() {
            match self.plan.objects[object].members[member].target {
                // the end of the row, or of the scan, fills it
                Target::Bound(_) | Target::Capture(_) => {}
                Target::Column(column) => self.column(column)?,
                Target::List(list) => self.plan.absent_list(list, MismatchKind::Absent)?,
                Target::Object { index, optional } => match optional && self.is_empty(index) {
                    true => self.plan.fill_null(index),
                    false => self.object(index)?,
                },
            }
        }
        Ok(())
    }

    /// Whether no field of an object has a value.
    fn is_empty(&self, object: usize) -> bool {
        let mut members = self.plan.objects[object].members.iter();
        members.all(|member| match member.target {
            Target::Column(column) => {
                self.header.sources[column].is_none_or(|source| self.fields[source].is_null())
            }
            Target::Bound(_) | Target::Capture(_) | Target::List(_) => true,
            Target::Object { index, .. } => self.is_empty(index),
        })
    }

    fn column(&mut self, column: usize) -> Result<(), ()> {
        let Some(source) = self.header.sources[column] else {
            return self.plan.absent(column, MismatchKind::Absent);
        };
        self.plan.read(Some(column));
        let field = self.fields[source];
        let appended = if field.is_null() {
            // the function of a column may know what null means
            match self.plan.columns[column].reader {
                Reader::Raw => append_json(self.plan, column, "null"),
                _ => self.plan.absent(column, MismatchKind::Null),
            }
        } else {
            let Scratch { unquoted, json } = &mut self.scratch;
            append(self.plan, column, field.text(self.text, unquoted), json)
        };
        if appended.is_ok() {
            self.plan.read(None);
        }
        appended
    }

    /// What is wrong with the record.
    fn explain(&mut self, line: usize) -> RowError {
        let mismatch = self.plan.take_mismatch().or_else(|| self.plan.refused_value());
        let Some(Mismatch { subject, kind, .. }) = mismatch else {
            unreachable!("BUG: a record was refused without a reason");
        };
        let here = self.plan.place(subject);
        let (problem, help) = match kind {
            MismatchKind::Absent => {
                let (wire, listed) = (here.wire(), list(&self.header.names));
                (format!("expected a value, the header has no `{wire}`; {listed}"), None)
            }
            MismatchKind::Value { expected } => {
                let source = match subject {
                    Subject::Column(column) => self.header.sources[column],
                    _ => None,
                };
                let found = source.map(|source| self.fields[source].to_text(self.text));
                let found = cut(&found.unwrap_or_default());
                (format!("expected {expected}, found {found:?}"), None)
            }
            _ => (
                "expected a value, found an empty field".to_owned(),
                Some(
                    "if it may be empty, make the field an `Option`; else `#[column(default = ..)]`",
                ),
            ),
        };
        let path = here.name().to_owned();
        RowError {
            place: format!("line {line}"),
            message: format!("column `{path}`: {problem}"),
            path,
            help: help.map(str::to_owned),
        }
    }
}

/// A field as its text, or null.
fn json_of(field: Field, text: &str) -> Value {
    if field.is_null() { Value::Null } else { Value::String(field.to_text(text)) }
}

/// Appends a text. What JSON writes without quotes is taken where it is written as JSON has it,
/// so that `00123` and `1.0` are no integers here either.
fn append(plan: &mut Plan, column: usize, text: &str, json: &mut Vec<u8>) -> Result<(), ()> {
    let spec = plan.columns[column].spec;
    match plan.columns[column].reader {
        Reader::Bool if matches!(text, "true" | "false") => append_json(plan, column, text),
        Reader::Integer { .. } | Reader::Unsigned | Reader::Float if is_number(text) => {
            append_json(plan, column, text)
        }
        Reader::Raw => match (spec.decode, spec.ty) {
            (Decode::Plain, LogicalType::Json) => match serde_json::from_str::<&RawValue>(text) {
                Ok(whole) => append_json(plan, column, whole.get()),
                Err(_) => refuse(plan, column, "JSON"),
            },
            (Decode::Plain | Decode::EpochSeconds | Decode::EpochMillis, _) if is_number(text) => {
                append_json(plan, column, text)
            }
            _ => {
                json.clear();
                serde_json::to_writer(&mut *json, text).expect("BUG: a text is JSON");
                let json = std::str::from_utf8(json).expect("BUG: JSON is text");
                append_json(plan, column, json)
            }
        },
        Reader::Bool | Reader::Integer { .. } | Reader::Unsigned | Reader::Float => Err(()),
        _ => append_text(plan, column, text),
    }
}

fn refuse(plan: &mut Plan, column: usize, expected: &str) -> Result<(), ()> {
    plan.refuse(Subject::Column(column), MismatchKind::Value { expected: expected.to_owned() });
    Err(())
}

/// A number as JSON writes it.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}
