//! `map` and `filter`: rows that become others, and rows that nobody wants.

use super::super::bench::{Bench, counts};
use super::super::script::pages;
use super::api;
use crate::report::RowCounts;

fn is_wanted(row: &MappedRow) -> bool {
    row.text.as_deref() != Some("A")
}

fn capitals(row: MappedRow) -> MappedRow {
    MappedRow { text: row.text.map(|text| text.to_uppercase()), ..row }
}

api!(
    Mapped,
    MappedRow { #[column(primary_key)] id: i64, text: Option<String> },
    map = capitals,
    filter = is_wanted
);

pub(super) async fn map_comes_before_filter(bench: Bench) {
    let script = || pages([&[(1, "a"), (2, "b")][..], &[(3, "c"), (4, "a")]]);
    bench.load(&Mapped {}, script()).await.done(counts!(inserted: 2, filtered: 2));
    assert_eq!(bench.rows(&Mapped {}).await, ["2|B", "3|C"]);
    bench.load(&Mapped {}, script()).await.done(counts!(unchanged: 2, filtered: 2));
}
