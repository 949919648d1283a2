//! How long a sync binary takes that has next to nothing to do: its `--help`, and a sync of one page with one row
//! into a new SQLite file, beside a bare program that does the same by `reqwest` and `rusqlite`.
//!
//! ```sh
//! cargo build --release --bin startup_by_hand && cargo run --release --bin startup    # 30 runs of each
//! ```
//!
//! The bare program is a file of its own: how large a program is counts when it starts.

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use connector_benches::{
    Database, Expected, KEY, PEAK, Result, Shape, Small, expected, median, serve, tell_peak, verify,
};
use connector_tests::{Folder, Server};

const RUNS: usize = 30;

/// Milliseconds from start to end, and the most memory in MiB.
type Run = (f64, f64);

fn main() -> Result<ExitCode> {
    if std::env::var_os(PEAK).is_none() {
        compare()?;
        return Ok(ExitCode::SUCCESS);
    }
    let code = connector_runtime::cli::main::<<Small as Shape>::Api>();
    tell_peak()?;
    Ok(code)
}

fn compare() -> Result<()> {
    let api = (serve::<Small>(1, false), expected::<Small>(1, false));
    let round = |_| -> Result<[Run; 3]> { Ok([help()?, sync(&api)?, by_hand(&api)?]) };
    round(0)?;
    let rounds: Vec<[Run; 3]> = (0..RUNS).map(round).collect::<Result<_>>()?;
    for (at, name) in ["--help", "sync of a row", "by hand"].into_iter().enumerate() {
        let millis = median(rounds.iter().map(|round| round[at].0));
        let mib = median(rounds.iter().map(|round| round[at].1));
        println!("{name:<14} {millis:>6.1} ms, {mib:>5.1} MiB at most (median of {RUNS})");
    }
    let ratio = median(rounds.iter().map(|[_, sync, by_hand]| sync.0 / by_hand.0));
    println!("sync ÷ by hand {ratio:>6.2}");
    Ok(())
}

fn help() -> Result<Run> {
    let mut command = Command::new(std::env::current_exe()?);
    run(command.arg("--help"), &Folder::new())
}

fn sync((server, expected): &(Server, Expected)) -> Result<Run> {
    let folder = Folder::new();
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("sync").env("SMALL_API_KEY", KEY).env("SMALL_BASE_URL", server.url());
    let run = run(&mut command, &folder)?;
    verify::<Small>(&Database::Sqlite(folder.database_of("small.db")), expected)?;
    Ok(run)
}

fn by_hand((server, expected): &(Server, Expected)) -> Result<Run> {
    let program = std::env::current_exe()?.with_file_name("startup_by_hand");
    if !program.exists() {
        let build = "cargo build --release --bin startup_by_hand";
        return Err(format!("the program by hand is not there: build it by `{build}`").into());
    }
    let folder = Folder::new();
    let mut command = Command::new(program);
    command.arg(format!("{}/items?offset=0&limit=100&api_key={KEY}", server.url()));
    let run = run(command.arg("small.db"), &folder)?;
    verify::<Small>(&Database::Sqlite(folder.database_of("small.db")), expected)?;
    Ok(run)
}

/// Runs a program in a folder.
fn run(command: &mut Command, folder: &Folder) -> Result<Run> {
    let peak = folder.path("peak");
    command.current_dir(folder.path("")).env(PEAK, &peak);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = command.status()?;
    let millis = started.elapsed().as_secs_f64() * 1e3;
    if !status.success() {
        return Err(format!("{command:?}: {status}").into());
    }
    let kib: f64 = std::fs::read_to_string(peak)?.parse()?;
    Ok((millis, kib / 1024.0))
}
