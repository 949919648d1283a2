//! Where the database is and how it is reached: what a URL says, read strictly.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// What a URL looks like.
const FORM: &str = "`postgres://USER@HOST:5432/DATABASE`";

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a statement may run. Publishing a large load is one statement.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// Everything that a connection needs.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) host: Host,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: Option<Secret>,
    pub(super) database: String,
    /// The schema; the connector's name where nobody says another one.
    pub(super) dataset: Option<String>,
    /// As the URL has it.
    tls: Option<TlsMode>,
    pub(super) ca_file: Option<PathBuf>,
    /// A password is only sent where it is bound to the connection.
    pub(super) channel_binding: bool,
    pub(super) connect_timeout: Duration,
    pub(super) statement_timeout: Duration,
}

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// A name or an address.
    Name(String),
    /// The folder of a socket.
    Socket(PathBuf),
}

/// `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TlsMode {
    /// No TLS.
    Disable,
    /// TLS if the server has it.
    Prefer,
    /// TLS, whoever the server is.
    Require,
    /// TLS with a certificate of an authority that is trusted, for any host.
    VerifyCa,
    /// TLS with a certificate of an authority that is trusted, for this host.
    VerifyFull,
}

impl TlsMode {
    const ALL: [(&str, Self); 5] = [
        ("disable", Self::Disable),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    fn from_text(text: &str) -> Result<Self> {
        let known = Self::ALL.iter().find(|(name, _)| *name == text);
        known.map(|(_, mode)| *mode).ok_or_else(|| {
            let names = Self::ALL.map(|(name, _)| format!("`{name}`")).join(", ");
            wrong(format!("`sslmode`: expected one of {names}, found `{text}`"))
        })
    }
}

impl Settings {
    pub(super) fn from_url(text: &str) -> Result<Self> {
        // the text is never shown: it may hold a password
        let url = Url::parse(text).map_err(|error| {
            wrong(format!("the URL of the database is not understood: {error}"))
                .with_help(format!("write it as {FORM}; `%40` stands for an `@` in a name"))
        })?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            let text = format!("`{}` is not the scheme of a PostgreSQL database", url.scheme());
            return Err(wrong(text).with_help(format!("write it as {FORM}")));
        }
        let user = decode("user", url.username())?;
        let database = decode("database", url.path().trim_start_matches('/'))?;
        let missing = |what: &str| {
            wrong(format!("the URL of the database names no {what}"))
                .with_help(format!("write it as {FORM}"))
        };
        if user.is_empty() {
            return Err(missing("user"));
        }
        if database.is_empty() {
            return Err(missing("database"));
        }
        if url.fragment().is_some() {
            let text = "the URL of the database ends at a `#`";
            return Err(wrong(text).with_help("`%23` stands for a `#` in a name or password"));
        }
        let host = host(url.host_str().unwrap_or_default())?;
        let password = url.password().map(|text| decode("password", text)).transpose()?;
        let mut settings = Self {
            host,
            port: url.port().unwrap_or(5432),
            user,
            password: password.map(Secret::new),
            database,
            dataset: None,
            tls: None,
            ca_file: None,
            channel_binding: false,
            connect_timeout: CONNECT_TIMEOUT,
            statement_timeout: STATEMENT_TIMEOUT,
        };
        for (name, value) in url.query_pairs() {
            settings.option(&name, &value)?;
        }
        Ok(settings)
    }

    fn option(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "sslmode" => self.tls = Some(TlsMode::from_text(value)?),
            "sslrootcert" => self.ca_file = Some(PathBuf::from(value)),
            "channel_binding" => {
                let is_required = match value {
                    "prefer" => Some(false),
                    "require" => Some(true),
                    _ => None,
                };
                self.channel_binding = is_required.ok_or_else(|| {
                    wrong(format!(
                        "`channel_binding`: expected `prefer` or `require`, found `{value}`"
                    ))
                })?;
            }
            "connect_timeout" => {
                let seconds = value.parse().ok().filter(|seconds| *seconds > 0);
                let seconds = seconds.ok_or_else(|| {
                    wrong(format!("`connect_timeout`: expected seconds from 1 on, found `{value}`"))
                })?;
                self.connect_timeout = Duration::from_secs(seconds);
            }
            // what nobody knows may be a password that was written in the wrong place
            _ => {
                let text = format!("`{name}` is no option of the database's URL");
                return Err(wrong(text).with_help(
                    "known are `sslmode`, `sslrootcert`, `channel_binding`, `connect_timeout`",
                ));
            }
        }
        Ok(())
    }

    /// How TLS is used: what the URL says, as far as that can be.
    pub(super) fn tls(&self) -> Result<TlsMode> {
        let of_socket = matches!(self.host, Host::Socket(_));
        match (self.tls, &self.ca_file) {
            (mode, None) if of_socket => match mode {
                None | Some(TlsMode::Disable | TlsMode::Prefer) => Ok(TlsMode::Disable),
                Some(_) => Err(wrong("TLS is not used on a socket")
                    .with_help("leave `sslmode` out, or name a host")),
            },
            (_, Some(_)) if of_socket => {
                Err(wrong("TLS is not used on a socket").with_help("leave the CA file out"))
            }
            (mode, None) => Ok(mode.unwrap_or(TlsMode::Prefer)),
            // libpq verifies the certificate, too, where it is told whom to trust
            (Some(TlsMode::Require), Some(_)) => Ok(TlsMode::VerifyCa),
            (Some(TlsMode::Disable | TlsMode::Prefer), Some(_)) => {
                Err(wrong("a CA file is no use where the server need not have TLS")
                    .with_help("write `sslmode=verify-full`, or leave the CA file out"))
            }
            (mode, Some(_)) => Ok(mode.unwrap_or(TlsMode::VerifyFull)),
        }
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgreSQL database {} at {}", self.database, self.host)?;
        match (&self.host, self.port) {
            (_, 5432) => {}
            (_, port) => write!(f, ":{port}")?,
        }
        match &self.dataset {
            Some(dataset) => write!(f, ", dataset {dataset}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Socket(folder) => write!(f, "{}", folder.display()),
        }
    }
}

