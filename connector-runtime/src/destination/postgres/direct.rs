//! Plain merges, whose rows need not all be judged in the server: batches that go by `COPY` straight into their
//! tables, and those that are looked for there first.
//!
//! Whatever goes wrong on the way, a key that is there, a constraint or a trigger that would never have seen a row,
//! something that may not be read: the transaction is repeated through the stages, which tell.

use arrow_array::RecordBatch;

use super::catalog;
use super::connection::Connection;
use super::explain::Failure;
use super::look::Look;
use super::running::Outcome;
use super::stage::BY_KEY;
use super::straight::Straight;
use super::ways::{Way, Ways};
use crate::destination::Load;
use crate::destination::sql::Space;
use crate::report::RowCounts;
use crate::schema::{Part, gather_rows};
use crate::spec::ColumnMark;

/// What the batches of a plain merge take, and what is known of those so far.
#[derive(Debug)]
pub(super) struct Direct {
    pub(super) ways: Ways,
    straight: Straight,
    /// `None`: there is no way to look for rows.
    look: Option<Look>,
    /// Keeps the tables as they are until the transaction ends, and has rows looked up by their keys.
    begin: [String; 2],
    /// Whether they take rows as they are, and give them so: others may have changed them since the last batch.
    fits: String,
}

/// Whether a row that is not there is inserted as it came, one that is there as it came stays, and nothing else
/// is to be done about either.
fn is_direct(load: &Load) -> bool {
    let root = load.tables.root();
    load.store
        && !load.waits()
        && load.write.delete_missing.is_none()
        && root.key().next().is_some()
        && root.marked(|mark| mark == ColumnMark::HardDelete).is_none()
}

impl Direct {
    /// `None`: the rows of the load have to be judged.
    pub(super) async fn of(
        connection: &mut Connection,
        space: &Space,
        load: &Load,
        load_id: i64,
        stages: &[String],
    ) -> Result<Option<Self>, Failure> {
        if !is_direct(load) {
            return Ok(None);
        }
        let targets: Vec<_> = load.tables.iter().map(|table| space.table(&table.name)).collect();
        let lock = format!("LOCK TABLE ONLY {} IN ROW EXCLUSIVE MODE", targets.join(", ONLY "));
        let fits = catalog::takes_copies(space, &load.tables, stages);
        let is_empty = catalog::is_empty(connection, &targets[0]).await?;
        Ok(Some(Self {
            ways: Ways::new(is_empty),
            straight: Straight::of(space, load, load_id, &targets),
            look: Look::of(space, load),
            begin: [lock, BY_KEY.to_owned()],
            fits: format!("SELECT {fits}"),
        }))
    }

    /// Takes a batch in which no key comes twice. Returns what is left of it for the stages.
    pub(super) async fn write(
        &self,
        connection: &mut Connection,
        load: &Load,
        (batch, parts): (&RecordBatch, Vec<Part>),
        outcome: &mut Outcome,
    ) -> Result<Option<Vec<Part>>, Failure> {
        let (way, look) = match (self.ways.next(), &self.look) {
            (Way::Look, Some(look)) => (Way::Look, Some(look)),
            (Way::Straight, _) => (Way::Straight, None),
            (Way::Look | Way::Stages, _) => return Ok(Some(parts)),
        };
        // a user may be allowed to insert, and not to lock
        outcome.way = way;
        let look = look.map(|look| (look, look.keys(&parts)));
        let bounds = look.as_ref().map(|(look, keys)| look.bounds(keys, &parts));
        let rest = match (self.is_open(connection, bounds).await?, look) {
            (false, look) => {
                outcome.looked = look.map(|_| 0);
                Rest::Unknown(parts)
            }
            (true, None) => Rest::New(parts),
            (true, Some((look, keys))) => {
                let found = look.find(connection, load, &parts, keys).await?;
                let same = found.same() as u64;
                outcome.looked = Some(same);
                outcome.counts = RowCounts { unchanged: same, ..RowCounts::default() };
                let parts = match (same, gather_rows(batch.clone(), &found.rest())) {
                    (0, _) => parts,
                    (_, Some(rest)) => load.tables.split(&rest),
                    (_, None) => return Ok(None),
                };
                if found.are_new() { Rest::New(parts) } else { Rest::Unknown(parts) }
            }
        };
        match rest {
            Rest::New(parts) => {
                let counts = self.straight.insert(connection, load, &parts).await?;
                outcome.counts = outcome.counts + counts;
                Ok(None)
            }
            Rest::Unknown(parts) => {
                outcome.way = Way::Stages;
                Ok(Some(parts))
            }
        }
    }

    /// Whether the tables take a batch as it is, until the transaction ends. `bounds`: what it is to be told as well.
    async fn is_open(
        &self,
        connection: &mut Connection,
        bounds: Option<String>,
    ) -> Result<bool, Failure> {
        let begin: Vec<_> = self.begin.iter().chain(&bounds).collect();
        connection.execute(&begin).await?;
        connection.is_so(&self.fits).await
    }
}

/// What is left of a batch.
enum Rest {
    /// None of its keys is there.
    New(Vec<Part>),
    /// It has to be judged.
    Unknown(Vec<Part>),
}
