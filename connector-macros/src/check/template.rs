//! Templates: paths, and texts with places to fill in.

use super::sources::Sources;
use crate::diag::{At, Diag};
use crate::model::{Part, Template};
use crate::read::RawUrl;

/// The path of a resource.
pub(super) fn path(diag: &Diag, path: &At<String>, sources: &Sources<'_>) -> Template {
    match path_shape(&path.value) {
        Ok(()) => template(diag, path, "the path", sources),
        Err(message) => {
            diag.error(path.spans, message);
            Template::default()
        }
    }
}

/// The text of a parameter or header.
pub(super) fn text(diag: &Diag, text: &At<String>, sources: &Sources<'_>) -> Template {
    template(diag, text, "the text", sources)
}

fn template(diag: &Diag, text: &At<String>, place: &str, sources: &Sources<'_>) -> Template {
    match parse(&text.value, place, sources) {
        Ok(parts) => {
            sources.note(&parts, text.spans);
            Template { text: text.value.clone(), parts }
        }
        Err(message) => {
            diag.error(text.spans, message);
            Template::default()
        }
    }
}

/// A lone `config.x`.
pub(super) fn config(field: &str) -> Template {
    Template { text: format!("{{config.{field}}}"), parts: vec![Part::Config(field.to_owned())] }
}

/// Text without anything to fill in.
pub(super) fn plain(text: &str) -> Template {
    Template { text: text.to_owned(), parts: vec![Part::Text(text.to_owned())] }
}

/// The base URL. A slash at its end makes no difference.
pub(super) fn base_url(diag: &Diag, url: &RawUrl) -> Template {
    match url {
        RawUrl::Config(field) => config(&field.value),
        RawUrl::Text(url) => {
            if let Err(message) = url_shape(&url.value) {
                diag.error(url.spans, message);
            }
            plain(url.value.trim_end_matches('/'))
        }
    }
}

/// A path is what comes after the host and before the query string.
pub(super) fn path_shape(text: &str) -> Result<(), String> {
    if let Some((_, rest)) = text.split_once("://").filter(|(scheme, _)| is_word(scheme)) {
        let path = rest.find('/').map_or("/", |slash| &rest[slash..]);
        return Err(format!(
            "a path, not a URL; the host comes from `base_url` of the connector\nhelp: `\"{path}\"`"
        ));
    }
    if !text.starts_with('/') {
        return Err(format!("a path starts with `/`\nhelp: `\"/{text}\"`"));
    }
    if let Some((_, query)) = text.split_once('?') {
        let params: Vec<_> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                let name = if is_word(name) { name.to_owned() } else { format!("{name:?}") };
                format!("{name} = {value:?}")
            })
            .collect();
        return Err(format!("a path has no query string\nhelp: `params({})`", params.join(", ")));
    }
    if text.contains('#') {
        return Err("a path has no fragment; the server never sees what comes after `#`".to_owned());
    }
    if let Some(odd) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        return Err(format!("{odd:?} cannot stand in a path\nhelp: a space is `%20`"));
    }
    Ok(())
}

/// Whether `text` can be written without quotes.
pub(super) fn is_word(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn url_shape(url: &str) -> Result<(), String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        let host = url.split_once("://").map_or(url, |(_, host)| host).trim_start_matches('/');
        return Err(format!(
            "a base URL starts with `https://` or `http://`\nhelp: `\"https://{host}\"`"
        ));
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() {
        return Err("the base URL has no host\nhelp: `\"https://api.example.com\"`".to_owned());
    }
    if host.contains('@') {
        return Err("credentials do not stand in a URL\nhelp: use `auth = ..` with a field of type `Secret`".to_owned());
    }
    if url.contains('{') {
        return Err("a base URL has no placeholders\nhelp: `base_url = config.url` takes the whole URL from the configuration".to_owned());
    }
    if url.contains('?') {
        return Err("a base URL has no query string\nhelp: `resource_defaults(params(..))` sends parameters with every request".to_owned());
    }
    if url.contains('#') {
        return Err(
            "a base URL has no fragment; the server never sees what comes after `#`".to_owned()
        );
    }
    if let Some(odd) = url.chars().find(|c| c.is_whitespace() || c.is_control()) {
        return Err(format!("{odd:?} cannot stand in a URL"));
    }
    Ok(())
}

