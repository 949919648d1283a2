//! What outlives a run: a refresh token that was replaced.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::thread;

use connector_tests::{Child, Folder, Outcome, Reply, Rotating, Server};

use super::destination;

const PROGRAM: &str = env!("CARGO_BIN_EXE_refresh-sync");

fn server(rotating: &Rotating) -> Server {
    let rotating = rotating.clone();
    Server::start(move |request| rotating.answer(request, |_| Reply::json(r#"[{"id":1}]"#)))
}

fn command(server: &Server, folder: &Folder, name: &str, token: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(["sync", "--base-url", &server.url(), "--verbose", "--destination"])
        .arg(destination(&folder.database_of(name)))
        .env_clear()
        .env("CRM_TOKEN_URL", format!("{}/token", server.url()))
        .env("CRM_REFRESH_TOKEN", token);
    command
}

fn run(mut command: Command, state: &Folder) -> Outcome {
    command.env("CONNECTOR_STATE_DIR", state.path("state"));
    Child::default().run(command)
}

#[test]
fn processes_do_not_use_up_each_others_token() {
    let (folder, rotating) = (Folder::new(), Rotating::new(true));
    let server = server(&rotating);
    thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|n| {
                let command = command(&server, &folder, &format!("{n}.db"), "r3fresh-0");
                scope.spawn(|| run(command, &folder))
            })
            .collect();
        for run in runs {
            let outcome = run.join().expect("it ran");
            assert_eq!(outcome.code(), 0, "{outcome:?}");
            for text in [&outcome.stdout, &outcome.stderr] {
                assert!(!text.contains("r3fresh") && !text.contains("acc3ss"), "{text}");
            }
        }
    });
    assert_eq!(rotating.issued(), 4);
    let state = folder.path("state").join("crm");
    let mode = |path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(state.clone()), 0o700);
    for entry in fs::read_dir(state).expect("a folder") {
        assert_eq!(mode(entry.expect("an entry").path()), 0o600);
    }
}

#[test]
fn the_state_directory_is_the_platforms_own() {
    for variable in ["XDG_STATE_HOME", "HOME"] {
        let (folder, rotating) = (Folder::new(), Rotating::new(true));
        let server = server(&rotating);
        for _ in 0..2 {
            let mut command = command(&server, &folder, "crm.db", "r3fresh-0");
            command.env(variable, folder.path("home"));
            let outcome = Child::default().run(command);
            assert_eq!(outcome.code(), 0, "{outcome:?}");
        }
        let state = match variable {
            "HOME" => folder.path("home").join(".local/state"),
            _ => folder.path("home"),
        };
        assert!(state.join("crm").is_dir());
    }
    let (folder, rotating) = (Folder::new(), Rotating::new(true));
    let server = server(&rotating);
    let outcome = Child::default().run(command(&server, &folder, "crm.db", "r3fresh-0"));
    assert_eq!(outcome.code(), 2, "{outcome:?}");
    assert!(outcome.stderr.contains("set `CONNECTOR_STATE_DIR`"), "{outcome:?}");
    assert_eq!(server.count(), 0);
}
