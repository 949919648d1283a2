//! Names in other cases: serde's eight rules, and `snake_case` for the names of structs.

/// `rename_all = ".."`, as in serde.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Camel,
    Kebab,
    Lower,
    Pascal,
    ScreamingKebab,
    ScreamingSnake,
    Snake,
    Upper,
}

/// The texts that `rename_all` takes.
pub(crate) const RULES: [(&str, Rule); 8] = [
    ("lowercase", Rule::Lower),
    ("UPPERCASE", Rule::Upper),
    ("PascalCase", Rule::Pascal),
    ("camelCase", Rule::Camel),
    ("snake_case", Rule::Snake),
    ("SCREAMING_SNAKE_CASE", Rule::ScreamingSnake),
    ("kebab-case", Rule::Kebab),
    ("SCREAMING-KEBAB-CASE", Rule::ScreamingKebab),
];

impl Rule {
    /// The wire name of a field, which Rust writes in snake case.
    pub(crate) fn field(self, name: &str) -> String {
        match self {
            Self::Lower | Self::Snake => name.to_owned(),
            Self::Upper | Self::ScreamingSnake => name.to_ascii_uppercase(),
            Self::Kebab => name.replace('_', "-"),
            Self::ScreamingKebab => name.to_ascii_uppercase().replace('_', "-"),
            Self::Pascal => name.split('_').map(capitalised).collect(),
            Self::Camel => uncapitalised(&Self::Pascal.field(name)),
        }
    }

    /// The text of a variant, which Rust writes in Pascal case.
    pub(crate) fn variant(self, name: &str) -> String {
        match self {
            Self::Pascal => name.to_owned(),
            Self::Lower => name.to_ascii_lowercase(),
            Self::Upper => name.to_ascii_uppercase(),
            Self::Camel => uncapitalised(name),
            Self::Snake => words(name, '_').to_ascii_lowercase(),
            Self::ScreamingSnake => words(name, '_').to_ascii_uppercase(),
            Self::Kebab => words(name, '-').to_ascii_lowercase(),
            Self::ScreamingKebab => words(name, '-').to_ascii_uppercase(),
        }
    }
}

/// `ExampleApi` as `example_api`. Unlike serde's rule for variants, capitals in a row are one
/// word: `HTTPLog` is `http_log`.
pub(crate) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut text = String::new();
    for (i, &c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| chars[i]);
        let starts = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || before.is_uppercase()
                        && chars.get(i + 1).is_some_and(|next| next.is_lowercase())
            });
        if starts {
            text.push('_');
        }
        text.extend(c.to_lowercase());
    }
    text
}

/// A separator before every capital but the first, as serde has it.
fn words(name: &str, separator: char) -> String {
    let mut text = String::new();
    for (i, c) in name.char_indices() {
        if i > 0 && c.is_uppercase() {
            text.push(separator);
        }
        text.push(c);
    }
    text
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

fn uncapitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::{RULES, snake};

    #[test]
    fn fields() {
        let expected = [
            "created_at",
            "CREATED_AT",
            "CreatedAt",
            "createdAt",
            "created_at",
            "CREATED_AT",
            "created-at",
            "CREATED-AT",
        ];
        for ((text, rule), expected) in RULES.into_iter().zip(expected) {
            assert_eq!(rule.field("created_at"), expected, "{text}");
        }
    }

    #[test]
    fn variants() {
        let expected = [
            "inreview",
            "INREVIEW",
            "InReview",
            "inReview",
            "in_review",
            "IN_REVIEW",
            "in-review",
            "IN-REVIEW",
        ];
        for ((text, rule), expected) in RULES.into_iter().zip(expected) {
            assert_eq!(rule.variant("InReview"), expected, "{text}");
        }
    }

    #[test]
    fn structs() {
        for (name, expected) in [
            ("ExampleApi", "example_api"),
            ("GitHub", "git_hub"),
            ("HTTPLog", "http_log"),
            ("Page2Item", "page2_item"),
            ("A", "a"),
            ("already_snake", "already_snake"),
        ] {
            assert_eq!(snake(name), expected);
        }
    }
}
