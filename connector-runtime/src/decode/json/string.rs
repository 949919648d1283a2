//! Strings.

use super::{Json, Parsed, Stop};

impl<'a> Json<'a> {
    /// The key that comes next, up to its value.
    pub(in crate::decode) fn key(&mut self) -> Parsed<&str> {
        let plain = self.read_string()?;
        self.colon()?;
        Ok(plain.unwrap_or(&self.unescaped))
    }

    /// A string.
    #[inline]
    pub(in crate::decode) fn string(&mut self) -> Parsed<&str> {
        Ok(self.read_string()?.unwrap_or(&self.unescaped))
    }

    /// What a string stands for; `None`: it has escapes, and is in `unescaped`.
    #[inline]
    fn read_string(&mut self) -> Parsed<Option<&'a str>> {
        let start = self.opening_quote()?;
        let end = plain_end(self.bytes, start);
        match self.bytes.get(end) {
            Some(b'"') => {
                self.at = end + 1;
                self.slice(start..end).map(Some)
            }
            Some(b'\\') => self.unescape(start, end).map(|()| None),
            _ => Err(Stop::Syntax),
        }
    }

    /// Passes over a string.
    #[inline]
    pub(super) fn skip_string(&mut self) -> Parsed {
        let mut end = plain_end(self.bytes, self.opening_quote()?);
        while let Some(b'\\') = self.bytes.get(end) {
            end += match self.bytes.get(end + 1) {
                Some(b'u') => hex(self.bytes, end + 2).map(|_| 6),
                escaped => escaped.and_then(|byte| plain_escape(*byte)).map(|_| 2),
            }
            .ok_or(Stop::Syntax)?;
            end = plain_end(self.bytes, end);
        }
        if self.bytes.get(end) != Some(&b'"') {
            return Err(Stop::Syntax);
        }
        self.at = end + 1;
        Ok(())
    }

    /// Where a string begins that comes next.
    #[inline]
    fn opening_quote(&self) -> Parsed<usize> {
        match self.bytes.get(self.at) {
            Some(b'"') => Ok(self.at + 1),
            _ => Err(Stop::Syntax),
        }
    }

    /// Writes out a string that begins at `start` and has its first escape at `at`.
    fn unescape(&mut self, mut start: usize, mut at: usize) -> Parsed {
        self.unescaped.clear();
        loop {
            let plain = self.slice(start..at)?;
            self.unescaped.push_str(plain);
            match self.bytes.get(at) {
                Some(b'\\') => {}
                Some(b'"') => break,
                _ => return Err(Stop::Syntax),
            }
            let (character, end) = self.escape(at + 1)?;
            self.unescaped.push(character);
            start = end;
            at = plain_end(self.bytes, start);
        }
        self.at = at + 1;
        Ok(())
    }

    /// The character that an escape stands for whose backslash is before `at`, and where it ends.
    #[inline]
    fn escape(&self, at: usize) -> Parsed<(char, usize)> {
        let byte = *self.bytes.get(at).ok_or(Stop::Syntax)?;
        match plain_escape(byte) {
            Some(character) => Ok((character, at + 1)),
            None if byte == b'u' => unicode_escape(self.bytes, at + 1),
            None => Err(Stop::Syntax),
        }
    }
}

/// The character of an escape that is one letter.
#[inline]
fn plain_escape(letter: u8) -> Option<char> {
    Some(match letter {
        b'"' | b'\\' | b'/' => char::from(letter),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return None,
    })
}

/// The character of `XXXX` or `XXXX\uXXXX`, and where that ends.
fn unicode_escape(bytes: &[u8], at: usize) -> Parsed<(char, usize)> {
    let unit = |at: usize| hex(bytes, at).ok_or(Stop::Syntax);
    let first = unit(at)?;
    if let Some(character) = char::from_u32(first.into()) {
        return Ok((character, at + 4));
    }
    if bytes.get(at + 4..at + 6) != Some(b"\\u") {
        return Err(Stop::Syntax);
    }
    let pair = char::decode_utf16([first, unit(at + 6)?]).next();
    pair.and_then(Result::ok).map(|character| (character, at + 10)).ok_or(Stop::Syntax)
}

/// The number that four hexadecimal digits are.
fn hex(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 4)?.iter().try_fold(0, |value, byte| {
        let digit = char::from(*byte).to_digit(16)?;
        Some(value << 4 | digit as u16)
    })
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