/// `{config.x}` is a placeholder, `{{` and `}}` are braces.
fn parse(text: &str, place: &str, sources: &Sources<'_>) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(brace) = rest.find(['{', '}']) {
        plain.push_str(&rest[..brace]);
        let (done, after) = (&text[..text.len() - rest.len() + brace], &rest[brace + 1..]);
        let closing = rest[brace..].starts_with('}');
        let twin = if closing { '}' } else { '{' };
        if let Some(after) = after.strip_prefix(twin) {
            plain.push(twin);
            rest = after;
            continue;
        }
        if closing {
            return Err(format!(
                "unmatched `}}` in {place}, after `{done}`\nhelp: `}}}}` is a brace"
            ));
        }
        let end = after.find(['}', '{', '/']).filter(|end| after[*end..].starts_with('}'));
        let Some(end) = end else {
            let after =
                if done.is_empty() { "at its start".to_owned() } else { format!("after `{done}`") };
            return Err(format!(
                "unclosed `{{` in {place}, {after}\nhelp: `{{config.field}}`, or `{{{{` for a brace"
            ));
        };
        let part = sources.placeholder(&after[..end])?;
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        parts.push(part);
        rest = &after[end + 1..];
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::{Part, parse, path_shape, url_shape};
    use crate::check::sources::{Declared, Sources};

    fn shown(text: &str) -> Result<String, String> {
        let show = |part: Part| match part {
            Part::Config(field) => format!("<{field}>"),
            Part::EndValue => "<end>".to_owned(),
            Part::Parent(column) => format!("<issue {column}>"),
            Part::Partition(name) => format!("<partition {name}>"),
            Part::StartValue => "<start>".to_owned(),
            Part::Text(text) => text,
        };
        let sources = Sources::resource(Declared {
            parent: Some("issue"),
            unread_parent: false,
            partitions: vec!["team"],
            unread_partitions: false,
            incremental: true,
        });
        parse(text, "the path", &sources)
            .map(|parts| parts.into_iter().map(show).collect::<Vec<_>>().join("|"))
    }

    #[test]
    fn placeholders() {
        for (text, expected) in [
            ("", ""),
            ("/a", "/a"),
            ("/a/{config.b}/c", "/a/|<b>|/c"),
            ("{config.a}{config.b}", "<a>|<b>"),
            ("/{{x}}/{config.a}", "/{x}/|<a>"),
            ("/{issue.user__id}", "/|<issue user__id>"),
            ("{partition.team}", "<partition team>"),
            ("{incremental.start_value}..{incremental.end_value}", "<start>|..|<end>"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn mistakes() {
        for (text, expected) in [
            ("/a/{config.org/b", "unclosed `{` in the path, after `/a/`"),
            ("/a/{config.org", "unclosed `{`"),
            ("/a/}", "unmatched `}`"),
            ("/a/{org}", "`{org}` does not say where it comes from"),
            ("/a/{other.org}", "unknown source"),
            ("/a/{isue.org}", "did you mean `issue`?"),
            ("/a/{issue.user.id}", "`{issue.user__id}`"),
            ("/a/{issue.a-b}", "not the name of a column"),
            ("/a/{partition.tea}", "did you mean `team`?"),
            ("/a/{incremental.start}", "there are `start_value`, `end_value`"),
            ("/a/{}", "empty placeholder"),
            ("/a/{config.a-b}", "not the name of a field"),
        ] {
            let message = shown(text).expect_err(text);
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn shapes() {
        assert_eq!(path_shape("/v1/x"), Ok(()));
        let url = path_shape("https://api.example.com/x").expect_err("a URL");
        assert!(url.ends_with("`\"/x\"`"), "{url}");
        let query = path_shape("/x?state=all&a[b]=1").expect_err("a query");
        assert!(query.ends_with("`params(state = \"all\", \"a[b]\" = \"1\")`"), "{query}");
        assert_eq!(url_shape("https://api.example.com/v1/"), Ok(()));
        assert!(
            url_shape("api.example.com")
                .is_err_and(|text| text.contains("https://api.example.com"))
        );
    }
}
