//! A help desk: a connector with every kind of column and of resource, as data platforms read it, and
//! the API that it asks.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use connector_runtime::prelude::*;
use serde_json::{Value, json};

use crate::server::{Reply, Request, Server};

/// The token that the API takes: long, and changed by every encoding.
pub const HELPDESK_TOKEN: &str = "t0ken+of/the\"desk=0123456789";

/// The help desk's API.
///
/// Tickets, what was said about them, and who works there.
#[derive(Connector)]
#[connector(
    name = "helpdesk",
    base_url = "https://helpdesk.example.com",
    auth = bearer(token),
    max_concurrency = 2,
    retry(max_retries = 0),
    resource_defaults(data_selector = "data"),
    resources(Ticket, Note, Agent, Visit)
)]
pub struct Helpdesk {
    /// Token from the account page.
    pub token: Secret,
    /// Tickets changed at or after this instant.
    #[config(default = "2024-01-01T00:00:00Z")]
    pub start: Timestamp,
    /// Which tickets.
    #[config(default = "all")]
    pub view: View,
    /// Tags to look for; all where there are none.
    pub tags: Option<Vec<String>>,
    /// Whether those that were archived are read, too.
    #[config(default = false, name = "with-archive")]
    pub archive: bool,
}

/// A list of tickets.
#[derive(Choice, Clone, Copy, Debug)]
#[choice(rename_all = "snake_case")]
pub enum View {
    /// Every ticket.
    All,
    /// Those that wait.
    Open,
}

/// A ticket.
#[derive(Resource)]
#[resource(
    name = "tickets",
    path = "/tickets",
    params(view = config.view, tags = config.tags, archive = config.archive),
    paginator = cursor(cursor_path = "next", cursor_param = "offset", limit = 40, limit_param = "limit"),
    incremental(cursor = updated_at, start_param = "since", initial = config.start, row_order = asc),
)]
struct Ticket {
    /// Its number.
    #[column(primary_key)]
    id: i64,
    /// What it is about.
    subject: String,
    updated_at: Timestamp,
    urgent: Option<bool>,
    /// What it has cost.
    cost: Decimal,
    rating: Option<f64>,
    opened: Date,
    due: Option<Time>,
    reference: Uuid,
    digest: Option<Bytes>,
    views: u64,
    /// As the form has it.
    form: Json,
    #[column(flatten)]
    requester: Option<Requester>,
    tags: Vec<String>,
    /// What was said.
    comments: Option<Vec<Comment>>,
}

#[derive(Record)]
struct Requester {
    name: String,
    email: Option<String>,
}

#[derive(Record)]
struct Comment {
    author: String,
    at: Timestamp,
    votes: Vec<i64>,
}

/// A note of a ticket.
#[derive(Resource)]
#[resource(name = "notes", parent(ticket: Ticket), path = "/tickets/{ticket.id}/notes")]
struct Note {
    #[column(primary_key)]
    id: i64,
    #[column(parent = ticket.id)]
    ticket_id: i64,
    text: String,
}

/// Who works there.
#[derive(Resource)]
#[resource(name = "agents", path = "/agents", write_disposition = replace)]
struct Agent {
    #[column(primary_key)]
    id: i64,
    name: String,
}

/// A visit of the site.
#[derive(Resource)]
#[resource(
    name = "visits",
    path = "/visits",
    write_disposition = append,
    incremental(cursor = number, start_param = "after", row_order = asc),
)]
struct Visit {
    number: i64,
    path: String,
}

/// The API. It changes when it is told to.
#[derive(Clone, Debug)]
pub struct HelpdeskApi {
    tickets: u64,
    day: Arc<AtomicU64>,
}

impl HelpdeskApi {
    /// With so many tickets, on the first day.
    pub fn new(tickets: u64) -> Self {
        Self { tickets, day: Arc::new(AtomicU64::new(1)) }
    }

    /// On the second day ticket 1 has another subject, there is one ticket more, and five visits; one
    /// agent has gone.
    pub fn next_day(&self) {
        self.day.fetch_add(1, Ordering::Relaxed);
    }

    fn day(&self) -> u64 {
        self.day.load(Ordering::Relaxed)
    }

    /// Serves it.
    pub fn serve(&self) -> Server {
        let api = self.clone();
        Server::start(move |request| api.answer(request))
    }

