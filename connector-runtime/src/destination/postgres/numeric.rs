//! `numeric` as PostgreSQL has it on the wire: digits of base 10,000.

use bytes::{BufMut, BytesMut};

const POSITIVE: u16 = 0;
const NEGATIVE: u16 = 0x4000;
/// Decimal digits in one of base 10,000.
const GROUP: usize = 4;

/// Appends the length of a number and the number, from a text such as `-12.50`. All digits are
/// kept, zeros at the end too.
pub(super) fn put(text: &str, out: &mut BytesMut) {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0').as_bytes();
    let fraction = fraction.as_bytes();

    // groups are counted from the point, to both sides
    let before = whole.len().div_ceil(GROUP);
    let groups = before + fraction.len().div_ceil(GROUP);
    let group = |at: usize| match at.checked_sub(before) {
        None => {
            let end = whole.len() - GROUP * (before - at - 1);
            value(&whole[end.saturating_sub(GROUP)..end], 0)
        }
        Some(at) => {
            let start = GROUP * at;
            let end = fraction.len().min(start + GROUP);
            value(&fraction[start..end], start + GROUP - end)
        }
    };
    // zeros at either end are not sent
    let first = (0..groups).find(|at| group(*at) != 0);
    let last = (0..groups).rfind(|at| group(*at) != 0);
    let sent = match (first, last) {
        (Some(first), Some(last)) => first..last + 1,
        _ => 0..0,
    };
    let weight = match sent.is_empty() {
        true => 0,
        false => before as i16 - sent.start as i16 - 1,
    };
    let is_negative = text.starts_with('-') && !sent.is_empty();
    out.put_i32(8 + 2 * sent.len() as i32);
    out.put_u16(sent.len() as u16);
    out.put_i16(weight);
    out.put_u16(if is_negative { NEGATIVE } else { POSITIVE });
    out.put_u16(fraction.len() as u16);
    for at in sent {
        out.put_u16(group(at));
    }
}

/// At most four digits, and zeros after them.
fn value(digits: &[u8], zeros: usize) -> u16 {
    let digits = digits.iter().map(|digit| u16::from(digit - b'0'));
    digits.fold(0, |value, digit| 10 * value + digit) * 10_u16.pow(zeros as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weight, sign, digits after the point, and digits of base 10,000.
    fn parts(text: &str) -> (i16, bool, u16, Vec<u16>) {
        let mut out = BytesMut::new();
        put(text, &mut out);
        let words: Vec<u16> =
            out[4..].chunks(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
        let length = i32::from_be_bytes([out[0], out[1], out[2], out[3]]);
        assert_eq!(length as usize, out.len() - 4, "{text}");
        assert_eq!(usize::from(words[0]), words.len() - 4, "{text}");
        (words[1] as i16, words[2] == NEGATIVE, words[3], words[4..].to_vec())
    }

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("0", (0, false, 0, vec![])),
            ("-0", (0, false, 0, vec![])),
            ("0.00", (0, false, 2, vec![])),
            ("1", (0, false, 0, vec![1])),
            ("-1", (0, true, 0, vec![1])),
            ("9999", (0, false, 0, vec![9999])),
            ("10000", (1, false, 0, vec![1])),
            ("10001", (1, false, 0, vec![1, 1])),
            ("123456789", (2, false, 0, vec![1, 2345, 6789])),
            ("100000000", (2, false, 0, vec![1])),
            ("1.5", (0, false, 1, vec![1, 5000])),
            ("1.50", (0, false, 2, vec![1, 5000])),
            ("-12.345678", (0, true, 6, vec![12, 3456, 7800])),
            ("0.0001", (-1, false, 4, vec![1])),
            ("0.00001", (-2, false, 5, vec![1000])),
            ("10000.0001", (1, false, 4, vec![1, 0, 1])),
            ("18446744073709551615", (4, false, 0, vec![1844, 6744, 737, 955, 1615])),
            ("0.0000000000000000000000000001", (-7, false, 28, vec![1])),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }
}
