//! The seed's job (rows of id, name, value; pages of 100 by offset; key in the query; merge on id
//! into SQLite), by hand and by the derives, side by side in one run.
//!
//! ```sh
//! cargo run --release --bin seed_job            # 1,000,000 rows, 5 pairs
//! cargo run --release --bin seed_job -- 100000 9
//! ```
//!
//! The absolute times of a shared machine are noise: read the ratios, which are taken pair by pair.
//! Each program runs as a process of its own; its CPU time is what the kernel charged to it.

mod by_derive;
mod by_hand;
mod server;

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

pub(crate) type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

pub(crate) const KEY: &str = "secret";

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["by-hand", url, database] => finish(by_hand::load(url, database)),
        ["by-derive", url, database] => finish(by_derive::load(url, database)),
        [] => compare(1_000_000, 5),
        [rows] => compare(rows.parse()?, 5),
        [rows, pairs] => compare(rows.parse()?, pairs.parse()?),
        _ => Err("usage: seed_job [ROWS [PAIRS]]".into()),
    }
}

/// Says what this process took: CPU seconds and peak memory in KiB.
fn finish(outcome: Result<()>) -> Result<()> {
    outcome?;
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM")?;
    println!("{seconds} {peak}");
    Ok(())
}

#[derive(Clone, Copy)]
struct Figures {
    cpu: f64,
    wall: f64,
    peak_mib: f64,
}

fn compare(rows: u64, pairs: usize) -> Result<()> {
    let server = server::start(rows);
    let folder = tempfile::tempdir()?;
    let run = |program: &str| measure(program, &server.url(), folder.path(), rows);
    run("by-hand")?;
    run("by-derive")?;
    let measured = (0..pairs).map(|_| Ok((run("by-hand")?, run("by-derive")?)));
    let measured: Vec<(Figures, Figures)> = measured.collect::<Result<_>>()?;
    println!("{rows} rows, {pairs} pairs; medians");
    println!("{:<12} {:>8} {:>8} {:>10}", "", "CPU s", "wall s", "peak MiB");
    let line = |name: &str, of: fn(&(Figures, Figures)) -> Figures| {
        let median =
            |value: fn(Figures) -> f64| median(measured.iter().map(|pair| value(of(pair))));
        let (cpu, wall, peak) = (median(|f| f.cpu), median(|f| f.wall), median(|f| f.peak_mib));
        println!("{name:<12} {cpu:>8.3} {wall:>8.3} {peak:>10.1}");
    };
    line("by hand", |pair| pair.0);
    line("by derive", |pair| pair.1);
    let ratio = |value: fn(Figures) -> f64| {
        median(measured.iter().map(|(hand, derive)| value(*derive) / value(*hand)))
    };
    println!(
        "{:<12} {:>8.2} {:>8.2} {:>10.2}",
        "ratio",
        ratio(|f| f.cpu),
        ratio(|f| f.wall),
        ratio(|f| f.peak_mib)
    );
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Runs one program into a new database and checks what is in it.
fn measure(program: &str, url: &str, folder: &Path, rows: u64) -> Result<Figures> {
    let database = folder.join(format!("{program}.db"));
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.join(format!("{program}.db{ending}")));
    }
    let started = Instant::now();
    let output =
        Command::new(std::env::current_exe()?).args([program, url]).arg(&database).output()?;
    let wall = started.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let stdout = String::from_utf8(output.stdout)?;
    let (cpu, peak) = stdout.trim().split_once(' ').ok_or("two figures")?;
    let found: (i64, i64, f64) = rusqlite::Connection::open(&database)?.query_row(
        "SELECT count(*), count(DISTINCT id), total(value) FROM resource_name",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let count = i64::try_from(rows)?;
    let expected = (count, count, server::sum_of_values(rows));
    if found.0 != expected.0 || found.1 != expected.1 || (found.2 - expected.2).abs() > 0.5 {
        return Err(format!("{program} loaded {found:?}, not {expected:?}").into());
    }
    Ok(Figures { cpu: cpu.parse()?, wall, peak_mib: peak.parse::<f64>()? / 1024.0 })
}
