//! Rows that come again: what is the same in the table is left alone, whatever is beside it.

use std::sync::Arc;

use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::report::RowCounts;
use connector_runtime::testing::ScriptedTransport;
use connector_tests::{Database, Folder, counts, done};

macro_rules! api {
    ($api:ident, $row:ident { $(#[$mark:meta])? } $($options:tt)*) => {
        #[derive(Resource)]
        #[resource(path = "/rows", name = "rows", $($options)*)]
        struct $row {
            #[column(primary_key)]
            id: u32,
            text: Option<String>,
            $(#[$mark])?
            at: Timestamp,
        }

        #[derive(Connector)]
        #[connector(base_url = "https://api.example.com", name = "api", resources($row))]
        struct $api {}
    };
}

api!(Upsert, UpsertRow {});
api!(InsertOnly, InsertOnlyRow {} strategy = insert_only);
api!(Versions, VersionsRow { #[column(version)] });

type Row<'a> = (u32, Option<&'a str>, u8);

/// Loads rows of id, text and day.
async fn load(api: &impl Connector, rows: &[Row<'_>], database: &Database) -> RowCounts {
    let rows: Vec<_> = rows
        .iter()
        .map(|(id, text, day)| {
            serde_json::json!({ "id": id, "text": text, "at": format!("2024-01-{day:02}T08:15:00Z") })
        })
        .collect();
    let body = serde_json::to_string(&rows).expect("JSON");
    let script = ScriptedTransport::new().on("/rows", Response::new(200, body));
    done(&api.sync().transport(Arc::new(script)).destination(database.destination()).run().await)
}

/// Which load wrote each row, counted from one, and its text.
fn table(database: &Database) -> Vec<(u32, i64, Option<String>)> {
    let sql = "SELECT id, (SELECT count(DISTINCT _load_id) FROM rows AS r WHERE r._load_id <= rows._load_id),
        text FROM rows ORDER BY id";
    database.query(sql, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

fn texts(rows: &[(u32, i64, &str)]) -> Vec<(u32, i64, Option<String>)> {
    rows.iter().map(|(id, load, text)| (*id, *load, Some((*text).to_owned()))).collect()
}

const FOUR: [Row<'static>; 4] =
    [(1, Some("a"), 1), (2, Some("b"), 1), (3, Some("c"), 1), (4, Some("d"), 1)];

#[tokio::test]
async fn rows_that_changed_are_found_among_those_that_did_not() {
    for falls in [false, true] {
        let folder = Folder::new();
        let database = folder.database();
        let mut new = vec![
            (1, Some("a"), 1),
            (2, Some("x"), 1),
            (3, Some("c"), 2),
            (4, Some("d"), 1),
            (5, Some("e"), 1),
        ];
        let mut old = FOUR.to_vec();
        if falls {
            new.reverse();
            old.reverse();
        }
        assert_eq!(load(&Upsert {}, &old, &database).await, counts(4, 4, 0, 0));
        assert_eq!(load(&Upsert {}, &old, &database).await, counts(4, 0, 0, 4));
        assert_eq!(load(&Upsert {}, &new, &database).await, counts(5, 1, 2, 2));
        assert_eq!(load(&Upsert {}, &new, &database).await, counts(5, 0, 0, 5));
        let expected = [(1, 1, "a"), (2, 2, "x"), (3, 2, "c"), (4, 1, "d"), (5, 2, "e")];
        assert_eq!(table(&database), texts(&expected));
    }
}

#[tokio::test]
async fn of_two_rows_with_one_key_the_last_one_counts_though_it_is_the_same() {
    let folder = Folder::new();
    let database = folder.database();
    load(&Upsert {}, &FOUR, &database).await;
    let twice = [(1, Some("a"), 1), (2, Some("x"), 1), (2, Some("b"), 1), (3, Some("c"), 1)];
    assert_eq!(load(&Upsert {}, &twice, &database).await, counts(4, 0, 0, 4));
    let apart = [(2, Some("x"), 1), (1, Some("a"), 1), (2, Some("b"), 1)];
    assert_eq!(load(&Upsert {}, &apart, &database).await, counts(3, 0, 0, 3));
    assert_eq!(table(&database), texts(&[(1, 1, "a"), (2, 1, "b"), (3, 1, "c"), (4, 1, "d")]));
}

#[tokio::test]
async fn values_that_others_wrote_are_put_right() {
    let folder = Folder::new();
    let database = folder.database();
    load(&Upsert {}, &FOUR, &database).await;
    database.execute(
        "UPDATE rows SET text = NULL WHERE id = 2; UPDATE rows SET text = '' WHERE id = 3",
    );
    let rows = [FOUR[0], FOUR[1], (3, None, 1), FOUR[3]];
    assert_eq!(load(&Upsert {}, &rows, &database).await, counts(4, 0, 2, 2));
    let stored = table(&database).into_iter().map(|(_, load, text)| (load, text));
    let expected = [(1, Some("a")), (2, Some("b")), (2, None), (1, Some("d"))];
    let expected = expected.map(|(load, text)| (load, text.map(str::to_owned)));
    assert!(stored.eq(expected));
}

#[tokio::test]
async fn a_version_that_is_older_changes_nothing() {
    let folder = Folder::new();
    let database = folder.database();
    let old = FOUR.map(|(id, text, _)| (id, text, 2));
    load(&Versions {}, &old, &database).await;
    let new =
        [(1, Some("older"), 1), (2, Some("as old"), 2), (3, Some("c"), 2), (4, Some("newer"), 3)];
    assert_eq!(load(&Versions {}, &new, &database).await, counts(4, 0, 2, 2));
    let expected = [(1, 1, "a"), (2, 2, "as old"), (3, 1, "c"), (4, 2, "newer")];
    assert_eq!(table(&database), texts(&expected));
}

#[tokio::test]
async fn rows_that_are_there_stay_where_rows_are_only_inserted() {
    let folder = Folder::new();
    let database = folder.database();
    load(&InsertOnly {}, &FOUR, &database).await;
    let new = [FOUR[0], (2, Some("x"), 1), FOUR[2], FOUR[3], (5, Some("e"), 1)];
    assert_eq!(load(&InsertOnly {}, &new, &database).await, counts(5, 1, 0, 4));
    let expected = [(1, 1, "a"), (2, 1, "b"), (3, 1, "c"), (4, 1, "d"), (5, 2, "e")];
    assert_eq!(table(&database), texts(&expected));
}
