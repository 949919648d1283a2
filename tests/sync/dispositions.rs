//! What happens to rows that are there already.

use std::sync::{Arc, Mutex};

use connector_runtime::prelude::*;
use connector_runtime::report::{Event, Observer, RowCounts, Status};
use connector_runtime::{CancellationToken, ErrorKind};
use connector_tests::{
    Database, Folder, Reply, Request, Server, assert_says, counts, done, failed, run,
};

/// A key and a text: what most of these tables hold.
macro_rules! table {
    ($name:ident, $disposition:ident, $(#[$key:meta])?) => {
        #[derive(Resource)]
        #[resource(
            path = "/rows",
            data_selector = "data",
            paginator = offset(limit = 3),
            write_disposition = $disposition,
            name = "rows",
        )]
        struct $name {
            $(#[$key])?
            id: i64,
            text: String,
        }
    };
}

macro_rules! api {
    ($name:ident, $resource:ident) => {
        #[derive(Connector)]
        #[connector(
            name = "api",
            base_url = "https://api.example.com",
            retry(max_retries = 0),
            resources($resource)
        )]
        struct $name {}
    };
}

table!(AppendRow, append,);
table!(KeyedAppendRow, append, #[column(primary_key)]);
table!(MergeRow, merge, #[column(primary_key)]);
table!(ReplaceRow, replace, #[column(primary_key)]);
table!(KeylessReplaceRow, replace,);
api!(Append, AppendRow);
api!(KeyedAppend, KeyedAppendRow);
api!(Merge, MergeRow);
api!(Replace, ReplaceRow);
api!(KeylessReplace, KeylessReplaceRow);

type Rows = Arc<Mutex<Vec<(i64, &'static str)>>>;

/// Rows that can be changed, and the server that has them.
fn serve(rows: &[(i64, &'static str)]) -> (Rows, Server) {
    let rows = Arc::new(Mutex::new(rows.to_vec()));
    let shared = rows.clone();
    let server = Server::start(move |request| answer(&shared.lock().expect("rows"), request));
    (rows, server)
}

fn answer(rows: &[(i64, &str)], request: &Request) -> Reply {
    let offset = request.number("offset").expect("an offset");
    let rows = rows.iter().skip(offset).take(3);
    let rows: Vec<_> =
        rows.map(|(id, text)| serde_json::json!({ "id": id, "text": text })).collect();
    Reply::json(connector_tests::page(&rows))
}

fn set(rows: &Rows, new: &[(i64, &'static str)]) {
    *rows.lock().expect("rows") = new.to_vec();
}

fn table(database: &Database) -> Vec<(i64, String)> {
    database.query("SELECT id, text FROM rows ORDER BY rowid", |row| Ok((row.get(0)?, row.get(1)?)))
}

fn owned(rows: &[(i64, &str)]) -> Vec<(i64, String)> {
    rows.iter().map(|(id, text)| (*id, (*text).to_owned())).collect()
}

const FIVE: [(i64, &str); 5] = [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")];

#[tokio::test]
async fn append_twice_has_every_row_twice_in_order() {
    let folder = Folder::new();
    let (_, server) = serve(&FIVE);
    let database = folder.database();
    for round in 1..=2 {
        let report = run(&Append {}, &server, &database).await;
        assert_eq!(done(&report), counts(5, 5, 0, 0));
        assert_eq!(table(&database), owned(&FIVE.repeat(round)));
    }
    let loads: Vec<i64> =
        database.column("SELECT count(*) FROM rows GROUP BY _load_id ORDER BY _load_id");
    assert_eq!(loads, [5, 5]);
}

#[tokio::test]
async fn append_keeps_rows_with_the_same_key() {
    let folder = Folder::new();
    let rows = [(1, "a"), (1, "a"), (1, "b"), (2, "c"), (1, "d")];
    let (_, server) = serve(&rows);
    let report = run(&KeyedAppend {}, &server, &folder.database()).await;
    assert_eq!(done(&report), counts(5, 5, 0, 0));
    assert_eq!(table(&folder.database()), owned(&rows));
}

#[tokio::test]
async fn append_that_fails_leaves_nothing_behind() {
    let folder = Folder::new();
    let (_, server) = serve(&FIVE);
    let database = folder.database();
    done(&run(&Append {}, &server, &database).await);
    let state = database.state("rows");

    let report = run(&Append {}, &failing(), &database).await;
    failed(&report);
    assert_eq!(report.resources[0].rows.discarded, 3);
    assert_eq!(table(&database), owned(&FIVE));
    assert_eq!(database.state("rows"), state);
}

/// One good page, then a failure for ever.
fn failing() -> Server {
    Server::start(|request| match request.number("offset") {
        Some(0) => answer(&[(7, "x"), (8, "y"), (9, "z")], request),
        _ => Reply::status(500),
    })
}

/// Counts of a load that has also removed rows.
fn removing(mut counts: RowCounts, removed: u64) -> RowCounts {
    counts.removed = removed;
    counts
}

#[tokio::test]
async fn replace_leaves_the_new_rows_only() {
    let folder = Folder::new();
    let (rows, server) = serve(&FIVE);
    let database = folder.database();
    assert_eq!(done(&run(&Replace {}, &server, &database).await), counts(5, 5, 0, 0));
    for (new, counted, removed) in [
        (&[(9, "z"), (1, "new")][..], counts(2, 1, 1, 0), 4),
        (&FIVE[..], counts(5, 4, 1, 0), 1),
        (&FIVE[1..], counts(4, 0, 0, 4), 1),
    ] {
        set(&rows, new);
        let found = done(&run(&Replace {}, &server, &database).await);
        assert_eq!(found, removing(counted, removed));
        let mut expected = owned(new);
        expected.sort();
        assert_eq!(table(&database), expected);
    }
}

#[tokio::test]
async fn replace_needs_no_key() {
    let folder = Folder::new();
    let (rows, server) = serve(&FIVE);
    let database = folder.database();
    done(&run(&KeylessReplace {}, &server, &database).await);
    let new = [(1, "a"), (1, "a"), (2, "b")];
    set(&rows, &new);
    let found = done(&run(&KeylessReplace {}, &server, &database).await);
    assert_eq!(found, removing(counts(3, 3, 0, 0), 5));
    assert_eq!(table(&database), owned(&new));
}

#[tokio::test]
async fn readers_see_the_old_table_until_they_look_again() {
    let folder = Folder::new();
    let (rows, server) = serve(&FIVE);
    let database = folder.database();
    done(&run(&Replace {}, &server, &database).await);

    let reader = database.reader();
    let texts = || -> Vec<String> {
        let mut statement = reader.prepare("SELECT text FROM rows ORDER BY id").expect("SQL");
        let rows = statement.query_map([], |row| row.get(0)).expect("rows");
        rows.collect::<Result<_, _>>().expect("texts")
    };
    reader.execute_batch("BEGIN").expect("a read transaction");
    assert_eq!(texts(), ["a", "b", "c", "d", "e"]);
    set(&rows, &[(1, "new"), (2, "newer")]);
    done(&run(&Replace {}, &server, &database).await);
    assert_eq!(texts(), ["a", "b", "c", "d", "e"], "within the transaction");
    reader.execute_batch("COMMIT").expect("the end");
    assert_eq!(texts(), ["new", "newer"]);
}

#[tokio::test]
async fn replace_shows_nothing_before_the_end() {
    let folder = Folder::new();
    let (_, server) = serve(&FIVE);
    done(&run(&Replace {}, &server, &folder.database()).await);

    // what a reader finds at each request of the second load
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watched = Server::start({
        let (seen, database) = (seen.clone(), folder.database());
        move |request| {
            seen.lock().expect("seen").push(table(&database));
            answer(&[(1, "x"), (2, "y"), (3, "z"), (4, "w")], request)
        }
    });
    let report = run(&Replace {}, &watched, &folder.database()).await;
    assert_eq!(done(&report), removing(counts(4, 0, 4, 0), 1));
    assert_eq!(*seen.lock().expect("seen"), [owned(&FIVE), owned(&FIVE), owned(&FIVE)]);
}

#[tokio::test]
async fn replace_that_fails_leaves_the_old_table() {
    let folder = Folder::new();
    let (_, server) = serve(&FIVE);
    let database = folder.database();
    done(&run(&Replace {}, &server, &database).await);
    let state = database.state("rows");

    let report = run(&Replace {}, &failing(), &database).await;
    failed(&report);
    assert_eq!(report.resources[0].rows.discarded, 3);
    assert_eq!(table(&database), owned(&FIVE));
    assert_eq!(database.state("rows"), state);
    let visible: Vec<i64> =
        database.column("SELECT inserted FROM _connector_loads ORDER BY load_id");
    assert_eq!(visible, [5, 0]);
}

/// Cancels the run when the first page has come.
struct Stop(CancellationToken);

impl Observer for Stop {
    fn event(&self, event: &Event<'_>) {
        if let Event::Page { .. } = event {
            self.0.cancel();
        }
    }
}

#[tokio::test]
async fn an_interruption_leaves_whole_tables() {
    async fn interrupt(api: &impl Connector, database: &Database, server: &Server) -> RowCounts {
        let token = CancellationToken::new();
        let run = api.sync().base_url(server.url()).destination(database.destination());
        let run = run.cancel_with(token.clone()).observer(Arc::new(Stop(token)));
        let report = run.run().await;
        assert_eq!(report.resources[0].status, Status::Interrupted, "{report:?}");
        report.resources[0].rows
    }

    let (rows, server) = serve(&FIVE);
    let changed = [(1, "A"), (2, "B"), (3, "C"), (4, "D"), (5, "E")];
    for staged in [true, false] {
        let folder = Folder::new();
        let database = folder.database();
        set(&rows, &FIVE);
        done(&run(&Replace {}, &server, &database).await);
        set(&rows, &changed);
        if staged {
            assert_eq!(interrupt(&Replace {}, &database, &server).await.discarded, 3);
            assert_eq!(table(&database), owned(&FIVE));
        } else {
            assert_eq!(interrupt(&Merge {}, &database, &server).await, counts(3, 0, 3, 0));
            assert_eq!(table(&database), owned(&[&changed[..3], &FIVE[3..]].concat()));
        }
    }
    let folder = Folder::new();
    assert_eq!(interrupt(&Append {}, &folder.database(), &server).await.discarded, 3);
    assert_eq!(table(&folder.database()), []);
}

/// Three rows, and the claim that there are nine.
fn short() -> Server {
    Server::start(|request| match request.number("offset") {
        Some(0) => Reply::json(
            r#"{"total":9,"data":[{"id":1,"text":"x"},{"id":2,"text":"y"},{"id":3,"text":"z"}]}"#,
        ),
        _ => Reply::json(r#"{"total":9,"data":[]}"#),
    })
}

#[tokio::test]
async fn d11_replace_with_less_than_promised_leaves_the_old_table() {
    let folder = Folder::new();
    let (_, server) = serve(&FIVE);
    let database = folder.database();
    done(&run(&Replace {}, &server, &database).await);

    let report = run(&Replace {}, &short(), &database).await;
    let error = report.first_error().expect("an error");
    assert_eq!(error.kind(), ErrorKind::Paging);
    assert_says(error, &["9 rows", "offset 3 is empty", "the table was not replaced"]);
    assert_eq!(table(&database), owned(&FIVE));
    assert!(!report.is_done());
}

#[tokio::test]
async fn d11_merge_of_less_than_promised_is_partial() {
    let folder = Folder::new();
    let (_, server) = serve(&FIVE);
    let database = folder.database();
    done(&run(&Merge {}, &server, &database).await);

    let report = run(&Merge {}, &short(), &database).await;
    assert_eq!(report.resources[0].status, Status::Partial);
    assert_eq!(report.resources[0].rows, counts(3, 0, 3, 0));
    assert_says(report.resources[0].warnings.join("\n"), &["9 rows", "offset 3 is empty"]);
    assert_eq!(database.state("rows")["complete"], false);
    assert_eq!(table(&database)[..3], owned(&[(1, "x"), (2, "y"), (3, "z")]));
    let error = report.into_result().expect_err("a partial load is no success");
    assert_eq!(error.kind(), ErrorKind::Paging);
}

#[tokio::test]
async fn d20_of_rows_with_one_key_the_last_wins() {
    // pages of three: duplicates on one page and across pages, changed and unchanged
    let rows =
        [(1, "a"), (1, "b"), (2, "c"), (2, "c"), (3, "d"), (1, "e"), (4, "f"), (1, "g"), (4, "f")];
    let expected = owned(&[(1, "g"), (2, "c"), (3, "d"), (4, "f")]);
    let folder = Folder::new();
    let (_, server) = serve(&rows);
    let database = folder.database();
    assert_eq!(done(&run(&Merge {}, &server, &database).await), counts(9, 4, 0, 5));
    assert_eq!(table(&database), expected);

    let second = Folder::new();
    assert_eq!(done(&run(&Replace {}, &server, &second.database()).await), counts(9, 4, 0, 5));
    assert_eq!(table(&second.database()), expected);
}

#[tokio::test]
async fn of_rows_with_one_key_the_last_is_compared_with_what_is_there() {
    let folder = Folder::new();
    let (rows, server) = serve(&[(1, "a")]);
    let database = folder.database();
    done(&run(&Merge {}, &server, &database).await);
    // there and back again is no change
    set(&rows, &[(1, "b"), (1, "a")]);
    assert_eq!(done(&run(&Merge {}, &server, &database).await), counts(2, 0, 0, 2));
    assert_eq!(table(&database), owned(&[(1, "a")]));
}

mod names {
    use super::*;

    /// Everything that SQL takes for something else.
    #[derive(Resource)]
    #[resource(path = "/rows", name = "order")]
    struct OrderRow {
        #[column(primary_key)]
        group: i64,
        r#where: String,
        #[column(rename = "it's \"odd\"")]
        select: Option<String>,
        rowid: Option<i64>,
    }

    api!(Order, OrderRow);

    #[tokio::test]
    async fn may_be_words_of_sql() {
        let folder = Folder::new();
        let rows = r#"[{"group": 1, "where": "here", "it's \"odd\"": "x", "rowid": 77}]"#;
        let server = Server::always(Reply::json(rows));
        let database = folder.database();
        assert_eq!(done(&run(&Order {}, &server, &database).await), counts(1, 1, 0, 0));
        assert_eq!(done(&run(&Order {}, &server, &database).await), counts(1, 0, 0, 1));
        let found: Vec<String> = database.column(
            "SELECT concat_ws(' ', \"group\", \"where\", \"select\", \"rowid\") FROM \"order\"",
        );
        assert_eq!(found, ["1 here x 77"]);
    }
}

mod keys {
    use super::*;

    #[derive(Resource)]
    #[resource(path = "/rows", name = "rows")]
    struct CompositeRow {
        text: Option<String>,
        #[column(primary_key)]
        region: String,
        #[column(primary_key)]
        number: u32,
    }

    #[derive(Resource)]
    #[resource(path = "/rows", name = "rows")]
    struct TextRow {
        #[column(primary_key)]
        code: String,
        amount: i64,
    }

    #[derive(Resource)]
    #[resource(path = "/rows", name = "rows")]
    struct KeyOnlyRow {
        #[column(primary_key)]
        code: Uuid,
    }

    api!(Composite, CompositeRow);
    api!(Text, TextRow);
    api!(KeyOnly, KeyOnlyRow);

    /// Loads one body after the other into one table; the counts of each.
    async fn load(api: &impl Connector, folder: &Folder, steps: &[(&str, RowCounts)]) {
        for (body, expected) in steps {
            let server = Server::always(Reply::json(*body));
            assert_eq!(done(&run(api, &server, &folder.database()).await), *expected, "{body}");
        }
    }

    #[tokio::test]
    async fn composite() {
        let folder = Folder::new();
        let first = r#"[
            {"region": "eu", "number": 1, "text": "a"},
            {"region": "eu", "number": 2, "text": "b"},
            {"region": "us", "number": 1, "text": "c"}
        ]"#;
        let second = r#"[
            {"region": "eu", "number": 1, "text": "a"},
            {"region": "us", "number": 1, "text": null},
            {"region": "us", "number": 2, "text": "d"}
        ]"#;
        let steps = [(first, counts(3, 3, 0, 0)), (second, counts(3, 1, 1, 1))];
        load(&Composite {}, &folder, &steps).await;
        let rows: Vec<String> = folder.database().column(
            "SELECT region || number || coalesce(text, '-') FROM rows ORDER BY region, number",
        );
        assert_eq!(rows, ["eu1a", "eu2b", "us1-", "us2d"]);
    }

    #[tokio::test]
    async fn text_keys_are_exact() {
        let folder = Folder::new();
        let body = r#"[
            {"code": "a", "amount": 1}, {"code": "A", "amount": 2}, {"code": "", "amount": 3},
            {"code": "ä", "amount": 4}, {"code": "a\u0308", "amount": 5}, {"code": "a ", "amount": 6}
        ]"#;
        let steps = [(body, counts(6, 6, 0, 0)), (body, counts(6, 0, 0, 6))];
        load(&Text {}, &folder, &steps).await;
    }

    #[tokio::test]
    async fn a_table_may_be_all_key() {
        let folder = Folder::new();
        let body = r#"[
            {"code": "00000000-0000-0000-0000-000000000001"},
            {"code": "00000000-0000-0000-0000-00000000000A"},
            {"code": "00000000-0000-0000-0000-000000000001"}
        ]"#;
        let steps = [(body, counts(3, 2, 0, 1)), (body, counts(3, 0, 0, 3))];
        load(&KeyOnly {}, &folder, &steps).await;
        let keys: Vec<String> = folder.database().column("SELECT code FROM rows ORDER BY code");
        assert_eq!(
            keys,
            ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-00000000000a"]
        );
    }
}
