//! Times of the parts of a load.
//!
//! ```sh
//! cargo bench -p connector-benches             # all
//! cargo bench -p connector-benches -- decode   # some
//! ```

use connector_benches::parts::{FLOORS, PARTS, Part};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

fn main() {
    divan::main();
}

#[divan::bench(args = PARTS.iter().chain(FLOORS).map(|part| part.name))]
fn parts(bencher: Bencher<'_, '_>, name: &str) {
    let part = Part::named(name).expect("a part");
    let mut work = part.work().expect("work that can be done");
    let bencher = bencher.counter(BytesCount::new(part.bytes()));
    let bencher = bencher.counter(ItemsCount::new(part.rows()));
    bencher.bench_local(|| work().expect("work that is done"));
}
