//! The generated sync binary: `connector_runtime::main!(ExampleApi);`.
//!
//! Everything the binary does is a call of the library; here is only what a command line needs:
//! arguments, what is printed, and exit codes.

mod apart;
mod args;
mod catalog;
mod changes;
mod commands;
mod display;
mod exit;
mod file;
mod help;
mod log;
#[cfg_attr(not(feature = "otel"), path = "no_otel.rs")]
mod otel;
#[cfg(any(feature = "airbyte", feature = "singer"))]
mod platform;
mod said;
mod scope;
mod screen;
mod settings;
mod signal;
mod stderr;
mod watching;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::pin::{Pin, pin};
use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

use self::args::{Options, Volume};
use self::display::Display;
use self::file::Unfinished;
use self::otel::Telemetry;
use self::settings::Settings;
use self::signal::Heeded;
use self::stderr::Stderr;
use self::watching::Watching;
use crate::config::{self, Values};
use crate::connector::Connector;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Transport;
use crate::instance::Instance;
use crate::report::Complaints;
use crate::spec::ConnectorSpec;

/// Makes the program of a connector: `sync`, `check`, `plan`, `preview`, `schema`, `state`, `loads`,
/// `rejects`.
///
/// ```
/// use connector_runtime::prelude::*;
///
/// /// The example API.
/// #[derive(Connector)]
/// #[connector(base_url = "https://api.example.com", resources(Item))]
/// struct ExampleApi {}
///
/// #[derive(Resource)]
/// #[resource(path = "/items")]
/// struct Item {
///     #[column(primary_key)]
///     id: i64,
/// }
///
/// connector_runtime::main!(ExampleApi);
/// ```
#[macro_export]
macro_rules! main {
    ($connector:ty $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            $crate::cli::main::<$connector>()
        }
    };
}

/// What [`main!`](crate::main) expands to: runs the program and returns its exit code.
pub fn main<C: Connector>() -> ExitCode {
    start(C::SPEC, |values| Instance::of(&C::from_values(values)))
}

type Make = fn(&mut Values) -> Instance;

fn start(spec: &'static ConnectorSpec, make: Make) -> ExitCode {
    let mut stderr = match Stderr::start() {
        Ok(stderr) => stderr,
        Err(error) => {
            // where that fails, too, the exit code has to do
            let _ = writeln!(io::stderr(), "error: {error}");
            return ExitCode::from(exit::INTERNAL);
        }
    };
    let mut program = Program {
        spec,
        settings: Settings::new(spec),
        make,
        env: &config::variable,
        transport: None,
        stderr: Some(stderr.clone()),
        heeded: None,
        watching: Watching::default(),
        display: None,
        out: &mut io::stdout(),
        err: &mut stderr,
    };
    ExitCode::from(program.run(std::env::args_os()))
}

/// A connector's program and what it finds around it, which tests bring along.
struct Program<'a> {
    spec: &'static ConnectorSpec,
    settings: Settings,
    make: Make,
    env: &'a dyn Fn(&str) -> Option<OsString>,
    transport: Option<Arc<dyn Transport>>,
    /// That of the process, whose signals, terminal and log are ours; `None` in a test.
    stderr: Option<Stderr>,
    /// What its signals do, once they are heeded.
    heeded: Option<Heeded>,
    /// How it is watched; known when the command line is.
    watching: Watching,
    /// What was shown of its work, until it is settled.
    display: Option<Arc<Display>>,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

