//! Databases that cannot take the rows, and two programs at once.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use connector_runtime::destination::Sqlite;
use connector_runtime::prelude::*;
use connector_runtime::{Error, ErrorKind};
use connector_tests::{
    Database, Folder, KEY, OffsetApi, Server, assert_says, counts, done, example, items, run,
};

/// The error of a run that must not have asked the API for anything.
async fn refused(destination: Sqlite) -> Error {
    let api = OffsetApi::new(items(1..11)).key(KEY);
    let server = api.serve();
    let report = example().sync().base_url(server.url()).destination(destination).run().await;
    assert_eq!(server.count(), 0, "nothing is asked for that cannot be stored");
    let error = report.into_result().expect_err("a destination that fails");
    assert_eq!(error.kind(), ErrorKind::Destination);
    error
}

/// Nobody may write below a regular file, whoever they are.
#[tokio::test]
async fn a_folder_that_cannot_be() {
    let folder = Folder::new();
    std::fs::write(folder.path("file"), "text").expect("written");
    let error = refused(Sqlite::file(folder.path("file").join("test.db"))).await;
    assert_says(error, &["file/test.db", "cannot be opened or made", "does its folder exist"]);
}

#[tokio::test]
async fn a_folder_that_is_not_there() {
    let folder = Folder::new();
    let error = refused(Sqlite::file(folder.path("missing").join("test.db"))).await;
    assert_says(error, &["missing/test.db", "cannot be opened or made", "does its folder exist"]);
    assert!(!folder.path("missing").exists());
}

#[tokio::test]
async fn a_folder_in_the_place_of_the_file() {
    let folder = Folder::new();
    let error = refused(Sqlite::file(folder.path(""))).await;
    assert_says(error, &["SQLite file", "cannot be opened or made"]);
}

#[tokio::test]
async fn a_file_that_is_no_database() {
    let folder = Folder::new();
    let text = "Dear diary, ".repeat(1000);
    std::fs::write(folder.database().path(), &text).expect("written");
    let error = refused(folder.database().destination()).await;
    assert_says(error, &["test.db", "not a SQLite database", "name another file"]);
    let after = std::fs::read_to_string(folder.database().path()).expect("still there");
    assert!(after == text, "the file is as it was");
}

#[tokio::test]
async fn a_damaged_database() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..1001)).key(KEY));
    let database = folder.database();
    done(&run(&example(), &api.serve(), &database).await);
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    // the first page is whole: it opens, and finds rubbish where its tables should be
    let mut bytes = std::fs::read(database.path()).expect("a database");
    assert!(bytes.len() > 16_384);
    bytes[4096..].fill(0xAA);
    std::fs::write(database.path(), &bytes).expect("written");

    let error = refused(database.destination()).await;
    assert_says(error, &["damaged", "restore it from a backup"]);
}

/// Runs against a table that was made by these statements.
async fn mismatch(sql: &str) -> (Error, Database) {
    let folder = Folder::new();
    let database = folder.into_database();
    database.execute(sql);
    let error = refused(database.destination()).await;
    assert_eq!(error.resource(), Some("resource_name"));
    (error, database)
}

#[tokio::test]
async fn a_table_that_lacks_columns() {
    let (error, _) = mismatch("CREATE TABLE resource_name (id INTEGER NOT NULL PRIMARY KEY)").await;
    assert_says(
        error,
        &[
            "table `resource_name` does not fit",
            "it has no column `name`",
            "it has no column `value`",
            "it has no column `_load_id`",
            "ALTER TABLE \"resource_name\" ADD COLUMN \"name\" TEXT;",
            "ALTER TABLE \"resource_name\" ADD COLUMN \"value\" REAL;",
            "ALTER TABLE \"resource_name\" ADD COLUMN \"_load_id\" INTEGER NOT NULL DEFAULT 0;",
        ],
    );
}

