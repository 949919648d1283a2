//! Defects of dlt that concern tables, on every destination; see `docs/defects.md`.

use std::sync::Arc;

use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::report::Report;
use connector_runtime::testing::ScriptedTransport;
use connector_tests::{Place, assert_says, counts, done, failed};

/// The schema in PostgreSQL.
const SCHEMA: &str = "api";

macro_rules! api {
    ($api:ident, $row:ident { $($fields:tt)* } $($options:tt)*) => {
        #[derive(Resource)]
        #[resource(path = "/rows", name = "rows", $($options)*)]
        struct $row {
            $($fields)*
        }

        #[derive(Connector)]
        #[connector(base_url = "https://api.example.com", name = "api", resources($row))]
        struct $api {}
    };
}

api!(Append, AppendRow { id: i64, text: String, } write_disposition = append);
api!(
    Merge,
    MergeRow {
        #[column(primary_key)]
        id: i64,
        text: String,
    }
);
api!(InsertOnly, InsertOnlyRow { #[column(primary_key)] id: i64, text: String, } strategy = insert_only);
api!(Nested, NestedRow { #[column(primary_key)] id: i64, text: String, tags: Vec<String>, });
api!(
    Days,
    DaysRow { #[column(primary_key)] id: i64, text: String, day: i64, }
    strategy = delete_insert(merge_key = day)
);

/// Loads one page.
async fn load(api: &impl Connector, place: &Place, rows: &str) -> Report {
    let script = ScriptedTransport::new().on("/rows", Response::new(200, rows.to_owned()));
    let run = api.sync().transport(Arc::new(script)).boxed_destination(place.destination());
    run.run().await
}

/// The error of a run that asks the API for nothing.
async fn refused(api: &impl Connector, place: &Place) -> connector_runtime::Error {
    let script = Arc::new(ScriptedTransport::new());
    let run = api.sync().transport(script).boxed_destination(place.destination());
    run.run().await.into_result().expect_err("tables that do not fit")
}

const ROWS: &str = "SELECT id, text FROM rows ORDER BY id, text";

#[tokio::test]
async fn d01_a_load_that_failed_at_its_table_loses_nothing() {
    for place in Place::each(SCHEMA) {
        let first = load(&Merge {}, &place, r#"[{"id": 1, "text": "a"}]"#).await;
        assert_eq!(done(&first), counts(1, 1, 0, 0));
        // somebody alters the table, and puts it right again
        place.execute("ALTER TABLE rows RENAME COLUMN text TO other");
        place.execute("ALTER TABLE rows ADD COLUMN text INTEGER");
        let error = refused(&Merge {}, &place).await;
        assert_says(error, &["table `rows` does not fit", "`text`"]);
        let state = "SELECT load_id FROM _connector_state";
        assert_eq!(place.lines(state), [first.load_id.to_string()], "nothing is remembered of it");
        place.execute("ALTER TABLE rows DROP COLUMN text");
        place.execute("ALTER TABLE rows RENAME COLUMN other TO text");
        let rows = r#"[{"id": 1, "text": "a"}, {"id": 2, "text": "b"}, {"id": 3, "text": "c"}]"#;
        assert_eq!(done(&load(&Merge {}, &place, rows).await), counts(3, 2, 0, 1));
        assert_eq!(place.lines(ROWS), ["1|a", "2|b", "3|c"]);
    }
}

#[tokio::test]
async fn d19_no_key_is_there_twice() {
    let rows = r#"[{"id": 1, "text": "a"}, {"id": 1, "text": "b"}, {"id": 1, "text": "a"}]"#;
    for place in Place::each(SCHEMA) {
        assert_eq!(done(&load(&Merge {}, &place, rows).await), counts(3, 1, 0, 2));
        assert_eq!(place.lines(ROWS), ["1|a"]);
    }
    for place in Place::each(SCHEMA) {
        assert_eq!(done(&load(&InsertOnly {}, &place, rows).await), counts(3, 1, 0, 2));
        assert_eq!(place.lines(ROWS), ["1|a"]);
    }
}

#[tokio::test]
async fn d20_of_rows_with_one_key_the_newest_stays() {
    let rows = r#"[{"id": 1, "text": "old", "day": 1}, {"id": 2, "text": "x", "day": 1},
        {"id": 1, "text": "new", "day": 1}]"#;
    for place in Place::each(SCHEMA) {
        assert_eq!(done(&load(&Days {}, &place, rows).await), counts(3, 2, 0, 1));
        assert_eq!(place.lines(ROWS), ["1|new", "2|x"]);
    }
}

/// There it fails at each run from then on, and new rows are ignored. Here it is said before the first
/// request, with a way out that works.
#[tokio::test]
async fn d21_a_table_that_was_appended_to_can_be_merged_into() {
    let old = r#"[{"id": 1, "text": "a"}, {"id": 2, "text": "b"}]"#;
    let new = r#"[{"id": 2, "text": "b", "tags": ["y", "z"]}, {"id": 3, "text": "c", "tags": []}]"#;
    for place in Place::each(SCHEMA) {
        done(&load(&Append {}, &place, old).await);
        let error = refused(&Nested {}, &place).await;
        assert_says(&error, &["table `rows` does not fit", "no unique index on its key `id`"]);
        assert_eq!(place.lines(ROWS), ["1|a", "2|b"]);
        place.execute(error.help().expect("a way out"));
        assert_eq!(done(&load(&Nested {}, &place, new).await), counts(2, 1, 1, 0));
        assert_eq!(place.lines(ROWS), ["1|a", "2|b", "3|c"]);
        let tags = "SELECT _parent_id, value FROM rows__tags ORDER BY _parent_id, _index";
        assert_eq!(place.lines(tags), ["2|y", "2|z"]);
    }
}

/// Two that would be one column of a database do not compile (`tests/ui/column/case_only.rs`).
#[tokio::test]
async fn d22_keys_that_are_one_in_snake_case_keep_their_values() {
    api!(
        Keys,
        KeysRow {
            #[column(primary_key)]
            id: i64,
            user_id: i64,
            #[column(rename = "userId")]
            user_id_in_camel_case: i64,
            #[column(rename = "UserID")]
            user_id_in_capitals: i64,
        }
    );
    let rows = r#"[{"id": 1, "user_id": 1, "userId": 2, "UserID": 3}]"#;
    for place in Place::each(SCHEMA) {
        assert_eq!(done(&load(&Keys {}, &place, rows).await), counts(1, 1, 0, 0));
        let sql = "SELECT user_id, user_id_in_camel_case, user_id_in_capitals FROM rows";
        assert_eq!(place.lines(sql), ["1|2|3"]);
    }
}

#[tokio::test]
async fn d23_values_are_kept_or_refused_and_never_bent() {
    // the first one looks like a date, the second like a number
    let rows = r#"[{"id": 1, "text": "2024-01-31"}, {"id": 2, "text": "007"},
        {"id": 3, "text": "1e3"}, {"id": 4, "text": "True"}, {"id": 5, "text": " x "}]"#;
    for place in Place::each(SCHEMA) {
        done(&load(&Merge {}, &place, rows).await);
        assert_eq!(place.lines(ROWS), ["1|2024-01-31", "2|007", "3|1e3", "4|True", "5| x "]);
        for (row, found) in [
            (r#"[{"id": 6, "text": 7}]"#, "found a number 7"),
            (r#"[{"id": 6, "text": true}]"#, "found a boolean true"),
            (r#"[{"id": "6", "text": "x"}]"#, "found a string"),
            (r#"[{"id": 6.5, "text": "x"}]"#, "found a number 6.5"),
            (r#"[{"id": 1e2, "text": "x"}]"#, "found a number 1e2"),
        ] {
            let report = load(&Merge {}, &place, row).await;
            assert_says(failed(&report), &["column `", found]);
        }
        assert_eq!(place.lines("SELECT count(*) FROM rows"), ["5"]);
    }
}

/// A column that must have a value is never set to null by a row that lacks it: the row does not fit.
#[tokio::test]
async fn d27_a_partial_row_takes_no_value_away_unasked() {
    for place in Place::each(SCHEMA) {
        done(&load(&Merge {}, &place, r#"[{"id": 1, "text": "a"}]"#).await);
        let report = load(&Merge {}, &place, r#"[{"id": 1}]"#).await;
        assert_says(failed(&report), &["`text`"]);
        assert_eq!(place.lines(ROWS), ["1|a"]);
    }
}
