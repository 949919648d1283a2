//! Another client than the one that is tested, to change what is on a server and to read it back.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

/// A server, and the header that opens it.
pub(crate) struct Client {
    pub(crate) url: String,
    pub(crate) key: String,
    header: String,
}

impl Client {
    /// The server of the variables `NAME_URL` and `NAME_KEY`; `header` with `KEY` in it.
    pub(crate) fn of(name: &str, header: &str) -> Self {
        let variable = |suffix: &str| {
            let variable = format!("{name}_{suffix}");
            std::env::var(&variable).unwrap_or_else(|_| panic!("{variable} is not set"))
        };
        let key = variable("KEY");
        Self { url: variable("URL"), header: header.replace("KEY", &key), key }
    }

    pub(crate) fn get(&self, target: &str) -> Value {
        self.call("GET", target, "text/plain", "")
    }

    /// The body of the answer, null where there is none.
    ///
    /// HTTP/1.0: one request a connection, and the body ends with it.
    pub(crate) fn call(&self, method: &str, target: &str, content_type: &str, body: &str) -> Value {
        let host = self.url.strip_prefix("http://").expect("plain http");
        let mut stream = TcpStream::connect(host).expect("a server");
        let (header, length) = (&self.header, body.len());
        let request = format!(
            "{method} {target} HTTP/1.0\r\nHost: {host}\r\n{header}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.split(' ').nth(1).is_some_and(|status| status.starts_with('2')), "{answer}");
        if body.trim().is_empty() { Value::Null } else { serde_json::from_str(body).expect("JSON") }
    }
}
