//! The rows as a program without a framework reads and stores them.

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::shape::Type::{Flag, Float, Instant, Int, Text};
use crate::shape::{Cells, Table};

/// An issue.
#[derive(Debug, Deserialize, Serialize)]
pub struct Issue<T> {
    pub(super) id: i64,
    pub(super) node_id: T,
    pub(super) number: i64,
    pub(super) url: T,
    pub(super) repository_url: T,
    pub(super) comments_url: T,
    pub(super) html_url: T,
    pub(super) title: T,
    pub(super) user: User<T>,
    pub(super) labels: Vec<Label<T>>,
    pub(super) state: T,
    pub(super) state_reason: Option<T>,
    pub(super) locked: bool,
    pub(super) assignee: Option<User<T>>,
    pub(super) assignees: Vec<User<T>>,
    pub(super) milestone: Option<Milestone<T>>,
    pub(super) comments: i64,
    pub(super) created_at: T,
    pub(super) updated_at: T,
    pub(super) closed_at: Option<T>,
    pub(super) author_association: T,
    pub(super) draft: bool,
    pub(super) score: f64,
    pub(super) body: Option<T>,
    pub(super) reactions: Reactions,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct User<T> {
    pub(super) login: T,
    pub(super) id: i64,
    pub(super) node_id: T,
    pub(super) avatar_url: T,
    pub(super) html_url: T,
    #[serde(rename = "type")]
    pub(super) kind: T,
    pub(super) site_admin: bool,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Label<T> {
    pub(super) id: i64,
    pub(super) node_id: T,
    pub(super) url: T,
    pub(super) name: T,
    pub(super) color: T,
    #[serde(rename = "default")]
    pub(super) is_default: bool,
    pub(super) description: Option<T>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Milestone<T> {
    pub(super) id: i64,
    pub(super) number: i64,
    pub(super) title: T,
    pub(super) state: T,
    pub(super) due_on: Option<T>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Reactions {
    pub(super) total_count: i64,
    #[serde(rename = "+1")]
    pub(super) up: i64,
    #[serde(rename = "-1")]
    pub(super) down: i64,
    pub(super) laugh: i64,
    pub(super) heart: i64,
    pub(super) rocket: i64,
}

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "issues",
        columns: &[
            ("id", Int),
            ("node_id", Text),
            ("number", Int),
            ("url", Text),
            ("repository_url", Text),
            ("comments_url", Text),
            ("html_url", Text),
            ("title", Text),
            ("user__login", Text),
            ("user__id", Int),
            ("user__node_id", Text),
            ("user__avatar_url", Text),
            ("user__html_url", Text),
            ("user__kind", Text),
            ("user__site_admin", Flag),
            ("state", Text),
            ("state_reason", Text),
            ("locked", Flag),
            ("assignee__login", Text),
            ("assignee__id", Int),
            ("assignee__node_id", Text),
            ("assignee__avatar_url", Text),
            ("assignee__html_url", Text),
            ("assignee__kind", Text),
            ("assignee__site_admin", Flag),
            ("milestone__id", Int),
            ("milestone__number", Int),
            ("milestone__title", Text),
            ("milestone__state", Text),
            ("milestone__due_on", Instant),
            ("comments", Int),
            ("created_at", Instant),
            ("updated_at", Instant),
            ("closed_at", Instant),
            ("author_association", Text),
            ("draft", Flag),
            ("score", Float),
            ("body", Text),
            ("reactions__total_count", Int),
            ("reactions__up", Int),
            ("reactions__down", Int),
            ("reactions__laugh", Int),
            ("reactions__heart", Int),
            ("reactions__rocket", Int),
        ],
    },
    Table {
        name: "issues__labels",
        columns: &[
            ("_parent_id", Int),
            ("_index", Int),
            ("id", Int),
            ("node_id", Text),
            ("url", Text),
            ("name", Text),
            ("color", Text),
            ("is_default", Flag),
            ("description", Text),
        ],
    },
    Table {
        name: "issues__assignees",
        columns: &[
            ("_parent_id", Int),
            ("_index", Int),
            ("login", Text),
            ("id", Int),
            ("node_id", Text),
            ("avatar_url", Text),
            ("html_url", Text),
            ("kind", Text),
            ("site_admin", Flag),
        ],
    },
];

impl<T: AsRef<str>> Issue<T> {
    pub(super) fn put(&self, cells: &mut impl Cells) -> Result<()> {
        self.put_row(cells)?;
        for (index, label) in self.labels.iter().enumerate() {
            cells.begin(1);
            cells.int(self.id);
            cells.int(index as i64);
            label.put(cells);
            cells.end()?;
        }
        for (index, user) in self.assignees.iter().enumerate() {
            cells.begin(2);
            cells.int(self.id);
            cells.int(index as i64);
            put_user(Some(user), cells);
            cells.end()?;
        }
        Ok(())
    }

    fn put_row(&self, cells: &mut impl Cells) -> Result<()> {
        cells.begin(0);
        cells.int(self.id);
        cells.text(&self.node_id);
        cells.int(self.number);
        cells.text(&self.url);
        cells.text(&self.repository_url);
        cells.text(&self.comments_url);
        cells.text(&self.html_url);
        cells.text(&self.title);
        put_user(Some(&self.user), cells);
        cells.text(&self.state);
        cells.text(self.state_reason.as_ref());
        cells.flag(self.locked);
        put_user(self.assignee.as_ref(), cells);
        put_milestone(self.milestone.as_ref(), cells);
        cells.int(self.comments);
        cells.instant(&self.created_at);
        cells.instant(&self.updated_at);
        cells.instant(self.closed_at.as_ref());
        cells.text(&self.author_association);
        cells.flag(self.draft);
        cells.float(self.score);
        cells.text(self.body.as_ref());
        self.reactions.put(cells);
        cells.end()
    }
}

fn put_user<T: AsRef<str>>(user: Option<&User<T>>, cells: &mut impl Cells) {
    cells.text(user.map(|user| &user.login));
    cells.int(user.map(|user| user.id));
    cells.text(user.map(|user| &user.node_id));
    cells.text(user.map(|user| &user.avatar_url));
    cells.text(user.map(|user| &user.html_url));
    cells.text(user.map(|user| &user.kind));
    cells.flag(user.map(|user| user.site_admin));
}

fn put_milestone<T: AsRef<str>>(milestone: Option<&Milestone<T>>, cells: &mut impl Cells) {
    cells.int(milestone.map(|milestone| milestone.id));
    cells.int(milestone.map(|milestone| milestone.number));
    cells.text(milestone.map(|milestone| &milestone.title));
    cells.text(milestone.map(|milestone| &milestone.state));
    cells.instant(milestone.and_then(|milestone| milestone.due_on.as_ref()));
}

impl<T: AsRef<str>> Label<T> {
    fn put(&self, cells: &mut impl Cells) {
        cells.int(self.id);
        cells.text(&self.node_id);
        cells.text(&self.url);
        cells.text(&self.name);
        cells.text(&self.color);
        cells.flag(self.is_default);
        cells.text(self.description.as_ref());
    }
}

impl Reactions {
    fn put(&self, cells: &mut impl Cells) {
        for count in [self.total_count, self.up, self.down, self.laugh, self.heart, self.rocket] {
            cells.int(count);
        }
    }
}