#[tokio::test]
async fn what_the_message_says_helps() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..11)).key(KEY));
    let database = folder.database();
    database.execute(
        "CREATE TABLE resource_name (id INTEGER NOT NULL PRIMARY KEY, mine TEXT DEFAULT 'x');
         INSERT INTO resource_name (id) VALUES (5), (77);",
    );
    let error = refused(database.destination()).await;
    let help = error.help().expect("the statements to run").to_owned();
    database.execute(&help);
    assert_eq!(done(&run(&example(), &api.serve(), &database).await), counts(10, 9, 1, 0));
    assert_eq!(database.items()[..10], api.rows());
    let others: Vec<i64> = database.column("SELECT id FROM resource_name WHERE id > 10");
    assert_eq!(others, [77], "rows of the table's own stay");
}

#[tokio::test]
async fn a_table_with_other_columns() {
    let rename = "ALTER TABLE \"resource_name\" RENAME TO \"resource_name_old\";";
    let index = "CREATE UNIQUE INDEX \"resource_name_key\" ON \"resource_name\" (\"id\");";
    let null = "ALTER TABLE \"resource_name\" ALTER COLUMN \"extra\" DROP NOT NULL;";
    for (columns, problem, help) in [
        (
            "id TEXT NOT NULL PRIMARY KEY, name TEXT, value REAL, _load_id INTEGER NOT NULL",
            "its column `id` is TEXT, not INTEGER",
            rename,
        ),
        (
            "id INTEGER NOT NULL, name TEXT, value REAL, _load_id INTEGER NOT NULL",
            "it has no unique index on its key `id`",
            index,
        ),
        (
            "id INTEGER NOT NULL, name TEXT, value REAL, _load_id INTEGER NOT NULL, PRIMARY KEY (id, name)",
            "it has no unique index on its key `id`",
            index,
        ),
        (
            "id INTEGER NOT NULL PRIMARY KEY, name TEXT, value REAL, _load_id INTEGER NOT NULL, extra TEXT NOT NULL",
            "its column `extra` must have a value, and nothing gives it one",
            null,
        ),
    ] {
        let (error, database) = mismatch(&format!("CREATE TABLE resource_name ({columns})")).await;
        assert_says(&error, &["table `resource_name` does not fit", problem, help]);
        // what the message says helps
        database.execute(help);
        let (api, error) = (OffsetApi::new(items(1..11)).key(KEY), error.to_string());
        let counted = done(&run(&example(), &api.serve(), &database).await);
        assert_eq!(counted, counts(10, 10, 0, 0), "{error}");
    }
}

/// What only adds is done, and told.
#[tokio::test]
async fn a_table_that_can_be_mended() {
    let folder = Folder::new();
    let database = folder.database();
    database.execute(
        "CREATE TABLE resource_name (id INTEGER NOT NULL, name TEXT NOT NULL, _load_id INTEGER NOT NULL);
         CREATE UNIQUE INDEX mine ON resource_name (id);
         INSERT INTO resource_name VALUES (77, 'old', 1);",
    );
    let api = OffsetApi::new(items(1..11)).key(KEY);
    let report = run(&example(), &api.serve(), &database).await;
    assert_eq!(done(&report), counts(10, 10, 0, 0));
    let changes: Vec<_> = report.schema_changes.iter().map(|one| one.change.as_str()).collect();
    assert_eq!(changes, ["column `name` takes null", "new column `value`"]);
    let old: Option<f64> = database.value("SELECT value FROM resource_name WHERE id = 77");
    assert_eq!(old, None);
    let again = run(&example(), &api.serve(), &database).await;
    assert_eq!(again.schema_changes, []);
}

