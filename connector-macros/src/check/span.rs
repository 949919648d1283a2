//! Lengths of time: `"30s"`, `"15 minutes"`, `"1 month"`.

use crate::diag::{At, Diag, Spans};
use crate::model::CursorSpan;
use crate::read::RawSpan;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Unit {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "ms" | "millisecond" | "milliseconds" => Self::Millisecond,
            "s" | "sec" | "secs" | "second" | "seconds" => Self::Second,
            "m" | "min" | "mins" | "minute" | "minutes" => Self::Minute,
            "h" | "hr" | "hrs" | "hour" | "hours" => Self::Hour,
            "d" | "day" | "days" => Self::Day,
            "w" | "week" | "weeks" => Self::Week,
            "mo" | "month" | "months" => Self::Month,
            "y" | "year" | "years" => Self::Year,
            _ => return None,
        })
    }

    /// How long it always is.
    fn millis(self) -> Option<u64> {
        Some(match self {
            Self::Millisecond => 1,
            Self::Second => 1_000,
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
            Self::Week => 604_800_000,
            Self::Month | Self::Year => return None,
        })
    }
}

/// A duration in milliseconds; none is empty.
pub(super) fn duration(diag: &Diag, text: Option<At<String>>) -> Option<u64> {
    let text = text?;
    let millis = millis(diag, &text);
    if millis == Some(0) {
        diag.error(text.spans, "the duration is at least `\"1ms\"`");
    }
    millis
}

/// A duration in milliseconds, which may be nothing.
pub(super) fn millis(diag: &Diag, text: &At<String>) -> Option<u64> {
    let parsed = parse(&text.value);
    let millis = parsed.and_then(|(count, unit)| count.checked_mul(unit.millis()?));
    if millis.is_none() {
        diag.error(
            text.spans,
            format!(
                "unknown duration `{}`\nhelp: a number and `ms`, `s`, `m`, `h` or `d`, as in `\"30s\"`",
                text.value
            ),
        );
    }
    millis
}

/// Where it stands.
pub(super) fn spans(raw: &RawSpan) -> Spans {
    match raw {
        RawSpan::Number(at) => at.spans,
        RawSpan::Text(at) => at.spans,
    }
}

/// A distance between two cursor values.
pub(super) fn cursor(diag: &Diag, raw: &RawSpan) -> Option<At<CursorSpan>> {
    match raw {
        RawSpan::Number(at) => Some(At::new(CursorSpan::Number(at.value), at.spans)),
        RawSpan::Text(text) => {
            let span = parse(&text.value).and_then(|(count, unit)| calendar(count, unit));
            if span.is_none() {
                diag.error(
                    text.spans,
                    format!(
                        "unknown span of time `{}`\nhelp: a number and `seconds`, `minutes`, `hours`, `days`, `weeks`, `months` or `years`, as in `\"1 hour\"`",
                        text.value
                    ),
                );
            }
            span.map(|span| At::new(span, text.spans))
        }
    }
}

/// Months are counted as such, whatever their length; so are days, for dates.
fn calendar(count: u64, unit: Unit) -> Option<CursorSpan> {
    let time = |months, days, seconds| CursorSpan::Time { months, days, seconds };
    let whole = |factor: u32| u32::try_from(count).ok()?.checked_mul(factor);
    Some(match unit {
        // databases and APIs of seconds would round it away
        Unit::Millisecond => return None,
        Unit::Second => time(0, 0, count),
        Unit::Minute => time(0, 0, count.checked_mul(60)?),
        Unit::Hour => time(0, 0, count.checked_mul(3_600)?),
        Unit::Day => time(0, whole(1)?, 0),
        Unit::Week => time(0, whole(7)?, 0),
        Unit::Month => time(whole(1)?, 0, 0),
        Unit::Year => time(whole(12)?, 0, 0),
    })
}

fn parse(text: &str) -> Option<(u64, Unit)> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(end);
    Some((digits.parse().ok()?, Unit::of(unit.trim_start())?))
}

#[cfg(test)]
mod tests {
    use super::{CursorSpan, calendar, parse};

    #[test]
    fn durations() {
        for (text, expected) in [
            ("30s", Some(30_000)),
            ("1 ms", Some(1)),
            ("5m", Some(300_000)),
            ("2h", Some(7_200_000)),
            ("1d", Some(86_400_000)),
            ("2 weeks", Some(1_209_600_000)),
            ("1 month", None),
            ("30", None),
            ("s", None),
            ("1.5s", None),
            ("1 fortnight", None),
            ("99999999999999999999s", None),
        ] {
            let millis = parse(text).and_then(|(count, unit)| Some(count * unit.millis()?));
            assert_eq!(millis, expected, "{text}");
        }
    }

    #[test]
    fn spans() {
        let time = |months, days, seconds| Some(CursorSpan::Time { months, days, seconds });
        for (text, expected) in [
            ("30s", time(0, 0, 30)),
            ("15 minutes", time(0, 0, 900)),
            ("1 hour", time(0, 0, 3_600)),
            ("2 days", time(0, 2, 0)),
            ("1 week", time(0, 7, 0)),
            ("1mo", time(1, 0, 0)),
            ("2 years", time(24, 0, 0)),
            ("500ms", None),
            ("4294967295 years", None),
        ] {
            let span = parse(text).and_then(|(count, unit)| calendar(count, unit));
            assert_eq!(span, expected, "{text}");
        }
    }
}
