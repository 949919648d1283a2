//! Certificates and a proxy from the command line and the environment.

use std::fs;
use std::process::Command;

use connector_tests::{
    Authority, Child, Folder, KEY, OffsetApi, Outcome, Proxy, Server, TlsFront, assert_says, items,
};

use super::PROGRAM;

/// A small API behind TLS, and the file of its authority.
struct Place {
    front: TlsFront,
    server: Server,
    folder: Folder,
}

impl Place {
    fn new() -> Self {
        let (authority, folder) = (Authority::new("the company"), Folder::new());
        fs::write(folder.path("ca.pem"), &authority.pem).expect("a file");
        let server = OffsetApi::new(items(1..11)).key(KEY).serve();
        let front = TlsFront::start(&server, &authority.issue("localhost"), None);
        Self { front, server, folder }
    }

    /// `example-sync command --base-url https://localhost:PORT`.
    fn run(&self, subcommand: &str, args: &[&str], env: &[(&str, &str)]) -> Outcome {
        self.run_at(&self.front.url("localhost"), subcommand, args, env)
    }

    fn run_at(&self, url: &str, subcommand: &str, args: &[&str], env: &[(&str, &str)]) -> Outcome {
        let mut command = Command::new(PROGRAM);
        command.args([subcommand, "--base-url", url]).args(args);
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

#[test]
fn a_system_without_authorities_trusts_those_of_a_file_and_asks_over_plain_http() {
    let place = Place::new();
    // where the system would have them
    let none = place.folder.path("none").to_string_lossy().into_owned();
    let env = [("SSL_CERT_FILE", none.as_str()), ("SSL_CERT_DIR", none.as_str())];
    assert_eq!(place.run_at(&place.server.url(), "sync", &[], &env).code(), 0);
    assert_eq!(place.run("sync", &["--ca-file", "ca.pem"], &env).code(), 0);
    let outcome = place.run("sync", &[], &env);
    assert_eq!(outcome.code(), 4, "{outcome:?}");
    let said = ["the server's certificate is not trusted", "knows no authority", "`--ca-file`"];
    assert_says(&outcome.stderr, &said);
}
