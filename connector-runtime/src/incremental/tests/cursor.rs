use jiff::{Timestamp, civil};
use serde_json::{Value, json};

use super::{cursor_of, fields, instant, number, spec};
use crate::error::ErrorKind;
use crate::incremental::Cursor;
use crate::spec::{BoundFormat, CursorRange, CursorSpan};
use crate::state::{CursorValue, STATE_VERSION, State};
use crate::value::Column;

fn parsed<T: Column>(format: Option<BoundFormat>, text: &str) -> Result<String, String> {
    let cursor = cursor_of::<T>(|spec| spec.format = format);
    cursor.parse(text).map(|value| format!("{} {value}", value.kind()))
}

#[test]
fn texts_as_values() {
    let epoch = Some(BoundFormat::Epoch);
    let millis = Some(BoundFormat::EpochMillis);
    for (result, expected) in [
        (parsed::<Timestamp>(None, "2024-01-31"), "timestamp 2024-01-31T00:00:00Z"),
        (parsed::<Timestamp>(None, "2024-01-31T01:00:00+02:00"), "timestamp 2024-01-30T23:00:00Z"),
        (
            parsed::<Timestamp>(None, "2024-01-31T00:00:00.123456789Z"),
            "timestamp 2024-01-31T00:00:00.123456Z",
        ),
        (parsed::<civil::Date>(None, "2024-01-31"), "date 2024-01-31"),
        (parsed::<civil::Date>(None, "2024-01-31T01:00:00+02:00"), "date 2024-01-30"),
        (parsed::<i64>(None, "-5"), "integer -5"),
        (parsed::<u64>(None, "18446744073709551615"), "integer 18446744073709551615"),
        (parsed::<i64>(epoch, "5"), "integer 5"),
        (parsed::<i64>(epoch, "1970-01-02T00:00:00.9Z"), "integer 86400"),
        (parsed::<i64>(epoch, "1969-12-31T23:59:59.5Z"), "integer -1"),
        (parsed::<i64>(millis, "1970-01-02"), "integer 86400000"),
        (parsed::<String>(None, "2024-01-31"), "text 2024-01-31"),
    ] {
        assert_eq!(result.as_deref(), Ok(expected));
    }
}

#[test]
fn texts_that_are_no_values() {
    let instants = "an instant such as `2024-01-31T12:00:00Z`, or a date such as `2024-01-31`";
    for (result, expected) in [
        (parsed::<Timestamp>(None, "2024-01-31T00:00:00"), instants),
        (parsed::<Timestamp>(None, "yesterday"), instants),
        (parsed::<civil::Date>(None, "5"), instants),
        (parsed::<i32>(None, "2147483648"), "a whole number from -2147483648 to 2147483647"),
        (parsed::<u8>(None, "2024-01-31"), "a whole number from 0 to 255"),
        (
            parsed::<u8>(Some(BoundFormat::Epoch), "x"),
            "a whole number from 0 to 255, an instant or a date",
        ),
    ] {
        assert_eq!(result, Err(expected.to_owned()));
    }
}

#[test]
fn d14_values_are_compared_as_what_they_are() {
    let instants = cursor_of::<Timestamp>(|_| {});
    let at = |text| instants.parse(text).expect("an instant");
    assert!(at("2024-01-01T02:00:00+05:00") < at("2024-01-01T00:00:00Z"));
    assert_eq!(at("2024-01-01T05:00:00+05:00"), at("2024-01-01"));
    let numbers = cursor_of::<i64>(|_| {});
    assert!(numbers.parse("9").expect("a number") < numbers.parse("10").expect("a number"));
    // by explicit choice
    let texts = cursor_of::<String>(|spec| spec.as_text = true);
    assert!(texts.parse("9").expect("a text") > texts.parse("10").expect("a text"));
}

const DATE: CursorValue = CursorValue::Date(civil::date(2024, 1, 31));

fn at(text: &str) -> CursorValue {
    CursorValue::Timestamp(instant(text))
}

