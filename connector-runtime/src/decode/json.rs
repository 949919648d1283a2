//! [`Json`]: a JSON text (RFC 8259), read token by token by whoever knows what comes next.
//!
//! A reader of our own: `serde_json` looks at each byte of a text twice, since it checks each one for UTF-8,
//! and reads every key in full, though APIs send the same keys in the same order in every row. What
//! it accepts is what `serde_json` accepts; a fuzz target compares them. Where a text is no
//! JSON, `serde_json` says why.

mod number;
mod string;

use std::ops::Range;

pub(super) use number::Number;

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

    fn colon(&mut self) -> Parsed {
        match self.peek()? {
            b':' => {
                self.at += 1;
                Ok(())
            }
            _ => Err(Stop::Syntax),
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
                b'"' => self.skip_string()?,
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
            self.skip_string()?;
            self.colon()?;
        }
        Ok(())
    }
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
