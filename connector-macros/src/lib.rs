//! Derives of `connector-runtime`, which re-exports them: depend on that crate, not on this one.
//!
//! A derive goes through three rooms: `read` turns tokens into raw values with their spans,
//! `check` turns those into a model that is known to be right, `emit` turns the model into tokens.
//! What is emitted is data, a constructor and const checks; the work is done in the runtime.

mod case;
mod check;
mod diag;
mod emit;
mod guess;
mod keys;
mod model;
mod read;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use syn::DeriveInput;

use crate::keys::Derive;

/// Turns a configuration struct into a connector: one API and its resources.
///
/// `#[connector(..)]` on the struct describes the API, `#[config(..)]` on a field how the value
/// is found. Doc comments become `--help` texts. The reference page lists every option.
///
/// ```ignore
/// /// The example API.
/// #[derive(Connector)]
/// #[connector(
///     base_url = "https://api.example.com",
///     auth = bearer(token),
///     resources(Invoice),
/// )]
/// struct ExampleApi {
///     /// Token from the account page.
///     token: Secret,
/// }
/// ```
#[proc_macro_derive(Connector, attributes(connector, config))]
pub fn derive_connector(input: TokenStream) -> TokenStream {
    expand(Derive::Connector, input.into()).into()
}

/// Turns a row struct into a resource: one endpoint that yields rows for one table.
///
/// `#[resource(..)]` on the struct describes the request, `#[column(..)]` on a field its column.
/// Doc comments become comments of the table and its columns. The reference page lists every
/// option.
///
/// ```ignore
/// /// An invoice, as `GET /v1/invoices` lists them.
/// #[derive(Resource)]
/// #[resource(path = "/v1/invoices", data_selector = "data", paginator = offset(limit = 100))]
/// struct Invoice {
///     #[column(primary_key)]
///     id: i64,
///     total: Decimal,
/// }
/// ```
#[proc_macro_derive(Resource, attributes(resource, column))]
pub fn derive_resource(input: TokenStream) -> TokenStream {
    expand(Derive::Resource, input.into()).into()
}

/// Makes a struct the shape of a nested object: for `#[column(flatten)]`, and for lists, whose
/// elements become rows of a child table.
///
/// ```ignore
/// #[derive(Record)]
/// struct Label {
///     name: String,
///     color: Option<String>,
/// }
///
/// #[derive(Resource)]
/// #[resource(path = "/issues")]
/// struct Issue {
///     #[column(primary_key)]
///     id: i64,
///     labels: Vec<Label>,
/// }
/// ```
#[proc_macro_derive(Record, attributes(record, column))]
pub fn derive_record(input: TokenStream) -> TokenStream {
    expand(Derive::Record, input.into()).into()
}

/// Makes an enum without fields a closed set of texts: a column type and a configuration type.
///
/// ```ignore
/// #[derive(Choice, Clone, Copy)]
/// #[choice(rename_all = "snake_case")]
/// enum State {
///     Open,
///     InReview,
/// }
/// ```
#[proc_macro_derive(Choice, attributes(choice))]
pub fn derive_choice(input: TokenStream) -> TokenStream {
    expand(Derive::Choice, input.into()).into()
}

/// All of a derive; apart from the entry points because `proc_macro` types exist only there.
fn expand(derive: Derive, input: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let diag = diag::Diag::new();
    let crate_path = read::crate_path(&input);
    match derive {
        Derive::Choice => {
            let model = check::choice(&diag, read::choice(&diag, &input));
            diag.finish(|| emit::choice(&model), || emit::stub(derive, &input, &crate_path))
        }
        Derive::Connector => {
            let model = check::connector(&diag, read::connector(&diag, &input));
            diag.finish(|| emit::connector(&model), || emit::stub(derive, &input, &crate_path))
        }
        Derive::Record => {
            let model = check::record(&diag, read::record(&diag, &input));
            diag.finish(|| emit::record(&model), || emit::stub(derive, &input, &crate_path))
        }
        Derive::Resource => {
            let model = check::resource(&diag, read::resource(&diag, &input));
            diag.finish(|| emit::resource(&model), || emit::stub(derive, &input, &crate_path))
        }
    }
}
