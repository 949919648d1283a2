//! `stripe`: windows, lists with the newest first, lines of invoices, and customers whose deletions only
//! events tell.

use connector_runtime::prelude::Timestamp;
use connector_tests::{Child, Place, Reply, Server, Stripe};
use rustix::process::Signal;
use serde_json::Value;

use crate::{Program, found, lines};

const KEY: &str = "sk_test_k3y";

/// Parameters that say nothing of what is new.
const COMMON: [&str; 2] = ["limit", "types[]"];

const DAY: i64 = 86_400;

/// The account is this old, in days: four windows of a month.
const AGE: i64 = 100;

/// An account, and when it began.
struct Account {
    api: Stripe,
    start: i64,
    customers: Vec<String>,
    charges: Vec<String>,
    draft: String,
}

impl Account {
    /// 30 customers, of whom 12 have another name since five days, 240 charges in four months, 70 of them
    /// five days ago; 12 invoices, one of which has 130 lines, and a draft.
    fn new() -> Self {
        let now = Timestamp::now().as_second();
        let start = now - AGE * DAY;
        let api = Stripe::new(KEY, start);
        let customers: Vec<_> =
            (1..=30).map(|at| api.customer(&format!("Customer {at}"))).collect();
        let mut charges = Vec::new();
        for (day, many) in [(1, 150), (40, 10), (65, 10), (95, 70)] {
            api.wait(start + day * DAY - api.now());
            charges
                .extend((1..=many).map(|at| api.charge(&customers[at % 30], at as i64 * 100 + 99)));
        }
        for customer in &customers[..12] {
            api.rename(customer, &format!("{customer}, again"));
        }
        for at in 1..=12 {
            let invoice =
                api.invoice(&customers[at % 30], &vec![1_250; if at == 5 { 130 } else { at }]);
            api.set_invoice(&invoice, "open");
        }
        let draft = api.invoice(&customers[0], &[100]);
        api.wait(now - 3_600 - api.now());
        Self { api, start, customers, charges, draft }
    }

    fn program(&self) -> Program {
        let start = Timestamp::from_second(self.start).expect("a moment").to_string();
        Program {
            path: env!("CARGO_BIN_EXE_stripe"),
            secret: ("STRIPE_KEY", KEY),
            args: vec!["--start".to_owned(), start],
        }
    }

    /// When the newest row of a list was made.
    fn newest(&self, list: &str) -> i64 {
        let rows = self.api.rows(list);
        let created = rows.iter().map(|row| row["created"].as_i64().expect("a number"));
        created.max().expect("a row")
    }

    /// The tables are what Stripe has.
    fn assert_true(&self, place: &Place) {
        let customers = self.api.rows("customers");
        let events = self.api.rows("events");
        let is_recent =
            |row: &&Value| events.iter().any(|event| event["data"]["object"]["id"] == row["id"]);
        let recent: Vec<_> = customers.iter().filter(is_recent).cloned().collect();
        for (table, rows) in [("customers", &customers), ("recent_customers", &recent)] {
            assert_eq!(
                found(place, &format!("SELECT id, name, email FROM {table}")),
                lines(rows, &["/id", "/name", "/email"]),
                "{table}"
            );
        }
        assert_eq!(
            found(place, "SELECT id, amount, amount_refunded, customer FROM charges"),
            lines(&self.api.rows("charges"), &["/id", "/amount", "/amount_refunded", "/customer"])
        );
        let mut invoices = self.api.rows("invoices");
        invoices.retain(|invoice| invoice["status"] != "draft");
        assert_eq!(
            found(place, "SELECT id, number, status, total, amount_paid FROM invoices"),
            lines(&invoices, &["/id", "/number", "/status", "/total", "/amount_paid"])
        );
        let mut of_invoices = self.api.rows("lines");
        of_invoices.retain(|line| invoices.iter().any(|invoice| invoice["id"] == line["invoice"]));
        assert_eq!(
            found(place, "SELECT id, invoice, amount FROM invoice_lines"),
            lines(&of_invoices, &["/id", "/invoice", "/amount"])
        );
        assert_eq!(
            found(place, "SELECT id, kind, data__object__id FROM events"),
            lines(&events, &["/id", "/type", "/data/object/id"])
        );
    }
}