    /// What it answers.
    ///
    /// # Panics
    ///
    /// When it is asked for what it does not have.
    pub fn answer(&self, request: &Request) -> Reply {
        if request.header("authorization") != Some(&format!("Bearer {HELPDESK_TOKEN}")) {
            return Reply::status(401).body("{\"error\": \"who are you?\"}");
        }
        let parts: Vec<_> = request.path.split('/').skip(1).collect();
        let rows = match parts[..] {
            ["tickets"] => return self.page(request),
            ["tickets", ticket, "notes"] => {
                let id: u64 = ticket.parse().expect("a number");
                vec![json!({"id": id * 10, "text": format!("note of {id}")})]
            }
            ["agents"] => {
                let last = if self.day() == 1 { 3 } else { 2 };
                (1..=last).map(|id| json!({"id": id, "name": format!("Agent {id}")})).collect()
            }
            ["visits"] => {
                let after = request.number("after").unwrap_or(0) as u64;
                let all = (1..=self.day() * 5).filter(|number| *number >= after);
                all.map(|number| json!({"number": number, "path": format!("/{number}")})).collect()
            }
            _ => panic!("there is no {}", request.path),
        };
        reply(&rows, None)
    }

    /// A page of tickets as they are on the first day, which is not the last one.
    pub fn tickets_of(ids: RangeInclusive<u64>) -> Reply {
        let next = *ids.end();
        reply(&ids.map(|id| ticket(id, id, "Printer")).collect::<Vec<_>>(), Some(next))
    }

    /// All tickets as they are now, the oldest change first.
    pub fn tickets(&self) -> Vec<Value> {
        let mut all: Vec<_> = (1..=self.tickets).map(|id| ticket(id, id, "Printer")).collect();
        if self.day() > 1 {
            let next = self.tickets + 1;
            all.remove(0);
            all.push(ticket(next, next, "Printer"));
            all.push(ticket(1, next + 1, "Printer on fire"));
        }
        all
    }

    fn page(&self, request: &Request) -> Reply {
        let since: Timestamp =
            request.param("since").expect("a bound").parse().expect("an instant");
        let is_new = |ticket: &Value| {
            let at: Timestamp =
                ticket["updated_at"].as_str().expect("a text").parse().expect("an instant");
            at >= since
        };
        let all: Vec<_> = self.tickets().into_iter().filter(is_new).collect();
        let first = request.number("offset").unwrap_or_default();
        let next = first + request.number("limit").expect("a number");
        let page = all.get(first..next.min(all.len())).unwrap_or_default();
        reply(page, (next < all.len()).then_some(next as u64))
    }
}

/// The ticket of this number, changed so many minutes after the year began.
fn ticket(id: u64, minute: u64, subject: &str) -> Value {
    const NEW_YEAR: i64 = 1_704_067_200;
    let at = |seconds: i64| Timestamp::from_second(NEW_YEAR + seconds).expect("an instant");
    let updated_at = at(minute as i64 * 60);
    let votes = |comment: u64| (0..comment).collect::<Vec<_>>();
    let comment = |number| json!({"author": format!("a\"{number}\n"), "at": at(number as i64).to_string(), "votes": votes(number)});
    let is_even = id.is_multiple_of(2);
    json!({
        "id": id,
        "subject": format!("{subject} №{id}"),
        "updated_at": updated_at.to_string(),
        "urgent": is_even.then_some(true),
        "cost": format!("#{id}.10#"),
        "rating": is_even.then_some(id as f64 / 8.0),
        "opened": "2024-01-31",
        "due": is_even.then_some("12:30:00.5"),
        "reference": format!("00000000-0000-4000-8000-{id:012}"),
        "digest": is_even.then_some("AAEC/w=="),
        "views": i64::MAX as u64,
        "form": {"n": [id, {"deep": "line\nbreak"}], "x": null},
        "requester": is_even.then(|| json!({"name": "Ada", "email": null})),
        "tags": if is_even { vec!["a", "b"] } else { Vec::new() },
        "comments": is_even.then(|| (0..id % 3).map(comment).collect::<Vec<_>>()),
    })
}

/// Rows, spread over several lines, as some servers write them, and where the next ones begin.
fn reply(rows: &[Value], next: Option<u64>) -> Reply {
    let body = json!({ "data": rows, "next": next });
    let body = serde_json::to_string_pretty(&body).expect("JSON");
    // numbers with the digits that they were written with
    Reply::json(body.replace("\"#", "").replace("#\"", ""))
}
