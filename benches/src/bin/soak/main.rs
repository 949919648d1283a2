//! Syncs one after the other in one process, against an API that fails in all ways, for an hour: rows are
//! right after each, and neither memory nor open files grow.
//!
//! ```sh
//! cargo run --release --bin soak                     # an hour, SQLite
//! cargo run --release --bin soak -- 600              # ten minutes
//! cargo run --release --bin soak -- 600 postgres     # a private cluster
//! ```
//!
//! The API is a process of its own: this one has what a program has that syncs, and no more.

mod api;
mod job;
mod watch;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use connector_benches::{Kind, Result};

use job::Requests;
use watch::Watch;

/// Each sync of so many is a full refresh.
const FULL: i64 = 20;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["serve"] => api::serve(),
        [] => soak(3_600, "sqlite"),
        [seconds] => soak(seconds.parse()?, "sqlite"),
        [seconds, kind] => soak(seconds.parse()?, kind),
        _ => Err("usage: soak [SECONDS [sqlite|postgres]]".into()),
    }
}

fn soak(seconds: u64, kind: &str) -> Result<()> {
    let databases = Kind::named(kind)?;
    let database = databases.database();
    let api = Api::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut watch = Watch::new(Duration::from_secs(seconds));
    let mut requests = Requests::default();
    let mut round = 0;
    while !watch.is_over() {
        let started = Instant::now();
        let full = round % FULL == FULL - 1;
        let came = runtime.block_on(job::sync(&api.url, &database, round, full))?;
        requests.all += came.all;
        requests.retries += came.retries;
        round += 1;
        watch.look(started.elapsed())?;
    }
    let Requests { all, retries } = requests;
    println!(
        "{seconds} s into {kind}: {round} syncs, {} of them full, rows right after each; \
         {all} requests, {retries} of them retries",
        round / FULL
    );
    watch.judge()
}

/// The process of the API, which ends with this value.
struct Api {
    url: String,
    process: Child,
}

impl Api {
    fn start() -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        let stdout = process.stdout.take().ok_or("no output")?;
        BufReader::new(stdout).read_line(&mut url)?;
        Ok(Self { url: url.trim().to_owned(), process })
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        // the end of its input
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
