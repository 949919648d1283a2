//! Staged rows into their tables: one statement decides the fate of every row, the others carry it
//! out, and what they count is what the report says.
//!
//! Each table has a stage with its columns and `_row`, the place of the row of the resource in the
//! load: it says which children belong to which of several rows with one key.

use super::ddl;
use super::{Dialect, Space};
use crate::destination::{Load, Write};
use crate::schema::{LOAD_ID, Table};
use crate::spec::{ColumnMark, DeleteMissing, MergeStrategy, SortOrder, WriteDisposition};
use crate::value::LogicalType;

/// The column of a stage that says with which row of the load a row came.
pub(in crate::destination) const ROW: &str = "_row";

/// What becomes of a staged row.
#[derive(Clone, Copy)]
enum Fate {
    /// What is there is the same, if its children are.
    Same = 0,
    Insert = 1,
    Update = 2,
    Delete = 3,
    /// It is updated, and counts as deleted.
    SoftDelete = 4,
    /// What is there stays, whatever its children are.
    Ignore = 5,
}

/// What the affected rows of a statement are to the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::destination) enum Count {
    Deleted,
    Inserted,
    Removed,
    Updated,
}

/// A statement and what it counts.
#[derive(Clone, Debug)]
pub(in crate::destination) struct Step {
    pub(in crate::destination) sql: String,
    pub(in crate::destination) count: Option<Count>,
}

impl Step {
    fn new(sql: String) -> Self {
        Self { sql, count: None }
    }

    fn counting(count: Count, sql: String) -> Self {
        Self { sql, count: Some(count) }
    }
}

/// Where the stages are: those of a load that waits outlive a connection in some databases.
#[derive(Clone, Debug)]
pub(in crate::destination) struct Stages {
    /// The stage of each table, quoted, in the order of the tables.
    pub(in crate::destination) tables: Vec<String>,
    /// The fates of the rows of the resource.
    pub(in crate::destination) fates: String,
    /// The keys that a complete scan has brought so far.
    pub(in crate::destination) seen: String,
}

/// The statements of one load.
#[derive(Debug)]
pub(in crate::destination) struct Merge<'a> {
    space: &'a Space,
    load: &'a Load,
    stages: Stages,
    load_id: i64,
    /// The time of the load, as a literal.
    at: String,
}

impl<'a> Merge<'a> {
    pub(in crate::destination) fn new(
        space: &'a Space,
        load: &'a Load,
        stages: Stages,
        load_id: i64,
    ) -> Self {
        let at = space.dialect.instant(super::instant_of(load_id));
        Self { space, load, stages, load_id, at }
    }

    fn write(&self) -> &Write {
        &self.load.write
    }

    fn root(&self) -> &Table {
        self.load.tables.root()
    }

    fn target(&self, table: &Table) -> String {
        self.space.table(&table.name)
    }

    fn key(&self) -> Vec<String> {
        self.root().key().map(|column| self.space.name(&column.name)).collect()
    }

    /// The names of the columns that both the stage and the table have.
    fn names(&self, table: &Table) -> Vec<String> {
        table.columns.iter().map(|column| self.space.name(&column.name)).collect()
    }

    /// The columns of the stage of a table, for its definition.
    pub(in crate::destination) fn stage_columns(&self, table: &Table) -> String {
        let bigint = self.space.dialect.bigint();
        let own = table.columns.iter().map(|column| {
            let name = self.space.name(&column.name);
            format!("{name} {}", self.space.dialect.type_name(column.ty))
        });
        own.chain([format!("{ROW} {bigint} NOT NULL")]).collect::<Vec<_>>().join(", ")
    }

    /// The columns of the table of fates. An index costs PostgreSQL more than it would save.
    pub(in crate::destination) fn fate_columns(&self) -> String {
        let bigint = self.space.dialect.bigint();
        let key = match self.space.dialect {
            #[cfg(feature = "postgres")]
            Dialect::Postgres => "NOT NULL",
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => "PRIMARY KEY",
        };
        format!("{ROW} {bigint} {key}, fate {bigint} NOT NULL")
    }

