//! GitHub's REST API, as far as connectors of repositories ask it: its parameters, orders, `Link`
//! headers, errors and the way in which its rows change.

mod answer;
mod rows;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use connector_runtime::prelude::Timestamp;
use serde_json::Value;

use crate::server::{Reply, Request, Server};

/// A GitHub of one owner; a clone shares everything.
///
/// Each change happens at the moment of its clock, which then goes on by a second.
#[derive(Clone)]
pub struct GitHub(Arc<Mutex<Inner>>);

struct Inner {
    owner: String,
    token: String,
    clock: Timestamp,
    last_id: i64,
    repos: BTreeMap<String, Repo>,
}

/// What belongs to a repository, each list in the order in which it was made.
#[derive(Default)]
struct Repo {
    id: i64,
    issues: Vec<Value>,
    /// With the number of the issue.
    comments: Vec<(u64, Value)>,
    pulls: Vec<Value>,
    /// With the number of the pull request.
    reviews: Vec<(u64, Value)>,
}

impl GitHub {
    /// Empty repositories of `owner`, at this moment.
    ///
    /// # Panics
    ///
    /// When the moment is none.
    pub fn new(token: &str, owner: &str, repos: &[&str], clock: &str) -> Self {
        let clock = clock.parse().expect("a moment");
        let empty = |(at, name): (usize, &&str)| {
            ((*name).to_owned(), Repo { id: 7_000 + at as i64, ..Repo::default() })
        };
        let repos = repos.iter().enumerate().map(empty).collect();
        let (owner, token) = (owner.to_owned(), token.to_owned());
        Self(Arc::new(Mutex::new(Inner { owner, token, clock, last_id: 100_000, repos })))
    }

    /// Serves it.
    pub fn serve(&self) -> Server {
        let api = self.clone();
        Server::start(move |request| api.answer(request))
    }

    /// What it answers.
    pub fn answer(&self, request: &Request) -> Reply {
        answer::answer(&self.inner(), request)
    }

    /// Lets time pass.
    pub fn wait(&self, seconds: u64) {
        self.inner().clock += Duration::from_secs(seconds);
    }

    /// Opens an issue and returns its number.
    pub fn issue(&self, repo: &str, title: &str) -> u64 {
        self.change(repo, |repo, stamp| repo.open(stamp, title))
    }

    /// Opens a pull request, which is an issue, too.
    pub fn pull(&self, repo: &str, title: &str) -> u64 {
        self.change(repo, |repo, stamp| {
            let number = repo.open(stamp, title);
            repo.propose(stamp, number);
            number
        })
    }

    /// Changes an issue.
    pub fn edit(&self, repo: &str, number: u64, change: impl FnOnce(&mut Value)) {
        self.change(repo, |repo, stamp| {
            change(repo.issue(number));
            repo.touch(stamp, number);
        });
    }

    /// Gives an issue these labels.
    pub fn label(&self, repo: &str, number: u64, labels: &[&str]) {
        self.edit(repo, number, |issue| {
            issue["labels"] = labels.iter().copied().map(rows::label).collect();
        });
    }

    /// Comments on an issue.
    pub fn comment(&self, repo: &str, number: u64, body: &str) {
        self.change(repo, |repo, stamp| repo.comment(stamp, number, body));
    }

    /// Changes the text of a comment; its issue stays as it is.
    pub fn edit_comment(&self, repo: &str, at: usize, body: &str) {
        self.change(repo, |repo, stamp| repo.edit_comment(stamp, at, body));
    }

    /// Reviews a pull request.
    pub fn review(&self, repo: &str, number: u64, state: &str) {
        self.change(repo, |repo, stamp| repo.review(stamp, number, state));
    }

    /// Merges a pull request.
    pub fn merge(&self, repo: &str, number: u64) {
        self.change(repo, |repo, stamp| repo.merge(stamp, number));
    }

    /// The rows of `issues`, `comments`, `pulls` or `reviews`, in the order in which they were made.
    ///
    /// # Panics
    ///
    /// When there is no such list.
    pub fn rows(&self, repo: &str, list: &str) -> Vec<Value> {
        let inner = self.inner();
        let repo = &inner.repos[repo];
        let bare = |rows: &[(u64, Value)]| rows.iter().map(|(_, row)| row.clone()).collect();
        match list {
            "issues" => repo.issues.clone(),
            "comments" => bare(&repo.comments),
            "pulls" => repo.pulls.clone(),
            "reviews" => bare(&repo.reviews),
            other => panic!("no list {other}"),
        }
    }

    fn change<T>(&self, repo: &str, change: impl FnOnce(&mut Repo, &rows::Stamp) -> T) -> T {
        let mut inner = self.inner();
        inner.last_id += 1;
        let stamp = rows::Stamp {
            id: inner.last_id,
            now: inner.clock.to_string(),
            repo: format!("{}/{repo}", inner.owner),
        };
        inner.clock += Duration::from_secs(1);
        change(inner.repos.get_mut(repo).expect("a repository"), &stamp)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
