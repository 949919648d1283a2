//! Which resources are loaded, and how: what a resource says itself and what it leaves to the
//! connector's defaults.

mod parts;
mod select;

use std::time::Duration;

use crate::destination::{Load, Write};
use crate::error::Result;
use crate::schema::Tables;
use crate::spec::{
    ColumnMark, ConnectorSpec, DeleteMissing, MergeStrategy, OnBadRow, PaginatorSpec, Param, Path,
    ResourceSpec, ResponseFormat, ResponseRule, UnknownFields, WriteDisposition,
};

pub use parts::Share;
pub(crate) use parts::{belongs, divide, mixed, share};

/// How old an interrupted scan may be that goes on, where nobody says it.
const RESUME_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

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
    /// It was asked for. Otherwise it is read for its children only.
    pub(crate) is_selected: bool,
    /// Its rows go into its tables. Otherwise they are read for its children only.
    pub(crate) stored: bool,
    /// How old an interrupted scan may be that goes on.
    pub(crate) resume_within: Duration,
}

/// The resources that a selection names, in the order in which the connector lists them; but parents
/// come before their children. A parent that is not among them is read and not stored. `selection`: as
/// [`Run::resources`](crate::run::Run::resources) takes it.
///
/// # Errors
///
/// When a part of the selection fits no resource, or nothing is left.
pub(crate) fn plan(
    connector: &'static ConnectorSpec,
    selection: &[String],
) -> Result<Vec<Planned>> {
    let selected = select::select(connector, selection)?;
    let is_selected =
        |spec: &ResourceSpec| selected.iter().any(|selected| selected.name == spec.name);
    let mut planned: Vec<Planned> = Vec::new();
    for spec in &selected {
        for spec in lineage(connector, spec).into_iter().rev() {
            if !planned.iter().any(|known| known.spec.name == spec.name) {
                let mut one = Planned::new(connector, spec);
                one.is_selected = is_selected(spec);
                one.stored &= one.is_selected;
                planned.push(one);
            }
        }
    }
    Ok(planned)
}

/// Resources that are read together: each of these lists begins with a resource without a parent,
/// and every other one has its parent before it. `planned`: as [`plan`] returns them.
pub(crate) fn trees(planned: Vec<Planned>) -> Vec<Vec<Planned>> {
    let mut trees: Vec<Vec<Planned>> = Vec::new();
    for one in planned {
        let has_parent = |tree: &&mut Vec<Planned>| {
            tree.iter().any(|other| one.parent() == Some(other.spec.name))
        };
        match trees.iter_mut().find(has_parent) {
            Some(tree) => tree.push(one),
            None => trees.push(vec![one]),
        }
    }
    trees
}

/// The resource, its parent, the parent of that, and so on.
fn lineage(
    connector: &'static ConnectorSpec,
    spec: &'static ResourceSpec,
) -> Vec<&'static ResourceSpec> {
    let parent = |spec: &&'static ResourceSpec| {
        let parent = spec.parent?;
        Some(find(connector, parent.resource).expect("BUG: parents were checked at compile time"))
    };
    std::iter::successors(Some(spec), parent).collect()
}

fn find(connector: &'static ConnectorSpec, name: &str) -> Option<&'static ResourceSpec> {
    connector.resources.iter().copied().find(|resource| resource.name == name)
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
        let load = Load::new(connector.name, self.spec.name, self.tables.clone(), self.write);
        Load { store: self.stored, ..load }
    }

    /// Whether its rows, or what is remembered of them, become visible at the end of its load, or of its
    /// scans.
    pub(crate) fn waits(&self) -> bool {
        (self.stored || self.write.refresh) && self.write.waits(self.tables.root())
    }

    /// The name of the resource whose rows it is read for.
    pub(crate) fn parent(&self) -> Option<&'static str> {
        self.spec.parent.map(|parent| parent.resource)
    }

    pub(crate) fn new(connector: &ConnectorSpec, spec: &'static ResourceSpec) -> Self {
        let defaults = &connector.defaults;
        let own = |param: &&Param| spec.params.iter().any(|own| own.name == param.name);
        let inherited = defaults.params.iter().filter(|param| !own(param));
        let tables = Tables::of(spec);
        let response_format = spec.response_format.or(defaults.response_format).unwrap_or_default();
        let resume_within = spec.resume_within_ms.or(defaults.resume_within_ms);
        Self {
            spec,
            params: inherited.chain(spec.params).copied().collect(),
            // lines and CSV have no selector; the default one is for the others
            data_selector: match response_format {
                ResponseFormat::Json => spec.data_selector.or(defaults.data_selector),
                ResponseFormat::JsonLines | ResponseFormat::Csv(_) => None,
            }
            // `$`, the whole body, is none
            .filter(|selector| !selector.segments.is_empty()),
            paginator: spec.paginator.or(defaults.paginator),
            response_format,
            on_response: spec.on_response.iter().chain(defaults.on_response).copied().collect(),
            write: write(connector, spec, &tables),
            unknown_fields: spec.unknown_fields.or(defaults.unknown_fields).unwrap_or_default(),
            on_bad_row: spec.on_bad_row.or(defaults.on_bad_row).unwrap_or_default(),
            tables,
            is_selected: true,
            stored: spec.store,
            resume_within: resume_within.map_or(RESUME_WITHIN, Duration::from_millis),
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

#[cfg(test)]
mod tests;
