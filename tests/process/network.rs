//! Certificates and a proxy from the command line and the environment.

use std::fs;
use std::process::Command;

use connector_tests::{
    Authority, Child, Folder, KEY, OffsetApi, Outcome, Proxy, TlsFront, assert_says, items,
};

use super::PROGRAM;

/// A small API behind TLS, and the file of its authority.
struct Place {
    front: TlsFront,
    _server: connector_tests::Server,
    folder: Folder,
}

impl Place {
    fn new() -> Self {
        let (authority, folder) = (Authority::new("the company"), Folder::new());
        fs::write(folder.path("ca.pem"), &authority.pem).expect("a file");
        let server = OffsetApi::new(items(1..11)).key(KEY).serve();
        let front = TlsFront::start(&server, &authority.issue("localhost"), None);
        Self { front, _server: server, folder }
    }

    /// `example-sync command --base-url https://localhost:PORT`.
    fn run(&self, subcommand: &str, args: &[&str], env: &[(&str, &str)]) -> Outcome {
        let mut command = Command::new(PROGRAM);
        command.args([subcommand, "--base-url", &self.front.url("localhost")]).args(args);
        command.current_dir(self.folder.path("."));
        command.env_clear().env("EXAMPLE_API_API_KEY", KEY).envs(env.iter().copied());
        Child::default().run(command)
    }
}

#[test]
fn a_ca_file_by_flag_and_by_variable() {
    let place = Place::new();
    let outcome = place.run("sync", &[], &[]);
    assert_eq!(outcome.code(), 4, "{outcome:?}");
    assert_says(&outcome.stderr, &["the server's certificate is not trusted", "`--ca-file`"]);
    for command in ["check", "sync"] {
        assert_eq!(place.run(command, &["--ca-file", "ca.pem"], &[]).code(), 0);
        assert_eq!(place.run(command, &[], &[("EXAMPLE_API_CA_FILE", "ca.pem")]).code(), 0);
    }
    let outcome = place.run("sync", &["--ca-file", "cb.pem"], &[]);
    assert_eq!(outcome.code(), 2, "{outcome:?}");
    assert_says(&outcome.stderr, &["the CA file `cb.pem` cannot be read"]);
}

#[test]
fn a_proxy_by_flag_and_by_variable() {
    let place = Place::new();
    let proxy = Proxy::start(&place.front);
    let ca = ("EXAMPLE_API_CA_FILE", "ca.pem");
    let url = format!("http://{}", proxy.authority());
    assert_eq!(place.run("sync", &["--proxy", &url], &[ca]).code(), 0);
    assert_eq!(proxy.heads().len(), 1, "one tunnel for all pages");
    let except = ("NO_PROXY", "localhost");
    assert_eq!(place.run("sync", &["--proxy", &url], &[ca, except]).code(), 0);
    assert_eq!(proxy.heads().len(), 1, "the host is excepted");
    let url = format!("http://user:hunter2-hunter2@{}", proxy.authority());
    let outcome = place.run("sync", &["--proxy", &url], &[ca]);
    assert_eq!(outcome.code(), 2, "{outcome:?}");
    assert_says(&outcome.stderr, &["others can read a command line", "`EXAMPLE_API_PROXY`"]);
    assert!(!outcome.stderr.contains("hunter2"), "{outcome:?}");
    let outcome = place.run("sync", &["--verbose"], &[ca, ("EXAMPLE_API_PROXY", &url)]);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    assert!(proxy.heads()[1].to_ascii_lowercase().contains("proxy-authorization: basic "));
    for text in [outcome.stdout, outcome.stderr] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

/// As before there were settings: what the environment names for every program.
#[test]
fn the_proxy_of_the_environment_carries_https() {
    let place = Place::new();
    let proxy = Proxy::start(&place.front);
    let url = format!("http://{}", proxy.authority());
    let env = [("EXAMPLE_API_CA_FILE", "ca.pem"), ("HTTPS_PROXY", &*url)];
    let outcome = place.run("sync", &[], &env);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    assert_eq!(proxy.heads().len(), 1);
}
