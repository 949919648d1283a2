//! What other processes took, as Linux tells.

use std::fs;

use crate::Result;

/// Ticks a second in which the kernel tells times, on every Linux.
const TICKS: f64 = 100.0;

/// Seconds of processor time of a process and its children, those that have ended included.
pub(crate) fn cpu_of_tree(pid: u32) -> Result<f64> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
    let mut ticks = ticks(pid)?;
    for child in children.split_whitespace() {
        // one that has ended meanwhile is among those that the parent has waited for, next time
        ticks += self::ticks(child.parse()?).unwrap_or(0.0);
    }
    Ok(ticks / TICKS)
}

/// Its own, and those of the children that it has waited for.
fn ticks(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // the name before it may have spaces
    let (_, fields) = stat.rsplit_once(") ").ok_or("no fields in /proc/PID/stat")?;
    let times = fields.split(' ').skip(11).take(4);
    Ok(times.map(str::parse::<f64>).sum::<Result<f64, _>>()?)
}
