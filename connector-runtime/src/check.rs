//! Facts that concern several structs, checked while the user's crate compiles.
//!
//! A derive sees one struct. For what it cannot see it emits `const _: () = check::..(..);`; these
//! functions then panic with a text of our own, which the compiler shows at the place that the
//! derive underlined. A poisoned spec, one whose derive has reported an error, passes every check.

mod auth;
mod bounds;
mod cursor;
mod date;
mod family;
mod list;
mod literal;
mod paging;
mod parts;
mod request;
mod response;
mod text;
mod token;
mod write;

use self::text::Text;
use crate::config::ConfigKind;
use crate::spec::{
    ConfigField, ConnectorSpec, CursorSource, FieldSpec, PaginatorSpec, Part, ResourceSpec,
};
use auth::own_auth;
use literal::range;
use response::lines_have_no_envelope;
use write::default_disposition;

#[doc(hidden)]
pub use crate::spec::Site;
#[doc(hidden)]
pub use auth::{arm_use, select, select_arm};
#[doc(hidden)]
pub use cursor::{
    cursor_format, cursor_has_end, cursor_initial, cursor_is_text, cursor_lag,
    cursor_may_be_missing, cursor_step, incremental_cursor,
};
#[doc(hidden)]
pub use literal::{Literal, column_default, column_zero, config_default, epoch};
#[doc(hidden)]
pub use paging::cursor_column;
#[doc(hidden)]
pub use parts::{parent_column, parent_may_lack, parent_value, partition_column};
#[doc(hidden)]
pub use token::{JWT, jwt_is_enabled, login_has_secret};
#[doc(hidden)]
pub use write::{captures, mark, merge_key, no_lists};

/// A use of `config.field` by the connector itself.
#[doc(hidden)]
#[track_caller]
pub const fn config_use(spec: &ConnectorSpec, field: &str, site: Site) {
    if !spec.poisoned
        && let Some(field) = find(spec.config, field)
    {
        fits_site(field, site, spec.type_name, false);
    }
}

/// An entry of `resources(..)`: what the connector and the resource must agree on.
#[doc(hidden)]
#[track_caller]
pub const fn resource(spec: &ConnectorSpec, index: usize) {
    if spec.poisoned || spec.resources[index].poisoned {
        return;
    }
    let resource = spec.resources[index];
    placeholders(spec, resource, resource.path.parts, Site::Path);
    request::values(spec, resource);
    bounds::initial(spec, resource);
    bounds::partitions(spec, resource);
    own_auth(spec, resource);
    default_disposition(spec, resource);
    if let (None, Some(PaginatorSpec::Cursor(cursor))) =
        (&resource.paginator, &spec.defaults.paginator)
        && let CursorSource::Column(name) = cursor.source
    {
        cursor_column(resource.fields, name, resource.type_name);
    }
    request::sent_once(spec, resource);
    own_name(spec, index);
    lines_have_no_envelope(spec, resource);
    list::lists(spec, index);
    family::family(spec, index);
}

/// Every `{config.x}` of a resource is a field of the connector that lists it.
#[track_caller]
const fn placeholders(spec: &ConnectorSpec, resource: &ResourceSpec, parts: &[Part], site: Site) {
    let mut i = 0;
    while i < parts.len() {
        if let Part::Config(name) = parts[i] {
            placeholder(spec, resource, name, site);
        }
        i += 1;
    }
}

#[track_caller]
const fn placeholder(spec: &ConnectorSpec, resource: &ResourceSpec, name: &str, site: Site) {
    let place = match site {
        Site::Body => "the body",
        Site::Header => "a header",
        Site::Path => "the path",
        Site::Text => "a text",
        _ => "a parameter",
    };
    match find(spec.config, name) {
        Some(field) => fits_site(field, site, resource.type_name, false),
        None => {
            let text = Text::new().add(place).add(" of ").tick(resource.type_name);
            unknown_field(spec, text.add(" names ").tick2("config.", name))
        }
    }
}

#[track_caller]
const fn unknown_field(spec: &ConnectorSpec, text: Text) -> ! {
    let mut text = text.add(", which is not a field of ").tick(spec.type_name).add(
        if spec.config.is_empty() { "\nhelp: it has no fields" } else { "\nhelp: its fields are " },
    );
    let mut i = 0;
    while i < spec.config.len() {
        text = text.add(if i == 0 { "" } else { ", " }).tick(spec.config[i].name);
        i += 1;
    }
    text.fail()
}

