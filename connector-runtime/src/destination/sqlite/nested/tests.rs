//! What goes straight into the tables against what goes through a stage: the tables, their load ids, and
//! the counts are the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::{Int64Array, ListArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::DataType;
use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::hooks::{AuthContext, Authorization};
use rusqlite::types::Value;

use super::super::catalog;
use super::super::direct::{Direct, is_direct};
use super::super::stage::Stage;
use super::super::worker::{begin, statements};
use super::*;
use crate::decode::tests::Random;
use crate::destination::Write;
use crate::destination::sql::{Dialect, compare};
use crate::prelude::*;
use crate::schema::{Tables, arrow_schema};
use crate::spec::{ColumnSpec, ElementSpec, FieldSpec, ResourceSpec, WriteDisposition};
use crate::value::RowBuilder;

/// Rows with columns of many kinds, and lists of lists.
#[derive(Resource)]
#[resource(path = "/orders", name = "orders")]
struct Order {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
    tags: Option<Vec<String>>,
    lines: Vec<Line>,
}

#[derive(Record)]
struct Line {
    article: String,
    price: Option<f64>,
    at: Timestamp,
    is_gift: bool,
    discounts: Vec<i64>,
}

/// Rows that are older or newer, with a key of two columns that is not the first.
#[derive(Resource)]
#[resource(path = "/versions", name = "versions")]
struct Version {
    #[column(version)]
    at: Option<i64>,
    #[column(primary_key)]
    name: String,
    #[column(primary_key)]
    number: i64,
    tags: Vec<String>,
    marks: Vec<Option<i64>>,
}

/// Rows with nothing but a key and a list.
#[derive(Resource)]
#[resource(path = "/keys", name = "keys")]
struct Key {
    #[column(primary_key)]
    id: String,
    tags: Vec<String>,
}

#[derive(Resource)]
#[resource(path = "/firsts", name = "firsts", strategy = insert_only)]
struct First {
    #[column(primary_key)]
    id: i64,
    name: String,
    tags: Vec<String>,
}

/// A row of a key, with few values, so that rows are often the same, or the same but for their lists.
trait Any: Resource {
    fn any(key: u64, random: &mut Random) -> Self;
}

impl Any for Order {
    fn any(key: u64, random: &mut Random) -> Self {
        let line = |at: u64| Line {
            article: format!("article {at}"),
            price: (at > 0).then(|| at as f64 / 4.0),
            at: Timestamp::from_second(1_700_000_000 + at as i64).expect("an instant"),
            is_gift: at == 1,
            discounts: (0..at as i64).collect(),
        };
        Self {
            id: key as i64,
            name: [None, Some("a".to_owned())][random.below(2) as usize].clone(),
            tags: (random.below(3) > 0).then(|| texts(random)),
            lines: (0..random.below(3)).map(|at| line(at + random.below(2))).collect(),
        }
    }
}

impl Any for Version {
    fn any(key: u64, random: &mut Random) -> Self {
        Self {
            at: [None, Some(1), Some(2)][random.below(3) as usize],
            name: format!("key {}", key / 2),
            number: (key % 2) as i64,
            tags: texts(random),
            marks: [vec![], vec![None], vec![Some(1), None]][random.below(3) as usize].clone(),
        }
    }
}

impl Any for Key {
    fn any(key: u64, random: &mut Random) -> Self {
        Self { id: key.to_string(), tags: texts(random) }
    }
}

impl Any for First {
    fn any(key: u64, random: &mut Random) -> Self {
        Self { id: key as i64, name: random.below(2).to_string(), tags: texts(random) }
    }
}

/// None, one or two texts.
fn texts(random: &mut Random) -> Vec<String> {
    let texts: &[&str] = [&[][..], &["a"], &["b", "a"], &["b"]][random.below(4) as usize];
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A batch of so many rows at most; in one of four keys may come twice, and in three of four they rise or fall.
/// In one of two most rows of a key are the same as in the batches before.
fn batch<R: Any>(random: &mut Random, most: u64) -> RecordBatch {
    let repeats = random.below(4) == 0;
    let mut rest: Vec<u64> = (0..most + most / 2).collect();
    let keys = (0..=random.below(most)).map(|_| {
        let at = random.below(rest.len() as u64) as usize;
        if repeats { rest[at] } else { rest.swap_remove(at) }
    });
    let mut keys: Vec<_> = keys.collect();
    match random.below(4) {
        0 => {}
        1 => keys.sort_unstable_by(|key, other| other.cmp(key)),
        _ => keys.sort_unstable(),
    }
    let settled = random.below(2) == 0;
    let row = |key| match settled && random.below(20) > 0 {
        true => R::any(key, &mut Random::new(key + 1)),
        false => R::any(key, random),
    };
    let schema = arrow_schema(R::SPEC.fields);
    let mut builder = RowBuilder::new(R::SPEC.fields, &schema.fields);
    keys.into_iter().map(row).for_each(|row| row.write_row(&mut builder));
    RecordBatch::try_new(schema, builder.finish()).expect("a batch")
}

/// A database with the tables of a load.
struct Database<'a> {
    connection: Connection,
    load: &'a Load,
    space: Space,
}

