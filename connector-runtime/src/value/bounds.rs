//! [`Bounds`]: values that are right and that a destination cannot store.

use super::column::LogicalType;
use super::{json, time};

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// How JSON writes the character U+0000.
const NUL_ESCAPE: &str = "\\u0000";
/// Of a number in `jsonb`, which is a `numeric`.
const MAX_DECIMAL_PLACES: i64 = 16_383;

/// What a destination can store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The largest integer.
    pub(crate) largest_integer: u64,
    /// Texts may have the character U+0000.
    pub(crate) nul: bool,
    /// The first instant, in microseconds since 1970.
    pub(crate) earliest: i64,
    /// JSON is read when it is stored, as `jsonb` is.
    pub(crate) jsonb: bool,
}

/// The bound that concerns a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Guard {
    /// There is none.
    Free,
    /// No instant before this one, in microseconds.
    Instant(i64),
    /// No date before this one, in days.
    Date(i64),
    /// No larger integer.
    Integer(u64),
    /// JSON without U+0000.
    Json,
    /// JSON as `jsonb` takes it.
    Jsonb,
    /// A text without U+0000.
    Text,
}

impl Guard {
    pub(super) fn new(ty: LogicalType, bounds: Bounds) -> Self {
        match ty {
            LogicalType::U64 if bounds.largest_integer < u64::MAX => {
                Self::Integer(bounds.largest_integer)
            }
            LogicalType::Json if bounds.jsonb => Self::Jsonb,
            LogicalType::Json if !bounds.nul => Self::Json,
            LogicalType::Text if !bounds.nul => Self::Text,
            LogicalType::Timestamp if bounds.earliest > i64::MIN => Self::Instant(bounds.earliest),
            LogicalType::Date if bounds.earliest > i64::MIN => {
                // the first whole day
                Self::Date(bounds.earliest.div_euclid(MICROS_PER_DAY))
            }
            _ => Self::Free,
        }
    }

    /// Why a text cannot be stored.
    #[inline]
    pub(super) fn refuses_text(self, text: &str) -> Option<String> {
        if self == Self::Free { None } else { self.judge_text(text) }
    }

    fn judge_text(self, text: &str) -> Option<String> {
        let has_nul = match self {
            Self::Text => text.as_bytes().contains(&0),
            Self::Json | Self::Jsonb => has_nul_escape(text),
            _ => false,
        };
        if has_nul {
            return Some("a text without U+0000, which the destination cannot store".to_owned());
        }
        (self == Self::Jsonb).then(|| refuses_jsonb(text)).flatten()
    }

    /// Why an instant or a date cannot be stored.
    pub(super) fn refuses_time(self, value: i64) -> Option<String> {
        match self {
            Self::Instant(first) if value < first => Some(format!(
                "an instant from {} on, the first that the destination stores",
                time::timestamp(first)
            )),
            Self::Date(first) if value < first => Some(format!(
                "a date from {} on, the first that the destination stores",
                time::date(first as i32)
            )),
            _ => None,
        }
    }

    /// Why an integer cannot be stored.
    pub(super) fn refuses_integer(self, value: u64) -> Option<String> {
        match self {
            Self::Integer(largest) if value > largest => Some(format!(
                "a whole number of at most {largest}, the largest that the destination stores"
            )),
            _ => None,
        }
    }
}

/// Whether a string in a JSON text has U+0000 in it: `\u0000`, and not `\\u0000`.
fn has_nul_escape(json: &str) -> bool {
    json.match_indices(NUL_ESCAPE).any(|(at, _)| {
        let escapes = json.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\');
        escapes.count() % 2 == 0
    })
}

/// Why `jsonb` does not take a JSON text, which serde may have read past.
fn refuses_jsonb(json: &str) -> Option<String> {
    if let Err(error) = json::check_whole(json) {
        return Some(format!("JSON that the destination can store ({error})"));
    }
    numbers(json).any(|number| decimal_places(number) > MAX_DECIMAL_PLACES).then(|| {
        format!(
            "numbers of at most {MAX_DECIMAL_PLACES} decimal places, as many as the destination stores"
        )
    })
}

