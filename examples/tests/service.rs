//! The example `service`: loads begin, tell how far they are, and end where they are told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use connector_tests::Folder;
use serde_json::{Value, json};

struct Service {
    process: Child,
    address: String,
    folder: Folder,
}

impl Service {
    fn start() -> Self {
        let folder = Folder::new();
        let mut process = Command::new(env!("CARGO_BIN_EXE_service"))
            .env("SERVICE_ADDRESS", "127.0.0.1:0")
            .env("SERVICE_DATA", folder.path(""))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the service starts");
        let mut line = String::new();
        let stdout = process.stdout.as_mut().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let address = line.trim().rsplit("http://").next().expect("an address").to_owned();
        Self { process, address, folder }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).expect("the service listens");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: service\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("it takes requests");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        let (head, body) = text.split_once("\r\n\r\n").expect("a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.expect("a status"), serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn begin(&self, customer: &str) -> u16 {
        self.ask("POST", "/loads", &json!({ "customer": customer }).to_string()).0
    }

    /// The state of a load, as soon as it is as it is to be.
    fn wait(&self, customer: &str, is: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (status, load) = self.ask("GET", &format!("/loads/{customer}"), "");
            assert_eq!(status, 200);
            if is(&load) {
                return load;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_load_tells_how_far_it_is_and_ends_with_its_report() {
    let service = Service::start();
    assert_eq!(service.ask("GET", "/loads/acme", "").0, 404);
    assert_eq!(service.begin("../acme"), 422);
    assert_eq!(service.begin("acme"), 202);
    let load = service.wait("acme", |load| !load["report"].is_null());
    assert_eq!(load["progress"]["orders"], json!({ "rows": 250, "total": 250 }));
    assert_eq!(load["report"]["resources"][0]["status"], "done");
    let database = service.folder.database_of("acme.db");
    assert_eq!(database.value::<i64>("SELECT count(*) FROM orders"), 250);
    // another one may begin
    assert_eq!(service.begin("acme"), 202);
}

#[test]
fn a_load_is_stopped_while_another_one_goes_on() {
    let service = Service::start();
    assert_eq!(service.begin("endless"), 202);
    service.wait("endless", |load| load["progress"]["orders"]["rows"].as_u64() > Some(0));
    assert_eq!(service.begin("endless"), 409);
    assert_eq!(service.begin("acme"), 202);
    assert_eq!(service.ask("DELETE", "/loads/endless", "").0, 202);
    let load = service.wait("endless", |load| !load["report"].is_null());
    assert_eq!(load["report"]["resources"][0]["status"], "interrupted");
    let load = service.wait("acme", |load| !load["report"].is_null());
    assert_eq!(load["report"]["resources"][0]["status"], "done");
}
