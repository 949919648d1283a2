//! `paginator = with(path::to::function)`: paging of the user's own.

use bytes::Bytes;
use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Response};

/// A function that says what follows a page.
///
/// It is called before the first page, with no page, and after each page. `request` is the
/// resource's own request, without anything of an earlier page: what asks for a certain page is
/// added to it each time. It does no I/O: requests are signed, sent and tried again by the client.
///
/// What it leads to is judged as with every paginator: links go where `trusted_origins` allows,
/// a page whose rows are those of an earlier page is an error, and so are 1,000 pages in a row
/// without any rows. An error that it returns ends the resource; use [`ErrorKind::Paging`].
///
/// ```
/// use connector_runtime::http::Request;
/// use connector_runtime::paging::{Next, Page};
/// use connector_runtime::prelude::*;
///
/// /// The API wants the number of the first row and of the last: `rows=0-99`.
/// fn ranges(last: Option<&Page<'_>>, request: &mut Request) -> connector_runtime::Result<Next> {
///     const SIZE: u64 = 100;
///     let start = match last {
///         None => 0,
///         Some(page) if page.rows() < SIZE => return Ok(Next::End),
///         Some(page) => page.number() * SIZE,
///     };
///     request.set_param("rows", &format!("{start}-{}", start + SIZE - 1));
///     Ok(Next::Page)
/// }
///
/// #[derive(Resource)]
/// #[resource(path = "/items", paginator = with(ranges))]
/// struct Item {
///     #[column(primary_key)]
///     id: i64,
/// }
/// ```
pub type NextPage = fn(Option<&Page<'_>>, &mut Request) -> Result<Next>;

/// What a [`NextPage`] function says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Next {
    /// There is no further page: everything has come.
    End,
    /// There is no further page, though the API had promised more: the resource is *partial*, for
    /// this reason.
    Incomplete(String),
    /// The next page is at this URL, absolute or relative to the one of the last page, in the place
    /// of path and parameters.
    Link(String),
    /// The request as it was left asks for the next page.
    Page,
}

/// A page that has come, its rows read.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    pub(crate) request: &'a Request,
    pub(crate) response: &'a Response,
    pub(crate) rows: u64,
    pub(crate) number: u64,
}

impl<'a> Page<'a> {
    /// The request that asked for it, without credentials.
    pub fn request(&self) -> &'a Request {
        self.request
    }

    /// The status of the answer.
    pub fn status(&self) -> u16 {
        self.response.status()
    }

    /// The text of a header of the answer.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.response.header(name)
    }

    /// The body of the answer.
    pub fn body(&self) -> &'a Bytes {
        self.response.body()
    }

    /// The body, read as JSON. Fields of `T` borrow from it where they can; what `T` does not name
    /// is skipped.
    ///
    /// # Errors
    ///
    /// When the body is no JSON, or does not fit `T`.
    pub fn json<T: Deserialize<'a>>(&self) -> Result<T> {
        serde_json::from_slice(self.body()).map_err(|error| {
            Error::new(
                ErrorKind::Paging,
                format!("the body is not what the paginator's function reads: {error}"),
            )
        })
    }

    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Which page it is, counted from 1.
    pub fn number(&self) -> u64 {
        self.number
    }
}