#[test]
fn what_the_api_gets() {
    use BoundFormat::*;
    fn written<T: Column>(format: Option<BoundFormat>, value: CursorValue) -> (Value, String) {
        let cursor = cursor_of::<T>(|spec| spec.format = format);
        (cursor.write(&value), cursor.floor(value).to_string())
    }
    let fine = || at("2024-01-31T12:34:56.789123Z");
    let early = || at("1969-12-31T23:59:59.5Z");
    let text = |text| Some(Strftime(text));
    for ((json, floor), expected, stands_for) in [
        (written::<Timestamp>(None, fine()), json!("2024-01-31T12:34:56Z"), "2024-01-31T12:34:56Z"),
        (
            written::<Timestamp>(Some(Rfc3339), at("2024-01-31T12:34:56.999999Z")),
            json!("2024-01-31T12:34:56Z"),
            "2024-01-31T12:34:56Z",
        ),
        (
            written::<Timestamp>(Some(Rfc3339Millis), fine()),
            json!("2024-01-31T12:34:56.789Z"),
            "2024-01-31T12:34:56.789Z",
        ),
        (
            written::<Timestamp>(Some(Rfc3339Micros), at("2024-01-31T12:34:56Z")),
            json!("2024-01-31T12:34:56.000000Z"),
            "2024-01-31T12:34:56Z",
        ),
        (written::<Timestamp>(Some(Date), fine()), json!("2024-01-31"), "2024-01-31T00:00:00Z"),
        (written::<Timestamp>(Some(Epoch), fine()), json!(1706704496), "2024-01-31T12:34:56Z"),
        (written::<Timestamp>(Some(Epoch), early()), json!(-1), "1969-12-31T23:59:59Z"),
        (
            written::<Timestamp>(Some(EpochMillis), fine()),
            json!(1706704496789_i64),
            "2024-01-31T12:34:56.789Z",
        ),
        (
            written::<Timestamp>(text("%Y-%m-%d %H:%M"), fine()),
            json!("2024-01-31 12:34"),
            "2024-01-31T12:34:00Z",
        ),
        (
            written::<Timestamp>(text("%d/%b/%Y:%H"), fine()),
            json!("31/Jan/2024:12"),
            "2024-01-31T12:00:00Z",
        ),
        (
            written::<Timestamp>(text("%Y%m%dT%H%M%S%.3f"), fine()),
            json!("20240131T123456.789"),
            "2024-01-31T12:34:56.789Z",
        ),
        (written::<Timestamp>(text("%Y-%j"), fine()), json!("2024-031"), "2024-01-31T00:00:00Z"),
        (written::<Timestamp>(text("%G-W%V"), fine()), json!("2024-W05"), "2024-01-29T00:00:00Z"),
        (written::<Timestamp>(text("%Y-%m"), fine()), json!("2024-01"), "2024-01-01T00:00:00Z"),
        (written::<Timestamp>(text("%Y"), fine()), json!("2024"), "2024-01-01T00:00:00Z"),
        (written::<civil::Date>(None, DATE), json!("2024-01-31"), "2024-01-31"),
        (written::<civil::Date>(Some(Rfc3339), DATE), json!("2024-01-31T00:00:00Z"), "2024-01-31"),
        (written::<civil::Date>(Some(Epoch), DATE), json!(1706659200), "2024-01-31"),
        (written::<civil::Date>(text("%m/%Y"), DATE), json!("01/2024"), "2024-01-01"),
        (
            written::<civil::Date>(None, CursorValue::Date(civil::Date::MAX)),
            json!("9999-12-31"),
            "9999-12-31",
        ),
        (written::<i64>(None, number(-7)), json!(-7), "-7"),
        (written::<u64>(None, number(u64::MAX.into())), json!(u64::MAX), "18446744073709551615"),
        (
            written::<i64>(Some(EpochMillis), number(1_706_659_200_123)),
            json!(1_706_659_200_123_i64),
            "1706659200123",
        ),
        (written::<String>(None, CursorValue::Text("b2".into())), json!("b2"), "b2"),
    ] {
        assert_eq!((json, floor), (expected, stands_for.to_owned()));
    }
}

#[test]
fn formats_that_are_none() {
    for text in ["%Y-%m-%", "%Y %K"] {
        let spec = spec(|spec| spec.format = Some(BoundFormat::Strftime(text)));
        let error = Cursor::new(spec, fields::<Timestamp>()).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().starts_with("the `format` of `at`: "), "{error}");
    }
}

#[test]
fn the_present() {
    fn present<T: Column>(format: Option<BoundFormat>) -> Option<CursorValue> {
        cursor_of::<T>(|spec| spec.format = format).at(instant("2024-01-31T12:34:56.789123456Z"))
    }
    assert_eq!(present::<Timestamp>(None), Some(at("2024-01-31T12:34:56.789123Z")));
    assert_eq!(present::<civil::Date>(None), Some(DATE));
    assert_eq!(present::<i64>(Some(BoundFormat::Epoch)), Some(number(1_706_704_496)));
    assert_eq!(present::<u64>(Some(BoundFormat::EpochMillis)), Some(number(1_706_704_496_789)));
    assert_eq!(present::<u8>(Some(BoundFormat::Epoch)), Some(number(255)));
    assert_eq!(present::<i64>(None), None);
    assert_eq!(present::<String>(None), None);
}

