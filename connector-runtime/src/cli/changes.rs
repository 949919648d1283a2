//! What would be made or altered in a destination, for people.

use std::fmt::Write;

use crate::report::{SchemaChange, printable};

/// Lines about a destination; `None`: it does not tell.
pub(super) fn would_change(destination: &str, changes: Option<&[SchemaChange]>) -> String {
    let mut lines = format!("into {}\n", printable(destination));
    match changes {
        None => lines.push_str("  what would be made or altered there is not known\n"),
        Some([]) => lines.push_str("  nothing would be made or altered\n"),
        Some(changes) => {
            for SchemaChange { table, change, .. } in changes {
                let _ = writeln!(lines, "  table `{table}`: {change}");
            }
        }
    }
    lines
}
