//! Rows as a table that fits a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::value::RawValue;

use crate::report::printable;
use crate::run::Previewed;

/// Between two columns.
const GAP: usize = 2;

/// A column is not made narrower than this.
const NARROWEST: usize = 8;

/// A column with its cells, the first of them its name.
struct Column {
    cells: Vec<String>,
    is_number: bool,
    width: usize,
}

/// A table of so many characters at most. Columns that are too wide are made narrower, the widest
/// first; what does not fit even then is named below.
pub(super) fn of(rows: &Previewed, width: usize) -> String {
    if rows.rows.is_empty() {
        return format!("`{}` has no rows\n", rows.resource);
    }
    let mut columns = columns(rows);
    let least = |column: &Column| column.width.min(NARROWEST);
    let mut used = 0;
    let fits = columns.iter().take_while(|column| {
        used += least(column) + GAP;
        used <= width + GAP
    });
    let fits = fits.count().max(1);
    let left: Vec<_> = columns.split_off(fits).iter().map(|it| it.cells[0].clone()).collect();
    shrink(&mut columns, width);
    let mut text = String::new();
    for line in 0..=rows.rows.len() {
        let mut shown = String::new();
        for column in &columns {
            let (cell, width) = (cut(&column.cells[line], column.width), column.width);
            let _ = match column.is_number {
                true => write!(shown, "{cell:>width$}  "),
                false => write!(shown, "{cell:<width$}  "),
            };
        }
        let _ = writeln!(text, "{}", shown.trim_end());
    }
    if !left.is_empty() {
        let _ = writeln!(text, "\nnot shown: {}", left.join(", "));
    }
    text
}

fn columns(rows: &Previewed) -> Vec<Column> {
    let parsed = rows.rows.iter().map(|row| serde_json::from_str(row).unwrap_or_default());
    let parsed: Vec<BTreeMap<String, &RawValue>> = parsed.collect();
    let column = |name: &String| {
        let values = parsed.iter().map(|row| row.get(name).map_or("null", |raw| raw.get()));
        let is_number = values
            .clone()
            .all(|raw| raw == "null" || raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()));
        let cells: Vec<_> = std::iter::once(name.clone()).chain(values.map(shown)).collect();
        let width = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or_default();
        Column { cells, is_number, width }
    };
    rows.columns.iter().map(column).collect()
}

/// Takes from the widest columns until all of them fit.
fn shrink(columns: &mut [Column], width: usize) {
    let needed = columns.iter().map(|column| column.width + GAP).sum::<usize>();
    for _ in 0..needed.saturating_sub(width + GAP) {
        if let Some(widest) = columns.iter_mut().rev().max_by_key(|column| column.width) {
            widest.width = widest.width.saturating_sub(1).max(1);
        }
    }
}

/// A value in a cell: nothing for null, a text without its quotes, all else as JSON.
fn shown(raw: &str) -> String {
    match serde_json::from_str::<Option<String>>(raw) {
        Ok(text) => printable(&text.unwrap_or_default()).replace('\n', "\\n"),
        Err(_) => raw.to_owned(),
    }
}

fn cut(cell: &str, width: usize) -> String {
    if cell.chars().count() <= width {
        return cell.to_owned();
    }
    let kept: String = cell.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(columns: &[&str], rows: &[&str]) -> Previewed {
        Previewed {
            resource: "issues",
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: rows.iter().map(|row| (*row).to_owned()).collect(),
        }
    }

    #[test]
    fn values_are_shown_as_people_write_them() {
        let rows = rows(
            &["id", "price", "title", "tags"],
            &[
                r#"{"id":1,"price":1.50,"title":"a \"b\"\n\u001b[2J","tags":["x",{"y":1}]}"#,
                r#"{"id":20,"price":null,"title":null,"tags":[]}"#,
            ],
        );
        let expected = "\
id  price  title               tags
 1   1.50  a \"b\"\\n\\u{1b}[2J  [\"x\",{\"y\":1}]
20                             []
";
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (shown, expected) = (lines(&of(&rows, 80)), lines(expected));
        assert_eq!(shown.len(), expected.len());
        assert_eq!(shown[0].split_whitespace().count(), 4);
        assert!(shown[1].contains(r#"["x",{"y":1}]"#) && shown[1].contains("1.50"), "{shown:?}");
        assert!(!shown[1].contains('\u{1b}'), "{shown:?}");
        assert!(shown[2].starts_with("20 ") && shown[2].ends_with("[]"), "{shown:?}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let long = "ü".repeat(200);
        let row = format!(r#"{{"id":1,"text":"{long}","more":"{long}","last":"x"}}"#);
        let rows = rows(&["id", "text", "more", "last"], &[&row]);
        for width in [20, 24, 40, 80, 120, 400, 500] {
            let text = of(&rows, width);
            let widest = text
                .lines()
                .filter(|line| !line.starts_with("not shown"))
                .map(|line| line.chars().count())
                .max();
            assert!(widest <= Some(width), "{width}: {text}");
            assert_eq!(text.contains('…'), width < 410, "{width}: {text}");
            assert_eq!(text.contains("not shown: more, last"), width == 20, "{width}: {text}");
        }
    }

    #[test]
    fn no_rows_are_said() {
        assert_eq!(of(&rows(&["id"], &[]), 80), "`issues` has no rows\n");
    }
}
