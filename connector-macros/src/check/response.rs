//! Rates, sizes, and what responses mean.

use super::{names, selector, values};
use crate::diag::{At, Diag};
use crate::model::{RateLimit, ResponseFormat, ResponseRule, Responses};
use crate::read::{
    RawFormat, RawLink, RawLinkSource, RawPaginator, RawRate, RawResponses, RawRule,
};

/// `response_format` and `on_response` of a resource or of the defaults.
pub(super) fn responses(diag: &Diag, raw: RawResponses) -> Responses {
    let RawResponses { format, rules } = raw;
    Responses {
        format: format.and_then(|at| self::format(diag, at.value)),
        rules: rules.into_iter().filter_map(|raw| rule(diag, raw)).collect(),
    }
}

fn format(diag: &Diag, raw: RawFormat) -> Option<ResponseFormat> {
    match raw {
        RawFormat::Csv { delimiter } => {
            let delimiter = match delimiter {
                Some(text) => self::delimiter(diag, &text)?,
                None => b',',
            };
            Some(ResponseFormat::Csv { delimiter })
        }
        RawFormat::Json => Some(ResponseFormat::Json),
        RawFormat::JsonLines => Some(ResponseFormat::JsonLines),
    }
}

/// One byte, so that a field's end is found without decoding; not what CSV itself needs.
fn delimiter(diag: &Diag, text: &At<String>) -> Option<u8> {
    match *text.value.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n' | 0) => Some(byte),
        _ => {
            diag.error(
                text.spans,
                format!(
                    "`{}` cannot stand between fields: a delimiter is one ASCII character, no quote and no line break\nhelp: `delimiter = \";\"`, or `\"\\t\"` for a tab",
                    text.value.escape_default()
                ),
            );
            None
        }
    }
}

fn rule(diag: &Diag, raw: RawRule) -> Option<ResponseRule> {
    let RawRule { action, statuses, content, path, value } = raw;
    if let Some(content) = content.as_ref().filter(|content| content.value.is_empty()) {
        diag.error(content.spans, "every body contains the empty text");
    }
    match (&path, &value) {
        (Some(path), None) => diag.error(
            path.spans,
            "which value at that path?\nhelp: add `value = ..`, a text, a number, `true` or `false`",
        ),
        (None, Some(value)) => {
            diag.error(value.spans, "the value of what?\nhelp: add `path = \"error.code\"`");
        }
        _ => {}
    }
    let path = selector::one(diag, "path", path);
    Some(ResponseRule {
        action: action?.value,
        statuses: statuses.iter().filter_map(|range| values::status(diag, range)).collect(),
        content: content.map(|at| at.value),
        value: path.zip(value.map(|at| values::plain(&at.value).0)),
    })
}

/// Lines of JSON and CSV have no envelope: no selector, and nothing beside the rows.
pub(super) fn lines_have_no_envelope(
    diag: &Diag,
    responses: &RawResponses,
    data_selector: Option<&At<String>>,
    paginator: Option<&At<RawPaginator>>,
) {
    let (have, hold) = match responses.format.as_ref().map(|format| &format.value) {
        Some(RawFormat::Csv { .. }) => ("CSV has", "CSV holds"),
        Some(RawFormat::JsonLines) => ("lines of JSON have", "lines of JSON hold"),
        Some(RawFormat::Json) | None => return,
    };
    if let Some(selector) = data_selector {
        diag.error(
            selector.spans,
            format!("{have} no data selector: each line is a row\nhelp: remove `data_selector`, or write `response_format = json`"),
        );
    }
    let paths = match paginator.map(|at| &at.value) {
        Some(RawPaginator::Cursor(raw)) => [raw.cursor_path.as_ref(), raw.has_more_path.as_ref()],
        Some(RawPaginator::Link(RawLink { source: RawLinkSource::Body(path), .. })) => {
            [Some(path), None]
        }
        Some(RawPaginator::Offset(raw)) => [raw.total_path.as_ref(), raw.has_more_path.as_ref()],
        Some(RawPaginator::PageNumber(raw)) => {
            [raw.total_path.as_ref(), raw.has_more_path.as_ref()]
        }
        Some(RawPaginator::Link(_) | RawPaginator::SinglePage | RawPaginator::With(_)) | None => {
            return;
        }
    };
    for path in paths.into_iter().flatten() {
        diag.error(path.spans, format!("{hold} rows and nothing else: no value is beside them"));
    }
}

