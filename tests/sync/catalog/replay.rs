//! Rows that did not fit and do so now.

use connector_runtime::catalog::{Catalog, Replayed};
use connector_runtime::report::RowCounts;
use connector_tests::{Place, Reply};
use serde_json::json;

use super::api::{Api, Books, SCHEMA, issue, loaded, narrow, sync};
use super::{catalog, rejects};

async fn replay(place: &Place) -> Vec<Replayed> {
    catalog::<Books>(place).replay(&[]).await.expect("a replay")
}

/// Which rows stay, and why.
fn unfit(replayed: &Replayed) -> Vec<String> {
    let line = |row: &connector_runtime::catalog::StillUnfit| {
        format!("{}|{}|{}|{}", row.page, row.row, row.path, row.reason)
    };
    replayed.unfit.iter().map(line).collect()
}

#[tokio::test]
async fn what_fits_now_is_loaded_and_what_does_not_stays() {
    for place in Place::each(SCHEMA) {
        let api = Api::default();
        let rows = json!([
            issue(1, 10, 1), issue(2, 11, 300), { "id": 3, "updated_at": 12, "amount": "x" },
            issue(99, 13, 400), issue(4, 14, 1)
        ]);
        api.has("/issues", rows);
        let server = api.server();
        sync(&narrow::Books {}, &server, &place, &["issues"]).await.into_result().expect("a run");
        assert_eq!(place.lines("SELECT id FROM issues ORDER BY id"), ["1", "4"]);
        let replayed = replay(&place).await;
        assert_eq!(replayed.len(), 1);
        let one = &replayed[0];
        assert!(one.error.is_none(), "{:?}", one.error);
        // one is left out by the filter
        let RowCounts { received, inserted, filtered, .. } = one.rows;
        assert_eq!((received, inserted, filtered), (2, 1, 1));
        assert_eq!(one.left, 1);
        assert!(one.rows.adds_up());
        let unfit = unfit(one);
        assert!(unfit[0].starts_with("1|3|amount|") && unfit[0].contains("\"x\""), "{unfit:?}");
        // what the struct wants now is seen to first; to SQLite all integers are alike
        let has_widened = one.schema_changes.iter().any(|change| change.change.contains("amount"));
        assert_eq!(has_widened, matches!(place, Place::Postgres(..)), "{one:?}");
        assert!(one.warnings[0].contains("`comments` is not read for these rows"), "{one:?}");
        assert_eq!(
            place.lines("SELECT id, amount FROM issues ORDER BY id"),
            ["1|1", "2|300", "4|1"]
        );
        let mut catalog = catalog::<Books>(&place);
        assert_eq!(rejects(&mut catalog).await.len(), 1);
        let load = catalog.load(one.load_ids[0]).await.expect("it is in the log");
        assert_eq!((load[0].status.as_str(), load[0].rows), ("done", one.rows));
        // rows are as old as the load that they came with
        let ids = "SELECT count(*), count(DISTINCT _load_id) FROM issues";
        assert_eq!(place.lines(ids), ["3|1"]);
        // nothing fits: nothing is begun
        let again = &replay(&place).await[0];
        assert_eq!((again.rows, again.left, again.load_ids.len()), (RowCounts::default(), 1, 0));
    }
}

