//! What an option is, where it stands, what its value looks like; the table of every option is in `table`,
//! the words of other vocabularies in `words`.
//!
//! The readers look options up here; unknown, misplaced and repeated options, the lists in help
//! lines and `docs/reference.md` follow from it. An option that is not in the table does not parse.

mod table;
mod words;

pub(crate) use self::table::KEYS;
pub(crate) use self::words::known_as;

/// A derive macro of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Derive {
    Choice,
    Connector,
    Record,
    Resource,
}

/// Where options stand: a helper attribute, or the parentheses of another option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    ApiKey,
    Choice,
    Column,
    Config,
    Connector,
    Csv,
    Cursor,
    Defaults,
    DeleteInsert,
    HttpBasic,
    OAuth2ClientCredentials,
    OAuth2Jwt,
    OAuth2RefreshToken,
    HeaderLink,
    Incremental,
    JsonLink,
    Offset,
    OnResponse,
    OnRotate,
    PageNumber,
    Parent,
    Quarantine,
    RateLimit,
    Record,
    Resource,
    Retry,
    Scd2,
    SessionToken,
    Variant,
}

/// What kind of value an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `option = ".."`, `option = 0` or `option = config.field`.
    Bound,
    /// `option = issue.column`.
    Column,
    /// `option = "1s"`.
    Duration,
    /// `option = column`.
    Field,
    /// `option = column` or `option = [column, column]`.
    Fields,
    /// `option`.
    Flag,
    /// `option = word` or `option = ".."`.
    Format,
    /// `option(path::to::function)`.
    Function,
    /// `option = 3`.
    Integer,
    /// `option = {..}`.
    Json,
    /// `option = kind(..)`.
    Kind,
    /// `option = literal`.
    Literal,
    /// `option` or `option = literal`.
    LiteralOrFlag,
    /// `option = 1.5`.
    Number,
    /// `option(..)`.
    Options,
    /// `option("name" = value, ..)`.
    Pairs,
    /// `option(issue: Issue)`.
    Parent,
    /// `option(team in config.teams)`.
    Partitions,
    /// `option = ::path`.
    Path,
    /// `option = "10/s"` or `option("10/s", ..)`.
    Rate,
    /// `option = "64MiB"`.
    Size,
    /// `option = "1 hour"` or `option = 100`.
    Span,
    /// `option = 404`, `option = 500..=599` or `option = [429, 500..=504]`.
    Status,
    /// `option = [429, 500..=504]`.
    Statuses,
    /// `option = false`.
    Switch,
    /// `option = ".."`.
    Text,
    /// `option = ".."` or `option = config.field`.
    TextOrField,
    /// `option("..", ..)`.
    Texts,
    /// `option(Type, ..)`.
    Types,
    /// `option = word`.
    Word,
}

/// An option.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) place: Place,
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// The option as one writes it.
    pub(crate) example: &'static str,
    /// For the reference, which a test writes.
    #[cfg_attr(not(test), expect(dead_code))]
    pub(crate) doc: &'static str,
}

impl Form {
    /// "`limit` is ..".
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Bound => "a string, a whole number or a field of the connector",
            Self::Column => "a column of the parent, behind the parent's name",
            Self::Duration => "a duration in quotes",
            Self::Field => "the name of a field",
            Self::Fields => "the name of a field, or several in brackets",
            Self::Flag => "a flag without a value",
            Self::Format => "one word, or a string",
            Self::Function => "a function in parentheses",
            Self::Integer => "an integer",
            Self::Json => "an object or a list of JSON",
            Self::Kind => "a word with its options",
            Self::Literal => "a literal",
            Self::LiteralOrFlag => "a flag or a literal",
            Self::Number => "a number",
            Self::Options => "a list of options in parentheses",
            Self::Pairs => "a list of named values in parentheses",
            Self::Parent => "a name and a resource in parentheses",
            Self::Partitions => "a name and a list in parentheses",
            Self::Path => "a path",
            Self::Rate => "a rate in quotes",
            Self::Size => "a size in quotes",
            Self::Span => "a span of time in quotes, or a whole number",
            Self::Status => "a status, a range or a list of them",
            Self::Statuses => "a list of statuses in brackets",
            Self::Switch => "`true` or `false`",
            Self::Text => "a string",
            Self::TextOrField => "a string or a field of the connector",
            Self::Texts => "a list of strings in parentheses",
            Self::Types => "a list of structs in parentheses",
            Self::Word => "one word without quotes",
        }
    }
}

