//! Small rows: a key, a text, a number and a moment, 90 bytes of JSON.

use connector_runtime::prelude::*;
use serde::{Deserialize, Serialize};

use crate::shape::{Cells, KEY, Shape, Table, Text, Type};
use crate::{Result, shape};

/// Small rows.
#[derive(Debug)]
pub enum Small {}

/// The connector, as a user of this project writes it.
#[derive(Connector)]
#[connector(
    name = "small",
    base_url = "https://api.example.com",
    auth = api_key(name = "api_key", location = query, value = api_key),
    resources(Item),
)]
pub struct SmallApi {
    api_key: Secret,
}

#[derive(Resource)]
#[resource(
    name = "items",
    path = "/items",
    data_selector = "data",
    paginator = offset(limit = 100),
    write_disposition = merge
)]
struct Item {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
    value: Option<f64>,
    updated_at: Timestamp,
}

/// The row, as a program without a framework reads it.
#[derive(Debug, Deserialize, Serialize)]
pub struct Row<T> {
    id: i64,
    name: Option<T>,
    value: Option<f64>,
    updated_at: T,
}

impl Shape for Small {
    const NAME: &'static str = "small";
    const TABLES: &'static [Table] = &[Table {
        name: "items",
        columns: &[
            ("id", Type::Int),
            ("name", Type::Text),
            ("value", Type::Float),
            ("updated_at", Type::Instant),
        ],
    }];
    const SUMS: &'static [&'static str] = &["sum(value)", "count(value)", "sum(length(name))"];
    type Owned = Row<String>;
    type Borrowed<'a> = Row<Text<'a>>;
    type Api = SmallApi;

    fn api() -> SmallApi {
        SmallApi { api_key: Secret::new(KEY) }
    }

    fn row(id: u64, version: u64) -> Row<String> {
        let value = (id % 100_000) as f64 / 100.0 + version as f64;
        Row {
            id: id as i64,
            name: Some(format!("name of row {id}")),
            value: (!id.is_multiple_of(17)).then_some(value),
            updated_at: shape::updated_at(id, version),
        }
    }

    fn sums(row: &Row<String>) -> (Vec<f64>, &str) {
        let value = row.value.unwrap_or(0.0);
        let length = row.name.as_ref().map_or(0, String::len);
        let sums = vec![value, f64::from(u8::from(row.value.is_some())), length as f64];
        (sums, &row.updated_at)
    }

    fn id(row: &Row<Text<'_>>) -> i64 {
        row.id
    }

    fn put(row: &Row<Text<'_>>, cells: &mut impl Cells) -> Result<()> {
        cells.begin(0);
        cells.int(row.id);
        cells.text(row.name.as_ref());
        cells.float(row.value);
        cells.instant(&row.updated_at);
        cells.end()
    }
}
