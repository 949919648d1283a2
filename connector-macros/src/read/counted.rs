//! Paginators that count: `offset(..)` and `page_number(..)`.

use super::options::{Options, Owner};
use super::target::RawTarget;
use crate::diag::{At, Spans};
use crate::model::TotalUnit;

/// `offset(..)`.
pub(crate) struct RawOffset {
    /// The word `offset`.
    pub(crate) kind: Spans,
    pub(crate) limit: Option<At<u64>>,
    pub(crate) offset: Option<At<u64>>,
    pub(crate) position: RawTarget,
    pub(crate) size: RawTarget,
    pub(crate) total_path: Option<At<String>>,
    pub(crate) has_more_path: Option<At<String>>,
    pub(crate) maximum_offset: Option<At<u64>>,
    pub(crate) stop_on_short_page: bool,
}

/// `page_number(..)`.
pub(crate) struct RawPageNumber {
    /// The word `page_number`.
    pub(crate) kind: Spans,
    pub(crate) base_page: Option<At<u64>>,
    pub(crate) position: RawTarget,
    pub(crate) page_size: Option<At<u64>>,
    pub(crate) size: RawTarget,
    pub(crate) total_path: Option<At<String>>,
    /// `total_path` is there, in whatever form.
    pub(crate) has_total_path: bool,
    pub(crate) total_counts: Option<At<TotalUnit>>,
    pub(crate) has_more_path: Option<At<String>>,
    pub(crate) maximum_page: Option<At<u64>>,
    pub(crate) stop_on_short_page: Option<Spans>,
}

pub(super) fn offset(owner: Owner<'_>, kind: Spans, options: Options<'_>) -> RawOffset {
    if options.complete() && !options.has("limit") {
        owner.diag.error(kind, "`offset` needs a page size\nhelp: `offset(limit = 100)`");
    }
    let raw = RawOffset {
        kind,
        limit: options.integer("limit"),
        offset: options.integer("offset"),
        position: RawTarget::read(
            &options,
            "the position",
            ["offset_param", "offset_header", "offset_body_path"],
        ),
        size: RawTarget::read(
            &options,
            "the page size",
            ["limit_param", "limit_header", "limit_body_path"],
        ),
        total_path: options.text("total_path"),
        has_more_path: options.text("has_more_path"),
        maximum_offset: options.integer("maximum_offset"),
        stop_on_short_page: options.flag("stop_on_short_page").is_some(),
    };
    options.done();
    raw
}

pub(super) fn page_number(owner: Owner<'_>, kind: Spans, options: Options<'_>) -> RawPageNumber {
    const UNITS: [(&str, TotalUnit); 2] = [("pages", TotalUnit::Pages), ("rows", TotalUnit::Rows)];
    if options.complete() && !options.has("base_page") {
        owner.diag.error(
            kind,
            "`page_number` needs the number of the first page\nhelp: `page_number(base_page = 1)`, or 0 for an API that counts from there",
        );
    }
    let raw = RawPageNumber {
        kind,
        base_page: options.integer("base_page"),
        position: RawTarget::read(
            &options,
            "the page number",
            ["page_param", "page_header", "page_body_path"],
        ),
        page_size: options.integer("page_size"),
        size: RawTarget::read(
            &options,
            "the page size",
            ["page_size_param", "page_size_header", "page_size_body_path"],
        ),
        has_total_path: options.has("total_path"),
        total_path: options.text("total_path"),
        total_counts: options.word("total_counts", "unit", &UNITS),
        has_more_path: options.text("has_more_path"),
        maximum_page: options.integer("maximum_page"),
        stop_on_short_page: options.flag("stop_on_short_page"),
    };
    options.done();
    raw
}
