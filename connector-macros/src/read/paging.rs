//! Paginators whose next position comes from the API: `cursor(..)`, `header_link(..)`, `json_link(..)`.

use super::options::Options;
use super::target::RawTarget;
use crate::diag::{At, Spans};
use crate::keys::Place;

/// `cursor(..)`.
pub(crate) struct RawCursor {
    /// The word `cursor`.
    pub(crate) kind: Spans,
    /// Nothing was unreadable or unknown: what is missing was not given.
    pub(crate) complete: bool,
    pub(crate) cursor_path: Option<At<String>>,
    pub(crate) cursor_header: Option<At<String>>,
    pub(crate) cursor_column: Option<At<String>>,
    pub(crate) position: RawTarget,
    pub(crate) has_more_path: Option<At<String>>,
    pub(crate) limit: Option<At<u64>>,
    pub(crate) size: RawTarget,
    pub(crate) stop_after_empty_page: bool,
}

/// `header_link(..)` or `json_link(..)`.
pub(crate) struct RawLink {
    pub(crate) source: RawLinkSource,
    pub(crate) page_size: Option<At<u64>>,
    pub(crate) page_size_param: Option<At<String>>,
}

pub(crate) enum RawLinkSource {
    /// `next_url_path`.
    Body(At<String>),
    /// `rel`.
    Header(At<String>),
}

pub(super) fn cursor(kind: Spans, options: Options<'_>) -> RawCursor {
    let sources = ["cursor_path", "cursor_header", "cursor_column"];
    let raw = RawCursor {
        kind,
        // a source of the wrong form was meant as one
        complete: options.complete(),
        cursor_path: options.text("cursor_path"),
        cursor_header: options.text("cursor_header"),
        cursor_column: options
            .ident("cursor_column")
            .map(|ident| At::new(super::plain(&ident), Spans::of(&ident))),
        position: RawTarget::read(
            &options,
            "a cursor",
            ["cursor_param", "cursor_request_header", "cursor_body_path"],
        ),
        has_more_path: options.text("has_more_path"),
        limit: options.integer("limit"),
        size: RawTarget::read(
            &options,
            "the page size",
            ["limit_param", "limit_header", "limit_body_path"],
        ),
        stop_after_empty_page: options.flag("stop_after_empty_page").is_some(),
    };
    let read = [&raw.cursor_path, &raw.cursor_header, &raw.cursor_column];
    let unread = sources.iter().zip(read).any(|(name, at)| options.has(name) && at.is_none());
    options.done();
    RawCursor { complete: raw.complete && !unread, ..raw }
}

pub(super) fn link(kind: Spans, place: Place, options: Options<'_>) -> RawLink {
    let or = |text: Option<At<String>>| text.unwrap_or_else(|| At::new("next".to_owned(), kind));
    let raw = RawLink {
        source: match place {
            Place::HeaderLink => RawLinkSource::Header(or(options.text("rel"))),
            _ => RawLinkSource::Body(or(options.text("next_url_path"))),
        },
        page_size: options.integer("page_size"),
        page_size_param: options.text("page_size_param"),
    };
    options.done();
    raw
}