impl<'a> Database<'a> {
    fn new(load: &'a Load) -> Self {
        let connection = Connection::open_in_memory().expect("a database");
        let space = Space { dialect: Dialect::Sqlite, schema: "main".to_owned() };
        connection.execute_batch(&ddl::script(&space, load)).expect("tables");
        Self { connection, load, space }
    }

    /// A load whose rows go straight into the tables, and how often a key came twice.
    fn directly(&mut self, load_id: i64, batches: &[RecordBatch]) -> (Vec<RowCounts>, usize) {
        let Self { connection, load, space } = self;
        let mut direct = Direct::new(connection, space, load, load_id, 1).expect("a merge");
        let mut repeats = 0;
        let counts = batches.iter().map(|batch| {
            direct.watch(connection).expect("a watcher");
            let mut transaction = begin(connection).expect("a transaction");
            let counts = match direct.write(&transaction, load, batch).expect("a merge") {
                Some(counts) => counts,
                None => {
                    repeats += 1;
                    transaction.rollback().expect("nothing");
                    transaction = begin(connection).expect("a transaction");
                    direct.write_once(&transaction, load, batch).expect("a merge")
                }
            };
            transaction.commit().expect("a commit");
            counts
        });
        let counts = counts.collect();
        direct.clear(connection).expect("no traces");
        (counts, repeats)
    }

    /// The same through a stage.
    fn staged(&mut self, load_id: i64, batches: &[RecordBatch]) -> Vec<RowCounts> {
        let Self { connection, load, space } = self;
        let mut stage = Stage::new(space, load, load_id, 1);
        stage.create(connection).expect("a stage");
        let counts = batches.iter().map(|batch| {
            let transaction = begin(connection).expect("a transaction");
            let counts = stage.merge(&transaction, load, batch).expect("a merge");
            transaction.commit().expect("a commit");
            counts
        });
        let counts = counts.collect();
        stage.drop(connection).expect("no traces");
        counts
    }

    /// Every row of every table, with its load id.
    fn rows(&self) -> Vec<Vec<Value>> {
        let tables = self.load.tables.iter().flat_map(|table| {
            let key = ddl::list(&self.space, table.key().map(|column| column.name.as_str()));
            let sql = format!("SELECT * FROM {} ORDER BY {key}", self.space.table(&table.name));
            let mut statement = self.connection.prepare(&sql).expect("a query");
            let width = statement.column_count();
            let rows = statement.query_map([], |row| (0..width).map(|at| row.get(at)).collect());
            rows.expect("rows").map(|row| row.expect("a row")).collect::<Vec<_>>()
        });
        tables.collect()
    }
}

/// Loads of random batches in both ways: of few rows, and of so many that statements hold many and fewer.
fn agree<R: Any>() {
    agree_on::<R>(1..=40, 8);
    agree_on::<R>(1..=6, 200);
}

fn agree_on<R: Any>(seeds: std::ops::RangeInclusive<u64>, most: u64) {
    let write = Write {
        strategy: R::SPEC.strategy.unwrap_or(MergeStrategy::Upsert),
        ..Write::new(WriteDisposition::Merge)
    };
    let load = Load::new("test", R::SPEC.name, Tables::of(R::SPEC), write);
    assert!(is_direct(&load), "{}", R::SPEC.name);
    let (mut all, mut repeated, mut batches_in_all) = (RowCounts::default(), 0, 0);
    for seed in seeds {
        let mut random = Random::new(seed);
        let [mut one, mut other] = [(); 2].map(|()| Database::new(&load));
        for load_id in 1..=6 {
            let batches: Vec<_> =
                (0..=random.below(3)).map(|_| batch::<R>(&mut random, most)).collect();
            let (counts, repeats) = one.directly(load_id, &batches);
            let what =
                format!("{}, at most {most} rows, seed {seed}, load {load_id}", R::SPEC.name);
            assert_eq!(counts, other.staged(load_id, &batches), "{what}");
            assert!(one.rows() == other.rows(), "{what}");
            all = counts.into_iter().fold(all, |all, counts| all + counts);
            repeated += repeats;
            batches_in_all += batches.len();
        }
    }
    // what does not happen is not tested
    assert!(all.inserted > 0 && all.unchanged > 0, "{all:?}");
    assert_eq!(all.updated > 0, write.strategy == MergeStrategy::Upsert, "{all:?}");
    assert!(
        0 < repeated && repeated * 2 < batches_in_all,
        "{repeated} of {batches_in_all} went through a stage"
    );
}

