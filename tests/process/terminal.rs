//! What is on the screen of a terminal, and what goes elsewhere.

use std::process::Command;
use std::thread;
use std::time::Duration;

use connector_tests::{Child, Folder, Hold, KEY, OffsetApi, Reply, Server, Terminal, items};
use rustix::process::Signal;

use super::{PROGRAM, command};

/// Five pages, of which the fourth waits for the test.
fn held() -> (Hold, Server) {
    let (hold, api) = (Hold::default(), OffsetApi::new(items(1..10_001)).key(KEY).total());
    let server = Server::start({
        let hold = hold.clone();
        move |request| {
            if request.number == 4 {
                hold.pass();
            }
            api.answer(request)
        }
    });
    (hold, server)
}

/// `example-sync` on a terminal; pages come one by one.
fn start(server: &Server, folder: &Folder, columns: u16, args: &[&str]) -> Terminal {
    let mut command = command(server, &folder.database());
    command.args(["--max-concurrency", "1"]).args(args);
    Terminal::start(command, columns)
}

fn columns(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

#[test]
fn a_line_says_how_far_it_is_and_fits_the_width() {
    for width in [80_u16, 40] {
        let (folder, (hold, server)) = (Folder::new(), held());
        let terminal = start(&server, &folder, width, &[]);
        let text = terminal.wait_for(|text| text.contains("6,000 of 10,000 rows, "));
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text[text.find("resource").expect("the name")..].starts_with("resource_name  6,000")
        );
        assert_eq!(text.contains("/s, page 3 of 5"), width == 80, "{text}");
        assert!(columns(&text) <= width.into(), "{text}");
        hold.open();
        let (status, text) = terminal.end();
        assert!(status.success(), "{text}");
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("resource") && lines[0].contains("status"), "{text}");
        assert!(lines[1].starts_with("resource_name") && lines[1].contains("done"), "{text}");
        assert_eq!(lines[0].contains("inserted"), width == 80, "{text}");
        assert!(lines[2].is_empty(), "the table has one line, whole: {text}");
        assert!(!text.contains("rows, "), "no line of progress is left: {text}");
    }
}

#[test]
fn a_line_follows_the_width() {
    let (folder, (hold, server)) = (Folder::new(), held());
    let terminal = start(&server, &folder, 80, &[]);
    terminal.wait_for(|text| text.contains("page 3 of 5"));
    let is_whole = |text: &str| text.lines().count() == 1 && text.contains("resource_name  6,000");
    terminal.resize(40);
    terminal.wait_for(|text| is_whole(text) && !text.contains("page") && columns(text) <= 40);
    terminal.resize(100);
    terminal.wait_for(|text| is_whole(text) && text.contains("page 3 of 5"));
    hold.open();
    let (status, text) = terminal.end();
    assert!(status.success(), "{text}");
    assert!(text.contains("inserted"), "{text}");
}

#[test]
fn a_run_goes_on_where_the_terminal_is_halted() {
    let (folder, (hold, server)) = (Folder::new(), held());
    let terminal = start(&server, &folder, 80, &[]);
    terminal.wait_for(|text| text.contains("page 3 of 5"));
    const HALT: &[u8] = b"\x13";
    const GO_ON: &[u8] = b"\x11";
    terminal.type_keys(HALT);
    // until whoever draws the line has to wait
    thread::sleep(Duration::from_millis(500));
    hold.open();
    // the last page is asked for while nothing can be drawn
    server.wait_for(5);
    assert!(terminal.text().contains("page 3 of 5"), "{}", terminal.text());
    terminal.type_keys(GO_ON);
    let (status, text) = terminal.end();
    assert!(status.success(), "{text}");
    assert!(text.contains("done") && !text.contains("rows, "), "{text}");
}

#[test]
fn a_line_says_what_is_waited_for() {
    let folder = Folder::new();
    let api = OffsetApi::new(items(1..10_001)).key(KEY);
    let again = Reply::status(503).header("retry-after", "50");
    let server = api.script(3, Reply::status(502)).script(4, again).serve();
    let terminal = start(&server, &folder, 80, &[]);
    let text = terminal.wait_for(|text| text.contains("2 retries, waiting "));
    assert!(text.contains("4,000 rows, 2 retries, waiting "), "{text}");
    assert!(text.contains(" s: the API answered 503"), "{text}");
    // the log has both of them, above the line
    assert_eq!(text.matches("trying again").count(), 2, "{text}");
    terminal.signal(Signal::INT);
    let (status, text) = terminal.end();
    assert_eq!(status.code(), Some(130), "{text}");
    assert!(text.contains("stopping where it is safe"), "{text}");
}

