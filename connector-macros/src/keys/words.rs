//! Words of other vocabularies.

use super::Place;

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
    (Place::Resource, "merge_strategy", "strategy"),
    (Place::Resource, "processing_steps", "map"),
    (Place::Resource, "query", "params"),
    (Place::Resource, "record_filter", "filter"),
    (Place::Resource, "table", "name"),
    (Place::Resource, "table_name", "name"),
    (Place::Resource, "transformations", "map"),
    (Place::Resource, "url", "path"),
    (Place::Scd2, "validity_column_names", "valid_from"),
];
