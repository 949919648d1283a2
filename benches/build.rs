//! Says which compiler this is: counts of instructions are those of one.

use std::error::Error;
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = std::env::var_os("RUSTC").ok_or("cargo says which compiler it is")?;
    let output = Command::new(rustc).arg("-vV").output()?;
    let text = String::from_utf8(output.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let version = text.lines().next().unwrap_or_default();
    println!("cargo::rustc-env=BENCHES_RUSTC={version}, {host}");
    Ok(())
}
