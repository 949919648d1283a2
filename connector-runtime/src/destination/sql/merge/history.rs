//! Tables that keep the history of their rows.

use super::fates::Fate;
use super::{Count, Merge, ROW, Step};
use crate::schema::LOAD_ID;

impl Merge<'_> {
    /// What changed is closed, and what is new stands beside it.
    pub(super) fn history(&self, valid_from: &str, valid_to: &str) -> Vec<Step> {
        let root = self.root();
        let (stage, fates, target) =
            (&self.stages.tables[0], &self.stages.fates, self.target(root));
        let [valid_from, valid_to] = [valid_from, valid_to].map(|name| self.space.name(name));
        let close = |fate: Fate| {
            format!(
                "UPDATE {target} SET {valid_to} = {}, {LOAD_ID} = {} WHERE {valid_to} IS NULL AND {}",
                self.at,
                self.load_id,
                self.of_fates(&self.key(), &[fate])
            )
        };
        let names = self.names(root);
        let values: Vec<_> = names.iter().map(|name| format!("s.{name}")).collect();
        let open = |fate: Fate| {
            format!(
                "INSERT INTO {target} ({}, {valid_from}, {LOAD_ID}) SELECT {}, {}, {} FROM {stage} AS s JOIN {fates} AS f ON f.{ROW} = s.{ROW} WHERE f.fate = {}",
                names.join(", "),
                values.join(", "),
                self.at,
                self.load_id,
                fate as u8
            )
        };
        vec![
            Step::counting(Count::Deleted, close(Fate::Delete)),
            Step::new(close(Fate::SoftDelete)),
            Step::new(close(Fate::Update)),
            Step::counting(Count::Deleted, open(Fate::SoftDelete)),
            Step::counting(Count::Updated, open(Fate::Update)),
            Step::counting(Count::Inserted, open(Fate::Insert)),
        ]
    }
}
