//! An API behind OAuth2 client credentials: any JSON API that checks bearer tokens, and any token
//! server that issues them, such as [oidc-provider](https://github.com/panva/node-oidc-provider).
//!
//! ```sh
//! LEDGER_CLIENT_SECRET=… cargo run --bin oauth -- sync \
//!     --url http://localhost:3000 --token-url http://localhost:3001/token
//! ```

use connector_runtime::prelude::*;

/// Invoices of a ledger.
#[derive(Connector)]
#[connector(
    base_url = config.url,
    auth = oauth2_client_credentials(
        token_url = config.token_url,
        client_id = client_id,
        client_secret = client_secret,
        client_auth = basic,
        scopes = "read",
        leeway = "1s",
    ),
    resource_defaults(
        paginator = page_number(
            base_page = 1,
            page_param = "_page",
            page_size = 20,
            page_size_param = "_limit",
        ),
    ),
    resources(Invoice),
)]
struct Ledger {
    /// Where the API is.
    #[config(default = "http://localhost:3000")]
    url: String,
    /// Where tokens are asked for.
    #[config(default = "http://localhost:3001/token")]
    token_url: String,
    /// The client's name at the token server.
    #[config(default = "lab")]
    client_id: String,
    /// The client's secret at the token server.
    client_secret: Secret,
}

/// An invoice.
#[derive(Resource)]
#[resource(name = "invoices", path = "/invoices")]
struct Invoice {
    #[column(primary_key)]
    id: i64,
    /// The number that customers see.
    number: String,
    total: Decimal,
    due: Date,
}

connector_runtime::main!(Ledger);