#[tokio::test]
async fn rows_have_the_values_of_their_partition_and_parent() {
    for place in Place::each(SCHEMA) {
        let api = Api::default();
        api.has("/issues", json!([issue(1, 10, 1), issue(2, 20, 1)]));
        for (path, id) in [("/issues/1/comments", 11), ("/issues/2/comments", 12)] {
            api.has(path, json!([{ "id": id, "amount": 1_000 }]));
        }
        for (path, amount) in [("/lines/north", 1_000), ("/lines/south", 2_000)] {
            let body =
                format!("id;note;How many\n1;\"a;\"\"b\"\"\n\";{amount}\n2;;{amount}\n3;\"\";x\n");
            api.answers(path, Reply::status(200).body(body));
        }
        let server = api.server();
        sync(&narrow::Books {}, &server, &place, &["issues", "comments", "lines"])
            .await
            .into_result()
            .expect("a run");
        let replayed = replay(&place).await;
        let counts: Vec<_> =
            replayed.iter().map(|one| (one.resource, one.rows.inserted, one.left)).collect();
        assert_eq!(counts, [("comments", 2, 0), ("lines", 4, 2)], "{replayed:?}");
        let comments = "SELECT id, issue_id, amount FROM comments ORDER BY id";
        assert_eq!(place.lines(comments), ["11|1|1000", "12|2|1000"]);
        let lines = "SELECT shop, id, coalesce(note, '-'), amount FROM lines ORDER BY shop, id";
        let expected = [
            "north|1|a;\"b\"\n|1000",
            "north|2|-|1000",
            "south|1|a;\"b\"\n|2000",
            "south|2|-|2000",
        ];
        assert_eq!(place.lines(lines), expected);
    }
}

#[tokio::test]
async fn what_a_later_load_has_written_stays() {
    for place in Place::each(SCHEMA) {
        let api = Api::default();
        let server = api.server();
        let books = narrow::Books {};
        for (first, second) in [(300, 301), (7, 302), (8, 8)] {
            api.has("/issues", json!([issue(1, 10, first), issue(2, 10, second)]));
            sync(&books, &server, &place, &["issues"]).await.into_result().expect("a run");
        }
        assert_eq!(rejects(&mut catalog::<Books>(&place)).await.len(), 3);
        let replayed = replay(&place).await;
        assert_eq!((replayed[0].rows.received, replayed[0].rows.unchanged), (3, 3));
        assert_eq!(place.lines("SELECT id, amount FROM issues ORDER BY id"), ["1|8", "2|8"]);
        // of several that nothing has followed the newest stays
        for amount in [500, 600] {
            api.has("/issues", json!([issue(3, 20, amount)]));
            sync(&books, &server, &place, &["issues"]).await.into_result().expect("a run");
        }
        replay(&place).await;
        assert_eq!(place.lines("SELECT amount FROM issues WHERE id = 3"), ["600"]);
    }
}

#[tokio::test]
async fn of_rows_with_one_key_the_latest_stays_when_its_block_or_its_turn_comes_later() {
    for place in Place::each(SCHEMA) {
        let api = Api::default();
        let server = api.server();
        let books = narrow::Books {};
        // the reason of the first goes before that of the second
        for amount in [json!("x"), json!("y")] {
            let row = json!({ "id": 1, "updated_at": 10, "amount": amount });
            api.has("/issues", json!([row]));
            sync(&books, &server, &place, &["issues"]).await.into_result().expect("a run");
        }
        for (of, amount) in [("x", 500), ("y", 600)] {
            place.execute(&format!(
                "UPDATE _connector_rejects SET raw = replace(raw, '\"{of}\"', '{amount}')",
            ));
            replay(&place).await;
            let amounts = place.lines("SELECT amount FROM issues WHERE id = 1");
            assert_eq!(amounts, [amount.to_string()]);
        }
        // more of one load than are read at once
        let row = json!({ "id": 1, "updated_at": 10, "amount": "z" });
        api.has("/issues", json!([row]));
        sync(&books, &server, &place, &["issues"]).await.into_result().expect("a run");
        place.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450) \
             INSERT INTO _connector_rejects (load_id, connector, resource, page, \"row\", path, reason, raw, \"partition\") \
             SELECT load_id, connector, resource, page, \"row\" + i, path, reason, \
             replace(raw, '\"z\"', CAST(1000 + i AS TEXT)), \"partition\" FROM _connector_rejects, n",
        );
        replay(&place).await;
        assert_eq!(place.lines("SELECT amount FROM issues WHERE id = 1"), ["1450"]);
        assert_eq!(rejects(&mut catalog::<Books>(&place)).await.len(), 1, "`z` fits nowhere");
    }
}

