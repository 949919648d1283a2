//! The parts of a load, each without the others: for times (`cargo bench`) and for counts of instructions
//! (`cargo run --release --bin instructions`).

mod floor;
mod loads;
mod small;
mod wide;

use std::hint::black_box;

use connector_runtime::Bytes;
use connector_runtime::arrow_array::RecordBatch;
use connector_runtime::benching::{Decode, SqliteBinding, postgres_copy};
use connector_runtime::prelude::*;
use connector_runtime::schema::Tables;

use crate::Result;
use small::Small;
use wide::Wide;

/// Rows of a page.
const PAGE: u64 = 100;

/// The resources of the benches.
#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Small, Wide))]
struct Parts {}

/// One part of a load.
pub struct Part {
    /// As the baseline calls it.
    pub name: &'static str,
    /// How many pages one call of the work sees.
    pages: u64,
    page: fn(u64) -> String,
    prepare: fn(Vec<Bytes>) -> Result<Work>,
}

/// What is measured; each call does the same.
pub type Work = Box<dyn FnMut() -> Result<()>>;

/// What a run goes through.
pub static PARTS: &[Part] = &[
    Part::small("decode_small", decode::<Small>),
    Part::wide("decode_wide", decode::<Wide>),
    Part::small("bind_sqlite_small", bind_sqlite::<Small>),
    Part::wide("bind_sqlite_wide", bind_sqlite::<Wide>),
    Part::small("copy_postgres_small", copy_postgres::<Small>),
    Part::wide("copy_postgres_wide", copy_postgres::<Wide>),
    Part { pages: 320, ..Part::small("page_loop", loads::nowhere) },
    Part { pages: 320, ..Part::small("load_sqlite", loads::sqlite) },
];

/// What decoding is compared with: the same pages by serde, into structs.
pub static FLOORS: &[Part] = &[
    Part::small("serde_json_small", floor::read::<Small>),
    Part::wide("serde_json_wide", floor::read::<Wide>),
];

impl Part {
    /// A batch of small rows.
    const fn small(name: &'static str, prepare: fn(Vec<Bytes>) -> Result<Work>) -> Self {
        Self { name, pages: 80, page: small::page, prepare }
    }

    /// A batch of wide rows.
    const fn wide(name: &'static str, prepare: fn(Vec<Bytes>) -> Result<Work>) -> Self {
        Self { name, pages: 16, page: wide::page, prepare }
    }

    /// Ours, or a floor.
    ///
    /// # Errors
    ///
    /// When none has this name.
    pub fn named(name: &str) -> Result<&'static Self> {
        let part = PARTS.iter().chain(FLOORS).find(|part| part.name == name);
        part.ok_or_else(|| format!("no part is called `{name}`").into())
    }

    /// Rows that one call of the work sees.
    pub fn rows(&self) -> u64 {
        self.pages * PAGE
    }

    /// Bytes of JSON that these rows are.
    pub fn bytes(&self) -> u64 {
        self.bodies().iter().map(|body| body.len() as u64).sum()
    }

    /// The work, ready to be done as often as one likes; it was done once.
    ///
    /// # Errors
    ///
    /// When it does not do what it should.
    pub fn work(&self) -> Result<Work> {
        let mut work = (self.prepare)(self.bodies())?;
        work()?;
        Ok(work)
    }

    fn bodies(&self) -> Vec<Bytes> {
        (0..self.pages).map(|nth| (self.page)(1 + nth * PAGE).into()).collect()
    }
}

fn decode<R: Resource>(pages: Vec<Bytes>) -> Result<Work> {
    let mut decoder = Decode::new(R::SPEC);
    Ok(Box::new(move || {
        black_box(batch(&mut decoder, &pages)?);
        Ok(())
    }))
}

fn bind_sqlite<R: Resource>(pages: Vec<Bytes>) -> Result<Work> {
    let (tables, batch) = (Tables::of(R::SPEC), batch(&mut Decode::new(R::SPEC), &pages)?);
    let binding = SqliteBinding::new()?;
    Ok(Box::new(move || Ok(binding.bind(&tables, black_box(&batch))?)))
}

fn copy_postgres<R: Resource>(pages: Vec<Bytes>) -> Result<Work> {
    let (tables, batch) = (Tables::of(R::SPEC), batch(&mut Decode::new(R::SPEC), &pages)?);
    Ok(Box::new(move || {
        black_box(postgres_copy(&tables, black_box(&batch)));
        Ok(())
    }))
}

/// The rows of all pages.
fn batch(decoder: &mut Decode, pages: &[Bytes]) -> Result<RecordBatch> {
    for page in pages {
        if decoder.page(black_box(page))? != PAGE {
            return Err("a page of another size".into());
        }
    }
    Ok(decoder.take_batch().ok_or("no rows")?)
}
