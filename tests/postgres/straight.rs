//! Batches whose keys are new go straight into their tables, and those that are refused there by way of the
//! stages; what is there already is left out. Which way one went is told by a trigger.

use connector_runtime::prelude::*;
use connector_runtime::report::{RowCounts, Status};
use connector_runtime::testing::conformance::direct::{Direct, NONE, Worked};
use connector_tests::{PgDatabase, postgres};
use tokio_postgres::NoTls;

/// Notes the first word of each text that inserts into the table.
const WATCH: &str = "CREATE TABLE api.ways (n serial, way text); \
    CREATE FUNCTION api.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
    INSERT INTO api.ways (way) VALUES (split_part(current_query(), ' ', 1)); RETURN NULL; END $$; \
    CREATE TRIGGER note AFTER INSERT ON api.items EXECUTE FUNCTION api.note()";

#[derive(Connector)]
#[connector(name = "api", base_url = "https://api.example.com", resources(Item))]
struct Api {}

#[derive(Resource)]
#[resource(path = "/items", name = "items")]
struct Item {
    #[column(primary_key)]
    id: i64,
    text: String,
    labels: Vec<String>,
}

/// Items with as many labels as their text is long.
fn items(ids: impl IntoIterator<Item = i64>, text: &str) -> Vec<Item> {
    let labels = || text.chars().map(String::from).collect();
    ids.into_iter().map(|id| Item { id, text: text.to_owned(), labels: labels() }).collect()
}

async fn open(database: &PgDatabase) -> Direct {
    super::open::<Api>(&database.url(), None).await
}

async fn end(mut run: Direct) {
    run.end("items", Status::Done, NONE).await.worked();
}

async fn write(run: &mut Direct, items: &[Item]) -> [u64; 3] {
    let RowCounts { inserted, updated, unchanged, .. } = run.write(items, NONE).await.worked();
    [inserted, updated, unchanged]
}

/// The ways that batches went since the last call.
fn ways(database: &PgDatabase) -> Vec<String> {
    let rows = database.query("SELECT way FROM api.ways ORDER BY n");
    database.query("DELETE FROM api.ways");
    rows.into_iter().flatten().flatten().collect()
}

/// `id:text:labels` of each item.
fn there(database: &PgDatabase) -> String {
    database.value(
        "SELECT coalesce(string_agg(id || ':' || text || ':' || labels, ' ' ORDER BY id), '') FROM \
         (SELECT id, text, (SELECT coalesce(string_agg(l.value, '' ORDER BY l._index), '') \
         FROM api.items__labels AS l WHERE l._parent_id = i.id) AS labels FROM api.items AS i) AS all_items",
    )
}

#[tokio::test]
async fn new_keys_go_straight_and_known_ones_are_merged() {
    let Some(database) = postgres() else { return };
    let mut run = open(&database).await;
    database.query(WATCH);
    run.has_begun("items").await;
    assert_eq!(write(&mut run, &items(0..3, "ab")).await, [3, 0, 0]);
    assert_eq!(ways(&database), ["COPY"], "into a table without rows");
    assert_eq!(write(&mut run, &items(3..5, "")).await, [2, 0, 0]);
    assert_eq!(ways(&database), ["COPY"], "behind one that was new");
    let mut mixed = items(2..4, "c");
    mixed.extend(items([1, 5], "ab"));
    assert_eq!(write(&mut run, &mixed).await, [1, 2, 1]);
    assert_eq!(ways(&database), ["INSERT"], "keys that are there");
    assert_eq!(write(&mut run, &items(6..7, "d")).await, [1, 0, 0]);
    assert_eq!(write(&mut run, &items(7..8, "d")).await, [1, 0, 0]);
    assert_eq!(write(&mut run, &items(8..9, "d")).await, [1, 0, 0]);
    assert_eq!(ways(&database), ["COPY", "COPY", "COPY"], "after a look, twice");
    let mut twice = items([9], "e");
    twice.extend(items([9, 10], "f"));
    assert_eq!(write(&mut run, &twice).await, [2, 0, 1]);
    end(run).await;
    let expected = "0:ab:ab 1:ab:ab 2:c:c 3:c:c 4:: 5:ab:ab 6:d:d 7:d:d 8:d:d 9:f:f 10:f:f";
    assert_eq!(there(&database), expected);
    let log = "SELECT inserted, updated, unchanged FROM api._connector_loads";
    let counts = ["11", "2", "2"].map(|text| Some(text.to_owned()));
    assert_eq!(database.query(log), [counts]);
}

