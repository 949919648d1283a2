//! Bodies of CSV.

use std::sync::Arc;

use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::report::Report;
use connector_runtime::testing::ScriptedTransport;
use connector_runtime::{Error, ErrorKind};
use connector_tests::{Folder, assert_says, counts, done, failed};

#[derive(Clone, Copy, Debug, PartialEq, Choice)]
#[choice(rename_all = "lowercase")]
enum Level {
    Low,
    High,
}

fn shout(text: String) -> Result<Option<String>, String> {
    Ok(Some(text.to_uppercase()))
}

#[derive(Debug, PartialEq, Record)]
struct Place {
    city: String,
    #[column(rename = "Postal Code")]
    code: Option<String>,
}

#[derive(Debug, PartialEq, Resource)]
#[resource(path = "/rows", response_format = csv)]
struct Everything {
    id: i64,
    small: Option<i8>,
    count: Option<u64>,
    ratio: Option<f64>,
    half: Option<f32>,
    flag: Option<bool>,
    #[column(rename = "Full Name")]
    name: Option<String>,
    #[column(default = "n/a")]
    unit: String,
    at: Option<Timestamp>,
    #[column(epoch = seconds)]
    since: Option<Timestamp>,
    day: Option<Date>,
    time: Option<Time>,
    amount: Option<Decimal>,
    uuid: Option<Uuid>,
    blob: Option<Bytes>,
    tags: Option<Json<Vec<i64>>>,
    level: Option<Level>,
    #[column(with(shout))]
    loud: Option<String>,
    #[column(flatten)]
    place: Option<Place>,
}

#[derive(Debug, PartialEq, Resource)]
#[resource(path = "/rows", response_format = csv(delimiter = "\t"))]
struct Tabs {
    id: i64,
    name: String,
}

#[derive(Resource)]
#[resource(path = "/rows", response_format = csv(delimiter = ";"), paginator = offset(limit = 2))]
struct Paged {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
}

#[derive(Resource)]
#[resource(path = "/rows", response_format = csv, paginator = page_number(base_page = 1))]
struct Numbered {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Everything, Tabs, Paged, Numbered))]
struct Api {}

async fn read<R: Resource>(body: impl Into<Vec<u8>>) -> Result<Vec<R>, Error> {
    let script = ScriptedTransport::new().on("/rows", Response::new(200, body.into()));
    let mut stream = Api {}.rows::<R>().transport(Arc::new(script));
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await {
        rows.push(row?);
    }
    Ok(rows)
}

async fn everything(header: &str, record: &str) -> Result<Everything, Error> {
    Ok(read::<Everything>(format!("{header}\n{record}\n")).await?.remove(0))
}

#[tokio::test]
async fn every_type_from_its_text() {
    let body = "\u{feff}id,small,count,ratio,half,flag,Full Name,unit,at,since,day,time,amount,uuid,blob,tags,level,loud,place.city,place.Postal Code,more\r\n\
        -7,-128,18446744073709551615,1e-3,0.5,true,\"Ann \"\"A\"\" B,\r\nC\",kg,2024-01-31T09:15:00+01:00,1.5,2024-01-31,08:15:00.5,1.50,67e55044-10b1-426f-9247-bb680e5fe0c8,AAEC,\"[1, 2]\",high,quiet,Ghent,09000,x";
    let rows = read::<Everything>(body).await.expect("rows");
    let expected = Everything {
        id: -7,
        small: Some(-128),
        count: Some(u64::MAX),
        ratio: Some(0.001),
        half: Some(0.5),
        flag: Some(true),
        name: Some("Ann \"A\" B,\r\nC".to_owned()),
        unit: "kg".to_owned(),
        at: "2024-01-31T08:15:00Z".parse().ok(),
        since: "1970-01-01T00:00:01.5Z".parse().ok(),
        day: "2024-01-31".parse().ok(),
        time: "08:15:00.5".parse().ok(),
        amount: "1.50".parse().ok(),
        uuid: "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().ok(),
        blob: Some(Bytes::from_static(&[0, 1, 2])),
        tags: Some(Json(vec![1, 2])),
        level: Some(Level::High),
        loud: Some("QUIET".to_owned()),
        place: Some(Place { city: "Ghent".to_owned(), code: Some("09000".to_owned()) }),
    };
    assert_eq!(rows, [expected]);
}

