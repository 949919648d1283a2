//! SIGKILL, and a disk that is full: what was committed stays, the next run completes it.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use connector_tests::{Child, Folder, KEY, OffsetApi, Server, assert_says, items};
use rustix::process::Signal;

use super::{PROGRAM, api, assert_completes, assert_true_state, command, report};

/// Requests at which the process is killed: before, between and during commits, which go on while
/// the next pages are fetched.
const POINTS: [usize; 20] =
    [1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 17, 19, 20, 21, 23, 25, 26];

#[test]
fn d01_d02_killed_anywhere_the_next_run_completes_the_table() {
    let mut partial = 0;
    for point in POINTS {
        let (folder, api, child) = (Folder::new(), api(), Child::default());
        let server = Server::start({
            let (api, child) = (api.clone(), child.clone());
            move |request| {
                if request.number == point {
                    child.signal(Signal::KILL);
                }
                api.answer(request)
            }
        });
        let database = folder.database();
        let outcome = child.run(command(&server, &database));
        assert_eq!(outcome.status.signal(), Some(9), "request {point}: {outcome:?}");

        let before = assert_true_state(&api, &database);
        assert!(before <= 2000 * (point - 1), "no row before its page has come");
        partial += usize::from(before > 0);
        assert_completes(&api, &database, before);
        let mut log: Vec<String> =
            database.column("SELECT status FROM _connector_loads ORDER BY load_id");
        assert_eq!(log.pop().as_deref(), Some("done"));
        // the next load writes the end that a killed one could not write
        assert!(log.iter().all(|status| status == "killed"), "{log:?}");
    }
    assert!(partial >= 5, "only {partial} of the kills came after a commit");
}

#[test]
fn killed_again_and_again_the_table_is_completed_in_the_end() {
    let (folder, api) = (Folder::new(), api());
    let database = folder.database();
    let mut before = 0;
    for point in [2, 9, 14, 24] {
        let child = Child::default();
        let server = Server::start({
            let (api, child) = (api.clone(), child.clone());
            move |request| {
                if request.number == point {
                    child.signal(Signal::KILL);
                }
                api.answer(request)
            }
        });
        let outcome = child.run(command(&server, &database));
        assert_eq!(outcome.status.signal(), Some(9), "{outcome:?}");
        assert_eq!(database.value::<String>("PRAGMA integrity_check"), "ok");
        let now = database.items();
        assert!(now.len() >= before, "what was committed stays");
        assert!(now == api.rows()[..now.len()], "the first rows of the API");
        before = now.len();
    }
    assert!(before > 0);
    assert_completes(&api, &database, before);
}

/// The next run asks for the last page that is stored, to see whether rows have moved, and for those
/// behind it.
#[test]
fn d03_killed_at_page_50_of_60_the_next_run_goes_on_behind_the_last_commit() {
    const PAGE: usize = 2_000;
    let api = OffsetApi::new(items(1..60 * PAGE as i64 + 1)).key(KEY);
    let (folder, child) = (Folder::new(), Child::default());
    let server = Server::start({
        let (api, child) = (api.clone(), child.clone());
        move |request| {
            if request.number == 50 {
                child.signal(Signal::KILL);
            }
            api.answer(request)
        }
    });
    let database = folder.database();
    let one_by_one = |server| {
        let mut command = command(server, &database);
        command.args(["--max-concurrency", "1"]);
        command
    };
    let outcome = child.run(one_by_one(&server));
    assert_eq!(outcome.status.signal(), Some(9), "{outcome:?}");
    let stored = database.items().len() / PAGE;
    assert!((35..50).contains(&stored), "{stored} pages are stored");

    let outcome = child.run(one_by_one(&server));
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    assert!(database.items() == api.rows(), "the table equals the truth");
    // page 60 is the one without rows, at the end
    let asked = &server.requests()[50..];
    let asked: Vec<_> = asked.iter().map(|request| request.number("offset")).collect();
    let expected: Vec<_> = (stored - 1..=60).map(|page| Some(page * PAGE)).collect();
    assert_eq!(asked, expected);
}

/// No file may grow beyond some hundred kilobytes, which to a program is a disk that is full.
#[test]
fn a_full_disk_loses_nothing() {
    let (folder, api) = (Folder::new(), api());
    let (server, database) = (api.serve(), folder.database());
    let full = command(&server, &database);
    let mut limited = Command::new("sh");
    // the shell counts in blocks of 512 or 1024 bytes
    limited.args(["-c", "trap '' XFSZ; ulimit -f 1000 && exec \"$0\" \"$@\""]);
    limited.arg(PROGRAM).args(full.get_args()).args(["--output", "json"]).env_clear();
    limited.envs(full.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let outcome = Child::default().run(limited);
    assert_eq!(outcome.code(), 5, "{outcome:?}");
    let report = report(&outcome);
    let error = &report["resources"][0]["error"];
    assert_eq!(error["kind"], "destination");
    assert_says(error, &["disk", "make room and run again: nothing is lost"]);

    let before = assert_true_state(&api, &database);
    assert_completes(&api, &database, before);
}
