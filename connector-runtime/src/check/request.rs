//! What the request of a resource says: nothing twice, and nothing where it cannot be said.

use super::auth::{sends_header, sends_param};
use super::{Site, Text, placeholders, same};
use crate::spec::{AuthSpec, BodySpec, ConnectorSpec, JsonSpec, Param, ResourceSpec, Target};

/// Every `{config.x}` of parameters, headers and body.
#[track_caller]
pub(super) const fn values(spec: &ConnectorSpec, resource: &ResourceSpec) {
    params(spec, resource, resource.params, Site::Param);
    params(spec, resource, resource.headers, Site::Header);
    match &resource.body {
        Some(BodySpec::Form(fields)) => params(spec, resource, fields, Site::Param),
        Some(BodySpec::Json(json)) => self::json(spec, resource, json),
        None => {}
    }
}

#[track_caller]
const fn params(spec: &ConnectorSpec, resource: &ResourceSpec, params: &[Param], lone: Site) {
    let mut i = 0;
    while i < params.len() {
        let template = &params[i].value;
        let site = if template.lone_field().is_some() { lone } else { Site::Text };
        placeholders(spec, resource, template.parts, site);
        i += 1;
    }
}

#[track_caller]
const fn json(spec: &ConnectorSpec, resource: &ResourceSpec, json: &JsonSpec) {
    match json {
        JsonSpec::Array(elements) => {
            let mut i = 0;
            while i < elements.len() {
                self::json(spec, resource, &elements[i]);
                i += 1;
            }
        }
        JsonSpec::Object(members) => {
            let mut i = 0;
            while i < members.len() {
                self::json(spec, resource, &members[i].1);
                i += 1;
            }
        }
        JsonSpec::Config(field) => super::placeholder(spec, resource, field, Site::Body),
        JsonSpec::Text(template) => placeholders(spec, resource, template.parts, Site::Text),
        JsonSpec::Bool(_) | JsonSpec::Bound(_) | JsonSpec::Null | JsonSpec::Number(_) => {}
    }
}

/// What a resource says against what the connector says: the values of the paginator, the
/// credential. What stands on one struct was checked by its derive.
#[track_caller]
pub(super) const fn sent_once(spec: &ConnectorSpec, resource: &ResourceSpec) {
    credential_sent_once(spec, resource);
    let (targets, own) = match (&resource.paginator, &spec.defaults.paginator) {
        (Some(own), _) => (own.targets(), true),
        (None, Some(default)) => (default.targets(), false),
        (None, None) => return,
    };
    let mut i = 0;
    while i < targets.len() {
        match targets[i] {
            Some(Target::Param(name)) => param_sent_once(spec, resource, name, own),
            Some(Target::Header(name)) => header_sent_once(spec, resource, name, own),
            Some(Target::Body(keys)) if !own => body_takes(resource, keys),
            Some(Target::Body(_)) | None => {}
        }
        i += 1;
    }
}

/// Parameters and headers of the resource against the credential.
#[track_caller]
const fn credential_sent_once(spec: &ConnectorSpec, resource: &ResourceSpec) {
    let Some(auth) = spec.auth_of(resource) else { return };
    let by = auth_of(resource);
    none_is_key(resource.params, &auth, resource, by);
    if resource.auth.is_some() {
        none_is_key(spec.defaults.params, &auth, resource, by);
    }
    let mut i = 0;
    while i < resource.headers.len() {
        let name = resource.headers[i].name;
        if sends_header(&auth, name) {
            twice("header ", name, resource, by);
        }
        i += 1;
    }
}

const fn auth_of(resource: &ResourceSpec) -> &'static str {
    match resource.auth {
        Some(_) => "its `auth`",
        None => "`auth` of the connector",
    }
}

#[track_caller]
const fn none_is_key(params: &[Param], auth: &AuthSpec, resource: &ResourceSpec, by: &str) {
    let mut i = 0;
    while i < params.len() {
        if sends_param(auth, params[i].name) {
            twice("parameter ", params[i].name, resource, by);
        }
        i += 1;
    }
}

