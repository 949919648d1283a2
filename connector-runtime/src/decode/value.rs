//! Values: from the parser straight into their columns.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::{Timestamp, civil};
#[cfg(feature = "decimal")]
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::plan::{Column, MismatchKind, Plan, Subject, text_bits};
use super::reader::Reader;
use super::row::stop;
use super::scalar::Given;
use crate::spec::Decode;
use crate::value::{LogicalType, time};

/// Standard base64; senders disagree on the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Appends a value that is JSON text.
pub(super) fn append_json(plan: &mut Plan, column: usize, json: &str) -> Result<(), ()> {
    let mut json = serde_json::Deserializer::from_str(json);
    match (ValueSeed { plan, column }).deserialize(&mut json) {
        Ok(()) => Ok(()),
        Err(_) => Err(()),
    }
}

/// Appends a text as the JSON string would be that holds it.
pub(super) fn append_text(plan: &mut Plan, column: usize, text: &str) -> Result<(), ()> {
    ValueSeed { plan, column }.text(text)
}

/// Reads one value into its column.
pub(super) struct ValueSeed<'a> {
    pub(super) plan: &'a mut Plan,
    pub(super) column: usize,
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        if let Reader::Raw = self.plan.columns[self.column].reader {
            let raw = <&RawValue>::deserialize(deserializer)?;
            return self.raw(raw.get()).map_err(stop);
        }
        deserializer.deserialize_any(self)
    }
}

impl ValueSeed<'_> {
    /// Not what was expected.
    fn refuse(&mut self, expected: String) -> Result<(), ()> {
        self.plan.refuse(Subject::Column(self.column), MismatchKind::Value { expected });
        Err(())
    }

    /// Not a value of the column's type.
    fn mismatch<E: serde::de::Error>(mut self) -> E {
        let column = &self.plan.columns[self.column];
        let expected = column.reader.describe(column.spec.ty);
        let _ = self.refuse(expected);
        stop(())
    }

    /// Whether the destination can store the value that was appended.
    fn stored(&mut self) -> Result<(), ()> {
        let builder = &mut self.plan.columns[self.column].builder;
        if !builder.has_failed() {
            return Ok(());
        }
        let expected = builder.take_failure().unwrap_or_default();
        self.refuse(expected)
    }

    fn check(&mut self, text: &str) -> Result<(), ()> {
        match self.plan.columns[self.column].spec.check.map(|check| check(text)) {
            Some(Err(expected)) => self.refuse(expected),
            _ => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), ()> {
        self.check(text)?;
        let Column { builder, reader, spec, .. } = &mut self.plan.columns[self.column];
        let appended = match reader {
            Reader::Text => {
                builder.append_text(text);
                Some(())
            }
            Reader::Timestamp => text
                .parse::<Timestamp>()
                .ok()
                // two keys must not become one
                .filter(|at| !spec.primary_key || at.subsec_nanosecond() % 1_000 == 0)
                .map(|timestamp| builder.append_i64(timestamp.as_microsecond())),
            Reader::Date => date(text).map(|date| builder.append_i64(time::days(date).into())),
            Reader::Time => time_of_day(text)
                .filter(|at| !spec.primary_key || at.subsec_nanosecond() % 1_000 == 0)
                .map(|time| builder.append_i64(time::micros_of_day(time))),
            Reader::Bytes => BASE64.decode(text).ok().map(|bytes| builder.append_bytes(&bytes)),
            #[cfg(feature = "uuid")]
            Reader::Uuid => {
                uuid::Uuid::parse_str(text).ok().map(|uuid| builder.append_uuid(uuid.as_bytes()))
            }
            _ => None,
        };
        if appended.is_none() {
            let expected = reader.describe(spec.ty);
            return self.refuse(expected);
        }
        self.stored()?;
        self.plan.identify(self.column, || text_bits(text.as_bytes()));
        self.plan.remember(self.column, || Given::Text(text.to_owned()));
        Ok(())
    }

    /// A value whose own text decides.
    fn raw(&mut self, json: &str) -> Result<(), ()> {
        let spec = self.plan.columns[self.column].spec;
        if json == "null" {
            let handled = spec.nullable || spec.default.is_some();
            match spec.decode {
                // the function may know what null means
                Decode::With(_) if !handled => {}
                _ => return self.plan.absent(self.column, MismatchKind::Null),
            }
        }
        let column = &mut self.plan.columns[self.column];
        let appended = match (spec.decode, spec.ty) {
            (Decode::With(function), _) => function(json, &mut column.builder),
            (Decode::EpochSeconds, _) => epoch(json, 6).map(|at| column.builder.append_i64(at)),
            (Decode::EpochMillis, _) => epoch(json, 3).map(|at| column.builder.append_i64(at)),
            (Decode::Plain, LogicalType::F32) => float(json).map(|f| column.builder.append_f32(f)),
            (Decode::Plain, LogicalType::Decimal) => {
                decimal(json, spec.primary_key).map(|digits| column.builder.append_text(&digits))
            }
            (Decode::Plain, _) => spec
                .check
                .map_or(Ok(()), |check| check(json))
                .map(|()| column.builder.append_text(json)),
        };
        match appended {
            Ok(()) => {
                self.stored()?;
                self.plan.identify(self.column, || text_bits(json.as_bytes()));
                Ok(())
            }
            Err(expected) => self.refuse(expected),
        }
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        let column = &mut self.plan.columns[self.column];
        let Reader::Bool = column.reader else { return Err(self.mismatch()) };
        column.builder.append_bool(value);
        self.plan.identify(self.column, || u64::from(value));
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        // the parser calls this for negative numbers only
        let column = &mut self.plan.columns[self.column];
        match column.reader {
            Reader::Integer { min, .. } if value >= min => column.builder.append_i64(value),
            // beyond 2^53 not every integer is a float
            Reader::Float if value as f64 as i128 == i128::from(value) => {
                column.builder.append_f64(value as f64)
            }
            _ => return Err(self.mismatch()),
        }
        self.plan.identify(self.column, || value as u64);
        self.plan.remember(self.column, || Given::Number(value.to_string()));
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(mut self, value: u64) -> Result<(), E> {
        let column = &mut self.plan.columns[self.column];
        match column.reader {
            Reader::Integer { max, .. } if value <= max => column.builder.append_i64(value as i64),
            Reader::Unsigned => {
                column.builder.append_u64(value);
                self.stored().map_err(stop)?;
            }
            Reader::Float if value as f64 as u128 == u128::from(value) => {
                column.builder.append_f64(value as f64)
            }
            _ => return Err(self.mismatch()),
        }
        self.plan.identify(self.column, || value);
        self.plan.remember(self.column, || Given::Number(value.to_string()));
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        let column = &mut self.plan.columns[self.column];
        match column.reader {
            Reader::Float => column.builder.append_f64(value),
            // `-0` too: the parser cannot tell it from `-0.0` or `-1e-400`, which are none
            _ => return Err(self.mismatch()),
        }
        self.plan.identify(self.column, || value.to_bits());
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(mut self, value: &str) -> Result<(), E> {
        self.text(value).map_err(stop)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.plan.absent(self.column, MismatchKind::Null).map_err(stop)
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.mismatch())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.mismatch())
    }
}

