//! Keys that no column takes: counted, refused or kept.

use super::json::{Json, Parsed};
use super::object::Key;
use super::plan::{MismatchKind, Plan, Subject};
use crate::spec::UnknownFields;

/// Different unknown keys of a resource that are counted one by one.
const MAX_NAMES: usize = 1_000;
/// Bytes of a key that is counted for itself; a longer one is rather a value.
const MAX_NAME: usize = 256;
/// Among the unknown keys, that which stands for all others.
const OTHERS: usize = 0;

/// The unknown keys of a resource.
#[derive(Debug)]
pub(super) struct Unknown {
    policy: UnknownFields,
    keys: Vec<UnknownKey>,
    /// The column of `capture(column)`.
    pub(super) column: Option<usize>,
    /// The members that it takes of the row that is being decoded, without the brackets.
    captured: Vec<u8>,
}

/// A key that no column takes.
#[derive(Clone, Debug)]
pub(crate) struct UnknownKey {
    /// The keys that lead to it, with points between; `labels[].url` in a list.
    pub(crate) path: String,
    /// The JSON type of the first value that was not null.
    pub(crate) json_type: Option<&'static str>,
    /// How often it came.
    pub(crate) count: u64,
}

impl UnknownKey {
    fn new(prefix: &str, name: &str) -> Self {
        Self { path: format!("{prefix}{name}"), json_type: None, count: 0 }
    }
}

impl Unknown {
    pub(super) fn new(policy: UnknownFields) -> Self {
        let others = UnknownKey::new("", "…");
        Self { policy, keys: vec![others], column: None, captured: Vec::new() }
    }

    /// The field whose column takes what no other does.
    pub(super) fn captures_into(&self, field: &str) -> bool {
        matches!(self.policy, UnknownFields::Capture(name) if name == field)
    }

    /// The place of a new key among the unknown ones.
    fn push(&mut self, prefix: &str, name: &str) -> usize {
        if self.keys.len() > MAX_NAMES || name.len() > MAX_NAME {
            return OTHERS;
        }
        self.keys.push(UnknownKey::new(prefix, name));
        self.keys.len() - 1
    }

    /// Counts what another one has counted, too.
    pub(super) fn absorb(&mut self, other: &Self) {
        for UnknownKey { path, json_type, count } in &other.keys {
            let known = self.keys.iter().position(|key| key.path == *path);
            let at = known.unwrap_or_else(|| self.push("", path));
            self.keys[at].count += count;
            self.keys[at].json_type = self.keys[at].json_type.or(*json_type);
        }
    }

    /// The keys to tell of, the most frequent first.
    pub(super) fn told(&self) -> Vec<UnknownKey> {
        if matches!(self.policy, UnknownFields::Ignore | UnknownFields::Fail) {
            return Vec::new();
        }
        let mut told: Vec<_> = self.keys.iter().filter(|key| key.count > 0).cloned().collect();
        told.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.path.cmp(&b.path)));
        told
    }

    pub(super) fn start_row(&mut self) {
        self.captured.clear();
    }

    pub(super) fn has_captured(&self) -> bool {
        !self.captured.is_empty()
    }

    /// The captured object as JSON; what was captured is forgotten.
    pub(super) fn take_captured(&mut self) -> Vec<u8> {
        let mut json = std::mem::take(&mut self.captured);
        if json.is_empty() {
            json.push(b'{');
        }
        json.push(b'}');
        json
    }

    /// Gives the memory back that [`Self::take_captured`] took.
    pub(super) fn reuse(&mut self, json: Vec<u8>) {
        self.captured = json;
    }

    fn capture_key(&mut self, prefix: &str, key: &str) {
        self.captured.push(if self.captured.is_empty() { b'{' } else { b',' });
        serde_json::to_writer(&mut self.captured, &format_args!("{prefix}{key}"))
            .expect("BUG: a text is JSON");
        self.captured.push(b':');
    }

    /// Captures a whole member of the row.
    pub(super) fn capture(&mut self, key: &str, json: &str) {
        self.capture_key("", key);
        self.capture_value(json);
    }

    fn capture_value(&mut self, json: &str) {
        self.captured.extend_from_slice(json.as_bytes());
    }

    /// Counts a key once more, of a value of this type.
    pub(super) fn count(&mut self, unknown: usize, json_type: Option<&'static str>) {
        let key = &mut self.keys[unknown];
        key.count += 1;
        key.json_type = key.json_type.or(json_type);
    }

    /// Whether the type of a key's value is still to be found out.
    fn wants_type(&self, unknown: usize) -> bool {
        self.keys[unknown].json_type.is_none() && !matches!(self.policy, UnknownFields::Ignore)
    }
}