    /// The columns of the table of seen keys.
    pub(in crate::destination) fn seen_columns(&self) -> String {
        let key = self.root().key().map(|column| {
            let name = self.space.name(&column.name);
            format!("{name} {} NOT NULL", self.space.dialect.type_name(column.ty))
        });
        let key: Vec<_> = key.collect();
        format!("{}, PRIMARY KEY ({})", key.join(", "), self.key().join(", "))
    }

    /// Whether the keys of all batches are kept until the end.
    pub(in crate::destination) fn collects_keys(&self) -> bool {
        self.write().delete_missing.is_some() && !self.write().waits(self.root())
    }

    /// Leaves one row of each key in the stage. Only needed where a key came twice.
    pub(in crate::destination) fn dedup(&self) -> Option<Step> {
        let (root, write) = (self.root(), self.write());
        if root.key().next().is_none() || write.disposition == WriteDisposition::Append {
            return None;
        }
        let stage = &self.stages.tables[0];
        let key = self.key().join(", ");
        let order = self.precedence();
        Some(Step::new(format!(
            "DELETE FROM {stage} WHERE {ROW} IN (SELECT {ROW} FROM (SELECT {ROW}, row_number() OVER (PARTITION BY {key} ORDER BY {order}) AS place FROM {stage}) AS ranked WHERE place > 1)"
        )))
    }

    /// Which of several rows with one key comes first.
    fn precedence(&self) -> String {
        let last = match self.write().strategy {
            MergeStrategy::InsertOnly => "ASC",
            _ => "DESC",
        };
        let by = self.root().columns.iter().find_map(|column| match column.mark {
            Some(ColumnMark::DedupSort(SortOrder::Asc)) => Some((column, "ASC")),
            Some(ColumnMark::DedupSort(SortOrder::Desc) | ColumnMark::Version) => {
                Some((column, "DESC"))
            }
            _ => None,
        });
        match by {
            Some((column, order)) => {
                let name = self.space.name(&column.name);
                format!("{name} {order} NULLS LAST, {ROW} {last}")
            }
            None => format!("{ROW} {last}"),
        }
    }

    /// Merges what the stages hold: a batch, or a whole load that has waited for its end.
    pub(in crate::destination) fn publish(&self) -> Vec<Step> {
        let keyed = self.root().key().next().is_some();
        let mut steps = Vec::new();
        match (self.write().disposition, self.write().strategy) {
            (WriteDisposition::Append, _) => return self.insert_all(),
            (WriteDisposition::Replace, _) if !keyed => {
                steps.extend(self.delete_all());
                steps.extend(self.insert_all());
                return steps;
            }
            (_, MergeStrategy::DeleteInsert { merge_key }) => {
                steps.extend(self.delete_partitions(merge_key));
                if !keyed {
                    steps.extend(self.insert_all());
                    return steps;
                }
            }
            _ => {}
        }
        steps.push(self.classify());
        steps.extend(self.load.tables.children().iter().enumerate().flat_map(|(at, child)| {
            let stage = &self.stages.tables[at + 1];
            self.touched(child, stage).map(Step::new)
        }));
        steps.extend(match self.write().strategy {
            MergeStrategy::Scd2 { valid_from, valid_to } => self.history(valid_from, valid_to),
            _ => self.apply(),
        });
        if self.write().disposition == WriteDisposition::Replace {
            steps.extend(self.delete_absent(&self.stages.tables[0]));
        }
        if self.collects_keys() {
            let (seen, key) = (&self.stages.seen, self.key().join(", "));
            let stage = &self.stages.tables[0];
            steps.push(Step::new(format!(
                "INSERT INTO {seen} ({key}) SELECT {key} FROM {stage} WHERE true ON CONFLICT DO NOTHING"
            )));
        }
        steps
    }