#[tokio::test]
async fn an_empty_field_is_null_and_a_quoted_one_an_empty_text() {
    let row = everything("id,Full Name,unit,place.city,place.Postal Code", "1,,,,").await;
    let row = row.expect("a row");
    assert_eq!((row.name, row.unit.as_str(), row.place), (None, "n/a", None));
    // columns that the header does not name
    assert_eq!((row.at, row.amount, row.tags), (None, None, None));
    let row = everything("id,Full Name,unit,place.city", "1,\"\",\"\",\"\"").await.expect("a row");
    let place = row.place.map(|place| (place.city, place.code));
    assert_eq!((row.name.as_deref(), row.unit.as_str()), (Some(""), ""));
    assert_eq!(place, Some((String::new(), None)));
}

#[tokio::test]
async fn what_counts_as_a_record() {
    for (body, expected) in [
        ("id\tname", &[][..]),
        ("id\tname\r\n", &[]),
        ("\n\nid\tname\n\n1\ta\n\n\n2\tb", &[(1, "a"), (2, "b")]),
        ("name\tother\tid\na,b\t\"\"\t1\r\n c \t\t2\r\n", &[(1, "a,b"), (2, " c ")]),
        ("\"id\"\t\"name\"\n1\t\"a\tb\"\n2\t\"\nc\n\"\n", &[(1, "a\tb"), (2, "\nc\n")]),
        // names that nobody wants may come twice
        ("x\tid\tx\tname\n5\t1\t6\ta", &[(1, "a")]),
    ] {
        let rows = read::<Tabs>(body).await.expect(body);
        let rows: Vec<_> = rows.iter().map(|row| (row.id, row.name.as_str())).collect();
        assert_eq!(rows, expected, "{body:?}");
    }
}

#[tokio::test]
async fn no_value_is_bent() {
    for (column, value, expected) in [
        ("small", "00123", "expected a whole number in the range of `i8`, found \"00123\""),
        ("small", "1.0", "found \"1.0\""),
        ("small", "+1", "found \"+1\""),
        ("small", " 1", "found \" 1\""),
        ("small", "128", "found \"128\""),
        ("small", "null", "found \"null\""),
        ("small", "\"\"", "found \"\""),
        ("count", "-1", "expected a whole number in the range of `u64`"),
        ("count", "18446744073709551616", "found \"18446744073709551616\""),
        ("ratio", "NaN", "expected a number that an `f64` holds exactly, found \"NaN\""),
        ("ratio", "1e999", "found \"1e999\""),
        ("ratio", "\"1,5\"", "found \"1,5\""),
        ("half", ".5", "expected a number in the range of `f32`, found \".5\""),
        ("flag", "True", "expected `true` or `false`, found \"True\""),
        ("flag", "1", "found \"1\""),
        ("at", "2024-01-31 08:15:00", "expected a timestamp such as"),
        ("since", "soon", "expected a number of seconds since 1970, found \"soon\""),
        ("day", "31.01.2024", "expected a date such as \"2024-01-31\""),
        ("amount", "1.2.3", "expected a decimal number of at most 28 digits"),
        ("tags", "[1", "expected JSON, found \"[1\""),
        ("tags", "{}", "column `tags`: expected invalid type: map"),
        ("level", "medium", "expected one of `low`, `high`, found \"medium\""),
    ] {
        let error = everything(&format!("id,{column}"), &format!("1,{value}")).await;
        let error = error.expect_err(value);
        assert_eq!(error.kind(), ErrorKind::Row);
        assert_says(&error, &[&format!("page 1: line 2: column `{column}`: "), expected]);
    }
    let error = everything("id,unit", ",kg").await.expect_err("no id");
    assert_says(
        &error,
        &["line 2: column `id`: expected a value, found an empty field", "`Option`"],
    );
    let error = everything("id,place.Postal Code", "1,9000").await.expect_err("no city");
    assert_says(
        &error,
        &["line 2: column `place__city`: expected a value, the header has no `place.city`"],
    );
}

