//! A full refresh: rows and states of a load take the place of what is there, or nothing does.

use serde_json::{Value, json};

use super::super::bench::{Bench, counts};
use super::super::direct::{Direct, NONE, Worked, loads, state};
use super::super::script::{page, pages, pairs};
use super::{api, batch};
use crate::destination::States;
use crate::report::{RowCounts, Status};
use crate::value::LogicalType;

api!(
    Plain,
    PlainRow {
        #[column(primary_key)]
        id: i64,
        text: String
    }
);
api!(Keyless, KeylessRow { id: i64, text: String });
api!(
    Appended,
    AppendedRow {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    write_disposition = append
);
api!(
    InsertOnly,
    InsertOnlyRow {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    strategy = insert_only
);
api!(
    ByText,
    ByTextRow {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    strategy = delete_insert(merge_key = text)
);
api!(
    History,
    HistoryRow {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    strategy = scd2
);
api!(
    Versioned,
    VersionedRow {
        #[column(primary_key)]
        id: i64,
        #[column(version)]
        version: i64,
    }
);
api!(
    Marked,
    MarkedRow {
        #[column(primary_key)]
        id: i64,
        #[column(soft_delete)]
        gone: bool,
    }
);
api!(Lists, ListsRow {
    #[column(primary_key)]
    id: i64,
    tags: Vec<String>,
});

const OLD: &[(i64, &str)] = &[(1, "a"), (2, "b"), (3, "c")];
const NEW: &[(i64, &str)] = &[(1, "a"), (2, "B"), (4, "d")];

pub(super) async fn rows_that_are_merged_are_replaced(bench: Bench) {
    bench.load(&Plain {}, pages([OLD])).await.done(counts!(inserted: 3));
    let load = bench.refresh(&Plain {}, pages([NEW])).await;
    load.done(counts!(inserted: 1, updated: 1, unchanged: 1, removed: 1));
    assert_eq!(bench.rows(&Plain {}).await, ["1|a", "2|B", "4|d"]);
}

pub(super) async fn the_first_load(bench: Bench) {
    bench.refresh(&Plain {}, pages([OLD])).await.done(counts!(inserted: 3));
    assert_eq!(bench.rows(&Plain {}).await, ["1|a", "2|b", "3|c"]);
}

pub(super) async fn appended_rows_are_replaced(bench: Bench) {
    for _ in 0..2 {
        bench.load(&Keyless {}, pages([OLD])).await.done(counts!(inserted: 3));
    }
    let twice: &[(i64, &str)] = &[(1, "x"), (1, "x")];
    let load = bench.refresh(&Keyless {}, pages([twice])).await;
    load.done(counts!(inserted: 2, removed: 6));
    assert_eq!(bench.rows(&Keyless {}).await, ["1|x", "1|x"]);
}

/// As the first load would have them: a key that comes twice is there twice.
pub(super) async fn appended_rows_with_keys_are_replaced(bench: Bench) {
    bench.load(&Appended {}, pages([OLD])).await.done(counts!(inserted: 3));
    let twice: &[(i64, &str)] = &[(1, "a"), (1, "b")];
    let load = bench.refresh(&Appended {}, pages([twice])).await;
    load.done(counts!(inserted: 2, removed: 3));
    assert_eq!(bench.rows(&Appended {}).await, ["1|a", "1|b"]);
}

pub(super) async fn what_is_only_inserted_is_replaced(bench: Bench) {
    bench.load(&InsertOnly {}, pages([OLD])).await.done(counts!(inserted: 3));
    let first_counts: &[(i64, &str)] = &[(1, "A"), (1, "x")];
    let load = bench.refresh(&InsertOnly {}, pages([first_counts])).await;
    load.done(counts!(updated: 1, unchanged: 1, removed: 2));
    assert_eq!(bench.rows(&InsertOnly {}).await, ["1|A"]);
}

pub(super) async fn rows_of_every_merge_key_are_replaced(bench: Bench) {
    bench.load(&ByText {}, pages([OLD])).await.done(counts!(inserted: 3));
    let load = bench.refresh(&ByText {}, pages([&[(1, "a"), (4, "d")][..]])).await;
    load.done(counts!(inserted: 1, unchanged: 1, removed: 2));
    assert_eq!(bench.rows(&ByText {}).await, ["1|a", "4|d"]);
}

pub(super) async fn an_older_version_replaces_a_newer_one(bench: Bench) {
    let rows = |rows: &[(i64, i64)]| -> Value {
        rows.iter().map(|(id, version)| json!({ "id": id, "version": version })).collect()
    };
    bench.load(&Versioned {}, page(rows(&[(1, 7), (2, 7)]))).await.done(counts!(inserted: 2));
    let load = bench.refresh(&Versioned {}, page(rows(&[(1, 3), (1, 5), (1, 4)]))).await;
    load.done(counts!(updated: 1, unchanged: 2, removed: 1));
    assert_eq!(bench.rows(&Versioned {}).await, ["1|5"]);
}

/// What did not come is closed, and what was there once stays.
pub(super) async fn a_history_stays(bench: Bench) {
    bench.load(&History {}, pages([OLD])).await.done(counts!(inserted: 3));
    let load = bench.refresh(&History {}, pages([NEW])).await;
    load.done(counts!(inserted: 1, updated: 1, unchanged: 1, removed: 1));
    let columns = [("id", LogicalType::I64), ("text", LogicalType::Text)];
    assert_eq!(bench.select("rows", &columns).await, ["1|a", "2|B", "2|b", "3|c", "4|d"]);
    let until = [("id", LogicalType::I64), ("_valid_to", LogicalType::Timestamp)];
    let open = bench.select("rows", &until).await;
    let open: Vec<_> = open.iter().filter_map(|row| row.strip_suffix("|null")).collect();
    assert_eq!(open, ["1", "2", "4"]);
}

pub(super) async fn rows_that_are_marked_as_deleted_stay(bench: Bench) {
    let rows = |rows: &[(i64, bool)]| -> Value {
        rows.iter().map(|(id, gone)| json!({ "id": id, "gone": gone })).collect()
    };
    let old = page(rows(&[(1, false), (2, true), (3, false)]));
    bench.load(&Marked {}, old).await.done(counts!(inserted: 3));
    let load = bench.refresh(&Marked {}, page(rows(&[(1, false), (4, false)]))).await;
    load.done(counts!(inserted: 1, unchanged: 1, removed: 1));
    let columns = [("id", LogicalType::I64), ("gone", LogicalType::Bool)];
    let all = bench.select("rows", &columns).await;
    assert_eq!(all, ["1|false", "2|true", "3|true", "4|false"]);
}

pub(super) async fn lists_are_replaced(bench: Bench) {
    let old = json!([{ "id": 1, "tags": ["a", "b"] }, { "id": 2, "tags": ["c"] }]);
    bench.load(&Lists {}, page(old)).await.done(counts!(inserted: 2));
    let load = bench.refresh(&Lists {}, page(json!([{ "id": 1, "tags": ["b"] }]))).await;
    load.done(counts!(updated: 1, removed: 1));
    assert_eq!(bench.rows(&Lists {}).await, ["1"]);
    assert_eq!(bench.child(&Lists {}, "tags").await, ["1|0|b"]);
}

pub(super) async fn of_many_batches(bench: Bench) {
    bench.load(&Plain {}, pages([OLD])).await.done(counts!(inserted: 3));
    let script = page(batch(2, "x")).page(pairs(&[(1, "a")]));
    let load = bench.refresh(&Plain {}, script).await;
    load.done(counts!(inserted: 8_190, updated: 2, unchanged: 1));
}

pub(super) async fn a_failed_one_changes_nothing(bench: Bench) {
    bench.load(&Plain {}, pages([OLD])).await.done(counts!(inserted: 3));
    let script = page(batch(1, "x")).page(pairs(&[(0, "y")])).fails();
    bench.refresh(&Plain {}, script).await.withheld(8_193);
    assert_eq!(bench.rows(&Plain {}).await, ["1|a", "2|b", "3|c"]);
}

pub(super) async fn a_partial_one_changes_nothing(bench: Bench) {
    bench.load(&History {}, pages([OLD])).await.done(counts!(inserted: 3));
    let load = bench.refresh(&History {}, pages([NEW]).cut()).await;
    load.withheld(3);
    load.tells(&["neither rows nor states were replaced"]);
    let columns = [("id", LogicalType::I64), ("text", LogicalType::Text)];
    assert_eq!(bench.select("rows", &columns).await, ["1|a", "2|b", "3|c"]);
}

pub(super) async fn an_empty_one_changes_nothing(bench: Bench) {
    bench.load(&Plain {}, pages([OLD])).await.done(counts!(inserted: 3));
    bench.refresh(&Plain {}, page("[]")).await.tells(&["allow_empty"]);
    assert_eq!(bench.rows(&Plain {}).await, ["1|a", "2|b", "3|c"]);
}

/// Opens, with loads that refresh or as ever.
async fn open(bench: &Bench, refresh: bool, store: bool) -> Direct {
    let mut loads = loads::<Plain>();
    for load in &mut loads {
        (load.write.refresh, load.store) = (refresh, store);
    }
    let direct = Direct::open(bench.harness.destination(), loads).await;
    let mut direct = direct.unwrap_or_else(|error| panic!("{error}"));
    direct.has_begun("rows").await;
    direct
}

async fn states(bench: &Bench) -> Vec<String> {
    bench.select("_connector_state", &[("partition", LogicalType::Text)]).await
}

pub(super) async fn what_was_remembered_is_forgotten(bench: Bench) {
    for store in [true, false] {
        let mut run = open(&bench, false, store).await;
        let all = ["", "a", "b", "@1/2", "^", "^a"].map(|at| (at, state(1)));
        run.write::<PlainRow>(&[], all).await.worked();
        run.end("rows", Status::Done, NONE).await.worked();
        let before = states(&bench).await;
        assert!(before.len() >= 6, "{before:?}");

        // until the end of it, and where it fails
        let mut run = open(&bench, true, store).await;
        run.write::<PlainRow>(&[], [("b", state(2)), ("x", state(2))]).await.worked();
        assert_eq!(run.states("rows", States::Beginning("x")).await.worked(), []);
        run.forget_at_end("rows", Status::Failed, [("", state(2))]).await.worked();
        assert_eq!(states(&bench).await, before);

        let mut run = open(&bench, true, store).await;
        run.write::<PlainRow>(&[], [("b", state(3)), ("c", state(3))]).await.worked();
        run.forget_at_end("rows", Status::Done, [("", state(3))]).await.worked();
        assert_eq!(states(&bench).await, ["", "b", "c"]);
    }
}
