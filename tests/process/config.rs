//! Configuration files of a folder, and who may read them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use connector_tests::{Child, Folder, KEY, OffsetApi, Outcome, Server, assert_says, items};

use super::{PROGRAM, report};

/// The program in a folder, with nothing in its environment.
fn run(folder: &Folder, args: &[&str], env: &[(&str, &str)]) -> Outcome {
    let mut command = Command::new(PROGRAM);
    command.args(args).current_dir(folder.path("")).env_clear().envs(env.iter().copied());
    Child::default().run(command)
}

fn mode(folder: &Folder, file: &str) -> u32 {
    fs::metadata(folder.path(file)).expect("it is there").permissions().mode() & 0o777
}

fn chmod(folder: &Folder, file: &str, mode: u32) {
    let permissions = fs::Permissions::from_mode(mode);
    fs::set_permissions(folder.path(file), permissions).expect("it is ours");
}

/// A folder whose `connector.toml` names the server.
fn folder(server: &Server) -> Folder {
    let folder = Folder::new();
    let text = format!("base_url = \"{}\"\ndestination = \"items.db\"\n", server.url());
    fs::write(folder.path("connector.toml"), text).expect("written");
    folder
}

#[test]
fn the_files_of_the_folder_are_taken_without_asking() {
    let server = OffsetApi::new(items(1..11)).key(KEY).serve();
    let folder = folder(&server);
    let secrets = "connector.secrets.toml";
    fs::write(folder.path(secrets), format!("api_key = \"{KEY}\"\n")).expect("written");
    for open in [0o644, 0o640, 0o604] {
        chmod(&folder, secrets, open);
        let outcome = run(&folder, &["sync"], &[]);
        assert_eq!(outcome.code(), 2, "{outcome:?}");
        let help = "run `chmod 600 connector.secrets.toml`";
        assert_says(&outcome.stderr, &[secrets, "is open to others", help]);
        assert!(!outcome.stderr.contains(KEY), "{outcome:?}");
    }
    assert_eq!(server.count(), 0);
    chmod(&folder, secrets, 0o600);
    let outcome = run(&folder, &["sync", "--output", "json"], &[]);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    assert_eq!(report(&outcome)["resources"][0]["inserted"], 10);
    assert!(folder.path("items.db").exists());
}

#[test]
fn a_secret_that_is_mounted() {
    let server = OffsetApi::new(items(1..11)).key(KEY).serve();
    let folder = folder(&server);
    fs::create_dir(folder.path("secrets")).expect("made");
    fs::write(folder.path("secrets/example_api_api_key"), format!("{KEY}\n")).expect("written");
    let outcome = run(&folder, &["sync"], &[("CONNECTOR_SECRETS_DIR", "secrets")]);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    let shown = run(&folder, &["config", "show"], &[("CONNECTOR_SECRETS_DIR", "secrets")]);
    assert_says(&shown.stdout, &["***", "secrets/example_api_api_key", "connector.toml:2"]);
    assert!(!shown.stdout.contains(KEY), "{shown:?}");
}

#[test]
fn init_keeps_secrets_from_others() {
    let folder = Folder::new();
    let outcome = run(&folder, &["config", "init"], &[]);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    assert_eq!(outcome.stdout, "wrote connector.toml\nwrote connector.secrets.toml\n");
    assert_eq!(mode(&folder, "connector.secrets.toml"), 0o600);
    let again = run(&folder, &["config", "init"], &[]);
    assert_eq!(again.code(), 2, "{again:?}");
    // what was written is read without complaint
    let shown = run(&folder, &["config", "show"], &[("EXAMPLE_API_API_KEY", KEY)]);
    assert_eq!(shown.code(), 0, "{shown:?}");
}
