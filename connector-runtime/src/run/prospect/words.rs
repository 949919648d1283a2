//! What specs say, in the words of the attributes.

use crate::spec::{
    BoundFormat, CursorSource, CursorSpan, CursorSpec, DeleteMissing, LinkSource, LinkSpec,
    MergeStrategy, OffsetSpec, PageNumberSpec, PaginatorSpec, Target, WriteDisposition,
};
#[cfg(feature = "cli")]
use crate::spec::{Part, Template};

/// Where a bound goes.
pub(super) fn bound(
    target: Option<Target>,
    has_placeholder: bool,
    placeholder: &str,
) -> Option<String> {
    match target {
        Some(target) => Some(place(target)),
        None => has_placeholder.then(|| format!("`{placeholder}`")),
    }
}

/// The fields of the connector that a text names.
#[cfg(feature = "cli")]
pub(super) fn fields(template: Template) -> impl Iterator<Item = &'static str> {
    template.parts.iter().filter_map(|part| match part {
        Part::Config(name) => Some(*name),
        _ => None,
    })
}

pub(super) fn disposition(disposition: WriteDisposition) -> &'static str {
    match disposition {
        WriteDisposition::Append => "append",
        WriteDisposition::Merge => "merge",
        WriteDisposition::Replace => "replace",
    }
}

pub(super) fn strategy(strategy: MergeStrategy) -> &'static str {
    match strategy {
        MergeStrategy::Upsert => "upsert",
        MergeStrategy::DeleteInsert { .. } => "delete_insert",
        MergeStrategy::InsertOnly => "insert_only",
        MergeStrategy::Scd2 { .. } => "scd2",
    }
}

pub(super) fn delete_missing(missing: DeleteMissing) -> &'static str {
    match missing {
        DeleteMissing::Hard => "hard",
        DeleteMissing::Soft => "soft",
    }
}

pub(super) fn paginator(spec: Option<&PaginatorSpec>) -> String {
    match spec {
        None | Some(PaginatorSpec::SinglePage) => "one request".to_owned(),
        Some(PaginatorSpec::Cursor(CursorSpec { source, target, limit, .. })) => {
            let source = match source {
                CursorSource::Body(path) => format!("`{}` of the body", path.text),
                CursorSource::Column(column) => format!("`{column}` of the last row"),
                CursorSource::Header(name) => format!("the header `{name}`"),
            };
            format!("cursor from {source} into {}{}", place(*target), size(*limit))
        }
        Some(PaginatorSpec::Link(LinkSpec { source, page_size, .. })) => {
            let source = match source {
                LinkSource::Body(path) => format!("`{}` of the body", path.text),
                LinkSource::Header(relation) => format!("the `Link` header, `rel=\"{relation}\"`"),
            };
            format!("link from {source}{}", size(*page_size))
        }
        Some(PaginatorSpec::Offset(OffsetSpec { offset_target, limit, .. })) => {
            format!("offset into {}{}", place(*offset_target), size(Some(*limit)))
        }
        Some(PaginatorSpec::PageNumber(PageNumberSpec { page_target, page_size, .. })) => {
            format!("page number into {}{}", place(*page_target), size(*page_size))
        }
        Some(PaginatorSpec::With(_)) => "a function of the connector".to_owned(),
    }
}

fn size(rows: Option<u64>) -> String {
    rows.map(|rows| format!(", {rows} rows a page")).unwrap_or_default()
}

fn place(target: Target) -> String {
    match target {
        Target::Body(keys) => format!("`{}` of the request's body", keys.join(".")),
        Target::Header(name) => format!("the header `{name}`"),
        Target::Param(name) => format!("the parameter `{name}`"),
    }
}

pub(super) fn format(format: BoundFormat) -> &'static str {
    match format {
        BoundFormat::Date => "date",
        BoundFormat::Epoch => "epoch",
        BoundFormat::EpochMillis => "epoch_millis",
        BoundFormat::Rfc3339 => "rfc3339",
        BoundFormat::Rfc3339Micros => "rfc3339_micros",
        BoundFormat::Rfc3339Millis => "rfc3339_millis",
        BoundFormat::Strftime(text) => text,
    }
}

/// `1 month 12 hours`.
pub(super) fn span(span: CursorSpan) -> String {
    match span {
        CursorSpan::Number(number) => number.to_string(),
        CursorSpan::Time { months, days, seconds } => {
            let (years, months) = (u64::from(months / 12), u64::from(months % 12));
            let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
            let units = [
                (years, "year"),
                (months, "month"),
                (u64::from(days), "day"),
                (hours, "hour"),
                (minutes, "minute"),
                (seconds % 60, "second"),
            ];
            let shown = units.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| {
                let plural = if *number == 1 { "" } else { "s" };
                format!("{number} {unit}{plural}")
            });
            shown.collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Path, Segment};

    #[test]
    fn spans_are_written_as_people_do() {
        let time = |months, days, seconds| CursorSpan::Time { months, days, seconds };
        for (it, expected) in [
            (CursorSpan::Number(500), "500"),
            (time(1, 0, 0), "1 month"),
            (time(25, 2, 0), "2 years 1 month 2 days"),
            (time(0, 0, 3_600), "1 hour"),
            (time(0, 0, 5_405), "1 hour 30 minutes 5 seconds"),
        ] {
            assert_eq!(span(it), expected);
        }
    }

    #[test]
    fn paginators_say_what_goes_where() {
        let next = Path { text: "meta.next", segments: &[Segment::Key("meta")] };
        let cursor = |source| {
            let spec = CursorSpec { limit: Some(100), ..CursorSpec::new(source) };
            Some(PaginatorSpec::Cursor(spec))
        };
        let link = |source| Some(PaginatorSpec::Link(LinkSpec::new(source)));
        let number = PageNumberSpec {
            page_target: Target::Body(&["paging", "page"]),
            ..PageNumberSpec::new(1)
        };
        for (spec, expected) in [
            (None, "one request"),
            (Some(PaginatorSpec::SinglePage), "one request"),
            (
                cursor(CursorSource::Body(next)),
                "cursor from `meta.next` of the body into the parameter `cursor`, 100 rows a page",
            ),
            (
                cursor(CursorSource::Column("id")),
                "cursor from `id` of the last row into the parameter `cursor`, 100 rows a page",
            ),
            (link(LinkSource::Body(next)), "link from `meta.next` of the body"),
            (link(LinkSource::Header("next")), "link from the `Link` header, `rel=\"next\"`"),
            (
                Some(PaginatorSpec::Offset(OffsetSpec::new(50))),
                "offset into the parameter `offset`, 50 rows a page",
            ),
            (
                Some(PaginatorSpec::PageNumber(number)),
                "page number into `paging.page` of the request's body",
            ),
        ] {
            assert_eq!(paginator(spec.as_ref()), expected);
        }
    }
}
