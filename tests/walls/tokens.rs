//! Rust text as words and signs, without comments, texts and test modules.

/// A word or a sign, and the line that it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) line: usize,
    pub(crate) text: &'a str,
}

/// The tokens of a file that are neither comment nor literal; `::` is one token.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = literal(rest) {
            length
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(Token { line, text: &rest[..end] });
            end
        } else {
            let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
            if !first.is_whitespace() {
                found.push(Token { line, text: &rest[..length] });
            }
            length
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    without_tests(found)
}

/// The length of the text or character literal that `rest` begins with.
fn literal(rest: &str) -> Option<usize> {
    let after = ["br", "cr", "b", "c", "r"].iter().find_map(|prefix| {
        rest.strip_prefix(prefix).filter(|after| after.starts_with(['"', '#', '\'']))
    });
    let prefix = rest.len() - after.map_or(rest.len(), str::len);
    let body = after.unwrap_or(rest);
    let raw = rest[..prefix].ends_with('r');
    let length = if raw {
        let hashes = body.len() - body.trim_start_matches('#').len();
        let open = body[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        hashes + 1 + open.find(&close)? + close.len()
    } else if let Some(open) = body.strip_prefix('"') {
        1 + end_of_quoted(open, '"')?
    } else {
        // a lifetime has no second quote so near
        let open = body.strip_prefix('\'')?;
        let end = end_of_quoted(open, '\'')?;
        let single = open.starts_with('\\') || open.chars().nth(1) == Some('\'');
        if !single {
            return None;
        }
        1 + end
    };
    Some(prefix + length)
}

fn end_of_quoted(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(index + c.len_utf8()),
            _ => {}
        }
    }
    None
}

/// Leaves out what stands below `#[cfg(test)]`.
fn without_tests(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let marked = tokens[at..].iter().map(|token| token.text).take(MARK.len()).eq(MARK);
        if !marked {
            kept.push(tokens[at]);
            at += 1;
            continue;
        }
        // up to the end of the item: its closing brace, or a semicolon before any brace
        let mut depth = 0;
        at += MARK.len();
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token.text {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(token.text, "}" | ";") {
                break;
            }
        }
    }
    kept
}

#[test]
fn comments_literals_and_tests_are_no_tokens() {
    let source = r###"
        // crate::a
        use x::{self, y}; /* crate::b */ let c = '"'; let d: &'static str = "crate::e";
        r#"crate::"f"#; b"crate::g\"h"; '\'';
        #[cfg(test)]
        mod tests { use crate::i; fn j() {} }
        fn k<'l>() {}
        #[cfg(test)]
        mod m;
    "###;
    let texts: Vec<_> = tokens(source).iter().map(|token| token.text).collect();
    let expected =
        "use x :: { self , y } ; let c = ; let d : & ' static str = ; ; ; ; fn k < ' l > ( ) { }";
    assert_eq!(texts.join(" "), expected);
    assert_eq!(tokens(source)[0].line, 3);
    assert_eq!(
        tokens(source).iter().find(|token| token.text == "k").map(|token| token.line),
        Some(7)
    );
}
