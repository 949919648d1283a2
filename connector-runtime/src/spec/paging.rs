//! How further pages are asked for.

use super::{Path, Target};
use crate::paging::NextPage;

/// How further pages are asked for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum PaginatorSpec {
    /// `?cursor=..`, from the page before.
    Cursor(CursorSpec),
    /// A URL that the page before gives.
    Link(LinkSpec),
    /// One request.
    SinglePage,
    /// `?offset=200&limit=100`.
    Offset(OffsetSpec),
    /// `?page=3`.
    PageNumber(PageNumberSpec),
    /// A function of the user's.
    With(NextPage),
}

impl PaginatorSpec {
    /// Where it puts its position or cursor, and the page size.
    pub const fn targets(&self) -> [Option<Target>; 2] {
        match self {
            Self::Cursor(spec) => [Some(spec.target), spec.limit_target],
            Self::Link(spec) => match spec.page_size_param {
                Some(name) => [None, Some(Target::Param(name))],
                None => [None, None],
            },
            Self::Offset(spec) => [Some(spec.offset_target), Some(spec.limit_target)],
            Self::PageNumber(spec) => [Some(spec.page_target), spec.page_size_target],
            Self::SinglePage | Self::With(_) => [None, None],
        }
    }
}

/// `paginator = offset(..)`.
#[derive(Clone, Copy, Debug)]
pub struct OffsetSpec {
    /// Rows asked for.
    pub limit: u64,
    /// First position.
    pub offset: u64,
    /// Where the position goes.
    pub offset_target: Target,
    /// Where the page size goes.
    pub limit_target: Target,
    /// Where the body says how many rows there are; `None`: `total`, if it is there.
    pub total_path: Option<Path>,
    /// Where the body says whether there is more.
    pub has_more_path: Option<Path>,
    /// No page that begins here or later is asked for.
    pub maximum_offset: Option<u64>,
    /// A page with fewer rows than `limit` is the last one.
    pub stop_on_short_page: bool,
}

impl OffsetSpec {
    /// `offset(limit = ..)` with every other option as documented.
    pub const fn new(limit: u64) -> Self {
        Self {
            limit,
            offset: 0,
            offset_target: Target::Param("offset"),
            limit_target: Target::Param("limit"),
            total_path: None,
            has_more_path: None,
            maximum_offset: None,
            stop_on_short_page: false,
        }
    }
}

/// `paginator = page_number(..)`.
#[derive(Clone, Copy, Debug)]
pub struct PageNumberSpec {
    /// Number of the first page.
    pub base_page: u64,
    /// Where the page number goes.
    pub page_target: Target,
    /// Rows asked for, if the API takes that.
    pub page_size: Option<u64>,
    /// Where the page size goes.
    pub page_size_target: Option<Target>,
    /// Where the body says how many pages or rows there are.
    pub total_path: Option<Path>,
    /// What that total counts.
    pub total_counts: TotalUnit,
    /// Where the body says whether there is more.
    pub has_more_path: Option<Path>,
    /// Number of the last page that is asked for.
    pub maximum_page: Option<u64>,
    /// A page with fewer rows than `page_size` is the last one.
    pub stop_on_short_page: bool,
}

impl PageNumberSpec {
    /// `page_number(base_page = ..)` with every other option as documented.
    pub const fn new(base_page: u64) -> Self {
        Self {
            base_page,
            page_target: Target::Param("page"),
            page_size: None,
            page_size_target: None,
            total_path: None,
            total_counts: TotalUnit::Pages,
            has_more_path: None,
            maximum_page: None,
            stop_on_short_page: false,
        }
    }
}

/// What a total counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TotalUnit {
    /// Pages, as dlt's `total_path` of page numbers.
    Pages,
    /// Rows.
    Rows,
}

/// `paginator = cursor(..)`.
#[derive(Clone, Copy, Debug)]
pub struct CursorSpec {
    /// Where the next cursor comes from.
    pub source: CursorSource,
    /// Where it goes.
    pub target: Target,
    /// Where the body says whether there is more.
    pub has_more_path: Option<Path>,
    /// Rows asked for, if the API takes that.
    pub limit: Option<u64>,
    /// Where the page size goes.
    pub limit_target: Option<Target>,
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

impl CursorSpec {
    /// `cursor(..)` from this source with every other option as documented.
    pub const fn new(source: CursorSource) -> Self {
        Self {
            source,
            target: Target::Param("cursor"),
            has_more_path: None,
            limit: None,
            limit_target: None,
            stop_after_empty_page: false,
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
