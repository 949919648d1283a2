//! PostgreSQL for tests: a private cluster on a free port of the loopback, in a folder of its own.
//!
//! A shell stands between the test process and the cluster. It reads orders from a pipe, and when
//! the pipe ends, because the test process has ended in whatever way, it stops the cluster and
//! removes the folder: nothing of a killed test is left behind.

mod binaries;
mod database;
mod reader;

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

pub use database::PgDatabase;
pub use reader::{Row, rows};

/// The user that owns everything in a cluster.
const USER: &str = "tests";

/// How often a port is looked for: another process may take a free one before the cluster does.
const TRIES: usize = 5;

/// Stands between us and the cluster. `$1` is the folder of the programs, `$2` the port. Answers
/// each order with a line.
const WATCHDOG: &str = r#"
PATH="$1:$PATH"
folder=$(mktemp -d) || exit
quietly() { "$@" >>"$folder/output" 2>&1; }
start() {
    quietly pg_ctl -D "$folder/data" -l "$folder/log" -w -t 60 -o "-p $2 $3" start
}
prepare() {
    quietly initdb -D "$folder/data" -U "$4" -A trust -E UTF8 --locale=C --no-sync
}
stop() { quietly pg_ctl -D "$folder/data" -m immediate -w stop; }
finish() { quietly pg_ctl -D "$folder/data" -m fast -w stop; }
answer() { if "$@"; then echo done; else cat "$folder"/output "$folder"/log 2>/dev/null | tail -5 | tr '\n' ' '; echo; fi; }
trap '' INT TERM
while read -r order; do
    answer "$order" "$1" "$2" "$3" "$4"
done
stop
rm -rf "$folder"
"#;

/// Settings of a cluster that is thrown away: nothing has to survive the machine.
const SETTINGS: &str = "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
    -c shared_buffers=32MB -c max_connections=60 -c log_min_messages=warning";

/// A running cluster; it ends with this value, or with the process.
pub struct Cluster {
    port: u16,
    watchdog: Mutex<Watchdog>,
}

/// The shell and the pipes to it.
struct Watchdog {
    shell: Child,
    /// `None` when it has its last order.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// A database of its own in a cluster that all tests of this process share.
///
/// `None` where PostgreSQL is not installed, after one line that says so.
///
/// # Panics
///
/// When it is not installed though the variable `CI` is set, or does not start.
pub fn postgres() -> Option<PgDatabase> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(Cluster::start).as_ref().map(Cluster::database)
}

impl Cluster {
    /// A cluster for one test: to be stopped, and started again.
    ///
    /// `None` where PostgreSQL is not installed, after one line that says so.
    ///
    /// # Panics
    ///
    /// When it is not installed though the variable `CI` is set, or does not start.
    pub fn start() -> Option<Self> {
        Self::start_with("")
    }

    /// As [`Self::start`], with further settings, `-c name=value`.
    ///
    /// # Panics
    ///
    /// As [`Self::start`].
    pub fn start_with(settings: &str) -> Option<Self> {
        let settings = format!("{SETTINGS} {settings}");
        let Some(binaries) = binaries::folder() else {
            let ci = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty());
            assert!(!ci, "PostgreSQL is not installed, and `CI` asks for every test");
            println!(
                "skipped: PostgreSQL is not installed (no `initdb` in PATH or `pg_config --bindir`)"
            );
            return None;
        };
        let mut why = String::new();
        for _ in 0..TRIES {
            let port = free_port();
            let mut shell = binaries::as_ordinary_user("sh");
            shell.args(["-c", WATCHDOG, "watchdog"]).arg(&binaries);
            shell.args([&port.to_string(), settings.as_str(), USER]);
            let mut watchdog = Watchdog::spawn(shell);
            match watchdog.order("prepare").and_then(|()| watchdog.order("start")) {
                Ok(()) => return Some(Self { port, watchdog: Mutex::new(watchdog) }),
                Err(error) => why = error,
            }
        }
        panic!("PostgreSQL does not start: {why}");
    }

    /// The port of the loopback on which it answers.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process that all others of the server descend from.
    ///
    /// # Panics
    ///
    /// When it does not run.
    pub fn pid(&self) -> u32 {
        let server = self.database();
        let file = server.value("SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)");
        file.parse().expect("a process")
    }

    /// A new database.
    pub fn database(&self) -> PgDatabase {
        PgDatabase::create(self.port)
    }

    /// Stops the cluster as a power failure would: nothing is finished, nothing is written.
    pub fn stop_immediate(&self) {
        self.order("stop");
    }

    /// Stops the cluster as an administrator would: sessions end, and everything is written.
    pub fn stop_fast(&self) {
        self.order("finish");
    }

    /// Starts it again after it was stopped. It recovers what had been committed.
    pub fn restart(&self) {
        self.order("start");
    }

    fn order(&self, order: &str) {
        let mut watchdog = self.watchdog.lock().unwrap_or_else(PoisonError::into_inner);
        watchdog.order(order).unwrap_or_else(|why| panic!("PostgreSQL: {order}: {why}"));
    }
}

impl Watchdog {
    fn spawn(mut shell: Command) -> Self {
        // an interrupt at the keyboard is for the test; the end of its pipe is for the shell
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let child = shell.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("a shell");
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { shell: child, orders, answers }
    }

    fn order(&mut self, order: &str) -> Result<(), String> {
        let orders = self.orders.as_mut().expect("a pipe until the end");
        let mut answer = String::new();
        writeln!(orders, "{order}")
            .and_then(|()| self.answers.read_line(&mut answer))
            .map_err(|error| error.to_string())?;
        match answer.trim() {
            "done" => Ok(()),
            why => Err(why.to_owned()),
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.orders.take());
        // the folder is gone when this returns
        let _ = self.shell.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
