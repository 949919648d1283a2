//! 200 pages of an API that takes 20 ms for each, into SQLite: one by one, and asked for ahead; and how many times
//! as long that takes as the API alone must (latency × pages ÷ requests at once).
//!
//! ```sh
//! cargo run --release --bin pages_ahead              # 200 pages, 20 ms, 5 pairs
//! cargo run --release --bin pages_ahead -- 200 50 9
//! ```

use std::thread::sleep;
use std::time::{Duration, Instant};

use connector_benches::{
    Expected, Kind, LIMIT, Result, Shape, Small, expected, median, page, verify,
};
use connector_runtime::{Connector, destination};
use connector_tests::{Reply, Server};

/// Requests at once of a connector that does not say how many.
const AT_ONCE: usize = 10;

fn main() -> Result<()> {
    let args =
        std::env::args().skip(1).map(|text| Ok(text.parse()?)).collect::<Result<Vec<u64>>>()?;
    let (pages, latency, pairs) = match args[..] {
        [] => (200, 20, 5),
        [pages, latency, pairs] => (pages, latency, pairs),
        _ => return Err("usage: pages_ahead [PAGES LATENCY_MS PAIRS]".into()),
    };
    let expected = expected::<Small>(pages * LIMIT, false);
    let latency = Duration::from_millis(latency);
    let least = latency.as_secs_f64() * pages as f64;
    println!(
        "{pages} pages, {latency:?} each; medians of {pairs} pairs\n\n{:<30} {:>10} {:>9} {:>9} {:>13} {:>13}",
        "the API", "one by one", "ahead", "ratio", "one ÷ least", "ahead ÷ least"
    );
    for says_total in [true, false] {
        let server = serve(pages, latency, says_total);
        let pair = |_| Ok((load(&server, &expected, 1)?, load(&server, &expected, AT_ONCE)?));
        let seconds: Vec<(f64, f64)> = (0..pairs).map(pair).collect::<Result<_>>()?;
        let median = |value: fn(&(f64, f64)) -> f64| median(seconds.iter().map(value));
        let (slow, fast) = (median(|pair| pair.0), median(|pair| pair.1));
        let name = if says_total { "says how many rows there are" } else { "does not" };
        println!(
            "{name:<30} {slow:>8.2} s {fast:>7.2} s {:>9.1} {:>13.2} {:>13.2}",
            median(|pair| pair.0 / pair.1),
            slow / least,
            fast / (least / AT_ONCE as f64),
        );
    }
    Ok(())
}

/// The rows, each page after the latency.
fn serve(pages: u64, latency: Duration, says_total: bool) -> Server {
    let all = pages * LIMIT;
    Server::start(move |request| {
        sleep(latency);
        let offset = request.number("offset").unwrap_or(0) as u64;
        let Ok(page) = page::<Small>(all, false, offset, LIMIT) else { return Reply::status(500) };
        match says_total {
            true => Reply::json(page),
            false => Reply::json(page.replace("\"total\"", "\"version\"")),
        }
    })
}

/// Seconds of one load into a new database.
fn load(server: &Server, expected: &Expected, at_once: usize) -> Result<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let database = Kind::Sqlite.database();
    let destination = destination::from_text(&database.text()?)?;
    let run = Small::api().sync().base_url(server.url()).boxed_destination(destination);
    let started = Instant::now();
    runtime.block_on(run.max_concurrency(at_once).run()).into_result()?;
    let seconds = started.elapsed().as_secs_f64();
    verify::<Small>(&database, expected)?;
    Ok(seconds)
}
