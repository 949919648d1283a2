//! Resources and records.

use super::target::{Beside, not_taken};
use super::{
    auth, body, column, names, paginator, paging, response, selector, template, values, write,
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
    Resource {
        auth: auth.as_ref().and_then(|auth| auth::own(diag, auth)),
        path: path.as_ref().map_or_else(Template::default, |path| template::path(diag, path)),
        method: known.unwrap_or(Method::Get),
        params: values::params(diag, &params),
        headers: values::headers(diag, &headers),
        body: body::body(diag, known, &bodies),
        data_selector: selector::many(diag, data_selector),
        paginator: paginator.map(|raw| paginator::paginator(diag, raw)),
        responses: response::responses(diag, responses),
        write: write::write(diag, &record, write),
        record: named(diag, record, name),
    }
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
