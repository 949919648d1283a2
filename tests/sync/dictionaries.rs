//! `Connector::dictionary`: the tables of a connector, described.

use connector_runtime::prelude::*;
use serde_json::json;

/// The shop's API.
#[derive(Connector)]
#[connector(name = "shop", base_url = "https://api.example.com", resources(Order, Payment, Stock))]
struct Shop {}

/// An order of a customer.
///
/// With its lines.
#[derive(Resource)]
#[resource(
    name = "orders",
    path = "/orders",
    incremental(cursor = updated_at, start_param = "since"),
)]
struct Order {
    /// Its number.
    #[column(primary_key)]
    id: i64,
    #[column(version)]
    updated_at: Timestamp,
    #[column(flatten)]
    customer: Option<Customer>,
    /// What was ordered, "as is" | or not.
    lines: Vec<Line>,
    tags: Option<Vec<String>>,
}

#[derive(Record)]
struct Customer {
    name: String,
}

#[derive(Record)]
struct Line {
    article: u16,
    raw: Json,
}

#[derive(Resource)]
#[resource(name = "payments", parent(order: Order), path = "/orders/{order.id}/payments")]
struct Payment {
    #[column(primary_key)]
    id: Uuid,
    /// The order.
    #[column(parent = order.id)]
    order_id: i64,
    amount: Decimal,
}

#[derive(Resource)]
#[resource(name = "stock", path = "/stock/{partition.place}", partition(place in ["a", "b"]), strategy = scd2)]
struct Stock {
    #[column(primary_key, partition = place)]
    place: String,
    on: Date,
}

#[test]
fn markdown() {
    let expected = r#"# shop

The shop's API.

## orders

An order of a customer.
With its lines.

Rows are merged by their key. Only what is new is asked for, by `updated_at`.

| column | type | null | key | doc |
|---|---|---|---|---|
| `id` | `i64` | no | primary | Its number. |
| `updated_at` | `timestamp` | no | `version` |  |
| `customer__name` | `text` | yes |  |  |
| `_load_id` | `i64` | no |  | the load that wrote the row last |

## orders__lines

What was ordered, "as is" | or not.

Rows belong to those of `orders`.

| column | type | null | key | doc |
|---|---|---|---|---|
| `_parent_id` | `i64` | no | primary |  |
| `_index` | `i64` | no | primary |  |
| `article` | `u16` | no |  |  |
| `raw` | `json` | no |  |  |
| `_load_id` | `i64` | no |  | the load that wrote the row last |

## orders__tags

Rows belong to those of `orders`.

| column | type | null | key | doc |
|---|---|---|---|---|
| `_parent_id` | `i64` | no | primary |  |
| `_index` | `i64` | no | primary |  |
| `value` | `text` | no |  |  |
| `_load_id` | `i64` | no |  | the load that wrote the row last |

## payments

Rows are merged by their key. They are read for each row of `orders`.

| column | type | null | key | doc |
|---|---|---|---|---|
| `id` | `uuid` | no | primary |  |
| `order_id` | `i64` | no | `orders.id` | The order. |
| `amount` | `decimal` | no |  |  |
| `_load_id` | `i64` | no |  | the load that wrote the row last |

## stock

Rows are kept as a history.

| column | type | null | key | doc |
|---|---|---|---|---|
| `place` | `text` | no | primary, partition `place` |  |
| `on` | `date` | no |  |  |
| `_valid_from` | `timestamp` | no | primary | valid from then on |
| `_valid_to` | `timestamp` | yes |  | and until then |
| `_load_id` | `i64` | no |  | the load that wrote the row last |
"#;
    assert_eq!(Shop::dictionary([""; 0]).expect("all").markdown(), expected);
}

#[test]
fn mermaid() {
    let expected = r#"erDiagram
    "orders" {
        i64 id PK "Its number."
        timestamp updated_at
        text customer__name
    }
    "orders__lines" {
        i64 _parent_id PK, FK
        i64 _index PK
        u16 article
        json raw
    }
    "orders__tags" {
        i64 _parent_id PK, FK
        i64 _index PK
        text value
    }
    "payments" {
        uuid id PK
        i64 order_id FK "The order."
        decimal amount
    }
    "orders" ||--o{ "orders__lines" : ""
    "orders" ||--o{ "orders__tags" : ""
    "orders" ||--o{ "payments" : ""
"#;
    assert_eq!(Shop::dictionary(["!stock"]).expect("some").mermaid(), expected);
    // a parent that has no table here is no entity
    let payments = Shop::dictionary(["payments"]).expect("one").mermaid();
    assert!(!payments.contains("orders\" ||"), "{payments}");
}

#[test]
fn json_schema() {
    let (least, most) = (i64::MIN, i64::MAX);
    let integer = json!({ "type": "integer", "minimum": least, "maximum": most });
    let expected = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "shop",
        "anyOf": [{ "$ref": "#/$defs/orders" }, { "$ref": "#/$defs/payments" }],
        "$defs": {
            "orders": {
                "type": "object",
                "properties": {
                    "id": { "type": "integer", "minimum": least, "maximum": most, "description": "Its number." },
                    "updated_at": { "type": "string", "format": "date-time" },
                    "customer__name": { "type": ["null", "string"] },
                    "lines": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "article": { "type": "integer", "minimum": 0, "maximum": 65_535 },
                                "raw": {},
                            },
                            "required": ["article", "raw"],
                            "additionalProperties": false,
                        },
                        "description": "What was ordered, \"as is\" | or not.",
                    },
                    "tags": { "type": ["null", "array"], "items": { "type": "string" } },
                },
                "required": ["id", "updated_at", "customer__name", "lines", "tags"],
                "additionalProperties": false,
                "description": "An order of a customer.\nWith its lines.",
            },
            "payments": {
                "type": "object",
                "properties": {
                    "id": { "type": "string", "format": "uuid" },
                    "order_id": {
                        "type": "integer", "minimum": least, "maximum": most, "description": "The order.",
                    },
                    "amount": { "type": "number" },
                },
                "required": ["id", "order_id", "amount"],
                "additionalProperties": false,
            },
        },
    });
    let schema = Shop::dictionary(["orders", "payments"]).expect("two").json_schema();
    assert_eq!(schema, expected);
    assert_eq!(schema["$defs"]["payments"]["properties"]["order_id"]["type"], integer["type"]);
}

#[test]
fn tables_for_machines_and_people() {
    let payments = Shop::dictionary(["pay*"]).expect("one");
    let column = |name: &str, ty: &str, key: bool, doc: &str| {
        json!({
            "column": name, "type": ty, "nullable": false, "primary_key": key, "mark": null,
            "doc": doc,
        })
    };
    let expected = json!({
        "connector": "shop",
        "tables": [{
            "table": "payments",
            "resource": "payments",
            "parent": "orders",
            "doc": "",
            "columns": [
                column("id", "uuid", true, ""),
                column("order_id", "i64", false, "The order."),
                column("amount", "decimal", false, ""),
            ],
        }],
    });
    assert_eq!(serde_json::to_value(&payments).expect("JSON"), expected);
    assert!(payments.to_string().starts_with("resource  column    type     null  key  doc\n"));
}