    /// Removes what a complete scan did not bring.
    pub(in crate::destination) fn missing(&self) -> Vec<Step> {
        let waits = self.write().waits(self.root());
        let seen = if waits { &self.stages.tables[0] } else { &self.stages.seen };
        match (self.write().delete_missing, self.write().strategy) {
            (None, _) => Vec::new(),
            (Some(_), MergeStrategy::Scd2 { valid_to, .. }) => {
                let valid_to = self.space.name(valid_to);
                let set = format!("{valid_to} = {}", self.at);
                vec![self.mark_absent(seen, &set, &format!("t.{valid_to} IS NULL"))]
            }
            (Some(DeleteMissing::Hard), _) => self.delete_absent(seen),
            (Some(DeleteMissing::Soft), _) => {
                let mark = self.root().marked(|mark| mark == ColumnMark::SoftDelete);
                let mark = mark.expect("BUG: `delete_missing = soft` has a column to mark");
                let value = match mark.ty {
                    LogicalType::Bool => self.space.dialect.truth(),
                    _ => self.at.as_str(),
                };
                let set = format!("{} = {value}", self.space.name(&mark.name));
                let live = format!("NOT {}", self.is_marked("t", &mark.name, mark.ty));
                vec![self.mark_absent(seen, &set, &live)]
            }
        }
    }

    /// Whether the table has any row.
    pub(in crate::destination) fn has_rows(&self) -> String {
        format!("SELECT 1 FROM {} LIMIT 1", self.target(self.root()))
    }

    /// `a.key = b.key`.
    fn same_key(&self, a: &str, b: &str) -> String {
        let equal: Vec<_> =
            self.key().iter().map(|name| format!("{a}.{name} = {b}.{name}")).collect();
        equal.join(" AND ")
    }

    /// A mark that is set: `true`, or anything but null where it is no flag.
    fn is_marked(&self, row: &str, name: &str, ty: LogicalType) -> String {
        let name = self.space.name(name);
        match ty {
            LogicalType::Bool => format!(
                "coalesce({row}.{name} = {}, {})",
                self.space.dialect.truth(),
                self.falsity()
            ),
            _ => format!("({row}.{name} IS NOT NULL)"),
        }
    }

