//! Rows, state and log are committed together or not at all.

use connector_runtime::ErrorKind;
use connector_runtime::prelude::*;
use connector_tests::{Database, Folder, Reply, Server, assert_says, counts, done, failed, run};

macro_rules! api {
    ($api:ident, $row:ident, $disposition:ident, $(#[$key:meta])?) => {
        #[derive(Resource)]
        #[resource(path = "/rows", name = "rows", write_disposition = $disposition)]
        struct $row {
            $(#[$key])?
            id: i64,
            text: String,
        }

        #[derive(Connector)]
        #[connector(base_url = "https://api.example.com", name = "api", resources($row))]
        struct $api {}
    };
}

api!(Append, AppendRow, append,);
api!(Merge, MergeRow, merge, #[column(primary_key)]);
api!(Replace, ReplaceRow, replace, #[column(primary_key)]);

fn server(rows: &[(i64, &str)]) -> Server {
    let rows: Vec<_> =
        rows.iter().map(|(id, text)| serde_json::json!({ "id": id, "text": text })).collect();
    Server::always(Reply::json(serde_json::to_string(&rows).expect("JSON")))
}

type Rows = Vec<(i64, String, i64)>;

fn rows(database: &Database) -> Rows {
    database.query("SELECT id, text, _load_id FROM rows ORDER BY _load_id, id", |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
}

const OLD: [(i64, &str); 3] = [(1, "a"), (2, "b"), (3, "c")];
const NEW: [(i64, &str); 3] = [(1, "a"), (2, "B"), (4, "d")];

/// One of the writes of a commit fails: the others are not there, either. The next load, without
/// the failure, ends as if nothing had been. Returns the table.
async fn veto(api: &impl Connector, write: &str) -> Vec<(i64, String)> {
    let folder = Folder::new();
    let database = folder.database();
    assert_eq!(done(&run(api, &server(&OLD), &database).await), counts(3, 3, 0, 0));
    let before = (rows(&database), database.state("rows"));
    database
        .execute(&format!("CREATE TRIGGER veto {write} BEGIN SELECT RAISE(ABORT, 'vetoed'); END"));

    let report = run(api, &server(&NEW), &database).await;
    let error = failed(&report);
    assert_eq!(error.kind(), ErrorKind::Destination);
    assert_says(error, &["resource `rows`", "vetoed"]);
    assert_eq!(report.resources[0].rows.discarded, 3);
    assert_eq!((rows(&database), database.state("rows")), before, "{write}");

    database.execute("DROP TRIGGER veto");
    let report = run(api, &server(&NEW), &database).await;
    assert!(report.is_done(), "{report:?}");
    assert_eq!(database.state("rows")["load_id"], report.load_id);
    rows(&database).into_iter().map(|(id, text, _)| (id, text)).collect()
}

const WRITES: [&str; 4] = [
    "BEFORE INSERT ON _connector_state",
    "AFTER UPDATE ON _connector_state",
    "AFTER UPDATE ON _connector_loads",
    "AFTER INSERT ON rows WHEN NEW.id = 4",
];

fn owned(rows: &[(i64, &str)]) -> Vec<(i64, String)> {
    rows.iter().map(|(id, text)| (*id, (*text).to_owned())).collect()
}

#[tokio::test]
async fn d01_merge_commits_rows_state_and_log_as_one() {
    for write in WRITES {
        let mut rows = veto(&Merge {}, write).await;
        rows.sort();
        assert_eq!(rows, owned(&[(1, "a"), (2, "B"), (3, "c"), (4, "d")]));
    }
}

#[tokio::test]
async fn d01_append_commits_rows_state_and_log_as_one() {
    for write in WRITES {
        assert_eq!(veto(&Append {}, write).await, owned(&[OLD, NEW].concat()));
    }
}

#[tokio::test]
async fn d01_replace_commits_rows_state_and_log_as_one() {
    for write in WRITES {
        assert_eq!(veto(&Replace {}, write).await, owned(&NEW));
    }
}

#[tokio::test]
async fn d21_a_table_that_was_appended_to_is_not_merged_into() {
    let folder = Folder::new();
    let server = server(&[(1, "a"), (1, "a")]);
    let database = folder.database();
    assert_eq!(done(&run(&Append {}, &server, &database).await), counts(2, 2, 0, 0));
    let report = run(&Merge {}, &server, &database).await;
    let error = report.into_result().expect_err("no key to merge by");
    assert_says(error, &["no unique index on its key `id`", "CREATE UNIQUE INDEX \"rows_key\" ON"]);
    assert_eq!(rows(&database).len(), 2);
}