#[tokio::test]
async fn a_table_with_rows_is_looked_at_first() {
    let Some(database) = postgres() else { return };
    let mut run = open(&database).await;
    run.has_begun("items").await;
    write(&mut run, &items(0..3, "a")).await;
    end(run).await;
    database.query(WATCH);
    let mut run = open(&database).await;
    run.has_begun("items").await;
    assert_eq!(write(&mut run, &items(0..3, "a")).await, [0, 0, 3]);
    assert_eq!(ways(&database), [""; 0], "all are there");
    assert_eq!(write(&mut run, &items(2..4, "a")).await, [1, 0, 1]);
    assert_eq!(ways(&database), ["COPY"], "one is there, and one is new");
    database.query("UPDATE api.items__labels SET value = 'x' WHERE _parent_id = 1");
    assert_eq!(write(&mut run, &items(0..3, "a")).await, [0, 1, 2]);
    assert_eq!(ways(&database), ["INSERT"], "a list differs");
    assert_eq!(write(&mut run, &items(3..5, "b")).await, [1, 1, 0]);
    assert_eq!(ways(&database), ["INSERT"], "a text differs");
    end(run).await;
}

/// Whether the other one commits before or while the batch is copied.
#[tokio::test]
async fn a_key_that_another_session_inserts_is_merged() {
    for (waits, is_looked_for) in [(false, false), (true, false), (true, true)] {
        let Some(database) = postgres() else { return };
        let mut run = open(&database).await;
        run.has_begun("items").await;
        if is_looked_for {
            write(&mut run, &items(0..1, "a")).await;
            end(run).await;
            run = open(&database).await;
            run.has_begun("items").await;
        }
        let (other, connection) =
            tokio_postgres::connect(&database.url(), NoTls).await.expect("a session");
        tokio::spawn(connection);
        let insert = "BEGIN; INSERT INTO api.items (id, text, _load_id) VALUES (2, 'b', 0); \
             INSERT INTO api.items__labels (_parent_id, _index, value, _load_id) VALUES (2, 0, 'x', 0)";
        other.simple_query(insert).await.expect("inserted");
        let commit = async {
            let blocked = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'api' \
                 AND datname = current_database() AND wait_event_type = 'Lock'";
            while waits && other.simple_query(blocked).await.expect("rows").len() < 3 {
                tokio::task::yield_now().await;
            }
            other.simple_query("COMMIT").await.expect("committed");
        };
        let all = items(0..4, "a");
        let counts = match waits {
            true => tokio::join!(write(&mut run, &all), commit).0,
            false => {
                commit.await;
                write(&mut run, &all).await
            }
        };
        let expected = if is_looked_for { [2, 1, 1] } else { [3, 1, 0] };
        assert_eq!(counts, expected, "{waits}");
        end(run).await;
        assert_eq!(there(&database), "0:a:a 1:a:a 2:a:a 3:a:a", "{waits}");
    }
}

/// Whoever cancels a statement means the load: no other way is tried, which would have to wait as well.
#[tokio::test]
async fn a_statement_that_is_cancelled_ends_the_load() {
    let Some(database) = postgres() else { return };
    let mut run = open(&database).await;
    run.has_begun("items").await;
    let (other, connection) =
        tokio_postgres::connect(&database.url(), NoTls).await.expect("a session");
    tokio::spawn(connection);
    let lock = "BEGIN; LOCK TABLE api.items IN ACCESS EXCLUSIVE MODE";
    other.simple_query(lock).await.expect("a lock");
    let cancel = async {
        let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'api' \
             AND datname = current_database() AND wait_event_type = 'Lock'";
        // the description of the rows, one of them, and the end
        while other.simple_query(cancel).await.expect("rows").len() < 3 {
            tokio::task::yield_now().await;
        }
        other.simple_query("COMMIT").await.expect("committed");
    };
    let all = items(0..2, "a");
    let (written, ()) = tokio::join!(run.write(&all, NONE), cancel);
    let error = written.expect_err("cancelled").to_string();
    assert!(error.contains("a statement was cancelled"), "{error}");
}

