//! How long `cargo check` takes after one file of fifty was edited, each of which has a resource of twelve
//! columns; and the same for plain structs that serde reads.
//!
//! ```sh
//! cargo run --release --bin check_time        # 9 pairs
//! cargo run --release --bin check_time -- 21
//! ```
//!
//! The two crates, and what they depend on, are built in a folder of the target directory, which stays there.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use connector_benches::{Result, median};

const RESOURCES: usize = 50;
/// Of all resources the same; behind the key.
const COLUMNS: [&str; 11] = [
    "name: String",
    "state: Option<String>",
    "body: Option<String>",
    "number: i64",
    "comments: i64",
    "score: Option<f64>",
    "locked: bool",
    "draft: Option<bool>",
    "url: String",
    "author: Option<String>",
    "size: Option<i64>",
];

/// What a crate of structs is about.
#[derive(Clone, Copy)]
enum Kind {
    Derived,
    Plain,
}

fn main() -> Result<()> {
    let pairs = match std::env::args().nth(1) {
        Some(pairs) => pairs.parse()?,
        None => 9,
    };
    let program = std::env::current_exe()?;
    // target/release/check_time
    let target = program.ancestors().nth(2).ok_or("no target directory")?.join("check_time");
    let crates = [Crate::write(Kind::Derived, &target)?, Crate::write(Kind::Plain, &target)?];
    for of in &crates {
        of.check()?;
    }
    let mut seconds = Vec::new();
    for edit in 0..=pairs {
        let [derived, plain] = &crates;
        seconds.push((derived.check_after(edit)?, plain.check_after(edit)?));
    }
    // the first pair finds what the disk has, not memory
    seconds.remove(0);
    let of = |value: fn(&(f64, f64)) -> f64| median(seconds.iter().map(value));
    println!("{RESOURCES} resources of {} columns, {pairs} pairs; medians", COLUMNS.len() + 1);
    println!("derived    {:.2} s", of(|pair| pair.0));
    println!("plain      {:.2} s", of(|pair| pair.1));
    println!("difference {:.2} s", of(|pair| pair.0 - pair.1));
    Ok(())
}

/// A crate that was written.
struct Crate {
    kind: Kind,
    folder: PathBuf,
    target: PathBuf,
}

impl Crate {
    fn write(kind: Kind, target: &Path) -> Result<Self> {
        let (name, depends) = match kind {
            Kind::Derived => {
                let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../connector-runtime");
                ("derived", format!("connector-runtime = {{ path = {runtime:?} }}"))
            }
            Kind::Plain => ("plain", "serde = { version = \"1\", features = [\"derive\"] }".into()),
        };
        let folder = target.join(name);
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{depends}\n\n[workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(lock, folder.join("Cargo.lock"))?;
        let written = Self { kind, folder, target: target.join("target") };
        for nth in 0..RESOURCES {
            written.resource(nth, 0)?;
        }
        fs::write(written.folder.join("src/lib.rs"), written.root())?;
        Ok(written)
    }

    fn root(&self) -> String {
        let mut text = String::from("//! Fifty resources.\n\n");
        let mut names = String::new();
        for nth in 0..RESOURCES {
            let _ = writeln!(text, "pub mod r{nth};");
            let _ = write!(names, "r{nth}::Row{nth}, ");
        }
        match self.kind {
            Kind::Derived => format!(
                "{text}\nuse connector_runtime::prelude::*;\n\n/// The API.\n#[derive(Connector)]\n\
                 #[connector(base_url = \"https://api.example.com\", resources({names}))]\n\
                 pub struct Api {{}}\n"
            ),
            Kind::Plain => text,
        }
    }

    /// Writes one of the files; `edit`: what it is different in from what it was.
    fn resource(&self, nth: usize, edit: usize) -> Result<()> {
        let head = match self.kind {
            Kind::Derived => format!(
                "use connector_runtime::prelude::*;\n\n/// A row.\n#[derive(Resource)]\n\
                 #[resource(path = \"/rows/{nth}\", data_selector = \"data\", \
                 paginator = offset(limit = 100))]"
            ),
            Kind::Plain => "#[derive(serde::Deserialize)]".to_owned(),
        };
        let key = match self.kind {
            Kind::Derived => "#[column(primary_key)]\n    pub id: i64",
            Kind::Plain => "pub id: i64",
        };
        let mut text = format!("{head}\npub struct Row{nth} {{\n    {key},\n");
        for column in COLUMNS {
            let _ = writeln!(text, "    pub {column},");
        }
        // a column with another name: all that was made of the struct is made anew
        let text = text.replace("size:", &format!("size_{edit}:")) + "}\n";
        Ok(fs::write(self.folder.join(format!("src/r{nth}.rs")), text)?)
    }

    fn check_after(&self, edit: usize) -> Result<f64> {
        self.resource(edit % RESOURCES, edit + 1)?;
        let started = Instant::now();
        self.check()?;
        Ok(started.elapsed().as_secs_f64())
    }

    fn check(&self) -> Result<()> {
        let mut cargo = Command::new("cargo");
        cargo.args(["check", "--quiet", "--offline"]).current_dir(&self.folder);
        let output = cargo.env("CARGO_TARGET_DIR", &self.target).output()?;
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stderr).into()),
        }
    }
}
