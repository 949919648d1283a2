//! Instants in the form in which nearly all APIs write them, `2024-01-31T08:15:00.123Z` (RFC 3339), read and
//! written digit by digit. Every other form is left to `jiff`, which reads all of them.

#[cfg(any(feature = "sqlite", test))]
use std::io::Write;

use jiff::Timestamp;

#[cfg(any(feature = "sqlite", test))]
use super::time;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// The microseconds from 1970 to an instant; `None`: it is none, or written in another form.
pub(crate) fn parse_micros(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let (moment, fraction) = bytes.split_at_checked(19)?;
    let [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _] = moment else {
        return None;
    };
    let two = |at: usize| digits(&moment[at..at + 2]);
    let (year, month, day) = (digits(&moment[..4])?, two(5)?, two(8)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    let is_one = (1..=12).contains(&month)
        && (1..=days_of_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !is_one {
        return None;
    }
    let seconds = days(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
    let micros = seconds * MICROS_PER_SECOND + micros(fraction)?;
    // the calendar of `jiff` ends before the year does
    (micros <= Timestamp::MAX.as_microsecond()).then_some(micros)
}

/// The microseconds of `.123Z`.
fn micros(fraction: &[u8]) -> Option<i64> {
    match fraction {
        [b'Z'] => Some(0),
        // finer ones may have to be refused
        [b'.', digits @ .., b'Z'] if (1..=6).contains(&digits.len()) => {
            let scale = 10_i64.pow(6 - digits.len() as u32);
            Some(self::digits(digits)? * scale)
        }
        _ => None,
    }
}

#[inline]
fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + i64::from(digit))
    })
}

fn days_of_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

// In years that begin with March a leap day is the last one, and the days before a month are those of
// 153 in five months. 719,468 days before 1970 the year 0 began so.

/// Days from 1970-01-01 to a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// The date that is so many days after the first one of the year 0.
#[cfg(any(feature = "sqlite", test))]
#[inline]
fn date(days: u32) -> (u32, u32, u32) {
    const DAYS_OF_400_YEARS: u32 = 146_097;
    // the year -400 is as long as the year 0, and two months of it lie behind
    let days = days + DAYS_OF_400_YEARS - 60;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year;
    if month < 10 { (year - 400, month + 3, day) } else { (year - 399, month - 9, day) }
}

/// Appends an instant with six digits of its second, so that texts sort as instants do.
#[cfg(any(feature = "sqlite", test))]
pub(crate) fn write_micros(micros: i64, out: &mut Vec<u8>) {
    /// From the first day of the year 0 to 1970.
    const DAYS_BEFORE: i64 = 719_528;
    const DAYS_OF_10_000_YEARS: u64 = 3_652_425;
    const MICROS_PER_DAY: u64 = (SECONDS_PER_DAY * MICROS_PER_SECOND) as u64;
    // what is before the year 0 is beyond the year 9999, too
    let since = micros.wrapping_add(DAYS_BEFORE * MICROS_PER_DAY as i64) as u64;
    if since >= DAYS_OF_10_000_YEARS * MICROS_PER_DAY {
        let _ = write!(out, "{:.6}", time::timestamp(micros));
        return;
    }
    let (seconds, fraction) = (since / 1_000_000, (since % 1_000_000) as u32);
    let (year, month, day) = date((seconds / 86_400) as u32);
    let second = (seconds % 86_400) as u32;
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    let mut put = |at: usize, value: u32| text[at..at + 2].copy_from_slice(&two_digits(value));
    put(0, year / 100);
    put(2, year % 100);
    put(5, month);
    put(8, day);
    put(11, second / 3_600);
    put(14, second / 60 % 60);
    put(17, second % 60);
    put(20, fraction / 10_000);
    put(22, fraction / 100 % 100);
    put(24, fraction % 100);
    out.extend_from_slice(&text);
}

/// A number below a hundred.
#[cfg(any(feature = "sqlite", test))]
#[inline]
fn two_digits(value: u32) -> [u8; 2] {
    let tens = (value * 103) >> 10;
    (((value << 8) - tens * 2_559 + 0x3030) as u16).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_calendar_has_it() {
        // a prime number of microseconds: all days, and other times of each
        let step = 39_916_801_789_i64;
        let (first, last) = (Timestamp::MIN.as_microsecond(), Timestamp::MAX.as_microsecond());
        for micros in (first..=last).step_by(step as usize * 7) {
            let mut text = Vec::new();
            write_micros(micros, &mut text);
            let text = String::from_utf8(text).expect("ASCII");
            assert_eq!(text, format!("{:.6}", time::timestamp(micros)));
            let read = parse_micros(&text);
            assert_eq!(read, (!text.starts_with('-')).then_some(micros), "{text}");
        }
    }

    #[test]
    fn what_it_reads_is_what_the_library_reads() {
        let whole = "2024-02-29T23:59:59.123456Z";
        for text in [
            "2024-01-31T08:15:00Z",
            "2023-02-28T00:00:00.1Z",
            "1900-02-28T00:00:00Z",
            "2000-02-29T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "9999-12-30T22:00:00.999999Z",
            whole,
        ] {
            let instant: Timestamp = text.parse().expect("an instant");
            assert_eq!(parse_micros(text), Some(instant.as_microsecond()), "{text}");
        }
        // every text that differs from one in a byte
        for at in 0..whole.len() {
            for byte in b' '..=b'~' {
                let mut bytes = whole.as_bytes().to_vec();
                bytes[at] = byte;
                let text = String::from_utf8(bytes).expect("ASCII");
                if let Some(micros) = parse_micros(&text) {
                    let instant = text.parse::<Timestamp>().map(|at| at.as_microsecond());
                    assert_eq!(instant.ok(), Some(micros), "{text}");
                }
            }
        }
    }

    #[test]
    fn what_is_left_to_the_library() {
        for text in [
            "",
            "2024-01-31",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2024-04-31T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-01-00T00:00:00Z",
            "2024-01-31T24:00:00Z",
            "2024-01-31T23:60:00Z",
            "2016-12-31T23:59:60Z",
            "2024-01-31T08:15:00",
            "2024-01-31T08:15:00.Z",
            "2024-01-31T08:15:00.1234567Z",
            "2024-01-31T08:15:00+01:00",
            "2024-01-31t08:15:00z",
            "2024-01-31 08:15:00Z",
            "+024-01-31T08:15:00Z",
            "2024-01-31T08:15:0üZ",
            "9999-12-30T22:00:01Z",
            "9999-12-31T23:59:59Z",
        ] {
            assert_eq!(parse_micros(text), None, "{text}");
        }
    }
}
