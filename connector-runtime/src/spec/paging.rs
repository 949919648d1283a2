//! Paginators whose next position comes from the API: cursors and links.

use super::Path;

/// `paginator = cursor(..)`.
#[derive(Clone, Copy, Debug)]
pub struct CursorSpec {
    /// Where the next cursor comes from.
    pub source: CursorSource,
    /// Where it goes.
    pub target: CursorTarget,
    /// Where the body says whether there is more.
    pub has_more_path: Option<Path>,
    /// Rows asked for, if the API takes that.
    pub limit: Option<u64>,
    /// Query parameter of the page size.
    pub limit_param: Option<&'static str>,
    /// A page without rows is the last one, whatever cursor it gives.
    pub stop_after_empty_page: bool,
}

/// Where the next cursor comes from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum CursorSource {
    /// From the body.
    Body(Path),
    /// From this column of the page's last row.
    Column(&'static str),
    /// From a header of the response.
    Header(&'static str),
}

/// Where a cursor goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CursorTarget {
    /// Into a header of the request.
    Header(&'static str),
    /// Into the query string.
    Param(&'static str),
}

impl CursorSpec {
    /// `cursor(..)` from this source with every other option as documented.
    pub const fn new(source: CursorSource) -> Self {
        Self {
            source,
            target: CursorTarget::Param("cursor"),
            has_more_path: None,
            limit: None,
            limit_param: None,
            stop_after_empty_page: false,
        }
    }

    /// The request header that carries the cursor.
    pub(crate) const fn request_header(&self) -> Option<&'static str> {
        match self.target {
            CursorTarget::Header(name) => Some(name),
            CursorTarget::Param(_) => None,
        }
    }

    /// The query parameter that carries the cursor.
    pub(crate) const fn param(&self) -> Option<&'static str> {
        match self.target {
            CursorTarget::Header(_) => None,
            CursorTarget::Param(name) => Some(name),
        }
    }
}

/// `paginator = header_link(..)` or `json_link(..)`.
#[derive(Clone, Copy, Debug)]
pub struct LinkSpec {
    /// Where the URL of the next page comes from.
    pub source: LinkSource,
    /// Rows asked for with the first page, if the API takes that; links repeat it.
    pub page_size: Option<u64>,
    /// Query parameter of the page size.
    pub page_size_param: Option<&'static str>,
}

/// Where the URL of the next page comes from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum LinkSource {
    /// From the body.
    Body(Path),
    /// From the `Link` header (RFC 8288), by the relation's name.
    Header(&'static str),
}

impl LinkSpec {
    /// A link from this source with every other option as documented.
    pub const fn new(source: LinkSource) -> Self {
        Self { source, page_size: None, page_size_param: None }
    }
}
