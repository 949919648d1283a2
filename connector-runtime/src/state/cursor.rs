//! [`CursorValue`]: a value of a cursor column, compared as what it is.

use std::fmt;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// A value of a cursor column. Values of one column are of one kind.
///
/// As JSON: `{"timestamp": "2024-01-31T12:00:00Z"}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CursorValue {
    /// A calendar date.
    Date(#[serde(with = "text")] Date),
    /// A whole number.
    Integer(i128),
    /// A text, compared byte by byte.
    Text(String),
    /// An instant, in microseconds.
    Timestamp(#[serde(with = "text")] Timestamp),
}

impl CursorValue {
    /// The name of its kind, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Date(_) => "date",
            Self::Integer(_) => "integer",
            Self::Text(_) => "text",
            Self::Timestamp(_) => "timestamp",
        }
    }

    /// The instant that it is: of a date, its beginning in UTC.
    pub fn instant(&self) -> Option<Timestamp> {
        match self {
            Self::Date(date) => date.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp()),
            Self::Integer(_) | Self::Text(_) => None,
            Self::Timestamp(instant) => Some(*instant),
        }
    }
}

impl fmt::Display for CursorValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
            Self::Timestamp(instant) => instant.fmt(f),
        }
    }
}

/// What is written as its own text.
pub(super) mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::state) fn serialize<T: Display, S: Serializer>(
        value: &T,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(in crate::state) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The same, where there may be none.
pub(super) mod optional_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::state) fn serialize<T: Display, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.collect_str(value),
            None => to.serialize_none(),
        }
    }

    pub(in crate::state) fn deserialize<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
    }
}