#[tokio::test]
async fn columns_of_somebody_else_are_left_alone() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..11)).key(KEY));
    let database = folder.database();
    database.execute(
        "CREATE TABLE resource_name (note TEXT NOT NULL DEFAULT 'none', ID INTEGER NOT NULL PRIMARY KEY,
             Name TEXT, value real, more BLOB, _load_id INTEGER NOT NULL)",
    );
    done(&run(&example(), &api.serve(), &database).await);
    database.execute("UPDATE resource_name SET note = 'kept'");
    api.change(|rows| rows[0].name = Some("changed".into()));
    assert_eq!(done(&run(&example(), &api.serve(), &database).await), counts(10, 0, 1, 9));
    let notes: Vec<String> = database.column("SELECT DISTINCT note FROM resource_name");
    assert_eq!(notes, ["kept"]);
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_not_overwritten() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..11)).key(KEY));
    let (server, database) = (api.serve(), folder.database());
    done(&run(&example(), &server, &database).await);
    database.execute("UPDATE _connector_state SET state = '{\"version\": \"later\"}'");
    let requests = server.count();
    let report = run(&example(), &server, &database).await;
    let error = report.first_error().expect("an error");
    assert_eq!(error.kind(), ErrorKind::Destination);
    assert_says(error, &["the state of `resource_name` cannot be read", "newer release"]);
    assert_eq!(server.count(), requests);
    assert_eq!(database.state("resource_name")["version"], "later");
}

/// What the first release left: no version, fewer counts.
const FIRST_VERSION: &str = "
    CREATE TABLE _connector_state (connector TEXT NOT NULL, resource TEXT NOT NULL, state TEXT NOT NULL,
        load_id INTEGER NOT NULL, PRIMARY KEY (connector, resource)) STRICT, WITHOUT ROWID;
    CREATE TABLE _connector_loads (load_id INTEGER NOT NULL, connector TEXT NOT NULL, resource TEXT NOT NULL,
        status TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT, received INTEGER NOT NULL,
        inserted INTEGER NOT NULL, updated INTEGER NOT NULL, unchanged INTEGER NOT NULL, pages INTEGER NOT NULL,
        requests INTEGER NOT NULL, retries INTEGER NOT NULL, bytes INTEGER NOT NULL, error TEXT,
        PRIMARY KEY (load_id, resource)) STRICT, WITHOUT ROWID;
    CREATE TABLE resource_name (id INTEGER NOT NULL, name TEXT, value REAL, _load_id INTEGER NOT NULL,
        PRIMARY KEY (id)) STRICT;
    INSERT INTO resource_name VALUES (1, 'old', NULL, 7);
    INSERT INTO _connector_state VALUES ('example_api', 'resource_name',
        '{\"version\":1,\"load_id\":7,\"complete\":true,\"rows\":1,\"pages\":1}', 7);
    INSERT INTO _connector_loads VALUES (7, 'example_api', 'resource_name', 'running', '2026-11-22T00:00:00Z', NULL,
        1, 1, 0, 0, 1, 1, 0, 100, NULL);";

#[tokio::test]
async fn tables_of_the_first_release_are_brought_up_to_date() {
    let folder = Folder::new();
    let (database, api) = (folder.database(), OffsetApi::new(items(1..11)).key(KEY));
    database.execute(FIRST_VERSION);
    assert_eq!(done(&run(&example(), &api.serve(), &database).await), counts(10, 9, 1, 0));
    let log = database.query(
        "SELECT status, deleted, quarantined FROM _connector_loads ORDER BY load_id",
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)),
    );
    assert_eq!(log, [("killed".to_owned(), 0, 0), ("done".to_owned(), 0, 0)]);
    assert_eq!(database.value::<i64>("SELECT version FROM _connector_version"), 4);
    assert_eq!(database.value::<i64>("SELECT count(*) FROM _connector_rejects"), 0);
    // and once is enough
    assert_eq!(done(&run(&example(), &api.serve(), &database).await), counts(10, 0, 0, 10));
}

#[tokio::test]
async fn tables_of_a_newer_release_are_left_alone() {
    let folder = Folder::new();
    let (database, api) = (folder.database(), OffsetApi::new(items(1..11)).key(KEY));
    done(&run(&example(), &api.serve(), &database).await);
    database.execute("UPDATE _connector_version SET version = 99");
    let before = database.items();
    let error = refused(database.destination()).await;
    assert_says(error, &["version 99", "newer release"]);
    assert_eq!(database.items(), before);
}

