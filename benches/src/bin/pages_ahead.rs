//! 200 pages of an API that takes 50 ms for each, into SQLite: one by one, and asked for ahead.
//!
//! ```sh
//! cargo run --release --bin pages_ahead            # 200 pages, 50 ms, 5 pairs
//! cargo run --release --bin pages_ahead -- 200 50 9
//! ```

use std::thread::sleep;
use std::time::{Duration, Instant};

use connector_benches::Result;
use connector_runtime::Connector;
use connector_tests::{Folder, KEY, OffsetApi, Server, example, items};

/// Rows a page, as the connector of the tests asks for them.
const LIMIT: u64 = 100;

fn main() -> Result<()> {
    let args =
        std::env::args().skip(1).map(|text| Ok(text.parse()?)).collect::<Result<Vec<u64>>>()?;
    let (pages, latency, pairs) = match args[..] {
        [] => (200, 50, 5),
        [pages, latency, pairs] => (pages, latency, pairs),
        _ => return Err("usage: pages_ahead [PAGES LATENCY_MS PAIRS]".into()),
    };
    for total in [true, false] {
        let api = OffsetApi::new(items(1..(pages * LIMIT) as i64 + 1)).key(KEY);
        let api = if total { api.total() } else { api };
        let server = Server::start(move |request| {
            sleep(Duration::from_millis(latency));
            api.answer(request)
        });
        let mut ratios = Vec::new();
        for _ in 0..pairs {
            let (slow, fast) = (load(&server, pages, Some(1))?, load(&server, pages, None)?);
            println!("one by one {slow:.2} s, ahead {fast:.2} s");
            ratios.push(slow / fast);
        }
        ratios.sort_by(f64::total_cmp);
        let says = if total { "says" } else { "does not say" };
        println!("an API that {says} how many there are: {:.1} times", ratios[ratios.len() / 2]);
    }
    Ok(())
}

/// Seconds of one load into a new database.
fn load(server: &Server, pages: u64, at_once: Option<usize>) -> Result<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = Folder::new();
    let database = folder.database();
    let mut run = example().sync().base_url(server.url()).destination(database.destination());
    if let Some(at_once) = at_once {
        run = run.max_concurrency(at_once);
    }
    let started = Instant::now();
    let report = runtime.block_on(run.run()).into_result()?;
    let seconds = started.elapsed().as_secs_f64();
    let inserted = report.resources[0].rows.inserted;
    match inserted == pages * LIMIT {
        true => Ok(seconds),
        false => Err(format!("{inserted} rows came").into()),
    }
}