#[test]
fn lists_of_lists() {
    agree::<Order>();
}

#[test]
fn older_and_newer_rows() {
    agree::<Version>();
}

#[test]
fn keys_alone() {
    agree::<Key>();
}

#[test]
fn rows_that_stay_as_they_came() {
    agree::<First>();
}

/// The lists of tags, of keys that rise by ten, that the table is known to have.
fn same_tags(stored: &[(i64, &str)], rows: &[(i64, &[&str])]) -> Option<Vec<bool>> {
    let load =
        Load::new("test", "orders", Tables::of(Order::SPEC), Write::new(WriteDisposition::Merge));
    let Database { connection, space, .. } = Database::new(&load);
    for (at, (id, value)) in stored.iter().enumerate() {
        let index = stored[..at].iter().filter(|(other, _)| other == id).count() as i64;
        let sql = "INSERT INTO orders__tags VALUES (?, ?, ?, 1)";
        connection.execute(sql, (id, index, value)).expect("a row");
    }
    let schema = arrow_schema(Order::SPEC.fields);
    let mut builder = RowBuilder::new(Order::SPEC.fields, &schema.fields);
    for (id, tags) in rows {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let row = Order { id: *id, name: None, tags: Some(tags), lines: vec![] };
        row.write_row(&mut builder);
    }
    let batch = RecordBatch::try_new(schema, builder.finish()).expect("a batch");
    let parts = load.tables.split(&batch);
    let (root, tags) = (load.tables.root(), &load.tables.children()[0]);
    let keys = Keys::of_rows(root, &parts[0].columns).expect("keys in order");
    let range = keys.range(0..rows.len()).expect("keys");
    let same = SameLists::new(&connection, &space, (root, tags), (1, 0)).expect("a function");
    let same = same.expect("a key of one integer");
    same.of(&connection, (tags, &parts[1]), &keys, range).expect("a query")
}

#[test]
fn lists_that_are_there() {
    let stored = [(10, "a"), (10, "b"), (15, "x"), (20, "a"), (30, "a"), (30, "b")];
    let rows: [(i64, &[&str]); 5] =
        [(10, &["a", "b"]), (20, &[]), (30, &["a"]), (40, &["a"]), (50, &[])];
    let expected = [true, false, false, false, true];
    assert_eq!(same_tags(&stored, &rows), Some(expected.to_vec()));
    let (mut falling, mut expected) = (rows, expected);
    falling.reverse();
    expected.reverse();
    assert_eq!(same_tags(&stored, &falling), Some(expected.to_vec()));
    let rows: [(i64, &[&str]); 2] = [(20, &["a", "b"]), (30, &["b", "a"])];
    assert_eq!(same_tags(&stored, &rows), Some(vec![false, false]));
    // of a table that is much denser nothing is known
    let dense: Vec<_> = (10..90).map(|id| (id, "x")).collect();
    assert_eq!(same_tags(&dense, &[(10, &["x"]), (80, &["x"])]), None);
}

