//! The most memory and the time of the processor that a load of small rows into SQLite takes, for few rows and
//! for many. The API makes each page as it is asked for.
//!
//! ```sh
//! cargo run --release --bin memory                      # 100,000 and 10,000,000 rows
//! cargo run --release --bin memory -- 100000 1000000    # other numbers; ratios are to the first one
//! ```
//!
//! Each load runs as a process of its own, those of few rows several times, of which the medians are told.

use connector_benches::{
    Figures, Kind, Result, Small, expected, finish, load, measure, median, serve, verify,
};

/// Loads of a number of rows, at most.
const LOADS: u64 = 9;

/// Further loads are for those of fewer rows than this only.
const MANY: u64 = 1_000_000;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["load", url, database] => finish(load::<Small>(url, database)),
        [] => report(&[100_000, 10_000_000]),
        ref rows => {
            let rows = rows.iter().map(|rows| rows.parse());
            report(&rows.collect::<Result<Vec<u64>, _>>().map_err(|_| "usage: memory [ROWS..]")?)
        }
    }
}

fn report(numbers: &[u64]) -> Result<()> {
    println!(
        "{:>10} {:>6} {:>9} {:>6} {:>13} {:>6}",
        "rows", "loads", "peak MiB", "ratio", "CPU µs a row", "ratio"
    );
    let mut first = None;
    for rows in numbers.iter().copied() {
        let loads = (MANY / rows).clamp(1, LOADS);
        let measured = loads_of(rows, loads)?;
        let peak = median(measured.iter().map(|figures| figures.peak_mib));
        let cpu = median(measured.iter().map(|figures| figures.cpu() * 1e6 / rows as f64));
        let (first_peak, first_cpu) = *first.get_or_insert((peak, cpu));
        let (peaks, cpus) = (peak / first_peak, cpu / first_cpu);
        println!("{rows:>10} {loads:>6} {peak:>9.1} {peaks:>6.2} {cpu:>13.3} {cpus:>6.2}");
    }
    Ok(())
}

fn loads_of(rows: u64, loads: u64) -> Result<Vec<Figures>> {
    let server = serve::<Small>(rows, false);
    let expected = expected::<Small>(rows, false);
    let load = |_| {
        let database = Kind::Sqlite.database();
        let figures = measure(&["load", &server.url(), &database.text()?])?;
        verify::<Small>(&database, &expected)?;
        Ok(figures)
    };
    (0..loads).map(load).collect()
}
