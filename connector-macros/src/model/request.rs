//! Methods and bodies.

use super::{Param, Part, Template};

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Delete,
    Get,
    Patch,
    Post,
    Put,
}

impl Method {
    /// Whether a body means something with it (RFC 9110, 9.3).
    pub(crate) fn has_body(self) -> bool {
        matches!(self, Self::Patch | Self::Post | Self::Put)
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Get => "get",
            Self::Patch => "patch",
            Self::Post => "post",
            Self::Put => "put",
        }
    }
}

/// What a request sends beside its URL and headers.
pub(crate) enum Body {
    Form(Vec<Param>),
    Json(Json),
}

/// JSON with places to fill in.
pub(crate) enum Json {
    Array(Vec<Json>),
    Bool(bool),
    /// The value of a place that is no field, in its own type.
    Bound(Part),
    /// A field that keeps its type.
    Config(String),
    Null,
    /// As JSON writes it.
    Number(String),
    Object(Vec<(String, Json)>),
    Text(Template),
}
