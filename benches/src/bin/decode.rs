//! Pages of JSON into columns, without anything around it: how many MB a second, and how many times as fast as
//! `serde_json::from_slice` into structs whose texts are their own, or borrow from the page.
//!
//! ```sh
//! cargo run --release --bin decode        # 15 rounds of each
//! cargo run --release --bin decode -- 99
//! ```
//!
//! A round is as many pages as make a batch; the three take turns, and ratios are taken within a round.

use std::hint::black_box;
use std::time::{Duration, Instant};

use connector_benches::{LIMIT, Page, Result, Shape, Small, Wide, median, page};
use connector_runtime::Connector;
use connector_runtime::benching::Decode;
use serde::Deserialize;

/// Rows of a batch at most, and bytes of its pages: as in a run.
const BATCH_ROWS: u64 = 8_000;
const BATCH_BYTES: usize = 4 << 20;

/// A round of each goes on for at least so long.
const ROUND: Duration = Duration::from_millis(50);

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rounds = match &args[..] {
        [] => 15,
        [rounds] => rounds.parse()?,
        _ => return Err("usage: decode [ROUNDS]".into()),
    };
    println!("{:<6} {:<34} {:>6} {:>22}", "rows", "decoded", "MB/s", "columns are so fast ×");
    compare::<Small>(rounds)?;
    compare::<Wide>(rounds)
}

fn compare<S: Shape>(rounds: usize) -> Result<()> {
    let pages = batch::<S>()?;
    // one for all batches, as in a run
    let mut decode = Decode::new(S::Api::SPEC.resources[0]);
    let mut round = || -> Result<[f64; 3]> {
        Ok([
            speed(&pages, |pages| columns(&mut decode, pages))?,
            speed(&pages, structs::<S::Owned>)?,
            speed(&pages, borrowed::<S>)?,
        ])
    };
    round()?;
    let speeds: Vec<[f64; 3]> = (0..rounds).map(|_| round()).collect::<Result<_>>()?;
    let names =
        ["into columns", "by serde_json, texts of their own", "by serde_json, texts that borrow"];
    for (at, name) in names.into_iter().enumerate() {
        let speed = median(speeds.iter().map(|round| round[at]));
        let ratio = median(speeds.iter().map(|round| round[0] / round[at]));
        println!("{:<6} {name:<34} {speed:>6.0} {ratio:>22.2}", S::NAME);
    }
    Ok(())
}

/// Pages whose rows are a batch.
fn batch<S: Shape>() -> Result<Vec<Vec<u8>>> {
    let mut pages = Vec::new();
    let mut bytes = 0;
    for start in (0..BATCH_ROWS).step_by(LIMIT as usize) {
        let page = page::<S>(BATCH_ROWS, false, start, LIMIT)?.into_bytes();
        bytes += page.len();
        pages.push(page);
        if bytes >= BATCH_BYTES {
            break;
        }
    }
    Ok(pages)
}

/// MB a second.
fn speed(pages: &[Vec<u8>], mut decode: impl FnMut(&[Vec<u8>]) -> Result<u64>) -> Result<f64> {
    let started = Instant::now();
    let mut times = 0;
    while started.elapsed() < ROUND {
        let rows = decode(pages)?;
        if rows != pages.len() as u64 * LIMIT {
            return Err(format!("{rows} rows were decoded").into());
        }
        times += 1;
    }
    let bytes = times * pages.iter().map(Vec::len).sum::<usize>();
    Ok(bytes as f64 / 1e6 / started.elapsed().as_secs_f64())
}

fn columns(decode: &mut Decode, pages: &[Vec<u8>]) -> Result<u64> {
    for page in pages {
        decode.page(page)?;
    }
    let batch = black_box(decode.take_batch());
    Ok(batch.map_or(0, |batch| batch.num_rows() as u64))
}

fn structs<R: for<'a> Deserialize<'a>>(pages: &[Vec<u8>]) -> Result<u64> {
    let mut rows = 0;
    for page in pages {
        let page: Page<R> = black_box(serde_json::from_slice(page)?);
        rows += page.data.len() as u64;
    }
    Ok(rows)
}

fn borrowed<S: Shape>(pages: &[Vec<u8>]) -> Result<u64> {
    let mut rows = 0;
    for page in pages {
        let page: Page<S::Borrowed<'_>> = black_box(serde_json::from_slice(page)?);
        rows += page.data.len() as u64;
    }
    Ok(rows)
}
