//! A small paged API: the rows of a table by `offset` and `limit`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::server::{Reply, Request, Server};

/// A row of the API, and of the table that it becomes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// The primary key.
    pub id: i64,
    /// May be null.
    pub name: Option<String>,
    /// May be null.
    pub value: Option<f64>,
}

/// Rows with these ids; every seventh has nulls.
pub fn items(ids: Range<i64>) -> Vec<Item> {
    ids.map(|id| Item {
        id,
        name: (id % 7 != 0).then(|| format!("name {id}")),
        value: (id % 7 != 0).then(|| id as f64 / 4.0),
    })
    .collect()
}

/// A page as the API sends it.
pub fn page(rows: &[impl Serialize]) -> String {
    let rows = serde_json::to_string(rows).expect("rows are JSON");
    format!("{{\"data\":{rows}}}")
}

/// `GET /v1/resource?offset=&limit=`; a clone shares everything.
#[derive(Clone, Default)]
pub struct OffsetApi(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    rows: Vec<Item>,
    key: Option<String>,
    total: bool,
    cap: Option<usize>,
    script: BTreeMap<usize, Reply>,
}

impl OffsetApi {
    /// An API with these rows.
    pub fn new(rows: Vec<Item>) -> Self {
        let api = Self::default();
        api.inner().rows = rows;
        api
    }

    /// Answers 401 unless the query parameter `api_key` has this value.
    pub fn key(self, key: &str) -> Self {
        self.inner().key = Some(key.to_owned());
        self
    }

    /// Says how many rows there are.
    pub fn total(self) -> Self {
        self.inner().total = true;
        self
    }

    /// No page has more rows, whatever was asked for.
    pub fn cap(self, rows: usize) -> Self {
        self.inner().cap = Some(rows);
        self
    }

    /// Answers this request, counted from 1, with something else.
    pub fn script(self, request: usize, reply: Reply) -> Self {
        self.inner().script.insert(request, reply);
        self
    }

    /// The rows, to be changed at the source.
    pub fn change<T>(&self, change: impl FnOnce(&mut Vec<Item>) -> T) -> T {
        change(&mut self.inner().rows)
    }

    /// The rows as they are now.
    pub fn rows(&self) -> Vec<Item> {
        self.inner().rows.clone()
    }

    /// What the API answers.
    pub fn answer(&self, request: &Request) -> Reply {
        let inner = self.inner();
        if let Some(reply) = inner.script.get(&request.number) {
            return reply.clone();
        }
        if inner.key.as_deref().is_some_and(|key| request.param("api_key") != Some(key)) {
            return Reply::status(401).body("{\"error\":\"no such key\"}");
        }
        if request.path != "/v1/resource" {
            return Reply::status(404).body("{\"error\":\"no such path\"}");
        }
        let (Some(offset), Some(limit)) = (request.number("offset"), request.number("limit"))
        else {
            return Reply::status(400).body("{\"error\":\"offset and limit are required\"}");
        };
        let limit = limit.min(inner.cap.unwrap_or(usize::MAX));
        let rows = inner.rows.get(offset..).unwrap_or_default();
        let mut body = page(&rows[..limit.min(rows.len())]);
        if inner.total {
            body.insert_str(1, &format!("\"total\":{},", inner.rows.len()));
        }
        Reply::json(body)
    }

    /// Serves it.
    pub fn serve(&self) -> Server {
        let api = self.clone();
        Server::start(move |request| api.answer(request))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
