//! Cursors against columns and headers.

use super::auth::sends_header;
use super::{Text, range, same};
use crate::spec::{ConnectorSpec, Decode, FieldSpec, PaginatorSpec, ResourceSpec};
use crate::value::LogicalType;

/// `cursor(cursor_column = name)` of a resource with these fields: its last row has a value, and
/// the value goes back to the API as it came.
#[track_caller]
pub const fn cursor_column(fields: &[FieldSpec], name: &str, owner: &str) {
    let mut i = 0;
    while i < fields.len() {
        match &fields[i] {
            FieldSpec::Column(column) if same(column.name, name) => {
                let text =
                    Text::new().tick(name).add(" of ").tick(owner).add(" cannot be a cursor: it ");
                let text = if column.nullable {
                    text.add("may be null")
                } else if column.default.is_some() {
                    text.add("has a default, which is no value of the API's")
                } else if !matches!(column.decode, Decode::Plain) {
                    text.add("is decoded in a way of its own, and would not go back as it came")
                } else if is_cursor(column.ty) {
                    return;
                } else {
                    text.add("is ").tick(column.ty.name())
                };
                text.add("\nhelp: a cursor column is an integer, a `String`, `Uuid`, `Timestamp` or `Date`, never null")
                    .fail();
            }
            FieldSpec::Flatten { name: flattened, .. } if same(flattened, name) => Text::new()
                .tick(name)
                .add(" of ")
                .tick(owner)
                .add(" cannot be a cursor: it is an object\nhelp: name a plain column")
                .fail(),
            _ => {}
        }
        i += 1;
    }
    Text::new()
        .add("the cursor of `resource_defaults` is the column ")
        .tick(name)
        .add(", which ")
        .tick(owner)
        .add(" does not have\nhelp: give ")
        .tick(owner)
        .add(" a `paginator` of its own")
        .fail();
}

const fn is_cursor(ty: LogicalType) -> bool {
    use LogicalType as Ty;
    range(ty).is_some() || matches!(ty, Ty::Date | Ty::Text | Ty::Timestamp | Ty::Uuid)
}

/// The header that carries the cursor against the headers of the connector.
#[track_caller]
pub(super) const fn cursor_header_sent_once(spec: &ConnectorSpec, resource: &ResourceSpec) {
    let paginator = match (&resource.paginator, &spec.defaults.paginator) {
        (Some(own), _) => own,
        (None, Some(default)) => default,
        (None, None) => return,
    };
    let PaginatorSpec::Cursor(cursor) = paginator else { return };
    let Some(name) = cursor.request_header() else { return };
    let by_auth = match &spec.auth_of(resource) {
        Some(auth) => sends_header(auth, name),
        None => false,
    };
    let mut by_headers = false;
    let mut i = 0;
    while i < spec.headers.len() {
        by_headers = by_headers || same_header(spec.headers[i].name, name);
        i += 1;
    }
    if by_auth || by_headers {
        Text::new()
            .add("header ")
            .tick(name)
            .add(" of the paginator of ")
            .tick(resource.type_name)
            .add(" is already sent by ")
            .add(match (by_auth, &resource.auth) {
                (true, Some(_)) => "its `auth`",
                (true, None) => "`auth` of the connector",
                (false, _) => "`headers(..)` of the connector",
            })
            .fail();
    }
}

/// Case does not matter in the name of a header.
pub(super) const fn same_header(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if !a[i].eq_ignore_ascii_case(&b[i]) {
            return false;
        }
        i += 1;
    }
    true
}
