//! Every option: its place, its name, the form of its value, how one writes it, one line of doc.

use super::{Form, Key, Place};

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
            "Longest time one request may take, body included, in `ms`, `s`, `m`, `h` or `d`. Default: `\"60s\"`."
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
        "schema_contract" Word "schema_contract = freeze"
            "What may become of tables whose columns are not those of the resource."
        "unknown_fields" Kind "unknown_fields = ignore"
            "What happens to fields that no column takes: `report`, `ignore` or `fail`."
        "on_bad_row" Kind "on_bad_row = quarantine(max_rows = 1_000)"
            "What happens to rows that do not fit."
        "resume_within" Duration r#"resume_within = "1 day""#
            "How old an interrupted scan may be that goes on."
    }
    Csv {
        "delimiter" Text r#"delimiter = ";""#
            "The character between two fields. Default: `\",\"`."
    }
    Resource {
        "path" Text r#"path = "/v1/invoices""#
            "Required. Appended to the base URL. `{config.field}` is filled in, and so are `{issue.column}` of a parent, `{partition.name}`, `{incremental.start_value}` and `{incremental.end_value}`; `{{` and `}}` are braces."
        "method" Word "method = post"
            "`get`, `post`, `put`, `patch` or `delete`. A request is tried again when it fails, so the API must bear each one twice. Default: `get`."
        "auth" Kind "auth = bearer(admin_token)"
            "How its requests are authenticated, in the place of what the connector says: the same kinds, of fields of the connector that lists the resource; `none` for a resource that is sent without credentials. Default: as the connector says."
        "params" Pairs r#"params(state = "all", since = config.start)"#
            "Query parameters. Values are texts with places to fill in as those of `path`, numbers, `true`, `false`, or a place alone: `issue.column`, `partition.name`, `incremental.start_value`, or `config.field`, which is left out when the field is empty. A list, `status = [\"open\", \"closed\"]` or a field that is a `Vec`, is sent as the same parameter several times; in a text its values have commas between."
        "headers" Pairs r#"headers("accept" = "text/csv")"#
            "Headers, in the place of the connector's of the same names. Values as those of `params`, but no lists."
        "json" Json r#"json = { "query": "open", "owner": config.owner }"#
            "A JSON body, for `post`, `put` and `patch`. Values are those of JSON, texts with places as those of `path`, and places alone, which keep their type (number, flag, list): `issue.column`, `partition.name`, `incremental.start_value`, and `config.field`, which is left out with its key when the field is empty."
        "form" Pairs r#"form(query = "open", ids = config.ids)"#
            "A body of `application/x-www-form-urlencoded`, in the place of `json`. Values as those of `params`."
        "data_selector" Text r#"data_selector = "data.items""#
            "Where the rows are in the body: keys with dots between, `['odd key']`, `[0]`, and `[*]` for every element; `$` is the whole body. Default: that of `resource_defaults`, or the whole body."
        "paginator" Kind "paginator = offset(limit = 100)"
            "How further pages are asked for: `offset(..)`, `page_number(..)`, `cursor(..)`, `header_link`, `json_link`, `single_page`, or `with(path::to::function)`, a `fn(Option<&Page>, &mut Request) -> Result<Next>`. Default: one request."
        "response_format" Word "response_format = json_lines"
            "What bodies are written in: `json`, `json_lines` for one row a line, or `csv` with a line of names first; the last two have no data selector. Default: `json`."
        "on_response" Options "on_response(status = 404, action = ignore)"
            "What the responses mean that fulfil every condition. Can be given more than once; the first rule that fits decides."
        "write_disposition" Word "write_disposition = merge"
            "What happens to rows that are there already: `append`, `merge` or `replace`. Default: `merge` with a primary key or a `strategy`, `append` without."
        "strategy" Kind "strategy = delete_insert(merge_key = day)"
            "How merged rows meet those that are there: `upsert`, `insert_only`, `delete_insert(..)`, or `scd2`, which keeps the history. Default: `upsert`."
        "delete_missing" Word "delete_missing = soft"
            "What happens to rows of the table that a complete scan did not bring: `hard` deletes them, `soft` marks them in the `soft_delete` column or closes them with `scd2`. Default: they stay."
        "allow_empty" Flag "allow_empty"
            "A scan without rows may empty the table, with `replace` or `delete_missing`."
        "schema_contract" Word "schema_contract = freeze"
            "What may become of a table whose columns are not those of the resource: with `evolve` it gets what only adds, with `freeze` nothing; other differences stop the run. Default: `evolve`."
        "unknown_fields" Kind "unknown_fields = capture(extra)"
            "What happens to fields that the API sends and no column takes: `report` tells their names once, `ignore` does not, with `fail` their row does not fit, `capture(column)` puts them into a JSON column as one object. Default: `report`."
        "on_bad_row" Kind "on_bad_row = quarantine(max_rows = 1_000)"
            "What happens to rows that do not fit: `fail`, or `quarantine`, which puts them into `_connector_rejects`. Default: `fail`."
        "incremental" Options r#"incremental(cursor = updated_at, start_param = "since")"#
            "Only what is new is read: what has changed since the rows that are in the destination."
        "parent" Parent "parent(issue: Issue)"
            "It is read once for each row of another resource. The name before the colon is how the row is called: `{issue.number}` in texts, `issue.number` as a value."
        "partition" Partitions "partition(team in config.teams)"
            "It is read once for each element of a list: of a field of the connector, or of texts, `state in [\"open\", \"closed\"]`; several are combined each with each. `{partition.team}` in texts, `partition.team` as a value."
        "store" Switch "store = false"
            "Without a table: it is read for its children only. Default: `true`."
        "resume_within" Duration r#"resume_within = "1 day""#
            "How old an interrupted scan may be that goes on; an older one starts over. `\"0s\"`: never. Default: `\"1 day\"`."
        "filter" Path "filter = path::to::function"
            "Which rows are wanted: a `fn(&Invoice) -> bool` over the resource's own struct, asked after `map`."
        "map" Path "map = path::to::function"
            "What each row becomes: a `fn(Invoice) -> Invoice` over the resource's own struct."
        "name" Text r#"name = "invoices""#
            "Name of the resource and of its table. Default: the struct's name in snake case."
        "rename_all" Text r#"rename_all = "camelCase""#
            "Case of the JSON keys, as in serde."
        "crate" Path "crate = ::connector_runtime"
            "Where the runtime is, when it goes by another name."
    }
    Incremental {
        "cursor" Field "cursor = updated_at"
            "Required. The column that says when, or in which order, a row changed: a `Timestamp`, a `Date`, an integer, or a `String` with `as_text`."
        "start_param" Text r#"start_param = "since""#
            "Query parameter of the lower bound. Instead of an option, `{incremental.start_value}` in the path or a text, or `incremental.start_value` as a value."
        "start_header" Text r#"start_header = "x-since""#
            "Request header of the lower bound."
        "start_body_path" Text r#"start_body_path = "filter.since""#
            "Where the lower bound goes in the body of the request: keys with dots between. In a form it is one field."
        "end_param" Text r#"end_param = "until""#
            "Query parameter of the upper bound, or `incremental.end_value`."
        "end_header" Text r#"end_header = "x-until""#
            "Request header of the upper bound."
        "end_body_path" Text r#"end_body_path = "filter.until""#
            "Where the upper bound goes in the body."
        "format" Format "format = epoch"
            "How bounds are written: `rfc3339` (whole seconds), `rfc3339_millis`, `rfc3339_micros`, `date`, `epoch`, `epoch_millis`, or a text as `\"%Y-%m-%d %H:%M\"` in UTC. An integer column is a time with `epoch` or `epoch_millis`. Default: as the column's type is written, whole seconds for a `Timestamp`."
        "initial" Bound "initial = config.start"
            "The lower bound of the first load: a text, a number or a field of the connector. Default: none."
        "lag" Span r#"lag = "1 hour""#
            "So much before the cursor is read again: a number of seconds, minutes, hours, days, weeks, months or years; a number where the cursor is one and no `epoch` makes it a time."
        "row_order" Word "row_order = asc"
            "The API lists rows by the cursor, `asc` or `desc`."
        "range" Word "range = open"
            "Rows that are equal to the lower bound are read again with `closed`, and dropped with `open`. Default: `closed`."
        "on_missing" Word "on_missing = exclude"
            "What becomes of rows without a cursor value, where the column is an `Option`: `fail`, `include`, which is not for appended rows, or `exclude`."
        "client_side" Flag "client_side"
            "The API has no filter: everything is read, and what is older is dropped."
        "step" Span r#"step = "1 month""#
            "Windows: the range is read in parts of this length. Needs both bounds, and `initial`."
        "parallel" Integer "parallel = 4"
            "Windows that are read at once; where rows are appended, one. Default: `1`."
        "as_text" Flag "as_text"
            "A `String` cursor is compared as text, byte by byte."
    }
    Parent {
        "on_missing" Word "on_missing = skip"
            "What becomes of a parent that lacks a value which is used: with `skip` it is passed over and counted, with `fail` the resource fails, its parent and its siblings do not. What is only stored, in an `Option`, may be missing. Default: `fail`."
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
    DeleteInsert {
        "merge_key" Fields "merge_key = [day, team]"
            "Required. The column, or the columns, whose values name what is replaced as a whole: all rows of the table that have the values of a row of the load go."
    }
    Scd2 {
        "valid_from" Field "valid_from = since"
            "The column of the instant from which a row is true; added to the table. Default: `_valid_from`."
        "valid_to" Field "valid_to = until"
            "The column of the instant up to which it was, null while it is true. Default: `_valid_to`."
    }
    Quarantine {
        "max_rows" Integer "max_rows = 1_000"
            "With more such rows in a load it fails. Default: `100`."
        "max_percent" Number "max_percent = 1.5"
            "The same in a hundred rows, in the place of `max_rows`; looked at from the thousandth row on, and at the end."
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
        "parent" Column "parent = issue.number"
            "The value is that of this column of the parent's row, not one of the API's."
        "partition" Word "partition = team"
            "The value is the element of this partition, not one of the API's."
        "flatten" Flag "flatten"
            "A nested object with `#[derive(Record)]`, whose columns become `field__column`."
        "hard_delete" Flag "hard_delete"
            "On a `bool` or an `Option`: a row with `true`, or with any value where it is no `bool`, deletes the row of its key."
        "soft_delete" Flag "soft_delete"
            "On a `bool` or an `Option<Timestamp>`: a row with `true` or an instant counts as deleted and stays in the table."
        "version" Flag "version"
            "On an integer, a `Timestamp`, a `Date`, or an `Option` of one: a row with a smaller value never overwrites one with a larger."
        "dedup_sort" Word "dedup_sort = desc"
            "On a column as of `version`: of the rows of one key in one load, the one with the largest value stays, with `asc` the one with the smallest. Default: the last one, with `insert_only` the first."
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