fn of<'a>(asked: &'a [String], path: &str) -> Vec<&'a str> {
    let of = asked.iter().filter(|request| request.split('?').next() == Some(path));
    of.map(String::as_str).collect()
}

/// The lower bound of a request.
fn since(request: &str) -> i64 {
    let (_, bound) = request.split_once("created[gte]=").expect("a lower bound");
    bound.split('&').next().and_then(|bound| bound.parse().ok()).expect("a number")
}

#[test]
fn a_second_run_asks_for_what_has_changed() {
    let (account, place) = (Account::new(), Place::sqlite());
    let (api, server, program) = (&account.api, account.api.serve(), account.program());

    let report = program.sync(&server, &place);
    account.assert_true(&place);
    let requests = [
        ("customers", 1),
        ("customer_events", 1),
        ("recent_customers", 12),
        // 150 charges in the first of four months
        ("charges", 2 + 3),
        ("invoices", 1),
        // 130 lines on two pages
        ("invoice_lines", 12 + 1),
        // of the last 30 days: 12 customers, 70 charges, 12 invoices twice and a draft
        ("events", 2),
    ];
    for (resource, requests) in requests {
        assert_eq!(report.count(resource, "requests"), requests, "{resource}");
    }
    assert_eq!(report.rows("invoices"), [13, 12, 0, 0]);
    assert_eq!(report.count("invoices", "filtered"), 1);

    // nothing has changed
    let first = server.count();
    program.sync(&server, &place);
    let asked_for = server.asked(first, &COMMON);
    let newest = |list| account.newest(list);
    // the last month of charges is read again, in two windows from 30 days before the newest to now
    let charges = of(&asked_for, "/v1/charges");
    assert_eq!(charges.len(), 2, "{charges:?}");
    let from = format!("created[gte]={}&", newest("charges") - 30 * DAY);
    assert!(charges.iter().any(|request| request.contains(&from)), "{from}: {charges:?}");
    let invoices = format!("/v1/invoices?created[gte]={}", newest("invoices") - 30 * DAY);
    assert_eq!(of(&asked_for, "/v1/invoices"), [invoices]);
    let is_of_customers =
        |row: &Value| row["type"].as_str().is_some_and(|kind| kind.starts_with("customer."));
    let of_customers: Vec<_> = api.rows("events").into_iter().filter(is_of_customers).collect();
    let of_customers =
        of_customers.last().and_then(|row| row["created"].as_i64()).expect("a moment");
    let events =
        [of_customers, newest("events")].map(|since| format!("/v1/events?created[gte]={since}"));
    assert_eq!(of(&asked_for, "/v1/events"), events);
    // the list of customers is read as a whole; nothing is read for a single customer or invoice
    assert_eq!(asked_for.len(), 2 + 1 + 2 + 1, "{asked_for:?}");

    // a customer is new, one has another name, twice, one is gone; a refund, a charge, and the draft is
    // final
    let new = api.customer("Newcomer");
    api.rename(&account.customers[3], "A name");
    api.rename(&account.customers[3], "Another name");
    api.delete_customer(&account.customers[9]);
    api.refund(account.charges.last().expect("a charge"));
    api.charge(&new, 4_200);
    api.add_line(&account.draft, 700);
    api.set_invoice(&account.draft, "paid");
    api.wait(60);
    let second = server.count();
    let report = program.sync(&server, &place);
    account.assert_true(&place);
    let asked_for = server.asked(second, &COMMON);
    for id in [&new, &account.customers[3], &account.customers[9]] {
        assert_eq!(of(&asked_for, &format!("/v1/customers/{id}")).len(), 1, "{asked_for:?}");
    }
    assert_eq!(of(&asked_for, &format!("/v1/invoices/{}/lines", account.draft)).len(), 1);
    assert_eq!(asked_for.len(), 2 + 1 + 2 + 1 + 3 + 1, "{asked_for:?}");
    assert_eq!(report.rows("recent_customers"), [3, 1, 1, 1]);
    assert_eq!(report.rows("invoice_lines"), [2, 2, 0, 0]);
    assert_eq!(report.count("customers", "removed"), 1);

    // and all of it is done
    let third = server.count();
    program.sync(&server, &place);
    let asked_for = server.asked(third, &COMMON);
    let is_of_one =
        |request: &String| request.starts_with("/v1/customers/") || request.ends_with("/lines");
    assert!(!asked_for.iter().any(is_of_one), "{asked_for:?}");
}

