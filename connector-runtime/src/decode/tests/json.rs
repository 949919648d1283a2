//! The reader of JSON beside `serde_json`: what one takes the other takes, for the same.

use serde_json::Value;
use serde_json::value::RawValue;

use super::super::json::{Json, Number, Parsed, Stop};
use super::Random;

/// The value of a text, read token by token.
fn read(json: &mut Json<'_>) -> Parsed<Value> {
    Ok(match json.peek()? {
        b'{' => {
            json.open();
            let mut members = serde_json::Map::new();
            let mut first = true;
            while json.next_key(first)? {
                first = false;
                let key = json.key()?.to_owned();
                members.insert(key, read(json)?);
            }
            members.into()
        }
        b'[' => {
            json.open();
            let mut elements = Vec::new();
            while json.next_element(elements.is_empty())? {
                elements.push(read(json)?);
            }
            elements.into()
        }
        b'"' => json.string()?.into(),
        b'-' | b'0'..=b'9' => match json.number()? {
            Number::Whole(value) => value.into(),
            Number::Negative(value) => value.into(),
            Number::Float(value) if value.is_finite() => value.into(),
            Number::Float(_) => return Err(Stop::Syntax),
        },
        _ => json.word()?.map_or(Value::Null, Value::from),
    })
}

fn whole<'a, T>(body: &'a [u8], read: impl FnOnce(&mut Json<'a>) -> Parsed<T>) -> Option<T> {
    let mut json = Json::new(body);
    let value = read(&mut json).ok()?;
    json.end().ok().map(|()| value)
}

fn compare(body: &[u8]) -> bool {
    let shown = String::from_utf8_lossy(body);
    let expected: Option<Value> = serde_json::from_slice(body).ok();
    assert_eq!(whole(body, read), expected, "{shown}");
    let expected: Option<&RawValue> = serde_json::from_slice(body).ok();
    let raw = whole(body, |json| json.raw());
    assert_eq!(raw, expected.map(RawValue::get), "{shown}");
    let passed_over = serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
    assert_eq!(whole(body, |json| json.skip()).is_some(), passed_over, "{shown}");
    expected.is_some()
}

#[test]
fn numbers() {
    for text in [
        "0",
        "-0",
        "00",
        "-",
        "01",
        "-01",
        "1.",
        ".5",
        "-.5",
        "1.5",
        "1.50e+3",
        "1e",
        "1e+",
        "1E-7",
        "0e0",
        "+1",
        "0x1",
        "9999999999999999999",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "123456789012345678901234567890",
        "-123456789012345678901234567890",
        "2.2250738585072011e-308",
        "4.9e-324",
        "1e308",
        "1e309",
        "-1e999",
        "9007199254740993.0",
        "1 2",
        "1,",
        "-0.0",
    ] {
        compare(text.as_bytes());
        compare(format!("[{text}]").as_bytes());
        compare(format!("{{\"a\":{text} }}").as_bytes());
    }
}

#[test]
fn strings() {
    for inside in [
        "",
        "plain",
        "ä€😀",
        r"\u00e4",
        r"\u00E4\n\r\t\b\f\/\\",
        "\\\"",
        r"\ud83d\ude00",
        r"\ud83d",
        r"\ude00",
        r"\ud83dx",
        r"\ud83d\n",
        r"\ud83d\u0041",
        r"\u00g0",
        r"\u12",
        r"\x",
        "\\",
        "\n",
        "\u{1f}",
        "\u{7f}",
        r"\u0000",
        "0123456\\n",
        "01234567\\n",
        "012345678901234567890123456789\\u00e4012345678901234567890",
        r"\u+123",
    ] {
        // the bytes of a text are looked at sixteen at once: each may be the one that counts
        for before in 0..33 {
            let plain = "x".repeat(before);
            compare(format!("\"{plain}{inside}\"").as_bytes());
            compare(format!("{{\"{plain}{inside}\":\"{inside}{plain}\"}}").as_bytes());
            compare(format!("\"{plain}{inside}").as_bytes());
        }
    }
}

#[test]
fn objects_and_lists() {
    for text in [
        "",
        " ",
        "{}",
        "[]",
        "[ ]",
        "{ }",
        "[,]",
        "{,}",
        "[1,]",
        "{\"a\":1,}",
        "[1 2]",
        "{\"a\" 1}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "[1",
        "{\"a\":1",
        "[}",
        "{]",
        "[[]]",
        "[{}]",
        "{\"a\":{}}",
        "{\"a\":[]}",
        "nul",
        "null",
        "nullx",
        "true",
        "True",
        "false ",
        " [ 1 , { \"a\" : [ ] } ] ",
        "[1],",
        "[1]]",
        "\u{feff}[]",
        "[1]\u{b}",
        "{\"a\":1,\"a\":2}",
    ] {
        compare(text.as_bytes());
    }
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    assert_eq!(whole(deep.as_bytes(), |json| json.skip()), Some(()));
}

#[test]
fn what_is_no_text_is_passed_over_and_not_read() {
    let body = b"{\"a\": \"\xff\", \"b\": 1}";
    assert_eq!(whole(body, |json| json.skip()), Some(()));
    assert_eq!(whole(body, |json| json.raw()), None);
    assert_eq!(whole(body, read), None);
}

#[test]
fn whatever_comes() {
    let body = r#"{"total": 3, "a": [{"b": [-12, 18446744073709551615, 1.5e3, null, true, false], "n\u00e4\ud83d\ude00": "x\\\"y", "c": {}}, "plain text of some length, with ä and 😀", [[]]]}"#;
    let mut random = Random::new(7);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..20_000 {
        match compare(&random.mutate(body.as_bytes())) {
            true => good += 1,
            false => bad += 1,
        }
    }
    assert!(good > 1_000 && bad > 1_000, "{good} {bad}");
}
