//! Values: from the parser straight into their columns.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::{Timestamp, civil};
#[cfg(feature = "decimal")]
use rust_decimal::Decimal;

use super::json::{Json, Number, Parsed};
use super::plan::{Column, MismatchKind, Plan, Subject, text_bits};
use super::reader::Reader;
use super::scalar::Given;
use crate::spec::Decode;
use crate::value::{LogicalType, rfc3339, time};

/// Standard base64; senders disagree on the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Appends a value that is JSON text.
pub(super) fn append_json(plan: &mut Plan, column: usize, json: &str) -> Result<(), ()> {
    value(&mut Json::of(json), plan, column).map_err(drop)
}

/// Appends a text as the JSON string would be that holds it.
pub(super) fn append_text(plan: &mut Plan, column: usize, text: &str) -> Result<(), ()> {
    Value { plan, column }.text(text)
}

/// Reads one value into its column.
pub(super) fn value(json: &mut Json<'_>, plan: &mut Plan, column: usize) -> Parsed {
    let mut value = Value { plan, column };
    if let Reader::Raw = value.plan.columns[column].reader {
        return Ok(value.raw(json.raw()?)?);
    }
    match json.peek()? {
        b'"' => value.text(json.string()?)?,
        b'-' | b'0'..=b'9' => value.number(json.number()?)?,
        b'{' | b'[' => value.mismatch()?,
        _ => match json.word()? {
            Some(flag) => value.flag(flag)?,
            None => value.plan.absent(column, MismatchKind::Null)?,
        },
    }
    Ok(())
}

/// One value on its way into its column.
struct Value<'a> {
    plan: &'a mut Plan,
    column: usize,
}

impl Value<'_> {
    /// Not what was expected.
    fn refuse(&mut self, expected: String) -> Result<(), ()> {
        self.plan.refuse(Subject::Column(self.column), MismatchKind::Value { expected });
        Err(())
    }

    /// Not a value of the column's type.
    #[cold]
    fn mismatch(&mut self) -> Result<(), ()> {
        let column = &self.plan.columns[self.column];
        let expected = column.reader.describe(column.spec.ty);
        self.refuse(expected)
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

    fn text(&mut self, text: &str) -> Result<(), ()> {
        let Column { builder, reader, spec, .. } = &mut self.plan.columns[self.column];
        if let Some(Err(expected)) = spec.check.map(|check| check(text)) {
            return self.refuse(expected);
        }
        let appended = match reader {
            Reader::Text => {
                builder.append_text(text);
                Some(())
            }
            Reader::Timestamp => micros(text, spec.primary_key).map(|at| builder.append_i64(at)),
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
        self.plan.remember(self.column, || Some(Given::Text(text.to_owned())));
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

    fn flag(&mut self, flag: bool) -> Result<(), ()> {
        let column = &mut self.plan.columns[self.column];
        let Reader::Bool = column.reader else { return self.mismatch() };
        column.builder.append_bool(flag);
        self.plan.identify(self.column, || u64::from(flag));
        Ok(())
    }

    #[inline]
    fn number(&mut self, number: Number) -> Result<(), ()> {
        let column = &mut self.plan.columns[self.column];
        let bits = match (column.reader, number) {
            (Reader::Integer { max, .. }, Number::Whole(value)) if value <= max => {
                column.builder.append_i64(value as i64);
                value
            }
            (Reader::Integer { min, .. }, Number::Negative(value)) if value >= min => {
                column.builder.append_i64(value);
                value as u64
            }
            (Reader::Unsigned, Number::Whole(value)) => {
                column.builder.append_u64(value);
                self.stored()?;
                value
            }
            (Reader::Float, number) => {
                let Some(value) = float_of(number) else { return self.mismatch() };
                column.builder.append_f64(value);
                // as the digests of pages have it that are remembered
                match number {
                    Number::Whole(whole) => whole,
                    Number::Negative(whole) => whole as u64,
                    Number::Float(value) => value.to_bits(),
                }
            }
            _ => return self.mismatch(),
        };
        self.plan.identify(self.column, || bits);
        self.plan.remember(self.column, || match number {
            Number::Whole(value) => Some(Given::Number(value.to_string())),
            Number::Negative(value) => Some(Given::Number(value.to_string())),
            Number::Float(_) => None,
        });
        Ok(())
    }
}

/// The float that is the same number: beyond 2^53 not every integer is one.
fn float_of(number: Number) -> Option<f64> {
    match number {
        Number::Whole(value) => Some(value as f64).filter(|f| *f as u128 == u128::from(value)),
        Number::Negative(value) => Some(value as f64).filter(|f| *f as i128 == i128::from(value)),
        Number::Float(value) => Some(value).filter(|value| value.is_finite()),
    }
}

/// The microseconds from 1970 to an instant. Finer ones are cut, but of a key: two must not become one.
fn micros(text: &str, key: bool) -> Option<i64> {
    rfc3339::parse_micros(text).or_else(|| {
        let instant = text.parse::<Timestamp>().ok()?;
        let whole = instant.subsec_nanosecond() % 1_000 == 0;
        (whole || !key).then(|| instant.as_microsecond())
    })
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
