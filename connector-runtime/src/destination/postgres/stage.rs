//! Rows that are kept apart in tables of their own, until one transaction merges them.
//!
//! Batch by batch, rows go through temporary tables. What must be there at the end of a load goes
//! into unlogged tables of the schema, which outlive a connection that is lost.

use super::connection::Connection;
use super::copy::{Last, Rows};
use super::explain::{self, Failure};
use super::lease::Lease;
use crate::destination::Load;
use crate::destination::sql::merge::{Merge, ROW, Stages, Step, settle};
use crate::destination::sql::{Space, literal, quote};
use crate::report::RowCounts;
use crate::schema::Part;
use crate::spec::WriteDisposition;

/// How the names of tables begin that outlive a connection; the numbers of the run and of the load in
/// it follow.
const LASTING: &str = "_connector_stage_";

/// A batch is looked up by its keys, however large the table is: their neighbours in the index are
/// as good as cached. Otherwise each batch would read all of a table of up to some million rows.
pub(super) const BY_KEY: &str = "SET LOCAL random_page_cost = 0.1";

/// The stages of a load and the statements that empty them into its tables.
#[derive(Debug, Default)]
pub(super) struct Stage {
    /// What a new session does not have.
    temporary: Vec<String>,
    /// What is there until the end, as long as the database does not crash.
    lasting: Vec<String>,
    /// Of each table.
    pub(super) tables: Vec<String>,
    /// `COPY` of each table.
    copies: Vec<String>,
    dedup: Option<Step>,
    publish: Vec<Step>,
    missing: Vec<Step>,
    has_rows: String,
    /// For the database to know, before rows are merged.
    plan: Vec<String>,
    /// Commits empty what was merged.
    pub(super) is_emptied_by_commits: bool,
    /// What does so where they do not.
    pub(super) empty: Option<String>,
    drop: Vec<String>,
    /// The table whose rows have to be there until the end.
    kept: Option<Kept>,
}

/// Where the stages of a load are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    /// Tells them from those of other loads of the run.
    pub(super) number: u64,
    /// Tells them from those of other runs.
    pub(super) lease: Lease,
    /// Tables can be made in the schema. Otherwise what has to be there at the end is lost with a
    /// connection.
    pub(super) outlives: bool,
    /// A commit that empties tables does so with all of the session that are to be emptied, whosesoever
    /// they are: cheap for the tables of one load, and dear for those of many.
    pub(super) may_be_emptied_by_commits: bool,
}

/// A table whose rows have to be there until the end of a load.
#[derive(Debug)]
struct Kept {
    table: String,
    outlives: bool,
}

impl Stage {
    pub(super) fn new(space: &Space, load: &Load, load_id: i64, site: Site) -> Self {
        if !load.store {
            return Self::default();
        }
        let waits = load.waits();
        let appends = load.write.disposition == WriteDisposition::Append;
        let Site { number, outlives, .. } = site;
        let lasting = |name: &str| match outlives {
            true => space.table(&format!("{LASTING}{load_id}_{number}_{name}")),
            false => temporary(&format!("{LASTING}{number}_{name}")),
        };
        let table = |at: usize| match waits {
            true => lasting(&at.to_string()),
            false => temporary(&format!("{LASTING}{number}_{at}")),
        };
        let stages = Stages {
            tables: (0..load.tables.len()).map(table).collect(),
            fates: temporary(&format!("_connector_fates_{number}")),
            seen: lasting("seen"),
        };
        let merge = Merge::new(space, load, stages.clone(), load_id);
        let kept = if waits {
            Some(&stages.tables[0])
        } else {
            merge.collects_keys().then_some(&stages.seen)
        };
        let mut stage = Self {
            dedup: merge.dedup(),
            publish: merge.publish(),
            missing: merge.missing(),
            has_rows: merge.has_rows(),
            tables: stages.tables.clone(),
            kept: kept.map(|table| Kept { table: table.clone(), outlives }),
            is_emptied_by_commits: !waits && site.may_be_emptied_by_commits,
            ..Self::default()
        };
        for (table, name) in load.tables.iter().zip(&stages.tables) {
            stage.copies.push(copy(space, table.columns.iter().map(|column| &*column.name), name));
            stage.table(name, &merge.stage_columns(table), waits, site);
            // what is appended is neither joined nor looked up
            if waits && !appends {
                stage.plan.push(format!("ANALYZE {name}"));
            }
        }
        if !waits {
            stage.plan.push(BY_KEY.to_owned());
        }
        let mut emptied = stages.tables.clone();
        if load.tables.root().key().next().is_some() && !appends {
            stage.table(&stages.fates, &merge.fate_columns(), false, site);
            emptied.push(stages.fates.clone());
        }
        if merge.collects_keys() {
            stage.table(&stages.seen, &merge.seen_columns(), true, site);
        }
        if !stage.is_emptied_by_commits {
            stage.empty = Some(format!("TRUNCATE {}", emptied.join(", ")));
        }
        stage
    }

