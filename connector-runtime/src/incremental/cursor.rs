//! [`Cursor`]: values of a cursor column: read from texts, moved, written for the API.

use std::sync::Arc;

use jiff::civil::{self, DateTime};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use arrow_array::RecordBatch;

use super::column::value_of;
use super::format::{Format, instant};
use super::span::moved;
use super::windows::Windows;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::arrow_schema;
use crate::spec::{BoundFormat, ColumnSpec, CursorRange, CursorSpan, FieldSpec, IncrementalSpec};
use crate::state::{CursorValue, STATE_VERSION, State};
use crate::value::{LogicalType, time};

/// The cursor column of a resource.
#[derive(Debug)]
pub(crate) struct Cursor {
    pub(super) spec: &'static IncrementalSpec,
    pub(super) ty: LogicalType,
    /// Among the arrays of a batch.
    pub(super) column: usize,
    /// The columns of the primary key among them, by their names.
    pub(super) keys: Vec<(usize, &'static str)>,
    /// How instants are written.
    format: Option<Format>,
}

impl Cursor {
    /// `fields`: of the resource.
    ///
    /// # Errors
    ///
    /// When the format is none.
    pub(crate) fn new(
        spec: &'static IncrementalSpec,
        fields: &'static [FieldSpec],
    ) -> Result<Self> {
        let columns = || {
            fields.iter().filter_map(|field| match field {
                FieldSpec::Column(column) => Some(column),
                _ => None,
            })
        };
        let is_cursor = |column: &&ColumnSpec| column.name == spec.cursor;
        let ty = columns().find(is_cursor).expect("BUG: the derive has found the column").ty;
        let schema = arrow_schema(fields);
        let place = |name| schema.index_of(name).expect("BUG: each column has an array");
        let keys = columns().filter(|column| column.primary_key);
        let written = spec.format.or(match ty {
            LogicalType::Date => Some(BoundFormat::Date),
            LogicalType::Timestamp => Some(BoundFormat::Rfc3339),
            _ => None,
        });
        let format = written.map(Format::new).transpose().map_err(|error| {
            Error::new(ErrorKind::Config, format!("the `format` of `{}`: {error}", spec.cursor))
                .with_help("a text is as strftime has it, such as `\"%Y-%m-%d %H:%M\"`")
        })?;
        Ok(Self {
            spec,
            ty,
            column: place(spec.cursor),
            keys: keys.map(|column| (place(column.name), column.name)).collect(),
            format,
        })
    }

    /// What the resource says of it.
    pub(crate) fn spec(&self) -> &'static IncrementalSpec {
        self.spec
    }

    /// The value of a row; `None`: it has none.
    pub(crate) fn value(&self, batch: &RecordBatch, row: usize) -> Option<CursorValue> {
        value_of(batch.column(self.column), row, self.ty)
    }

    /// A value from a text: `initial`, `--from`, `--to`. The error says what was expected.
    pub(crate) fn parse(&self, text: &str) -> Result<CursorValue, String> {
        let time = || midnight(text).or_else(|| text.parse().ok().map(utc));
        let time = || time().map(|at| self.value_at(at));
        match self.ty {
            LogicalType::Text => Ok(CursorValue::Text(text.to_owned())),
            LogicalType::Date | LogicalType::Timestamp => time().ok_or_else(|| {
                "an instant such as `2024-01-31T12:00:00Z`, or a date such as `2024-01-31`"
                    .to_owned()
            }),
            _ => {
                let (least, greatest) = self.limits();
                let number = text.parse().ok().filter(|number| (least..=greatest).contains(number));
                let is_time = self.unit().is_some();
                let time = || time().filter(|_| is_time);
                number.map(CursorValue::Integer).or_else(time).ok_or_else(|| {
                    let time = if is_time { ", an instant or a date" } else { "" };
                    format!("a whole number from {least} to {greatest}{time}")
                })
            }
        }
    }

    /// The present as a cursor value; none for texts, and for numbers that are not seconds or
    /// milliseconds.
    pub(crate) fn at(&self, now: Timestamp) -> Option<CursorValue> {
        let is_time = matches!(self.ty, LogicalType::Date | LogicalType::Timestamp);
        (is_time || self.unit().is_some()).then(|| self.value_at(utc(now)))
    }

    /// Rounded down to what the format can say.
    pub(crate) fn floor(&self, value: CursorValue) -> CursorValue {
        match (&value, self.format) {
            (CursorValue::Date(_) | CursorValue::Timestamp(_), Some(format)) => {
                self.value_at(format.floor(self.time(&value)))
            }
            _ => value,
        }
    }

    /// As the API wants it: a number or a text.
    pub(crate) fn write(&self, value: &CursorValue) -> Value {
        match (value, self.format) {
            (CursorValue::Date(_) | CursorValue::Timestamp(_), Some(format)) => {
                format.write(self.time(value))
            }
            (CursorValue::Integer(number), _) => match u64::try_from(*number) {
                Ok(number) => number.into(),
                Err(_) => (*number as i64).into(),
            },
            _ => value.to_string().into(),
        }
    }

    /// Rows that are equal to the cursor are not read again. (Windows begin with rows that no other
    /// window has.)
    pub(crate) fn is_open(&self) -> bool {
        self.spec.range == CursorRange::Open && self.spec.step.is_none()
    }

    /// `lag` before a value.
    pub(crate) fn less_lag(&self, value: &CursorValue) -> CursorValue {
        match self.spec.lag {
            Some(lag) => self.moved(value, lag, -1),
            None => value.clone(),
        }
    }

