//! Which resources are loaded, and how: what a resource says itself and what it leaves to the
//! connector's defaults.

use crate::destination::{Load, Write};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::Tables;
use crate::spec::{
    ColumnMark, ConnectorSpec, DeleteMissing, MergeStrategy, OnBadRow, PaginatorSpec, Param, Path,
    ResourceSpec, ResponseFormat, ResponseRule, UnknownFields, WriteDisposition,
};

/// A resource with everything decided.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) spec: &'static ResourceSpec,
    pub(crate) params: Vec<Param>,
    pub(crate) data_selector: Option<Path>,
    pub(crate) paginator: Option<PaginatorSpec>,
    pub(crate) response_format: ResponseFormat,
    /// The resource's own rules come first.
    pub(crate) on_response: Vec<ResponseRule>,
    pub(crate) write: Write,
    pub(crate) unknown_fields: UnknownFields,
    pub(crate) on_bad_row: OnBadRow,
    pub(crate) tables: Tables,
}

/// The resources of these names, or all, in the order in which the connector lists them.
///
/// # Errors
///
/// When the connector has no resource of a name.
pub(crate) fn plan(connector: &'static ConnectorSpec, names: &[String]) -> Result<Vec<Planned>> {
    for name in names {
        if !connector.resources.iter().any(|resource| resource.name == *name) {
            let known: Vec<_> =
                connector.resources.iter().map(|resource| format!("`{}`", resource.name)).collect();
            return Err(Error::new(
                ErrorKind::Config,
                format!("`{}` has no resource `{name}`", connector.name),
            )
            .with_help(format!("its resources are {}", known.join(", "))));
        }
    }
    let wanted = |resource: &&&'static ResourceSpec| {
        names.is_empty() || names.iter().any(|name| name == resource.name)
    };
    Ok(connector
        .resources
        .iter()
        .filter(wanted)
        .map(|spec| Planned::new(connector, spec))
        .collect())
}

impl Planned {
    /// The column that marks rows which a complete scan did not bring.
    pub(crate) fn marks_missing(&self) -> Option<&str> {
        let root = self.tables.root();
        let marked = root.marked(|mark| mark == ColumnMark::SoftDelete);
        let marked = marked.filter(|_| self.write.delete_missing == Some(DeleteMissing::Soft));
        marked.map(|column| column.name.as_str())
    }

    /// Its way into a destination.
    pub(crate) fn load(&self, connector: &ConnectorSpec) -> Load {
        Load::new(connector.name, self.spec.name, self.tables.clone(), self.write)
    }

    pub(crate) fn new(connector: &ConnectorSpec, spec: &'static ResourceSpec) -> Self {
        let defaults = &connector.defaults;
        let own = |param: &&Param| spec.params.iter().any(|own| own.name == param.name);
        let inherited = defaults.params.iter().filter(|param| !own(param));
        let tables = Tables::of(spec);
        let response_format = spec.response_format.or(defaults.response_format).unwrap_or_default();
        Self {
            spec,
            params: inherited.chain(spec.params).copied().collect(),
            // lines and CSV have no selector; the default one is for the others
            data_selector: match response_format {
                ResponseFormat::Json => spec.data_selector.or(defaults.data_selector),
                ResponseFormat::JsonLines | ResponseFormat::Csv(_) => None,
            },
            paginator: spec.paginator.or(defaults.paginator),
            response_format,
            on_response: spec.on_response.iter().chain(defaults.on_response).copied().collect(),
            write: write(connector, spec, &tables),
            unknown_fields: spec.unknown_fields.or(defaults.unknown_fields).unwrap_or_default(),
            on_bad_row: spec.on_bad_row.or(defaults.on_bad_row).unwrap_or_default(),
            tables,
        }
    }
}

fn write(connector: &ConnectorSpec, spec: &ResourceSpec, tables: &Tables) -> Write {
    let defaults = &connector.defaults;
    let disposition = spec.write_disposition.or(defaults.write_disposition).unwrap_or_else(|| {
        match tables.root().key().next() {
            Some(_) => WriteDisposition::Merge,
            None => WriteDisposition::Append,
        }
    });
    let contract = spec.schema_contract.or(defaults.schema_contract);
    Write {
        strategy: spec.strategy.unwrap_or(MergeStrategy::Upsert),
        delete_missing: spec.delete_missing,
        allow_empty: spec.allow_empty,
        schema_contract: contract.unwrap_or_default(),
        ..Write::new(disposition)
    }
}
