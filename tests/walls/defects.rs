//! `docs/defects.md` names tests; each of them is there.

use std::fs;
use std::path::Path;

/// Every `fn name(` and, in macros that write tests, `name:`.
fn is_test(name: &str, folder: &Path) -> bool {
    fs::read_dir(folder).expect("a folder").any(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            return is_test(name, &path);
        }
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        is_rust && {
            let text = fs::read_to_string(&path).expect("text");
            text.contains(&format!("fn {name}(")) || text.contains(&format!("    {name}: "))
        }
    })
}

#[test]
fn the_tests_in_the_table_of_defects_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("../docs/defects.md")).expect("text");
    let rows = table.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    let mut named = 0;
    for row in rows {
        let Some(name) = row.trim_end_matches(" |").rsplit('`').nth(1) else { continue };
        if !row.ends_with("` |") {
            continue;
        }
        assert!(is_test(name, root), "no test is called `{name}`");
        if let Some(number) = row.strip_prefix("| D").and_then(|rest| rest.split(' ').next()) {
            let expected = format!("d{number:0>2}_");
            assert!(name.starts_with(&expected), "`{name}` should start with `{expected}`");
        } else {
            assert!(name.starts_with("airbyte_"), "`{name}` should start with `airbyte_`");
        }
        named += 1;
    }
    assert!(named >= 25, "{named} tests are named");
}