#[track_caller]
const fn param_sent_once(spec: &ConnectorSpec, resource: &ResourceSpec, name: &str, own: bool) {
    if own {
        not_among(spec.defaults.params, name, resource, "its paginator");
    } else {
        not_among(resource.params, name, resource, "the paginator of `resource_defaults`");
    }
    // where both stand on the connector, its derive has compared them
    if (own || resource.auth.is_some())
        && let Some(auth) = spec.auth_of(resource)
        && sends_param(&auth, name)
    {
        twice("parameter ", name, resource, auth_of(resource));
    }
}

#[track_caller]
const fn header_sent_once(spec: &ConnectorSpec, resource: &ResourceSpec, name: &str, own: bool) {
    if !own && has_header(resource.headers, name) {
        twice("header ", name, resource, "the paginator of `resource_defaults`");
    }
    let by_auth = match &spec.auth_of(resource) {
        Some(auth) => sends_header(auth, name),
        None => false,
    };
    if by_auth || has_header(spec.headers, name) {
        Text::new()
            .add("header ")
            .tick(name)
            .add(" of the paginator of ")
            .tick(resource.type_name)
            .add(" is already sent by ")
            .add(if by_auth { auth_of(resource) } else { "`headers(..)` of the connector" })
            .fail();
    }
}

/// The paginator of the defaults has a value for the body of each request.
#[track_caller]
const fn body_takes(resource: &ResourceSpec, keys: &[&str]) {
    let text = Text::new().add("the paginator of `resource_defaults` sends `");
    let text = dotted(text, keys).add("` in the body, but ");
    let text = match &resource.body {
        _ if !resource.method.has_body() => text
            .add("the method of ")
            .tick(resource.type_name)
            .add(" is ")
            .tick(resource.method.word())
            .add(", which sends none\nhelp: give it `method = post`, or a `paginator` of its own"),
        Some(BodySpec::Form(_)) if keys.len() > 1 => text
            .add("that of ")
            .tick(resource.type_name)
            .add(" is a form, which has no keys inside of others"),
        Some(BodySpec::Form(fields)) if among(fields, keys[0]) => {
            text.add("the form of ").tick(resource.type_name).add(" has a field of that name")
        }
        Some(BodySpec::Json(json)) if taken(json, keys, 0) => {
            text.add("the one of ").tick(resource.type_name).add(" has something else there")
        }
        _ => return,
    };
    text.fail()
}

const fn dotted(text: Text, keys: &[&str]) -> Text {
    let mut text = text;
    let mut i = 0;
    while i < keys.len() {
        text = text.add(if i == 0 { "" } else { "." }).add(keys[i]);
        i += 1;
    }
    text
}

/// Whether there is a value at these keys, or one in the way that is no object.
const fn taken(json: &JsonSpec, keys: &[&str], at: usize) -> bool {
    let JsonSpec::Object(members) = json else { return true };
    let mut i = 0;
    while i < members.len() {
        if same(members[i].0, keys[at]) {
            return at + 1 == keys.len() || taken(&members[i].1, keys, at + 1);
        }
        i += 1;
    }
    false
}

const fn has_header(headers: &[Param], name: &str) -> bool {
    let mut i = 0;
    while i < headers.len() {
        if headers[i].name.eq_ignore_ascii_case(name) {
            return true;
        }
        i += 1;
    }
    false
}

const fn among(params: &[Param], name: &str) -> bool {
    let mut i = 0;
    while i < params.len() {
        if same(params[i].name, name) {
            return true;
        }
        i += 1;
    }
    false
}

#[track_caller]
const fn not_among(params: &[Param], name: &str, resource: &ResourceSpec, by: &str) {
    if among(params, name) {
        twice("parameter ", name, resource, by);
    }
}

#[track_caller]
const fn twice(what: &str, name: &str, resource: &ResourceSpec, by: &str) -> ! {
    Text::new()
        .add(what)
        .tick(name)
        .add(" of ")
        .tick(resource.type_name)
        .add(" is already sent by ")
        .add(by)
        .fail()
}
