//! [`Bounds`]: values that are right and that a destination cannot store.

use super::column::LogicalType;
use super::time;

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// How JSON writes the character U+0000.
const NUL_ESCAPE: &str = "\\u0000";

/// What a destination can store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The largest integer.
    pub(crate) largest_integer: u64,
    /// Texts may have the character U+0000.
    pub(crate) nul: bool,
    /// The first instant, in microseconds since 1970.
    pub(crate) earliest: i64,
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
    /// A text without U+0000.
    Text,
}

impl Guard {
    pub(super) fn new(ty: LogicalType, bounds: Bounds) -> Self {
        match ty {
            LogicalType::U64 if bounds.largest_integer < u64::MAX => {
                Self::Integer(bounds.largest_integer)
            }
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
    pub(super) fn refuses_text(self, text: &str) -> Option<String> {
        let refused = match self {
            Self::Text => text.as_bytes().contains(&0),
            Self::Json => has_nul_escape(text),
            _ => false,
        };
        refused.then(|| "a text without U+0000, which the destination cannot store".to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

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
        let none = Bounds { largest_integer: u64::MAX, nul: true, earliest: i64::MIN };
        let some = Bounds { largest_integer: 9, nul: false, earliest: MICROS_PER_DAY - 1 };
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