#[test]
fn colors_are_for_terminals_that_want_them() {
    for (args, env, expected) in [
        (&[][..], None, true),
        (&[], Some(("NO_COLOR", "1")), false),
        (&[], Some(("TERM", "dumb")), false),
        (&["--color", "never"], None, false),
    ] {
        let (folder, (hold, server)) = (Folder::new(), held());
        hold.open();
        let mut command = command(&server, &folder.database());
        command.args(args).envs(env);
        let terminal = Terminal::start(command, 80);
        let (status, text, bytes) = terminal.end_with_bytes();
        assert!(status.success(), "{text}");
        let bytes = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(bytes.contains("\x1b[32mdone"), expected, "{args:?} {env:?}: {bytes}");
        let is_dumb = env.is_some_and(|(name, _)| name == "TERM");
        assert_eq!(bytes.contains('\x1b'), !is_dumb, "{args:?} {env:?}: {bytes}");
    }
}

#[test]
fn nothing_moves_where_nobody_watches() {
    let (folder, (hold, server)) = (Folder::new(), held());
    hold.open();
    let mut plain = command(&server, &folder.database());
    plain.args(["-v", "--max-concurrency", "1"]);
    let outcome = Child::default().run(plain);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    assert!(!(outcome.stdout.clone() + &outcome.stderr).contains(['\x1b', '\r']), "{outcome:?}");
    // the table is as wide as it is
    assert!(outcome.stdout.lines().next().is_some_and(|head| head.len() > 80), "{outcome:?}");
    for text in
        ["INFO started resource=\"resource_name\"", "DEBUG page ", "rows=2000", "INFO loaded"]
    {
        assert!(outcome.stderr.contains(text), "{text}: {outcome:?}");
    }
}

#[test]
fn a_log_in_json_has_fields() {
    let (folder, (hold, server)) = (Folder::new(), held());
    hold.open();
    let mut command = command(&server, &folder.database());
    command.args(["--log-format", "json", "--log", "info,page=debug,request=debug"]);
    command.args(["--max-concurrency", "1"]);
    let outcome = Child::default().run(command);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    let lines = outcome.stderr.lines().map(serde_json::from_str::<serde_json::Value>);
    let lines: Vec<_> = lines.map(|line| line.expect("JSON")).collect();
    let of = |target: &str| {
        let target = format!("connector_runtime::{target}");
        lines.iter().filter(move |line| line["target"] == *target).collect::<Vec<_>>()
    };
    let page = of("page")[1];
    assert_eq!((&page["level"], &page["message"]), (&"DEBUG".into(), &"page".into()));
    assert_eq!((&page["resource"], &page["page"]), (&"resource_name".into(), &2.into()));
    assert_eq!((&page["rows"], &page["total"]), (&4_000.into(), &10_000.into()));
    let request = of("request")[0];
    assert_eq!(request["status"], 200);
    let url = format!("GET {}/v1/resource?offset=0&limit=2000&api_key=***", server.url());
    assert_eq!(request["request"], url);
    let run = of("run");
    assert!(run.iter().any(|line| line["message"] == "loaded" && line["received"] == 10_000));
    assert!(run.iter().any(|line| line["message"] == "new table"), "{run:?}");
    assert!(of("destination").is_empty(), "these lines were not asked for");
    assert_eq!(of("report").len(), 1, "a note, as the text has it: {lines:?}");
}

#[test]
fn a_preview_that_goes_elsewhere_is_as_wide_as_nobodys_terminal() {
    let name = "x".repeat(150);
    let server =
        Server::always(Reply::json(format!("{{\"data\": [{{\"id\": 1, \"name\": \"{name}\"}}]}}")));
    for (script, width) in [("exec \"$0\" \"$@\"", 200), ("\"$0\" \"$@\" | cat", 80)] {
        let mut command = Command::new("sh");
        command.args(["-c", script, PROGRAM, "preview", "resource_name", "--limit", "1"]);
        command.args(["--base-url", &server.url()]);
        command.env("EXAMPLE_API_API_KEY", KEY).env_remove("COLUMNS");
        let (status, text) = Terminal::start(command, 200).end();
        assert!(status.success(), "{text}");
        assert_eq!(text.contains('…'), width == 80, "{text}");
        assert!(columns(&text) <= width, "{text}");
    }
}