#[tokio::test]
async fn appended_rows_come_once() {
    for place in Place::each(SCHEMA) {
        let api = Api::default();
        let server = api.server();
        let event = |at, amount| json!({ "at": at, "amount": amount });
        api.has(
            "/events",
            json!([event(1, 300), event(2, 1), event(3, 400), event(3, 2), event(4, 500)]),
        );
        sync(&narrow::Books {}, &server, &place, &["events"]).await.into_result().expect("a run");
        // the rows at the cursor and beyond it come again
        let replayed = replay(&place).await;
        assert_eq!((replayed[0].rows.inserted, replayed[0].left), (1, 2), "{replayed:?}");
        assert!(unfit(&replayed[0])[0].contains("the next `sync` reads it again"));
        api.has("/events", json!([event(3, 400), event(3, 2), event(4, 500), event(5, 3)]));
        sync(&Books {}, &server, &place, &["events"]).await.into_result().expect("a run");
        let replayed = replay(&place).await;
        assert_eq!((replayed[0].rows.unchanged, replayed[0].left), (2, 0), "{replayed:?}");
        let rows = place.lines("SELECT at, amount FROM events ORDER BY at, amount");
        assert_eq!(rows, ["1|300", "2|1", "3|2", "3|400", "4|500", "5|3"]);
    }
}

/// A row that a trigger of the table's own drops is in neither of the two, unless that is an error.
#[tokio::test]
async fn an_appended_row_that_a_trigger_drops_stays_among_the_rejects() {
    for place in Place::each(SCHEMA) {
        let api = Api::default();
        let server = api.server();
        let event = |at, amount| json!({ "at": at, "amount": amount });
        api.has("/events", json!([event(1, 300), event(2, 400), event(3, 1)]));
        sync(&narrow::Books {}, &server, &place, &["events"]).await.into_result().expect("a run");
        // one of them was appended meanwhile
        place.execute(
            "INSERT INTO events (at, amount, _load_id) SELECT 2, 4, max(_load_id) + 1 FROM events; \
             UPDATE _connector_rejects SET raw = replace(raw, '400', '4')",
        );
        place.execute(match place {
            Place::Sqlite(_) => {
                "CREATE TRIGGER t BEFORE INSERT ON events WHEN new.amount = 300 \
                 BEGIN SELECT RAISE(IGNORE); END"
            }
            Place::Postgres(..) => {
                "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 RETURN CASE WHEN NEW.amount = 300 THEN NULL ELSE NEW END; END $$; \
                 CREATE TRIGGER t BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION t()"
            }
        });
        let mut replayed = replay(&place).await;
        let error = replayed[0].error.take().expect("a row is lost");
        connector_tests::assert_says(error, &["of 2 rows 1 were to be written, and 0", "trigger"]);
        assert_eq!(rejects(&mut catalog::<Books>(&place)).await.len(), 2);
        place.execute(match place {
            Place::Sqlite(_) => "DROP TRIGGER t",
            Place::Postgres(..) => "DROP TRIGGER t ON events",
        });
        let replayed = replay(&place).await;
        let one = &replayed[0];
        assert_eq!((one.rows.inserted, one.rows.unchanged, one.left), (1, 1, 0), "{one:?}");
        let rows = place.lines("SELECT at, amount FROM events ORDER BY at, amount");
        assert_eq!(rows, ["1|300", "2|4", "3|1"]);
    }
}