#[cfg(unix)]
#[tokio::test]
async fn a_lease_is_of_the_file_and_not_of_its_name() {
    let folder = Folder::new();
    let (database, api) = (folder.database(), OffsetApi::new(items(1..11)).key(KEY));
    done(&run(&example(), &api.serve(), &database).await);
    let other = folder.path("other.db");
    std::os::unix::fs::symlink(database.path(), &other).expect("a link");
    let name = format!("{}-example_api-resource_name.lock", database.path().display());
    let lock = std::fs::File::create(&name).expect("a file");
    lock.try_lock().expect("nobody has it");
    let server = api.serve();
    let run = example().sync().base_url(server.url()).destination(Sqlite::file(other));
    let error = run.lease_timeout(Duration::ZERO).run().await.into_result().expect_err("taken");
    assert_says(error, &["another run has been loading `resource_name`"]);
}

/// Two programs: the second one waits for the lease of the first.
#[tokio::test]
async fn two_runs_at_once_on_one_file_go_one_after_the_other() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..1001)).key(KEY));
    let (one, two) = (api.serve(), api.serve());
    let database = folder.database();
    let (api_one, api_two) = (example(), example());
    let (first, second) =
        tokio::join!(run(&api_one, &one, &database), run(&api_two, &two, &database));
    let mut counted = [done(&first), done(&second)];
    counted.sort_by_key(|counts| counts.unchanged);
    assert_eq!(counted, [counts(1000, 1000, 0, 0), counts(1000, 0, 0, 1000)]);
    assert_eq!(database.items(), api.rows());
    assert_ne!(first.load_id, second.load_id, "each has a number of its own");
    let log: Vec<String> = database.column("SELECT status FROM _connector_loads");
    assert_eq!(log, ["done", "done"]);
    assert_eq!(folder.locks(), [""; 0], "leases leave nothing behind");
}

/// The other program is in the middle of a load that does not end in time.
#[tokio::test]
async fn a_run_that_waits_in_vain_says_for_whom() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..11)).key(KEY));
    let database = folder.database();
    let (asked, go_on) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let slow = Server::start({
        let (api, asked, go_on) = (api.clone(), asked.clone(), go_on.clone());
        move |request| {
            if request.number == 1 {
                asked.wait();
                go_on.wait();
            }
            api.answer(request)
        }
    });
    let first = std::thread::spawn({
        let (url, path) = (slow.url(), database.path().to_owned());
        move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let run = example().sync().base_url(url).destination(Sqlite::file(path)).run();
            runtime.expect("a runtime").block_on(run)
        }
    });
    asked.wait();
    let other = api.serve();
    let run = example().sync().base_url(other.url()).destination(database.destination());
    let report = run.lease_timeout(Duration::ZERO).run().await;
    let error = report.into_result().expect_err("the lease is taken");
    assert_says(
        error,
        &["another run has been loading `resource_name` since 20", "--lease-timeout"],
    );
    assert_eq!(other.count(), 0);
    go_on.wait();
    assert_eq!(done(&first.join().expect("no panic")), counts(10, 10, 0, 0));
}

/// A unique index of one's own: what it refuses row by row goes through a stage, which updates rows before it
/// inserts others, and what it refuses there, too, leaves nothing behind.
#[tokio::test]
async fn a_unique_index_of_ones_own() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(2..5)).key(KEY));
    let (server, database) = (api.serve(), folder.database());
    done(&run(&example(), &server, &database).await);
    database.execute("CREATE UNIQUE INDEX mine ON resource_name (name)");
    let mut first = items(1..2).remove(0);
    api.change(|rows| {
        first.name = rows[0].name.replace("other".to_owned());
        rows.insert(0, first);
    });
    assert_eq!(done(&run(&example(), &server, &database).await), counts(4, 1, 1, 2));
    assert_eq!(database.items(), api.rows());
    let before = database.items();
    api.change(|rows| {
        rows[0].value = Some(0.5);
        rows[1].name = rows[2].name.clone();
    });
    let error = run(&example(), &server, &database).await.into_result().expect_err("a constraint");
    assert_says(error, &["UNIQUE constraint failed: resource_name.name"]);
    assert_eq!(database.items(), before);
}