/// The name of a schema, which PostgreSQL would cut without a word.
pub(super) fn check_dataset(name: &str) -> Result<()> {
    let length = name.len();
    let problem = match length {
        0 => "the dataset has no name".to_owned(),
        1..=63 => return Ok(()),
        _ => format!("the dataset `{name}` has {length} bytes, and PostgreSQL takes names of 63"),
    };
    Err(wrong(problem).with_help("give it a name: `--dataset NAME`, or `Postgres::dataset`"))
}

/// A host that begins with `/` is the folder of a socket; its slashes are written `%2F`.
fn host(text: &str) -> Result<Host> {
    let host = decode("host", text)?;
    if host.is_empty() {
        return Err(wrong("the URL of the database names no host")
            .with_help(format!("write it as {FORM}; a socket is `%2Fvar%2Frun%2Fpostgresql`")));
    }
    if host.contains(',') {
        return Err(wrong("the URL of the database names several hosts")
            .with_help("name the one that can be written to"));
    }
    Ok(match host.starts_with('/') {
        true => Host::Socket(host.into()),
        false => Host::Name(host.trim_matches(['[', ']']).to_owned()),
    })
}

fn decode(what: &str, text: &str) -> Result<String> {
    match percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(wrong(format!("the {what} in the URL of the database is not UTF-8"))),
    }
}

pub(super) fn wrong(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(rest: &str) -> Result<Settings> {
        Settings::from_url(&format!("postgres://{rest}"))
    }

    #[test]
    fn urls() {
        let settings = parsed("me%40home:p%3Ass@db.example/a%20b?sslmode=require").unwrap();
        assert_eq!(settings.user, "me@home");
        assert_eq!(settings.password.as_ref().unwrap().expose(), "p:ss");
        assert_eq!(settings.host, Host::Name("db.example".to_owned()));
        assert_eq!((settings.port, settings.database.as_str()), (5432, "a b"));
        assert_eq!(settings.to_string(), "PostgreSQL database a b at db.example");
        assert!(!format!("{settings:?}").contains("p:ss"));

        let socket = parsed("me@%2Frun%2Fpg:5433/db?connect_timeout=3").unwrap();
        assert_eq!(socket.host, Host::Socket("/run/pg".into()));
        assert_eq!((socket.port, socket.connect_timeout), (5433, Duration::from_secs(3)));
        assert_eq!(parsed("me@[::1]/db").unwrap().host, Host::Name("::1".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_told_without_the_password() {
        for (rest, expected) in [
            ("me:hunter2@db", "the URL of the database names no database"),
            (":hunter2@db/db", "the URL of the database names no user"),
            ("me:hunter2@/db", "the URL of the database is not understood: empty host"),
            ("me:hunter2@a,b/db", "the URL of the database names several hosts"),
            (
                "me:hunter2@db:x/db",
                "the URL of the database is not understood: invalid port number",
            ),
            ("me:hunter2@db/db#x", "the URL of the database ends at a `#`"),
            ("me:hunter2@db/db?sslmod=x", "`sslmod` is no option of the database's URL"),
            (
                "me:hunter2@db/db?sslmode=allow",
                "`sslmode`: expected one of `disable`, `prefer`, `require`, `verify-ca`, `verify-full`, found `allow`",
            ),
            (
                "me:hunter2@db/db?connect_timeout=0",
                "`connect_timeout`: expected seconds from 1 on, found `0`",
            ),
            (
                "me:hunter2@db/db?channel_binding=disable",
                "`channel_binding`: expected `prefer` or `require`, found `disable`",
            ),
            ("me:%ff@db/db", "the password in the URL of the database is not UTF-8"),
        ] {
            let error = parsed(rest).unwrap_err();
            assert_eq!(error.message(), expected, "{rest}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        let error = Settings::from_url("mysql://me@db/db").unwrap_err();
        assert_eq!(error.message(), "`mysql` is not the scheme of a PostgreSQL database");
    }

    #[test]
    fn tls_is_never_weaker_than_what_was_asked_for() {
        for (options, ca_file, expected) in [
            ("", false, Ok(TlsMode::Prefer)),
            ("?sslmode=require", false, Ok(TlsMode::Require)),
            ("?sslmode=verify-ca", false, Ok(TlsMode::VerifyCa)),
            ("", true, Ok(TlsMode::VerifyFull)),
            ("?sslmode=require", true, Ok(TlsMode::VerifyCa)),
            ("?sslmode=prefer", true, Err("a CA file is no use")),
            ("?sslmode=disable", true, Err("a CA file is no use")),
        ] {
            let mut settings = parsed(&format!("me@db/db{options}")).unwrap();
            settings.ca_file = ca_file.then(|| "ca.pem".into());
            match (settings.tls(), expected) {
                (Ok(mode), Ok(expected)) => assert_eq!(mode, expected, "{options} {ca_file}"),
                (Err(error), Err(expected)) => assert!(error.message().starts_with(expected)),
                (found, _) => panic!("{options} {ca_file}: {found:?}"),
            }
        }
        let socket = parsed("me@%2Frun/db").unwrap();
        assert_eq!(socket.tls().unwrap(), TlsMode::Disable);
        assert!(parsed("me@%2Frun/db?sslmode=require").unwrap().tls().is_err());
    }
}