/// Ten characters and no more: the parser would cut the time off a longer text.
fn date(text: &str) -> Option<civil::Date> {
    if text.len() == 10 { text.parse().ok() } else { None }
}

/// Digits, colons and a point only: the parser would cut the date off a longer text.
fn time_of_day(text: &str) -> Option<civil::Time> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':' || byte == b'.');
    if plain && text.contains(':') { text.parse().ok() } else { None }
}

/// A JSON number, or a JSON string that holds one: its digits.
fn number(json: &str) -> Option<&str> {
    let text = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(json);
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let valid = unsigned.starts_with(|c: char| c.is_ascii_digit())
        && unsigned.ends_with(|c: char| c.is_ascii_digit())
        && unsigned
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    valid.then_some(text)
}

#[cfg(feature = "decimal")]
fn decimal(json: &str, key: bool) -> Result<String, String> {
    const EXPECTED: &str = "a decimal number of at most 28 digits";
    let text = number(json).ok_or(EXPECTED)?;
    // 1.0 and 1.00 are one key
    let canonical = |decimal: Decimal| if key { decimal.normalize() } else { decimal };
    crate::value::parse_decimal(text).map(|decimal| canonical(decimal).to_string())
}

#[cfg(not(feature = "decimal"))]
fn decimal(_: &str, _: bool) -> Result<String, String> {
    unreachable!("BUG: no column type is a decimal without the feature `decimal`")
}

fn float(json: &str) -> Result<f32, String> {
    let number = if json.starts_with('"') { None } else { number(json) };
    number
        .and_then(|text| text.parse::<f32>().ok())
        .filter(|float| float.is_finite())
        .ok_or_else(|| "a number in the range of `f32`".to_owned())
}

/// Microseconds from a number of seconds (`digits` = 6) or milliseconds (3), exactly.
fn epoch(json: &str, digits: usize) -> Result<i64, String> {
    let expected = || match digits {
        6 => "a number of seconds since 1970".to_owned(),
        _ => "a number of milliseconds since 1970".to_owned(),
    };
    let (sign, unsigned) = match json.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, json),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return Err(expected());
    }
    let kept = &fraction[..fraction.len().min(digits)];
    let micros = format!("{whole}{kept:0<digits$}").parse::<i64>().map_err(|_| expected())?;
    Timestamp::from_microsecond(sign * micros).map_err(|_| expected())?;
    Ok(sign * micros)
}
