//! The history of loads: what each has done, over all of its resources.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::destination::LoggedLoad;
use crate::report::{RowCounts, Traffic};

/// A load, over all of its resources.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LoadSummary {
    /// Its number.
    pub load_id: i64,
    /// The worst of its resources' ends: `running`, `failed`, `killed`, `interrupted`, `partial`, `done`;
    /// `edited` where states were edited and nothing was loaded.
    pub status: String,
    /// When it began.
    #[serde(serialize_with = "text")]
    pub started_at: Timestamp,
    /// From its begin to its last end; none while it runs, or where it was killed.
    pub seconds: Option<f64>,
    /// Its resources, in the order of their names.
    pub resources: Vec<String>,
    /// What became of the rows.
    #[serde(flatten)]
    pub rows: RowCounts,
    /// What it took to get them.
    #[serde(flatten)]
    pub traffic: Traffic,
    /// How many resources did not succeed.
    pub errors: usize,
    /// What the first of them says.
    pub error: Option<String>,
}

/// What a load was, from the worst to the best.
const STATUSES: [&str; 7] =
    ["running", "failed", "killed", "interrupted", "partial", "done", "edited"];

/// The loads of these lines of the log, which are in the order of loads.
pub(super) fn summaries(log: Vec<LoggedLoad>) -> Vec<LoadSummary> {
    let mut loads: Vec<Vec<LoggedLoad>> = Vec::new();
    for line in log {
        match loads.last_mut() {
            Some(load) if load[0].load_id == line.load_id => load.push(line),
            _ => loads.push(vec![line]),
        }
    }
    loads.iter().map(|load| LoadSummary::of(load)).collect()
}

impl LoadSummary {
    /// There is at least one line.
    fn of(lines: &[LoggedLoad]) -> Self {
        let first = &lines[0];
        let place = |status: &str| STATUSES.iter().position(|known| *known == status);
        // what a newer release may write is no better than the others
        let worst = lines.iter().min_by_key(|line| place(&line.status)).unwrap_or(first);
        let started_at = lines.iter().map(|line| line.started_at).min().unwrap_or_default();
        let ended: Option<Vec<Timestamp>> = lines.iter().map(|line| line.ended_at).collect();
        let ended = ended.and_then(|ended| ended.into_iter().max());
        let mut errors = lines.iter().filter_map(|line| line.error.as_deref());
        Self {
            load_id: first.load_id,
            status: worst.status.clone(),
            started_at,
            seconds: ended.map(|ended| ended.duration_since(started_at).as_secs_f64()),
            resources: lines.iter().map(|line| line.resource.clone()).collect(),
            rows: lines.iter().fold(RowCounts::default(), |sum, line| sum + line.rows),
            traffic: lines.iter().fold(Traffic::default(), |sum, line| sum + line.traffic),
            errors: errors.clone().count(),
            error: errors.next().map(str::to_owned),
        }
    }
}

fn text<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(at)
}
