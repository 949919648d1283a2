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
mod server;

use connector_benches::{Database, Figures, Kind, Result, finish, median};
use connector_tests::Server;

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

/// By hand and by the derives: the first load and the second one.
type Pair = [[Figures; 2]; 2];

fn compare(kind: &str, rows: u64, pairs: usize) -> Result<()> {
    let databases = Kind::named(kind)?;
    let servers = [server::start(rows, false), server::start(rows, true)];
    let pair = || -> Result<Pair> {
        let run = |program: &str| -> Result<[Figures; 2]> {
            let database = databases.database();
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

/// Runs one program and checks what is in the database afterwards.
fn measure(
    program: &str,
    servers: &[Server; 2],
    database: &Database,
    rows: u64,
    changed: bool,
) -> Result<Figures> {
    let url = servers[usize::from(changed)].url();
    let figures = connector_benches::measure(&[program, &url, &database.text()?])?;
    let sums = "SELECT count(*), count(DISTINCT id), sum(value) FROM resource_name";
    let found = database.row("example_api", sums)?;
    let [all, keys, sum] = &found[..] else { return Err("three sums".into()) };
    let difference = sum.parse::<f64>()? - server::sum_of_values(rows, changed);
    if [all, keys].iter().any(|count| **count != rows.to_string()) || difference.abs() > 0.5 {
        return Err(format!("{program} loaded {found:?}").into());
    }
    Ok(figures)
}
