//! What the program is told besides the connector's fields, and how all of it is read.

use std::time::Duration;

use clap::ArgMatches;

use super::Program;
use super::args::text;
use super::watching;
use crate::config::{self, Places, Sources, Values};
use crate::destination::{self, Destination};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Network;
use crate::instance::Instance;
use crate::plan::plan;
use crate::run::Run;
use crate::spec::{ConfigField, ConnectorSpec};

/// The variable that all programs of PostgreSQL take a password from.
const PASSWORD: &str = "PGPASSWORD";

/// The settings that every connector has besides its own fields.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Missing where the connector has a field of that name itself.
    pub(super) base_url: Option<ConfigField>,
    pub(super) max_run_time: ConfigField,
    pub(super) lease_timeout: ConfigField,
    pub(super) max_concurrency: ConfigField,
    pub(super) destination: ConfigField,
    pub(super) dataset: ConfigField,
    /// In the order of [`Settings::NETWORK`].
    pub(super) network: [ConfigField; 4],
    /// How the program is watched.
    pub(super) watching: [ConfigField; 5],
}

impl Settings {
    /// The flags that say how the API is reached. The derive keeps them, and their variables, free.
    const NETWORK: [(&str, &str, &str); 4] = [
        ("ca_file", "ca-file", "Trust the certificate authorities in this PEM file, too."),
        (
            "client_cert",
            "client-cert",
            "Show this certificate, a PEM file, to servers that ask for one.",
        ),
        ("client_key", "client-key", "The certificate's private key, a PEM file."),
        ("proxy", "proxy", "Send https requests through this proxy, `http://host:port`."),
    ];

    pub(super) fn new(spec: &ConnectorSpec) -> Self {
        let name = spec.name.to_uppercase();
        // leaked, once a program: the table of fields is static data otherwise
        let env: &str = format!("{name}_BASE_URL").leak();
        let is_taken = |field: &ConfigField| field.flag == "base-url" || field.env == env;
        let base_url = (!spec.config.iter().any(is_taken)).then(|| {
            let doc = "Send requests here instead of to the connector's base URL.";
            ConfigField::new::<Option<String>>("base_url", "base-url", env, doc)
        });
        let time = |field, flag, doc| ConfigField {
            check: |text| duration(text).map(drop),
            ..ConfigField::new::<Option<String>>(
                field,
                flag,
                format!("{name}_{}", field.to_uppercase()).leak(),
                doc,
            )
        };
        let max_run_time = time(
            "max_run_time",
            "max-run-time",
            "End the run after this time, as an interruption does: `90s`, `30m`, `2h`.",
        );
        let lease_timeout = time(
            "lease_timeout",
            "lease-timeout",
            "Wait so long for another run that loads the same resource; half a minute if not said.",
        );
        let max_concurrency = ConfigField {
            check: |text| match text.parse() {
                Ok(1_u32..) => Ok(()),
                _ => Err("a whole number from 1 on".to_owned()),
            },
            ..ConfigField::new::<Option<u32>>(
                "max_concurrency",
                "max-concurrency",
                format!("{name}_MAX_CONCURRENCY").leak(),
                "Have no more requests on their way at once; with 1 pages come one by one.",
            )
        };
        let env = format!("{name}_DESTINATION").leak();
        let doc = format!("Where the rows go: {}.", destination::KNOWN).leak();
        let file = format!("{}.db", spec.name).leak();
        let destination =
            ConfigField::new::<String>("destination", "destination", env, doc).default(file);
        let dataset = ConfigField::new::<Option<String>>(
            "dataset",
            "dataset",
            format!("{name}_DATASET").leak(),
            "The schema of the tables in PostgreSQL; without it the connector's name.",
        );
        let network = Self::NETWORK.map(|(field, flag, doc)| {
            let env = format!("{name}_{}", field.to_uppercase()).leak();
            ConfigField::new::<Option<String>>(field, flag, env, doc)
        });
        Self {
            base_url,
            max_run_time,
            lease_timeout,
            max_concurrency,
            destination,
            dataset,
            network,
            watching: watching::fields(&name),
        }
    }

    /// Whether somebody has said where the rows go.
    pub(super) fn is_named(&self, destination: &str, dataset: Option<&str>) -> bool {
        dataset.is_some() || self.destination.default != Some(destination)
    }

    /// When there are colours: of every command.
    pub(super) fn color(&self) -> ConfigField {
        self.watching[0]
    }

    /// The log and the report: of commands that run for a while.
    pub(super) fn watching(&self) -> &[ConfigField] {
        &self.watching[1..4]
    }

    /// Those of `sync`, but for what every command has.
    pub(super) fn flags(&self) -> Vec<ConfigField> {
        let is_own = |setting: &ConfigField| setting.flag != self.color().flag;
        self.all().into_iter().filter(is_own).collect()
    }

    /// Every setting that `sync` takes: those of other commands among them.
    pub(super) fn all(&self) -> Vec<ConfigField> {
        let Self { base_url, max_run_time, lease_timeout, max_concurrency, network, .. } = self;
        let own = [max_run_time, lease_timeout, max_concurrency, &self.destination, &self.dataset];
        let all = base_url.iter().chain(own).chain(network).chain(&self.watching);
        all.copied().collect()
    }
}

/// The text of a duration, as the attributes have it.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let parse = || {
        let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let millis = match unit.trim_start() {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        digits.parse::<u64>().ok()?.checked_mul(millis).filter(|millis| *millis > 0)
    };
    parse()
        .map(Duration::from_millis)
        .ok_or_else(|| "a number above 0 and `ms`, `s`, `m` or `h`, as in `30m`".to_owned())
}

