//! [`Look`]: how texts are to look where they go, and the parts they are made of.

use std::fmt::{self, Write};

/// What the place can show where a text goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// Columns; `None`: lines may be as long as they like.
    pub(crate) width: Option<usize>,
    pub(crate) colors: bool,
}

/// A colour, as terminals are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Color {
    Cyan,
    Green,
    Red,
    Yellow,
}

impl Look {
    /// Nothing but text.
    pub(crate) const PLAIN: Self = Self { width: None, colors: false };

    /// The text in a colour, where there are colours.
    pub(crate) fn color(self, color: Color, text: &str) -> String {
        if !self.colors {
            return text.to_owned();
        }
        let code = match color {
            Color::Cyan => 36,
            Color::Green => 32,
            Color::Red => 31,
            Color::Yellow => 33,
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// The text without what could steer a terminal: a part of it may come from a server.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() && c != '\n' {
            true => printable.extend(c.escape_default()),
            false => printable.push(c),
        }
    }
    printable
}

/// A number of bytes, short enough for a table.
pub(crate) fn human_bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut scaled = bytes as f64 / 1024.0;
    let mut unit = 0;
    while scaled >= 1024.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{scaled:.2} {}", UNITS[unit])
}

/// A text of at most so many characters; one that was cut says so.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Lines whose cells stand below each other; numbers to the right.
pub(crate) struct Grid {
    head: Vec<Head>,
    lines: Vec<Vec<String>>,
    look: Look,
}

struct Head {
    name: &'static str,
    is_number: bool,
    /// The colour of a cell.
    color: Option<fn(&str) -> Option<Color>>,
}

/// The least width of a text that is cut.
const LEAST_TEXT: usize = 6;
/// Between two cells.
const GAP: usize = 2;

impl Grid {
    pub(crate) fn new(texts: &[&'static str]) -> Self {
        let mut grid = Self { head: Vec::new(), lines: Vec::new(), look: Look::PLAIN };
        grid.texts(texts);
        grid
    }

    pub(crate) fn texts(&mut self, heads: &[&'static str]) {
        self.add(heads, false);
    }

    pub(crate) fn numbers(&mut self, heads: &[&'static str]) {
        self.add(heads, true);
    }

    fn add(&mut self, names: &[&'static str], is_number: bool) {
        self.head.extend(names.iter().map(|name| Head { name, is_number, color: None }));
    }

    pub(crate) fn push(&mut self, line: Vec<String>) {
        self.lines.push(line);
    }

    /// The colours of the cells of a column.
    pub(crate) fn color(&mut self, column: &str, color: fn(&str) -> Option<Color>) {
        for head in self.head.iter_mut().filter(|head| head.name == column) {
            head.color = Some(color);
        }
    }

    /// Makes it fit: leaves columns out, those of `less` first and in this order, then cuts texts.
    pub(crate) fn fit(&mut self, look: Look, less: &[&str]) {
        self.look = look;
        let Some(width) = look.width else { return };
        for name in less {
            if self.width() <= width {
                return;
            }
            if let Some(at) = self.head.iter().position(|head| head.name == *name) {
                self.head.remove(at);
                self.lines.iter_mut().for_each(|line| drop(line.remove(at)));
            }
        }
        while self.width() > width {
            let texts = (0..self.head.len()).filter(|at| !self.head[*at].is_number);
            let widths = self.widths();
            let Some(widest) = texts.max_by_key(|at| widths[*at]) else { return };
            let most = widths[widest].saturating_sub(self.width() - width).max(LEAST_TEXT);
            if most >= widths[widest] || self.head[widest].name.chars().count() > most {
                return;
            }
            self.lines.iter_mut().for_each(|line| line[widest] = cut(&line[widest], most));
        }
    }

    fn widths(&self) -> Vec<usize> {
        let cells = |at: usize| self.lines.iter().map(move |line| line[at].as_str());
        let width = |at: usize| {
            let all = cells(at).chain([self.head[at].name]);
            all.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        (0..self.head.len()).map(width).collect()
    }

    fn width(&self) -> usize {
        let widths = self.widths();
        widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let names: Vec<_> = self.head.iter().map(|head| head.name.to_owned()).collect();
        for (number, line) in std::iter::once(&names).chain(&self.lines).enumerate() {
            let mut text = String::new();
            for ((cell, width), head) in line.iter().zip(&widths).zip(&self.head) {
                let room = " ".repeat(width - cell.chars().count());
                let color = head.color.filter(|_| number > 0).and_then(|color| color(cell));
                let cell = match color {
                    Some(color) => self.look.color(color, cell),
                    None => cell.clone(),
                };
                match head.is_number {
                    true => write!(text, "{room}{cell}  ")?,
                    false => write!(text, "{cell}{room}  ")?,
                }
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new(&["resource", "status"]);
        grid.numbers(&["rows", "bytes"]);
        for (name, status) in [("orders", "done"), ("customers_of_the_shop", "failed")] {
            grid.push([name, status, "10", "2048"].map(str::to_owned).to_vec());
        }
        grid
    }

    #[test]
    fn a_grid_fits_the_width() {
        let cases = [
            (
                50,
                "\
resource               status  rows  bytes
orders                 done      10   2048
customers_of_the_shop  failed    10   2048
",
            ),
            (
                36,
                "\
resource               status  rows
orders                 done      10
customers_of_the_shop  failed    10
",
            ),
            (
                26,
                "\
resource      status  rows
orders        done      10
customers_o…  failed    10
",
            ),
        ];
        for (width, expected) in cases {
            let mut grid = grid();
            grid.fit(Look { width: Some(width), colors: false }, &["bytes", "none"]);
            assert_eq!(grid.to_string(), expected, "{width}");
        }
    }

    #[test]
    fn a_grid_that_cannot_fit_is_as_small_as_it_can_be() {
        let mut grid = grid();
        grid.fit(Look { width: Some(10), colors: false }, &["bytes"]);
        assert!(grid.to_string().starts_with("resource"), "{grid}");
    }

    #[test]
    fn colors_take_no_room() {
        let mut grid = grid();
        grid.color("status", |cell| (cell == "failed").then_some(Color::Red));
        grid.fit(Look { width: None, colors: true }, &[]);
        let text = grid.to_string();
        assert!(text.contains("\x1b[31mfailed\x1b[0m    10"), "{text}");
        assert!(text.contains("done      10"), "{text}");
    }

    #[test]
    fn bytes_are_short() {
        let cases = [(0, "0 B"), (1_023, "1023 B"), (1_024, "1.00 KiB"), (5 << 40, "5.00 TiB")];
        for (bytes, expected) in cases {
            assert_eq!(human_bytes(bytes), expected);
        }
    }
}
