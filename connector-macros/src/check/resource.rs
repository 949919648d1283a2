//! Resources and records.

use super::incremental::{self, Around};
use super::sources::{Declared, Sources};
use super::target::{Beside, not_taken};
use super::{
    auth, body, column, list, names, paginator, paging, parts, response, selector, source, span,
    template, values, write,
};
use crate::case;
use crate::diag::Diag;
use crate::model::{Item, Method, Record, Resource, Template};
use crate::read::{RawRecord, RawResource, plain};

pub(crate) fn resource(diag: &Diag, raw: RawResource) -> Resource {
    let RawResource {
        record,
        auth,
        path,
        method,
        has_method,
        params,
        headers,
        bodies,
        data_selector,
        paginator,
        responses,
        write,
        incremental,
        parent,
        has_parent,
        partitions,
        not_stored,
        resume_within,
        name,
    } = raw;
    let default = case::snake(&plain(&record.container.ident));
    let name = names::name(diag, "resource", name, &record.container.ident, default);
    // one that cannot be read may be any
    let known = if has_method { method.map(|at| at.value) } else { Some(Method::Get) };
    let request = known.map(|method| (method, &bodies));
    let beside = Beside { params: &params, headers: &headers, request };
    not_taken(diag, &beside, paginator.as_ref());
    paging::column_exists(diag, &record, paginator.as_ref());
    response::lines_have_no_envelope(diag, &responses, data_selector.as_ref(), paginator.as_ref());
    let declared = Declared {
        parent: parent.as_ref().map(|parent| parent.alias.value.as_str()),
        unread_parent: has_parent && parent.is_none(),
        partitions: partitions.list.iter().map(|partition| partition.name.value.as_str()).collect(),
        unread_partitions: !partitions.complete,
        incremental: incremental.is_some(),
    };
    source::columns(diag, &record, &declared);
    let sources = Sources::resource(declared);
    let path = path.map_or_else(Template::default, |path| template::path(diag, &path, &sources));
    let param_models = values::params(diag, &params, &sources);
    let header_models = values::headers(diag, &headers, &sources);
    let body = body::body(diag, known, &bodies, &sources);
    let used = sources.used();
    let around =
        Around { record: &record, beside: &beside, paginator: paginator.as_ref(), used: &used };
    write::incremental(diag, &record, &write, incremental.as_ref(), not_stored.is_none());
    write::not_stored(diag, &record, &write, not_stored);
    if not_stored.is_none() {
        list::parent_has_key(diag, &record);
    }
    let incremental_model =
        incremental.as_ref().and_then(|raw| incremental::incremental(diag, &around, raw));
    let partition_models = parts::partitions(diag, &partitions.list, &path);
    let model = Resource {
        auth: auth.as_ref().and_then(|auth| auth::own(diag, auth)),
        path,
        method: known.unwrap_or(Method::Get),
        params: param_models,
        headers: header_models,
        body,
        data_selector: selector::many(diag, data_selector),
        paginator: paginator.map(|raw| paginator::paginator(diag, raw)),
        responses: response::responses(diag, responses),
        write: write::write(diag, &record, write),
        incremental: incremental_model,
        parent: parent.as_ref().map(|raw| parts::parent(diag, raw, &used)),
        partitions: partition_models,
        store: not_stored.is_none(),
        resume_within_ms: resume_within.and_then(|text| span::millis(diag, &text)),
        record: named(diag, record, name),
    };
    // what is not there may be among what could not be read
    if diag.is_clean() {
        if let Some(incremental) = &incremental {
            incremental::reaches_the_api(diag, incremental, &used);
        }
        if let Some(parent) = &parent {
            parts::parent_is_used(diag, parent, &used);
        }
        parts::partitions_are_used(diag, &partitions.list, &used);
    }
    model
}

pub(crate) fn record(diag: &Diag, raw: RawRecord) -> Record {
    named(diag, raw, String::new())
}

fn named(diag: &Diag, raw: RawRecord, name: String) -> Record {
    let fields = column::fields(diag, &raw);
    let container = raw.container;
    Record {
        item: Item {
            name,
            ident: container.ident,
            doc: container.doc,
            crate_path: container.crate_path,
        },
        fields,
    }
}
