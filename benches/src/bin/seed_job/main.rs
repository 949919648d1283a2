//! The seed's job (pages of 100 rows by offset; key in the query; merge on id), by hand and by the derives,
//! side by side in one run: a first load, and a second one after every hundredth row has changed. The rows
//! are small ones (id, name, value, updated_at), or wide ones as the issues of a code forge (44 columns, two
//! lists in tables of their own).
//!
//! ```sh
//! cargo run --release --bin seed_job                        # SQLite, 1,000,000 small rows, 5 pairs
//! cargo run --release --bin seed_job -- sqlite 100000 9
//! cargo run --release --bin seed_job -- postgres 1000000 5  # a private cluster with default settings
//! cargo run --release --bin seed_job -- wide sqlite         # 40,000 wide rows
//! cargo run --release --bin seed_job -- wide postgres 40000 5
//! ```
//!
//! The absolute times of a shared machine are noise: read the ratios, which are taken pair by pair.
//! Each program runs as a process of its own; its CPU time is what the kernel charged to it. With PostgreSQL
//! that of the server is counted in, which is told beside it.

mod by_hand;

use connector_benches::{
    Database, Expected, Figures, Kind, Result, Shape, Small, Wide, expected, finish, load, median,
    serve, verify,
};
use connector_tests::Server;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["wide", ref args @ ..] => job::<Wide>(args, 40_000),
        ["small", ref args @ ..] | ref args => job::<Small>(args, 1_000_000),
    }
}

fn job<S: Shape>(args: &[&str], rows: u64) -> Result<()> {
    match *args {
        ["by-hand", url, database] if database.starts_with("postgres") => {
            finish(by_hand::postgres::load::<S>(url, database))
        }
        ["by-hand", url, database] => finish(by_hand::sqlite::load::<S>(url, database)),
        ["by-derive", url, database] => finish(load::<S>(url, database)),
        [] => compare::<S>("sqlite", rows, 5),
        [kind] => compare::<S>(kind, rows, 5),
        [kind, rows] => compare::<S>(kind, rows.parse()?, 5),
        [kind, rows, pairs] => compare::<S>(kind, rows.parse()?, pairs.parse()?),
        _ => Err("usage: seed_job [small|wide] [sqlite|postgres [ROWS [PAIRS]]]".into()),
    }
}

/// By hand and by the derives: the first load and the second one.
type Pair = [[Figures; 2]; 2];

/// The API before and after rows have changed, and what is in the database then.
type Source = (Server, Expected);

fn compare<S: Shape>(kind: &str, rows: u64, pairs: usize) -> Result<()> {
    let databases = Kind::named(kind)?;
    let sources = [false, true]
        .map(|has_changed| (serve::<S>(rows, has_changed), expected::<S>(rows, has_changed)));
    let pair = || -> Result<Pair> {
        let run = |program: &str| -> Result<[Figures; 2]> {
            let database = databases.database();
            let load = |source| measure::<S>(program, source, &databases, &database);
            Ok([load(&sources[0])?, load(&sources[1])?])
        };
        Ok([run("by-hand")?, run("by-derive")?])
    };
    pair()?;
    let measured: Vec<Pair> = (0..pairs).map(|_| pair()).collect::<Result<_>>()?;
    println!("{rows} {} rows into {kind}, {pairs} pairs; medians", S::NAME);
    for (load, what) in ["first load", "second load, 1 % changed"].into_iter().enumerate() {
        println!(
            "\n{what:<26} {:>8} {:>9} {:>8} {:>9}",
            "CPU s", "of client", "wall s", "peak MiB"
        );
        table(
            &measured.iter().map(|[hand, derive]| (hand[load], derive[load])).collect::<Vec<_>>(),
        );
    }
    let second = median(measured.iter().map(|[_, [first, second]]| second.cpu() / first.cpu()));
    println!("\nby derive, CPU of the second load ÷ that of the first: {second:.2}");
    Ok(())
}

fn table(pairs: &[(Figures, Figures)]) {
    let line = |name: &str, of: &dyn Fn(fn(Figures) -> f64) -> f64, digits: usize| {
        let (cpu, client) = (of(Figures::cpu), of(|f| f.client_cpu));
        let (wall, peak) = (of(|f| f.wall), of(|f| f.peak_mib));
        println!("{name:<26} {cpu:>8.digits$} {client:>9.digits$} {wall:>8.digits$} {peak:>9.2}");
    };
    let medians = |of: &dyn Fn(&(Figures, Figures)) -> f64| median(pairs.iter().map(of));
    line("by hand", &|value| medians(&|pair| value(pair.0)), 3);
    line("by derive", &|value| medians(&|pair| value(pair.1)), 3);
    line("ratio", &|value| medians(&|pair| value(pair.1) / value(pair.0)), 2);
}

/// Runs one program and checks what is in the database afterwards.
fn measure<S: Shape>(
    program: &str,
    (server, expected): &Source,
    databases: &Kind,
    database: &Database,
) -> Result<Figures> {
    let before = databases.server_cpu()?;
    let figures =
        connector_benches::measure(&[S::NAME, program, &server.url(), &database.text()?])?;
    let figures = Figures { server_cpu: databases.server_cpu()? - before, ..figures };
    verify::<S>(database, expected).map_err(|error| format!("{program}: {error}"))?;
    Ok(figures)
}
