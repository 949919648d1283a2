//! What this process has, again and again, and whether that grows.

use std::time::{Duration, Instant};

use connector_benches::{Result, median};

/// What is kept is bounded, and so does not grow itself.
const SAMPLES: u32 = 400;
/// The beginning, in which caches fill, does not count.
const WARM_UP: u32 = SAMPLES / 10;
/// What may differ without having grown: an allocator keeps now more, now less, and connections of a run
/// that has ended are closed a moment later. In an hour this is some 30 bytes a sync.
const NOISE_MIB: f64 = 3.0;
const NOISE_HANDLES: f64 = 4.0;

/// What this process has at a moment.
#[derive(Clone, Copy)]
struct Sample {
    mib: f64,
    handles: f64,
    /// The last sync.
    millis: f64,
}

/// Samples of a time, evenly spread.
pub(crate) struct Watch {
    every: Duration,
    due: Instant,
    samples: Vec<Sample>,
    end: Instant,
}

impl Watch {
    pub(crate) fn new(time: Duration) -> Self {
        let now = Instant::now();
        let (every, warm_up) = (time / SAMPLES, time / SAMPLES * WARM_UP);
        let samples = Vec::with_capacity(SAMPLES as usize);
        Self { every, due: now + warm_up, samples, end: now + time }
    }

    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// After a sync that took so long.
    pub(crate) fn look(&mut self, sync: Duration) -> Result<()> {
        let now = Instant::now();
        if now < self.due {
            return Ok(());
        }
        self.due = now + self.every;
        let status = std::fs::read_to_string("/proc/self/status")?;
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = rss.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?;
        // the folder itself is open while it is read
        let handles = std::fs::read_dir("/proc/self/fd")?.count() - 1;
        self.samples.push(Sample {
            mib: kib.parse::<f64>()? / 1024.0,
            handles: handles as f64,
            millis: sync.as_secs_f64() * 1e3,
        });
        Ok(())
    }

    /// Prints medians of the first quarter and of the last one.
    ///
    /// # Errors
    ///
    /// When memory or open files have grown.
    pub(crate) fn judge(&self) -> Result<()> {
        let quarter = self.samples.len() / 4;
        if quarter == 0 {
            return Err("too short a time to say anything".into());
        }
        let (first, last) =
            (&self.samples[..quarter], &self.samples[self.samples.len() - quarter..]);
        println!("{:<16} {:>14} {:>14}", "medians", "first quarter", "last quarter");
        let line = |what: &str, of: fn(&Sample) -> f64| {
            let (first, last) = (median(first.iter().map(of)), median(last.iter().map(of)));
            println!("{what:<16} {first:>14.1} {last:>14.1}");
            (first, last)
        };
        let memory = line("RSS, MiB", |sample| sample.mib);
        let handles = line("open files", |sample| sample.handles);
        line("ms a sync", |sample| sample.millis);
        if memory.1 > memory.0 + NOISE_MIB {
            return Err("memory grows".into());
        }
        if handles.1 > handles.0 + NOISE_HANDLES {
            return Err("open files grow".into());
        }
        Ok(())
    }
}
