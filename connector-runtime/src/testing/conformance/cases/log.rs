//! The log of loads, and whose table a table is.

use super::super::bench::{Bench, counts};
use super::super::script::{page, pages};
use super::api;
use crate::report::RowCounts;
use crate::value::LogicalType;

api!(
    First,
    Row {
        #[column(primary_key)]
        id: i64,
        text: String
    }
);

const COLUMNS: &[(&str, LogicalType)] = &[
    ("connector", LogicalType::Text),
    ("resource", LogicalType::Text),
    ("status", LogicalType::Text),
    ("pages", LogicalType::I64),
    ("requests", LogicalType::I64),
    ("retries", LogicalType::I64),
];

pub(super) async fn every_load_has_a_line_of_its_own(bench: Bench) {
    bench.load(&First {}, pages([&[(1, "a")][..], &[(2, "b")]])).await.done(counts!(inserted: 2));
    bench.load(&First {}, pages([&[(1, "a")][..]]).cut()).await.partial(counts!(unchanged: 1));
    bench.load(&First {}, page("[]").fails()).await.failed(counts!(), &["500"]);
    let log = bench.select("_connector_loads", COLUMNS).await;
    assert_eq!(
        log,
        [
            "conformance|rows|done|2|2|0",
            "conformance|rows|failed|1|2|0",
            "conformance|rows|partial|1|2|0",
        ]
    );
    let times = [("started_at", LogicalType::Timestamp), ("ended_at", LogicalType::Timestamp)];
    for line in bench.select("_connector_loads", &times).await {
        let (started, ended) = line.split_once('|').unwrap_or_default();
        assert!(started.parse::<connector_runtime::Timestamp>().is_ok(), "{line}");
        assert!(started <= ended, "{line}");
    }
}

pub(super) async fn a_second_connector_is_refused(bench: Bench) {
    #[derive(connector_runtime::Connector)]
    #[connector(name = "another", base_url = "https://api.example.com", resources(Row))]
    struct Second {}

    bench.load(&First {}, pages([&[(1, "a")][..]])).await.done(counts!(inserted: 1));
    let load = bench.load(&Second {}, super::super::script::Script::default()).await;
    load.refused(&["`rows`", "`conformance`"]);
    assert_eq!(bench.rows(&First {}).await, ["1|a"]);
}

pub(super) async fn the_error_is_kept(bench: Bench) {
    let load = bench.load(&First {}, page(r#"[{"id": 1, "text": 7}]"#)).await;
    load.failed(counts!(), &["`text`", "7"]);
    bench.load(&First {}, pages([&[(1, "a")][..]])).await.done(counts!(inserted: 1));
    let error = [("status", LogicalType::Text), ("error", LogicalType::Text)];
    let log = bench.select("_connector_loads", &error).await;
    assert_eq!(log.len(), 2);
    assert_eq!(log[0], "done|null");
    assert!(log[1].starts_with("failed|") && log[1].contains("`text`"), "{log:?}");
}