impl Place {
    /// Every place, outer before inner: the order of the reference.
    pub(crate) const ALL: [Self; 29] = [
        Self::Connector,
        Self::Config,
        Self::ApiKey,
        Self::HttpBasic,
        Self::OAuth2ClientCredentials,
        Self::OAuth2RefreshToken,
        Self::OnRotate,
        Self::OAuth2Jwt,
        Self::SessionToken,
        Self::Retry,
        Self::RateLimit,
        Self::Defaults,
        Self::Resource,
        Self::Incremental,
        Self::Parent,
        Self::OnResponse,
        Self::Csv,
        Self::DeleteInsert,
        Self::Scd2,
        Self::Quarantine,
        Self::Column,
        Self::Offset,
        Self::PageNumber,
        Self::Cursor,
        Self::HeaderLink,
        Self::JsonLink,
        Self::Record,
        Self::Choice,
        Self::Variant,
    ];

    /// "unknown `..` option".
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Choice | Self::Variant => "choice",
            Self::Column => "column",
            Self::Config => "config",
            Self::Connector => "connector",
            Self::Csv => "csv",
            Self::Cursor => "cursor",
            Self::Defaults => "resource_defaults",
            Self::DeleteInsert => "delete_insert",
            Self::HttpBasic => "http_basic",
            Self::OAuth2ClientCredentials => "oauth2_client_credentials",
            Self::OAuth2Jwt => "oauth2_jwt",
            Self::OAuth2RefreshToken => "oauth2_refresh_token",
            Self::HeaderLink => "header_link",
            Self::Incremental => "incremental",
            Self::JsonLink => "json_link",
            Self::Offset => "offset",
            Self::OnResponse => "on_response",
            Self::OnRotate => "on_rotate",
            Self::PageNumber => "page_number",
            Self::Parent => "parent",
            Self::Quarantine => "quarantine",
            Self::RateLimit => "rate_limit",
            Self::Record => "record",
            Self::Resource => "resource",
            Self::Retry => "retry",
            Self::Scd2 => "scd2",
            Self::SessionToken => "session_token",
        }
    }

    /// How an option is written here, with what encloses it.
    pub(crate) fn wrap(self, option: &str) -> String {
        match self {
            Self::ApiKey
            | Self::HttpBasic
            | Self::OAuth2ClientCredentials
            | Self::OAuth2Jwt
            | Self::OAuth2RefreshToken
            | Self::SessionToken => {
                format!("auth = {}({option}, ..)", self.label())
            }
            Self::OnRotate => format!("auth = oauth2_refresh_token(on_rotate({option}, ..), ..)"),
            Self::Csv => format!("response_format = csv({option})"),
            Self::DeleteInsert | Self::Scd2 => format!("strategy = {}({option})", self.label()),
            Self::Quarantine => format!("on_bad_row = quarantine({option})"),
            Self::Incremental => format!("incremental(cursor = updated_at, {option})"),
            Self::OnResponse => format!("on_response({option}, ..)"),
            Self::Parent => format!("parent(issue: Issue, {option})"),
            Self::RateLimit => format!("rate_limit(\"10/s\", {option})"),
            Self::Cursor | Self::HeaderLink | Self::JsonLink | Self::Offset | Self::PageNumber => {
                format!("paginator = {}({option})", self.label())
            }
            Self::Defaults | Self::Retry => format!("{}({option})", self.label()),
            _ => format!("#[{}({option})]", self.label()),
        }
    }

    /// Heading in the reference.
    #[cfg(test)]
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::ApiKey => "`auth = api_key(..)`",
            Self::Choice => "`#[choice(..)]` on an enum with `#[derive(Choice)]`",
            Self::Column => "`#[column(..)]` on its fields",
            Self::Config => "`#[config(..)]` on its fields",
            Self::Connector => "`#[connector(..)]` on a struct with `#[derive(Connector)]`",
            Self::Csv => "`response_format = csv(..)`",
            Self::Cursor => "`paginator = cursor(..)`",
            Self::Defaults => "`resource_defaults(..)`",
            Self::DeleteInsert => "`strategy = delete_insert(..)`",
            Self::HttpBasic => "`auth = http_basic(..)`",
            Self::OAuth2ClientCredentials => "`auth = oauth2_client_credentials(..)`",
            Self::OAuth2Jwt => "`auth = oauth2_jwt(..)`",
            Self::OAuth2RefreshToken => "`auth = oauth2_refresh_token(..)`",
            Self::HeaderLink => "`paginator = header_link(..)`",
            Self::Incremental => "`incremental(..)`",
            Self::JsonLink => "`paginator = json_link(..)`",
            Self::Offset => "`paginator = offset(..)`",
            Self::OnResponse => "`on_response(..)`",
            Self::OnRotate => "`on_rotate(..)` of `oauth2_refresh_token(..)`",
            Self::PageNumber => "`paginator = page_number(..)`",
            Self::Parent => "`parent(issue: Issue, ..)`",
            Self::Quarantine => "`on_bad_row = quarantine(..)`",
            Self::RateLimit => "`rate_limit(\"10/s\", ..)`",
            Self::Record => "`#[record(..)]` on a struct with `#[derive(Record)]`",
            Self::Resource => "`#[resource(..)]` on a struct with `#[derive(Resource)]`",
            Self::Retry => "`retry(..)`",
            Self::Scd2 => "`strategy = scd2(..)`",
            Self::SessionToken => "`auth = session_token(..)`",
            Self::Variant => "`#[choice(..)]` on its variants",
        }
    }

    /// Whether it is a helper attribute on a field or variant.
    pub(crate) fn is_inner(self) -> bool {
        matches!(self, Self::Column | Self::Config | Self::Variant)
    }

    /// Whether it is a part of `auth = ..`.
    pub(crate) fn is_of_auth(self) -> bool {
        matches!(
            self,
            Self::ApiKey
                | Self::HttpBasic
                | Self::OAuth2ClientCredentials
                | Self::OAuth2Jwt
                | Self::OAuth2RefreshToken
                | Self::OnRotate
                | Self::SessionToken
        )
    }

    /// Whether it is the parentheses of another option.
    pub(crate) fn is_nested(self) -> bool {
        matches!(
            self,
            Self::ApiKey
                | Self::Csv
                | Self::Cursor
                | Self::Defaults
                | Self::DeleteInsert
                | Self::HeaderLink
                | Self::HttpBasic
                | Self::Incremental
                | Self::JsonLink
                | Self::OAuth2ClientCredentials
                | Self::OAuth2Jwt
                | Self::OAuth2RefreshToken
                | Self::Offset
                | Self::OnResponse
                | Self::OnRotate
                | Self::PageNumber
                | Self::Parent
                | Self::Quarantine
                | Self::RateLimit
                | Self::Retry
                | Self::Scd2
                | Self::SessionToken
        )
    }

    /// Places of `derive`, nearest first; those of other derives come after.
    pub(crate) fn near(derive: Derive) -> &'static [Self] {
        match derive {
            Derive::Choice => &[Self::Choice, Self::Variant],
            Derive::Connector => &[
                Self::Connector,
                Self::Config,
                Self::Defaults,
                Self::Retry,
                Self::ApiKey,
                Self::HttpBasic,
                Self::OAuth2ClientCredentials,
                Self::OAuth2RefreshToken,
                Self::OAuth2Jwt,
                Self::SessionToken,
                Self::OnRotate,
                Self::RateLimit,
                Self::Quarantine,
            ],
            Derive::Record => &[Self::Record, Self::Column],
            Derive::Resource => &[
                Self::Resource,
                Self::Column,
                Self::Incremental,
                Self::Parent,
                Self::OnResponse,
                Self::Csv,
                Self::DeleteInsert,
                Self::Scd2,
                Self::Quarantine,
                Self::Offset,
                Self::PageNumber,
                Self::Cursor,
                Self::HeaderLink,
                Self::JsonLink,
            ],
        }
    }
}

/// The options of a place, in the order of the table.
pub(crate) fn of(place: Place) -> impl Iterator<Item = &'static Key> + Clone {
    KEYS.iter().filter(move |key| key.place == place)
}

/// The option `name` of `place`.
pub(crate) fn find(place: Place, name: &str) -> Option<&'static Key> {
    of(place).find(|key| key.name == name)
}

/// Whether an option can be given more than once.
pub(crate) fn is_repeatable(key: &Key) -> bool {
    key.name == "on_response"
}
