//! The [`Connector`] trait.

use crate::config::{self, ConfigValue, Sources, Values};
use crate::dictionary::Dictionary;
use crate::error::Result;
use crate::instance::Instance;
use crate::run::{Check, Preview, Rows, Run};
use crate::spec::ConnectorSpec;
use crate::value::Resource;

/// One API with its configuration. Implemented by `#[derive(Connector)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connector",
    label = "not a connector",
    note = "add `#[derive(Connector)]` and `#[connector(base_url = \"https://..\", resources(..))]` to `{Self}`"
)]
pub trait Connector: Sized + Send + Sync + 'static {
    /// What the derive read from the struct.
    const SPEC: &'static ConnectorSpec;

    /// The struct of checked configuration texts.
    #[doc(hidden)]
    fn from_values(values: &mut Values) -> Self;

    /// The fields' values, in the order of declaration.
    #[doc(hidden)]
    fn values(&self) -> Vec<ConfigValue>;

    /// The connector as the environment describes it; what is not set takes its default.
    /// [`Self::from_sources`] looks into files, too.
    ///
    /// A variable that is set but empty counts as not set, except for a `String`.
    ///
    /// # Errors
    ///
    /// One error of kind [`ErrorKind::Config`](crate::ErrorKind::Config) that lists everything
    /// that is missing or wrong.
    fn from_env() -> Result<Self> {
        Ok(Self::from_values(&mut config::from_env(Self::SPEC)?))
    }

    /// The connector as flags, environment, files and defaults describe it, in the order of the sync
    /// binary: [`Sources`].
    ///
    /// # Errors
    ///
    /// One error of kind [`ErrorKind::Config`](crate::ErrorKind::Config) that lists everything
    /// that is missing or wrong.
    fn from_sources(sources: &Sources) -> Result<Self> {
        Ok(Self::from_values(&mut sources.read(Self::SPEC)?))
    }

    /// Loads the resources into a destination.
    fn sync(&self) -> Run {
        Run::new(Instance::of(self))
    }

    /// A look at the API: does it answer, and do the first rows of each resource fit the structs?
    fn check(&self) -> Check {
        Check::new(Instance::of(self))
    }

    /// A look at the first rows of one resource, without a destination.
    fn preview(&self, resource: impl Into<String>) -> Preview {
        Preview::new(Instance::of(self), resource.into())
    }

    /// The tables of a connector, described: those of the resources that a selection names, as
    /// [`Run::resources`] takes it, or of all.
    ///
    /// # Errors
    ///
    /// When a part of the selection fits no resource.
    ///
    /// ```
    /// # use connector_runtime::prelude::*;
    /// # #[derive(Connector)]
    /// # #[connector(base_url = "https://api.example.com", resources(Item))]
    /// # struct Api {}
    /// # #[derive(Resource)]
    /// # #[resource(path = "/items", name = "items")]
    /// # struct Item { #[column(primary_key)] id: i64 }
    /// # fn main() -> connector_runtime::Result<()> {
    /// let markdown = Api::dictionary(["items"])?.markdown();
    /// assert!(markdown.contains("| `id` | `i64` | no | primary |"));
    /// # Ok(())
    /// # }
    /// ```
    fn dictionary<S: Into<String>>(selection: impl IntoIterator<Item = S>) -> Result<Dictionary> {
        let selection: Vec<_> = selection.into_iter().map(Into::into).collect();
        Dictionary::of(Self::SPEC, &selection)
    }

    /// The rows of one resource as structs, without a destination.
    ///
    /// ```no_run
    /// # use connector_runtime::prelude::*;
    /// # #[derive(Connector)]
    /// # #[connector(base_url = "https://api.example.com", resources(Item))]
    /// # struct Api {}
    /// # #[derive(Resource)]
    /// # #[resource(path = "/items")]
    /// # struct Item { #[column(primary_key)] id: i64 }
    /// # async fn example() -> connector_runtime::Result<()> {
    /// let mut items = Api {}.rows::<Item>();
    /// while let Some(item) = items.next().await {
    ///     println!("{}", item?.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn rows<R: Resource>(&self) -> Rows<R> {
        const { crate::check::lists(Self::SPEC, R::SPEC) };
        Rows::new(Instance::of(self))
    }
}
