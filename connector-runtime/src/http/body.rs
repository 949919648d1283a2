//! [`Body`]: what a request sends beside its URL and headers.

use std::fmt;

use serde_json::{Map, Value};
use url::form_urlencoded;

/// The body of a request. Its content is never printed: it may be personal data.
#[derive(Clone)]
pub(crate) enum Body {
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
    /// JSON.
    Json(Value),
}

impl Body {
    /// An empty object.
    pub(super) fn object() -> Self {
        Self::Json(Value::Object(Map::new()))
    }

    pub(super) fn content_type(&self) -> &'static str {
        match self {
            Self::Form(_) => "application/x-www-form-urlencoded",
            Self::Json(_) => "application/json",
        }
    }

    /// As it goes over the wire.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Form(pairs) => {
                form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
            }
            Self::Json(value) => value.to_string(),
        }
    }

    /// Sets the value at these keys. What is in the way gives way; a form has one key.
    pub(super) fn set(&mut self, keys: &[&str], value: Value) {
        match self {
            Self::Form(pairs) => {
                let key = keys.join(".");
                pairs.retain(|(name, _)| *name != key);
                let text = match value {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                pairs.push((key, text));
            }
            Self::Json(root) => {
                let mut place = root;
                for key in keys {
                    if !place.is_object() {
                        *place = Value::Object(Map::new());
                    }
                    let Value::Object(object) = place else {
                        unreachable!("BUG: it was made an object")
                    };
                    place = object.entry(*key).or_insert(Value::Null);
                }
                *place = value;
            }
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form(_) => "Form(***)",
            Self::Json(_) => "Json(***)",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_set_at_their_keys() {
        for (before, keys, after) in [
            (json!({}), &["page"][..], json!({"page": 2})),
            (json!({"a": 1}), &["page", "number"], json!({"a": 1, "page": {"number": 2}})),
            (
                json!({"page": {"size": 9}}),
                &["page", "number"],
                json!({"page": {"size": 9, "number": 2}}),
            ),
            (json!({"page": 1}), &["page"], json!({"page": 2})),
            (json!({"page": null}), &["page", "number"], json!({"page": {"number": 2}})),
        ] {
            let mut body = Body::Json(before);
            body.set(keys, json!(2));
            assert_eq!(body.text(), after.to_string());
        }
        let mut form = Body::Form(vec![("page".to_owned(), "1".to_owned())]);
        form.set(&["page"], json!(2));
        form.set(&["after"], json!("a b&c"));
        assert_eq!(form.text(), "page=2&after=a+b%26c");
    }

    #[test]
    fn nothing_of_a_body_is_printed() {
        let body = Body::Json(json!({"name": "Ada"}));
        assert!(!format!("{body:?}").contains("Ada"));
    }
}
