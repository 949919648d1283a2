//! Dates and instants as texts.

/// Whether a text is a date, as in `2024-01-31`.
pub(super) const fn is_date(text: &str) -> bool {
    let text = text.as_bytes();
    text.len() == 10 && begins_with_date(text)
}

/// Whether a text is an instant as RFC 3339 has it, as in `2024-01-31T12:00:00Z`.
pub(super) const fn is_timestamp(text: &str) -> bool {
    let text = text.as_bytes();
    if text.len() < 20 || !begins_with_date(text) || !matches!(text[10], b'T' | b't' | b' ') {
        return false;
    }
    if text[13] != b':' || text[16] != b':' {
        return false;
    }
    let time = (number(text, 11, 2), number(text, 14, 2), number(text, 17, 2));
    if !matches!(time, (Some(0..24), Some(0..60), Some(0..61))) {
        return false;
    }
    let mut at = 19;
    if text[at] == b'.' {
        at += 1;
        while at < text.len() && text[at].is_ascii_digit() {
            at += 1;
        }
        if at == 20 {
            return false;
        }
    }
    is_offset(text, at)
}

/// `Z` or `+01:00`, up to the end.
const fn is_offset(text: &[u8], at: usize) -> bool {
    match text.len() - at {
        1 => matches!(text[at], b'Z' | b'z'),
        6 => {
            matches!(text[at], b'+' | b'-')
                && text[at + 3] == b':'
                && matches!(
                    (number(text, at + 1, 2), number(text, at + 4, 2)),
                    (Some(0..24), Some(0..60))
                )
        }
        _ => false,
    }
}

const fn begins_with_date(text: &[u8]) -> bool {
    if text[4] != b'-' || text[7] != b'-' {
        return false;
    }
    match (number(text, 0, 4), number(text, 5, 2), number(text, 8, 2)) {
        (Some(year), Some(month), Some(day)) => day >= 1 && day <= days(year, month),
        _ => false,
    }
}

/// The days of a month; none if there is no such month.
const fn days(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(400) || year.is_multiple_of(4) && !year.is_multiple_of(100) => 29,
        2 => 28,
        _ => 0,
    }
}

/// The number that `count` digits are.
const fn number(text: &[u8], at: usize, count: usize) -> Option<u32> {
    let mut value = 0;
    let mut i = at;
    while i < at + count {
        if !text[i].is_ascii_digit() {
            return None;
        }
        value = value * 10 + (text[i] - b'0') as u32;
        i += 1;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::{is_date, is_timestamp};

    #[test]
    fn dates() {
        for text in ["2024-01-31", "2024-02-29", "2000-02-29"] {
            assert!(is_date(text), "{text}");
        }
        for text in
            ["", "2024-1-31", "2023-02-29", "1900-02-29", "2024-13-01", "2024-01-00", "2024-01-31T"]
        {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn timestamps() {
        for text in
            ["2024-01-31T12:00:00Z", "2024-01-31 12:00:00.123z", "2024-01-31T23:59:60+05:30"]
        {
            assert!(is_timestamp(text), "{text}");
        }
        for text in [
            "2024-01-31",
            "2024-01-31T12:00:00",
            "2024-01-31T24:00:00Z",
            "2024-01-31T12:00:00.Z",
            "2024-01-31T12:00:00Zx",
            "2024-02-31T12:00:00Z",
            "2024-01-31T12:00:00+0530",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