/// `10/s`.
pub(super) fn rate(diag: &Diag, raw: RawRate) -> Option<RateLimit> {
    let RawRate { rate, burst } = raw;
    let (requests, period_ms) = match parse_rate(&rate.value) {
        Some((0, _)) => {
            diag.error(rate.spans, "at that rate no request is sent\nhelp: `\"1/s\"` at least");
            return None;
        }
        Some(rate) => rate,
        None => {
            diag.error(
                rate.spans,
                format!(
                    "unknown rate `{}`\nhelp: a number of requests, `/`, and `s`, `m` or `h`, as in `\"10/s\"`",
                    rate.value
                ),
            );
            return None;
        }
    };
    let burst = burst.and_then(|burst| match u32::try_from(burst.value) {
        Ok(value) if value > 0 => Some(value),
        Ok(_) => {
            diag.error(burst.spans, "a burst is at least 1 request");
            None
        }
        Err(_) => {
            diag.error(burst.spans, "a burst of that many requests is no limit");
            None
        }
    });
    Some(RateLimit { requests, period_ms, burst })
}

/// `max_concurrency = 10`.
pub(super) fn concurrency(diag: &Diag, raw: Option<At<u64>>) -> Option<u32> {
    let At { value, spans } = raw?;
    match u32::try_from(value) {
        Ok(0) => diag.error(
            spans,
            "with 0 at once no request is sent\nhelp: `max_concurrency = 1` for one after the other",
        ),
        Ok(most @ 1..=1_000) => return Some(most),
        _ => diag.error(spans, "no API takes that many requests at once\nhelp: 1 to 1000"),
    }
    None
}

fn parse_rate(text: &str) -> Option<(u32, u64)> {
    let (requests, period) = text.split_once('/')?;
    let period_ms = match period.trim() {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    Some((digits(requests)?.try_into().ok()?, period_ms))
}

/// `64MiB` in bytes.
pub(super) fn size(diag: &Diag, text: Option<At<String>>) -> Option<u64> {
    let text = text?;
    match parse_size(&text.value) {
        Some(0) => diag.error(text.spans, "no body is that small\nhelp: `\"1KiB\"` at least"),
        Some(size) => return Some(size),
        None => diag.error(
            text.spans,
            format!(
                "unknown size `{}`\nhelp: a number and `KiB`, `MiB` or `GiB`, as in `\"64MiB\"`",
                text.value
            ),
        ),
    }
    None
}

fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let factor = match unit.trim_start() {
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    digits(number)?.checked_mul(factor)
}

fn digits(text: &str) -> Option<u64> {
    let text = text.trim();
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// The name of `wait_header`: any that HTTP allows.
pub(super) fn wait_header(diag: &Diag, name: Option<At<String>>) -> Option<String> {
    let name = name?;
    names::header(diag, &name);
    // headers are looked up in lower case
    Some(name.value.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{parse_rate, parse_size};

    #[test]
    fn rates() {
        for (text, expected) in [
            ("10/s", Some((10, 1_000))),
            ("600 / m", Some((600, 60_000))),
            ("5000/h", Some((5_000, 3_600_000))),
            ("0/s", Some((0, 1_000))),
            ("10", None),
            ("10/d", None),
            ("/s", None),
            ("+1/s", None),
            ("1.5/s", None),
            ("99999999999/s", None),
        ] {
            assert_eq!(parse_rate(text), expected, "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, expected) in [
            ("64MiB", Some(64 << 20)),
            ("1 KiB", Some(1 << 10)),
            ("2GiB", Some(2 << 30)),
            ("64", None),
            ("64MB", None),
            ("MiB", None),
            ("99999999999999999GiB", None),
        ] {
            assert_eq!(parse_size(text), expected, "{text}");
        }
    }
}