    /// A table whose rows are merged at once, or one that is kept.
    fn table(&mut self, name: &str, columns: &str, is_kept: bool, site: Site) {
        let drop = format!("DROP TABLE IF EXISTS {name}");
        self.drop.push(drop.clone());
        if is_kept && site.outlives {
            let comment = site.lease.comment();
            self.lasting.extend([
                drop,
                format!("CREATE UNLOGGED TABLE {name} ({columns})"),
                format!("COMMENT ON TABLE {name} IS {comment}"),
            ]);
        } else {
            let is_emptied = !is_kept && self.is_emptied_by_commits;
            let rows = if is_emptied { "DELETE" } else { "PRESERVE" };
            let create = format!("CREATE TABLE {name} ({columns}) ON COMMIT {rows} ROWS");
            self.temporary.extend([drop, create]);
        }
    }

    /// Makes the tables.
    pub(super) async fn create(&self, connection: &mut Connection) -> Result<(), Failure> {
        connection.execute(&self.lasting).await?;
        self.resume(connection).await
    }

    /// Makes the tables that a new session does not have.
    pub(super) async fn resume(&self, connection: &mut Connection) -> Result<(), Failure> {
        connection.execute(&self.temporary).await.map(drop)
    }

    /// Whether the rows that were kept are there in a new session, of `staged` that came: a database
    /// that crashed, or was stopped at once, has emptied the tables, and somebody may have dropped
    /// them.
    pub(super) async fn is_whole(
        &self,
        connection: &mut Connection,
        staged: u64,
    ) -> Result<bool, Failure> {
        let Some(Kept { table, outlives }) = &self.kept else { return Ok(true) };
        if !outlives {
            return Ok(staged == 0);
        }
        let is_there = format!("SELECT to_regclass({})", literal(table));
        if connection.value(&is_there).await?.is_none() {
            return Ok(false);
        }
        if staged == 0 {
            return Ok(true);
        }
        Ok(connection.value(&format!("SELECT 1 FROM {table} LIMIT 1")).await?.is_some())
    }

    /// Keeps the rows of a batch apart, of which `first` have come before.
    pub(super) async fn add(
        &self,
        connection: &mut Connection,
        load: &Load,
        parts: &[Part],
        first: i64,
    ) -> Result<(), Failure> {
        for ((table, part), copy) in load.tables.iter().zip(parts).zip(&self.copies) {
            if part.rows.is_empty() {
                continue;
            }
            let types = table.columns.iter().map(|column| column.ty);
            let last = Last::Row(first);
            let rows = Rows::new(part.columns.iter().zip(types), &part.rows, last);
            let (sent, taken) = (part.rows.len() as u64, connection.copy(copy, rows).await?);
            if taken != sent {
                let text = format!("of {sent} rows that were sent, the database has taken {taken}");
                return Err(explain::destination(text).into());
            }
        }
        Ok(())
    }

    /// Merges what is in the stages, `staged` rows of the resource. `repeats`: a key may have come
    /// twice.
    pub(super) async fn publish(
        &self,
        connection: &mut Connection,
        staged: u64,
        repeats: bool,
    ) -> Result<RowCounts, Failure> {
        connection.execute(&self.plan).await?;
        let dedup = self.dedup.iter().filter(|_| repeats);
        let steps: Vec<_> = dedup.chain(&self.publish).collect();
        run(connection, &steps, staged).await
    }

    /// Removes the rows that a complete scan did not bring.
    pub(super) async fn remove_missing(
        &self,
        connection: &mut Connection,
    ) -> Result<RowCounts, Failure> {
        run(connection, &self.missing.iter().collect::<Vec<_>>(), 0).await
    }

    /// Whether the table has any row.
    pub(super) async fn table_has_rows(
        &self,
        connection: &mut Connection,
    ) -> Result<bool, Failure> {
        Ok(connection.value(&self.has_rows).await?.is_some())
    }

    /// Takes the tables away.
    pub(super) async fn drop(&self, connection: &mut Connection) -> Result<(), Failure> {
        connection.execute(&self.drop).await.map(drop)
    }
}

/// Takes away what loads left that were killed, by one that has a lease which excludes them. Others may
/// just be making their connection anew, and find their own again.
pub(super) async fn sweep(
    connection: &mut Connection,
    space: &Space,
    lease: Lease,
) -> Result<(), Failure> {
    let left = format!(
        "SELECT c.relname FROM pg_class AS c \
         WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = {}) \
         AND c.relkind = 'r' AND starts_with(c.relname, '{LASTING}') \
         AND {} AND pg_has_role(c.relowner, 'USAGE')",
        literal(&space.schema),
        lease.is_left("obj_description(c.oid, 'pg_class')")
    );
    let left = connection.query(&left).await?;
    let drops: Vec<_> = left
        .iter()
        .flatten()
        .flatten()
        .map(|name| format!("DROP TABLE IF EXISTS {}", space.table(name)))
        .collect();
    connection.execute(&drops).await.map(drop)
}

fn temporary(name: &str) -> String {
    format!("pg_temp.{}", quote(name))
}

fn copy<'a>(space: &Space, columns: impl Iterator<Item = &'a str>, stage: &str) -> String {
    let names: Vec<_> = columns.map(|name| space.name(name)).chain([ROW.to_owned()]).collect();
    format!("COPY {stage} ({}) FROM STDIN (FORMAT binary)", names.join(", "))
}

/// Runs the steps of a merge of so many rows.
async fn run(
    connection: &mut Connection,
    steps: &[&Step],
    staged: u64,
) -> Result<RowCounts, Failure> {
    let statements: Vec<_> = steps.iter().map(|step| step.sql.as_str()).collect();
    let affected = connection.execute(&statements).await?;
    Ok(settle(steps.iter().copied().zip(affected), staged)?)
}
