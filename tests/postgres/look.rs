//! Rows that are there already are found by a look, and left out. What that comes to is compared with what the
//! stages make of the same batches, through which everything goes where a table has row level security.

use connector_runtime::prelude::*;
use connector_runtime::report::{RowCounts, Status};
use connector_runtime::testing::conformance::direct::{Direct, NONE, Worked, loads};
use connector_tests::sim::Random;
use connector_tests::{PgDatabase, postgres};

use super::destination;

#[derive(Connector)]
#[connector(
    name = "api",
    base_url = "https://api.example.com",
    resources(Order, Version, First, Named)
)]
struct Api {}

/// Columns of every kind, the key not the first, and lists of lists.
#[derive(Resource)]
#[resource(path = "/orders", name = "orders")]
struct Order {
    name: Option<String>,
    #[column(primary_key)]
    id: i64,
    price: Option<Decimal>,
    big: u64,
    small: i8,
    single: f32,
    day: Option<Date>,
    time: Time,
    at: Option<Timestamp>,
    uuid: Uuid,
    bytes: Option<Bytes>,
    #[column(json)]
    raw: Option<serde_json::Value>,
    is_open: bool,
    tags: Option<Vec<String>>,
    lines: Vec<Line>,
}

#[derive(Record)]
struct Line {
    article: String,
    price: Option<f64>,
    discounts: Vec<i64>,
}

/// Rows that are older or newer, and marked as deleted.
#[derive(Resource)]
#[resource(path = "/versions", name = "versions")]
struct Version {
    #[column(primary_key)]
    id: u16,
    #[column(version)]
    version: Option<i64>,
    #[column(soft_delete)]
    is_gone: bool,
    tags: Vec<String>,
}

#[derive(Resource)]
#[resource(path = "/firsts", name = "firsts", strategy = insert_only)]
struct First {
    #[column(primary_key)]
    id: i16,
    text: String,
}

/// A key by which nothing is looked for.
#[derive(Resource)]
#[resource(path = "/named", name = "named")]
struct Named {
    #[column(primary_key)]
    name: String,
    #[column(primary_key)]
    number: i64,
    text: String,
}

/// A row of a key, with few values, so that rows are often the same, or the same but for their lists.
trait Any: Resource {
    fn any(key: usize, random: &mut Random) -> Self;
}

impl Any for Order {
    fn any(key: usize, random: &mut Random) -> Self {
        let line = |at: usize| Line {
            article: format!("article {at}"),
            price: (at > 0).then_some(at as f64 / 4.0),
            discounts: (0..at as i64).collect(),
        };
        Self {
            name: [None, Some("ä".to_owned())][random.below(2)].clone(),
            id: key as i64 * 1_000 - 7,
            price: (!key.is_multiple_of(5))
                .then(|| ["12.50", "-0.001"][key % 2].parse().expect("a number")),
            big: u64::MAX - key as u64 % 2,
            small: -((key % 3) as i8),
            single: key as f32 / 8.0,
            day: Some(Date::constant(2024, 1, 1 + (key % 28) as i8)),
            time: Time::constant((key % 24) as i8, 0, 0, 1_000),
            at: Some(Timestamp::constant(key as i64, 0)),
            uuid: Uuid::from_u128(key as u128),
            bytes: Some(vec![key as u8, 0].into()),
            raw: (!key.is_multiple_of(3)).then(|| json(key)),
            is_open: key.is_multiple_of(2),
            tags: random.chance(70).then(|| texts(random)),
            lines: (0..random.below(3)).map(|at| line(at + random.below(2))).collect(),
        }
    }
}

impl Any for Version {
    fn any(key: usize, random: &mut Random) -> Self {
        Self {
            id: key as u16,
            version: [None, Some(1), Some(2)][random.below(3)],
            is_gone: random.chance(50),
            tags: texts(random),
        }
    }
}

impl Any for First {
    fn any(key: usize, random: &mut Random) -> Self {
        Self { id: key as i16, text: random.below(2).to_string() }
    }
}

impl Any for Named {
    fn any(key: usize, random: &mut Random) -> Self {
        let text = random.below(2).to_string();
        Self { name: (key / 2).to_string(), number: key as i64 % 2, text }
    }
}

/// Objects in another order than the database gives them, and what it writes otherwise.
fn json(key: usize) -> serde_json::Value {
    match key % 4 {
        0 => {
            serde_json::json!({ "bb": [1.5, -2, {}], "ü": "\u{1}/\"\\ä", "a": { "z": null, "y": key } })
        }
        1 => serde_json::json!("a \n\u{7f}"),
        2 => serde_json::json!([[], true, { "": 1e300 }]),
        _ => serde_json::json!(key),
    }
}

/// None, one or two texts.
fn texts(random: &mut Random) -> Vec<String> {
    let texts: &[&str] = [&[][..], &["a"], &["b", "a"], &["b"]][random.below(4)];
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Rows of keys below `keys`: many or few, in order or not; in one of eight batches keys may come twice. In two of three
/// batches nearly all rows of a key are the same as before, or all of them.
fn batch<R: Any>(random: &mut Random, keys: usize) -> Vec<R> {
    let most = if random.chance(30) { 8 } else { keys };
    let repeats = random.chance(12);
    let mut rest: Vec<usize> = (0..keys).collect();
    let taken = (0..=random.below(most)).map(|_| {
        let at = random.below(rest.len());
        if repeats { rest[at] } else { rest.swap_remove(at) }
    });
    let mut taken: Vec<_> = taken.collect();
    match random.below(4) {
        0 => {}
        1 => taken.sort_unstable_by(|key, other| other.cmp(key)),
        _ => taken.sort_unstable(),
    }
    let settled = [0, 95, 100][random.below(3)];
    let row = |key| match random.chance(settled) {
        true => R::any(key, &mut Random::new(key as u64)),
        false => R::any(key, random),
    };
    taken.into_iter().map(row).collect()
}

/// The tables of a resource.
struct Tables {
    database: PgDatabase,
    names: &'static [&'static str],
    /// Batches all of whose rows were there, and for which no statement was run that would update any.
    spared: usize,
}