/// The connector and the settings besides its fields.
pub(super) struct Configured {
    pub(super) instance: Instance,
    pub(super) base_url: Option<String>,
    pub(super) max_run_time: Option<Duration>,
    pub(super) lease_timeout: Option<Duration>,
    pub(super) max_concurrency: Option<u32>,
    pub(super) destination: String,
    pub(super) dataset: Option<String>,
    pub(super) network: Network,
}

impl Program<'_> {
    /// The connector, from the command line and the environment.
    pub(super) fn configure(&self, names: &[String], matches: &ArgMatches) -> Result<Configured> {
        // a misspelt name is said before anything is opened for it
        plan(self.spec, names)?;
        self.refuse_exposed(matches)?;
        let settings = self.settings.all();
        let mut values =
            self.look(matches, |places| places.connector(&settings)).map_err(|error| {
                let help =
                    "`--help` lists all flags and variables, `config show` what is set where";
                error.with_help(help)
            })?;
        Ok(self.configured(&mut values))
    }

    /// What checked values come to: the connector's, and those of [`Settings::all`].
    pub(super) fn configured(&self, values: &mut Values) -> Configured {
        let instance = (self.make)(values);
        let base_url = self.settings.base_url.and_then(|_| values.take::<Option<String>>());
        let mut duration = || {
            let text = values.take::<Option<String>>();
            text.map(|text| duration(&text).expect("BUG: the configuration was checked"))
        };
        let (max_run_time, lease_timeout) = (duration(), duration());
        let max_concurrency = values.take();
        let destination = values.take();
        let dataset = values.take();
        let network = self.network(values);
        Configured {
            instance,
            base_url,
            max_run_time,
            lease_timeout,
            max_concurrency,
            destination,
            dataset,
            network,
        }
    }

    /// A run of the connector that has no destination yet.
    pub(super) fn run_of(&self, configured: Configured) -> Run {
        let mut run = Run::new(configured.instance).network(configured.network);
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
        match &self.transport {
            Some(transport) => run.transport(transport.clone()),
            None => run,
        }
    }

    /// Opens all places of the configuration for `with`.
    pub(super) fn look<T>(&self, matches: &ArgMatches, with: impl FnOnce(&Places<'_>) -> T) -> T {
        let mut sources = Sources::new();
        if let Some(path) = text(matches, "config") {
            sources = sources.named_file(path, "`--config`");
        }
        if let Some(name) = text(matches, "profile") {
            sources = sources.named_profile(name, "`--profile`");
        }
        let flags = |flag: &str| text(matches, flag);
        with(&sources.open(self.spec, Some(&flags), self.env))
    }

    /// The values of some fields and settings, in their order.
    pub(super) fn read(&self, matches: &ArgMatches, fields: &[ConfigField]) -> Result<Values> {
        self.look(matches, |places| places.read(fields))
    }

    /// What others must not read is refused on a command line.
    pub(super) fn refuse_exposed(&self, matches: &ArgMatches) -> Result<()> {
        self.refuse_secrets(matches)?;
        if exposed(matches, "proxy") {
            let [.., proxy] = self.settings.network;
            let message =
                "`--proxy` holds a user name or password, and others can read a command line";
            return Err(Error::new(ErrorKind::Config, message)
                .with_help(format!("set the environment variable `{}`", proxy.env)));
        }
        self.refuse_password(matches)
    }

    /// A secret on the command line is refused, and not repeated.
    pub(super) fn refuse_secrets(&self, matches: &ArgMatches) -> Result<()> {
        let Some(field) = exposed_secret(self.spec, matches) else { return Ok(()) };
        let ConfigField { flag, env, .. } = field;
        let message = format!("`--{flag}` is a secret, and others can read a command line");
        Err(Error::new(ErrorKind::Config, message)
            .with_help(format!("set the environment variable `{env}`")))
    }

    /// A password on the command line is refused as a secret is.
    pub(super) fn refuse_password(&self, matches: &ArgMatches) -> Result<()> {
        if !exposed(matches, "destination") {
            return Ok(());
        }
        let message = "`--destination` holds a password, and others can read a command line";
        let env = self.settings.destination.env;
        Err(Error::new(ErrorKind::Config, message).with_help(format!(
            "leave it out and set the environment variable `{PASSWORD}`, or set `{env}` to the whole URL"
        )))
    }

    pub(super) fn destination(
        &self,
        text: &str,
        dataset: Option<String>,
    ) -> Result<Box<dyn Destination>> {
        let password = config::secret(PASSWORD, self.env);
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
        let no_proxy = ["NO_PROXY", "no_proxy"].iter().find_map(|name| (self.env)(name));
        let no_proxy = no_proxy.filter(|hosts| !hosts.is_empty());
        match no_proxy.and_then(|hosts| hosts.into_string().ok()) {
            Some(hosts) => network.no_proxy(hosts),
            None => network,
        }
    }
}

/// The secret that somebody wrote on the command line, if any.
fn exposed_secret(spec: &ConnectorSpec, matches: &ArgMatches) -> Option<ConfigField> {
    let given = |field: &&ConfigField| {
        field.is_secret()
            && matches.try_contains_id(field.flag).unwrap_or(false)
            && matches.value_source(field.flag).is_some()
    };
    spec.config.iter().find(given).copied()
}

/// Whether somebody wrote what others must not read in a setting of the command line.
fn exposed(matches: &ArgMatches, flag: &str) -> bool {
    text(matches, flag).is_some_and(|text| config::exposes(flag, &text))
}