/// What a `COPY` would refuse, take for something else, or pass by.
#[tokio::test]
async fn tables_that_are_not_as_their_stages_are_merged_into() {
    for alter in [
        "ALTER TABLE api.items ALTER COLUMN id TYPE numeric",
        "ALTER TABLE api.items__labels ALTER COLUMN _index TYPE numeric",
        "ALTER TABLE api.items DROP CONSTRAINT items_pkey, ADD PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED",
        "ALTER TABLE api.items ENABLE ROW LEVEL SECURITY",
        "CREATE RULE also AS ON INSERT TO api.items DO ALSO NOTIFY x",
    ] {
        let Some(database) = postgres() else { return };
        let mut run = open(&database).await;
        database.query(WATCH);
        database.query(alter);
        run.has_begun("items").await;
        assert_eq!(write(&mut run, &items(0..3, "ab")).await, [3, 0, 0], "{alter}");
        assert_eq!(write(&mut run, &items(2..4, "c")).await, [1, 1, 0], "{alter}");
        end(run).await;
        assert_eq!(ways(&database), ["INSERT", "INSERT"], "{alter}");
        assert_eq!(there(&database), "0:ab:ab 1:ab:ab 2:c:c 3:c:c", "{alter}");
    }
}

/// A trigger that drops rows is said to do so, whichever way they go.
#[tokio::test]
async fn rows_that_a_trigger_drops_are_missed() {
    let Some(database) = postgres() else { return };
    let mut run = open(&database).await;
    database.query(
        "CREATE FUNCTION api.nothing() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RETURN CASE WHEN NEW.id = 1 THEN NULL ELSE NEW END; END $$; \
         CREATE TRIGGER nothing BEFORE INSERT ON api.items FOR EACH ROW EXECUTE FUNCTION api.nothing()",
    );
    run.has_begun("items").await;
    let error = run.write(&items(0..3, "a"), NONE).await.expect_err("a row is lost");
    connector_tests::assert_says(error, &["of 3 rows 3 were to be written, and 2 were", "trigger"]);
    assert_eq!(there(&database), "");
}

/// Those of lists, too: of new rows, of rows that are merged, and of those that wait.
#[tokio::test]
async fn rows_of_lists_that_a_trigger_drops_are_missed() {
    for is_known in [false, true] {
        let Some(database) = postgres() else { return };
        let mut run = open(&database).await;
        run.has_begun("items").await;
        if is_known {
            assert_eq!(write(&mut run, &items(0..2, "a")).await, [2, 0, 0]);
        }
        let before = there(&database);
        database.query(
            "CREATE FUNCTION api.nothing() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RETURN CASE WHEN NEW.value = 'c' THEN NULL ELSE NEW END; END $$; \
             CREATE TRIGGER nothing BEFORE INSERT ON api.items__labels FOR EACH ROW EXECUTE FUNCTION api.nothing()",
        );
        assert_eq!(write(&mut run, &items(5..6, "d")).await, [1, 0, 0]);
        let error = run.write(&items(0..3, "bc"), NONE).await.expect_err("a row is lost");
        connector_tests::assert_says(
            error,
            &["of 6 rows of lists in `items__labels` 3 were written", "trigger"],
        );
        assert_eq!(there(&database), format!("{before} 5:d:d").trim());
    }
}

