//! Values: statuses, factors, parameters, JSON texts.

use std::collections::HashMap;

use super::sources::Sources;
use super::span::duration;
use super::{names, response, selector, template};
use crate::diag::{At, Diag, Spans};
use crate::model::{LiteralKind, Param, Part, Retry};
use crate::read::{RawLiteral, RawParam, RawRetry, RawStatuses, RawValue};

/// `retry(..)`.
pub(super) fn retry(diag: &Diag, raw: RawRetry) -> Retry {
    let RawRetry {
        max_retries,
        backoff_factor,
        statuses,
        initial_delay,
        max_delay,
        total_timeout,
        wait_header,
        wait_path,
    } = raw;
    let max_spans = max_delay.as_ref().map(|delay| delay.spans);
    let initial_delay_ms = duration(diag, initial_delay);
    let max_delay_ms = duration(diag, max_delay);
    if let (Some(spans), Some(initial), Some(max)) = (max_spans, initial_delay_ms, max_delay_ms)
        && max < initial
    {
        diag.error(spans, "`max_delay` is shorter than `initial_delay`");
    }
    Retry {
        max_retries: max_retries.and_then(|retries| match u32::try_from(retries.value) {
            Ok(value) => Some(value),
            Err(_) => {
                diag.error(retries.spans, "that many retries never end");
                None
            }
        }),
        backoff_factor: backoff_factor.map(|factor| {
            let value = factor.value as f32;
            if value < 1.0 || !value.is_finite() {
                diag.error(
                    factor.spans,
                    "each wait is at least as long as the one before\nhelp: `backoff_factor = 2`",
                );
            }
            value
        }),
        initial_delay_ms,
        max_delay_ms,
        statuses: statuses
            .map(|list| list.iter().filter_map(|range| status(diag, range)).collect()),
        total_timeout_ms: duration(diag, total_timeout),
        wait_header: response::wait_header(diag, wait_header),
        wait_path: selector::one(diag, "wait_path", wait_path),
    }
}

/// Statuses are three digits; a range names its ends and includes both.
pub(super) fn status(diag: &Diag, range: &At<RawStatuses>) -> Option<(u16, u16)> {
    let At { value: RawStatuses { start, end, inclusive }, spans } = *range;
    if let Some(odd) = [start, end].into_iter().find(|status| !(100..600).contains(status)) {
        diag.error(spans, format!("`{odd}` is not an HTTP status (100–599)"));
        return None;
    }
    if start > end {
        diag.error(spans, format!("empty range; write `{end}..={start}`"));
        return None;
    }
    if !inclusive {
        diag.error(
            spans,
            format!("a range of statuses names its last one\nhelp: `{start}..={}`", end - 1),
        );
        return None;
    }
    u16::try_from(start).ok().zip(u16::try_from(end).ok())
}

/// Query parameters: each name once, or the API would choose.
pub(super) fn params(diag: &Diag, raw: &[RawParam], sources: &Sources<'_>) -> Vec<Param> {
    unique(diag, raw, str::to_owned);
    for param in raw.iter().filter(|param| param.name.value.is_empty() && !param.again) {
        diag.error(param.name.spans, "a parameter has a name");
    }
    raw.iter().map(|param| self::param(diag, param, sources)).collect()
}

/// Headers: names that differ only in case are one header.
pub(super) fn headers(diag: &Diag, raw: &[RawParam], sources: &Sources<'_>) -> Vec<Param> {
    unique(diag, raw, str::to_ascii_lowercase);
    for param in raw {
        names::header(diag, &param.name);
        if let RawValue::Text(text) = &param.value
            && text.value.chars().any(|c| c.is_control() && c != '\t')
        {
            diag.error(
                text.spans,
                "a header's value has no control characters, line breaks among them",
            );
        }
    }
    // one header of several values has commas between them
    let params = raw.iter().map(|param| self::param(diag, param, sources));
    params.map(|param| Param { repeated: false, ..param }).collect()
}

fn param(diag: &Diag, raw: &RawParam, sources: &Sources<'_>) -> Param {
    let value = match &raw.value {
        RawValue::Config(field) => template::config(&field.value),
        RawValue::Plain(text) => template::plain(text),
        RawValue::Place(place) => sources.template(diag, place),
        RawValue::Text(text) => template::text(diag, text, sources),
    };
    let repeated = matches!(raw.value, RawValue::Config(_));
    Param { name: raw.name.value.clone(), value, repeated }
}

fn unique(diag: &Diag, raw: &[RawParam], key: impl Fn(&str) -> String) {
    let mut first: HashMap<String, Spans> = HashMap::new();
    for RawParam { name, .. } in raw.iter().filter(|param| !param.again) {
        match first.get(&key(&name.value)) {
            Some(earlier) => diag.error_with_first(
                name.spans,
                format!("`{}` is given twice", name.value),
                *earlier,
                format!("`{}` was first given here", name.value),
            ),
            None => {
                first.insert(key(&name.value), name.spans);
            }
        }
    }
}

/// The fields that the value of a parameter names, and where.
pub(super) fn fields(raw: &RawParam, param: &Param) -> Vec<At<String>> {
    let spans = match &raw.value {
        RawValue::Config(at) | RawValue::Text(at) => at.spans,
        RawValue::Place(_) | RawValue::Plain(_) => return Vec::new(),
    };
    let fields = param.value.parts.iter().filter_map(|part| match part {
        Part::Config(field) => Some(At::new(field.clone(), spans)),
        _ => None,
    });
    fields.collect()
}

/// A literal as JSON text, and what kind it is.
pub(super) fn json(literal: &RawLiteral) -> (String, LiteralKind) {
    match literal {
        RawLiteral::Text(text) => (json_string(text), LiteralKind::Text),
        other => plain(other),
    }
}

/// A literal as plain text, and what kind it is.
pub(super) fn plain(literal: &RawLiteral) -> (String, LiteralKind) {
    match literal {
        RawLiteral::Bool(value) => (value.to_string(), LiteralKind::Bool),
        RawLiteral::Float(digits) => (digits.clone(), LiteralKind::Float),
        RawLiteral::Integer(value) => (value.to_string(), LiteralKind::Integer(*value)),
        RawLiteral::Text(text) => (text.clone(), LiteralKind::Text),
    }
}

fn json_string(text: &str) -> String {
    let mut json = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            c if c.is_control() => {
                json.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")))
            }
            c => json.push(c),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::json_string;

    #[test]
    fn json_strings() {
        assert_eq!(json_string("a\"b\\c\nd"), r#""a\"b\\c\u000ad""#);
    }
}
