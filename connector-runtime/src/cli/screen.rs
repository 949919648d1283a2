//! [`Screen`]: what is on standard error: progress lines where they are shown, and the log above them.

use std::io::{self, Write};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use super::display::{Running, lock};

/// Of a long text so much is written at once: what a pipe takes as soon as its reader goes on.
const MOST_AT_ONCE: usize = 4096;

/// Draws what runs after each piece of text.
#[derive(Debug)]
pub(super) struct Screen {
    running: Running,
    lines: MultiProgress,
    bars: Vec<ProgressBar>,
    /// Says how many others run.
    more: Option<ProgressBar>,
}

impl Screen {
    pub(super) fn new(running: Running) -> Self {
        let lines = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        Self { running, lines, bars: Vec::new(), more: None }
    }

    fn draw(&mut self) {
        // nobody waits for the screen
        let shown = lock(&self.running).shown(Instant::now());
        while self.bars.len() > shown.lines.len() {
            self.bars.pop().into_iter().for_each(|bar| self.remove(&bar));
        }
        if shown.more == 0 {
            self.more.take().into_iter().for_each(|more| self.remove(&more));
        }
        while self.bars.len() < shown.lines.len() {
            let bar =
                ProgressBar::new_spinner().with_style(style("{spinner} {prefix}  {wide_msg}"));
            self.bars.push(match &self.more {
                Some(more) => self.lines.insert_before(more, bar),
                None => self.lines.add(bar),
            });
        }
        for (bar, (name, progress)) in self.bars.iter().zip(shown.lines) {
            bar.set_prefix(name);
            bar.set_message(progress);
            bar.tick();
        }
        if shown.more > 0 {
            let more = self.more.get_or_insert_with(|| {
                self.lines.add(ProgressBar::new_spinner().with_style(style("  {wide_msg}")))
            });
            more.set_message(format!("and {} more", shown.more));
            more.tick();
        }
    }

    fn remove(&self, bar: &ProgressBar) {
        bar.finish_and_clear();
        self.lines.remove(bar);
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Write for Screen {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        // no lines of progress come between the parts of a text
        let some = match self.bars.is_empty() {
            true => &text[..text.len().min(MOST_AT_ONCE)],
            false => text,
        };
        // whoever closed standard error does not want to read it: no reason to fail
        let _ = match self.bars.is_empty() {
            true => io::stderr().write_all(some),
            false => self.lines.suspend(|| io::stderr().write_all(some)),
        };
        Ok(some.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.draw();
        Ok(())
    }
}
