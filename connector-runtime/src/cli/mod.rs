//! The generated sync binary: `connector_runtime::main!(ExampleApi);`.
//!
//! Everything the binary does is a call of the library; here is only what a command line needs:
//! arguments, what is printed, and exit codes.

mod command;
mod display;
mod exit;
mod plan;
mod scope;
mod signal;
mod text;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ArgMatches;
use serde::Serialize;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

use self::command::{Action, Options, Settings, Volume};
use self::display::{Display, OneByOne};
use self::scope::Scope;
use crate::config::{self, Values};
use crate::connector::Connector;
use crate::destination::{self, Destination};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Network, Transport};
use crate::instance::Instance;
use crate::plan::plan;
use crate::report::{Complaints, Observer, Report};
use crate::run::{self, CheckReport, Overrides, Run};
use crate::secret::Secret;
use crate::spec::{ConfigField, ConnectorSpec};

/// The variable that all programs of PostgreSQL take a password from.
const PASSWORD: &str = "PGPASSWORD";

/// Makes the program of a connector: `sync`, `check`, `plan`, `schema`.
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
    let mut program = Program {
        spec,
        settings: Settings::new(spec),
        make,
        env: &config::variable,
        transport: None,
        is_process: true,
        out: &mut io::stdout(),
        err: &mut io::stderr(),
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
    /// Signals and the log of the process are ours.
    is_process: bool,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

/// The connector and the settings besides its fields.
struct Configured {
    instance: Instance,
    base_url: Option<String>,
    max_run_time: Option<Duration>,
    lease_timeout: Option<Duration>,
    max_concurrency: Option<u32>,
    destination: String,
    dataset: Option<String>,
    network: Network,
}

impl Program<'_> {
    fn run(&mut self, args: impl IntoIterator<Item = OsString>) -> u8 {
        let matches = command::command(self.spec, &self.settings).try_get_matches_from(args);
        let matches = match matches {
            Ok(matches) => matches,
            Err(error) => {
                // help and version are no errors
                let text = error.render().to_string();
                return match error.use_stderr() {
                    true => self.complain(&text, exit::CONFIG),
                    false => self.print(&text, exit::DONE),
                };
            }
        };
        let (action, matches) = Action::new(&matches);
        match action {
            Action::Check(options) => self.check(&options, matches),
            Action::Plan(options) => self.plan(&options, matches),
            Action::Schema { ddl, names } => match self.schema(ddl, &names, matches) {
                Ok(text) => self.print(&text, exit::DONE),
                Err(error) => self.fail(&error),
            },
            Action::Sync(options) => self.sync(&options, matches),
        }
    }

    fn sync(&mut self, options: &Options, matches: &ArgMatches) -> u8 {
        let started = Instant::now();
        let report = self.load(options, matches).unwrap_or_else(|error| Report {
            connector: self.spec.name,
            destination: String::new(),
            load_id: 0,
            schema_changes: Vec::new(),
            resources: Vec::new(),
            error: Some(error),
            seconds: started.elapsed().as_secs_f64(),
        });
        let code = exit::of_report(&report);
        let complaints = Complaints::of_report(&report);
        self.conclude(options, &report, &report.summary(), complaints, code)
    }

    fn load(&self, options: &Options, matches: &ArgMatches) -> Result<Report> {
        let scope = Scope::new(matches)?;
        let configured = self.configure(options, matches)?;
        let mut run = Run::new(configured.instance)
            .resources(options.names.clone())
            .network(configured.network)
            .boxed_destination(self.destination(&configured.destination, configured.dataset)?);
        if let Some(url) = configured.base_url {
            run = run.base_url(url);
        }
        if let Some(time) = configured.max_run_time {
            run = run.max_run_time(time);
        }
        if let Some(time) = configured.lease_timeout {
            run = run.lease_timeout(time);
        }
        if let Some(requests) = configured.max_concurrency {
            run = run.max_concurrency(requests as usize);
        }
        if let Some(transport) = &self.transport {
            run = run.transport(transport.clone());
        }
        let run = scope.of(run);
        self.watch(options, |display, cancel| run.observer(display).cancel_with(cancel).run())
    }

    fn check(&mut self, options: &Options, matches: &ArgMatches) -> u8 {
        let started = Instant::now();
        let report = self.probe(options, matches).unwrap_or_else(|error| CheckReport {
            connector: self.spec.name,
            resources: Vec::new(),
            error: Some(error),
            seconds: started.elapsed().as_secs_f64(),
        });
        let code = exit::of_check(&report);
        let complaints = text::complaints(&report);
        self.conclude(options, &report, &text::checked(&report), complaints, code)
    }

    fn probe(&self, options: &Options, matches: &ArgMatches) -> Result<CheckReport> {
        let Configured { instance, base_url, network, .. } = self.configure(options, matches)?;
        let transport = self.transport.clone();
        self.watch(options, |display, cancel| {
            let overrides =
                Overrides { base_url, transport, network, cancel, ..Overrides::default() };
            let observer: Arc<dyn Observer> = Arc::new(OneByOne(display));
            async move { run::check(instance, &options.names, overrides, &observer).await }
        })
    }

    fn schema(&self, ddl: bool, names: &[String], matches: &ArgMatches) -> Result<String> {
        let mut planned = plan(self.spec, names)?;
        planned.retain(|planned| planned.stored);
        let flags = |flag: &str| command::text(matches, flag);
        if !ddl {
            if let Some(flag) = ["destination", "dataset"].iter().find(|flag| flags(flag).is_some())
            {
                let message = format!("`--{flag}` makes a difference with `--format ddl` only");
                return Err(Error::new(ErrorKind::Config, message));
            }
            return Ok(text::schema(planned.iter().flat_map(|planned| planned.tables.iter())));
        }
        let env = |name: &str| self.variable(name);
        self.refuse_password(matches)?;
        let Settings { destination, dataset, .. } = &self.settings;
        let mut values = config::read(&[*destination, *dataset], Some(&flags), &env)?;
        let destination = values.take::<String>();
        let destination = self.destination(&destination, values.take())?;
        let statements: Vec<_> =
            planned.iter().map(|planned| destination.ddl(&planned.load(self.spec))).collect();
        Ok(statements.join("\n"))
    }

    /// The connector, from the command line and the environment.
    fn configure(&self, options: &Options, matches: &ArgMatches) -> Result<Configured> {
        // a misspelt name is said before anything is opened for it
        plan(self.spec, &options.names)?;
        self.refuse_secrets(matches)?;
        if command::exposed_proxy(matches) {
            let [.., proxy] = self.settings.network;
            let message =
                "`--proxy` holds a user name or password, and others can read a command line";
            return Err(Error::new(ErrorKind::Config, message)
                .with_help(format!("set the environment variable `{}`", proxy.env)));
        }
        self.refuse_password(matches)?;
        let settings = self.settings.all();
        let flags = |flag: &str| command::text(matches, flag);
        let env = |name: &str| self.variable(name);
        let mut values = config::read_connector(self.spec, &settings, Some(&flags), &env)
            .map_err(|error| error.with_help("`--help` lists all flags and variables"))?;
        let instance = (self.make)(&mut values);
        let base_url = self.settings.base_url.and_then(|_| values.take::<Option<String>>());
        let mut duration = || {
            let text = values.take::<Option<String>>();
            text.map(|text| command::duration(&text).expect("BUG: the configuration was checked"))
        };
        let (max_run_time, lease_timeout) = (duration(), duration());
        let max_concurrency = values.take();
        let destination = values.take();
        let dataset = values.take();
        let network = self.network(&mut values);
        Ok(Configured {
            instance,
            base_url,
            max_run_time,
            lease_timeout,
            max_concurrency,
            destination,
            dataset,
            network,
        })
    }

    /// A secret on the command line is refused, and not repeated.
    fn refuse_secrets(&self, matches: &ArgMatches) -> Result<()> {
        let Some(field) = command::exposed_secret(self.spec, matches) else { return Ok(()) };
        let ConfigField { flag, env, .. } = field;
        let message = format!("`--{flag}` is a secret, and others can read a command line");
        Err(Error::new(ErrorKind::Config, message)
            .with_help(format!("set the environment variable `{env}`")))
    }

    /// A password on the command line is refused as a secret is.
    fn refuse_password(&self, matches: &ArgMatches) -> Result<()> {
        if !command::exposed_password(matches) {
            return Ok(());
        }
        let message = "`--destination` holds a password, and others can read a command line";
        let env = self.settings.destination.env;
        Err(Error::new(ErrorKind::Config, message).with_help(format!(
            "leave it out and set the environment variable `{PASSWORD}`, or set `{env}` to the whole URL"
        )))
    }

    fn destination(&self, text: &str, dataset: Option<String>) -> Result<Box<dyn Destination>> {
        let password = self.variable(PASSWORD).and_then(|password| password.into_string().ok());
        let password = password.filter(|password| !password.is_empty()).map(Secret::new);
        destination::named(text, destination::Settings { dataset, password })
    }

    /// The values of [`Settings::network`]. What `NO_PROXY` excepts, it excepts from `--proxy`, too.
    fn network(&self, values: &mut Values) -> Network {
        let mut network = Network::new();
        for set in [Network::ca_file, Network::client_cert, Network::client_key] {
            if let Some(path) = values.take::<Option<String>>() {
                network = set(network, path);
            }
        }
        if let Some(url) = values.take::<Option<String>>() {
            network = network.proxy(url);
        }
        let no_proxy = ["NO_PROXY", "no_proxy"].iter().find_map(|name| self.variable(name));
        match no_proxy.and_then(|hosts| hosts.into_string().ok()) {
            Some(hosts) => network.no_proxy(hosts),
            None => network,
        }
    }

    /// An environment variable; for the program's own settings an empty one counts as not set.
    fn variable(&self, name: &str) -> Option<OsString> {
        let is_field = self.spec.config.iter().any(|field| field.env == name);
        (self.env)(name).filter(|value| is_field || !value.is_empty())
    }

    /// Runs `work` while its progress is shown and signals are heeded.
    fn watch<W: Future>(
        &self,
        options: &Options,
        work: impl FnOnce(Arc<Display>, CancellationToken) -> W,
    ) -> Result<W::Output> {
        let cancel = CancellationToken::new();
        let display = match self.is_process {
            true => Display::start(self.has_terminal(), options.volume),
            false => Display::hidden(),
        };
        let display = Arc::new(display);
        let runtime = runtime()?;
        if self.is_process {
            runtime.spawn(signal::heed(cancel.clone(), display.clone()));
        }
        let output = runtime.block_on(work(display.clone(), cancel));
        display.clear();
        // a name that is still being looked up is of no interest any more
        runtime.shutdown_background();
        Ok(output)
    }

    /// Whether somebody watches who can be shown a line that changes.
    fn has_terminal(&self) -> bool {
        io::stderr().is_terminal() && (self.env)("TERM").is_none_or(|term| term != "dumb")
    }

    /// Writes the result of a run.
    fn conclude(
        &mut self,
        options: &Options,
        report: &impl Serialize,
        summary: &str,
        mut complaints: Complaints<'_>,
        code: u8,
    ) -> u8 {
        let quiet = options.volume == Volume::Quiet;
        let code = match options.json {
            true => match serde_json::to_string(report) {
                Ok(json) => self.print(&format!("{json}\n"), code),
                Err(error) => self.complain(&format!("error: BUG: {error}\n"), exit::INTERNAL),
            },
            false if quiet => code,
            false => self.print(summary, code),
        };
        if quiet {
            complaints.notes.clear();
            complaints.warnings.clear();
        }
        self.complain(&complaints.to_string(), code)
    }

    fn fail(&mut self, error: &Error) -> u8 {
        let complaints = Complaints { errors: vec![error], ..Complaints::default() };
        self.complain(&complaints.to_string(), exit::of_kind(error.kind()))
    }

    /// Writes to standard output. A reader who has seen enough is no failure.
    fn print(&mut self, text: &str, code: u8) -> u8 {
        match self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let code = if code == exit::DONE { exit::INTERNAL } else { code };
                self.complain(&format!("error: standard output cannot be written: {error}\n"), code)
            }
            _ => code,
        }
    }

    /// Writes to standard error; where that is closed, the exit code has to do.
    fn complain(&mut self, text: &str, code: u8) -> u8 {
        let _ = self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush());
        code
    }
}

fn runtime() -> Result<Runtime> {
    Builder::new_current_thread().enable_all().build().map_err(|error| {
        Error::new(ErrorKind::Internal, format!("the asynchronous runtime cannot start: {error}"))
    })
}

#[cfg(test)]
mod tests;
