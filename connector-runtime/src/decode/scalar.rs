//! Values of the body that a paginator asked for: [`Scalar`], and [`Given`], one that goes back.

/// A value at a path of the body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that is not negative.
    Count(u64),
    /// The path leads nowhere.
    Missing,
    /// `null`.
    Null,
    /// Something else; how a person would call it.
    Other(&'static str),
    /// A string.
    Text(String),
}

impl Scalar {
    /// The value as a count: a whole number, or a string of digits.
    pub(crate) fn count(&self) -> Option<u64> {
        match self {
            Self::Count(count) => Some(*count),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The value as a flag: a boolean, or the text of one.
    pub(crate) fn flag(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            Self::Text(text) => text.to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }

    /// How a message calls the value.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Bool(flag) => format!("`{flag}`"),
            Self::Count(count) => format!("the number {count}"),
            Self::Missing => "nothing".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Other(what) => (*what).to_owned(),
            Self::Text(text) => format!("the string {:?}", super::explain::cut(text)),
        }
    }
}

/// A value that goes back to the API as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// The digits of a whole number.
    Number(String),
    /// A string.
    Text(String),
}

impl Given {
    /// The value as text.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Number(text) | Self::Text(text) => text,
        }
    }
}
