//! An API that is a table of answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::server::{Reply, Server};

/// Answers by path and query, which a test changes between two runs; a clone shares them.
#[derive(Clone, Default)]
pub struct Answers(Arc<Mutex<BTreeMap<String, Reply>>>);

impl Answers {
    /// JSON for each of these requests, written as [`Request::text`](crate::Request::text) does.
    pub fn new(answers: &[(&str, &str)]) -> Self {
        let all = Self::default();
        for (request, body) in answers {
            all.set(*request, *body);
        }
        all
    }

    /// From now on this request is answered with JSON.
    pub fn set(&self, request: impl Into<String>, body: impl Into<String>) {
        self.reply(request, Reply::json(body));
    }

    /// From now on this request fails, and no client tries it again.
    pub fn fail(&self, request: impl Into<String>) {
        self.reply(request, Reply::status(418).body("not now"));
    }

    fn reply(&self, request: impl Into<String>, reply: Reply) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(request.into(), reply);
    }

    /// Serves them. A request without an answer fails, and says which one it was.
    pub fn serve(&self) -> Server {
        let all = self.clone();
        Server::start(move |request| {
            let text = request.text(&[]);
            let all = all.0.lock().unwrap_or_else(PoisonError::into_inner);
            let unexpected = || Reply::status(418).body(format!("unexpected: {text}"));
            all.get(&text).cloned().unwrap_or_else(unexpected)
        })
    }
}
