//! The key is in nothing that the process prints or leaves behind.

use connector_tests::{Child, Folder, KEY, OffsetApi, Reply, Server, items};

use super::command;

/// What every encoding leaves of the key, and the beginning of its base64 form.
const PARTS: [&str; 3] = ["s3cr3t", "0123456789", "czNjcjN0"];

#[test]
fn nothing_that_is_printed_or_stored_has_the_key() {
    let form: String = url::form_urlencoded::byte_serialize(KEY.as_bytes()).collect();
    let echo = format!("key {KEY} as {form}");
    let good = OffsetApi::new(items(1..11)).key(KEY);
    let servers: [(i32, Server); 7] = [
        (0, good.script(1, Reply::status(503).body(&*echo)).serve()),
        (3, Server::always(Reply::status(401).body(&*echo))),
        (4, Server::always(Reply::status(500).body(&*echo))),
        (4, Server::always(Reply::json(&*echo))),
        (4, Server::always(Reply::json(format!("{{\"data\":[{{\"id\":\"{KEY}\"}}]}}")))),
        (4, Server::always(Reply::redirect(format!("http://{form}@127.0.0.2/?k={form}")))),
        (4, Server::always(Reply::json("{\"data\":[]}").cut(3))),
    ];
    for (code, server) in servers {
        for args in [
            &["--verbose"][..],
            &["--output", "json", "--verbose"],
            &["--quiet"],
            &["-vv", "--log-format=json"],
        ] {
            let folder = Folder::new();
            let database = folder.database();
            let mut command = command(&server, &database);
            command.args(args).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1");
            let outcome = Child::default().run(command);
            assert_eq!(outcome.code(), code, "{outcome:?}");
            let stored = database.bytes();
            let stored = String::from_utf8_lossy(&stored);
            assert!(stored.contains("resource_name"), "the database is there");
            for part in PARTS {
                for text in [&*outcome.stdout, &*outcome.stderr, &*stored] {
                    assert!(!text.contains(part), "{part} of the key is in:\n{text}");
                }
            }
        }
        for request in server.requests() {
            assert_eq!(request.param("api_key"), Some(KEY));
            assert_eq!(request.header("referer"), None);
        }
    }
}
