//! What responses mean: `on_response` rules, pure.

use crate::decode::value_at;
use crate::spec::{ResponseAction, ResponseRule};

/// What the first rule says that fits the response.
pub(crate) fn action(rules: &[ResponseRule], status: u16, body: &[u8]) -> Option<ResponseAction> {
    rules.iter().find(|rule| fits(rule, status, body)).map(|rule| rule.action)
}

/// Conditions on the body are asked last: it may be long.
fn fits(rule: &ResponseRule, status: u16, body: &[u8]) -> bool {
    let ResponseRule { statuses, content, value, action: _ } = rule;
    let by_status = statuses.is_empty()
        || statuses.iter().any(|(first, last)| (*first..=*last).contains(&status));
    by_status
        && content.is_none_or(|content| contains(body, content))
        && value.is_none_or(|(path, value)| value_at(body, path).as_deref() == Some(value))
}

fn contains(body: &[u8], content: &str) -> bool {
    match std::str::from_utf8(body) {
        Ok(body) => body.contains(content),
        Err(_) => body.windows(content.len()).any(|window| window == content.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Path, Segment};

    const CODE: Path =
        Path { text: "error.code", segments: &[Segment::Key("error"), Segment::Key("code")] };

    #[test]
    fn every_condition_must_hold_and_the_first_rule_decides() {
        use ResponseAction::{Fail, Ignore, Retry, StopResource};
        let rules = [
            ResponseRule {
                statuses: &[(400, 499)],
                content: Some("gone"),
                ..ResponseRule::new(Ignore)
            },
            ResponseRule { statuses: &[(404, 404), (410, 410)], ..ResponseRule::new(StopResource) },
            ResponseRule { value: Some((CODE, "RATE")), ..ResponseRule::new(Retry) },
            ResponseRule { value: Some((CODE, "7")), ..ResponseRule::new(Fail) },
        ];
        for (status, body, expected) in [
            (404, "it is gone", Some(Ignore)),
            (404, "", Some(StopResource)),
            (410, "", Some(StopResource)),
            (400, "", None),
            (500, "gone", None),
            (200, r#"{"error": {"code": "RATE"}}"#, Some(Retry)),
            (500, r#"{"error": {"code": "RATE"}}"#, Some(Retry)),
            (200, r#"{"error": {"code": 7}}"#, Some(Fail)),
            (200, r#"{"error": {"code": "RATES"}}"#, None),
            (200, r#"{"code": "RATE"}"#, None),
            (200, "RATE", None),
        ] {
            assert_eq!(action(&rules, status, body.as_bytes()), expected, "{status} {body}");
        }
        assert!(contains(b"\xff\xfe gone", "gone") && !contains(b"\xff", "gone"));
    }
}
