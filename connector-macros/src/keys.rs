//! THE table of every option: its name, its place, the form of its value, one line of doc.
//!
//! The readers look options up here; unknown, misplaced and repeated options, the lists in help
//! lines and `docs/reference.md` follow from it. An option that is not in the table does not parse.

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
    HttpBasic,
    OAuth2ClientCredentials,
    OAuth2Jwt,
    OAuth2RefreshToken,
    HeaderLink,
    JsonLink,
    Offset,
    OnResponse,
    OnRotate,
    PageNumber,
    RateLimit,
    Record,
    Resource,
    Retry,
    SessionToken,
    Variant,
}

/// What kind of value an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `option = "1s"`.
    Duration,
    /// `option = column`.
    Field,
    /// `option`.
    Flag,
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
    /// `option = ::path`.
    Path,
    /// `option = "10/s"` or `option("10/s", ..)`.
    Rate,
    /// `option = "64MiB"`.
    Size,
    /// `option = 404`, `option = 500..=599` or `option = [429, 500..=504]`.
    Status,
    /// `option = [429, 500..=504]`.
    Statuses,
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
            Self::Duration => "a duration in quotes",
            Self::Field => "the name of a field",
            Self::Flag => "a flag without a value",
            Self::Function => "a function in parentheses",
            Self::Integer => "an integer",
            Self::Json => "an object or a list of JSON",
            Self::Kind => "a word with its options",
            Self::Literal => "a literal",
            Self::LiteralOrFlag => "a flag or a literal",
            Self::Number => "a number",
            Self::Options => "a list of options in parentheses",
            Self::Pairs => "a list of named values in parentheses",
            Self::Path => "a path",
            Self::Rate => "a rate in quotes",
            Self::Size => "a size in quotes",
            Self::Status => "a status, a range or a list of them",
            Self::Statuses => "a list of statuses in brackets",
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
    pub(crate) const ALL: [Self; 24] = [
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
        Self::OnResponse,
        Self::Csv,
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
            Self::HttpBasic => "http_basic",
            Self::OAuth2ClientCredentials => "oauth2_client_credentials",
            Self::OAuth2Jwt => "oauth2_jwt",
            Self::OAuth2RefreshToken => "oauth2_refresh_token",
            Self::HeaderLink => "header_link",
            Self::JsonLink => "json_link",
            Self::Offset => "offset",
            Self::OnResponse => "on_response",
            Self::OnRotate => "on_rotate",
            Self::PageNumber => "page_number",
            Self::RateLimit => "rate_limit",
            Self::Record => "record",
            Self::Resource => "resource",
            Self::Retry => "retry",
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
            Self::OnResponse => format!("on_response({option}, ..)"),
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
            Self::HttpBasic => "`auth = http_basic(..)`",
            Self::OAuth2ClientCredentials => "`auth = oauth2_client_credentials(..)`",
            Self::OAuth2Jwt => "`auth = oauth2_jwt(..)`",
            Self::OAuth2RefreshToken => "`auth = oauth2_refresh_token(..)`",
            Self::HeaderLink => "`paginator = header_link(..)`",
            Self::JsonLink => "`paginator = json_link(..)`",
            Self::Offset => "`paginator = offset(..)`",
            Self::OnResponse => "`on_response(..)`",
            Self::OnRotate => "`on_rotate(..)` of `oauth2_refresh_token(..)`",
            Self::PageNumber => "`paginator = page_number(..)`",
            Self::RateLimit => "`rate_limit(\"10/s\", ..)`",
            Self::Record => "`#[record(..)]` on a struct with `#[derive(Record)]`",
            Self::Resource => "`#[resource(..)]` on a struct with `#[derive(Resource)]`",
            Self::Retry => "`retry(..)`",
            Self::SessionToken => "`auth = session_token(..)`",
            Self::Variant => "`#[choice(..)]` on its variants",
        }
    }

    /// Whether it is a helper attribute on a field or variant.
    pub(crate) fn is_inner(self) -> bool {
        matches!(self, Self::Column | Self::Config | Self::Variant)
    }

    /// Whether it is the parentheses of another option.
    pub(crate) fn is_nested(self) -> bool {
        matches!(
            self,
            Self::ApiKey
                | Self::Csv
                | Self::Cursor
                | Self::Defaults
                | Self::HeaderLink
                | Self::HttpBasic
                | Self::JsonLink
                | Self::OAuth2ClientCredentials
                | Self::OAuth2Jwt
                | Self::OAuth2RefreshToken
                | Self::Offset
                | Self::OnResponse
                | Self::OnRotate
                | Self::PageNumber
                | Self::RateLimit
                | Self::Retry
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
            ],
            Derive::Record => &[Self::Record, Self::Column],
            Derive::Resource => &[
                Self::Resource,
                Self::Column,
                Self::OnResponse,
                Self::Csv,
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

/// The option that a word of another vocabulary stands for.
pub(crate) fn known_as(place: Place, name: &str) -> Option<&'static str> {
    let known = KNOWN_AS.iter().find(|(other, word, _)| *other == place && *word == name);
    known.map(|(_, _, option)| *option)
}

/// Words that people bring along from serde, dlt and others, too far from ours to be a slip.
const KNOWN_AS: &[(Place, &str, &str)] = &[
    (Place::Column, "name", "rename"),
    (Place::Column, "key", "primary_key"),
    (Place::Column, "id", "primary_key"),
    (Place::Connector, "url", "base_url"),
    (Place::Connector, "concurrency", "max_concurrency"),
    (Place::Connector, "parallelized", "max_concurrency"),
    (Place::Config, "rename", "name"),
    (Place::HttpBasic, "user", "username"),
    (Place::HttpBasic, "user_id", "username"),
    (Place::OAuth2ClientCredentials, "access_token_request_data", "params"),
    (Place::OAuth2ClientCredentials, "access_token_url", "token_url"),
    (Place::OAuth2ClientCredentials, "scope", "scopes"),
    (Place::OAuth2Jwt, "auth_endpoint", "token_url"),
    (Place::OAuth2Jwt, "client_email", "issuer"),
    (Place::OAuth2Jwt, "client_id", "issuer"),
    (Place::OAuth2Jwt, "scope", "scopes"),
    (Place::OAuth2RefreshToken, "access_token_url", "token_url"),
    (Place::OAuth2RefreshToken, "refresh_url", "token_url"),
    (Place::OAuth2RefreshToken, "scope", "scopes"),
    (Place::OnRotate, "save", "store"),
    (Place::SessionToken, "basic", "http_basic"),
    (Place::SessionToken, "body", "json"),
    (Place::SessionToken, "expiration_duration", "lifetime"),
    (Place::SessionToken, "login", "login_url"),
    (Place::SessionToken, "login_path", "login_url"),
    (Place::SessionToken, "session_token_path", "token_path"),
    (Place::SessionToken, "token_url", "login_url"),
    (Place::Cursor, "after", "cursor_column"),
    (Place::Cursor, "token", "cursor_path"),
    (Place::Cursor, "page_size", "limit"),
    (Place::Cursor, "page_size_param", "limit_param"),
    (Place::HeaderLink, "limit", "page_size"),
    (Place::HeaderLink, "limit_param", "page_size_param"),
    (Place::HeaderLink, "links_next_key", "rel"),
    (Place::JsonLink, "limit", "page_size"),
    (Place::JsonLink, "limit_param", "page_size_param"),
    (Place::Offset, "page_size", "limit"),
    (Place::PageNumber, "limit", "page_size"),
    (Place::Csv, "separator", "delimiter"),
    (Place::Csv, "sep", "delimiter"),
    (Place::OnResponse, "status_code", "status"),
    (Place::OnResponse, "statuses", "status"),
    (Place::Resource, "response_actions", "on_response"),
    (Place::Resource, "body", "json"),
    (Place::Resource, "data", "form"),
    (Place::Resource, "endpoint", "path"),
    (Place::Resource, "query", "params"),
    (Place::Resource, "table", "name"),
    (Place::Resource, "table_name", "name"),
    (Place::Resource, "url", "path"),
];

macro_rules! keys {
    ($($place:ident { $($name:literal $form:ident $example:literal $doc:literal)* })*) => {
        /// Every option.
        pub(crate) const KEYS: &[Key] = &[$($(Key {
            place: Place::$place,
            name: $name,
            form: Form::$form,
            example: $example,
            doc: $doc,
        },)*)*];
    };
}

keys! {
    Connector {
        "base_url" TextOrField r#"base_url = "https://api.example.com""#
            "Required. Where requests go: a URL, or `config.field` for APIs that people host themselves. A sync program can override it."
        "auth" Kind "auth = bearer(token)"
            "How requests are authenticated: `api_key(..)`, `bearer(field)` for `Authorization: Bearer ..`, `http_basic(..)`, `oauth2_client_credentials(..)`, `oauth2_refresh_token(..)`, `oauth2_jwt(..)`, `session_token(..)`, `with(path::to::function)`, a `fn(&Credentials, &mut Request) -> Result<()>`, or `none`. `select(login, Token = bearer(token), Anonymous = none)` chooses by a field whose type is an enum with `#[derive(Choice)]`: one arm for each of its variants, and what only some arms need may be an `Option`. Credentials go to the origin of the base URL only. Default: `none`."
        "headers" Pairs r#"headers("accept" = "application/json")"#
            "Sent with every request. Values are texts with `{config.field}` in them, numbers, or `config.field`."
        "retry" Options "retry(max_retries = 3)"
            "What is tried again, how often and after which wait."
        "rate_limit" Rate r#"rate_limit = "10/s""#
            "How many requests the API takes in a second (`s`), minute (`m`) or hour (`h`): they are evenly spaced, over all resources. What the API itself says of its limit is heeded with or without this."
        "max_concurrency" Integer "max_concurrency = 10"
            "Requests that may be on their way at once, over all resources: pages whose positions can be told are asked for ahead. Halved when the API answers 429, and grown back. With `1` a page is asked for when the one before has come. Default: `10`."
        "timeout" Duration r#"timeout = "30s""#
            "Longest time one request may take, body included, in `ms`, `s`, `m` or `h`. Default: `\"60s\"`."
        "read_timeout" Duration r#"read_timeout = "10s""#
            "Longest time in which no byte of an answer comes. Default: `\"60s\"`."
        "max_body" Size r#"max_body = "64MiB""#
            "The largest body that is taken, counted after it was unpacked, in `KiB`, `MiB` or `GiB`. Default: `\"128MiB\"`."
        "resource_defaults" Options "resource_defaults(paginator = offset(limit = 100))"
            "What a resource falls back to."
        "resources" Types "resources(Invoice, Customer)"
            "Required. The resources: structs with `#[derive(Resource)]`."
        "name" Text r#"name = "example_api""#
            "Name of the connector. Default: the struct's name in snake case."
        "allow_http" Flag "allow_http"
            "Credentials may be sent over plain http, as for a test server."
        "trusted_origins" Texts r#"trusted_origins("https://files.example.com")"#
            "Origins beside that of the base URL to which next links and redirects may lead. They get requests without credentials."
        "crate" Path "crate = ::connector_runtime"
            "Where the runtime is, when it goes by another name."
    }
    Config {
        "default" Literal "default = 100"
            "The value when none is given."
        "env" Text r#"env = "EXAMPLE_TOKEN""#
            "The environment variable. Default: the connector's and the field's name, as `EXAMPLE_API_TOKEN`."
        "name" Text r#"name = "api-token""#
            "The command line flag, without dashes; also names the environment variable. Default: the field's name with `-` for `_`."
    }
    ApiKey {
        "name" Text r#"name = "api_key""#
            "Required. Name of the header, query parameter or cookie."
        "location" Word "location = query"
            "Required. `cookie`, `header` or `query`."
        "value" Field "value = api_key"
            "Required. The field of the connector that holds the key, a `Secret`."
    }
    HttpBasic {
        "username" Field "username = user"
            "Required. The field of the connector that holds the user name, a `String` or a `Secret`."
        "password" Field "password = password"
            "The field of the connector that holds the password, a `Secret`. Default: an empty password, for APIs that take a key as user name; that key is a `Secret`."
    }
    OAuth2ClientCredentials {
        "token_url" TextOrField r#"token_url = "https://auth.example.com/token""#
            "Required. Where tokens are asked for, or `config.field`."
        "client_id" Field "client_id = client_id"
            "Required. The field of the connector that holds the client's name, a `String` or a `Secret`."
        "client_secret" Field "client_secret = client_secret"
            "Required. The field of the connector that holds the client's secret, a `Secret`."
        "client_auth" Word "client_auth = basic"
            "Where name and secret are sent: `body`, in the form, or `basic`, in the header `Authorization`. Default: `body`, as in dlt."
        "scopes" Text r#"scopes = "read write""#
            "What is asked for, with spaces between."
        "audience" Text r#"audience = "https://api.example.com""#
            "Which API the token is for, where the server wants to know."
        "params" Pairs r#"params(resource = "orders")"#
            "Further fields of the form, as the query parameters of a resource."
        "leeway" Duration r#"leeway = "60s""#
            "A token is replaced so long before its end, at most half of its life. Default: `\"60s\"`. A token without an end is used for an hour, and any token until the API answers 401."
    }
    OAuth2RefreshToken {
        "token_url" TextOrField r#"token_url = "https://auth.example.com/token""#
            "Required. Where tokens are asked for, or `config.field`."
        "refresh_token" Field "refresh_token = refresh_token"
            "Required. The field of the connector that holds the refresh token, a `Secret`. A token that the server gives in its place is used from then on, until another one is configured."
        "client_id" Field "client_id = client_id"
            "Required. The field of the connector that holds the client's name, a `String` or a `Secret`."
        "client_secret" Field "client_secret = client_secret"
            "The field of the connector that holds the client's secret, a `Secret`. Default: none, for public clients."
        "client_auth" Word "client_auth = basic"
            "Where name and secret are sent: `body`, in the form, or `basic`, in the header `Authorization`. Default: `body`."
        "scopes" Text r#"scopes = "read write""#
            "What is asked for, with spaces between. Default: all that was allowed."
        "params" Pairs r#"params(resource = "orders")"#
            "Further fields of the form, as the query parameters of a resource."
        "leeway" Duration r#"leeway = "60s""#
            "A token is replaced so long before its end, at most half of its life. Default: `\"60s\"`."
        "on_rotate" Options "on_rotate(load = vault::load, store = vault::store)"
            "Functions that keep a refresh token which replaces the configured one. Default: a private file below `CONNECTOR_STATE_DIR`, or the platform's own state directory."
    }
    OnRotate {
        "load" Path "load = path::to::function"
            "Required. A `fn(&Credentials) -> Result<Option<Secret>>` that gives what `store` was given last."
        "store" Path "store = path::to::function"
            "Required. A `fn(&Credentials, &Secret) -> Result<()>` that keeps it, called before the new access token is used."
    }
    OAuth2Jwt {
        "token_url" TextOrField r#"token_url = "https://oauth2.example.com/token""#
            "Required. Where tokens are asked for, or `config.field`."
        "private_key" Field "private_key = private_key"
            "Required. The field of the connector that holds the key, a `Secret`: RSA in PEM, PKCS#8 or PKCS#1. Needs the feature `jwt`."
        "issuer" TextOrField "issuer = config.client_email"
            "Required. Who asks, the claim `iss`, or `config.field`."
        "subject" TextOrField r#"subject = "person@example.com""#
            "For whom, the claim `sub`, or `config.field`. Default: not sent."
        "audience" TextOrField r#"audience = "https://oauth2.example.com""#
            "Who is asked, the claim `aud`, or `config.field`. Default: the token URL."
        "scopes" Text r#"scopes = "read write""#
            "What is asked for, with spaces between: the claim `scope`. A server that wants it in the form takes `params(scope = \"..\")`."
        "key_id" TextOrField "key_id = config.private_key_id"
            "Which key it is, `kid` of the header, or `config.field`. Default: not sent."
        "lifetime" Duration r#"lifetime = "1h""#
            "How long an assertion is good for; some servers take a few minutes at most. Default: `\"1h\"`."
        "params" Pairs r#"params(resource = "orders")"#
            "Further fields of the form, as the query parameters of a resource."
        "leeway" Duration r#"leeway = "60s""#
            "A token is replaced so long before its end, at most half of its life. Default: `\"60s\"`."
    }
    SessionToken {
        "login_url" TextOrField r#"login_url = "/login""#
            "Required. Where the login is: a path, which is appended to the base URL, a URL, or `config.field`."
        "method" Word "method = post"
            "`post` or `get`. Default: `post`."
        "json" Pairs "json(username = config.user, password = config.password)"
            "The login's body, a flat object. Values are those of `params(..)` of a resource, and `config.field` may be a `Secret`: here, in `form`, `params` and `headers` of a login, and nowhere else. Numbers, `true` and `false` go without quotes."
        "form" Pairs "form(username = config.user, password = config.password)"
            "The same as a form."
        "params" Pairs "params(api_key = config.api_key)"
            "The login's query parameters."
        "headers" Pairs r#"headers("x-app-key" = config.app_key)"#
            "The login's headers."
        "http_basic" Options "http_basic(username = user, password = password)"
            "The login's `Authorization: Basic ..`; the fields are those of `auth = http_basic(..)`."
        "token_path" Text r#"token_path = "data.token""#
            "Required. Where the answer gives the token."
        "lifetime" Duration r#"lifetime = "1h""#
            "How long a token is used. Default: until the API answers 401."
        "header" Text r#"header = "x-session""#
            "The header that carries the token to the API. Default: `\"authorization\"`."
        "prefix" Text r#"prefix = "Token ""#
            "What stands before the token in it. Default: `\"Bearer \"` in `authorization`, nothing elsewhere."
    }
    Retry {
        "max_retries" Integer "max_retries = 3"
            "Further requests after the first one failed. Default: `3`."
        "backoff_factor" Number "backoff_factor = 2"
            "Each wait is this many times the one before. Default: `2`."
        "statuses" Statuses "statuses = [429, 500..=504]"
            "Statuses worth another request. Default: `[429, 500, 502, 503, 504]`."
        "initial_delay" Duration r#"initial_delay = "1s""#
            "The first wait. Default: `\"1s\"`."
        "max_delay" Duration r#"max_delay = "5m""#
            "No wait is longer; a server that asks for more is not asked again. Default: `\"5m\"`."
        "total_timeout" Duration r#"total_timeout = "10m""#
            "No further try begins later than this after the first one. Default: none."
        "wait_header" Text r#"wait_header = "X-Retry-In""#
            "A header that says how long to wait: seconds, seconds or milliseconds since 1970, or an HTTP date. The longest wait counts that this, `wait_path` or `Retry-After` asks for."
        "wait_path" Text r#"wait_path = "error.retry_in""#
            "Where the body says how long to wait, as `wait_header`."
    }
    RateLimit {
        "burst" Integer "burst = 20"
            "Requests that may go at once after a pause. Default: `1`."
    }
    Defaults {
        "params" Pairs r#"params(state = "all")"#
            "Query parameters; a resource's own parameter of the same name wins."
        "data_selector" Text r#"data_selector = "data""#
            "Where the rows are in the body."
        "paginator" Kind "paginator = offset(limit = 100)"
            "How further pages are asked for."
        "response_format" Word "response_format = json_lines"
            "What bodies are written in."
        "on_response" Options "on_response(status = 404, action = ignore)"
            "What responses mean; asked after a resource's own rules. Can be given more than once."
        "write_disposition" Word "write_disposition = append"
            "What happens to rows that are there already."
    }
    Csv {
        "delimiter" Text r#"delimiter = ";""#
            "The character between two fields. Default: `\",\"`."
    }
    Resource {
        "path" Text r#"path = "/v1/invoices""#
            "Required. Appended to the base URL. `{config.field}` is filled in; `{{` and `}}` are braces."
        "method" Word "method = post"
            "`get`, `post`, `put`, `patch` or `delete`. A request is tried again when it fails, so the API must bear each one twice. Default: `get`."
        "auth" Kind "auth = bearer(admin_token)"
            "How its requests are authenticated, in the place of what the connector says: the same kinds, of fields of the connector that lists the resource; `none` for a resource that is sent without credentials. Default: as the connector says."
        "params" Pairs r#"params(state = "all", since = config.start)"#
            "Query parameters. Values are texts with `{config.field}` in them, numbers, `true`, `false`, or `config.field`, which is left out when the field is empty. A list, `status = [\"open\", \"closed\"]` or a field that is a `Vec`, is sent as the same parameter several times; in a text its values have commas between."
        "headers" Pairs r#"headers("accept" = "text/csv")"#
            "Headers, in the place of the connector's of the same names. Values as those of the connector."
        "json" Json r#"json = { "query": "open", "owner": config.owner }"#
            "A JSON body, for `post`, `put` and `patch`. Values are those of JSON, texts with `{config.field}` in them, and `config.field`, which keeps its type (number, flag, list) and is left out with its key when the field is empty."
        "form" Pairs r#"form(query = "open", ids = config.ids)"#
            "A body of `application/x-www-form-urlencoded`, in the place of `json`. Values as those of `params`."
        "data_selector" Text r#"data_selector = "data.items""#
            "Where the rows are in the body: keys with dots between, `['odd key']`, `[0]`, and `[*]` for every element. Default: the whole body."
        "paginator" Kind "paginator = offset(limit = 100)"
            "How further pages are asked for: `offset(..)`, `page_number(..)`, `cursor(..)`, `header_link`, `json_link`, `single_page`, or `with(path::to::function)`, a `fn(Option<&Page>, &mut Request) -> Result<Next>`. Default: one request."
        "response_format" Word "response_format = json_lines"
            "What bodies are written in: `json`, `json_lines` for one row a line, or `csv` with a line of names first; the last two have no data selector. Default: `json`."
        "on_response" Options "on_response(status = 404, action = ignore)"
            "What the responses mean that fulfil every condition. Can be given more than once; the first rule that fits decides."
        "write_disposition" Word "write_disposition = merge"
            "What happens to rows that are there already: `append`, `merge` or `replace`. Default: `merge` with a primary key, `append` without."
        "name" Text r#"name = "invoices""#
            "Name of the resource and of its table. Default: the struct's name in snake case."
        "rename_all" Text r#"rename_all = "camelCase""#
            "Case of the JSON keys, as in serde."
        "crate" Path "crate = ::connector_runtime"
            "Where the runtime is, when it goes by another name."
    }
    OnResponse {
        "action" Word "action = ignore"
            "Required. `ignore`: an empty page, after which the scan ends, and the resource is partial unless it was the first page; `fail`: an error; `retry`: tried again; `stop_resource`: the end of the scan without error, partial if the API had promised more rows."
        "status" Status "status = 404"
            "A status, a range such as `500..=599`, or a list `[404, 410]`. Default: every status, successes too."
        "content" Text r#"content = "not found""#
            "A text that the body contains."
        "path" Text r#"path = "error.code""#
            "A place in the body, whose value is `value`."
        "value" Literal r#"value = "RATE""#
            "The value at `path`: a text, a number, `true` or `false`."
    }
    Column {
        "primary_key" Flag "primary_key"
            "Part of the primary key."
        "rename" Text r#"rename = "createdAt""#
            "The JSON key. Default: the field's name."
        "default" LiteralOrFlag "default = 0"
            "The value when the key is absent or null: the literal, or the type's own zero for `default` alone."
        "json" Flag "json"
            "Kept as one JSON column; the field's type is read by serde."
        "epoch" Word "epoch = seconds"
            "A `Timestamp` that comes as a number: `seconds` or `milliseconds` since 1970."
        "with" Function "with(path::to::function)"
            "Decoded by `fn(In) -> Result<Field, E>`, where serde reads `In` and `E` is `Display`."
        "flatten" Flag "flatten"
            "A nested object with `#[derive(Record)]`, whose columns become `field__column`."
        "skip" Flag "skip"
            "Not a column; filled with `Default::default()`."
    }
    Offset {
        "limit" Integer "limit = 100"
            "Required. Rows asked for."
        "offset" Integer "offset = 0"
            "The first position. Default: `0`."
        "offset_param" Text r#"offset_param = "offset""#
            "Query parameter of the position. Default: `\"offset\"`."
        "offset_header" Text r#"offset_header = "x-offset""#
            "Request header of the position, in the place of a parameter."
        "offset_body_path" Text r#"offset_body_path = "page.offset""#
            "Where the position goes in the body of the request, in the place of a parameter: keys with dots between. In a form it is one field."
        "limit_param" Text r#"limit_param = "limit""#
            "Query parameter of the page size. Default: `\"limit\"`."
        "limit_header" Text r#"limit_header = "x-limit""#
            "Request header of the page size, in the place of a parameter."
        "limit_body_path" Text r#"limit_body_path = "page.limit""#
            "Where the page size goes in the body, in the place of a parameter."
        "total_path" Text r#"total_path = "meta.total""#
            "Where the body says how many rows there are. Default: `total`, if it is there."
        "has_more_path" Text r#"has_more_path = "has_more""#
            "Where the body says whether there is more."
        "maximum_offset" Integer "maximum_offset = 10_000"
            "No page that begins here or later is asked for."
        "stop_on_short_page" Flag "stop_on_short_page"
            "A page with fewer rows than `limit` is the last one, unless the API gives a total or says that there is more."
    }
    PageNumber {
        "base_page" Integer "base_page = 1"
            "Required. Number of the first page, 0 or 1."
        "page_param" Text r#"page_param = "page""#
            "Query parameter of the page number. Default: `\"page\"`."
        "page_header" Text r#"page_header = "x-page""#
            "Request header of the page number, in the place of a parameter."
        "page_body_path" Text r#"page_body_path = "page.number""#
            "Where the page number goes in the body of the request, in the place of a parameter: keys with dots between. In a form it is one field."
        "page_size" Integer "page_size = 100"
            "Rows asked for; needs `page_size_param`, `page_size_header` or `page_size_body_path`."
        "page_size_param" Text r#"page_size_param = "per_page""#
            "Query parameter of the page size."
        "page_size_header" Text r#"page_size_header = "x-per-page""#
            "Request header of the page size."
        "page_size_body_path" Text r#"page_size_body_path = "page.size""#
            "Where the page size goes in the body."
        "total_path" Text r#"total_path = "meta.pages""#
            "Where the body says how many pages there are, or how many rows with `total_counts = rows`."
        "total_counts" Word "total_counts = rows"
            "What the total counts: `pages` or `rows`. Default: `pages`, as in dlt."
        "has_more_path" Text r#"has_more_path = "has_more""#
            "Where the body says whether there is more."
        "maximum_page" Integer "maximum_page = 50"
            "Number of the last page that is asked for."
        "stop_on_short_page" Flag "stop_on_short_page"
            "A page with fewer rows than `page_size` is the last one, unless the API gives a total or says that there is more."
    }
    Cursor {
        "cursor_path" Text r#"cursor_path = "meta.next""#
            "Where the body gives the next cursor. This, `cursor_header` or `cursor_column`."
        "cursor_header" Text r#"cursor_header = "x-next-cursor""#
            "The response header that gives the next cursor."
        "cursor_column" Field "cursor_column = id"
            "The column whose value in the last row is the next cursor: an integer, a `String`, `Uuid`, `Timestamp` or `Date`, sent as it came."
        "cursor_param" Text r#"cursor_param = "starting_after""#
            "Query parameter of the cursor. Default: `\"cursor\"`."
        "cursor_request_header" Text r#"cursor_request_header = "x-cursor""#
            "The request header of the cursor, in the place of a parameter."
        "cursor_body_path" Text r#"cursor_body_path = "page.after""#
            "Where the cursor goes in the body of the request, in the place of a parameter: keys with dots between. A number stays one. In a form it is one field."
        "has_more_path" Text r#"has_more_path = "has_more""#
            "Where the body says whether there is more; more without a cursor is an error."
        "limit" Integer "limit = 100"
            "Rows asked for; needs `limit_param`, `limit_header` or `limit_body_path`."
        "limit_param" Text r#"limit_param = "limit""#
            "Query parameter of the page size."
        "limit_header" Text r#"limit_header = "x-limit""#
            "Request header of the page size."
        "limit_body_path" Text r#"limit_body_path = "page.limit""#
            "Where the page size goes in the body."
        "stop_after_empty_page" Flag "stop_after_empty_page"
            "A page without rows is the last one, whatever cursor it gives."
    }
    HeaderLink {
        "rel" Text r#"rel = "next""#
            "The relation of the next page in the `Link` header (RFC 8288). Default: `\"next\"`."
        "page_size" Integer "page_size = 100"
            "Rows asked for with the first page; needs `page_size_param`."
        "page_size_param" Text r#"page_size_param = "per_page""#
            "Query parameter of the page size."
    }
    JsonLink {
        "next_url_path" Text r#"next_url_path = "links.next""#
            "Where the body gives the URL of the next page, absolute or relative. Default: `\"next\"`."
        "page_size" Integer "page_size = 100"
            "Rows asked for with the first page; needs `page_size_param`."
        "page_size_param" Text r#"page_size_param = "per_page""#
            "Query parameter of the page size."
    }
    Record {
        "rename_all" Text r#"rename_all = "camelCase""#
            "Case of the JSON keys, as in serde."
        "crate" Path "crate = ::connector_runtime"
            "Where the runtime is, when it goes by another name."
    }
    Choice {
        "rename_all" Text r#"rename_all = "snake_case""#
            "Case of the texts, as in serde. Default: as the variants are written."
        "crate" Path "crate = ::connector_runtime"
            "Where the runtime is, when it goes by another name."
    }
    Variant {
        "rename" Text r#"rename = "in review""#
            "The text of this variant."
    }
}
