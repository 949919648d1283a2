//! Where a next position is looked for, these say that there is none: one table, the one of
//! `docs/pagination.md`.

use super::{Given, Path, Problem, Scalar};

/// The next position at a path of the body; `None`: this was the last page.
pub(super) fn position(
    option: &str,
    path: Path,
    what: &str,
    value: &Scalar,
) -> Result<Option<Given>, Problem> {
    match value {
        Scalar::Missing | Scalar::Null | Scalar::Bool(false) | Scalar::Count(0) => Ok(None),
        Scalar::Text(text) if text.is_empty() => Ok(None),
        Scalar::Text(text) => Ok(Some(Given::Text(text.clone()))),
        Scalar::Count(count) => Ok(Some(Given::Number(count.to_string()))),
        Scalar::Bool(true) | Scalar::Other(_) => Err(Problem::new(format!(
            "expected {what} at `{option} = \"{}\"`, found {}",
            path.text,
            value.describe()
        ))),
    }
}

/// The next position in a header, whose values are texts only.
pub(super) fn header(values: &[String]) -> Option<String> {
    values.iter().map(|value| value.trim()).find(|value| !value.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::tests::COUNT;
    use super::*;

    #[test]
    fn d12_the_table_of_end_markers() {
        let text = |text: &str| Scalar::Text(text.to_owned());
        let given = |text: &str| Some(Given::Text(text.to_owned()));
        for (value, expected) in [
            (Scalar::Missing, None),
            (Scalar::Null, None),
            (text(""), None),
            (Scalar::Bool(false), None),
            (Scalar::Count(0), None),
            (Scalar::Count(7), Some(Given::Number("7".to_owned()))),
            (text("abc"), given("abc")),
            // texts mean what they say
            (text("0"), given("0")),
            (text("false"), given("false")),
            (text("null"), given("null")),
        ] {
            let found = position("cursor_path", COUNT, "a cursor", &value);
            assert_eq!(found, Ok(expected), "{value:?}");
        }
        for value in [Scalar::Bool(true), Scalar::Other("a list"), Scalar::Other("a number")] {
            assert!(position("cursor_path", COUNT, "a cursor", &value).is_err(), "{value:?}");
        }
    }

    #[test]
    fn headers_end_when_they_are_missing_or_empty() {
        for (values, expected) in [
            (vec![], None),
            (vec![""], None),
            (vec!["  "], None),
            (vec!["abc"], Some("abc")),
            (vec!["", " abc "], Some("abc")),
            (vec!["0"], Some("0")),
        ] {
            let values: Vec<_> = values.into_iter().map(str::to_owned).collect();
            assert_eq!(header(&values).as_deref(), expected, "{values:?}");
        }
    }
}