/// Not every value can stand everywhere: a secret would be seen, a list or nothing is no text.
/// Whether what `may_be_missing` is there, the start of the program finds out.
#[track_caller]
const fn fits_site(field: &ConfigField, site: Site, owner: &str, may_be_missing: bool) {
    let place = match site {
        Site::BaseUrl => "the base URL",
        Site::Body => "the body",
        Site::Claim | Site::OptionalClaim => "the assertion",
        Site::ClientId => "the client id",
        Site::Header => "a header",
        Site::Login | Site::LoginText => "the login",
        Site::LoginUrl => "the login URL",
        Site::Param => "a parameter",
        Site::Path => "the path",
        Site::Secret | Site::OptionalSecret => "`auth`",
        Site::Text => "a text",
        Site::TokenUrl => "the token URL",
        Site::Username => "the user name",
    };
    let wrong = match (field.kind, site) {
        // its derive has reported an error
        (ConfigKind::Choice([]), _) => return,
        (ConfigKind::Secret, Site::Secret | Site::OptionalSecret) => return,
        (_, Site::Secret | Site::OptionalSecret) => {
            "is no `Secret`\nnote: `Secret` is never printed, logged or serialised"
        }
        (ConfigKind::Text | ConfigKind::Secret, Site::ClientId | Site::Username) => return,
        (_, Site::ClientId | Site::Username) => {
            "is no text\nhelp: its type is `String` or `Secret`"
        }
        (ConfigKind::List(_), Site::Login) => "is a list, which is no single value",
        (_, Site::Login) => return,
        (ConfigKind::Secret, Site::LoginText) => {
            "is a `Secret`, which is not mixed with other text\nhelp: send it as a value of its own: `name = config.field`"
        }
        (ConfigKind::Secret, Site::Claim | Site::OptionalClaim) => {
            "is a `Secret`, and an assertion hides nothing\nhelp: its type is `String`"
        }
        (ConfigKind::Secret, _) => {
            "is a `Secret`, which would show in logs\nhelp: send it by `auth`"
        }
        (_, Site::Body | Site::Header | Site::Param) => return,
        (ConfigKind::List(_), _) => "is a list, which is no single text",
        (ConfigKind::Text, Site::OptionalClaim) => return,
        (ConfigKind::Text | ConfigKind::Choice(_), _)
        | (_, Site::LoginText | Site::Path | Site::Text)
            if field.optional && field.default.is_none() && !may_be_missing =>
        {
            "may be left out\nhelp: make it required, or give it a default"
        }
        (ConfigKind::Text, _) | (_, Site::LoginText | Site::Path | Site::Text) => return,
        (
            _,
            Site::BaseUrl | Site::Claim | Site::LoginUrl | Site::OptionalClaim | Site::TokenUrl,
        ) => "is no text\nhelp: its type is `String`",
    };
    Text::new()
        .add(place)
        .add(" of ")
        .tick(owner)
        .add(" needs ")
        .tick2(
            if matches!(site, Site::Secret | Site::OptionalSecret) { "" } else { "config." },
            field.name,
        )
        .add(", but that ")
        .add(wrong)
        .fail();
}

const fn has_key(fields: &[FieldSpec]) -> bool {
    let mut i = 0;
    while i < fields.len() {
        if let FieldSpec::Column(column) = &fields[i]
            && column.primary_key
        {
            return true;
        }
        i += 1;
    }
    false
}

/// Two resources of one name would share a table; databases do not tell cases apart.
#[track_caller]
const fn own_name(spec: &ConnectorSpec, index: usize) {
    let resource = spec.resources[index];
    let mut i = 0;
    while i < index {
        let earlier = spec.resources[i];
        if !earlier.poisoned && earlier.name.eq_ignore_ascii_case(resource.name) {
            Text::new()
                .tick(resource.type_name)
                .add(" is called ")
                .tick(resource.name)
                .add(", as ")
                .tick(earlier.type_name)
                .add(" is\nhelp: give it another name: `#[resource(name = \"..\")]`")
                .fail();
        }
        i += 1;
    }
}

/// The rows of a resource are asked for through a connector that lists it.
#[doc(hidden)]
#[track_caller]
pub const fn lists(spec: &ConnectorSpec, resource: &ResourceSpec) {
    let mut i = 0;
    while i < spec.resources.len() {
        let listed = spec.resources[i];
        if listed.poisoned
            || (same(listed.name, resource.name) && same(listed.type_name, resource.type_name))
        {
            return;
        }
        i += 1;
    }
    if !spec.poisoned && !resource.poisoned {
        Text::new()
            .tick(resource.type_name)
            .add(" is not among the resources of ")
            .tick(spec.type_name)
            .add("\nhelp: add it to `resources(..)`")
            .fail();
    }
}

const fn find<'a>(fields: &'a [ConfigField], name: &str) -> Option<&'a ConfigField> {
    let mut i = 0;
    while i < fields.len() {
        if same(fields[i].name, name) {
            return Some(&fields[i]);
        }
        i += 1;
    }
    None
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
