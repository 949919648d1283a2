//! A sync binary whose refresh token is replaced with each use.

use connector_runtime::prelude::*;

/// Contacts of a CRM.
#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_refresh_token(
        token_url = config.token_url,
        refresh_token = refresh_token,
        client_id = client_id,
    ),
    retry(max_retries = 3, initial_delay = "1ms"),
    resources(Contact),
)]
struct Crm {
    /// Where tokens are asked for.
    token_url: String,
    /// The token of whoever has allowed it.
    refresh_token: Secret,
    /// The program's name at the token server.
    #[config(default = "sync")]
    client_id: String,
}

/// A contact.
#[derive(Resource)]
#[resource(path = "/contacts")]
struct Contact {
    #[column(primary_key)]
    id: i64,
}

connector_runtime::main!(Crm);