impl Plan {
    /// What a key of an object is. `before`: the key before it in this object, which it then is itself.
    pub(super) fn key(&mut self, object: usize, name: &str, before: &mut Option<usize>) -> Key {
        let Some(at) = self.objects[object].find(name) else {
            return Key::Unknown(self.meet(object, name));
        };
        self.objects[object].expect(*before, at);
        *before = Some(at);
        self.objects[object].key(at)
    }

    /// Whether a key can be passed over without its name: of unknown ones some policies want that.
    #[inline]
    pub(super) fn takes_unread(&self, key: Key) -> bool {
        match self.unknown.policy {
            UnknownFields::Fail | UnknownFields::Capture(_) => !matches!(key, Key::Unknown(_)),
            _ => true,
        }
    }

    /// What a name is that no column takes, outside of JSON.
    pub(super) fn unknown_name(&mut self, name: &str) -> usize {
        match self.objects[0].find(name).map(|at| self.objects[0].key(at)) {
            Some(Key::Unknown(unknown)) => unknown,
            // that of a list or a flattened object, which CSV does not have: it is none of its own
            Some(Key::Bound | Key::Member(_)) => OTHERS,
            None => self.meet(0, name),
        }
    }

    /// A key that has never come before.
    fn meet(&mut self, object: usize, key: &str) -> usize {
        // what is captured is told nowhere, and takes no name from what is
        if self.captures(object) {
            return OTHERS;
        }
        let unknown = self.unknown.push(&self.objects[object].wire_prefix, key);
        // the others are not remembered: there may be any number
        if unknown != OTHERS {
            self.objects[object].learn(key, Key::Unknown(unknown));
        }
        unknown
    }

    /// Does with an unknown key what the resource says.
    pub(super) fn take_unknown(&mut self, object: usize, key: &str) -> Result<(), ()> {
        match self.unknown.policy {
            UnknownFields::Fail => {
                let subject = Subject::Object(object);
                self.refuse(subject, MismatchKind::Unknown { key: key.to_owned() });
                Err(())
            }
            UnknownFields::Capture(_) if self.captures(object) => {
                self.unknown.capture_key(&self.objects[object].wire_prefix, key);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether the unknown keys of an object go into a column.
    fn captures(&self, object: usize) -> bool {
        self.unknown.column.is_some() && !self.objects[object].in_list
    }

    /// Unknown keys are errors.
    pub(super) fn refuses_unknown(&self) -> bool {
        matches!(self.unknown.policy, UnknownFields::Fail)
    }
}

fn type_of(json: &str) -> Option<&'static str> {
    match json.as_bytes().first() {
        Some(b'{') => Some("object"),
        Some(b'[') => Some("list"),
        Some(b'"') => Some("string"),
        Some(b't' | b'f') => Some("boolean"),
        Some(b'n') => None,
        _ => Some("number"),
    }
}

/// Passes over the value of an unknown key, or keeps it.
pub(super) fn value(json: &mut Json<'_>, plan: &mut Plan, object: usize, unknown: usize) -> Parsed {
    if plan.captures(object) {
        plan.unknown.capture_value(json.raw()?);
    } else if plan.unknown.wants_type(unknown) {
        plan.unknown.count(unknown, type_of(json.raw()?));
    } else {
        plan.unknown.count(unknown, None);
        json.skip()?;
    }
    Ok(())
}
