//! Rows that are not judged one by one: all that were staged, all that share a key of their own, all
//! that did not come.

use super::{Count, Merge, ROW, Step};
use crate::destination::sql::{Dialect, ddl};
use crate::schema::LOAD_ID;

impl Merge<'_> {
    /// Every staged row, in the order in which they came.
    pub(super) fn insert_all(&self) -> Vec<Step> {
        let steps = self.load.tables.iter().zip(&self.stages.tables).enumerate();
        let steps = steps.flat_map(|(at, (table, stage))| {
            let names = self.names(table).join(", ");
            let sql = format!(
                "INSERT INTO {} ({names}, {LOAD_ID}) SELECT {names}, {} FROM {stage} ORDER BY {ROW}",
                self.target(table),
                self.load_id
            );
            let count = match at {
                0 => Count::All,
                _ => Count::Lists(table.name.clone()),
            };
            let listed = (at > 0).then(|| self.listed(at, None));
            listed.into_iter().chain([Step::counting(count, sql)])
        });
        self.replayed().into_iter().chain(steps).collect()
    }

    /// Counts the rows of a list that are to be inserted, those of rows with these fates or all in the stage: where
    /// something of the table's own may drop one. It sends nothing, and leaves them as they are.
    pub(super) fn listed(&self, at: usize, fates: Option<&str>) -> Step {
        let (stage, table) = (&self.stages.tables[at], &self.load.tables[at]);
        let hooks = self.space.has_hooks(&table.name);
        let (rows, which) = match fates {
            Some(fates) => (&self.stages.fates, format!(" WHERE fate IN ({fates})")),
            None => (stage, String::new()),
        };
        let hooked = match self.space.dialect {
            #[cfg(feature = "postgres")]
            Dialect::Postgres => {
                format!("{hooks} AND {ROW} IN (SELECT {ROW} FROM {rows}{which})")
            }
            // it would ask with each row: the answer comes first, and leads to rows or to none
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => format!(
                "{ROW} IN (SELECT {ROW} FROM (SELECT 1 WHERE {hooks}) CROSS JOIN {rows}{which})"
            ),
        };
        Step::counting(Count::Listed, format!("UPDATE {stage} SET {ROW} = {ROW} WHERE {hooked}"))
    }

    /// Staged rows go that a load has appended after the one which they are of, and their children.
    fn replayed(&self) -> Vec<Step> {
        let (Some(of), Some((root, children))) =
            (self.load.replays, self.stages.tables.split_first())
        else {
            return Vec::new();
        };
        let names = self.root().columns.iter().map(|column| self.space.name(&column.name));
        let same = names.map(|name| format!(" AND t.{name} IS NOT DISTINCT FROM s.{name}"));
        let again = format!(
            "DELETE FROM {root} AS s WHERE EXISTS (SELECT 1 FROM {} AS t WHERE t.{LOAD_ID} > {of}{})",
            self.target(self.root()),
            same.collect::<String>()
        );
        let children = children.iter().map(|child| {
            format!("DELETE FROM {child} WHERE {ROW} NOT IN (SELECT {ROW} FROM {root})")
        });
        std::iter::once(Step::counting(Count::Again, again))
            .chain(children.map(Step::new))
            .collect()
    }

    pub(super) fn delete_all(&self) -> Vec<Step> {
        let steps = self.load.tables.iter().enumerate().map(|(at, table)| Step {
            sql: format!("DELETE FROM {}", self.target(table)),
            count: (at == 0).then_some(Count::Removed),
        });
        steps.collect()
    }

    /// Elements of lists whose row somebody else has deleted: they would be in the way of those of the row
    /// that comes.
    pub(super) fn delete_ownerless(&self) -> Vec<Step> {
        let target = self.target(self.root());
        let steps = self.load.tables.children().iter().map(|child| {
            let owner = self.key().into_iter().zip(self.owner_columns(child));
            let same: Vec<_> = owner.map(|(key, owner)| format!("t.{key} = l.{owner}")).collect();
            Step::new(format!(
                "DELETE FROM {} AS l WHERE NOT EXISTS (SELECT 1 FROM {target} AS t WHERE {})",
                self.target(child),
                same.join(" AND ")
            ))
        });
        steps.collect()
    }

    /// Rows whose merge key the load has, and which it does not have themselves.
    pub(super) fn delete_partitions(&self, merge_key: &[&str]) -> Vec<Step> {
        let stage = &self.stages.tables[0];
        let names = ddl::list(self.space, merge_key.iter().copied());
        let mut gone = format!("({names}) IN (SELECT {names} FROM {stage})");
        if self.root().key().next().is_some() {
            gone = format!("{gone} AND {}", self.not_in(stage));
        }
        self.delete_rows(&gone)
    }

    /// Rows that this set of keys does not have.
    pub(super) fn delete_absent(&self, keys: &str) -> Vec<Step> {
        self.delete_rows(&self.not_in(keys))
    }

    pub(super) fn mark_absent(&self, keys: &str, set: &str, live: &str) -> Step {
        let target = self.target(self.root());
        Step::counting(
            Count::Removed,
            format!(
                "UPDATE {target} AS t SET {set}, {LOAD_ID} = {} WHERE {live} AND {}",
                self.load_id,
                self.not_in(keys)
            ),
        )
    }

    /// The row `t` is not among the keys.
    fn not_in(&self, keys: &str) -> String {
        format!("NOT EXISTS (SELECT 1 FROM {keys} AS k WHERE {})", self.same_key("k", "t"))
    }

    /// Deletes rows `t` of the resource, and before them their children.
    fn delete_rows(&self, gone: &str) -> Vec<Step> {
        let target = self.target(self.root());
        let children = self.load.tables.children().iter().map(|child| {
            let (name, owner) = (self.target(child), self.owner_columns(child).join(", "));
            let key: Vec<_> = self.key().iter().map(|name| format!("t.{name}")).collect();
            Step::new(format!(
                "DELETE FROM {name} WHERE ({owner}) IN (SELECT {} FROM {target} AS t WHERE {gone})",
                key.join(", ")
            ))
        });
        let mut steps: Vec<_> = children.collect();
        steps.push(Step::counting(
            Count::Removed,
            format!("DELETE FROM {target} AS t WHERE {gone}"),
        ));
        steps
    }
}
