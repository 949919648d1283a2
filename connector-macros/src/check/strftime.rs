//! `format = "%Y-%m-%d"`: a text that says which instant is meant.

use crate::diag::{Diag, Spans};

/// What can be written of every instant: `%y` and its like are unclear in another century.
const DIRECTIVES: &str = "AaBbCdeFfGhHIjklMmNPpqRSsTUuVWwYZz";

/// The ones that say the year.
const YEARS: [char; 4] = ['F', 'G', 's', 'Y'];

/// A format is made of directives that are known, and says the year.
pub(super) fn strftime(diag: &Diag, text: &str, spans: Spans) {
    if let Err(message) = directives(text) {
        diag.error(spans, message);
    }
}

fn directives(text: &str) -> Result<(), String> {
    let mut found = String::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        let directive = after.trim_start_matches(|c: char| is_digit(c) || "-_^#.:".contains(c));
        let Some(letter) = directive.chars().next() else {
            return Err("`%` at the end says nothing\nhelp: `%%` is a percent sign".to_owned());
        };
        let before = &after[..after.len() - directive.len()];
        if letter != '%' && !DIRECTIVES.contains(letter) || !goes_before(before, letter) {
            let directive = &after[..after.len() - directive.len() + letter.len_utf8()];
            return Err(format!(
                "unknown directive `%{directive}`\nhelp: as in `\"%Y-%m-%d %H:%M:%S\"` (strftime)"
            ));
        }
        if letter != '%' {
            found.push(letter);
        }
        rest = &directive[letter.len_utf8()..];
    }
    if found.contains(YEARS) {
        return Ok(());
    }
    Err(match found.is_empty() {
        true => format!(
            "`{text}` says nothing of a time\nhelp: as in `\"%Y-%m-%d %H:%M\"` (strftime), or a word: `format = rfc3339`"
        ),
        false => "the year is not in it\nhelp: `%Y`, as in `\"%Y-%m-%d\"`".to_owned(),
    })
}

/// What can stand between `%` and a letter: a flag, a width, and where they mean something a point or
/// colons, as in `%-d`, `%3N`, `%.3f` and `%:z`.
fn goes_before(text: &str, letter: char) -> bool {
    if let Some(digits) = text.strip_prefix('.') {
        return letter == 'f' && digits.chars().all(is_digit);
    }
    let text = text.strip_prefix(['-', '_', '^', '#']).unwrap_or(text);
    match text.trim_start_matches(is_digit) {
        "" => true,
        ":" | "::" | ":::" => letter == 'z',
        _ => false,
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::directives;

    #[test]
    fn formats() {
        for text in [
            "%Y-%m-%d %H:%M",
            "%F",
            "%Y%m%dT%H%M%S%.3f%:z",
            "%s",
            "100%% %G-W%V",
            "%-d.%-m.%Y",
            "%Y%.f%::z%_3H%^a%3N",
        ] {
            assert_eq!(directives(text), Ok(()), "{text}");
        }
        for (text, expected) in [
            ("yyyy-MM-dd", "says nothing of a time"),
            ("%%", "says nothing of a time"),
            ("%m-%d", "the year is not in it"),
            ("%Y-%Q", "unknown directive `%Q`"),
            ("%d.%m.%y", "unknown directive `%y`"),
            ("%.Y-%d", "unknown directive `%.Y`"),
            ("%Y-%:d", "unknown directive `%:d`"),
            ("%Y %3.H", "unknown directive `%3.H`"),
            ("%Y%--d", "unknown directive `%--d`"),
            ("%Y%::::z", "unknown directive `%::::z`"),
            ("%Y%", "`%` at the end"),
        ] {
            let message = directives(text).expect_err(text);
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
