//! Rows, the objects in them and their lists: from the parser on to the values.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::list::Element;
use super::object::{Key, Target};
use super::plan::{MismatchKind, Plan, Subject};
use super::unknown::UnknownSeed;
use super::value::ValueSeed;

/// Stops the parser; the reason is in the plan.
pub(super) fn stop<E: serde::de::Error>(_: ()) -> E {
    E::custom("a value does not fit")
}

/// Visits of values that are neither an object nor a list, by a seed that takes none of them.
macro_rules! refuse_scalars {
    () => {
        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
            Err(self.refuse())
        }

        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
            Err(self.refuse())
        }

        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
            Err(self.refuse())
        }

        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
            Err(self.refuse())
        }

        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
            Err(self.refuse())
        }
    };
}

/// Reads one object of a row.
pub(super) struct RowSeed<'a> {
    plan: &'a mut Plan,
    object: usize,
    /// Null stands for no object.
    optional: bool,
}

impl<'a> RowSeed<'a> {
    /// The row itself.
    pub(super) fn row(plan: &'a mut Plan) -> Self {
        Self { plan, object: 0, optional: false }
    }

    fn refuse<E: serde::de::Error>(self) -> E {
        refuse(self.plan, Subject::Object(self.object), "an object")
    }
}

/// Not what was expected.
fn refuse<E: serde::de::Error>(plan: &mut Plan, subject: Subject, expected: &str) -> E {
    plan.refuse(subject, MismatchKind::Value { expected: expected.to_owned() });
    stop(())
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { plan, object, .. } = self;
        let is_row = object == 0;
        if is_row {
            plan.start_row();
        }
        plan.start_object(object);
        let mut found = 0;
        let mut position = 0;
        while let Some(key) = map.next_key_seed(KeySeed { plan, object, position })? {
            position += 1;
            let member = match key {
                Key::Member(member) => member,
                Key::Bound => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                Key::Unknown(unknown) => {
                    map.next_value_seed(UnknownSeed { plan, object, unknown })?;
                    continue;
                }
            };
            found += 1;
            let target = plan.objects[object].members[member].target;
            if !plan.mark(object, member) {
                plan.refuse(target.subject(), MismatchKind::Duplicate);
                return Err(stop(()));
            }
            match target {
                Target::Column(column) => {
                    plan.read(Some(column));
                    map.next_value_seed(ValueSeed { plan, column })?;
                    plan.read(None);
                }
                Target::List(list) => map.next_value_seed(ListSeed { plan, list })?,
                Target::Object { index, optional } => {
                    map.next_value_seed(RowSeed { plan, object: index, optional })?;
                }
                Target::Bound(_) | Target::Capture(_) => {
                    unreachable!("BUG: a key leads to what has none")
                }
            }
        }
        if found < plan.objects[object].members.len() {
            plan.fill_absent(object).map_err(stop)?;
        }
        if is_row {
            plan.end_row().map_err(stop)?;
        }
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        if self.optional {
            self.plan.fill_null(self.object);
            return Ok(());
        }
        Err(self.refuse())
    }

    refuse_scalars!();

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.refuse())
    }
}

/// Reads a list of a row.
struct ListSeed<'a> {
    plan: &'a mut Plan,
    list: usize,
}

impl ListSeed<'_> {
    fn refuse<E: serde::de::Error>(self) -> E {
        refuse(self.plan, Subject::List(self.list), "a list")
    }
}

impl<'de> DeserializeSeed<'de> for ListSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ListSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { plan, list } = self;
        plan.lists[list].start();
        while seq.next_element_seed(ElementSeed { plan, list })?.is_some() {}
        plan.lists[list].end();
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.plan.absent_list(self.list, MismatchKind::Null).map_err(stop)
    }

    refuse_scalars!();

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.refuse())
    }
}

/// Reads one element of a list.
struct ElementSeed<'a> {
    plan: &'a mut Plan,
    list: usize,
}

impl<'de> DeserializeSeed<'de> for ElementSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { plan, list } = self;
        plan.lists[list].start_element();
        match plan.lists[list].element {
            Element::Object(object) => {
                RowSeed { plan, object, optional: false }.deserialize(deserializer)
            }
            Element::Column(column) => {
                plan.read(Some(column));
                ValueSeed { plan, column }.deserialize(deserializer)?;
                plan.read(None);
                Ok(())
            }
        }
    }
}

/// Finds out what a key names.
struct KeySeed<'a> {
    plan: &'a mut Plan,
    object: usize,
    position: usize,
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Key, E> {
        let Self { plan, object, position } = self;
        let key = plan.key(object, text, position);
        if let Key::Unknown(_) = key {
            plan.take_unknown(object, text).map_err(stop)?;
        }
        Ok(key)
    }
}
