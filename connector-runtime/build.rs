//! Names the private module after the patch version, so that code expanded by one version of the
//! derives can never bind to another version of the runtime.
use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let patch = env::var("CARGO_PKG_VERSION_PATCH").expect("set by cargo");
    let out = env::var("OUT_DIR").expect("set by cargo");
    let text = format!(
        "#[doc(hidden)]\npub mod __private{patch} {{\n    pub use crate::private::*;\n}}\n"
    );
    fs::write(Path::new(&out).join("private.rs"), text).expect("OUT_DIR is writable");
}
