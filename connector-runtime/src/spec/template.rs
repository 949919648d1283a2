//! Texts with places to fill in, named values, and places in a body.

/// A text with places to fill in.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// As the user wrote it.
    pub text: &'static str,
    /// Its pieces, in order.
    pub parts: &'static [Part],
}

/// A piece of a [`Template`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Part {
    /// Text that is sent as it is.
    Text(&'static str),
    /// `{config.x}`: the value of a field of the connector.
    Config(&'static str),
    /// `{incremental.end_value}`: the upper bound.
    EndValue,
    /// `{issue.x}`: the value of a column of the parent's row.
    Parent(&'static str),
    /// `{partition.x}`: the element of a partition.
    Partition(&'static str),
    /// `{incremental.start_value}`: the lower bound.
    StartValue,
}

/// A named value: a query parameter, a field of a form or a header.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name on the wire.
    pub name: &'static str,
    /// Its value. A value that is a lone `config.x` whose field is empty is not sent at all.
    pub value: Template,
    /// A list is sent value by value under the same name; otherwise with commas between.
    pub repeated: bool,
}

/// A place in a JSON body, parsed while the user's crate compiles.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// As the user wrote it.
    pub text: &'static str,
    /// Its steps from the top of the body.
    pub segments: &'static [Segment],
}

/// A step of a [`Path`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Segment {
    /// `.name` or `['name']`: the value of a key.
    Key(&'static str),
    /// `[3]`: an element of a list, counted from 0.
    Index(usize),
    /// `[*]`: every element of a list.
    Each,
}

impl Template {
    /// The empty text.
    pub const EMPTY: Self = Self { text: "", parts: &[] };

    /// The field, if it is one and nothing else.
    pub const fn lone_field(&self) -> Option<&'static str> {
        match self.parts {
            [Part::Config(name)] => Some(name),
            _ => None,
        }
    }
}
