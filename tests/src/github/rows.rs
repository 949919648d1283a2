//! Rows as GitHub writes them, without most of their links.

use serde_json::{Value, json};

use super::Repo;

/// What a new row needs to know.
pub(super) struct Stamp {
    pub(super) id: i64,
    pub(super) now: String,
    /// `owner/name`.
    pub(super) repo: String,
}

impl Repo {
    /// A new issue.
    pub(super) fn open(&mut self, stamp: &Stamp, title: &str) -> u64 {
        let number = self.issues.len() as u64 + 1;
        let Stamp { id, now, repo } = stamp;
        self.issues.push(json!({
            "url": format!("https://api.github.com/repos/{repo}/issues/{number}"),
            "id": id,
            "node_id": format!("I_{id}"),
            "number": number,
            "title": title,
            "user": user(stamp),
            "labels": [],
            "state": "open",
            "locked": false,
            "assignee": null,
            "assignees": [],
            "milestone": null,
            "comments": 0,
            "created_at": now,
            "updated_at": now,
            "closed_at": null,
            "author_association": "NONE",
            "body": null,
            "reactions": {"total_count": 0, "+1": 0, "-1": 0, "heart": 0},
            "state_reason": null,
        }));
        number
    }

    /// The pull request of an issue.
    pub(super) fn propose(&mut self, stamp: &Stamp, number: u64) {
        let Stamp { id, now, repo } = stamp;
        let url = format!("https://api.github.com/repos/{repo}/pulls/{number}");
        let issue = self.issue(number);
        issue["pull_request"] = json!({"url": url, "merged_at": null});
        let title = issue["title"].clone();
        self.pulls.push(json!({
            "url": url,
            "id": id + 500_000,
            "number": number,
            "state": "open",
            "locked": false,
            "title": title,
            "user": user(stamp),
            "body": null,
            "labels": [],
            "draft": false,
            "created_at": now,
            "updated_at": now,
            "closed_at": null,
            "merged_at": null,
            "head": {"ref": format!("topic-{number}"), "sha": format!("{id:040x}")},
            "base": {"ref": "main", "sha": format!("{:040x}", 0)},
        }));
    }

    /// A comment, which changes its issue.
    pub(super) fn comment(&mut self, stamp: &Stamp, number: u64, body: &str) {
        let Stamp { id, now, repo } = stamp;
        let comment = json!({
            "id": id,
            "issue_url": format!("https://api.github.com/repos/{repo}/issues/{number}"),
            "user": user(stamp),
            "body": body,
            "created_at": now,
            "updated_at": now,
            "author_association": "MEMBER",
            "reactions": {"total_count": 0},
        });
        self.comments.push((number, comment));
        let issue = self.issue(number);
        issue["comments"] = json!(issue["comments"].as_u64().expect("a number") + 1);
        self.touch(stamp, number);
    }

    /// Another text for the comment at this place.
    pub(super) fn edit_comment(&mut self, stamp: &Stamp, at: usize, body: &str) {
        let (_, comment) = &mut self.comments[at];
        comment["body"] = json!(body);
        comment["updated_at"] = json!(stamp.now);
    }

    /// A review, which changes its pull request.
    pub(super) fn review(&mut self, stamp: &Stamp, number: u64, state: &str) {
        let review = json!({
            "id": stamp.id,
            "user": user(stamp),
            "body": "",
            "state": state,
            "submitted_at": stamp.now,
            "commit_id": format!("{:040x}", stamp.id),
        });
        self.reviews.push((number, review));
        self.touch(stamp, number);
    }

    /// The end of a pull request.
    pub(super) fn merge(&mut self, stamp: &Stamp, number: u64) {
        for row in self.both(number) {
            row["state"] = json!("closed");
            row["closed_at"] = json!(stamp.now);
            match row.get_mut("pull_request") {
                Some(pull) => pull["merged_at"] = json!(stamp.now),
                None => row["merged_at"] = json!(stamp.now),
            }
        }
        self.touch(stamp, number);
    }

    /// An issue has changed, and with it its pull request.
    pub(super) fn touch(&mut self, stamp: &Stamp, number: u64) {
        for row in self.both(number) {
            row["updated_at"] = json!(stamp.now);
        }
    }

    pub(super) fn issue(&mut self, number: u64) -> &mut Value {
        &mut self.issues[number as usize - 1]
    }

    fn both(&mut self, number: u64) -> impl Iterator<Item = &mut Value> {
        let pull = self.pulls.iter_mut().find(|pull| pull["number"] == number);
        std::iter::once(&mut self.issues[number as usize - 1]).chain(pull)
    }
}

/// A label of an issue.
pub(super) fn label(name: &str) -> Value {
    json!({"id": name.len(), "name": name, "color": "d73a4a", "default": false, "description": null})
}

/// One of three people.
fn user(stamp: &Stamp) -> Value {
    let id = stamp.id % 3 + 1;
    json!({"login": format!("user-{id}"), "id": id, "type": "User", "site_admin": false})
}