    /// The windows `[start, end)` of a range, one after the other: those parts of it that are not
    /// complete, each cut by `step`. Holes come first: they are before what is left of the range.
    pub(crate) fn windows(
        self: &Arc<Self>,
        from: CursorValue,
        to: CursorValue,
        complete: &[(CursorValue, CursorValue)],
    ) -> Windows {
        Windows::new(self.clone(), from, to, complete)
    }

    /// Whether a state is that of this column.
    ///
    /// # Errors
    ///
    /// When it is not, or was written by a later release.
    pub(crate) fn check_state(&self, state: &State) -> Result<()> {
        let version = state.version;
        if version > STATE_VERSION {
            let message =
                format!("the state has version {version}, this release knows {STATE_VERSION}");
            return Err(Error::new(ErrorKind::Config, message)
                .with_help("a later release has loaded this resource: use that one"));
        }
        let (name, kind) = (self.spec.cursor, self.kind());
        let windows = state.windows.iter().flat_map(|(start, end)| [start, end]);
        let mut values = state.cursor.iter().chain(windows);
        let other = values.find(|value| value.kind() != kind);
        let was = match (&state.column, other) {
            (Some(was), _) if was != name => format!("`{was}`"),
            (_, Some(other)) => format!("`{name}` as {}", article(other.kind())),
            _ => return Ok(()),
        };
        let message =
            format!("the state was written for {was}; the cursor is `{name}`, {}", article(kind));
        Err(Error::new(ErrorKind::Config, message).with_help(
            "nothing tells which rows are there: `state reset` forgets it, to load the resource from the \
             beginning",
        ))
    }

    /// `span` so many times after a value, within what the column can hold.
    pub(super) fn moved(&self, value: &CursorValue, span: CursorSpan, times: i64) -> CursorValue {
        match (value, span) {
            (CursorValue::Integer(number), CursorSpan::Number(span)) => {
                let (least, greatest) = self.limits();
                let by = i128::from(span).saturating_mul(times.into());
                CursorValue::Integer(number.saturating_add(by).clamp(least, greatest))
            }
            (CursorValue::Text(_), _) | (_, CursorSpan::Number(_)) => value.clone(),
            (_, CursorSpan::Time { .. }) => self.value_at(moved(self.time(value), span, times)),
        }
    }

    /// The value before (`-1`) or after (`1`) this one: none lies between them.
    pub(super) fn neighbour(&self, value: &CursorValue, by: i64) -> CursorValue {
        match value {
            CursorValue::Date(_) => {
                self.moved(value, CursorSpan::Time { months: 0, days: 1, seconds: 0 }, by)
            }
            CursorValue::Timestamp(at) => {
                self.value_at(time::datetime(at.as_microsecond().saturating_add(by)))
            }
            _ => self.moved(value, CursorSpan::Number(1), by),
        }
    }

    /// The instant that a value stands for.
    fn time(&self, value: &CursorValue) -> DateTime {
        match value {
            CursorValue::Date(date) => date.to_datetime(civil::Time::midnight()),
            CursorValue::Integer(number) => {
                let micros = number.saturating_mul(self.unit().unwrap_or(1).into());
                time::datetime(micros.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
            }
            CursorValue::Timestamp(at) => utc(*at),
            CursorValue::Text(_) => unreachable!("BUG: the derive has checked the type"),
        }
    }

    /// The last value that is not after an instant.
    fn value_at(&self, at: DateTime) -> CursorValue {
        match (self.ty, self.unit()) {
            (LogicalType::Date, _) => CursorValue::Date(at.date()),
            (LogicalType::Timestamp, _) => CursorValue::Timestamp(instant(at)),
            (_, unit) => {
                let (least, greatest) = self.limits();
                let number = i128::from(time::micros(at).div_euclid(unit.unwrap_or(1)));
                CursorValue::Integer(number.clamp(least, greatest))
            }
        }
    }

    /// For integers that are times, how many microseconds one is.
    fn unit(&self) -> Option<i64> {
        match (self.kind(), self.spec.format?) {
            ("integer", BoundFormat::Epoch) => Some(1_000_000),
            ("integer", BoundFormat::EpochMillis) => Some(1_000),
            _ => None,
        }
    }

    /// As [`CursorValue::kind`].
    fn kind(&self) -> &'static str {
        match self.ty {
            LogicalType::Date => "date",
            LogicalType::Text => "text",
            LogicalType::Timestamp => "timestamp",
            _ => "integer",
        }
    }

    /// The least and the greatest integer of the column.
    fn limits(&self) -> (i128, i128) {
        fn of<T: Into<i128>>(least: T, greatest: T) -> (i128, i128) {
            (least.into(), greatest.into())
        }
        match self.ty {
            LogicalType::I8 => of(i8::MIN, i8::MAX),
            LogicalType::I16 => of(i16::MIN, i16::MAX),
            LogicalType::I32 => of(i32::MIN, i32::MAX),
            LogicalType::U8 => of(u8::MIN, u8::MAX),
            LogicalType::U16 => of(u16::MIN, u16::MAX),
            LogicalType::U32 => of(u32::MIN, u32::MAX),
            LogicalType::U64 => of(u64::MIN, u64::MAX),
            _ => of(i64::MIN, i64::MAX),
        }
    }
}

fn utc(at: Timestamp) -> DateTime {
    TimeZone::UTC.to_datetime(at)
}

fn midnight(text: &str) -> Option<DateTime> {
    // a text with a time is no date, whatever jiff makes of it
    let date = text.parse::<civil::Date>().ok().filter(|date| date.to_string() == text)?;
    Some(date.to_datetime(civil::Time::midnight()))
}

fn article(kind: &str) -> String {
    let article = if kind == "integer" { "an" } else { "a" };
    format!("{article} {kind}")
}