/// What others do to the tables while a load runs.
#[tokio::test]
async fn tables_that_change_between_two_batches_are_merged_into() {
    for alter in [
        "ALTER TABLE api.items ALTER COLUMN id TYPE numeric",
        "ALTER TABLE api.items ALTER COLUMN id TYPE int4",
        "ALTER TABLE api.items__labels ALTER COLUMN _index TYPE numeric",
        "ALTER TABLE api.items DROP CONSTRAINT items_pkey",
        "ALTER TABLE api.items ENABLE ROW LEVEL SECURITY",
        "CREATE TABLE api.old () INHERITS (api.items)",
    ] {
        let Some(database) = postgres() else { return };
        let mut run = open(&database).await;
        database.query(WATCH);
        run.has_begun("items").await;
        assert_eq!(write(&mut run, &items(0..3, "ab")).await, [3, 0, 0], "{alter}");
        database.query(alter);
        assert_eq!(write(&mut run, &items(3..5, "c")).await, [2, 0, 0], "{alter}");
        assert_eq!(write(&mut run, &items(4..6, "d")).await, [1, 1, 0], "{alter}");
        end(run).await;
        assert_eq!(ways(&database), ["COPY", "INSERT", "INSERT"], "{alter}");
        assert_eq!(there(&database), "0:ab:ab 1:ab:ab 2:ab:ab 3:c:c 4:d:d 5:d:d", "{alter}");
    }
}

/// Rows that are there are not inserted, and nothing that looks at inserted rows has a say about them.
#[tokio::test]
async fn what_looks_at_inserted_rows_does_not_see_those_that_are_there() {
    for guard in [
        "ALTER TABLE api.items ADD CHECK (text <> 'old') NOT VALID",
        "CREATE FUNCTION api.guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF NEW.text = 'old' THEN RAISE 'no old ones'; END IF; RETURN NEW; END $$; \
         CREATE TRIGGER guard BEFORE INSERT ON api.items FOR EACH ROW EXECUTE FUNCTION api.guard()",
        "CREATE FUNCTION api.guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         RETURN CASE WHEN NEW.text = 'old' THEN NULL ELSE NEW END; END $$; \
         CREATE TRIGGER guard BEFORE INSERT ON api.items FOR EACH ROW EXECUTE FUNCTION api.guard()",
    ] {
        let Some(database) = postgres() else { return };
        let mut run = open(&database).await;
        run.has_begun("items").await;
        assert_eq!(write(&mut run, &items(0..3, "old")).await, [3, 0, 0], "{guard}");
        database.query(guard);
        let mut mixed = items(2..3, "old");
        mixed.extend(items(3..5, "new"));
        assert_eq!(write(&mut run, &mixed).await, [2, 0, 1], "{guard}");
        end(run).await;
        assert_eq!(there(&database), "0:old:old 1:old:old 2:old:old 3:new:new 4:new:new");
    }
}

/// Rows of tables that inherit are rows of the table.
#[tokio::test]
async fn keys_of_descendants_are_known() {
    let Some(database) = postgres() else { return };
    let mut run = open(&database).await;
    database.query(
        "CREATE TABLE api.old () INHERITS (api.items); \
         INSERT INTO api.old (id, text, _load_id) VALUES (1, 'a', 0)",
    );
    run.has_begun("items").await;
    assert_eq!(write(&mut run, &items(0..2, "b")).await, [1, 1, 0]);
    end(run).await;
    assert_eq!(there(&database), "0:b:b 1:b:b");
}

/// A text and its bytes are sent alike.
#[tokio::test]
async fn columns_of_another_type_are_not_compared() {
    let Some(database) = postgres() else { return };
    let mut run = open(&database).await;
    run.has_begun("items").await;
    assert_eq!(write(&mut run, &items(0..3, "ab")).await, [3, 0, 0]);
    assert_eq!(write(&mut run, &items(0..3, "ab")).await, [0, 0, 3]);
    database.query(WATCH);
    assert_eq!(write(&mut run, &items(0..3, "ab")).await, [0, 0, 3]);
    assert_eq!(ways(&database), [""; 0], "by a look");
    database.query("ALTER TABLE api.items ALTER COLUMN text TYPE bytea USING text::bytea");
    let error = run.write(&items(0..3, "ab"), NONE).await.expect_err("another type");
    connector_tests::assert_says(error, &["text", "bytea"]);
}