/// A month of charges fails, and a customer: the next run fills the holes, and reads nothing else again
/// that was complete.
#[test]
fn a_run_that_failed_goes_on() {
    let (account, place) = (Account::new(), Place::sqlite());
    let broken = Server::start({
        let (api, customer) =
            (account.api.clone(), format!("/v1/customers/{}", account.customers[7]));
        move |request| {
            let after_a_row =
                request.path == "/v1/charges" && request.param("starting_after").is_some();
            if after_a_row || request.path == customer {
                return Reply::status(418).body("{\"error\": {\"message\": \"not now\"}}");
            }
            api.answer(request)
        }
    });
    account.program().run(&broken, &place, 4);
    assert_eq!(place.lines("SELECT count(*) FROM recent_customers"), ["11"]);

    let server = account.api.serve();
    let report = account.program().sync(&server, &place);
    account.assert_true(&place);
    assert_eq!(report.count("recent_customers", "requests"), 1);
    assert_eq!(report.rows("recent_customers"), [1, 1, 0, 0]);
    // of charges the month that failed, and two windows from 30 days before the newest
    let asked = server.asked(0, &COMMON);
    let charges = of(&asked, "/v1/charges");
    let (of_hole, others): (Vec<_>, Vec<_>) =
        charges.iter().partition(|request| since(request) == account.start);
    assert_eq!((of_hole.len(), others.len()), (2, 2), "{charges:?}");
    let newest = account.newest("charges") - 30 * DAY;
    assert_eq!(others.into_iter().map(since).min(), Some(newest));
}

#[test]
fn a_run_that_was_killed_goes_on() {
    for point in [8, 18, 30] {
        let (account, place, child) = (Account::new(), Place::sqlite(), Child::default());
        let deadly = Server::start({
            let (api, child) = (account.api.clone(), child.clone());
            move |request| {
                if request.number == point {
                    child.signal(Signal::KILL);
                }
                api.answer(request)
            }
        });
        let outcome = child.run(account.program().command(&deadly, &place));
        assert!(outcome.status.code().is_none(), "request {point}: {outcome:?}");
        account.program().sync(&account.api.serve(), &place);
        account.assert_true(&place);
    }
}

#[test]
fn a_wrong_key_is_said() {
    let (account, place) = (Account::new(), Place::sqlite());
    let mut program = account.program();
    program.secret.1 = "sk_test_wrong";
    let server = account.api.serve();
    let report = program.run(&server, &place, 3);
    let error = report.0["customers"]["error"].to_string();
    assert!(error.contains("401") && error.contains("invalid_request_error"), "{error}");
    assert!(!error.contains("sk_test_wrong"), "{error}");
}

/// Rows of resources with children are divided among four processes: every one reads the parents, stores
/// its own, and asks for other children.
#[test]
fn four_processes_load_what_one_does() {
    let Some(place) = Place::postgres("stripe") else { return };
    let account = Account::new();
    let (server, program) = (account.api.serve(), account.program());
    program.sync_in_parts(&server, &place);
    account.assert_true(&place);
    let asked = server.asked(0, &COMMON);
    let of_children = |end: &str| {
        let mut paths: Vec<_> = asked
            .iter()
            .filter(|request| !request.contains('?'))
            .filter(|path| path.ends_with(end) || path.contains("/customers/"))
            .collect();
        let all = paths.len();
        paths.sort();
        paths.dedup();
        (all, paths.len())
    };
    let (all, different) = of_children("/lines");
    assert_eq!(all, different, "a child is asked for once: {asked:?}");
    assert_eq!(all, 12 + 12);
    let report = program.sync(&server, &place);
    for resource in ["charges", "invoices", "invoice_lines", "recent_customers"] {
        let [_, inserted, updated, deleted] = report.rows(resource);
        assert_eq!((inserted, updated, deleted), (0, 0, 0), "{resource}");
    }
}
