//! Names of tables and columns: whatever they are, they are not mixed up.

use super::super::bench::{Bench, counts};
use super::super::script::page;
use super::api;
use crate::report::RowCounts;
use crate::value::LogicalType;

pub(super) async fn unicode(bench: Bench) {
    api!(Api, Row {
        #[column(primary_key)]
        größe: i64,
        名前: Option<String>,
        имя: String,
    });
    let rows =
        r#"[{"größe": 1, "名前": "日本語", "имя": "Ω≈ç√ 🦀"}, {"größe": 2, "имя": "e\u0301"}]"#;
    bench.load(&Api {}, page(rows)).await.done(counts!(inserted: 2));
    bench.load(&Api {}, page(rows)).await.done(counts!(unchanged: 2));
    let rows = r#"[{"größe": 1, "名前": null, "имя": "é"}, {"größe": 2, "имя": "é"}]"#;
    bench.load(&Api {}, page(rows)).await.done(counts!(updated: 2));
    // what looks alike is not the same: an accent of its own is kept, and changed
    assert_eq!(bench.rows(&Api {}).await, ["1|null|é", "2|null|é"]);
    assert_eq!(bench.harness.columns("rows").await[..3], ["größe", "名前", "имя"]);
}

pub(super) async fn reserved_words(bench: Bench) {
    #[derive(connector_runtime::Resource)]
    #[resource(path = "/rows", name = "select", data_selector = "data", paginator = json_link)]
    struct Row {
        #[column(primary_key)]
        order: i64,
        group: Option<String>,
        table: Option<bool>,
        user: Option<f64>,
        r#where: Option<String>,
        excluded: Option<String>,
        rowid: Option<i64>,
    }
    #[derive(connector_runtime::Connector)]
    #[connector(name = "conformance", base_url = "https://api.example.com", resources(Row))]
    struct Api {}

    let rows = r#"[{"order": 1, "group": "a", "table": true, "user": 0.5, "where": "b", "excluded": "c", "rowid": 9}]"#;
    bench.load(&Api {}, page(rows)).await.done(counts!(inserted: 1));
    bench.load(&Api {}, page(rows)).await.done(counts!(unchanged: 1));
    bench.load(&Api {}, page(rows.replace("\"c\"", "\"C\""))).await.done(counts!(updated: 1));
    assert_eq!(bench.rows(&Api {}).await, ["1|a|true|0.5|b|C|9"]);
}

pub(super) async fn of_63_bytes(bench: Bench) {
    #[derive(connector_runtime::Resource)]
    #[resource(
        path = "/rows",
        name = "rows_of_a_table_whose_name_has_just_as_many_letters_as_fit_in63",
        data_selector = "data",
        paginator = json_link
    )]
    struct Row {
        #[column(primary_key)]
        a_column_whose_name_has_just_as_many_letters_as_fit_in_63_bytes: i64,
        text: String,
    }
    #[derive(connector_runtime::Connector)]
    #[connector(name = "conformance", base_url = "https://api.example.com", resources(Row))]
    struct Api {}

    let rows =
        r#"[{"a_column_whose_name_has_just_as_many_letters_as_fit_in_63_bytes": 1, "text": "a"}]"#;
    bench.load(&Api {}, page(rows)).await.done(counts!(inserted: 1));
    bench.load(&Api {}, page(rows)).await.done(counts!(unchanged: 1));
    assert_eq!(bench.rows(&Api {}).await, ["1|a"]);
}

/// A destination may shorten them, but never to one name.
pub(super) async fn longer_ones_that_differ_at_the_end(bench: Bench) {
    #[derive(connector_runtime::Resource)]
    #[resource(
        path = "/rows",
        name = "rows_of_a_table_whose_name_has_more_letters_than_fit_in_sixty_three_bytes",
        data_selector = "data",
        paginator = json_link
    )]
    struct Row {
        #[column(primary_key)]
        id: i64,
        a_column_whose_name_has_more_letters_than_fit_in_sixty_three_bytes_one: String,
        a_column_whose_name_has_more_letters_than_fit_in_sixty_three_bytes_two: String,
    }
    #[derive(connector_runtime::Connector)]
    #[connector(name = "conformance", base_url = "https://api.example.com", resources(Row))]
    struct Api {}

    let rows = |one: &str, two: &str| {
        let name = "a_column_whose_name_has_more_letters_than_fit_in_sixty_three_bytes";
        page(format!(r#"[{{"id": 1, "{name}_one": "{one}", "{name}_two": "{two}"}}]"#))
    };
    bench.load(&Api {}, rows("a", "b")).await.done(counts!(inserted: 1));
    bench.load(&Api {}, rows("a", "b")).await.done(counts!(unchanged: 1));
    bench.load(&Api {}, rows("a", "c")).await.done(counts!(updated: 1));

    let tables = bench.harness.tables().await;
    let ours: Vec<_> = tables.iter().filter(|name| name.starts_with("rows_of_a_table")).collect();
    let [table] = ours[..] else { panic!("one table of the same name each time: {tables:?}") };
    let columns = bench.harness.columns(table).await;
    let [id, one, two, _load_id] = &columns[..] else { panic!("{columns:?}") };
    let text = LogicalType::Text;
    let columns = [(id.as_str(), LogicalType::I64), (one, text), (two, text)];
    assert_eq!(bench.select(table, &columns).await, ["1|a|c"]);
}
