//! Rows that do not fit, beside those that do.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;

use super::*;

static LABEL: [FieldSpec; 2] = [column::<i64>("n"), column::<Option<String>>("name")];
static ISSUE: [FieldSpec; 5] = [
    ColumnSpec::new::<i64>("id", "id", "").primary_key().field(),
    column::<String>("title"),
    column::<f64>("value"),
    FieldSpec::Flatten { name: "user", wire: "user", optional: true, fields: &LABEL },
    FieldSpec::List {
        name: "labels",
        wire: "labels",
        doc: "",
        optional: true,
        element: ElementSpec::Record(&LABEL),
    },
];
static RESOURCE: ResourceSpec = ResourceSpec { fields: &ISSUE, ..ResourceSpec::EMPTY };

fn keeping(selector: Option<Path>, single: bool, format: ResponseFormat) -> Decoder {
    let mut decoder = Decoder::new(&RESOURCE, selector, &[], single, format, UnknownFields::Report);
    decoder.quarantine();
    decoder
}

fn row(id: u64) -> String {
    format!(
        r#"{{"id": {id}, "title": "t{id}", "value": 0.5, "user": {{"n": 1}}, "labels": [{{"n": {id}}}, {{"n": 7, "name": "x"}}]}}"#
    )
}

/// The ids of the rows that came, and of each the first `n` of its labels.
fn good(decoder: &mut Decoder) -> Vec<(i64, i64)> {
    let Some(batch) = decoder.take_batch() else { return Vec::new() };
    let ids = batch.column(0).as_primitive::<Int64Type>();
    let lists = batch.column(5).as_list::<i32>();
    (0..batch.num_rows())
        .map(|row| {
            let labels = lists.value(row);
            let n = labels.as_struct().column(0).as_primitive::<Int64Type>().value(0);
            assert_eq!(labels.len(), 2);
            (ids.value(row), n)
        })
        .collect()
}

