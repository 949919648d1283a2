//! Instants, dates and times of day as the integers that Arrow stores.

use jiff::{Timestamp, civil};

const UNIX_EPOCH: civil::Date = civil::date(1970, 1, 1);

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The instant a stored number of microseconds stands for.
pub(crate) fn timestamp(micros: i64) -> Timestamp {
    // `from_microsecond` refuses the last second that there is
    let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    Timestamp::new(seconds, micros as i32 * 1_000).expect("BUG: decode has checked the range")
}

/// Days from 1970-01-01.
pub(crate) fn days(date: civil::Date) -> i32 {
    (date - UNIX_EPOCH).get_days()
}

/// The date a stored number of days stands for.
pub(crate) fn date(days: i32) -> civil::Date {
    UNIX_EPOCH.checked_add(jiff::Span::new().days(days)).expect("BUG: decode has checked the range")
}

/// Microseconds since midnight.
pub(crate) fn micros_of_day(time: civil::Time) -> i64 {
    let seconds =
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    seconds * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1_000
}

/// The time of day a stored number of microseconds stands for.
pub(crate) fn time(micros: i64) -> civil::Time {
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    civil::Time::new(
        (seconds / 3600) as i8,
        (seconds / 60 % 60) as i8,
        (seconds % 60) as i8,
        (micros * 1_000) as i32,
    )
    .expect("BUG: decode has checked the range")
}

/// The microseconds from 1970 to an instant in UTC.
pub(crate) fn micros(at: civil::DateTime) -> i64 {
    i64::from(days(at.date())) * MICROS_PER_DAY + micros_of_day(at.time())
}

/// The instant in UTC that is so many microseconds after 1970, or the first or last of the calendar.
pub(crate) fn datetime(micros: i64) -> civil::DateTime {
    let (first, last) = (self::micros(civil::DateTime::MIN), self::micros(civil::DateTime::MAX));
    let micros = micros.clamp(first, last);
    let day = date(micros.div_euclid(MICROS_PER_DAY) as i32);
    day.to_datetime(time(micros.rem_euclid(MICROS_PER_DAY)))
}