impl Tables {
    /// With row level security, or without.
    async fn new(names: &'static [&'static str], is_secured: bool) -> Option<Self> {
        let database = postgres()?;
        let run = Direct::open(Box::new(destination(&database.url())), loads::<Api>()).await;
        run.worked();
        database.query(&format!(
            "CREATE TABLE api.updates (n serial); \
             CREATE FUNCTION api.note() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN INSERT INTO api.updates DEFAULT VALUES; RETURN NULL; END $$; \
             CREATE TRIGGER note AFTER UPDATE ON api.{} EXECUTE FUNCTION api.note()",
            names[0]
        ));
        if is_secured {
            database.query(&format!("ALTER TABLE api.{} ENABLE ROW LEVEL SECURITY", names[0]));
        }
        Some(Self { database, names, spared: 0 })
    }

    /// A load, and what each batch came to.
    async fn load<R: Any>(&mut self, batches: &[Vec<R>]) -> Vec<RowCounts> {
        let destination = Box::new(destination(&self.database.url()));
        let mut run = Direct::open(destination, loads::<Api>()).await.worked();
        run.has_begun(R::SPEC.name).await;
        let mut counts = Vec::new();
        for batch in batches {
            let before = self.updates();
            let count = run.write(batch, NONE).await.worked();
            let is_same = count.unchanged == batch.len() as u64;
            self.spared += usize::from(is_same && before == self.updates());
            counts.push(count);
        }
        run.end(R::SPEC.name, Status::Done, NONE).await.worked();
        counts
    }

    /// Every row of every table, with the load that it is of.
    fn rows(&self) -> Vec<String> {
        let table = |name: &&str| {
            let rows = self.database.query(&format!(
                "SELECT (to_jsonb(t) - '_load_id')::text || ' of ' || \
                 (SELECT count(*) FROM api._connector_loads AS l WHERE l.load_id < t._load_id) \
                 FROM api.{name} AS t ORDER BY 1"
            ));
            rows.into_iter().flatten().flatten().collect::<Vec<_>>()
        };
        self.names.iter().flat_map(table).collect()
    }

    /// How many statements have updated rows, if only none.
    fn updates(&self) -> String {
        self.database.value("SELECT count(*) FROM api.updates")
    }
}

/// Loads of random batches into both.
async fn agree<R: Any>(names: &'static [&'static str], is_looked_for: bool) {
    let (mut all, mut spared) = (RowCounts::default(), [0; 2]);
    for seed in 1..=4 {
        let (Some(mut one), Some(mut other)) =
            (Tables::new(names, false).await, Tables::new(names, true).await)
        else {
            return;
        };
        let mut random = Random::new(seed);
        let keys = [60, 300][seed as usize % 2];
        for load in 1..=6 {
            let batches: Vec<_> =
                (0..=random.below(6)).map(|_| batch::<R>(&mut random, keys)).collect();
            let what = format!("{}, seed {seed}, load {load}", R::SPEC.name);
            let counts = one.load(&batches).await;
            assert_eq!(counts, other.load(&batches).await, "{what}");
            assert_eq!(one.rows(), other.rows(), "{what}");
            all = counts.into_iter().fold(all, |all, counts| all + counts);
        }
        spared = [spared[0] + one.spared, spared[1] + other.spared];
    }
    // what does not happen is not tested
    assert!(all.inserted > 0 && all.unchanged > 0, "{all:?}");
    assert_eq!([spared[0] > 0, spared[1] > 0], [is_looked_for, false], "{spared:?}");
}

#[tokio::test]
async fn lists_of_lists() {
    let names = &["orders", "orders__tags", "orders__lines", "orders__lines__discounts"];
    agree::<Order>(names, true).await;
}

#[tokio::test]
async fn older_and_newer_rows() {
    agree::<Version>(&["versions", "versions__tags"], true).await;
}

#[tokio::test]
async fn rows_that_stay_as_they_came() {
    agree::<First>(&["firsts"], true).await;
}

#[tokio::test]
async fn keys_that_are_no_integers() {
    agree::<Named>(&["named"], false).await;
}

/// Columns of every kind are read as they are sent, but for numbers in JSON with an exponent.
#[tokio::test]
async fn rows_of_every_type_are_found() {
    let names = &["orders", "orders__tags", "orders__lines", "orders__lines__discounts"];
    let Some(mut tables) = Tables::new(names, false).await else { return };
    let orders = |is_found: bool| -> Vec<Order> {
        let keys = (0..200).filter(|key| json(*key).to_string().contains("1e") != is_found);
        keys.map(|key| Order::any(key, &mut Random::new(key as u64))).collect()
    };
    let (found, others) = (orders(true), orders(false));
    assert!(found.len() > 100 && others.len() > 20, "{} and {}", found.len(), others.len());
    tables.load(&[found, others]).await;
    tables.load(&[orders(true)]).await;
    assert_eq!(tables.spared, 1);
    let mut all = orders(true);
    all.extend(orders(false));
    let (rows, before) = (all.len() as u64, tables.updates());
    let counts = tables.load(&[all]).await;
    assert_eq!(counts[0].unchanged, rows);
    assert_ne!(tables.updates(), before, "the others went through the stages");
}
