//! [`Text`]: messages of const functions.

/// A message under construction: `format!` does not run in a `const`.
#[derive(Clone, Copy)]
pub(super) struct Text {
    bytes: [u8; Self::MAX],
    len: usize,
}

impl Text {
    const MAX: usize = 1024;

    pub(super) const fn new() -> Self {
        Self { bytes: [0; Self::MAX], len: 0 }
    }

    /// Appends `text`, all of it or nothing: half a character would be no text.
    pub(super) const fn add(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Appends another text.
    pub(super) const fn text(self, text: Self) -> Self {
        let (bytes, _) = text.bytes.split_at(text.len);
        self.bytes(bytes)
    }

    const fn bytes(mut self, text: &[u8]) -> Self {
        if self.len + text.len() > Self::MAX {
            return self;
        }
        let mut i = 0;
        while i < text.len() {
            self.bytes[self.len + i] = text[i];
            i += 1;
        }
        self.len += text.len();
        self
    }

    /// Whether two texts are one name; databases do not tell cases apart.
    pub(super) const fn is(&self, other: Self) -> bool {
        let (ours, _) = self.bytes.split_at(self.len);
        let (theirs, _) = other.bytes.split_at(other.len);
        ours.eq_ignore_ascii_case(theirs)
    }

    /// Appends what the user wrote.
    pub(super) const fn tick(self, text: &str) -> Self {
        self.add("`").add(text).add("`")
    }

    pub(super) const fn tick2(self, before: &str, text: &str) -> Self {
        self.add("`").add(before).add(text).add("`")
    }

    #[track_caller]
    pub(super) const fn fail(self) -> ! {
        let (bytes, _) = self.bytes.split_at(self.len);
        match std::str::from_utf8(bytes) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("BUG: half a character"),
        }
    }
}
