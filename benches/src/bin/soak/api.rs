//! The API: what its rows are in which round, and the faults on the way to them.

use std::fmt::Write;

use connector_runtime::Timestamp;
use connector_tests::{Reply, Request, Server};

/// Rows that change in a round: each of so many.
const CHANGES: i64 = 20;
const EVENTS: i64 = 2_000;
/// 2024-01-01. Each round is an hour.
const START: i64 = 1_704_067_200;

/// Serves until the end of the input.
pub(crate) fn serve() -> connector_benches::Result<()> {
    let server = Server::forgetful(|request| fault(request).unwrap_or_else(|| answer(request)));
    println!("{}", server.url());
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

/// What should be in the tables: how many items, the sum of their values, how many tags, how many events,
/// the sum of their amounts.
pub(crate) fn expected(round: i64) -> [String; 5] {
    let items = 0..items(round);
    let values: i64 = items.clone().map(|id| id + round).sum();
    let tags: i64 = items.clone().map(tags).sum();
    let amounts: i64 = (0..EVENTS).map(|id| changed(id, round)).sum();
    [items.end, values, tags, EVENTS, amounts].map(|number| number.to_string())
}

/// One request of ten comes to nothing, each in one of the ways that a network has.
fn fault(request: &Request) -> Option<Reply> {
    let page = || Reply::json("{\"data\":[{\"id\":1,\"name\":\"it was to be more");
    match request.number * 7919 % 80 {
        11 => Some(Reply::status(429).header("retry-after", "0")),
        22 => Some(Reply::status(500)),
        33 => Some(Reply::status(503).body("<html>no JSON</html>")),
        44 => Some(page().reset(20)),
        55 => Some(page().cut(30)),
        66 => Some(page().cut(0)),
        // a body that is whole as far as HTTP can tell
        77 => Some(page().header("content-encoding", "gzip")),
        _ => None,
    }
}

fn answer(request: &Request) -> Reply {
    let round = request.header("x-round").and_then(|round| round.parse().ok());
    let (Some(round), Some(offset)) = (round, request.number("offset")) else {
        return Reply::status(400);
    };
    let rows: Vec<String> = match request.path.as_str() {
        "/items" => (0..items(round)).map(|id| item(id, round)).collect(),
        "/events" => events(round, request.param("since")),
        _ => return Reply::status(404),
    };
    let page: Vec<_> = rows.into_iter().skip(offset).take(100).collect();
    Reply::json(format!("{{\"data\":[{}]}}", page.join(",")))
}

fn items(round: i64) -> i64 {
    1_000 + round % 50
}

fn tags(id: i64) -> i64 {
    id % 3
}

fn item(id: i64, round: i64) -> String {
    let mut row =
        format!("{{\"id\":{id},\"name\":\"item {id}\",\"value\":{},\"tags\":[", id + round);
    for nth in 0..tags(id) {
        let comma = if nth == 0 { "" } else { "," };
        let _ = write!(row, "{comma}{{\"name\":\"tag {nth}\"}}");
    }
    row + "]}"
}

/// The round in which an event changed last.
fn changed(id: i64, round: i64) -> i64 {
    (round - (round - id).rem_euclid(CHANGES)).max(0)
}

/// Those that have changed at this instant or later, the oldest change first.
fn events(round: i64, since: Option<&str>) -> Vec<String> {
    let since = since.and_then(|since| since.parse::<Timestamp>().ok());
    let since = since.map_or(i64::MIN, Timestamp::as_second);
    let mut events: Vec<_> = (0..EVENTS)
        .map(|id| (START + 3_600 * changed(id, round) + id, id))
        .filter(|(at, _)| *at >= since)
        .collect();
    events.sort_unstable();
    let row = |(at, id): (i64, i64)| {
        let amount = changed(id, round);
        let at = Timestamp::from_second(at).unwrap_or_default();
        format!("{{\"id\":{id},\"amount\":{amount},\"updated_at\":\"{at}\"}}")
    };
    events.into_iter().map(row).collect()
}
