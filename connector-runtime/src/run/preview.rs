//! [`Preview`]: the first rows of a resource, without a destination.

use std::future::poll_fn;
use std::sync::Arc;

use super::Run;
use super::forward::Forwarded;
use super::scope::Scope;
use super::setters::setters;
use super::source::Overrides;
use crate::error::{Error, ErrorKind, Result};
use crate::instance::Instance;
use crate::plan::{self, Planned};
use crate::report::{Observer, Unobserved};
use crate::schema::{Encoder, arrow_schema};

/// Rows that are shown where nobody says how many.
const ROWS: u64 = 10;

/// A look at the first rows of a resource; made by [`Connector::preview`](crate::Connector::preview).
///
/// Nothing is written, and nothing is remembered. One request is sent at a time, and none any more
/// when all the rows have come: of a parent as few rows are read as its children need. A row that does
/// not fit is an error, with `on_bad_row = quarantine`, too: there is no table for it.
///
/// ```no_run
/// # use connector_runtime::prelude::*;
/// # #[derive(Connector)]
/// # #[connector(base_url = "https://api.example.com", resources(Item))]
/// # struct Api {}
/// # #[derive(Resource)]
/// # #[resource(path = "/items", name = "items")]
/// # struct Item { #[column(primary_key)] id: i64 }
/// # async fn example() -> connector_runtime::Result<()> {
/// let items = Api {}.preview("items").limit(3).run().await?;
/// for row in &items.rows {
///     println!("{row}");
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until `run`"]
pub struct Preview {
    instance: Instance,
    resource: String,
    rows: u64,
    observer: Arc<dyn Observer>,
    overrides: Overrides,
}

/// The first rows of a resource.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Previewed {
    /// The resource's name.
    pub resource: &'static str,
    /// The names of its columns and lists, in the order of the struct's fields.
    pub columns: Vec<String>,
    /// Each row as one line of JSON: an object with all the columns, in their order. Lists are lists in
    /// it, and decimals have all their digits.
    pub rows: Vec<String>,
}

impl Preview {
    pub(crate) fn new(instance: Instance, resource: String) -> Self {
        let (observer, overrides) = (Arc::new(Unobserved), Overrides::default());
        Self { instance, resource, rows: ROWS, observer, overrides }
    }

    /// Reads so many rows at most. Default: 10.
    pub fn limit(mut self, rows: u64) -> Self {
        self.rows = rows;
        self
    }

    setters! {
        /// Watches the requests.
        observer;

        reach;

        /// Keeps what outlives the run below this directory, as [`Run::state_dir`] does.
        state_dir;

        /// Ends it when the token is cancelled.
        cancel_with;
    }

    fn overrides(&mut self) -> &mut Overrides {
        &mut self.overrides
    }

    /// Reads the rows.
    ///
    /// # Errors
    ///
    /// When there is no such resource, or something goes wrong before the rows have come.
    pub async fn run(self) -> Result<Previewed> {
        let Self { instance, resource, rows: limit, observer, overrides } = self;
        let spec = one(&instance, resource)?.spec;
        let scope = Scope { limit: Some(limit), is_preview: true, ..Scope::default() };
        let run = Run { overrides, observer, scope, ..Run::new(instance) };
        let mut batches = Forwarded::begin(run, spec);
        let encoder = Encoder::new(spec.fields, |_| true);
        let mut lines = Vec::new();
        // the run stops by itself when it has all the rows
        while let Some(batch) = poll_fn(|context| batches.poll_batch(context)).await {
            encoder.encode(&batch?, b"", b"\n", &mut lines);
        }
        let lines = String::from_utf8(lines).expect("BUG: JSON is text");
        let columns = arrow_schema(spec.fields);
        Ok(Previewed {
            resource: spec.name,
            columns: columns.fields().iter().map(|field| field.name().clone()).collect(),
            rows: lines.lines().map(str::to_owned).collect(),
        })
    }
}

/// The resource that is meant.
fn one(instance: &Instance, resource: String) -> Result<Planned> {
    let text = format!("`{resource}` is not one resource, but several");
    let mut selected = plan::plan(instance.spec, &[resource])?;
    selected.retain(|one| one.is_selected);
    match selected.pop() {
        Some(one) if selected.is_empty() => Ok(one),
        _ => Err(Error::new(ErrorKind::Config, text).with_help("preview one at a time")),
    }
}
