//! Triggers and foreign keys of a table's own.

use connector_tests::{Folder, Reply, Server, assert_says, counts, done, run};

use super::{ONE, plain, tagged, tagged_log};

const TWO: &str = r#"{"data": [{"id": 1, "v": 2}]}"#;

#[tokio::test]
async fn what_a_trigger_writes_does_not_count() {
    let (folder, api) = (Folder::new(), plain::Api {});
    done(&run(&api, &Server::always(Reply::json(ONE)), &folder.database()).await);
    folder.database().execute(
        "CREATE TABLE audit (v);
         CREATE TRIGGER t AFTER UPDATE ON rows BEGIN
             INSERT INTO audit VALUES (1), (2), (3);
         END",
    );
    let report = run(&api, &Server::always(Reply::json(TWO)), &folder.database()).await;
    assert_eq!(done(&report), counts(1, 0, 1, 0));
}

#[tokio::test]
async fn a_trigger_on_the_table_itself_upsets_no_count() {
    let (folder, api) = (Folder::new(), plain::Api {});
    done(&run(&api, &Server::always(Reply::json(r#"{"data": []}"#)), &folder.database()).await);
    folder.database().execute(
        "ALTER TABLE rows ADD COLUMN seen INTEGER;
         CREATE TRIGGER t AFTER INSERT ON rows BEGIN
             UPDATE rows SET seen = 1 WHERE id = new.id;
         END",
    );
    let report = run(&api, &Server::always(Reply::json(ONE)), &folder.database()).await;
    assert_eq!(done(&report), counts(1, 1, 0, 0));
}

/// Rows that a trigger drops are said to be, those of lists too: whichever way they go.
#[tokio::test]
async fn rows_that_a_trigger_drops_are_missed() {
    for (table, dropped, expected) in [
        ("rows", "new.id = 2", "of 2 rows 2 were to be written, and 1 were"),
        ("rows__tags", "new.value = 'b'", "of 3 rows of lists in `rows__tags` 2 were written"),
    ] {
        for append in [false, true] {
            let (folder, empty) = (Folder::new(), Server::always(Reply::json(r#"{"data": []}"#)));
            let rows = r#"{"data": [{"id": 1, "v": 1, "tags": ["a", "b"]}, {"id": 2, "v": 1, "tags": ["c"]}]}"#;
            let server = Server::always(Reply::json(rows));
            let load = async |server: &Server| match append {
                true => run(&tagged_log::Api {}, server, &folder.database()).await,
                false => run(&tagged::Api {}, server, &folder.database()).await,
            };
            done(&load(&empty).await);
            folder.database().execute(&format!(
                "CREATE TRIGGER t BEFORE INSERT ON {table} WHEN {dropped} BEGIN SELECT RAISE(IGNORE); END"
            ));
            let error = load(&server).await.into_result().expect_err("a row is lost");
            assert_says(error, &[expected, "trigger"]);
            assert_eq!(folder.database().value::<i64>("SELECT count(*) FROM rows"), 0);
            folder.database().execute("DROP TRIGGER t");
            done(&load(&server).await);
            assert_eq!(folder.database().value::<i64>("SELECT count(*) FROM rows__tags"), 3);
        }
    }
}

/// Somebody makes it while a load is on its way.
#[tokio::test]
async fn rows_that_a_later_trigger_drops_are_missed() {
    let (folder, api) = (Folder::new(), tagged::Api {});
    let database = folder.database();
    let server = Server::start(move |_| {
        database.execute(
            "CREATE TRIGGER t BEFORE INSERT ON rows__tags BEGIN SELECT RAISE(IGNORE); END",
        );
        Reply::json(r#"{"data": [{"id": 1, "v": 1, "tags": ["a"]}]}"#)
    });
    let report = run(&api, &server, &folder.database()).await;
    let error = report.into_result().expect_err("a row is lost");
    assert_says(error, &["of 1 rows of lists in `rows__tags` 0 were written", "trigger"]);
    assert_eq!(folder.database().value::<i64>("SELECT count(*) FROM rows"), 0);
}

/// A row without lists that a trigger drops is none that stays as it is.
#[tokio::test]
async fn a_plain_row_that_a_trigger_drops_is_missed() {
    let (folder, api) = (Folder::new(), plain::Api {});
    done(&run(&api, &Server::always(Reply::json(r#"{"data": []}"#)), &folder.database()).await);
    folder
        .database()
        .execute("CREATE TRIGGER t BEFORE INSERT ON rows BEGIN SELECT RAISE(IGNORE); END");
    let report = run(&api, &Server::always(Reply::json(ONE)), &folder.database()).await;
    let error = report.into_result().expect_err("a row is lost");
    assert_says(error, &["of 1 rows 1 were to be written, and 0 were", "trigger"]);
}

/// A foreign key of one's own: what it refuses in the order in which rows come goes through a stage, where all of
/// them come at once, and what it refuses there, too, leaves nothing behind.
#[tokio::test]
async fn a_foreign_key_of_ones_own() {
    let (folder, api) = (Folder::new(), plain::Api {});
    folder.database().execute(
        "CREATE TABLE rows (id INTEGER PRIMARY KEY NOT NULL, v INTEGER REFERENCES rows (id), _load_id INTEGER NOT NULL)",
    );
    // each row refers to the next one, some of them to one of a later statement
    let body = |last: &str| {
        let row = |id| match id {
            250 => format!(r#"{{"id": 250, "v": {last}}}"#),
            id => format!(r#"{{"id": {id}, "v": {}}}"#, id + 1),
        };
        let rows: Vec<_> = (1..=250).map(row).collect();
        Server::always(Reply::json(format!(r#"{{"data": [{}]}}"#, rows.join(", "))))
    };
    let report = run(&api, &body("999"), &folder.database()).await;
    let error = report.into_result().expect_err("there is no row 999");
    assert_says(
        error,
        &[
            "a constraint or a trigger",
            "refuses a row: FOREIGN KEY",
            "drop the constraint or the trigger, or leave such rows out",
        ],
    );
    assert_eq!(folder.database().value::<i64>("SELECT count(*) FROM rows"), 0);
    let report = run(&api, &body("null"), &folder.database()).await;
    assert_eq!(done(&report), counts(250, 250, 0, 0));
    assert_eq!(done(&run(&api, &body("7"), &folder.database()).await), counts(250, 0, 1, 249));
}

/// A row that keeps what it was before in the same table: the rows of lists are those of the new one.
#[tokio::test]
async fn a_trigger_that_writes_other_rows_upsets_no_list() {
    let (folder, api) = (Folder::new(), tagged::Api {});
    let row = |v, tags| format!(r#"{{"data": [{{"id": 1, "v": {v}, "tags": {tags}}}]}}"#);
    done(&run(&api, &Server::always(Reply::json(row(1, r#"["a"]"#))), &folder.database()).await);
    folder.database().execute(
        "CREATE TRIGGER t AFTER UPDATE ON rows BEGIN
             INSERT INTO rows (id, v, _load_id) VALUES (-old.id, old.v, old._load_id);
         END",
    );
    let changed = Server::always(Reply::json(row(2, "[]")));
    let report = run(&api, &changed, &folder.database()).await;
    assert_eq!(done(&report), counts(1, 0, 1, 0));
    let count =
        |table: &str| folder.database().value::<i64>(&format!("SELECT count(*) FROM {table}"));
    assert_eq!((count("rows__tags"), count("rows")), (0, 2));
}
