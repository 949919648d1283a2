//! Paginators whose next position comes from the API: cursors and links.

use super::paginator::{SIZE, at_least_one, size_goes_somewhere, size_is_sent};
use super::target::target;
use super::{column, names, selector};
use crate::diag::{At, Diag};
use crate::model::{Cursor, CursorSource, Link, LinkSource};
use crate::read::{RawCursor, RawLink, RawLinkSource, RawPaginator, RawRecord};

/// `None`: an error was reported.
pub(super) fn cursor(diag: &Diag, raw: RawCursor) -> Option<Cursor> {
    one_source(diag, &raw);
    let RawCursor {
        kind: _,
        complete: _,
        cursor_path,
        cursor_header,
        cursor_column,
        position,
        has_more_path,
        limit,
        size,
        stop_after_empty_page,
    } = raw;
    if let Some(header) = &cursor_header {
        names::header(diag, header);
    }
    let (target, limit_target) = (target(diag, &position), target(diag, &size));
    at_least_one(diag, limit.as_ref());
    size_is_sent(diag, ["limit", "limit"], limit.as_ref(), &size);
    let has_more_path = selector::one(diag, "has_more_path", has_more_path);
    let source = match (cursor_path, cursor_header, cursor_column) {
        (Some(path), _, _) => CursorSource::Body(selector::one(diag, "cursor_path", Some(path))?),
        (_, Some(header), _) => CursorSource::Header(header.value),
        (_, _, Some(column)) => CursorSource::Column { name: column.value, spans: column.spans },
        (None, None, None) => return None,
    };
    Some(Cursor {
        source,
        target,
        has_more_path,
        limit: limit.map(|at| at.value),
        limit_target,
        stop_after_empty_page,
    })
}

/// Without a source there is never a second page; of two, one would be ignored.
fn one_source(diag: &Diag, raw: &RawCursor) {
    let sources = [
        ("cursor_path", &raw.cursor_path),
        ("cursor_header", &raw.cursor_header),
        ("cursor_column", &raw.cursor_column),
    ];
    let mut given = sources.iter().filter_map(|(name, at)| at.as_ref().map(|at| (name, at.spans)));
    let Some((first, first_spans)) = given.next() else {
        if raw.complete {
            diag.error(
                raw.kind,
                "where does the next cursor come from?\nhelp: `cursor_path = \"next\"` (the body), `cursor_header = \"x-next\"` (a header of the response) or `cursor_column = id` (the last row)",
            );
        }
        return;
    };
    for (name, spans) in given {
        diag.error_with_first(
            spans,
            format!("a cursor comes from one place; `{name}` and `{first}` are two"),
            first_spans,
            format!("`{first}` is first given here"),
        );
    }
}

/// The column that a resource's own paginator reads is one of its own. What only types can tell
/// is asked by a const check.
pub(super) fn column_exists(diag: &Diag, record: &RawRecord, paginator: Option<&At<RawPaginator>>) {
    let Some(At { value: RawPaginator::Cursor(raw), .. }) = paginator else { return };
    if let Some(column) = &raw.cursor_column {
        column::exists(diag, record, column);
    }
}

/// `None`: an error was reported.
pub(super) fn link(diag: &Diag, raw: RawLink) -> Option<Link> {
    let RawLink { source, page_size, page_size_param } = raw;
    at_least_one(diag, page_size.as_ref());
    let named = page_size_param.as_ref().map(|at| ("page_size_param", at.spans));
    size_goes_somewhere(diag, SIZE, page_size.as_ref(), named);
    let source = match source {
        RawLinkSource::Body(path) => {
            LinkSource::Body(selector::one(diag, "next_url_path", Some(path))?)
        }
        RawLinkSource::Header(rel) => {
            if rel.value.is_empty() || rel.value.contains(char::is_whitespace) {
                diag.error(
                    rel.spans,
                    "`rel` is one word, the name of a relation\nhelp: `rel = \"next\"`",
                );
            }
            LinkSource::Header(rel.value)
        }
    };
    Some(Link {
        source,
        page_size: page_size.map(|at| at.value),
        page_size_param: page_size_param.map(|at| at.value),
    })
}
