//! Staged rows into their tables: one statement decides the fate of every row, the others carry it
//! out, and what they count is what the report says.
//!
//! Each table has a stage with its columns and `_connector_row`, the place of the row of the resource in the
//! load: it says which children belong to which of several rows with one key.

mod fates;
mod history;
mod steps;
mod whole;

use super::{Dialect, Space};
use crate::destination::{Load, Write};
use crate::schema::Table;
use crate::spec::{ColumnMark, DeleteMissing, MergeStrategy, SortOrder, WriteDisposition};
use crate::value::LogicalType;

#[cfg(feature = "postgres")]
pub(in crate::destination) use steps::all_listed;
pub(in crate::destination) use steps::{Count, Step, settle};

/// The column of a stage that says with which row of the load a row came.
pub(in crate::destination) const ROW: &str = "_connector_row";

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
    /// What the rows have as `_load_id`: how old they are.
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
        let load_id = load.load_id_of_rows(load_id);
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
        let Write { disposition, strategy, refresh, .. } = *self.write();
        // of appended rows, those with one key are not one
        let is_judged = keyed && disposition != WriteDisposition::Append;
        match (disposition, strategy) {
            _ if self.write().replaces() && !is_judged => {
                steps.extend(self.delete_all());
                steps.extend(self.insert_all());
                return steps;
            }
            (WriteDisposition::Append, _) => return self.insert_all(),
            (_, MergeStrategy::DeleteInsert { merge_key }) if !refresh => {
                steps.extend(self.delete_partitions(merge_key));
                if !keyed {
                    steps.extend(self.insert_all());
                    return steps;
                }
            }
            _ => {}
        }
        if refresh && !matches!(strategy, MergeStrategy::Scd2 { .. }) {
            steps.extend(self.delete_ownerless());
        }
        steps.push(self.classify());
        steps.extend(self.load.tables.children().iter().enumerate().flat_map(|(at, child)| {
            let stage = &self.stages.tables[at + 1];
            self.touched(child, stage).map(Step::new)
        }));
        if self.load.tables.is_nested() {
            steps.push(self.keep());
        }
        steps.extend(match self.write().strategy {
            MergeStrategy::Scd2 { valid_from, valid_to } => self.history(valid_from, valid_to),
            _ => self.apply(),
        });
        if self.write().replaces() {
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
                    LogicalType::Bool => self.space.dialect.boolean(true),
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
                self.space.dialect.boolean(true),
                self.space.dialect.boolean(false)
            ),
            _ => format!("({row}.{name} IS NOT NULL)"),
        }
    }
}
