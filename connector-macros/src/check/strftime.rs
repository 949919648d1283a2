//! `format = "%Y-%m-%d"`: a text that says which instant is meant.

use crate::diag::{Diag, Spans};

/// What a directive writes; those of other languages, and of a time zone that is always UTC, are
/// left out.
const DIRECTIVES: &str = "YymdjbBeHIMSfpFTRsz";

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
        // `%.3f`: digits of a fraction
        let directive = after.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
        let Some(letter) = directive.chars().next() else {
            return Err("`%` at the end says nothing\nhelp: `%%` is a percent sign".to_owned());
        };
        let with_digits = directive.len() < after.len();
        let known = letter == '%' || DIRECTIVES.contains(letter);
        if !known || (with_digits && letter != 'f') {
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
    if found.contains(['Y', 'y', 'F', 's']) {
        return Ok(());
    }
    Err(match found.is_empty() {
        true => format!(
            "`{text}` says nothing of a time\nhelp: as in `\"%Y-%m-%d %H:%M\"` (strftime), or a word: `format = rfc3339`"
        ),
        false => "the year is not in it\nhelp: `%Y`, as in `\"%Y-%m-%d\"`".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::directives;

    #[test]
    fn formats() {
        for text in ["%Y-%m-%d %H:%M", "%F", "%Y%m%dT%H%M%S%.3fZ", "%s", "100%% %Y"] {
            assert_eq!(directives(text), Ok(()), "{text}");
        }
        for (text, expected) in [
            ("yyyy-MM-dd", "says nothing of a time"),
            ("%%", "says nothing of a time"),
            ("%m-%d", "the year is not in it"),
            ("%Y-%Q", "unknown directive `%Q`"),
            ("%3Y", "unknown directive `%3Y`"),
            ("%Y%", "`%` at the end"),
        ] {
            let message = directives(text).expect_err(text);
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
