//! Stripe's API, as far as connectors of accounts ask it: lists with the newest first, cursors, filters
//! on `created`, errors, and events that tell what has become of things.

mod answer;
mod rows;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::server::{Reply, Request, Server};

/// A Stripe account; a clone shares everything.
///
/// Each change happens at the moment of its clock, which then goes on by a second.
#[derive(Clone)]
pub struct Stripe(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    key: String,
    /// Seconds since 1970.
    clock: i64,
    last_id: u32,
    /// Each list in the order in which it was made.
    customers: Vec<Value>,
    charges: Vec<Value>,
    invoices: Vec<Invoice>,
    events: Vec<Value>,
    /// Ids of customers who are gone.
    deleted: Vec<String>,
}

/// An invoice apart from its lines, which have a list of their own.
struct Invoice {
    row: Value,
    lines: Vec<Value>,
}

impl Stripe {
    /// An empty account, at this moment.
    pub fn new(key: &str, clock: i64) -> Self {
        Self(Arc::new(Mutex::new(Inner { key: key.to_owned(), clock, ..Inner::default() })))
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
    pub fn wait(&self, seconds: i64) {
        self.inner().clock += seconds;
    }

    /// Its clock, in seconds since 1970.
    pub fn now(&self) -> i64 {
        self.inner().clock
    }

    /// A new customer; returns the id.
    pub fn customer(&self, name: &str) -> String {
        let mut inner = self.inner();
        let row = inner.row("cus", "customer", rows::customer(name));
        inner.customers.push(row.clone());
        inner.tell("customer.created", &row)
    }

    /// Another name for a customer.
    pub fn rename(&self, id: &str, name: &str) {
        let mut inner = self.inner();
        let customer = found(&mut inner.customers, id);
        customer["name"] = json!(name);
        let row = customer.clone();
        inner.tell("customer.updated", &row);
    }

    /// Deletes a customer: no list has it any more.
    pub fn delete_customer(&self, id: &str) {
        let mut inner = self.inner();
        let row = found(&mut inner.customers, id).clone();
        inner.customers.retain(|customer| customer["id"] != id);
        inner.deleted.push(id.to_owned());
        inner.tell("customer.deleted", &row);
    }

    /// Charges a customer; returns the id.
    pub fn charge(&self, customer: &str, amount: i64) -> String {
        let mut inner = self.inner();
        let row = inner.row("ch", "charge", rows::charge(customer, amount));
        inner.charges.push(row.clone());
        inner.tell("charge.succeeded", &row)
    }

    /// Gives a charge back as a whole.
    pub fn refund(&self, id: &str) {
        let mut inner = self.inner();
        let charge = found(&mut inner.charges, id);
        charge["amount_refunded"] = charge["amount"].clone();
        charge["refunded"] = json!(true);
        let row = charge.clone();
        inner.tell("charge.refunded", &row);
    }

    /// A draft of an invoice with lines of these amounts; returns the id.
    pub fn invoice(&self, customer: &str, amounts: &[i64]) -> String {
        let mut inner = self.inner();
        let row = inner.row("in", "invoice", rows::invoice(customer));
        let id = row["id"].as_str().expect("an id").to_owned();
        inner.invoices.push(Invoice { row, lines: Vec::new() });
        for amount in amounts {
            inner.line(&id, *amount);
        }
        let row = inner.whole(&id);
        inner.tell("invoice.created", &row)
    }

    /// A further line of a draft.
    pub fn add_line(&self, invoice: &str, amount: i64) {
        let mut inner = self.inner();
        inner.line(invoice, amount);
        let row = inner.whole(invoice);
        inner.tell("invoice.updated", &row);
    }

    /// A draft is final, or an invoice paid: `open`, `paid`.
    pub fn set_invoice(&self, id: &str, status: &str) {
        let mut inner = self.inner();
        let number =
            inner.invoices.iter().filter(|invoice| invoice.row["number"].is_string()).count();
        let row = &mut inner.invoice(id).row;
        if row["status"] == "draft" {
            row["number"] = json!(format!("LAB-{:04}", number + 1));
        }
        row["status"] = json!(status);
        if status == "paid" {
            row["amount_paid"] = row["total"].clone();
        }
        let row = inner.whole(id);
        inner.tell(if status == "paid" { "invoice.paid" } else { "invoice.finalized" }, &row);
    }

    /// The rows of `customers`, `charges`, `invoices`, `lines` or `events`, in the order in which they
    /// were made; events of the last 30 days, older ones are not kept.
    ///
    /// # Panics
    ///
    /// When there is no such list.
    pub fn rows(&self, list: &str) -> Vec<Value> {
        let inner = self.inner();
        match list {
            "customers" => inner.customers.clone(),
            "charges" => inner.charges.clone(),
            "invoices" => inner.invoices.iter().map(|invoice| invoice.row.clone()).collect(),
            "lines" => inner.invoices.iter().flat_map(|invoice| invoice.lines.clone()).collect(),
            "events" => inner.events.iter().filter(|event| inner.is_kept(event)).cloned().collect(),
            other => panic!("no list {other}"),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// A row with what all of them have; ids tell nothing of the order.
    fn row(&mut self, prefix: &str, object: &str, fields: Value) -> Value {
        self.last_id += 1;
        let id = format!("{prefix}_{:08x}", self.last_id.wrapping_mul(0x9e37_79b1));
        let mut row = json!({"id": id, "object": object, "created": self.clock, "livemode": false});
        for (name, value) in fields.as_object().expect("fields") {
            row[name] = value.clone();
        }
        row
    }

    /// Writes the event, lets a second pass, and returns the id of what it is about.
    fn tell(&mut self, kind: &str, about: &Value) -> String {
        let event = self.row("evt", "event", rows::event(kind, about));
        self.events.push(event);
        self.clock += 1;
        about["id"].as_str().expect("an id").to_owned()
    }

    /// Whether an event is not older than 30 days: others are gone.
    fn is_kept(&self, event: &Value) -> bool {
        const KEPT: i64 = 30 * 86_400;
        event["created"].as_i64().is_some_and(|created| created >= self.clock - KEPT)
    }

    fn line(&mut self, invoice: &str, amount: i64) {
        let line = self.row("il", "line_item", rows::line(invoice, amount));
        let invoice = self.invoice(invoice);
        invoice.lines.push(line);
        let total = invoice.row["total"].as_i64().expect("a number") + amount;
        invoice.row["total"] = json!(total);
        invoice.row["amount_due"] = json!(total);
    }

    fn invoice(&mut self, id: &str) -> &mut Invoice {
        self.invoices.iter_mut().find(|invoice| invoice.row["id"] == id).expect("an invoice")
    }

    /// An invoice with the first of its lines, as lists and events have it.
    fn whole(&self, id: &str) -> Value {
        self.invoices.iter().find(|invoice| invoice.row["id"] == id).expect("an invoice").whole()
    }
}

impl Invoice {
    fn whole(&self) -> Value {
        /// Lines that an invoice brings along.
        const LINES: usize = 10;
        let mut row = self.row.clone();
        row["lines"] = json!({
            "object": "list",
            "data": self.lines[..self.lines.len().min(LINES)],
            "has_more": self.lines.len() > LINES,
            "total_count": self.lines.len(),
            "url": format!("/v1/invoices/{}/lines", row["id"].as_str().unwrap_or_default()),
        });
        row
    }
}

fn found<'a>(rows: &'a mut [Value], id: &str) -> &'a mut Value {
    rows.iter_mut().find(|row| row["id"] == id).expect("a row of this id")
}
