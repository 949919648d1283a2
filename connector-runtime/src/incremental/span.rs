//! A cursor value and a distance from it.

use jiff::Span;
use jiff::civil::DateTime;

use crate::spec::CursorSpan;

/// So many spans after an instant, counted at once: two months after January 31 is March 31. Ends with
/// the calendar.
pub(super) fn moved(at: DateTime, span: CursorSpan, times: i64) -> DateTime {
    let CursorSpan::Time { months, days, seconds } = span else { return at };
    let count = |unit: i64| unit.saturating_mul(times);
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let moved = Span::new()
        .try_months(count(months.into()))
        .and_then(|span| span.try_days(count(days.into())))
        .and_then(|span| span.try_seconds(count(seconds)))
        .and_then(|span| at.checked_add(span));
    let end = if times < 0 { DateTime::MIN } else { DateTime::MAX };
    moved.unwrap_or(end)
}