#[test]
fn whatever_is_wrong_the_others_are_whole() {
    for (bad, path, reason) in [
        ("7", "", "expected an object, found 7"),
        ("null", "", "expected an object, found null"),
        (
            "{}",
            "id",
            "column `id`: expected a value, the row has no key `id` (the object is empty)",
        ),
        (
            r#"{"id": 1, "title": 5}"#,
            "title",
            "column `title`: expected a string, found a number 5",
        ),
        (
            r#"{"id": 1, "title": "t", "value": 1e999}"#,
            "value",
            "column `value`: expected a number that an `f64` holds exactly, found a number 1e999",
        ),
        (
            r#"{"labels": [{"n": 1}, {"name": "a", "n": "x"}]}"#,
            "labels[1].n",
            "column `labels[1].n`: expected a whole number in the range of `i64`, found a string \"x\"",
        ),
        (
            r#"{"labels": [{"n": 1}, 5]}"#,
            "labels[1]",
            "element `labels[1]`: expected an object, found a number 5",
        ),
        (r#"{"labels": {}}"#, "labels", "list `labels`: expected a list, found an object {}"),
        (
            r#"{"user": {"n": 1, "n": 2}}"#,
            "user__n",
            "column `user__n`: the key comes twice in the row",
        ),
        (r#"{"id": 1, "\ud800": 2}"#, "", "the row cannot be read: "),
    ] {
        let mut decoder = keeping(None, false, ResponseFormat::Json);
        let body = format!("[{}, {bad}, {}, {bad}]", row(1), row(2));
        let facts = decoder.page(body.as_bytes()).expect(bad);
        assert_eq!((facts.rows, facts.items), (4, 4));
        assert_eq!(good(&mut decoder), [(1, 1), (2, 2)], "{bad}");
        let rejects = decoder.take_rejects();
        assert_eq!(rejects.iter().map(|reject| reject.row).collect::<Vec<_>>(), [2, 4]);
        let first = &rejects[0];
        assert_eq!((first.path.as_str(), first.raw.as_str()), (path, bad));
        assert!(first.reason.starts_with(reason), "{}", first.reason);
        // and the next page
        decoder.page(format!("[{bad}, {}]", row(3)).as_bytes()).expect(bad);
        assert_eq!(good(&mut decoder), [(3, 3)]);
        assert_eq!(decoder.take_rejects().len(), 1);
        decoder.page(format!("[{bad}]").as_bytes()).expect(bad);
        assert!(decoder.take_batch().is_none());
    }
}

#[test]
fn places_of_rows() {
    let lines = format!("{}\n\n[]\n{}\n", row(1), row(2));
    let elements = format!("{{\"a\": [{}, {{}}, 7, null, [{}, 5]]}}", row(1), row(2));
    const EACH: Path = Path { text: "a[*]", segments: &[Segment::Key("a"), Segment::Each] };
    for (selector, format, body, rows) in [
        (None, ResponseFormat::JsonLines, lines, vec![2]),
        (Some(EACH), ResponseFormat::Json, elements, vec![2, 3, 4, 6]),
    ] {
        let mut decoder = keeping(selector, false, format);
        let facts = decoder.page(body.as_bytes()).expect("a page");
        assert_eq!(facts.rows as usize, 2 + rows.len());
        assert_eq!(good(&mut decoder), [(1, 1), (2, 2)]);
        let rejects = decoder.take_rejects();
        assert_eq!(rejects.iter().map(|reject| reject.row).collect::<Vec<_>>(), rows);
    }
}

#[test]
fn what_is_broken_is_an_error() {
    let good_row = row(1);
    for (format, body) in [
        (ResponseFormat::Json, format!("[{good_row}, {{}}, {{")),
        (ResponseFormat::Json, format!("[{good_row}, {{}}, nul]")),
        (ResponseFormat::JsonLines, format!("{good_row}\n{{}}\n{{\n")),
        // one object in the place of the list
        (ResponseFormat::Json, "{\"id\": \"x\"}".to_owned()),
    ] {
        let mut decoder = keeping(None, true, format);
        decoder.page(format_of(&good_row, format).as_bytes()).expect("a page");
        assert!(decoder.page(body.as_bytes()).is_err(), "{body}");
        // nothing of the broken page
        assert_eq!(good(&mut decoder), [(1, 1)]);
        assert!(decoder.take_rejects().is_empty());
    }
}

/// What is no JSON says nothing of a row, whether those that do not fit are kept or not.
#[test]
fn what_is_no_json_is_no_row() {
    let good_row = row(1);
    for (format, body) in [
        (ResponseFormat::JsonLines, "<html>busy</html>".to_owned()),
        (ResponseFormat::JsonLines, "not found".to_owned()),
        (ResponseFormat::JsonLines, format!("{good_row}\n\"trunc")),
        (ResponseFormat::Json, "[,]".to_owned()),
        (ResponseFormat::Json, format!("[{good_row}, nul")),
        (
            ResponseFormat::Json,
            format!("[{good_row}, {{\"id\": 2, \"title\": \"t\", \"labels\": \"trunc"),
        ),
        (ResponseFormat::Json, "[{\"id\": 2, \"labels\": <html>".to_owned()),
    ] {
        let resource = &RESOURCE;
        let failing = Decoder::new(resource, None, &[], false, format, UnknownFields::Report);
        for mut decoder in [failing, keeping(None, false, format)] {
            let error = decoder.page(body.as_bytes()).expect_err("no JSON");
            assert!(matches!(error, DecodeError::Body(_)), "{body}: {error:?}");
        }
    }
    // of a row that was refused before it breaks off, too
    let mut keeping = keeping(None, false, ResponseFormat::Json);
    for body in ["[{\"id\": \"x\", \"title\": \"trunc", "[{\"id\": \"x\", \"title\": <html>}]"] {
        let error = keeping.page(body.as_bytes()).expect_err("no JSON");
        assert!(matches!(error, DecodeError::Body(_)), "{body}: {error:?}");
    }
}

fn format_of(row: &str, format: ResponseFormat) -> String {
    match format {
        ResponseFormat::Json => format!("[{row}]"),
        _ => row.to_owned(),
    }
}

#[test]
fn pages_of_bad_rows_are_told_apart() {
    let mut decoder = keeping(None, false, ResponseFormat::Json);
    let mut fingerprint = |body: &str| decoder.page(body.as_bytes()).expect("a page").fingerprint;
    let first = fingerprint(r#"[{"title": "a"}]"#);
    assert_ne!(first, fingerprint(r#"[{"title": "b"}]"#));
    assert_eq!(first, fingerprint(r#"[{"title": "a"}]"#));
}

/// The page after begins behind the last row, even if that does not fit.
#[test]
fn the_cursor_is_that_of_the_last_row() {
    for (last, expected) in [
        (r#"{"id": 9, "title": 1}"#, Some(Given::Number("9".to_owned()))),
        (r#"{"title": 1, "id": 9}"#, Some(Given::Number("9".to_owned()))),
        (r#"{"title": 1, "id": "9"}"#, Some(Given::Text("9".to_owned()))),
        (r#"{"title": 1}"#, Some(Given::Number("1".to_owned()))),
        // no row has such a value
        ("500", Some(Given::Number("1".to_owned()))),
        (r#""500""#, Some(Given::Number("1".to_owned()))),
    ] {
        let mut decoder = keeping(None, false, ResponseFormat::Json);
        decoder.remember("id");
        let facts = decoder.page(format!("[{}, {last}]", row(1)).as_bytes()).expect("a page");
        assert_eq!(facts.last, expected, "{last}");
    }
}

/// What is not an object has no member, though it stands where one leads to it.
#[test]
fn a_cursor_in_an_object() {
    static FIELDS: [FieldSpec; 1] =
        [FieldSpec::Flatten { name: "user", wire: "user", optional: false, fields: &LABEL }];
    let resource = ResourceSpec { fields: &FIELDS, ..ResourceSpec::EMPTY };
    for (row, expected) in [
        (r#"{"user": {"name": 1, "n": 9}}"#, Some(Given::Number("9".to_owned()))),
        (r#"{"user": 9}"#, None),
        ("9", None),
    ] {
        let format = ResponseFormat::Json;
        let mut decoder = Decoder::new(&resource, None, &[], false, format, UnknownFields::Report);
        decoder.quarantine();
        decoder.remember("user__n");
        let facts = decoder.page(format!("[{row}]").as_bytes()).expect("a page");
        assert_eq!(facts.last, expected, "{row}");
    }
}

/// Rows with the same keys are the same, whatever else has changed in them.
#[test]
fn a_rejected_row_is_known_by_its_key() {
    let csv = ResponseFormat::Csv(CsvSpec::new(b','));
    for (format, one, later, other, keyless) in [
        (
            ResponseFormat::Json,
            r#"[{"title": 1, "id": 7}]"#,
            r#"[{"title": 2, "id": 7}]"#,
            r#"[{"title": 1, "id": 8}]"#,
            [r#"[{"title": 1}]"#, r#"[{"title": 2}]"#],
        ),
        (
            csv,
            "title,value,id\na,x,7\n",
            "title,value,id\na,y,7\n",
            "title,value,id\na,x,8\n",
            ["title,value,id\na,x,\n", "title,value,id\na,y,\n"],
        ),
    ] {
        let mut decoder = keeping(None, false, format);
        let mut fingerprint =
            |body: &str| decoder.page(body.as_bytes()).expect("a page").fingerprint;
        let first = fingerprint(one);
        assert_eq!(first, fingerprint(later));
        assert_ne!(first, fingerprint(other));
        let [one, later] = keyless.map(fingerprint);
        assert_ne!(one, later);
    }
}

/// The field of a cursor that was not read, because one before it does not fit.
#[test]
fn a_cursor_of_csv() {
    static FIELDS: [FieldSpec; 3] =
        [column::<f64>("value"), column::<i64>("id"), column::<Option<String>>("name")];
    let resource = ResourceSpec { fields: &FIELDS, ..ResourceSpec::EMPTY };
    let csv = ResponseFormat::Csv(CsvSpec::new(b','));
    for (cursor, record, expected) in [
        ("id", "x,9,a", Some(Given::Number("9".to_owned()))),
        ("id", "x,,a", Some(Given::Number("1".to_owned()))),
        ("name", "x,9,\"b, c\"", Some(Given::Text("b, c".to_owned()))),
        ("name", "x,9,", Some(Given::Text("a".to_owned()))),
    ] {
        let mut decoder = Decoder::new(&resource, None, &[], false, csv, UnknownFields::Report);
        decoder.quarantine();
        decoder.remember(cursor);
        let body = format!("value,id,name\n0.5,1,a\n{record}\n");
        let facts = decoder.page(body.as_bytes()).expect("a page");
        assert_eq!(facts.last, expected, "{cursor} {record}");
    }
}

#[test]
fn records_of_csv() {
    static FIELDS: [FieldSpec; 2] = [column::<i64>("id"), column::<String>("title")];
    let resource = ResourceSpec { fields: &FIELDS, ..ResourceSpec::EMPTY };
    let csv = ResponseFormat::Csv(CsvSpec::new(b','));
    let mut decoder = Decoder::new(&resource, None, &[], false, csv, UnknownFields::Report);
    decoder.quarantine();
    let body = b"id,title,more\n1,a,\nx,\"b \"\"\"\"\",\n3,,z\n4,d,\n";
    assert_eq!(decoder.page(body).expect("a page").rows, 4);
    let batch = decoder.take_batch().expect("rows");
    let ids: Vec<_> = batch.column(0).as_primitive::<Int64Type>().values().to_vec();
    assert_eq!(ids, [1, 4]);
    let rejects = decoder.take_rejects();
    let told: Vec<_> = rejects.iter().map(|r| (r.row, r.path.as_str(), r.raw.as_str())).collect();
    let expected = [
        (2, "id", r#"{"id":"x","title":"b \"\"","more":null}"#),
        (3, "title", r#"{"id":"3","title":null,"more":"z"}"#),
    ];
    assert_eq!(told, expected);
    assert!(rejects[0].reason.contains("column `id`: expected a whole number"), "{rejects:?}");
    assert!(decoder.page(b"id,title\n1\n").is_err());
}
