//! [`Json`]: a JSON text (RFC 8259), read token by token by whoever knows what comes next.
//!
//! A reader of our own: `serde_json` looks at each byte of a text twice, since it checks each one for UTF-8,
//! and reads every key in full, though APIs send the same keys in the same order in every row. What
//! it accepts is what `serde_json` accepts; a fuzz target compares them. Where a text is no
//! JSON, `serde_json` says why.

use std::ops::Range;

/// Why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The text is no JSON here, or what it stands for cannot be told: half a surrogate pair.
    Syntax,
    /// A value does not fit; the reason is in the plan.
    Refused,
}

impl From<()> for Stop {
    fn from((): ()) -> Self {
        Self::Refused
    }
}

/// What reading gives.
pub(super) type Parsed<T = ()> = Result<T, Stop>;

/// A number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
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

/// A place in a JSON text.
#[derive(Debug)]
pub(super) struct Json<'a> {
    bytes: &'a [u8],
    /// The same, where all of it is UTF-8. Where it is not, what nobody looks at may be anything.
    text: Option<&'a str>,
    at: usize,
    /// The last string that had escapes.
    unescaped: String,
    /// What closes the objects and lists that are being passed over.
    open: Vec<u8>,
}

impl<'a> Json<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let text = simdutf8::basic::from_utf8(bytes).ok();
        Self { bytes, text, at: 0, unescaped: String::new(), open: Vec::new() }
    }

    pub(super) fn of(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        Self { bytes, text: Some(text), at: 0, unescaped: String::new(), open: Vec::new() }
    }

    /// The first byte of what comes next.
    #[inline]
    pub(super) fn peek(&mut self) -> Parsed<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => return Err(Stop::Syntax),
            }
        }
    }

    /// Nothing comes any more.
    pub(super) fn end(&mut self) -> Parsed {
        match self.peek() {
            Ok(_) => Err(Stop::Syntax),
            Err(_) => Ok(()),
        }
    }

    /// Where it stands, for [`Self::go_back`].
    pub(super) fn place(&self) -> usize {
        self.at
    }

    pub(super) fn go_back(&mut self, place: usize) {
        self.at = place;
    }

    /// Goes into the object or list that [`Self::peek`] has seen.
    #[inline]
    pub(super) fn open(&mut self) {
        self.at += 1;
    }

    /// Goes to the next key of an object, or behind its end. `first`: none came before.
    #[inline]
    pub(super) fn next_key(&mut self, first: bool) -> Parsed<bool> {
        match self.peek()? {
            b'}' => {
                self.at += 1;
                return Ok(false);
            }
            b',' if !first => {
                self.at += 1;
                self.peek()?;
            }
            _ if first => {}
            _ => return Err(Stop::Syntax),
        }
        match self.bytes[self.at] {
            b'"' => Ok(true),
            _ => Err(Stop::Syntax),
        }
    }

    /// Goes to the next element of a list, or behind its end. `first`: none came before.
    #[inline]
    pub(super) fn next_element(&mut self, first: bool) -> Parsed<bool> {
        match self.peek()? {
            b']' => {
                self.at += 1;
                Ok(false)
            }
            b',' if !first => {
                self.at += 1;
                match self.peek()? {
                    b']' => Err(Stop::Syntax),
                    _ => Ok(true),
                }
            }
            _ if first => Ok(true),
            _ => Err(Stop::Syntax),
        }
    }

    /// Passes over the key that comes next, if it is written like this, with its quotes and colon.
    #[inline]
    pub(super) fn is_key(&mut self, written: &[u8]) -> bool {
        let is_it = begins_with(&self.bytes[self.at..], written);
        if is_it {
            self.at += written.len();
        }
        is_it
    }

    /// The key that comes next, up to its value.
    pub(super) fn key(&mut self) -> Parsed<&str> {
        let (inside, escaped) = self.quoted()?;
        self.colon()?;
        self.content(inside, escaped)
    }

    /// A string.
    #[inline]
    pub(super) fn string(&mut self) -> Parsed<&str> {
        let (inside, escaped) = self.quoted()?;
        self.content(inside, escaped)
    }

    fn colon(&mut self) -> Parsed {
        match self.peek()? {
            b':' => {
                self.at += 1;
                Ok(())
            }
            _ => Err(Stop::Syntax),
        }
    }

    /// Passes over a string. Where it is inside of its quotes, and whether it has escapes.
    #[inline]
    fn quoted(&mut self) -> Parsed<(Range<usize>, bool)> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(Stop::Syntax);
        }
        let start = self.at + 1;
        let end = plain_end(self.bytes, start);
        match self.bytes.get(end) {
            Some(b'"') => {
                self.at = end + 1;
                Ok((start..end, false))
            }
            Some(b'\\') => {
                let end = self.escaped_end(end)?;
                self.at = end + 1;
                Ok((start..end, true))
            }
            _ => Err(Stop::Syntax),
        }
    }

    /// The closing quote of a string, of which `at` is the first escape.
    fn escaped_end(&self, mut at: usize) -> Parsed<usize> {
        loop {
            match self.bytes.get(at) {
                Some(b'"') => return Ok(at),
                Some(b'\\') => {}
                _ => return Err(Stop::Syntax),
            }
            at += match self.bytes.get(at + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                Some(b'u') => match hex(self.bytes, at + 2) {
                    Some(_) => 6,
                    None => return Err(Stop::Syntax),
                },
                _ => return Err(Stop::Syntax),
            };
            at = plain_end(self.bytes, at);
        }
    }

    /// What is written in a place.
    #[inline]
    fn slice(&self, place: Range<usize>) -> Parsed<&'a str> {
        match self.text {
            Some(text) => text.get(place).ok_or(Stop::Syntax),
            None => std::str::from_utf8(&self.bytes[place]).map_err(|_| Stop::Syntax),
        }
    }

    /// What the inside of a string stands for.
    #[inline]
    fn content(&mut self, inside: Range<usize>, escaped: bool) -> Parsed<&str> {
        let written = self.slice(inside)?;
        if !escaped {
            return Ok(written);
        }
        unescape(written, &mut self.unescaped)?;
        Ok(&self.unescaped)
    }

    /// `null`, `true` or `false`.
    pub(super) fn word(&mut self) -> Parsed<Option<bool>> {
        for (word, value) in [("null", None), ("true", Some(true)), ("false", Some(false))] {
            if self.bytes[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(Stop::Syntax)
    }

    /// Passes over a value that is neither an object nor a list.
    pub(super) fn scalar(&mut self) -> Parsed {
        match self.peek()? {
            b'"' => _ = self.string()?,
            b'-' | b'0'..=b'9' => _ = self.number()?,
            _ => _ = self.word()?,
        }
        Ok(())
    }

    /// A number.
    #[inline]
    pub(super) fn number(&mut self) -> Parsed<Number> {
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

    /// Passes over a value as it is written.
    pub(super) fn raw(&mut self) -> Parsed<&'a str> {
        self.peek()?;
        let start = self.at;
        self.skip()?;
        self.slice(start..self.at)
    }

    /// Passes over a value, however deep.
    pub(super) fn skip(&mut self) -> Parsed {
        self.open.clear();
        loop {
            match self.peek()? {
                opening @ (b'{' | b'[') => {
                    // two characters on in ASCII
                    let closing = opening + 2;
                    self.at += 1;
                    if self.peek()? != closing {
                        self.open.push(closing);
                        self.skip_key(closing)?;
                        continue;
                    }
                    self.at += 1;
                }
                b'"' => _ = self.quoted()?,
                b'-' | b'0'..=b'9' => self.skip_number()?,
                _ => _ = self.word()?,
            }
            if self.skip_ends()? {
                return Ok(());
            }
        }
    }

    /// Goes on to the next value within what is being passed over; whether there is none.
    fn skip_ends(&mut self) -> Parsed<bool> {
        while let Some(closing) = self.open.last().copied() {
            match self.peek()? {
                b',' => {
                    self.at += 1;
                    self.peek()?;
                    self.skip_key(closing)?;
                    return Ok(false);
                }
                byte if byte == closing => {
                    self.at += 1;
                    self.open.pop();
                }
                _ => return Err(Stop::Syntax),
            }
        }
        Ok(true)
    }

    /// Passes over a key, in an object.
    fn skip_key(&mut self, closing: u8) -> Parsed {
        if closing == b'}' {
            self.quoted()?;
            self.colon()?;
        }
        Ok(())
    }

    fn skip_number(&mut self) -> Parsed {
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

/// The first byte from `at` on that is a quote, a backslash or a control character.
#[inline]
fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let special = special_of(block);
        if special != 0 {
            return at + (special.trailing_zeros() / 8) as usize;
        }
        at += block.len();
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| is_special(*byte)).unwrap_or(rest.len())
}

#[inline]
fn is_special(byte: u8) -> bool {
    (byte == b'"') | (byte == b'\\') | (byte < b' ')
}

/// Which of sixteen bytes are special, eight bits for each. By itself the compiler makes a few instructions of
/// the vector of it; among others it may not.
#[inline(never)]
fn special_of(block: &[u8; 16]) -> u128 {
    let mut special = [0; 16];
    for (special, byte) in special.iter_mut().zip(block) {
        *special = if is_special(*byte) { u8::MAX } else { 0 };
    }
    u128::from_le_bytes(special)
}

/// Whether a text begins with a short one, without a call for each that is compared.
#[inline]
fn begins_with(text: &[u8], short: &[u8]) -> bool {
    let Some(text) = text.get(..short.len()) else { return false };
    let ends = |text: &[u8], short: &[u8]| {
        let (first, last) = (text.first_chunk::<8>(), text.last_chunk::<8>());
        (first == short.first_chunk()) & (last == short.last_chunk())
    };
    match short.len() {
        8..=16 => ends(text, short),
        _ => text == short,
    }
}

/// The number that four hexadecimal digits are.
fn hex(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 4)?.iter().try_fold(0, |value, byte| {
        let digit = char::from(*byte).to_digit(16)?;
        Some(value << 4 | digit as u16)
    })
}

