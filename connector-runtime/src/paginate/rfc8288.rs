//! The `Link` header of RFC 8288 (appendix B.2: how to parse it).

/// The target of the first link with this relation. A header may come several times.
///
/// # Errors
///
/// When a value is no list of links: taking it for "no more pages" would lose rows.
pub(crate) fn target(values: &[String], rel: &str) -> Result<Option<String>, String> {
    for value in values {
        let mut rest = value.as_str();
        while let Some((link, after)) = link(rest)? {
            if link.has(rel) {
                return Ok(Some(link.target.to_owned()));
            }
            rest = after;
        }
    }
    Ok(None)
}

struct Link<'a> {
    target: &'a str,
    rel: Option<String>,
    /// It speaks of another document than this one (section 3.2).
    anchored: bool,
}

impl Link<'_> {
    /// Relations are words between spaces, and case does not matter (sections 2.1.1 and 3.3).
    fn has(&self, rel: &str) -> bool {
        let relations = self.rel.as_deref().unwrap_or_default();
        !self.anchored && relations.split_whitespace().any(|one| one.eq_ignore_ascii_case(rel))
    }
}

/// The first link of a value, and what follows it.
fn link(value: &str) -> Result<Option<(Link<'_>, &str)>, String> {
    // empty elements of a list count for nothing (RFC 9110, section 5.6.1)
    let rest = value.trim_start_matches([' ', '\t', ',']);
    if rest.is_empty() {
        return Ok(None);
    }
    let inner = rest.strip_prefix('<').ok_or("a link starts with `<`")?;
    let (target, mut rest) = inner.split_once('>').ok_or("a `>` is missing")?;
    let mut link = Link { target: target.trim(), rel: None, anchored: false };
    loop {
        rest = skip(rest);
        let Some(after) = rest.strip_prefix(';') else { break };
        let (name, value, after) = parameter(skip(after))?;
        rest = after;
        if name.eq_ignore_ascii_case("anchor") {
            link.anchored = true;
        } else if name.eq_ignore_ascii_case("rel") && link.rel.is_none() {
            // further ones are ignored (section 3.3)
            link.rel = Some(value);
        }
    }
    if !rest.is_empty() && !rest.starts_with(',') {
        return Err("a `,` is missing between two links".to_owned());
    }
    Ok(Some((link, rest)))
}

/// `name`, `name=token` or `name="text"`, and what follows.
fn parameter(text: &str) -> Result<(&str, String, &str), String> {
    let end = text.find([' ', '\t', '=', ';', ',']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let Some(rest) = skip(rest).strip_prefix('=') else { return Ok((name, String::new(), rest)) };
    let rest = skip(rest);
    if let Some(quoted) = rest.strip_prefix('"') {
        let (value, rest) = unquote(quoted).ok_or("a `\"` is missing")?;
        return Ok((name, value, rest));
    }
    let end = rest.find([' ', '\t', ';', ',']).unwrap_or(rest.len());
    Ok((name, rest[..end].to_owned(), &rest[end..]))
}

/// The text up to the closing quote; a backslash takes the next character as it is.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, character)) = chars.next() {
        match character {
            '\\' => value.push(chars.next()?.1),
            '"' => return Some((value, &text[at + 1..])),
            other => value.push(other),
        }
    }
    None
}

fn skip(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(values: &[&str]) -> Result<Option<String>, String> {
        let values: Vec<_> = values.iter().map(|value| (*value).to_owned()).collect();
        target(&values, "next")
    }

    #[test]
    fn links() {
        for (values, expected) in [
            (&[][..], None),
            (&[""], None),
            (&["</a>; rel=next"], Some("/a")),
            (&["</a>; rel=\"next\""], Some("/a")),
            (&["</a>;rel=next"], Some("/a")),
            (&["</a> ; rel = \"next\" "], Some("/a")),
            (&["</a>; REL=NEXT"], Some("/a")),
            (
                &["<https://x.test/a?b=1,2;3&c=%3E>; rel=next"],
                Some("https://x.test/a?b=1,2;3&c=%3E"),
            ),
            // several links, several headers
            (&["</p>; rel=prev, </n>; rel=next, </l>; rel=last"], Some("/n")),
            (&["</p>; rel=prev", "</n>; rel=next"], Some("/n")),
            (&[" , </p>; rel=prev,, </n>; rel=next,"], Some("/n")),
            // several relations of one link
            (&["</a>; rel=\"last next\""], Some("/a")),
            (&["</a>; rel=\"nextish\""], None),
            (&["</a>; rel=\"https://x.test/next\""], None),
            // parameters before and after
            (&["</a>; title=\"x\"; rel=next; type=\"text/html\""], Some("/a")),
            (&["</a>; results=\"true\"; rel=\"next\"; crossorigin"], Some("/a")),
            (&["</a>; crossorigin; rel=next"], Some("/a")),
            // commas, semicolons and quotes in quotes
            (&["</p>; title=\"a, </x>; rel=\\\"next\\\"\"; rel=prev, </n>; rel=next"], Some("/n")),
            // only the first `rel` of a link counts
            (&["</a>; rel=prev; rel=next"], None),
            // not about this document
            (&["</a>; rel=next; anchor=\"/other\""], None),
            // relative targets, also the empty one
            (&["<?page=2>; rel=next"], Some("?page=2")),
            (&["<>; rel=next"], Some("")),
            (&["</a>"], None),
        ] {
            assert_eq!(next(values), Ok(expected.map(str::to_owned)), "{values:?}");
        }
        let other = target(&["</a>; rel=older".to_owned()], "older");
        assert_eq!(other, Ok(Some("/a".to_owned())));
    }

    #[test]
    fn what_is_no_list_of_links() {
        for (value, expected) in [
            ("next", "starts with `<`"),
            ("</a", "a `>` is missing"),
            ("</a>; title=\"x", "a `\"` is missing"),
            ("</a>; rel=prev </b>; rel=next", "a `,` is missing"),
        ] {
            let problem = next(&[value]).expect_err(value);
            assert!(problem.contains(expected), "{value}: {problem}");
        }
    }
}
