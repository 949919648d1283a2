//! The seed's job (rows of id, name, value; pages of 100 by offset; key in the query; merge on id),
//! by hand and by the derives, side by side in one run: a first load, and a second one after every
//! hundredth row has changed.
//!
//! ```sh
//! cargo run --release --bin seed_job                        # SQLite, 1,000,000 rows, 5 pairs
//! cargo run --release --bin seed_job -- sqlite 100000 9
//! cargo run --release --bin seed_job -- postgres 1000000 5  # a private cluster with default settings
//! ```
//!
//! The absolute times of a shared machine are noise: read the ratios, which are taken pair by pair.
//! Each program runs as a process of its own; its CPU time is what the kernel charged to it.

mod by_derive;
mod by_hand;
mod database;
mod server;

use std::error::Error;
use std::process::Command;
use std::time::Instant;

use connector_tests::Server;
use rustix::time::{ClockId, clock_gettime};

use database::{Database, Kind};

pub(crate) type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

pub(crate) const KEY: &str = "secret";

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["by-hand", url, database] if database.starts_with("postgres") => {
            finish(by_hand::postgres::load(url, database))
        }
        ["by-hand", url, database] => finish(by_hand::sqlite::load(url, database)),
        ["by-derive", url, database] => finish(by_derive::load(url, database)),
        [] => compare("sqlite", 1_000_000, 5),
        [kind] => compare(kind, 1_000_000, 5),
        [kind, rows] => compare(kind, rows.parse()?, 5),
        [kind, rows, pairs] => compare(kind, rows.parse()?, pairs.parse()?),
        _ => Err("usage: seed_job [sqlite|postgres [ROWS [PAIRS]]]".into()),
    }
}

/// Runs the job and says what this process took: CPU seconds and peak memory in KiB.
fn finish(job: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(job)?;
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

/// By hand and by the derives: the first load and the second one.
type Pair = [[Figures; 2]; 2];

fn compare(kind: &str, rows: u64, pairs: usize) -> Result<()> {
    let databases = Kind::named(kind)?;
    let servers = [server::start(rows, false), server::start(rows, true)];
    let pair = || -> Result<Pair> {
        let run = |program: &str| -> Result<[Figures; 2]> {
            let database = databases.database(program)?;
            let load = |changed| measure(program, &servers, &database, rows, changed);
            Ok([load(false)?, load(true)?])
        };
        Ok([run("by-hand")?, run("by-derive")?])
    };
    pair()?;
    let measured: Vec<Pair> = (0..pairs).map(|_| pair()).collect::<Result<_>>()?;
    println!("{rows} rows into {kind}, {pairs} pairs; medians");
    for (load, what) in ["first load", "second load, 1 % changed"].into_iter().enumerate() {
        println!("\n{what:<26} {:>8} {:>8} {:>10}", "CPU s", "wall s", "peak MiB");
        table(
            &measured.iter().map(|[hand, derive]| (hand[load], derive[load])).collect::<Vec<_>>(),
        );
    }
    Ok(())
}

fn table(pairs: &[(Figures, Figures)]) {
    let line = |name: &str, of: fn(&(Figures, Figures)) -> Figures| {
        let median = |value: fn(Figures) -> f64| median(pairs.iter().map(|pair| value(of(pair))));
        let (cpu, wall, peak) = (median(|f| f.cpu), median(|f| f.wall), median(|f| f.peak_mib));
        println!("{name:<26} {cpu:>8.3} {wall:>8.3} {peak:>10.1}");
    };
    line("by hand", |pair| pair.0);
    line("by derive", |pair| pair.1);
    let ratio = |value: fn(Figures) -> f64| {
        median(pairs.iter().map(|(hand, derive)| value(*derive) / value(*hand)))
    };
    let (cpu, wall, peak) = (ratio(|f| f.cpu), ratio(|f| f.wall), ratio(|f| f.peak_mib));
    println!("{:<26} {cpu:>8.2} {wall:>8.2} {peak:>10.2}", "ratio");
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Runs one program and checks what is in the database afterwards.
fn measure(
    program: &str,
    servers: &[Server; 2],
    database: &Database,
    rows: u64,
    changed: bool,
) -> Result<Figures> {
    let url = servers[usize::from(changed)].url();
    let started = Instant::now();
    let output =
        Command::new(std::env::current_exe()?).args([program, &url, &database.text()]).output()?;
    let wall = started.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let stdout = String::from_utf8(output.stdout)?;
    let (cpu, peak) = stdout.trim().split_once(' ').ok_or("two figures")?;
    let found = database.found()?;
    let expected = (rows, rows, server::sum_of_values(rows, changed));
    if found.0 != expected.0 || found.1 != expected.1 || (found.2 - expected.2).abs() > 0.5 {
        return Err(format!("{program} loaded {found:?}, not {expected:?}").into());
    }
    Ok(Figures { cpu: cpu.parse()?, wall, peak_mib: peak.parse::<f64>()? / 1024.0 })
}
