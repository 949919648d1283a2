//! [`Target`]: where a paginator puts its values.

/// Where a value of the paginator goes: a position, a page size or a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// Into the body of the request: a JSON body has objects for all keys but the last, a form has
    /// one key.
    Body(&'static [&'static str]),
    /// Into a header of the request.
    Header(&'static str),
    /// Into the query string.
    Param(&'static str),
}

impl Target {
    /// The query parameter, if it is one.
    pub const fn param(&self) -> Option<&'static str> {
        match self {
            Self::Param(name) => Some(name),
            Self::Body(_) | Self::Header(_) => None,
        }
    }

    /// The request header, if it is one.
    pub const fn header(&self) -> Option<&'static str> {
        match self {
            Self::Header(name) => Some(name),
            Self::Body(_) | Self::Param(_) => None,
        }
    }

    /// The keys in the body, if it is there.
    pub const fn body(&self) -> Option<&'static [&'static str]> {
        match self {
            Self::Body(keys) => Some(keys),
            Self::Header(_) | Self::Param(_) => None,
        }
    }
}
