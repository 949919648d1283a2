//! What the format of a body leaves to say.

use super::Text;
use crate::spec::{
    ConnectorSpec, CursorSource, LinkSource, PaginatorSpec, ResourceSpec, ResponseFormat,
};

/// Lines of JSON and CSV hold rows and nothing beside them. The selector of the defaults is for the
/// resources that take it.
#[track_caller]
pub(super) const fn lines_have_no_envelope(spec: &ConnectorSpec, resource: &ResourceSpec) {
    let format = match resource.response_format {
        Some(format) => Some(format),
        None => spec.defaults.response_format,
    };
    let reads = match format {
        Some(ResponseFormat::JsonLines) => " reads lines of JSON, which hold",
        Some(ResponseFormat::Csv(_)) => " reads CSV, which holds",
        Some(ResponseFormat::Json) | None => return,
    };
    let paginator = match &resource.paginator {
        Some(own) => Some(own),
        None => spec.defaults.paginator.as_ref(),
    };
    let option = if resource.data_selector.is_some() {
        "data_selector"
    } else {
        match beside_the_rows(paginator) {
            Some(option) => option,
            None => return,
        }
    };
    Text::new()
        .tick(resource.type_name)
        .add(reads)
        .add(" rows and nothing else, but has a ")
        .tick(option)
        .add("\nhelp: remove it, or write `response_format = json` in `#[resource(..)]`")
        .fail()
}

/// The option of a paginator that names a value of the body.
const fn beside_the_rows(paginator: Option<&PaginatorSpec>) -> Option<&'static str> {
    let (total_path, has_more_path) = match paginator {
        Some(PaginatorSpec::Offset(spec)) => (spec.total_path, spec.has_more_path),
        Some(PaginatorSpec::PageNumber(spec)) => (spec.total_path, spec.has_more_path),
        Some(PaginatorSpec::Cursor(spec)) => match spec.source {
            CursorSource::Body(_) => return Some("cursor_path"),
            _ => (None, spec.has_more_path),
        },
        Some(PaginatorSpec::Link(spec)) => match spec.source {
            LinkSource::Body(_) => return Some("json_link"),
            LinkSource::Header(_) => return None,
        },
        // what a function reads, nobody knows
        Some(PaginatorSpec::SinglePage | PaginatorSpec::With(_)) | None => return None,
    };
    if total_path.is_some() {
        Some("total_path")
    } else if has_more_path.is_some() {
        Some("has_more_path")
    } else {
        None
    }
}