impl Program<'_> {
    fn run(&mut self, args: impl IntoIterator<Item = OsString>) -> u8 {
        let args: Vec<OsString> = args.into_iter().collect();
        match commands::command(self.spec, &self.settings).try_get_matches_from(&args) {
            Ok(matches) => commands::run(self, &matches),
            // help and version are no errors
            Err(said) if !said.use_stderr() => self.print(&said.render().to_string(), exit::DONE),
            Err(error) => {
                if args::ask_for_json(&args) {
                    self.document(&args::refusal(&error), exit::CONFIG);
                }
                self.complain(&error.render().to_string(), exit::CONFIG)
            }
        }
    }

    /// Whether signals, the terminal and the log of the process are ours.
    fn is_process(&self) -> bool {
        self.stderr.is_some()
    }

    /// Heeds the signals of the process. `terminate`: how SIGTERM ends it, if not by an exit code.
    fn heed(&mut self, terminate: Option<fn()>) -> Result<()> {
        if let (Some(stderr), None) = (&self.stderr, &self.heeded) {
            self.heeded = Some(signal::heed(stderr.clone(), terminate)?);
        }
        Ok(())
    }

    /// Whoever asks stops when it is cancelled, as the first signal does.
    fn cancel(&self) -> CancellationToken {
        self.heeded.as_ref().map(Heeded::begin).unwrap_or_default()
    }

    /// What was to be done is over, and has this exit code, however long it takes to tell.
    fn over(&self, code: u8) {
        if let Some(heeded) = &self.heeded {
            heeded.over(code);
        }
    }

    /// Files that a signal removes before they are whole.
    fn unfinished(&self) -> Unfinished {
        self.heeded.as_ref().map(|heeded| heeded.unfinished.clone()).unwrap_or_default()
    }

    /// Runs `work`, which asks the API, while its progress is shown and signals are heeded. A collector is
    /// told of it.
    fn watch<W: Future>(
        &mut self,
        options: &Options,
        work: impl FnOnce(Arc<Display>, CancellationToken) -> W,
    ) -> Result<W::Output> {
        let telemetry = match self.is_process() {
            true => Telemetry::start(self.spec, self.env)?,
            false => None,
        };
        self.attend(options.volume, telemetry, work)
    }

    /// Runs `work` while its progress is shown and signals are heeded.
    fn attend<W: Future>(
        &mut self,
        volume: Volume,
        telemetry: Option<Telemetry>,
        work: impl FnOnce(Arc<Display>, CancellationToken) -> W,
    ) -> Result<W::Output> {
        let display = match &self.stderr {
            Some(stderr) => {
                Display::start(stderr, self.has_terminal(), volume, &self.watching, telemetry)
            }
            None => Display::hidden(),
        };
        let display = Arc::new(display);
        self.display = Some(display.clone());
        let runtime = runtime()?;
        if self.is_process() {
            runtime.spawn(display.clone().tick());
        }
        let output = drive(&runtime, work(display, self.cancel()));
        if let Some(stderr) = &self.stderr {
            stderr.clear();
        }
        // a name that is still being looked up is of no interest any more
        runtime.shutdown_background();
        Ok(output)
    }

    /// Lets the collector and the log come before what is printed. Whoever has them may stall: whether the work
    /// is over has to be known, and its files written, before.
    fn settle(&mut self) {
        if let Some(display) = self.display.take() {
            display.end();
        }
    }

    /// Tells the result of a command: to standard output and the file of the report, and what else is to be
    /// said of it.
    fn conclude(
        &mut self,
        options: &Options,
        report: &impl Serialize,
        summary: &str,
        complaints: Complaints<'_>,
        code: u8,
    ) -> u8 {
        self.conclude_measured(options, report, summary, None, complaints, code)
    }

    /// As [`Self::conclude`], with metrics for their file. Files come first, as they do not stall; then the
    /// collector, the log, the result, what else is to be said, and pipes: each waits for who reads what comes
    /// before it.
    fn conclude_measured(
        &mut self,
        options: &Options,
        report: &impl Serialize,
        summary: &str,
        metrics: Option<String>,
        complaints: Complaints<'_>,
        code: u8,
    ) -> u8 {
        self.over(code);
        let Watching { report: path, metrics: metrics_path, .. } = self.watching.clone();
        let wanted = path.map(|path| (path, json(report)));
        let wanted = wanted.into_iter().chain(metrics_path.zip(metrics));
        let (pipes, files): (Vec<_>, Vec<_>) = wanted.partition(|(path, _)| file::is_stream(path));
        let unwritten = files.iter().filter_map(|(path, text)| self.keep(path, text).err());
        let unwritten: Vec<_> = unwritten.collect();
        let code = if unwritten.is_empty() { code } else { exit::untold(code) };
        self.over(code);
        let quiet = options.volume == Volume::Quiet;
        let mut code = match options.json {
            true => self.print(&json(report), code),
            false if quiet => code,
            false => self.print(summary, code),
        };
        let mut complaints = complaints;
        if quiet {
            complaints.notes.clear();
            complaints.warnings.clear();
        }
        complaints.errors.extend(&unwritten);
        self.complain(&self.worded(&complaints), code);
        for (path, text) in &pipes {
            if let Err(error) = self.keep(path, text) {
                code = self.object(&error, exit::untold(code));
            }
        }
        code
    }

    /// What is to be said, as standard error has it.
    fn worded(&self, complaints: &Complaints<'_>) -> String {
        match self.watching.json_log {
            true => log::json_lines(complaints),
            false => complaints.text(self.err_look()),
        }
    }

    /// Says why there is no result: in its place, too, where it was to be a document.
    fn fail(&mut self, error: Error) -> u8 {
        let error = error.advised();
        let code = exit::of_kind(error.kind());
        self.over(code);
        let code = if self.watching.json { self.document(&error, code) } else { code };
        self.object(&error, code)
    }

    /// Says what went wrong, beside the result.
    fn object(&mut self, error: &Error, code: u8) -> u8 {
        self.over(code);
        let complaints = Complaints { errors: vec![error], ..Complaints::default() };
        self.complain(&self.worded(&complaints), code)
    }

    /// The document of a command that has no result.
    fn document(&mut self, error: &Error, code: u8) -> u8 {
        let document = serde_json::json!({ "connector": self.spec.name, "error": error });
        self.print(&json(&document), code)
    }

    /// Tells the result of a command that prints nothing else.
    fn result(&mut self, text: &str) -> u8 {
        self.over(exit::DONE);
        self.print(text, exit::DONE)
    }

    /// Writes to standard output. A reader who has seen enough is no failure.
    fn print(&mut self, text: &str, code: u8) -> u8 {
        self.settle();
        // a thread that writes messages may hold it, and wait for a reader who has stalled
        if text.is_empty() {
            return code;
        }
        match self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()) {
            Ok(()) => code,
            Err(error) => self.unprinted(&error, code),
        }
    }

    /// Standard output takes no more.
    fn unprinted(&mut self, error: &io::Error, code: u8) -> u8 {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return code;
        }
        let text = format!("standard output cannot be written: {error}");
        let error = Error::new(ErrorKind::Internal, text).with_help("see to where it goes");
        self.object(&error, exit::untold(code))
    }

    /// Writes a file for machines.
    fn keep(&self, path: &Path, text: &str) -> Result<()> {
        file::replace(path, text, &self.unfinished()).map_err(|error| {
            let text = format!("`{}` cannot be written: {error}", path.display());
            Error::new(ErrorKind::Internal, text)
                .with_help("the run itself is not concerned: see to the file's folder")
        })
    }

    /// Writes to standard error; where that is closed, the exit code has to do.
    fn complain(&mut self, text: &str, code: u8) -> u8 {
        self.settle();
        let _ = self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush());
        code
    }
}

/// A report as one line.
fn json(report: &impl Serialize) -> String {
    let json = serde_json::to_string(report).expect("BUG: a report is plain data");
    format!("{json}\n")
}

fn runtime() -> Result<Runtime> {
    Builder::new_current_thread().enable_all().build().map_err(|error| {
        Error::new(ErrorKind::Internal, format!("the asynchronous runtime cannot start: {error}"))
    })
}

/// Does `work`. What it leaves behind in a blocking call, as a database that does not answer, is not waited
/// for.
fn block_on<W: Future>(work: W) -> Result<W::Output> {
    let runtime = runtime()?;
    let output = drive(&runtime, work);
    runtime.shutdown_background();
    Ok(output)
}

/// Does `work` on a runtime, whose loop is compiled once for the work of all commands.
fn drive<W: Future>(runtime: &Runtime, work: W) -> W::Output {
    let mut output = None;
    {
        let work: Pin<&mut dyn Future<Output = ()>> = pin!(async { output = Some(work.await) });
        runtime.block_on(work);
    }
    output.expect("BUG: work that was done has no output")
}

#[cfg(test)]
mod tests;
