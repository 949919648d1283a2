//! [`Origin`]: where a value comes from.

use std::fmt;

/// Where a value of the configuration comes from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "source", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Origin {
    /// Nobody said anything else.
    Default,
    /// A line of a configuration file.
    File {
        /// The file, as it was named.
        file: String,
        /// Counted from 1.
        line: usize,
        /// The profile in which it stands.
        profile: Option<String>,
    },
    /// The command line.
    Flag {
        /// Without its dashes.
        flag: &'static str,
    },
    /// [`Sources::value`](crate::config::Sources::value).
    Program,
    /// A file of `/run/secrets`.
    SecretFile {
        /// Its path.
        file: String,
    },
    /// The environment.
    Variable {
        /// The name of the variable.
        variable: &'static str,
    },
}

/// As messages have it: "`size` from `connector.toml:3`".
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("its default"),
            Self::File { file, line, profile: None } => write!(f, "`{file}:{line}`"),
            Self::File { file, line, profile: Some(profile) } => {
                write!(f, "`{file}:{line}`, profile `{profile}`")
            }
            Self::Flag { flag } => write!(f, "`--{flag}`"),
            Self::Program => f.write_str("the program"),
            Self::SecretFile { file } => write!(f, "`{file}`"),
            Self::Variable { variable } => write!(f, "the environment variable `{variable}`"),
        }
    }
}
