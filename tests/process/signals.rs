//! SIGINT and SIGTERM: the run stops where it is safe.

use connector_tests::{Child, Folder, Reply, Server, assert_says};
use rustix::process::Signal;

use super::{api, assert_completes, assert_true_state, command, report};

#[test]
fn a_signal_in_the_middle_stops_the_run_cleanly() {
    for signal in [Signal::INT, Signal::TERM] {
        let (folder, api, child) = (Folder::new(), api(), Child::default());
        let server = Server::start({
            let (api, child) = (api.clone(), child.clone());
            move |request| {
                if request.number < 13 {
                    return api.answer(request);
                }
                // a second one would end it at once
                if request.number == 13 {
                    child.signal(signal);
                }
                // this page never comes: only the signal can end the wait
                Reply::json("{\"data\":[]}").stall(0)
            }
        });
        let database = folder.database();
        let mut command = command(&server, &database);
        command.args(["--output", "json"]);
        let outcome = child.run(command);
        assert_eq!(outcome.code(), 130, "{outcome:?}");
        let report = report(&outcome);
        let resource = &report["resources"][0];
        assert_eq!(resource["status"], "interrupted");
        // of the twelve pages that came, those without a gap before them
        let rows = resource["received"].as_u64().expect("a count") as usize;
        assert!((2_000..=24_000).contains(&rows) && rows.is_multiple_of(2_000), "{rows}");
        assert_eq!(resource["inserted"], rows, "whole pages that came are kept");
        assert_eq!(resource["discarded"], 0);
        assert_says(&outcome.stderr, &["stopping where it is safe"]);

        assert_eq!(assert_true_state(&api, &database), rows);
        assert_eq!(database.state("resource_name")["complete"], false);
        let log: Vec<String> = database.column("SELECT status FROM _connector_loads");
        assert_eq!(log, ["interrupted"]);
        assert_completes(&api, &database, rows);
    }
}

#[test]
fn a_run_ends_after_its_longest_time() {
    // whatever it waits for: no page ever comes
    let server = Server::always(Reply::json("{\"data\":[]}").stall(0));
    for by_variable in [false, true] {
        let folder = Folder::new();
        let mut command = command(&server, &folder.database());
        match by_variable {
            true => command.env("EXAMPLE_API_MAX_RUN_TIME", "200ms"),
            false => command.args(["--max-run-time", "200ms"]),
        };
        command.args(["--output", "json"]);
        let outcome = Child::default().run(command);
        assert_eq!(outcome.code(), 130, "{outcome:?}");
        let report = report(&outcome);
        assert_eq!(report["resources"][0]["status"], "interrupted");
        assert_says(&outcome.stderr, &["the run has taken as long as it may, 200ms"]);
    }
}
