//! What others see while a load is at work: never half of it.

use std::sync::{Arc, Mutex, PoisonError};

use super::super::bench::{Bench, counts};
use super::super::script::{Script, page, pages, pairs};
use super::{api, batch};
use crate::connector::Connector;
use crate::report::RowCounts;

api!(Append, AppendRow { id: i64, text: String }, write_disposition = append);
api!(
    Replace,
    ReplaceRow {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    write_disposition = replace
);
api!(
    Upsert,
    UpsertRow {
        #[column(primary_key)]
        id: i64,
        text: String
    }
);

/// Loads the script while a reader looks at each request, and all the time between. Returns what it
/// saw: each state of the table once, in its order, as the numbers of rows with each text.
async fn watch<C: Connector>(bench: &Bench, api: C, script: Script) -> Vec<Vec<(String, usize)>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let api = Arc::new(api);
    let look = {
        let (bench, api, seen) = (bench.clone(), api.clone(), seen.clone());
        move || {
            let (bench, api, seen) = (bench.clone(), api.clone(), seen.clone());
            async move {
                let rows = summary(&bench.rows(&*api).await);
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                if seen.last() != Some(&rows) {
                    seen.push(rows);
                }
            }
        }
    };
    let reader = tokio::spawn({
        let look = look.clone();
        async move {
            loop {
                look().await;
                tokio::task::yield_now().await;
            }
        }
    });
    let load = bench.load(&*api, script.before_each(look.clone())).await;
    assert!(load.report.is_done(), "{:?}", load.report);
    reader.abort();
    let _ = reader.await;
    look().await;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.clone()
}

fn summary(rows: &[String]) -> Vec<(String, usize)> {
    let mut texts: Vec<(String, usize)> = Vec::new();
    for text in rows.iter().filter_map(|row| row.split('|').nth(1)) {
        match texts.iter_mut().find(|(seen, _)| seen == text) {
            Some((_, count)) => *count += 1,
            None => texts.push((text.to_owned(), 1)),
        }
    }
    texts.sort();
    texts
}

fn three_batches(text: &str) -> Script {
    page(batch(1, text)).page(batch(8_193, text)).page(batch(16_385, text))
}

fn rows(text: &str, count: usize) -> Vec<(String, usize)> {
    vec![(text.to_owned(), count)]
}

pub(super) async fn append_shows_nothing_before_its_end(bench: Bench) {
    bench.load(&Append {}, pages([&[(1, "old")][..]])).await.done(counts!(inserted: 1));
    let seen = watch(&bench, Append {}, three_batches("x")).await;
    assert_eq!(seen, [rows("old", 1), [rows("old", 1), rows("x", 24_576)].concat()]);
}

pub(super) async fn replace_shows_nothing_before_its_end(bench: Bench) {
    bench
        .load(&Replace {}, pages([&[(1, "old"), (2, "old")][..]]))
        .await
        .done(counts!(inserted: 2));
    let seen = watch(&bench, Replace {}, three_batches("x")).await;
    assert_eq!(seen, [rows("old", 2), rows("x", 24_576)]);
}

pub(super) async fn upsert_shows_whole_batches(bench: Bench) {
    bench.load(&Upsert {}, page(pairs(&[(0, "old")]))).await.done(counts!(inserted: 1));
    let seen = watch(&bench, Upsert {}, three_batches("x")).await;
    for state in &seen {
        let count = state.iter().find(|(text, _)| text == "x").map_or(0, |(_, count)| *count);
        assert_eq!(count % 8_192, 0, "{seen:?}");
    }
    assert_eq!(seen.last(), Some(&[rows("old", 1), rows("x", 24_576)].concat()));
}
