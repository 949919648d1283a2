//! What the targets share: the columns, and a second opinion on JSON that is slow and plain.

use connector_runtime::arrow_array::cast::AsArray;
use connector_runtime::arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use connector_runtime::arrow_array::{Array, RecordBatch};
use connector_runtime::spec::{ColumnSpec, FieldSpec, ResourceSpec, Segment};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

const fn column<T: connector_runtime::Column>(name: &'static str) -> FieldSpec {
    ColumnSpec::new::<T>(name, name, "").field()
}

static NESTED: [FieldSpec; 1] = [column::<Option<i64>>("x")];

static FIELDS: [FieldSpec; 6] = [
    column::<i64>("id"),
    column::<Option<String>>("name"),
    column::<Option<u64>>("count"),
    column::<Option<f64>>("ratio"),
    column::<Option<bool>>("flag"),
    FieldSpec::Flatten { name: "nested", wire: "nested", optional: true, fields: &NESTED },
];

/// A resource with columns of every kind that JSON itself knows.
pub static RESOURCE: ResourceSpec =
    ResourceSpec { name: "fuzz", fields: &FIELDS, ..ResourceSpec::EMPTY };

/// A row as texts; `None` is null.
pub type Row = Vec<Option<String>>;

/// The rows of a batch.
pub fn rows(batch: &RecordBatch) -> Vec<Row> {
    let cell = |column: &dyn Array, row: usize| match column.data_type().to_string().as_str() {
        "Int64" => column.as_primitive::<Int64Type>().value(row).to_string(),
        "UInt64" => column.as_primitive::<UInt64Type>().value(row).to_string(),
        "Float64" => column.as_primitive::<Float64Type>().value(row).to_bits().to_string(),
        "Boolean" => column.as_boolean().value(row).to_string(),
        _ => column.as_string::<i32>().value(row).to_owned(),
    };
    (0..batch.num_rows())
        .map(|row| {
            let columns = batch.columns().iter();
            columns.map(|column| column.is_valid(row).then(|| cell(column, row))).collect()
        })
        .collect()
}

/// The members of an object in their order, the same key as often as it comes.
pub struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut all = Vec::new();
                while let Some(member) = map.next_entry()? {
                    all.push(member);
                }
                Ok(Members(all))
            }
        }
        deserializer.deserialize_map(All)
    }
}

impl Members {
    fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// `Err`: the key comes twice.
    fn get(&self, key: &str) -> Result<Option<&str>, ()> {
        let mut values = self.0.iter().filter(|(name, _)| name == key);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(()),
            (value, None) => Ok(value.map(|(_, raw)| raw.get()).filter(|json| *json != "null")),
        }
    }
}

/// The row that an object is; `None` if it does not fit.
pub fn expected(json: &str) -> Option<Row> {
    let members = Members::read(json)?;
    let get = |key| members.get(key).ok();
    let integer = |json: &str| json.parse::<i64>().ok().filter(|_| json != "-0");
    let id = integer(get("id")??)?.to_string();
    let name = optional(get("name")?, |json| serde_json::from_str::<String>(json).ok())?;
    let count = optional(get("count")?, |json| json.parse::<u64>().ok())?;
    let ratio = optional(get("ratio")?, |json| float(json).map(f64::to_bits))?;
    let flag = optional(get("flag")?, |json| serde_json::from_str::<bool>(json).ok())?;
    let nested = match get("nested")? {
        Some(json) => optional(Members::read(json)?.get("x").ok()?, integer)?,
        None => None,
    };
    Some(vec![Some(id), name, count, ratio, flag, nested])
}

/// The row of a record of CSV: the texts of its fields by name. Nothing is null.
pub fn expected_csv<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Option<Row> {
    let value = |name| get(name).filter(|text| !text.is_empty());
    let whole = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        plain && (text == "0" || !digits.starts_with('0'))
    };
    let integer = |text: &str| text.parse::<i64>().ok().filter(|_| whole(text));
    let count = |text: &str| text.parse::<u64>().ok().filter(|_| whole(text));
    let ratio = |text: &str| {
        let known = serde_json::from_str::<&RawValue>(text).is_ok_and(|raw| raw.get() == text);
        if known { float(text).map(f64::to_bits) } else { None }
    };
    let flag = |text: &str| matches!(text, "true" | "false").then(|| text.to_owned());
    Some(vec![
        Some(integer(value("id")?)?.to_string()),
        value("name").map(str::to_owned),
        optional(value("count"), count)?,
        optional(value("ratio"), ratio)?,
        optional(value("flag"), flag)?,
        optional(value("nested.x"), integer)?,
    ])
}

/// `None`: the value does not fit.
fn optional<T: ToString>(
    json: Option<&str>,
    read: impl FnOnce(&str) -> Option<T>,
) -> Option<Option<String>> {
    match json {
        Some(json) => Some(Some(read(json)?.to_string())),
        None => Some(None),
    }
}

/// A whole number of at most 64 bits must be exact.
fn float(json: &str) -> Option<f64> {
    let number = json.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let float = json.parse::<f64>().ok().filter(|float| number && float.is_finite())?;
    let wide = json.parse::<i128>().ok();
    let whole = wide.filter(|wide| (i64::MIN.into()..=u64::MAX.into()).contains(wide));
    whole.is_none_or(|whole| float as i128 == whole).then_some(float)
}

/// What is at a selector.
#[derive(Debug, Default)]
pub struct Selected {
    /// The rows, as JSON.
    pub rows: Vec<String>,
    reached: usize,
    broken: bool,
}

/// The rows at a selector; `None` if it leads nowhere or to something else. `single`: an object
/// in the place of the list is a row.
pub fn select(json: &str, selector: &[Segment], single: bool) -> Option<Selected> {
    let root: &RawValue = serde_json::from_str(json).ok()?;
    let mut selected = Selected::default();
    walk(root.get(), selector, single, false, false, &mut selected);
    (!selected.broken && selected.reached > 0).then_some(selected)
}

fn walk(
    json: &str,
    selector: &[Segment],
    single: bool,
    many: bool,
    element: bool,
    out: &mut Selected,
) {
    let list = || serde_json::from_str::<Vec<Box<RawValue>>>(json).ok();
    let Some((first, rest)) = selector.split_first() else {
        out.reached += 1;
        out.broken |= out.reached > 1 && !many;
        match list() {
            Some(items) => out.rows.extend(items.iter().map(|item| item.get().to_owned())),
            None if json.starts_with('{') && (single || element) => out.rows.push(json.to_owned()),
            None => out.broken |= json != "null" || element,
        }
        return;
    };
    match first {
        Segment::Key(key) => {
            let members = Members::read(json).map(|members| members.0).unwrap_or_default();
            for (_, value) in members.iter().filter(|(name, _)| name == key) {
                walk(value.get(), rest, single, many, false, out);
            }
        }
        Segment::Index(index) => {
            if let Some(item) = list().and_then(|items| items.into_iter().nth(*index)) {
                walk(item.get(), rest, single, many, false, out);
            }
        }
        Segment::Each => {
            let Some(items) = list() else { return };
            out.reached += usize::from(items.is_empty());
            for item in items {
                let before = out.reached;
                walk(item.get(), rest, single, true, true, out);
                out.broken |= out.reached == before;
            }
        }
        _ => unreachable!("no other step"),
    }
}
