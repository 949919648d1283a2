//! What a process took, as it says itself, and as it looks from outside.

use std::process::Command;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

use crate::Result;

/// What a process took.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Seconds of processor time, which the kernel charged to it.
    pub client_cpu: f64,
    /// Those of the server of a database meanwhile.
    pub server_cpu: f64,
    /// Seconds from its start to its end.
    pub wall: f64,
    /// The most memory that it had at once.
    pub peak_mib: f64,
}

impl Figures {
    /// Seconds of processor time, of the process and the server.
    pub fn cpu(self) -> f64 {
        self.client_cpu + self.server_cpu
    }
}

/// Runs a job and says what this process took: CPU seconds and peak memory in KiB.
///
/// # Errors
///
/// When the job fails.
pub fn finish(job: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(job)?;
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9;
    println!("{seconds} {}", peak_kib()?);
    Ok(())
}

/// The variable that names the file for [`tell_peak`].
pub const PEAK: &str = "BENCH_PEAK";

/// Writes the most memory in KiB that this process has had into the file that [`PEAK`] names.
///
/// # Errors
///
/// When it names none, or the system does not tell.
pub fn tell_peak() -> Result<()> {
    let file = std::env::var_os(PEAK).ok_or_else(|| format!("{PEAK} is not set"))?;
    Ok(std::fs::write(file, peak_kib()?)?)
}

fn peak_kib() -> Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM")?;
    Ok(peak.to_owned())
}

/// Runs this program once more, with these arguments, by which it comes to [`finish`].
///
/// # Errors
///
/// When it fails.
pub fn measure(arguments: &[&str]) -> Result<Figures> {
    let started = Instant::now();
    let output = Command::new(std::env::current_exe()?).args(arguments).output()?;
    let wall = started.elapsed().as_secs_f64();
    if !output.status.success() {
        let program = arguments.first().unwrap_or(&"");
        return Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let stdout = String::from_utf8(output.stdout)?;
    let (cpu, peak) = stdout.trim().split_once(' ').ok_or("two figures")?;
    let (client_cpu, peak_mib) = (cpu.parse()?, peak.parse::<f64>()? / 1024.0);
    Ok(Figures { client_cpu, server_cpu: 0.0, wall, peak_mib })
}

/// The one in the middle.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
