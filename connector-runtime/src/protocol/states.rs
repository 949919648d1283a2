//! [`StreamState`]: everything that is remembered of a stream, as the one value that travels in a
//! message and comes back with the next run.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::destination::{PartitionState, States};
use crate::error::{Error, ErrorKind, Result};
use crate::state::State;

/// The version of the value's format.
const VERSION: u32 = 1;

/// The states of a stream: one of each partition, one of the stream as a whole, and those that say how
/// far it has come with the rows of its parent.
#[derive(Clone, Debug, Default)]
pub(super) struct StreamState {
    /// Each with its text.
    states: BTreeMap<String, (State, Box<RawValue>)>,
    /// Bytes of all texts.
    size: usize,
}

/// The value as it is written.
#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    states: BTreeMap<&'a str, &'a RawValue>,
}

impl StreamState {
    /// Reads what [`Self::value`] has written. Null and `{}` are the state of what was never read.
    ///
    /// # Errors
    ///
    /// When it is the state of something else.
    pub(super) fn read(stream: &str, value: &str) -> Result<Self> {
        type Members<'a> = BTreeMap<String, &'a RawValue>;
        let wrong = |error: serde_json::Error| {
            foreign(stream, &format!("it does not have the form that it was written in ({error})"))
        };
        let members = serde_json::from_str::<Option<Members<'_>>>(value).map_err(wrong)?;
        let Some(members) = members.filter(|members| !members.is_empty()) else {
            return Ok(Self::default());
        };
        match (members.get("version"), members.get("states")) {
            (Some(version), Some(states)) if version.get() == VERSION.to_string() => {
                let states: BTreeMap<_, State> =
                    serde_json::from_str(states.get()).map_err(wrong)?;
                let mut all = Self::default();
                all.take(states.into_iter().map(|(key, state)| (key, Some(state))).collect());
                Ok(all)
            }
            (Some(version), Some(_)) => {
                Err(foreign(stream, &format!("it is of version {}", version.get())))
            }
            _ => Err(foreign(stream, "it lacks `version` or `states`")),
        }
    }

    /// Takes note of states; of one partition the last counts.
    pub(super) fn take(&mut self, states: Vec<PartitionState>) {
        for (key, state) in states {
            let before = match state {
                Some(state) => {
                    let text = serde_json::value::to_raw_value(&state);
                    let text = text.expect("BUG: a state is JSON");
                    self.size += key.len() + text.get().len();
                    self.states.insert(key.clone(), (state, text))
                }
                None => self.states.remove(&key),
            };
            if let Some((_, text)) = before {
                self.size -= key.len() + text.get().len();
            }
        }
    }

    /// Those of some partitions.
    pub(super) fn find(&self, wanted: States<'_>) -> Vec<(String, State)> {
        let found = |key: &String| Some((key.clone(), self.states.get(key)?.0.clone()));
        match wanted {
            States::Of(keys) => keys.iter().filter_map(found).collect(),
            States::Beginning(prefix) => {
                let from = self.states.range(prefix.to_owned()..);
                let all = from.take_while(|(key, _)| key.starts_with(prefix));
                all.map(|(key, (state, _))| (key.clone(), state.clone())).collect()
            }
        }
    }

    /// The number of the last load that it knows of.
    pub(super) fn last_load(&self) -> i64 {
        let loads = |(state, _): &(State, _)| state.load_id.max(state.pass.unwrap_or_default());
        self.states.values().map(loads).max().unwrap_or_default()
    }

    /// How long the value is, about.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// All of it.
    pub(super) fn value(&self) -> String {
        let states = self.states.iter().map(|(key, (_, text))| (key.as_str(), &**text)).collect();
        serde_json::to_string(&Written { version: VERSION, states }).expect("BUG: it is JSON")
    }
}

fn foreign(stream: &str, reason: &str) -> Error {
    let text = format!("the state of `{stream}` was not written by this program: {reason}");
    Error::new(ErrorKind::Config, text)
        .with_help("reset the state of this stream: without one it is read from its beginning")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::CursorValue;

    fn state(cursor: i128) -> State {
        State { cursor: Some(CursorValue::Integer(cursor)), load_id: 4, ..State::default() }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let mut states = StreamState::default();
        let digest = State { boundary: vec![(u64::MAX, 1)], pass: Some(9), ..state(i128::MAX) };
        states.take(vec![
            (String::new(), Some(state(1))),
            ("a\u{7}\"ü".to_owned(), Some(digest)),
            ("^".to_owned(), Some(state(2))),
        ]);
        let again = StreamState::read("items", &states.value()).unwrap();
        assert_eq!(again.value(), states.value());
        assert_eq!(again.find(States::Beginning("")), states.find(States::Beginning("")));
        assert_eq!((again.size(), again.last_load()), (states.size(), 9));
    }

    #[test]
    fn of_a_partition_the_last_state_counts() {
        let mut states = StreamState::default();
        for cursor in [1, 100] {
            states.take(vec![("a".to_owned(), Some(state(cursor)))]);
        }
        let size = states.size();
        states.take(vec![("b".to_owned(), Some(state(5))), ("ab".to_owned(), Some(state(6)))]);
        let cursors = |wanted| {
            let found = states.find(wanted).into_iter();
            found.map(|(key, state)| (key, state.cursor.unwrap().to_string())).collect::<Vec<_>>()
        };
        let pair = |key: &str, cursor: &str| (key.to_owned(), cursor.to_owned());
        let (a, b) = (pair("a", "100"), pair("b", "5"));
        assert_eq!(cursors(States::Beginning("a")), [a.clone(), pair("ab", "6")]);
        let keys = ["b", "x", "a"].map(str::to_owned);
        assert_eq!(cursors(States::Of(&keys)), [b, a]);
        states.take(vec![("b".to_owned(), None), ("ab".to_owned(), None)]);
        assert_eq!(states.size(), size);
    }

    #[test]
    fn what_somebody_else_has_written_is_refused() {
        for empty in ["null", "{}", " { } "] {
            assert_eq!(StreamState::read("items", empty).unwrap().last_load(), 0);
        }
        for (value, reason) in [
            (r#"{"updated_at": "2024-01-01"}"#, "it lacks `version`"),
            (r#"{"version": 7, "states": {}}"#, "it is of version 7"),
            (r#"[1]"#, "it does not have the form"),
            (r#"{"version": 1, "states": {"": {"cursor": 5}}}"#, "it does not have the form"),
        ] {
            let error = StreamState::read("items", value).unwrap_err().to_string();
            assert!(error.contains(reason), "{value}: {error}");
        }
    }
}
