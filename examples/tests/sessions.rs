//! `docs/sessions.md`: what the README's program says, from real runs.
//! `SNAPSHOT=overwrite cargo test -p connector-examples sessions` writes it anew.

use std::fmt::Write as _;
use std::process::Command;

use connector_tests::{Child, Folder, KEY, OffsetApi, Server, items};

const EXPECTED: &str = include_str!("../../docs/sessions.md");

const HEAD: &str = "# Sessions

What the README's program, [`examples/src/bin/example_api.rs`](../examples/src/bin/example_api.rs), says against an API of 250 rows, as it was said: a test runs these
commands and compares. Addresses, times and load ids are others each time, and are written as the same ones here. Standard error comes behind standard output.
";

/// A server, a directory, and what was written so far.
struct Session {
    server: Server,
    folder: Folder,
    text: String,
    /// Load ids, as they came.
    ids: Vec<String>,
}

impl Session {
    fn chapter(&mut self, title: &str, says: &str) {
        let _ = write!(self.text, "\n## {title}\n\n{says}\n");
    }

    /// Runs a command line of the program, and writes it with what it says.
    fn run(&mut self, line: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_example_api"));
        let (key, words) = match line.strip_prefix("EXAMPLE_API_API_KEY=4711 ") {
            Some(words) => ("4711", words),
            None => (KEY, line),
        };
        command.args(words.split(' ').skip(1)).current_dir(self.folder.path("")).env_clear();
        command.env("EXAMPLE_API_API_KEY", key).env("EXAMPLE_API_BASE_URL", self.server.url());
        // how many pages are asked for ahead is a matter of time; a terminal shows no log lines
        command.env("EXAMPLE_API_LOG", "warn").env("EXAMPLE_API_MAX_CONCURRENCY", "1");
        let outcome = Child::default().run(command);
        let said = self.steady(&format!("{}{}", outcome.stdout, outcome.stderr));
        let code = match outcome.code() {
            0 => String::new(),
            code => format!("$ echo $?\n{code}\n"),
        };
        let _ = write!(self.text, "\n```text\n$ {line}\n{said}{code}```\n");
    }

    /// Without what differs each time.
    fn steady(&mut self, text: &str) -> String {
        let text = text.replace(&self.server.url(), "http://127.0.0.1:8080");
        text.lines().map(|line| self.steady_line(line) + "\n").collect()
    }

    fn steady_line(&mut self, line: &str) -> String {
        let mut words = line.split_inclusive(' ').peekable();
        let mut steady = String::new();
        while let Some(word) = words.next() {
            let bare = word.trim_end();
            // a size is what it is
            let is_size = words.peek().is_some_and(|next| next.trim_end().ends_with('B'));
            let new = if is_size { bare.to_owned() } else { self.steady_word(bare) };
            let _ = write!(steady, "{new}{}", &word[bare.len()..]);
        }
        steady.trim_end().to_owned()
    }

    fn steady_word(&mut self, word: &str) -> String {
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_seconds = |text: &str| {
            text.split_once('.')
                .is_some_and(|(whole, part)| digits(whole) && digits(part) && part.len() == 2)
        };
        let bare = word.trim_end_matches(',');
        if digits(bare) && bare.len() == 16 {
            if !self.ids.iter().any(|id| id == bare) {
                self.ids.push(bare.to_owned());
            }
            let number = self.ids.iter().position(|id| id == bare).unwrap_or_default();
            return word.replace(bare, &format!("179570000000000{}", number + 1));
        }
        if is_seconds(bare) {
            // as wide as it was: others stand behind it
            return word.replace(bare, &format!("{:>1$}", "0.05", bare.len()));
        }
        if bare.len() >= 19
            && bare.is_char_boundary(10)
            && bare[4..5] == *"-"
            && bare[10..11] == *"T"
        {
            return word.replace(bare, "2026-01-31T12:00:00Z");
        }
        word.to_owned()
    }
}

#[test]
fn the_sessions_are_as_they_are_written() {
    let api = OffsetApi::new(items(0..250)).key(KEY);
    let (server, folder) = (api.serve(), Folder::new());
    let mut session = Session { server, folder, text: HEAD.to_owned(), ids: Vec::new() };
    session.chapter("Before the first load", "Nothing is asked for, and nothing is written.");
    session.run("example_api schema");
    session.run("example_api plan");
    session.chapter("Trying out", "`check` asks for a page, `preview` shows rows.");
    session.run("example_api check");
    session.run("example_api preview resource_name --limit 3 --output json");
    session.chapter("Loading", "The second load finds two rows changed.");
    session.run("example_api sync");
    api.change(|rows| rows.iter_mut().take(2).for_each(|row| row.name = Some("new".to_owned())));
    session.run("example_api sync");
    session.chapter("Looking back", "What the destination knows.");
    session.run("example_api loads");
    session.run("example_api state show");
    session
        .chapter("What goes wrong", "An error says what to do, and the exit code what kind it is.");
    session.run("EXAMPLE_API_API_KEY=4711 example_api sync");
    session.run("example_api sync resource_nam");
    session.run("example_api sync --destination mysql://localhost");
    let Session { text, .. } = session;
    if text == EXPECTED {
        return;
    }
    if std::env::var("SNAPSHOT").is_ok_and(|wish| wish == "overwrite") {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/sessions.md");
        return std::fs::write(path, text).expect("written");
    }
    let first = text.lines().zip(EXPECTED.lines()).find(|(found, expected)| found != expected);
    panic!("not as in `docs/sessions.md`, from {first:?} on; all of it:\n{text}");
}