/// What the inside of a string stands for whose escapes are well-formed.
fn unescape(mut written: &str, out: &mut String) -> Parsed {
    out.clear();
    loop {
        let (plain, escape) = written.split_at(plain_end(written.as_bytes(), 0));
        out.push_str(plain);
        let Some(escape) = escape.strip_prefix('\\') else { return Ok(()) };
        let (character, length) = match escape.as_bytes()[0] {
            b'b' => ('\u{8}', 1),
            b'f' => ('\u{c}', 1),
            b'n' => ('\n', 1),
            b'r' => ('\r', 1),
            b't' => ('\t', 1),
            b'u' => unescape_unicode(escape)?,
            itself => (char::from(itself), 1),
        };
        out.push(character);
        written = &escape[length..];
    }
}

/// The character of `uXXXX` or `uXXXX\uXXXX`, and the length of that.
fn unescape_unicode(escape: &str) -> Parsed<(char, usize)> {
    let unit = |at: usize| hex(escape.as_bytes(), at).ok_or(Stop::Syntax);
    let first = unit(1)?;
    if let Some(character) = char::from_u32(first.into()) {
        return Ok((character, 5));
    }
    if escape.get(5..7) != Some("\\u") {
        return Err(Stop::Syntax);
    }
    let pair = char::decode_utf16([first, unit(7)?]).next();
    pair.and_then(Result::ok).map(|character| (character, 11)).ok_or(Stop::Syntax)
}
