//! `docs/reference.md` is the table of options.

use std::fmt::Write as _;
use std::path::Path;

use crate::keys::{self, Place};

#[test]
fn reference_is_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference.md");
    let text = render();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &text).expect("the reference is writable");
    }
    let current = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        current == text,
        "docs/reference.md is old: run `BLESS=1 cargo test -p connector-macros`"
    );
}

#[test]
fn examples_start_with_their_option() {
    for key in keys::KEYS {
        assert!(key.example.starts_with(key.name), "{key:?}");
        assert!(key.doc.ends_with('.'), "{key:?}");
    }
}

fn render() -> String {
    let mut text = "# Reference of the options\n\n\
        Written by a test from the table in `connector-macros/src/keys/table.rs`; `BLESS=1 cargo test -p\n\
        connector-macros` writes it anew. What types a field may have: [`types.md`](types.md).\n"
        .to_owned();
    for place in Place::ALL {
        let _ = write!(text, "\n## {}\n\n| option | meaning |\n|---|---|\n", place.title());
        for key in keys::of(place) {
            let _ = writeln!(text, "| `{}` | {} |", key.example.replace('|', "\\|"), key.doc);
        }
    }
    text
}