#[tokio::test]
async fn a_body_that_is_not_such_csv_is_named() {
    for (body, expected) in [
        ("", "expected CSV with a line of names, found an empty body"),
        ("\r\n", "found an empty body"),
        (
            "<!doctype html><html lang=\"en\">\n<h1>Login</h1>",
            "expected CSV, found an HTML or XML page: <!doctype",
        ),
        ("{\"error\": \"quota\"}", "expected CSV, found JSON: {\"error\": \"quota\"}"),
        ("[]", "expected CSV, found JSON: []"),
        ("quota exceeded", "the header names none of the columns; its names are `quota exceeded`"),
        ("id,name\n1,a", "perhaps `response_format = csv(delimiter = \",\")`"),
        ("id\tNAME\n1\ta", "column `name`: the header has no `name`; its names are `id`, `NAME`"),
        ("id\tname\tid", "the header has the name `id` twice"),
        (
            "id\tname\n1\ta\n2",
            "line 3: expected 2 fields, as many as the header has names, found 1",
        ),
        (
            "id\tname\n1\t\"a\nb\"\n2\tb\tc",
            "line 4: expected 2 fields, as many as the header has names, found 3",
        ),
        ("id\tname\n1\ta\n2\t\"b\nc", "line 3: a quoted field does not end"),
        ("id\tname\n1\t5\" pipe", "line 2: a quote in a field that does not begin with one"),
        ("id\tname\n1\t\"a\"b", "line 2: a quoted field goes on after its closing quote"),
    ] {
        let error = read::<Tabs>(body).await.expect_err(body);
        assert_eq!(error.kind(), ErrorKind::Response);
        assert_says(&error, &["resource `tabs`: page 1: ", expected]);
    }
    let error = read::<Tabs>(&b"id\tname\n1\ta\n2\tb\xe9"[..]).await.expect_err("Latin-1");
    assert_says(&error, &["line 3: byte 15 of the body is no UTF-8"]);
}

async fn play(pages: &[(u64, &str)]) -> (Folder, Report) {
    let folder = Folder::new();
    let script = pages.iter().fold(ScriptedTransport::new(), |script, (offset, page)| {
        let at = format!("/rows?offset={offset}&limit=2");
        script.on(at, Response::new(200, (*page).to_owned()))
    });
    let run = Api {}.sync().resources(["paged"]).destination(folder.database().destination());
    let report = run.transport(Arc::new(script)).run().await;
    (folder, report)
}

#[tokio::test]
async fn pages_of_csv_become_a_table() {
    // each page has its own header, in whatever order
    let (folder, report) =
        play(&[(0, "id;name\n1;a\n2;\n"), (2, "name;id\n\"c;d\";3\n"), (3, "id;name\n")]).await;
    assert_eq!(done(&report), counts(3, 3, 0, 0));
    let rows = folder.database().query("SELECT id, name FROM paged ORDER BY id", |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?))
    });
    let name = |text: &str| Some(text.to_owned());
    assert_eq!(rows, [(1, name("a")), (2, None), (3, name("c;d"))]);
    let (_, report) = play(&[(0, "id;name\n1;a\n2;b\n"), (2, "id;name\n1;a\n2;b\n")]).await;
    assert_says(failed(&report), &["page 2: the keys of this page are those of page 1"]);
    let (_, report) = play(&[(0, "id\n1\n"), (1, "id\n")]).await;
    assert_says(report.resources[0].warnings.join("\n"), &["no row has a value for column `name`"]);
}

#[tokio::test]
async fn many_rows_of_many_pages() {
    let page = |ids: std::ops::Range<i64>| {
        let rows: String = ids.map(|id| format!("{id},\"name \"\"{id}\"\"\"\r\n")).collect();
        Response::new(200, format!("id,name\r\n{rows}"))
    };
    let folder = Folder::new();
    let script = ScriptedTransport::new()
        .on("/rows?page=1", page(0..20_000))
        .on("/rows?page=2", page(20_000..25_000))
        .on("/rows?page=3", page(0..0));
    let run = Api {}.sync().resources(["numbered"]).destination(folder.database().destination());
    let report = run.transport(Arc::new(script)).run().await;
    assert_eq!(done(&report), counts(25_000, 25_000, 0, 0));
    let whole = "SELECT count(*) FROM numbered WHERE name = 'name \"' || id || '\"'";
    assert_eq!(folder.database().value::<i64>(whole), 25_000);
}
