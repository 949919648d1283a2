//! Counts the instructions of the parts of a load, and compares them with those that `instructions.json`
//! has. Unlike times they are the same in each run, whatever else the machine does; those of another compiler
//! are others, and are not compared: that is an error.
//!
//! ```sh
//! cargo run --release --bin instructions                  # all parts; fails where one takes 5 % more
//! cargo run --release --bin instructions -- decode_small  # some
//! cargo run --release --bin instructions -- renew         # what is counted now is the baseline
//! ```
//!
//! Needs `valgrind`, under which this program runs once more for each count: with its work done once, and
//! three times. Half the difference is the work, without what comes before it and behind it.

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};

use connector_benches::Result;
use connector_benches::parts::{FLOORS, PARTS, Part};
use serde::{Deserialize, Serialize};

/// Recorded counts are those of one compiler.
const COMPILER: &str = env!("BENCHES_RUSTC");
const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.json");
/// What a part may take more, in percent; where it takes so much less, the baseline is out of date, too.
const TOLERANCE: f64 = 5.0;
const RENEW: &str = "cargo run --release --bin instructions -- renew";

/// What was counted once, as the repository has it.
#[derive(Deserialize, Serialize)]
struct Baseline {
    /// Which compiler, and for which machine.
    compiler: String,
    /// Instructions a row.
    parts: BTreeMap<String, f64>,
}

impl Baseline {
    /// Why nothing can be compared with it, and what to do.
    fn is_of_another(&self, compiler: &str) -> Option<String> {
        let Self { compiler: counted, .. } = self;
        (counted != compiler).then(|| {
            let version = counted.split(' ').nth(1).unwrap_or_default();
            format!(
                "the baseline is of {counted}, and this is {compiler}: nothing can be compared\n\
                 help: count with that one, `cargo +{version} run --release --bin instructions`; where another is meant, \
                 compare before and after it, and then: {RENEW}"
            )
        })
    }
}

fn main() -> Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["work", part, times] => work(part, times.parse()?),
        _ if cfg!(debug_assertions) => Err("counts are those of a release build".into()),
        [] => check(&PARTS.iter().chain(FLOORS).collect::<Vec<_>>()),
        ["renew"] => renew(),
        [..] => check(&args.iter().map(|name| Part::named(name)).collect::<Result<Vec<_>>>()?),
    }
}

/// What is counted.
fn work(part: &str, times: u64) -> Result<ExitCode> {
    let mut work = Part::named(part)?.work()?;
    for _ in 0..times {
        work()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn renew() -> Result<ExitCode> {
    let count = |part: &Part| {
        let count = count(part)?;
        println!("{:<22} {count:>10.1}", part.name);
        Ok((part.name.to_owned(), (count * 10.0).round() / 10.0))
    };
    let parts = PARTS.iter().map(count).collect::<Result<_>>()?;
    let baseline = Baseline { compiler: COMPILER.to_owned(), parts };
    std::fs::write(BASELINE, serde_json::to_string_pretty(&baseline)? + "\n")?;
    Ok(ExitCode::SUCCESS)
}

fn check(parts: &[&Part]) -> Result<ExitCode> {
    let baseline: Baseline = serde_json::from_str(&std::fs::read_to_string(BASELINE)?)?;
    if let Some(other) = baseline.is_of_another(COMPILER) {
        println!("error: {other}");
        return Ok(ExitCode::FAILURE);
    }
    println!("{:<22} {:>10} {:>10} {:>8}", "instructions a row", "now", "baseline", "%");
    let mut more = Vec::new();
    let mut less = Vec::new();
    for part in parts {
        let now = count(part)?;
        let Some(before) = baseline.parts.get(part.name) else {
            println!("{:<22} {now:>10.1}", part.name);
            continue;
        };
        let percent = (now / before - 1.0) * 100.0;
        println!("{:<22} {now:>10.1} {before:>10.1} {percent:>+8.2}", part.name);
        let Part { name, .. } = part;
        if percent > TOLERANCE {
            more.push(format!("{name} takes {percent:.1} % more instructions"));
        } else if percent < -TOLERANCE {
            less.push(format!("{name} takes {:.1} % less instructions", -percent));
        }
    }
    for changed in &less {
        println!("warning: {changed}; so that it stays so: {RENEW}");
    }
    for changed in &more {
        println!("error: {changed}, {TOLERANCE} % at most; if that is what it costs: {RENEW}");
    }
    Ok(if more.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Instructions a row.
fn count(part: &Part) -> Result<f64> {
    let (thrice, once) = std::thread::scope(|scope| {
        let once = scope.spawn(|| total(part.name, 1).map_err(|error| error.to_string()));
        (total(part.name, 3), once.join())
    });
    let once = once.map_err(|_| "BUG: a count stopped in the middle")??;
    Ok((thrice? - once) / 2.0 / part.rows() as f64)
}

/// Instructions of a process that does the work so many times.
fn total(part: &str, times: u64) -> Result<f64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(std::env::current_exe()?).args(["work", part, &times.to_string()]);
    let output = valgrind.output().map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    match collected {
        Some((_, count)) if output.status.success() => Ok(count.trim().parse()?),
        _ => Err(format!("{part} under valgrind: {}\n{said}", output.status).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_another_compiler_are_an_error_that_says_what_to_do() {
        let compiler = "rustc 1.95.0 (59807616e 2026-04-14), x86_64-unknown-linux-gnu".to_owned();
        let baseline = Baseline { compiler: compiler.clone(), parts: BTreeMap::new() };
        assert_eq!(baseline.is_of_another(&compiler), None);
        let other = compiler.replace("1.95.0", "1.96.0");
        let said = baseline.is_of_another(&other).expect("another");
        assert!(said.contains(&other) && said.contains("`cargo +1.95.0 run"), "{said}");
    }
}
