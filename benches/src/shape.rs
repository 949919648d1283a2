//! Rows of one shape: as an API sends them, as a program without a framework reads and stores them, and as
//! a connector.

use std::borrow::Cow;

use connector_runtime::prelude::Timestamp;
use connector_runtime::{Connector, destination};
use connector_tests::{Reply, Server};
use serde::{Deserialize, Serialize};

use crate::{Database, Result};

/// Rows a page.
pub const LIMIT: u64 = 100;

/// What the API wants to see.
pub const KEY: &str = "secret";

/// Every so manieth row has changed where rows have.
const CHANGES: u64 = 100;

/// Rows of one shape.
pub trait Shape: 'static {
    /// On the command line, and the name of the connector.
    const NAME: &'static str;
    /// The tables that a program without a framework fills: that of the rows, then those of their lists.
    const TABLES: &'static [Table];
    /// Sums over the tables, as SQL.
    const SUMS: &'static [&'static str];
    /// A row with texts of its own.
    type Owned: for<'a> Deserialize<'a> + Serialize;
    /// A row that borrows from its page.
    type Borrowed<'a>: Deserialize<'a>;
    /// The connector.
    type Api: Connector;

    /// The connector, with [`KEY`].
    fn api() -> Self::Api;

    /// The row of this key; `version` counts its changes.
    fn row(id: u64, version: u64) -> Self::Owned;

    /// What a row adds to each of [`Self::SUMS`], and when it changed.
    fn sums(row: &Self::Owned) -> (Vec<f64>, &str);

    /// The key of a row.
    fn id(row: &Self::Borrowed<'_>) -> i64;

    /// Puts a row and those of its lists, each cell in the order of its table.
    ///
    /// # Errors
    ///
    /// When the database refuses a cell.
    fn put(row: &Self::Borrowed<'_>, cells: &mut impl Cells) -> Result<()>;
}

/// A table that a program without a framework fills. Its key is `id`, or `_parent_id` and `_index`.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns, the key first.
    pub columns: &'static [Column],
}

/// A column: its name and type.
pub type Column = (&'static str, Type);

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// True or false.
    Flag,
    /// A text.
    Text,
    /// A moment.
    Instant,
}

/// Where the cells of a row go, one after the other.
pub trait Cells {
    /// A row of the table at this place of [`Shape::TABLES`].
    fn begin(&mut self, table: usize);
    /// A whole number.
    fn int(&mut self, value: impl Into<Option<i64>>);
    /// A number.
    fn float(&mut self, value: impl Into<Option<f64>>);
    /// True or false.
    fn flag(&mut self, value: impl Into<Option<bool>>);
    /// A text.
    fn text<'a, T: AsRef<str> + 'a>(&mut self, value: impl Into<Option<&'a T>>);
    /// A moment.
    fn instant<'a, T: AsRef<str> + 'a>(&mut self, value: impl Into<Option<&'a T>>);
    /// The row is complete.
    ///
    /// # Errors
    ///
    /// When the database refuses it, or one of its cells.
    fn end(&mut self) -> Result<()>;
}

/// A text that borrows from its page where it has no escapes.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// A page as the API sends it.
#[derive(Debug, Deserialize, Serialize)]
pub struct Page<R> {
    /// The rows.
    pub data: Vec<R>,
    /// How many there are on all pages.
    pub total: u64,
}

/// Serves so many rows by offset, each page made as it is asked for; `has_changed`: with another version of every
/// hundredth.
pub fn serve<S: Shape>(rows: u64, has_changed: bool) -> Server {
    Server::start(move |request| {
        if request.param("api_key") != Some(KEY) {
            return Reply::status(401);
        }
        let number = |name| request.number(name).unwrap_or(0) as u64;
        match page::<S>(rows, has_changed, number("offset"), number("limit")) {
            Ok(page) => Reply::json(page),
            Err(_) => Reply::status(500),
        }
    })
}

/// The page of so many rows that begins behind `offset`.
///
/// # Errors
///
/// Never: rows are JSON.
pub fn page<S: Shape>(rows: u64, has_changed: bool, offset: u64, limit: u64) -> Result<String> {
    let ids = offset + 1..=(offset + limit).min(rows);
    let data = ids.map(|id| S::row(id, version(id, has_changed))).collect();
    Ok(serde_json::to_string(&Page::<S::Owned> { data, total: rows })?)
}

fn version(id: u64, has_changed: bool) -> u64 {
    u64::from(has_changed && id.is_multiple_of(CHANGES))
}

/// When a row changed last: another moment for each, later ones for later versions.
pub(crate) fn updated_at(id: u64, version: u64) -> String {
    const YEAR: u64 = 365 * 24 * 60 * 60;
    moment(1_704_067_200 + id + version * YEAR)
}

/// So many seconds after 1970, as APIs write it.
pub(crate) fn moment(seconds: u64) -> String {
    Timestamp::from_second(seconds as i64).unwrap_or_default().to_string()
}

/// Loads all rows by the connector.
///
/// # Errors
///
/// When it does not come to an end.
pub async fn load<S: Shape>(url: &str, database: &str) -> Result<()> {
    let destination = destination::from_text(database)?;
    S::api().sync().base_url(url).boxed_destination(destination).run().await.into_result()?;
    Ok(())
}

/// What [`verify`] has to find.
#[derive(Clone, Debug)]
pub struct Expected {
    sums: Vec<f64>,
    last: String,
}

/// What is in the tables after a load of so many rows.
pub fn expected<S: Shape>(rows: u64, has_changed: bool) -> Expected {
    let mut sums = vec![rows as f64, rows as f64];
    sums.resize(2 + S::SUMS.len(), 0.0);
    let mut last = String::new();
    for id in 1..=rows {
        let row = S::row(id, version(id, has_changed));
        let (of_row, at) = S::sums(&row);
        sums[2..].iter_mut().zip(of_row).for_each(|(sum, value)| *sum += value);
        if at > last.as_str() {
            at.clone_into(&mut last);
        }
    }
    Expected { sums, last: last.replace(['T', 'Z'], " ").trim_end().to_owned() }
}

/// Looks at what is in the database after a load.
///
/// # Errors
///
/// When it is not what was sent.
pub fn verify<S: Shape>(database: &Database, expected: &Expected) -> Result<()> {
    let table = S::TABLES[0].name;
    let sums = S::SUMS.join(", ");
    let last = "substr(replace(CAST(max(updated_at) AS text), 'T', ' '), 1, 19)";
    let sql = format!("SELECT {last}, count(*), count(DISTINCT id), {sums} FROM {table}");
    let found = database.row(S::NAME, &sql)?;
    let numbers = found[1..].iter().map(|sum| sum.parse::<f64>()).collect::<Result<Vec<_>, _>>()?;
    let differ = |(found, expected): (&f64, &f64)| (found - expected).abs() > 0.5;
    if found[0] != expected.last || numbers.iter().zip(&expected.sums).any(differ) {
        return Err(format!("{found:?} is there, not {expected:?}").into());
    }
    Ok(())
}
