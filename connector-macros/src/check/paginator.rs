//! Paginators.

use super::target::{distinct, given, target};
use super::{paging, selector};
use crate::diag::{At, Diag, Spans};
use crate::model::{Offset, PageNumber, Paginator, Target, TotalUnit};
use crate::read::{RawLinkSource, RawOffset, RawPageNumber, RawPaginator, RawTarget};

/// Where the paginator puts its position and the page size, and where that is said.
pub(super) fn sent(raw: &RawPaginator) -> Vec<At<Target>> {
    let or = |target: &RawTarget, default: &str, kind: Spans| {
        given(target).unwrap_or_else(|| At::new(Target::Param(default.to_owned()), kind))
    };
    match raw {
        RawPaginator::Cursor(raw) => {
            let cursor = or(&raw.position, "cursor", raw.kind);
            std::iter::once(cursor).chain(given(&raw.size)).collect()
        }
        RawPaginator::Link(raw) => {
            let size = raw.page_size_param.iter().cloned();
            size.map(|at| At::new(Target::Param(at.value), at.spans)).collect()
        }
        RawPaginator::Offset(raw) => {
            vec![or(&raw.position, "offset", raw.kind), or(&raw.size, "limit", raw.kind)]
        }
        RawPaginator::PageNumber(raw) => {
            let page = or(&raw.position, "page", raw.kind);
            std::iter::once(page).chain(given(&raw.size)).collect()
        }
        RawPaginator::SinglePage | RawPaginator::With(_) => Vec::new(),
    }
}

/// The word of the paginator.
pub(super) fn kind(raw: &RawPaginator) -> &'static str {
    match raw {
        RawPaginator::Cursor(_) => "cursor",
        RawPaginator::Link(raw) => match raw.source {
            RawLinkSource::Body(_) => "json_link",
            RawLinkSource::Header(_) => "header_link",
        },
        RawPaginator::Offset(_) => "offset",
        RawPaginator::PageNumber(_) => "page_number",
        RawPaginator::SinglePage => "single_page",
        RawPaginator::With(_) => "with",
    }
}

pub(super) fn paginator(diag: &Diag, raw: At<RawPaginator>) -> Paginator {
    distinct(diag, &raw.value);
    match raw.value {
        RawPaginator::Cursor(raw) => {
            paging::cursor(diag, raw).map_or(Paginator::SinglePage, Paginator::Cursor)
        }
        RawPaginator::Link(raw) => {
            paging::link(diag, raw).map_or(Paginator::SinglePage, Paginator::Link)
        }
        RawPaginator::Offset(raw) => Paginator::Offset(offset(diag, raw)),
        RawPaginator::PageNumber(raw) => Paginator::PageNumber(page_number(diag, raw)),
        RawPaginator::With(function) => function.map_or(Paginator::SinglePage, Paginator::With),
        RawPaginator::SinglePage => Paginator::SinglePage,
    }
}

fn offset(diag: &Diag, raw: RawOffset) -> Offset {
    let RawOffset {
        kind: _,
        limit,
        offset,
        position,
        size,
        total_path,
        has_more_path,
        maximum_offset,
        stop_on_short_page,
    } = raw;
    at_least_one(diag, limit.as_ref());
    reachable(diag, offset.as_ref().map_or(0, |at| at.value), maximum_offset.as_ref(), "offset");
    Offset {
        limit: limit.map_or(1, |at| at.value),
        offset: offset.map(|at| at.value),
        offset_target: target(diag, &position),
        limit_target: target(diag, &size),
        total_path: selector::one(diag, "total_path", total_path),
        has_more_path: selector::one(diag, "has_more_path", has_more_path),
        maximum_offset: maximum_offset.map(|at| at.value),
        stop_on_short_page,
    }
}

fn page_number(diag: &Diag, raw: RawPageNumber) -> PageNumber {
    let RawPageNumber {
        kind: _,
        base_page,
        position,
        page_size,
        size,
        total_path,
        has_total_path,
        total_counts,
        has_more_path,
        maximum_page,
        stop_on_short_page,
    } = raw;
    at_least_one(diag, page_size.as_ref());
    size_is_sent(diag, SIZE, page_size.as_ref(), &size);
    total_is_there(diag, has_total_path, total_counts.as_ref());
    if let (Some(flag), None) = (stop_on_short_page, &page_size) {
        diag.error(
            flag,
            "a page is short of what?\nhelp: add `page_size = 100` and `page_size_param = \"per_page\"`",
        );
    }
    if let (Some(base), Some(maximum)) = (&base_page, &maximum_page)
        && maximum.value < base.value
    {
        diag.error(maximum.spans, format!("no page at all: the first one is {}", base.value));
    }
    PageNumber {
        base_page: base_page.map_or(1, |at| at.value),
        page_target: target(diag, &position),
        page_size: page_size.map(|at| at.value),
        page_size_target: target(diag, &size),
        total_path: selector::one(diag, "total_path", total_path),
        total_counts: total_counts.map(|at| at.value),
        has_more_path: selector::one(diag, "has_more_path", has_more_path),
        maximum_page: maximum_page.map(|at| at.value),
        stop_on_short_page: stop_on_short_page.is_some(),
    }
}

/// A page of no rows never ends.
pub(super) fn at_least_one(diag: &Diag, size: Option<&At<u64>>) {
    if let Some(size) = size.filter(|size| size.value == 0) {
        diag.error(size.spans, "the page size is at least 1");
    }
}

/// A maximum at or before the start loads nothing.
fn reachable(diag: &Diag, start: u64, maximum: Option<&At<u64>>, what: &str) {
    if let Some(maximum) = maximum.filter(|maximum| maximum.value <= start) {
        diag.error(maximum.spans, format!("no page at all: the first {what} is {start}"));
    }
}

/// A page size that no request carries is a guess about the API's own default: the load would end
/// after the first page that is smaller.
pub(super) fn size_is_sent(
    diag: &Diag,
    names: [&str; 2],
    size: Option<&At<u64>>,
    target: &RawTarget,
) {
    size_goes_somewhere(diag, names, size, target.given().next());
}

/// As [`size_is_sent`], where `target` is the option that says where it goes.
pub(super) fn size_goes_somewhere(
    diag: &Diag,
    [option, example]: [&str; 2],
    size: Option<&At<u64>>,
    target: Option<(&str, Spans)>,
) {
    match (size, target) {
        (Some(size), None) => diag.error(
            size.spans,
            format!("the page size is never sent\nhelp: add `{option}_param = \"{example}\"`, or remove `{option}` when the API decides"),
        ),
        (None, Some((name, spans))) => {
            diag.error(spans, format!("`{name}` sends no size\nhelp: add `{option} = 100`"));
        }
        _ => {}
    }
}

/// Without a total there is nothing that it could count.
fn total_is_there(diag: &Diag, has_total_path: bool, counts: Option<&At<TotalUnit>>) {
    if let Some(counts) = counts.filter(|_| !has_total_path) {
        diag.error(
            counts.spans,
            "`total_counts` says what the total counts, but there is none\nhelp: add `total_path = \"total\"`",
        );
    }
}

/// The option of the page size, and what its parameter is often called.
pub(super) const SIZE: [&str; 2] = ["page_size", "per_page"];
