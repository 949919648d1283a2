//! What the request of a resource says: nothing twice, and nothing where it cannot be said.

use super::auth::{sends_header, sends_param};
use super::{Site, Text, placeholders, same};
use crate::spec::{AuthSpec, BodySpec, ConnectorSpec, JsonSpec, Param, Part, ResourceSpec, Target};

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

/// Whether the lower bound stands in the path, or in a text that has more in it. What is nothing but
/// the bound is left out where there is none.
pub(super) const fn needs_start(resource: &ResourceSpec) -> bool {
    has_hole(resource.path.parts)
        || some_has_hole(resource.params)
        || some_has_hole(resource.headers)
        || match &resource.body {
            Some(BodySpec::Form(fields)) => some_has_hole(fields),
            Some(BodySpec::Json(json)) => json_has_hole(json),
            None => false,
        }
}

const fn has_hole(parts: &[Part]) -> bool {
    let mut i = 0;
    while i < parts.len() {
        if parts.len() > 1 && matches!(parts[i], Part::StartValue) {
            return true;
        }
        i += 1;
    }
    false
}

const fn some_has_hole(params: &[Param]) -> bool {
    let mut i = 0;
    while i < params.len() {
        if has_hole(params[i].value.parts) {
            return true;
        }
        i += 1;
    }
    false
}

const fn json_has_hole(json: &JsonSpec) -> bool {
    let mut i = 0;
    match json {
        JsonSpec::Array(elements) => {
            while i < elements.len() {
                if json_has_hole(&elements[i]) {
                    return true;
                }
                i += 1;
            }
            false
        }
        JsonSpec::Object(members) => {
            while i < members.len() {
                if json_has_hole(&members[i].1) {
                    return true;
                }
                i += 1;
            }
            false
        }
        JsonSpec::Text(template) => has_hole(template.parts),
        _ => false,
    }
}

/// What a resource says against what the connector says: the values of the paginator, the bounds,
/// the credential. What stands on one struct was checked by its derive.
#[track_caller]
pub(super) const fn sent_once(spec: &ConnectorSpec, resource: &ResourceSpec) {
    credential_sent_once(spec, resource);
    if let Some(incremental) = &resource.incremental {
        let targets = incremental.targets();
        beside_default_paginator(spec, resource, &targets);
        targets_sent_once(spec, resource, &targets, BOUNDS);
    }
    match (&resource.paginator, &spec.defaults.paginator) {
        (Some(own), _) => targets_sent_once(spec, resource, &own.targets(), OWN_PAGES),
        (None, Some(default)) => {
            targets_sent_once(spec, resource, &default.targets(), DEFAULT_PAGES);
        }
        (None, None) => {}
    }
}

/// Who sends a value, and whether the resource says so itself.
#[derive(Clone, Copy)]
struct Sender {
    /// "is already sent by ..".
    by: &'static str,
    /// "header `x` of ..".
    of: &'static str,
    own: bool,
}

const BOUNDS: Sender = Sender { by: "its `incremental(..)`", of: "`incremental(..)`", own: true };
const OWN_PAGES: Sender = Sender { by: "its paginator", of: "the paginator", own: true };
const DEFAULT_PAGES: Sender =
    Sender { by: "the paginator of `resource_defaults`", of: "the paginator", own: false };

#[track_caller]
const fn targets_sent_once(
    spec: &ConnectorSpec,
    resource: &ResourceSpec,
    targets: &[Option<Target>],
    sender: Sender,
) {
    let mut i = 0;
    while i < targets.len() {
        match targets[i] {
            Some(Target::Param(name)) => param_sent_once(spec, resource, name, sender),
            Some(Target::Header(name)) => header_sent_once(spec, resource, name, sender),
            Some(Target::Body(keys)) if !sender.own => body_takes(resource, keys),
            Some(Target::Body(_)) | None => {}
        }
        i += 1;
    }
}

/// Bounds against the paginator of the defaults.
#[track_caller]
const fn beside_default_paginator(
    spec: &ConnectorSpec,
    resource: &ResourceSpec,
    bounds: &[Option<Target>],
) {
    let (None, Some(default)) = (&resource.paginator, &spec.defaults.paginator) else { return };
    let pages = default.targets();
    let mut i = 0;
    while i < bounds.len() * pages.len() {
        match (bounds[i / pages.len()], pages[i % pages.len()]) {
            (Some(Target::Param(name)), Some(Target::Param(other))) if same(name, other) => {
                twice("parameter ", name, resource, DEFAULT_PAGES.by)
            }
            (Some(Target::Header(name)), Some(Target::Header(other)))
                if name.eq_ignore_ascii_case(other) =>
            {
                twice("header ", name, resource, DEFAULT_PAGES.by)
            }
            (Some(Target::Body(keys)), Some(Target::Body(other))) if meet(keys, other) => {
                let text = dotted(Text::new().add("`"), keys).add("` in the body of ");
                text.tick(resource.type_name)
                    .add(" is already sent by ")
                    .add(DEFAULT_PAGES.by)
                    .fail()
            }
            _ => {}
        }
        i += 1;
    }
}

/// Whether one value would stand in the place of the other, or inside of it.
const fn meet(a: &[&str], b: &[&str]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if !same(a[i], b[i]) {
            return false;
        }
        i += 1;
    }
    true
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
const fn param_sent_once(
    spec: &ConnectorSpec,
    resource: &ResourceSpec,
    name: &str,
    sender: Sender,
) {
    let params = if sender.own { spec.defaults.params } else { resource.params };
    not_among(params, name, resource, sender.by);
    // where both stand on the connector, its derive has compared them
    if (sender.own || resource.auth.is_some())
        && let Some(auth) = spec.auth_of(resource)
        && sends_param(&auth, name)
    {
        twice("parameter ", name, resource, auth_of(resource));
    }
}

#[track_caller]
const fn header_sent_once(
    spec: &ConnectorSpec,
    resource: &ResourceSpec,
    name: &str,
    sender: Sender,
) {
    if !sender.own && has_header(resource.headers, name) {
        twice("header ", name, resource, sender.by);
    }
    let by_auth = match &spec.auth_of(resource) {
        Some(auth) => sends_header(auth, name),
        None => false,
    };
    if by_auth || has_header(spec.headers, name) {
        Text::new()
            .add("header ")
            .tick(name)
            .add(" of ")
            .add(sender.of)
            .add(" of ")
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
