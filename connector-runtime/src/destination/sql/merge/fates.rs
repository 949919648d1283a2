//! The fate of every staged row: decided by one statement, carried out by the others.

use super::{Count, Merge, ROW, Step};
use crate::schema::{LOAD_ID, Table, TableColumn};
use crate::spec::{ColumnMark, MergeStrategy};

/// What becomes of a staged row.
#[derive(Clone, Copy)]
pub(super) enum Fate {
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

impl Merge<'_> {
    /// Decides the fate of every staged row. What stands first takes precedence.
    pub(super) fn classify(&self) -> Step {
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
        if let (Some(version), MergeStrategy::Scd2 { .. }) =
            (marked(ColumnMark::Version), write.strategy)
        {
            // the history knows how new the rows of a key were that are closed
            let (same, older) = (self.same_key("h", "s"), self.is_older(version, "h"));
            let newer = format!("EXISTS (SELECT 1 FROM {target} AS h WHERE {same} AND ({older}))");
            cases.push((newer, Fate::Ignore));
        }
        cases.push((format!("{there} IS NULL"), Fate::Insert));
        if let Some(of) = self.load.replays {
            cases.push((format!("t.{LOAD_ID} > {of}"), Fate::Ignore));
        }
        // what is there does not count where everything is read anew
        let respects = !write.refresh;
        if write.strategy == MergeStrategy::InsertOnly && respects {
            cases.push(("true".to_owned(), Fate::Ignore));
        }
        if let Some(version) = marked(ColumnMark::Version).filter(|_| respects) {
            cases.push((self.is_older(version, "t"), Fate::Ignore));
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
        let sql = format!(
            "INSERT INTO {fates} ({ROW}, fate) SELECT {ROW}, fate FROM (SELECT s.{ROW}, CASE {} ELSE {} END AS fate FROM {stage} AS s LEFT JOIN {target} AS t ON {}{active}) AS decided{told}",
            cases.join(" "),
            Fate::Same as u8,
            self.same_key("s", "t"),
        );
        Step::counting(Count::Decided, sql)
    }

    /// Forgets the rows that stay as they are, now that it is known of their lists, too.
    pub(super) fn keep(&self) -> Step {
        let (fates, kept) = (&self.stages.fates, codes(&[Fate::Same, Fate::Ignore]));
        Step::counting(Count::Kept, format!("DELETE FROM {fates} WHERE fate IN ({kept})"))
    }

    /// Whether the staged row is older than another one; null is older than everything.
    fn is_older(&self, version: &TableColumn, other: &str) -> String {
        let name = self.space.name(&version.name);
        format!("s.{name} < {other}.{name} OR (s.{name} IS NULL AND {other}.{name} IS NOT NULL)")
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
    pub(super) fn touched(&self, child: &Table, stage: &str) -> [String; 2] {
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
    pub(super) fn of_fates(&self, columns: &[String], fates: &[Fate]) -> String {
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
    pub(super) fn owner_columns(&self, table: &Table) -> Vec<String> {
        let own = self.root().key().count();
        table.key().take(own).map(|column| self.space.name(&column.name)).collect()
    }

    /// Carries out what [`Self::classify`] has decided.
    pub(super) fn apply(&self) -> Vec<Step> {
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
            steps.push(self.listed(at, Some(&codes(&fates))));
            let lists = Count::Lists(self.load.tables[at].name.clone());
            steps.push(Step::counting(lists, self.insert(at, &fates)));
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
}

/// How statements write fates.
fn codes(fates: &[Fate]) -> String {
    fates.iter().map(|fate| (*fate as u8).to_string()).collect::<Vec<_>>().join(", ")
}
