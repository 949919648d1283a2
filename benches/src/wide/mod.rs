//! Wide rows: issues of a code forge, 44 columns with what is nested, two lists, texts with escapes and characters
//! beyond ASCII, 2.3 KB of JSON.

mod by_hand;
mod derived;

use connector_runtime::prelude::Secret;

use crate::Result;
use crate::shape::{Cells, KEY, Shape, Table, Text, moment, updated_at};
use by_hand::{Issue, Label, Milestone, Reactions, User};
use derived::WideApi;

/// Wide rows.
#[derive(Debug)]
pub enum Wide {}

const API: &str = "https://api.example.com/repos/octo/widgets";

const WORDS: &[&str] = &[
    "the",
    "retry",
    "hangs",
    "\"later\"",
    "naïve",
    "column\n",
    "crash",
    "after",
    "C:\\temp",
    "größer",
    "upgrade",
    "日本語",
    "page",
    "is",
    "cut",
    "off",
    "\ttab",
    "with",
    "→",
    "connection",
];

impl Shape for Wide {
    const NAME: &'static str = "wide";
    const TABLES: &'static [Table] = by_hand::TABLES;
    const SUMS: &'static [&'static str] = &[
        "sum(comments)",
        "sum(length(body))",
        "sum(score)",
        "sum(reactions__up)",
        "sum(CASE WHEN locked THEN 1 ELSE 0 END)",
        "count(closed_at)",
        "count(milestone__due_on)",
        "coalesce(sum(assignee__id), 0)",
        "(SELECT coalesce(sum(length(name)), 0) FROM issues__labels)",
        "(SELECT coalesce(sum(id), 0) FROM issues__assignees)",
    ];
    type Owned = Issue<String>;
    type Borrowed<'a> = Issue<Text<'a>>;
    type Api = WideApi;

    fn api() -> WideApi {
        WideApi { api_key: Secret::new(KEY) }
    }

    fn row(id: u64, version: u64) -> Issue<String> {
        let mut dice = Dice(id);
        let is_closed = dice.roll(3) == 0;
        let assignees: Vec<_> = (0..dice.roll(3)).map(|_| user(dice.roll(5_000))).collect();
        Issue {
            id: id as i64,
            node_id: format!("I_kwDO{:012x}", id * 7_919),
            number: (id + 1_000) as i64,
            url: format!("{API}/issues/{id}"),
            repository_url: API.to_owned(),
            comments_url: format!("{API}/issues/{id}/comments"),
            html_url: format!("https://example.com/octo/widgets/issues/{id}"),
            title: text(&mut dice, 40),
            user: user(dice.roll(5_000)),
            labels: (0..dice.roll(4)).map(|_| label(dice.roll(60))).collect(),
            state: if is_closed { "closed" } else { "open" }.to_owned(),
            state_reason: is_closed.then(|| "completed".to_owned()),
            locked: dice.roll(30) == 0,
            assignee: assignees.first().cloned(),
            assignees,
            milestone: (dice.roll(3) == 0).then(|| milestone(dice.roll(20))),
            comments: (dice.roll(40) + version) as i64,
            created_at: moment(1_600_000_000 + id),
            updated_at: updated_at(id, version),
            closed_at: is_closed.then(|| moment(1_650_000_000 + id)),
            author_association: ["NONE", "MEMBER", "OWNER"][dice.roll(3) as usize].to_owned(),
            draft: dice.roll(10) == 0,
            score: dice.roll(10_000) as f64 / 100.0,
            body: (dice.roll(20) != 0).then(|| {
                let length = 300 + dice.roll(800) as usize;
                text(&mut dice, length)
            }),
            reactions: reactions(&mut dice),
        }
    }

    fn sums(row: &Issue<String>) -> (Vec<f64>, &str) {
        let characters = |text: &String| text.chars().count() as f64;
        let one = |is: bool| f64::from(u8::from(is));
        let due = row.milestone.as_ref().and_then(|milestone| milestone.due_on.as_ref());
        let sums = vec![
            row.comments as f64,
            row.body.as_ref().map_or(0.0, characters),
            row.score,
            row.reactions.up as f64,
            one(row.locked),
            one(row.closed_at.is_some()),
            one(due.is_some()),
            row.assignee.as_ref().map_or(0.0, |user| user.id as f64),
            row.labels.iter().map(|label| characters(&label.name)).sum(),
            row.assignees.iter().map(|user| user.id as f64).sum(),
        ];
        (sums, &row.updated_at)
    }

    fn id(row: &Issue<Text<'_>>) -> i64 {
        row.id
    }

    fn put(row: &Issue<Text<'_>>, cells: &mut impl Cells) -> Result<()> {
        row.put(cells)
    }
}

/// Numbers without an order, the same ones for the same row.
struct Dice(u64);

impl Dice {
    /// One of so many, from 0.
    fn roll(&mut self, sides: u64) -> u64 {
        // a linear congruence (Knuth), of which the upper half is good
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Words up to about so many bytes.
fn text(dice: &mut Dice, length: usize) -> String {
    let mut text = String::with_capacity(length + 20);
    while text.len() < length {
        text.push_str(WORDS[dice.roll(WORDS.len() as u64) as usize]);
        text.push(' ');
    }
    text
}

fn user(id: u64) -> User<String> {
    User {
        login: format!("octo-user-{id}"),
        id: id as i64,
        node_id: format!("MDQ6VXNlcg{id:06}=="),
        avatar_url: format!("https://avatars.example.com/u/{id}?v=4"),
        html_url: format!("https://example.com/octo-user-{id}"),
        kind: if id.is_multiple_of(50) { "Bot" } else { "User" }.to_owned(),
        site_admin: id.is_multiple_of(100),
    }
}

fn label(id: u64) -> Label<String> {
    Label {
        id: id as i64,
        node_id: format!("LA_kwDO{id:08}"),
        url: format!("{API}/labels/{id}"),
        name: format!("größe/{id}"),
        color: format!("{:06x}", id * 4_001),
        is_default: id.is_multiple_of(5),
        description: (!id.is_multiple_of(4)).then(|| format!("What belongs to {id}")),
    }
}

fn milestone(number: u64) -> Milestone<String> {
    Milestone {
        id: (number + 9_000) as i64,
        number: number as i64,
        title: format!("v{number}.0"),
        state: "open".to_owned(),
        due_on: (!number.is_multiple_of(4)).then(|| moment(1_800_000_000 + number)),
    }
}

fn reactions(dice: &mut Dice) -> Reactions {
    let mut count = || dice.roll(5) as i64;
    let [up, down, laugh, heart, rocket] = [count(), count(), count(), count(), count()];
    Reactions { total_count: up + down + laugh + heart + rocket, up, down, laugh, heart, rocket }
}
