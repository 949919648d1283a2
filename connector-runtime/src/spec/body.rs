//! What requests are sent as: their method and their body.

use super::{Param, Part, Template};

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// `DELETE`.
    Delete,
    /// `GET`.
    Get,
    /// `PATCH`.
    Patch,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
}

impl Method {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    /// Its name in `method = ..`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Get => "get",
            Self::Patch => "patch",
            Self::Post => "post",
            Self::Put => "put",
        }
    }

    /// Whether a body means something with it (RFC 9110, 9.3).
    pub const fn has_body(self) -> bool {
        match self {
            Self::Delete | Self::Get => false,
            Self::Patch | Self::Post | Self::Put => true,
        }
    }
}

/// The body of a request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum BodySpec {
    /// `application/x-www-form-urlencoded`.
    Form(&'static [Param]),
    /// JSON: an object or an array.
    Json(JsonSpec),
}

/// JSON with places to fill in.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum JsonSpec {
    /// `[..]`. A [`JsonSpec::Config`] whose field was left out is not among its elements.
    Array(&'static [JsonSpec]),
    /// `true` or `false`.
    Bool(bool),
    /// The value of a place that is no field of the connector, in its own type.
    Bound(Part),
    /// The value of a field of the connector, a number, flag, list or text as the field is.
    Config(&'static str),
    /// `null`.
    Null,
    /// A number, as JSON writes it.
    Number(&'static str),
    /// `{..}`. A key whose value is a [`JsonSpec::Config`] whose field was left out is not sent.
    Object(&'static [(&'static str, JsonSpec)]),
    /// A string.
    Text(Template),
}
