//! A small paged API on the loopback: key in the query, offset paging, and a few failures.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Requests, counted over the server's life, that fail, and how.
const FAILURES: [(u64, &str); 4] = [
    (7, "429 Too Many Requests\r\nRetry-After: 1"),
    (31, "503 Service Unavailable"),
    (32, "503 Service Unavailable"),
    (140, "429 Too Many Requests"),
];

/// The running server. Its thread ends with the process.
pub(crate) struct Server {
    url: String,
    data: Arc<Mutex<Data>>,
}

struct Data {
    key: &'static str,
    rows: u64,
    /// How often the rows were changed.
    version: u64,
    requests: u64,
}

impl Server {
    /// Serves `rows` rows to whoever has the key.
    pub(crate) fn start(key: &'static str, rows: u64) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let data = Arc::new(Mutex::new(Data { key, rows, version: 0, requests: 0 }));
        let shared = data.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let data = shared.clone();
                // a client that goes away is no concern of the server
                thread::spawn(move || serve(&connection, &data).ok());
            }
        });
        Ok(Self { url, data })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Changes 150 rows and adds 50.
    pub(crate) fn change(&mut self) {
        let mut data = self.data.lock().expect("no request panics");
        data.version += 1;
        data.rows += 50;
    }
}

fn serve(connection: &TcpStream, data: &Mutex<Data>) -> io::Result<()> {
    let mut reader = BufReader::new(connection);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut header = String::new();
        while reader.read_line(&mut header)? > 2 {
            header.clear();
        }
        let target = line.split(' ').nth(1).unwrap_or("/");
        let (status, body) = data.lock().expect("no request panics").answer(target);
        let length = body.len();
        // one write: a page is one packet where it can be
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        (&*connection).write_all((head + &body).as_bytes())?;
    }
}

impl Data {
    fn answer(&mut self, target: &str) -> (&'static str, String) {
        self.requests += 1;
        if let Some((_, failure)) = FAILURES.iter().find(|(request, _)| *request == self.requests) {
            return (failure, "{\"error\":\"try again\"}".to_owned());
        }
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let param = |name| {
            query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))
        };
        if param("api_key").map(|(_, key)| key) != Some(self.key) {
            return ("401 Unauthorized", "{\"error\":\"wrong key\"}".to_owned());
        }
        let number = |name, default| {
            param(name).and_then(|(_, value)| value.parse::<u64>().ok()).unwrap_or(default)
        };
        ("200 OK", self.page(number("offset", 0), number("limit", 20).min(100)))
    }

    fn page(&self, offset: u64, limit: u64) -> String {
        let mut body = String::from("{\"data\":[");
        for id in offset + 1..=(offset + limit).min(self.rows) {
            let changed = self.version > 0 && id <= 150;
            let name = if changed { "changed" } else { "row" };
            let comma = if id == offset + 1 { "" } else { "," };
            let value = match id % 17 {
                0 => "null".to_owned(),
                _ => format!("{}.{:02}", id / 3, id % 100),
            };
            let _ =
                write!(body, "{comma}{{\"id\":{id},\"name\":\"{name} {id}\",\"value\":{value}}}");
        }
        let _ = write!(body, "],\"total\":{}}}", self.rows);
        body
    }
}
