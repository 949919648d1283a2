//! Where the records and fields of CSV are (RFC 4180): places in the text, nothing is copied.

/// A record that is no CSV.
pub(super) struct Fault {
    /// The line on which it begins.
    pub(super) line: usize,
    pub(super) problem: &'static str,
}

/// A field: its place in the body, without the quotes around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    start: usize,
    end: usize,
    quoted: bool,
    /// Quotes in it are doubled.
    doubled: bool,
}

impl Field {
    /// Nothing stands for null; a text without characters has quotes around it.
    pub(super) fn is_null(self) -> bool {
        self.start == self.end && !self.quoted
    }

    pub(super) fn text<'a>(self, body: &'a str, scratch: &'a mut String) -> &'a str {
        let raw = &body[self.start..self.end];
        if !self.doubled {
            return raw;
        }
        scratch.clear();
        let mut pieces = raw.split("\"\"");
        scratch.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            scratch.push('"');
            scratch.push_str(piece);
        }
        scratch
    }

    pub(super) fn to_text(self, body: &str) -> String {
        self.text(body, &mut String::new()).to_owned()
    }
}

/// Finds records and their fields.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    at: usize,
    line: usize,
    delimiter: u8,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, delimiter: u8) -> Self {
        Self { text, at: 0, line: 1, delimiter }
    }

    /// The fields of the next record, and the line on which it begins. Blank lines are none.
    pub(super) fn record(&mut self, fields: &mut Vec<Field>) -> Result<Option<usize>, Fault> {
        fields.clear();
        while let Some(skipped) = self.line_end(self.at) {
            self.at += skipped;
            self.line += 1;
        }
        let line = self.line;
        if self.at == self.text.len() {
            return Ok(None);
        }
        loop {
            let field = self.field().map_err(|problem| Fault { line, problem })?;
            fields.push(field);
            match self.text.as_bytes().get(self.at) {
                Some(byte) if *byte == self.delimiter => self.at += 1,
                _ => break,
            }
        }
        if let Some(ended) = self.line_end(self.at) {
            self.at += ended;
            self.line += 1;
        }
        Ok(Some(line))
    }

    /// The field that begins here; afterwards a delimiter, the end of a line or of the body is next.
    fn field(&mut self) -> Result<Field, &'static str> {
        let bytes = self.text.as_bytes();
        if bytes.get(self.at) == Some(&b'"') {
            return self.quoted();
        }
        let start = self.at;
        for (length, byte) in bytes[start..].iter().enumerate() {
            if *byte == self.delimiter
                || (*byte <= b'\r' && self.line_end(start + length).is_some())
            {
                self.at = start + length;
                return Ok(Field { start, end: self.at, quoted: false, doubled: false });
            }
            if *byte == b'"' {
                return Err("a quote in a field that does not begin with one");
            }
        }
        self.at = bytes.len();
        Ok(Field { start, end: self.at, quoted: false, doubled: false })
    }

    fn quoted(&mut self) -> Result<Field, &'static str> {
        const CUT: &str =
            "a quoted field does not end: the body is cut, or a quote in it is not doubled";
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut at = start;
        let mut doubled = false;
        let end = loop {
            match bytes.get(at) {
                Some(b'"') if bytes.get(at + 1) == Some(&b'"') => {
                    doubled = true;
                    at += 2;
                }
                Some(b'"') => break at,
                Some(byte) => {
                    self.line += usize::from(*byte == b'\n');
                    at += 1;
                }
                None => return Err(CUT),
            }
        };
        self.at = end + 1;
        let ends = self.at == bytes.len()
            || bytes[self.at] == self.delimiter
            || self.line_end(self.at).is_some();
        if !ends {
            return Err("a quoted field goes on after its closing quote");
        }
        Ok(Field { start, end, quoted: true, doubled })
    }

    /// How long the end of a line is that stands here: LF, or CR LF.
    fn line_end(&self, at: usize) -> Option<usize> {
        match self.text.as_bytes().get(at..)? {
            [b'\n', ..] => Some(1),
            [b'\r', b'\n', ..] => Some(2),
            _ => None,
        }
    }
}