const fn time(months: u32, days: u32, seconds: u64) -> CursorSpan {
    CursorSpan::Time { months, days, seconds }
}

#[test]
fn lag() {
    fn less<T: Column>(format: Option<BoundFormat>, lag: CursorSpan, value: CursorValue) -> String {
        let cursor = cursor_of::<T>(|spec| (spec.format, spec.lag) = (format, Some(lag)));
        cursor.less_lag(&value).to_string()
    }
    let epoch = Some(BoundFormat::Epoch);
    let instant = at("2024-03-31T12:00:00Z");
    for (result, expected) in [
        (less::<Timestamp>(None, time(0, 0, 3_600), instant.clone()), "2024-03-31T11:00:00Z"),
        (less::<Timestamp>(None, time(1, 1, 0), instant.clone()), "2024-02-28T12:00:00Z"),
        (less::<Timestamp>(None, time(0, 0, u64::MAX), instant), "-009999-01-02T01:59:59Z"),
        (less::<civil::Date>(None, time(0, 31, 0), DATE), "2023-12-31"),
        (less::<civil::Date>(None, time(u32::MAX, 0, 0), DATE), "-009999-01-01"),
        (less::<i64>(None, CursorSpan::Number(10), number(4)), "-6"),
        (less::<u64>(None, CursorSpan::Number(10), number(4)), "0"),
        (less::<i64>(epoch, time(0, 1, 0), number(86_410)), "10"),
        (less::<u32>(epoch, time(1, 0, 0), number(10)), "0"),
        (less::<i64>(epoch, CursorSpan::Number(10), number(4)), "-6"),
    ] {
        assert_eq!(result, expected);
    }
    let none = cursor_of::<Timestamp>(|_| {});
    assert_eq!(none.less_lag(&at("2024-01-01T00:00:00Z")), at("2024-01-01T00:00:00Z"));
}

#[test]
fn open_ranges_are_none_of_windows() {
    assert!(!cursor_of::<i64>(|_| {}).is_open());
    assert!(cursor_of::<i64>(|spec| spec.range = CursorRange::Open).is_open());
    let windows = cursor_of::<i64>(|spec| {
        spec.range = CursorRange::Open;
        spec.step = Some(CursorSpan::Number(1));
    });
    assert!(!windows.is_open());
}

#[test]
fn a_state_of_something_else() {
    let cursor = cursor_of::<Timestamp>(|_| {});
    let state = |column: Option<&str>, value: Option<CursorValue>| State {
        version: STATE_VERSION,
        column: column.map(str::to_owned),
        cursor: value,
        ..State::default()
    };
    let instant = || Some(at("2024-01-01T00:00:00Z"));
    let windows = State { windows: vec![(number(1), number(2))], ..state(Some("at"), instant()) };
    let newer = State { version: STATE_VERSION + 1, ..State::default() };
    for (state, expected) in [
        (State::default(), None),
        (state(Some("at"), None), None),
        (state(Some("at"), instant()), None),
        (
            state(Some("changed"), instant()),
            Some("the state was written for `changed`; the cursor is `at`, a timestamp"),
        ),
        (
            state(Some("at"), Some(number(5))),
            Some("the state was written for `at` as an integer; the cursor is `at`, a timestamp"),
        ),
        (
            windows,
            Some("the state was written for `at` as an integer; the cursor is `at`, a timestamp"),
        ),
        (newer, Some("the state has version 3, this release knows 2")),
    ] {
        let error = cursor.check_state(&state).err();
        assert_eq!(error.as_ref().map(|error| error.message()), expected);
        assert!(error.is_none_or(|error| error.help().is_some()));
    }
}

#[test]
fn values_come_back_from_json() {
    for value in [
        at("2024-01-31T12:00:00.000001Z"),
        DATE,
        number(u64::MAX.into()),
        number(i64::MIN.into()),
        CursorValue::Text("ü\"".into()),
    ] {
        let json = serde_json::to_string(&value).expect("JSON");
        let back: CursorValue = serde_json::from_str(&json).expect("a value");
        assert_eq!(back, value, "{json}");
    }
}