/// A table of one's own: its key index begins with the place in the list, or its texts are folded.
#[test]
fn tables_in_which_lists_are_not_found() {
    let keys =
        Load::new("test", "keys", Tables::of(Key::SPEC), Write::new(WriteDisposition::Merge));
    let tags =
        "_parent_id TEXT NOT NULL, _index INTEGER NOT NULL, value TEXT, _load_id INTEGER NOT NULL";
    for (at, columns, problem) in [
        (
            0,
            "id TEXT NOT NULL COLLATE NOCASE PRIMARY KEY, _load_id INTEGER NOT NULL",
            "column `id` takes texts that differ for one key (`COLLATE NOCASE`)",
        ),
        (
            0,
            "id TEXT NOT NULL, _load_id INTEGER NOT NULL, UNIQUE (id COLLATE RTRIM)",
            "column `id` takes texts that differ for one key (`COLLATE RTRIM`)",
        ),
        (
            0,
            "id TEXT NOT NULL COLLATE NOCASE, _load_id INTEGER NOT NULL, UNIQUE (id COLLATE BINARY)",
            "column `id` takes texts that differ for one key (`COLLATE NOCASE`)",
        ),
        (
            1,
            &format!("{tags}, PRIMARY KEY (_index, _parent_id)"),
            "no unique index on its key `_parent_id`, `_index` in this order",
        ),
        (1, &format!("{tags}, PRIMARY KEY (_parent_id, _index)"), ""),
        (1, &format!("{tags}, PRIMARY KEY (_index, _parent_id), UNIQUE (_parent_id, _index)"), ""),
        (
            0,
            "id TEXT NOT NULL COLLATE BINARY PRIMARY KEY, _load_id INTEGER NOT NULL, note TEXT COLLATE NOCASE UNIQUE",
            "",
        ),
    ] {
        let connection = Connection::open_in_memory().expect("a database");
        let table = &keys.tables[at];
        connection
            .execute_batch(&format!("CREATE TABLE {} ({columns})", table.name))
            .expect("a table");
        let existing = catalog::table(&connection, &table.name).expect("a table");
        let space = super::super::space();
        let compared = compare::compare(&space, table, &keys.write, existing.as_ref());
        match compared {
            Ok(_) => assert_eq!(problem, "", "{columns}"),
            Err(error) => {
                assert!(!problem.is_empty() && error.message().contains(problem), "{error}")
            }
        }
    }
}

/// Nothing is compiled anew for a batch like one before, however many lists there are.
#[test]
fn statements_are_kept() {
    let list = |at: usize| FieldSpec::List {
        name: format!("list_{at}").leak(),
        wire: "list",
        doc: "",
        optional: false,
        element: ElementSpec::Value(ColumnSpec::new::<i64>("", "", "")),
    };
    let id = ColumnSpec::new::<i64>("id", "id", "").primary_key();
    let fields: Vec<_> = [id.field()].into_iter().chain((0..40).map(list)).collect();
    let fields: &'static [FieldSpec] = fields.leak();
    let spec = ResourceSpec { name: "rows", fields, ..ResourceSpec::EMPTY };
    let load = Load::new("test", "rows", Tables::of(&spec), Write::new(WriteDisposition::Merge));
    let batch = |element: i64| {
        let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..100));
        let schema = arrow_schema(fields);
        let lists = schema.fields().iter().skip(1).map(|field| -> ArrayRef {
            let DataType::List(item) = field.data_type() else { panic!("{field}") };
            let values = Arc::new(Int64Array::from_iter_values(element..element + 100));
            let lengths = OffsetBuffer::from_lengths(vec![1; 100]);
            Arc::new(ListArray::new(item.clone(), lengths, values, None))
        });
        let columns = [ids].into_iter().chain(lists).collect();
        RecordBatch::try_new(schema.clone(), columns).expect("a batch")
    };
    let Database { mut connection, space, .. } = Database::new(&load);
    connection.set_prepared_statement_cache_capacity(statements(&load));
    let mut direct = Direct::new(&connection, &space, &load, 1, 1).expect("a merge");
    direct.watch(&mut connection).expect("a watcher");
    let mut write = |connection: &Connection, element| {
        direct.write(connection, &load, &batch(element)).expect("a merge").expect("other keys")
    };
    assert_eq!(write(&connection, 0).inserted, 100);
    assert_eq!(write(&connection, 1).updated, 100);
    assert_eq!(write(&connection, 1).unchanged, 100);
    let compiled = Arc::new(AtomicUsize::new(0));
    let counted = compiled.clone();
    let count = move |_: AuthContext<'_>| {
        counted.fetch_add(1, Ordering::Relaxed);
        Authorization::Allow
    };
    connection.authorizer(Some(count)).expect("a hook");
    // those that were made before a hook are made anew
    write(&connection, 2);
    let before = compiled.swap(0, Ordering::Relaxed);
    assert_eq!(write(&connection, 3).updated, 100);
    // one query may be planned anew for other values
    let (now, tables) = (compiled.load(Ordering::Relaxed), load.tables.len());
    assert!(before > 10 * tables && now < tables, "{before}, then {now}");
}
