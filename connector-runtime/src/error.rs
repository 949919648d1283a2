//! [`Error`]: the one error type of this crate.

use std::borrow::Cow;
use std::fmt;

/// What kind of thing went wrong; it decides the sync binary's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The API refused the credentials (401, 403).
    Auth,
    /// The configuration is incomplete or wrong.
    Config,
    /// The destination could not be opened, does not fit or refused a write.
    Destination,
    /// A bug of this crate.
    Internal,
    /// The run was told to stop.
    Interrupted,
    /// The pages do not add up: a page came twice, a position does not move, a total is missing.
    Paging,
    /// The body is not what the resource declares: no JSON, no rows at the data selector.
    Response,
    /// A row does not fit the struct.
    Row,
    /// A status that means failure, after all retries.
    Status,
    /// No answer: connection, timeout, a body cut short.
    Transport,
}

impl ErrorKind {
    /// Its name, as in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Config => "config",
            Self::Destination => "destination",
            Self::Internal => "internal",
            Self::Interrupted => "interrupted",
            Self::Paging => "paging",
            Self::Response => "response",
            Self::Row => "row",
            Self::Status => "status",
            Self::Transport => "transport",
        }
    }

    /// What to do about an error of which nothing better is known.
    const fn help(self) -> &'static str {
        match self {
            Self::Auth => "check the credential, and what it may read",
            Self::Config => "correct the configuration and run again",
            Self::Destination => "see to the destination and run again: what was committed stays",
            Self::Internal => "please report this, with the whole text",
            Self::Interrupted => {
                "run again: what was committed stays, and the next run completes it"
            }
            Self::Paging => {
                "run again; if it comes back, compare `paginator` with the API's documentation"
            }
            Self::Response => {
                "look at the answer to this request: does it fit `data_selector` and `response_format`?"
            }
            Self::Row => {
                "give the field a type that takes it (a `Decimal` takes numbers and texts of them, `with(..)` anything), or set such rows aside with `on_bad_row = quarantine`"
            }
            Self::Status => "compare the request with the API's documentation",
            Self::Transport => {
                "check the base URL and the network, and run again: what was committed stays"
            }
        }
    }
}

/// What went wrong, where, and what to do about it.
///
/// `Display` gives a line that says what was expected and what came, then the request and a help
/// line where there is one. No secret can be in it: credentials are not part of a request's text,
/// and whatever a server sent is searched for them before it gets here.
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    resource: Option<String>,
    page: Option<u64>,
    request: Option<String>,
    /// How the API answered.
    status: Option<u16>,
    help: Option<Cow<'static, str>>,
}

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with a message that says what was expected and what came.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            resource: None,
            page: None,
            request: None,
            status: None,
            help: None,
        }))
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Adds what to do about it, if anybody knows.
    #[must_use]
    pub(crate) fn with_any_help(self, help: Option<impl Into<Cow<'static, str>>>) -> Self {
        match help {
            Some(help) => self.with_help(help),
            None => self,
        }
    }

    /// Adds what to do about it, where nobody has said it: every error that is reported says it.
    #[must_use]
    pub(crate) fn advised(mut self) -> Self {
        let Inner { kind, status, help, .. } = &mut *self.0;
        help.get_or_insert_with(|| {
            Cow::Borrowed(match *status {
                Some(429) => "run again later, or declare the API's `rate_limit`",
                Some(500..) => "run again later: the API has failed, and what was committed stays",
                _ => kind.help(),
            })
        });
        self
    }

    /// Adds the resource, unless one is known already.
    #[must_use]
    pub(crate) fn with_resource(mut self, name: &str) -> Self {
        self.0.resource.get_or_insert_with(|| name.to_owned());
        self
    }

    /// Adds the page, counted from 1, and the request that asked for it.
    #[must_use]
    pub(crate) fn with_request(mut self, page: u64, request: &dyn fmt::Display) -> Self {
        self.0.page = Some(page);
        self.0.request = Some(request.to_string());
        self
    }

    /// Adds the status with which the API has answered.
    #[must_use]
    pub(crate) fn with_status(mut self, status: Option<u16>) -> Self {
        self.0.status = status;
        self
    }

    /// Passes every text through `clean`, which takes secrets out. A help that is the same for everybody holds
    /// none, though a secret may be a word of it.
    pub(crate) fn clean(mut self, clean: impl Fn(&str) -> String) -> Self {
        let Inner { message, request, help, .. } = &mut *self.0;
        *message = clean(message);
        if let Some(request) = request {
            *request = clean(request);
        }
        if let Some(Cow::Owned(help)) = help {
            *help = clean(help);
        }
        self
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What was expected and what came, without context.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The resource that failed.
    pub fn resource(&self) -> Option<&str> {
        self.0.resource.as_deref()
    }

    /// The page that failed, counted from 1.
    pub fn page(&self) -> Option<u64> {
        self.0.page
    }

    /// The request that failed, credentials shown as `***`.
    pub fn request(&self) -> Option<&str> {
        self.0.request.as_deref()
    }

    /// What to do about it, for another error.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn into_help(self) -> Option<Cow<'static, str>> {
        self.0.help
    }

    /// The status with which the API has answered, where that is what went wrong.
    pub(crate) fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(resource) = self.resource() {
            write!(f, "resource `{resource}`: ")?;
        }
        if let Some(page) = self.page() {
            write!(f, "page {page}: ")?;
        }
        f.write_str(self.message())?;
        if let Some(request) = self.request() {
            write!(f, "\n  request: {request}")?;
        }
        if let Some(help) = self.help() {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind())
    }
}

impl std::error::Error for Error {}

impl serde::Serialize for Error {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Error", 6)?;
        fields.serialize_field("kind", &self.kind())?;
        fields.serialize_field("message", self.message())?;
        fields.serialize_field("resource", &self.resource())?;
        fields.serialize_field("page", &self.page())?;
        fields.serialize_field("request", &self.request())?;
        fields.serialize_field("help", &self.help())?;
        fields.end()
    }
}
