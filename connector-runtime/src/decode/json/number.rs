//! Numbers.

use super::{Json, Parsed, Stop};

/// A number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::decode) enum Number {
    /// A whole number below 2^64.
    Whole(u64),
    /// A whole number from -2^63 on, below 0.
    Negative(i64),
    /// Every other one, `-0` among them; it may be infinite.
    Float(f64),
}

/// Those that a number with a point can be divided by, of as many digits as are read at once.
const POWERS_OF_TEN: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

impl Json<'_> {
    /// A number.
    #[inline]
    pub(in crate::decode) fn number(&mut self) -> Parsed<Number> {
        let start = self.at;
        let negative = self.bytes.get(start) == Some(&b'-');
        self.at += usize::from(negative);
        let first = self.at;
        // nineteen digits are below 2^64
        let mut value: u64 = 0;
        self.take_digits(&mut value);
        let digits = self.at - first;
        let leading_zero = digits > 1 && self.bytes[first] == b'0';
        if digits == 0 || leading_zero {
            return Err(Stop::Syntax);
        }
        if let Some(b'.' | b'e' | b'E') = self.bytes.get(self.at) {
            return self.float(start, negative, value);
        }
        match negative {
            _ if digits > 19 => {}
            false => return Ok(Number::Whole(value)),
            true if value == 0 => return Ok(Number::Float(-0.0)),
            true => {
                if let Some(value) = 0_i64.checked_sub_unsigned(value) {
                    return Ok(Number::Negative(value));
                }
            }
        }
        let text = self.slice(start..self.at)?;
        match text.parse() {
            Ok(value) => Ok(Number::Whole(value)),
            Err(_) => text.parse().map(Number::Float).map_err(|_| Stop::Syntax),
        }
    }

    /// The rest of a number that has a point or an exponent. `value`: what its digits so far are, as long
    /// as there are not too many.
    fn float(&mut self, start: usize, negative: bool, mut value: u64) -> Parsed<Number> {
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            let first = self.at;
            self.take_digits(&mut value);
            let places = self.at - first;
            if places == 0 {
                return Err(Stop::Syntax);
            }
            let exponent = matches!(self.bytes.get(self.at), Some(b'e' | b'E'));
            // fifteen digits and a power of ten up to 10^22 are floats, and so is what their division
            // is rounded to (Clinger, "How to read floating point numbers accurately", 1990)
            if !exponent && self.at - start <= 16 {
                let float = value as f64 / POWERS_OF_TEN[places];
                return Ok(Number::Float(if negative { -float } else { float }));
            }
        }
        self.exponent()?;
        self.slice(start..self.at)?.parse().map(Number::Float).map_err(|_| Stop::Syntax)
    }

    /// The exponent of a number, if it has one.
    fn exponent(&mut self) -> Parsed {
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// Appends digits to a number, which wraps where there are too many.
    #[inline]
    fn take_digits(&mut self, value: &mut u64) {
        while let Some(digit) = self.bytes.get(self.at).map(|byte| byte.wrapping_sub(b'0'))
            && digit < 10
        {
            *value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.at += 1;
        }
    }

    /// One digit or more.
    fn digits(&mut self) -> Parsed {
        let start = self.at;
        self.take_digits(&mut 0);
        if self.at > start { Ok(()) } else { Err(Stop::Syntax) }
    }

    /// Passes over a number.
    pub(super) fn skip_number(&mut self) -> Parsed {
        let negative = self.bytes[self.at] == b'-';
        self.at += usize::from(negative);
        let first = self.at;
        self.digits()?;
        if self.at > first + 1 && self.bytes[first] == b'0' {
            return Err(Stop::Syntax);
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        self.exponent()
    }
}