    fn falsity(&self) -> &'static str {
        match self.space.dialect {
            #[cfg(feature = "postgres")]
            Dialect::Postgres => "FALSE",
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => "0",
        }
    }

    /// Decides the fate of every staged row. What stands first takes precedence.
    fn classify(&self) -> Step {
        let (root, write) = (self.root(), self.write());
        let (stage, fates, target) =
            (&self.stages.tables[0], &self.stages.fates, self.target(root));
        let marked = |mark| root.marked(|other| other == mark);
        let hard = marked(ColumnMark::HardDelete)
            .map(|column| self.is_marked("s", &column.name, column.ty));
        let there = format!("t.{}", self.key()[0]);
        let mut cases = Vec::new();
        if let Some(hard) = &hard {
            cases.push((format!("{there} IS NULL AND {hard}"), Fate::Ignore));
        }
        cases.push((format!("{there} IS NULL"), Fate::Insert));
        if write.strategy == MergeStrategy::InsertOnly {
            cases.push(("true".to_owned(), Fate::Ignore));
        }
        if let Some(version) = marked(ColumnMark::Version) {
            let name = self.space.name(&version.name);
            let null = format!("s.{name} IS NULL AND t.{name} IS NOT NULL");
            cases.push((format!("s.{name} < t.{name} OR ({null})"), Fate::Ignore));
        }
        if let Some(hard) = hard {
            cases.push((hard, Fate::Delete));
        }
        if let Some(soft) = marked(ColumnMark::SoftDelete) {
            let [new, old] = ["s", "t"].map(|row| self.is_marked(row, &soft.name, soft.ty));
            cases.push((format!("{new} AND NOT {old}"), Fate::SoftDelete));
        }
        if let Some(differs) = self.differs(root, "s", "t") {
            cases.push((differs, Fate::Update));
        }
        let cases: Vec<_> =
            cases.iter().map(|(when, fate)| format!("WHEN {when} THEN {}", *fate as u8)).collect();
        let active = match write.strategy {
            MergeStrategy::Scd2 { valid_to, .. } => {
                format!(" AND t.{} IS NULL", self.space.name(valid_to))
            }
            _ => String::new(),
        };
        // a row without a fate stays as it is; whose children are asked for has to be known
        let told = match self.load.tables.is_nested() {
            true => String::new(),
            false => format!(" WHERE fate NOT IN ({})", codes(&[Fate::Same, Fate::Ignore])),
        };
        Step::new(format!(
            "INSERT INTO {fates} ({ROW}, fate) SELECT {ROW}, fate FROM (SELECT s.{ROW}, CASE {} ELSE {} END AS fate FROM {stage} AS s LEFT JOIN {target} AS t ON {}{active}) AS decided{told}",
            cases.join(" "),
            Fate::Same as u8,
            self.same_key("s", "t"),
        ))
    }

    /// Whether any column beside the key has another value.
    fn differs(&self, table: &Table, a: &str, b: &str) -> Option<String> {
        let others = table.columns.iter().filter(|column| !column.primary_key);
        let differs: Vec<_> = others
            .map(|column| self.space.name(&column.name))
            .map(|name| format!("{a}.{name} IS DISTINCT FROM {b}.{name}"))
            .collect();
        (!differs.is_empty()).then(|| differs.join(" OR "))
    }

    /// Rows that are the same, but not their children: one that is new or differs, or one that is
    /// no more.
    fn touched(&self, child: &Table, stage: &str) -> [String; 2] {
        let (fates, target) = (&self.stages.fates, self.target(child));
        let root = &self.stages.tables[0];
        let key: Vec<_> = child.key().map(|column| self.space.name(&column.name)).collect();
        let same: Vec<_> = key.iter().map(|name| format!("c.{name} = t.{name}")).collect();
        let same = same.join(" AND ");
        let gone = format!("t.{} IS NULL", key[0]);
        let changed = match self.differs(child, "c", "t") {
            Some(differs) => format!("{gone} OR {differs}"),
            None => gone,
        };
        let update = format!(
            "UPDATE {fates} SET fate = {} WHERE fate = {} AND {ROW} IN",
            Fate::Update as u8,
            Fate::Same as u8
        );
        // the parent's key comes first, and begins with that of the resource
        let owner: Vec<_> = self
            .key()
            .iter()
            .zip(&key)
            .map(|(own, parent)| format!("t.{parent} = s.{own}"))
            .collect();
        let owner = owner.join(" AND ");
        [
            format!(
                "{update} (SELECT c.{ROW} FROM {stage} AS c LEFT JOIN {target} AS t ON {same} WHERE {changed})"
            ),
            format!(
                "{update} (SELECT s.{ROW} FROM {root} AS s JOIN {target} AS t ON {owner} LEFT JOIN {stage} AS c ON c.{ROW} = s.{ROW} AND {same} WHERE c.{ROW} IS NULL)"
            ),
        ]
    }

    /// `(key) IN (the keys of rows with these fates)`, for the columns of a table that hold it.
    fn of_fates(&self, columns: &[String], fates: &[Fate]) -> String {
        let (stage, all) = (&self.stages.tables[0], &self.stages.fates);
        let key: Vec<_> = self.key().iter().map(|name| format!("s.{name}")).collect();
        format!(
            "({}) IN (SELECT {} FROM {stage} AS s JOIN {all} AS f ON f.{ROW} = s.{ROW} WHERE f.fate IN ({}))",
            columns.join(", "),
            key.join(", "),
            codes(fates)
        )
    }

    /// The columns of a table that hold the key of the resource.
    fn owner_columns(&self, table: &Table) -> Vec<String> {
        let own = self.root().key().count();
        table.key().take(own).map(|column| self.space.name(&column.name)).collect()
    }

    /// Carries out what [`Self::classify`] has decided.
    fn apply(&self) -> Vec<Step> {
        let root = self.root();
        let target = self.target(root);
        let mut steps = Vec::new();
        for child in self.load.tables.children() {
            let fates = [Fate::Update, Fate::Delete, Fate::SoftDelete];
            let gone = self.of_fates(&self.owner_columns(child), &fates);
            steps.push(Step::new(format!("DELETE FROM {} WHERE {gone}", self.target(child))));
        }
        let marked = |mark| root.marked(|other| other == mark).is_some();
        if marked(ColumnMark::HardDelete) {
            let gone = self.of_fates(&self.key(), &[Fate::Delete]);
            steps
                .push(Step::counting(Count::Deleted, format!("DELETE FROM {target} WHERE {gone}")));
        }
        steps.push(Step::counting(Count::Updated, self.update(Fate::Update)));
        if marked(ColumnMark::SoftDelete) {
            steps.push(Step::counting(Count::Deleted, self.update(Fate::SoftDelete)));
        }
        steps.push(Step::counting(Count::Inserted, self.insert(0, &[Fate::Insert])));
        for at in 1..self.load.tables.len() {
            let fates = [Fate::Insert, Fate::Update, Fate::SoftDelete];
            steps.push(Step::new(self.insert(at, &fates)));
        }
        steps
    }

    fn update(&self, fate: Fate) -> String {
        let (stage, fates) = (&self.stages.tables[0], &self.stages.fates);
        let others = self.root().columns.iter().filter(|column| !column.primary_key);
        let set = others.map(|column| {
            let name = self.space.name(&column.name);
            format!("{name} = s.{name}, ")
        });
        format!(
            "UPDATE {} AS t SET {}{LOAD_ID} = {} FROM {stage} AS s, {fates} AS f WHERE f.{ROW} = s.{ROW} AND f.fate = {} AND {}",
            self.target(self.root()),
            set.collect::<String>(),
            self.load_id,
            fate as u8,
            self.same_key("t", "s"),
        )
    }

    /// The staged rows of a table whose row of the resource has one of these fates.
    fn insert(&self, at: usize, fates: &[Fate]) -> String {
        let (table, stage) = (&self.load.tables[at], &self.stages.tables[at]);
        let names = self.names(table);
        let values: Vec<_> = names.iter().map(|name| format!("s.{name}")).collect();
        format!(
            "INSERT INTO {} ({}, {LOAD_ID}) SELECT {}, {} FROM {stage} AS s JOIN {} AS f ON f.{ROW} = s.{ROW} WHERE f.fate IN ({})",
            self.target(table),
            names.join(", "),
            values.join(", "),
            self.load_id,
            self.stages.fates,
            codes(fates)
        )
    }

    /// What changed is closed, and what is new stands beside it.
    fn history(&self, valid_from: &str, valid_to: &str) -> Vec<Step> {
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

    /// Every staged row, in the order in which they came.
    fn insert_all(&self) -> Vec<Step> {
        let steps = self.load.tables.iter().zip(&self.stages.tables).enumerate();
        let steps = steps.map(|(at, (table, stage))| {
            let names = self.names(table).join(", ");
            let sql = format!(
                "INSERT INTO {} ({names}, {LOAD_ID}) SELECT {names}, {} FROM {stage} ORDER BY {ROW}",
                self.target(table),
                self.load_id
            );
            Step { sql, count: (at == 0).then_some(Count::Inserted) }
        });
        steps.collect()
    }

    fn delete_all(&self) -> Vec<Step> {
        let steps = self.load.tables.iter().enumerate().map(|(at, table)| Step {
            sql: format!("DELETE FROM {}", self.target(table)),
            count: (at == 0).then_some(Count::Removed),
        });
        steps.collect()
    }

    /// Rows whose merge key the load has, and which it does not have themselves.
    fn delete_partitions(&self, merge_key: &[&str]) -> Vec<Step> {
        let stage = &self.stages.tables[0];
        let names = ddl::list(self.space, merge_key.iter().copied());
        let mut gone = format!("({names}) IN (SELECT {names} FROM {stage})");
        if self.root().key().next().is_some() {
            gone = format!("{gone} AND {}", self.not_in(stage));
        }
        self.delete_rows(&gone)
    }

    /// Rows that this set of keys does not have.
    fn delete_absent(&self, keys: &str) -> Vec<Step> {
        self.delete_rows(&self.not_in(keys))
    }

    fn mark_absent(&self, keys: &str, set: &str, live: &str) -> Step {
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

fn codes(fates: &[Fate]) -> String {
    fates.iter().map(|fate| (*fate as u8).to_string()).collect::<Vec<_>>().join(", ")
}
