//! Paginators.

use super::{paging, selector};
use crate::diag::{At, Diag, Spans};
use crate::model::{Offset, PageNumber, Paginator};
use crate::read::{RawLinkSource, RawOffset, RawPageNumber, RawPaginator, RawParam};

/// The query parameters that a paginator sends, and where that is said.
pub(super) fn sent(raw: &RawPaginator) -> Vec<At<String>> {
    let named = |text: &Option<At<String>>, default: &str, kind: Spans| {
        text.clone().unwrap_or_else(|| At::new(default.to_owned(), kind))
    };
    match raw {
        RawPaginator::Cursor(raw) => {
            let cursor = match &raw.cursor_request_header {
                Some(_) => None,
                None => Some(named(&raw.cursor_param, "cursor", raw.kind)),
            };
            cursor.into_iter().chain(raw.limit_param.clone()).collect()
        }
        RawPaginator::Link(raw) => raw.page_size_param.iter().cloned().collect(),
        RawPaginator::Offset(raw) => vec![
            named(&raw.offset_param, "offset", raw.kind),
            named(&raw.limit_param, "limit", raw.kind),
        ],
        RawPaginator::PageNumber(raw) => {
            let page = named(&raw.page_param, "page", raw.kind);
            std::iter::once(page).chain(raw.page_size_param.clone()).collect()
        }
        RawPaginator::SinglePage => Vec::new(),
    }
}

/// A parameter of the paginator that is also given as a parameter would be sent twice.
pub(super) fn no_param_twice(
    diag: &Diag,
    params: &[RawParam],
    paginator: Option<&At<RawPaginator>>,
) {
    let Some(paginator) = paginator else { return };
    let kind = match &paginator.value {
        RawPaginator::Cursor(_) => "cursor",
        RawPaginator::Link(raw) => match raw.source {
            RawLinkSource::Body(_) => "json_link",
            RawLinkSource::Header(_) => "header_link",
        },
        RawPaginator::Offset(_) => "offset",
        RawPaginator::PageNumber(_) => "page_number",
        RawPaginator::SinglePage => return,
    };
    for sent in sent(&paginator.value) {
        for param in params.iter().filter(|param| param.name.value == sent.value) {
            diag.error_with_first(
                param.name.spans,
                format!("`{}` is already sent by `{kind}(..)`", sent.value),
                sent.spans,
                format!("`{}` is first given here", sent.value),
            );
        }
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
        RawPaginator::SinglePage => Paginator::SinglePage,
    }
}

fn offset(diag: &Diag, raw: RawOffset) -> Offset {
    let RawOffset {
        kind: _,
        limit,
        offset,
        offset_param,
        limit_param,
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
        offset_param: offset_param.map(|at| at.value),
        limit_param: limit_param.map(|at| at.value),
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
        page_param,
        page_size,
        page_size_param,
        total_path,
        has_more_path,
        maximum_page,
        stop_on_short_page,
    } = raw;
    at_least_one(diag, page_size.as_ref());
    size_is_sent(diag, SIZE, page_size.as_ref(), page_size_param.as_ref());
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
        page_param: page_param.map(|at| at.value),
        page_size: page_size.map(|at| at.value),
        page_size_param: page_size_param.map(|at| at.value),
        total_path: selector::one(diag, "total_path", total_path),
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
    [option, example]: [&str; 2],
    size: Option<&At<u64>>,
    param: Option<&At<String>>,
) {
    match (size, param) {
        (Some(size), None) => diag.error(
            size.spans,
            format!("the page size is never sent\nhelp: add `{option}_param = \"{example}\"`, or remove `{option}` when the API decides"),
        ),
        (None, Some(param)) => diag.error(
            param.spans,
            format!("`{option}_param` sends no size\nhelp: add `{option} = 100`"),
        ),
        _ => {}
    }
}

/// The option of the page size, and what its parameter is often called.
pub(super) const SIZE: [&str; 2] = ["page_size", "per_page"];

/// Position and page size are two parameters.
fn distinct(diag: &Diag, raw: &RawPaginator) {
    let sent = sent(raw);
    for param in sent.iter().filter(|param| param.value.is_empty()) {
        diag.error(param.spans, "a parameter has a name");
    }
    if let [first, second] = sent.as_slice()
        && first.value == second.value
    {
        diag.error_with_first(
            second.spans,
            format!("`{}` is also the parameter of the position", second.value),
            first.spans,
            format!("`{}` is first given here", first.value),
        );
    }
}
