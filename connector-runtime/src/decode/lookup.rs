//! One value of a body, for those who ask before, or instead of, decoding it.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::spec::{Path, Segment};

/// The text of the value at a path: of a string its characters, of everything else its JSON.
pub(crate) fn value_at(body: &[u8], path: Path) -> Option<String> {
    let root = serde_json::from_slice::<&RawValue>(body).ok()?;
    let value = path.segments.iter().try_fold(root, |here, segment| match segment {
        Segment::Key(key) => {
            serde_json::from_str::<BTreeMap<String, &RawValue>>(here.get()).ok()?.remove(*key)
        }
        Segment::Index(index) => {
            serde_json::from_str::<Vec<&RawValue>>(here.get()).ok()?.get(*index).copied()
        }
        // names many values; the macros do not take it
        Segment::Each => None,
    })?;
    let json = value.get();
    match json.starts_with('"') {
        true => serde_json::from_str(json).ok(),
        false => Some(json.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        const PATH: Path = Path {
            text: "a[1].b",
            segments: &[Segment::Key("a"), Segment::Index(1), Segment::Key("b")],
        };
        for (body, expected) in [
            (r#"{"a": [0, {"b": "te\u0078t"}]}"#, Some("text")),
            (r#"{"a": [0, {"b": 1.50}]}"#, Some("1.50")),
            (r#"{"a": [0, {"b": true}]}"#, Some("true")),
            (r#"{"a": [0, {"b": null}]}"#, Some("null")),
            (r#"{"a": [0]}"#, None),
            (r#"{"a": {"1": {"b": 1}}}"#, None),
            ("[]", None),
            ("<html>", None),
            ("", None),
        ] {
            assert_eq!(value_at(body.as_bytes(), PATH).as_deref(), expected, "{body}");
        }
    }
}