#[tokio::test]
async fn rows_of_a_load_that_came_to_nothing_are_read_again() {
    for place in Place::each(SCHEMA) {
        let api = Api::default();
        let server = api.server();
        let rows: Vec<_> = (0..101).map(|_| json!({ "amount": 300 })).collect();
        api.has("/days", json!(rows));
        sync(&narrow::Books {}, &server, &place, &["days"])
            .await
            .into_result()
            .expect_err("too many");
        let replayed = replay(&place).await;
        assert_eq!((replayed[0].rows.received, replayed[0].left), (0, 101));
        assert!(unfit(&replayed[0])[0].contains("its load did not succeed"));
        api.has("/days", json!([{ "amount": 1 }, { "amount": 300 }]));
        sync(&narrow::Books {}, &server, &place, &["days"]).await.into_result().expect("a run");
        let replayed = replay(&place).await;
        assert_eq!((replayed[0].rows.inserted, replayed[0].left), (1, 101));
        assert_eq!(place.lines("SELECT amount FROM days ORDER BY 1"), ["1", "300"]);
    }
}

#[tokio::test]
async fn what_is_replaced_as_a_whole_is_not_loaded_in_parts() {
    let place = Place::sqlite();
    let rows = json!([{ "amount": 1 }, { "amount": 300 }]);
    loaded(&narrow::Books {}, &place, &["photos"], &[("/photos", rows)]).await;
    // somebody who has not asked for it is told
    let replayed = replay(&place).await;
    assert!(replayed[0].error.is_none() && replayed[0].left == 1, "{replayed:?}");
    assert!(replayed[0].warnings[0].contains("run `sync`"), "{replayed:?}");
    let named = catalog::<Books>(&place).replay(&["photos".to_owned()]).await.expect("a replay");
    let error = named[0].error.as_ref().expect("refused").to_string();
    assert!(error.contains("`photos`") && error.contains("run `sync`"), "{error}");
    assert_eq!(rejects(&mut catalog::<Books>(&place)).await.len(), 1);
}

#[tokio::test]
async fn an_earlier_release_did_not_say_of_which_parent_a_row_is() {
    let place = Place::sqlite();
    let rows = json!([issue(1, 10, 300)]);
    loaded(&narrow::Books {}, &place, &["issues", "comments"], &[("/issues", rows)]).await;
    let old = "INSERT INTO _connector_rejects (load_id, connector, resource, page, \"row\", path, reason, raw) \
        SELECT load_id, connector, 'comments', page, \"row\", path, reason, '{\"id\": 5, \"amount\": 5}' \
        FROM _connector_rejects; UPDATE _connector_rejects SET \"partition\" = NULL";
    place.execute(old);
    let replayed = replay(&place).await;
    let left: Vec<_> =
        replayed.iter().map(|one| (one.resource, one.rows.inserted, one.left)).collect();
    assert_eq!(left, [("issues", 1, 0), ("comments", 0, 1)]);
    assert!(unfit(&replayed[1])[0].contains("an earlier release"), "{replayed:?}");
}

#[tokio::test]
async fn an_export_has_the_rows_as_they_came() {
    let place = Place::sqlite();
    let api = Api::default();
    api.answers("/issues", Reply::json(r#"[{"id": 1, "updated_at": 5, "amount": 1.50}, 7]"#));
    let server = api.server();
    sync(&narrow::Books {}, &server, &place, &["issues"]).await.into_result().expect("a run");
    let mut lines = Vec::new();
    let mut catalog: Catalog = catalog::<Books>(&place);
    assert_eq!(catalog.export_rejects(&mut lines).await.expect("an export"), 2);
    let text = String::from_utf8(lines).expect("JSON");
    let first = text.lines().next().expect("a line");
    assert!(first.ends_with(r#""raw":{"id": 1, "updated_at": 5, "amount": 1.50}}"#), "{first}");
    let second: serde_json::Value =
        serde_json::from_str(text.lines().nth(1).expect("two")).expect("JSON");
    assert_eq!(second["raw"], 7);
    assert_eq!(
        (&second["resource"], &second["partition"], &second["row"]),
        (&json!("issues"), &json!(""), &json!(2))
    );
}
