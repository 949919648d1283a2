//! How long a sync binary takes that has next to nothing to do: its `--help`, and a sync of one page
//! into a new SQLite file.
//!
//! ```sh
//! cargo run --release --bin startup        # 30 runs of each
//! ```

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use connector_benches::{Result, median};
use connector_tests::{ExampleApi, Folder, KEY, OffsetApi, Server, items};

const RUNS: usize = 30;
/// Set where this program is the sync binary; the file takes its greatest size.
const PEAK: &str = "STARTUP_PEAK";

fn main() -> Result<ExitCode> {
    let Some(file) = std::env::var_os(PEAK) else {
        measure()?;
        return Ok(ExitCode::SUCCESS);
    };
    let code = connector_runtime::cli::main::<ExampleApi>();
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    std::fs::write(file, peak.ok_or("no VmHWM")?)?;
    Ok(code)
}

fn measure() -> Result<()> {
    let server = OffsetApi::new(items(0..50)).key(KEY).serve();
    for (name, args) in [("--help", &["--help"][..]), ("sync of a page", &["sync"])] {
        let runs = (0..RUNS).map(|_| run(&server, args)).collect::<Result<Vec<_>>>()?;
        let millis = median(runs.iter().map(|(millis, _)| *millis));
        let mib = median(runs.iter().map(|(_, mib)| *mib));
        println!("{name}: {millis:.1} ms, {mib:.1} MiB at most (median of {RUNS})");
    }
    Ok(())
}

/// Milliseconds from start to end, and MiB.
fn run(server: &Server, args: &[&str]) -> Result<(f64, f64)> {
    let folder = Folder::new();
    let peak = folder.path("peak");
    let mut command = Command::new(std::env::current_exe()?);
    command.args(args).current_dir(folder.path("")).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("EXAMPLE_API_API_KEY", KEY).env("EXAMPLE_API_BASE_URL", server.url());
    let started = Instant::now();
    let status = command.env(PEAK, &peak).status()?;
    let millis = started.elapsed().as_secs_f64() * 1e3;
    if !status.success() {
        return Err(format!("{args:?}: {status}").into());
    }
    let text = std::fs::read_to_string(peak)?;
    let kib: f64 = text.split_whitespace().next().ok_or("no size")?.parse()?;
    Ok((millis, kib / 1024.0))
}