/// The numbers in a JSON text.
fn numbers(json: &str) -> impl Iterator<Item = &str> {
    let (mut in_string, mut escaped) = (false, false);
    let pieces = json.split(move |c: char| {
        if in_string {
            (in_string, escaped) = (escaped || c != '"', !escaped && c == '\\');
            return true;
        }
        in_string = c == '"';
        !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')
    });
    pieces.filter(|piece| piece.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
}

/// As many as PostgreSQL's `numeric` counts: zeros at the end are some.
fn decimal_places(number: &str) -> i64 {
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let places = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i64);
    // one that is beyond every number is beyond this one, too
    places.saturating_sub(exponent.parse().unwrap_or(i64::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_json() {
        for (json, expected) in [
            ("1e-20000", &["1e-20000"][..]),
            (r#"{"1e5":[-1.50,true,false,null, 2E+3 ],"a\\":7}"#, &["-1.50", "2E+3", "7"]),
            (r#""\"1\\" "#, &[]),
            (r#"["ü1", 2,"\u0031"]"#, &["2"]),
        ] {
            assert_eq!(numbers(json).collect::<Vec<_>>(), expected, "{json}");
        }
    }

    #[test]
    fn places() {
        for (number, expected) in [
            ("12", 0),
            ("-1.50", 2),
            ("1e-20000", 20_000),
            ("0.5E+3", -2),
            ("0.25e-1", 3),
            ("1e-99999999999999999999", i64::MAX),
        ] {
            assert_eq!(decimal_places(number), expected, "{number}");
        }
    }

    #[test]
    fn jsonb() {
        let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let (fits, too_deep) = (deep(127), deep(128));
        let long = format!("0.{}", "0".repeat(16_384));
        for (json, expected) in [
            (r#"{"a": [1e-16383, 1.5, "\ud83d\ude00"]}"#, None),
            (&fits, None),
            ("1e-16384", Some("numbers of at most 16383 decimal places")),
            (&long, Some("numbers of at most 16383 decimal places")),
            ("1e999999", Some("JSON that the destination can store (number out of range")),
            (r#"["\ud800"]"#, Some("JSON that the destination can store (")),
            (r#"{"\ud800": 1}"#, Some("JSON that the destination can store (")),
            (&too_deep, Some("JSON that the destination can store (recursion limit")),
            (r#""\u0000""#, Some("a text without U+0000")),
        ] {
            let refused = Guard::Jsonb.refuses_text(json);
            match expected {
                Some(start) => assert!(
                    refused.as_ref().is_some_and(|text| text.starts_with(start)),
                    "{json}: {refused:?}"
                ),
                None => assert_eq!(refused, None, "{json}"),
            }
        }
    }

    #[test]
    fn nul_in_json() {
        for (json, expected) in [
            (r#""a""#, false),
            (r#""\u0000""#, true),
            (r#"{"a\u0000": 1}"#, true),
            (r#""\\u0000""#, false),
            (r#""\\\u0000""#, true),
            (r#""\\u0000\u0000""#, true),
            (r#""\u00001""#, true),
            (r#""\u0001""#, false),
        ] {
            assert_eq!(has_nul_escape(json), expected, "{json}");
        }
    }

    #[test]
    fn the_bound_of_each_type() {
        let none =
            Bounds { largest_integer: u64::MAX, nul: true, earliest: i64::MIN, jsonb: false };
        let some =
            Bounds { largest_integer: 9, nul: false, earliest: MICROS_PER_DAY - 1, jsonb: false };
        for (ty, expected) in [
            (LogicalType::U64, Guard::Integer(9)),
            (LogicalType::Text, Guard::Text),
            (LogicalType::Json, Guard::Json),
            (LogicalType::Timestamp, Guard::Instant(MICROS_PER_DAY - 1)),
            (LogicalType::Date, Guard::Date(0)),
            (LogicalType::Time, Guard::Free),
            (LogicalType::I64, Guard::Free),
        ] {
            assert_eq!(Guard::new(ty, some), expected, "{ty:?}");
            assert_eq!(Guard::new(ty, none), Guard::Free, "{ty:?}");
        }
        let jsonb = Bounds { jsonb: true, ..none };
        assert_eq!(Guard::new(LogicalType::Json, jsonb), Guard::Jsonb);
        assert_eq!(Guard::new(LogicalType::Text, jsonb), Guard::Free);
    }

    #[test]
    fn what_is_said() {
        let text = Guard::Text.refuses_text("a\0b").expect("refused");
        assert_eq!(text, "a text without U+0000, which the destination cannot store");
        assert_eq!(Guard::Text.refuses_text("ab"), None);
        let instant = Guard::Instant(0).refuses_time(-1).expect("refused");
        assert_eq!(
            instant,
            "an instant from 1970-01-01T00:00:00Z on, the first that the destination stores"
        );
        assert_eq!(Guard::Instant(0).refuses_time(0), None);
        let date = Guard::Date(-1).refuses_time(-2).expect("refused");
        assert_eq!(date, "a date from 1969-12-31 on, the first that the destination stores");
    }
}
