//! Rows, the objects in them and their lists: from the text on to the values.

use super::json::{Json, Parsed, Stop};
use super::list::Element;
use super::object::{Key, Target};
use super::plan::{MismatchKind, Plan, Subject};
use super::unknown;
use super::value::value;

/// Reads one row.
pub(super) fn row(json: &mut Json<'_>, plan: &mut Plan) -> Parsed {
    object(json, plan, 0, false)
}

/// Not what was expected, unless it is no JSON at all.
fn refuse(json: &mut Json<'_>, plan: &mut Plan, subject: Subject, expected: &str) -> Parsed {
    if !matches!(json.peek()?, b'{' | b'[') {
        json.scalar()?;
    }
    plan.refuse(subject, MismatchKind::Value { expected: expected.to_owned() });
    Err(Stop::Refused)
}

/// Reads one object of a row. `optional`: null stands for none.
fn object(json: &mut Json<'_>, plan: &mut Plan, object: usize, optional: bool) -> Parsed {
    match json.peek()? {
        b'{' => json.open(),
        b'n' if optional => {
            json.word()?;
            plan.fill_null(object);
            return Ok(());
        }
        _ => return refuse(json, plan, Subject::Object(object), "an object"),
    }
    let is_row = object == 0;
    if is_row {
        plan.start_row();
    }
    plan.start_object(object);
    let mut found = 0;
    let mut first = true;
    let mut before = None;
    while json.next_key(first)? {
        first = false;
        match key(json, plan, object, &mut before)? {
            Key::Member(at) => {
                found += 1;
                member(json, plan, object, at)?;
            }
            Key::Bound => json.skip()?,
            Key::Unknown(unknown) => unknown::value(json, plan, object, unknown)?,
        }
    }
    if found < plan.objects[object].members.len() {
        plan.fill_absent(object)?;
    }
    if is_row {
        plan.end_row()?;
    }
    Ok(())
}

/// Reads a key and finds out what it names. `before`: the key before it in this object, which it
/// then is itself.
#[inline]
fn key(
    json: &mut Json<'_>,
    plan: &mut Plan,
    object: usize,
    before: &mut Option<usize>,
) -> Parsed<Key> {
    if let Some((at, expected)) = plan.objects[object].expected(*before)
        && plan.takes_unread(expected.key)
        && json.is_key(&expected.written)
    {
        *before = Some(at);
        return Ok(expected.key);
    }
    let name = json.key()?;
    let key = plan.key(object, name, before);
    if let Key::Unknown(_) = key {
        plan.take_unknown(object, name)?;
    }
    Ok(key)
}

/// Reads the value of a key that some column wants.
#[inline]
fn member(json: &mut Json<'_>, plan: &mut Plan, object: usize, member: usize) -> Parsed {
    let target = plan.objects[object].members[member].target;
    if !plan.mark(object, member) {
        plan.refuse(target.subject(), MismatchKind::Duplicate);
        return Err(Stop::Refused);
    }
    match target {
        Target::Column(column) => read(json, plan, column),
        Target::List(at) => list(json, plan, at),
        Target::Object { index, optional } => self::object(json, plan, index, optional),
        Target::Bound(_) | Target::Capture(_) => {
            unreachable!("BUG: a key leads to what has none")
        }
    }
}

/// Reads a value, and remembers meanwhile of which column it is.
#[inline]
fn read(json: &mut Json<'_>, plan: &mut Plan, column: usize) -> Parsed {
    plan.read(Some(column));
    value(json, plan, column)?;
    plan.read(None);
    Ok(())
}

/// Reads a list of a row.
fn list(json: &mut Json<'_>, plan: &mut Plan, list: usize) -> Parsed {
    match json.peek()? {
        b'[' => json.open(),
        b'n' => {
            json.word()?;
            return Ok(plan.absent_list(list, MismatchKind::Null)?);
        }
        _ => return refuse(json, plan, Subject::List(list), "a list"),
    }
    plan.lists[list].start();
    let mut first = true;
    while json.next_element(first)? {
        first = false;
        plan.lists[list].start_element();
        match plan.lists[list].element {
            Element::Object(element) => object(json, plan, element, false)?,
            Element::Column(column) => read(json, plan, column)?,
        }
    }
    plan.lists[list].end();
    Ok(())
}
