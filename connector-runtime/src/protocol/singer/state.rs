//! [`Bookmarks`]: the state that a run begins with.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};
use crate::protocol::states::StreamState;

/// What former runs have left: the value of their last `STATE` message.
#[derive(Debug, Default, Deserialize)]
pub struct Bookmarks {
    #[serde(default)]
    bookmarks: BTreeMap<String, Box<RawValue>>,
}

/// The bookmarks of streams that are not read: they are handed on as they came.
#[derive(Debug, Default)]
pub(super) struct Others(BTreeMap<String, Box<RawValue>>);

impl Bookmarks {
    /// The bookmarks in a state file. An empty text is none.
    ///
    /// # Errors
    ///
    /// When the text is no state.
    pub fn parse(text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str::<Option<Self>>(text).map(Option::unwrap_or_default).map_err(|error| {
            let text = format!("the state is no Singer state: {error}");
            Error::new(ErrorKind::Config, text)
                .with_help("it is what the `value` of the last `STATE` message was")
        })
    }

    /// What is remembered of a stream. Where all of it is read anew, that does not count.
    pub(super) fn take(&mut self, stream: &str, is_full_refresh: bool) -> Result<StreamState> {
        match self.bookmarks.remove(stream) {
            Some(value) if !is_full_refresh => StreamState::read(stream, value.get()),
            _ => Ok(StreamState::default()),
        }
    }

    pub(super) fn others(self) -> Others {
        Others(self.bookmarks)
    }
}

impl Others {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.get()))
    }

    pub(super) fn size(&self) -> usize {
        self.iter().map(|(name, value)| name.len() + value.len()).sum()
    }
}
