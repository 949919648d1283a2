//! Parents with three children each, which are asked for one parent at a time: what that takes, as the
//! API answers at once, takes 5 ms or allows 500 requests a second; how much memory for ten times as
//! many; and a second load after one parent of a hundred has changed.
//!
//! ```sh
//! cargo run --release --bin parents_job                     # SQLite, 100,000 parents
//! cargo run --release --bin parents_job -- sqlite 20000
//! cargo run --release --bin parents_job -- postgres 100000  # a private cluster with default settings
//! ```
//!
//! `parents_job serve 100000` only serves, for a profiler around `parents_job load URL DATABASE`. Each load runs as a process of its own; its CPU time is what the kernel charged to it. "To ask" is
//! an HTTP client that reads the same answers and does nothing with them.

mod job;
mod server;

use std::time::Duration;

use connector_benches::{Database, Figures, Kind, Result, finish, measure};

use server::{Api, CHILDREN};

/// What the API takes for an answer where it does not answer at once.
const LATENCY: Duration = Duration::from_millis(5);

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["ask", url, parents] => finish(job::ask(url, parents.parse()?)),
        ["load", url, database] => finish(job::load(url, database, false)),
        ["load-limited", url, database] => finish(job::load(url, database, true)),
        ["serve", parents] => serve(parents.parse()?),
        [] => report("sqlite", 100_000),
        [kind] => report(kind, 100_000),
        [kind, parents] => report(kind, parents.parse()?),
        _ => Err("usage: parents_job [sqlite|postgres [PARENTS]]".into()),
    }
}

/// Until the end of the input.
fn serve(parents: u64) -> Result<()> {
    let api = Api::start(parents, Duration::ZERO);
    println!("{}", api.server.url());
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

fn report(kind: &str, parents: u64) -> Result<()> {
    let databases = Kind::named(kind)?;
    println!(
        "{:<48} {:>9} {:>11} {:>15} {:>9}",
        kind, "requests", "a second", "CPU µs/request", "peak MiB"
    );
    let fewer = parents / 10;
    for parents in [fewer, parents] {
        let api = Api::start(parents, Duration::ZERO);
        ask("an answer at once, to ask", &api, parents)?;
        let database = databases.database();
        load("load", "an answer at once, first load", &api, &database, parents)?;
        api.change();
        let what = format!("the same, {} changed, second load", api.changed());
        load("load", &what, &api, &database, parents)?;
    }
    let few = fewer / 2;
    let api = Api::start(few, LATENCY);
    ask("5 ms an answer, to ask", &api, few)?;
    load("load", "5 ms an answer, first load", &api, &databases.database(), few)?;
    let api = Api::start(few, Duration::ZERO);
    load("load-limited", "`rate_limit = \"500/s\"`, first load", &api, &databases.database(), few)
}

/// Asks for everything, and does nothing with it.
fn ask(what: &str, api: &Api, parents: u64) -> Result<()> {
    let figures = measure(&["ask", &api.server.url(), &parents.to_string()])?;
    line(what, parents, api, figures);
    Ok(())
}

/// Loads everything and looks at what is there then.
fn load(program: &str, what: &str, api: &Api, database: &Database, parents: u64) -> Result<()> {
    let figures = measure(&[program, &api.server.url(), &database.text()?])?;
    let sql = "SELECT count(*), (SELECT count(*) FROM children), \
        (SELECT count(*) FROM children WHERE id / 3 <> parent_id) FROM parents";
    let found = database.row("tracker", sql)?;
    let expected = [parents, CHILDREN * parents, 0].map(|count| count.to_string());
    if found != expected {
        return Err(format!("{found:?} rows are there, not {expected:?}").into());
    }
    line(what, parents, api, figures);
    Ok(())
}

fn line(what: &str, parents: u64, api: &Api, figures: Figures) {
    let Figures { client_cpu: cpu, peak_mib, .. } = figures;
    let asked = api.take_asked();
    println!(
        "{:<48} {:>9} {:>11.0} {:>15.1} {peak_mib:>9.1}",
        format!("{parents}: {what}"),
        format!("{}+{}", asked.parents, asked.children),
        asked.rate(),
        cpu * 1e6 / asked.all() as f64,
    );
}
