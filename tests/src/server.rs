//! A scripted HTTP/1.1 server on the loopback interface: real sockets, no library, and every way
//! to fail that a network has.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// Counted from 1, over all connections.
    pub number: usize,
    /// `GET`.
    pub method: String,
    /// Path and query string, as sent.
    pub target: String,
    /// The path, as sent.
    pub path: String,
    /// The query parameters, decoded.
    pub query: Vec<(String, String)>,
    /// The headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a query parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Path and query parameters, decoded: `/items?state=open&since=2024-01-01T00:00:00Z`; without the
    /// parameters of these names.
    pub fn text(&self, without: &[&str]) -> String {
        let pairs = self.query.iter().filter(|(name, _)| !without.contains(&name.as_str()));
        let pairs = pairs.map(|(name, value)| format!("{name}={value}"));
        let pairs = pairs.collect::<Vec<_>>().join("&");
        if pairs.is_empty() { self.path.clone() } else { format!("{}?{pairs}", self.path) }
    }

    /// The value of a field of a form.
    pub fn form(&self, name: &str) -> Option<String> {
        let mut fields = url::form_urlencoded::parse(&self.body);
        fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The value of a query parameter that is a number.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.param(name)?.parse().ok()
    }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delivery: Delivery,
}

/// How a body arrives, or does not.
#[derive(Clone, Copy, Debug)]
enum Delivery {
    Whole,
    /// So many bytes, then the end of the connection, though more was promised.
    Cut(usize),
    /// So many bytes, then a reset.
    Reset(usize),
    /// So many bytes, then nothing until the client gives up.
    Stall(usize),
}

impl Reply {
    /// A status without a body.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), delivery: Delivery::Whole }
    }

    /// Status 200 and JSON.
    pub fn json(body: impl Into<String>) -> Self {
        Self::status(200).header("content-type", "application/json").body(body.into())
    }

    /// A redirect.
    pub fn redirect(to: impl Into<String>) -> Self {
        Self::status(302).header("location", to)
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Ends the connection after so many bytes of the body, or all of them, without notice.
    pub fn cut(mut self, after: usize) -> Self {
        self.delivery = Delivery::Cut(after);
        self
    }

    /// Resets the connection after so many bytes of the body.
    pub fn reset(mut self, after: usize) -> Self {
        self.delivery = Delivery::Reset(after);
        self
    }

    /// Sends so many bytes of the body and then nothing.
    pub fn stall(mut self, after: usize) -> Self {
        self.delivery = Delivery::Stall(after);
        self
    }

    /// Writes the reply; whether the connection can take another request.
    fn deliver(&self, stream: &TcpStream) -> io::Result<bool> {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", self.body.len()));
        let (sent, keep_alive) = match self.delivery {
            Delivery::Whole => (self.body.len(), true),
            Delivery::Cut(n) | Delivery::Reset(n) | Delivery::Stall(n) => {
                (n.min(self.body.len()), false)
            }
        };
        let mut message = head.into_bytes();
        message.extend_from_slice(&self.body[..sent]);
        let mut writer = stream;
        writer.write_all(&message)?;
        match self.delivery {
            Delivery::Reset(_) => {
                socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
            }
            // the client closes, or the server is dropped
            Delivery::Stall(_) => drop(writer.read(&mut [0; 16])),
            Delivery::Cut(_) | Delivery::Whole => {}
        }
        Ok(keep_alive)
    }
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// A running server; dropping it ends every connection.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    handler: Box<Handler>,
    past: Mutex<Past>,
    connections: Mutex<Vec<Weak<TcpStream>>>,
    stopping: AtomicBool,
}

/// What has come.
#[derive(Default)]
struct Past {
    count: usize,
    /// None of them, where the server is to forget.
    requests: Vec<Request>,
    forgets: bool,
}

impl Server {
    /// Answers every request with what `handler` says.
    ///
    /// # Panics
    ///
    /// When the loopback interface has no free port.
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(handler, Past::default())
    }

    /// The same for more requests than should be kept: [`requests`](Self::requests) has none of them.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn forgetful(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(handler, Past { forgets: true, ..Past::default() })
    }

    fn with(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static, past: Past) -> Self {
        // before the first event of the test
        crate::logs::install();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            handler: Box::new(handler),
            past: Mutex::new(past),
            connections: Mutex::default(),
            stopping: AtomicBool::new(false),
        });
        let acceptor = thread::spawn({
            let shared = shared.clone();
            move || accept(&listener, &shared)
        });
        Self { address, shared, acceptor: Some(acceptor) }
    }

    /// Answers every request alike.
    pub fn always(reply: Reply) -> Self {
        Self::start(move |_| reply.clone())
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.past).requests.clone()
    }

    /// The texts of all requests behind the first so many, sorted.
    pub fn asked(&self, behind: usize, without: &[&str]) -> Vec<String> {
        let requests = &self.requests()[behind..];
        let mut asked: Vec<_> = requests.iter().map(|request| request.text(without)).collect();
        asked.sort();
        asked
    }

    /// How many requests have come.
    pub fn count(&self) -> usize {
        lock(&self.shared.past).count
    }

    /// Waits until so many have come.
    ///
    /// # Panics
    ///
    /// When they do not.
    pub fn wait_for(&self, count: usize) {
        // no test depends on how long it is
        const LIMIT: Duration = Duration::from_secs(60);
        let started = Instant::now();
        while self.count() < count {
            assert!(started.elapsed() < LIMIT, "{} of {count} requests have come", self.count());
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // wakes the acceptor
        let _ = TcpStream::connect(self.address);
        for connection in lock(&self.shared.connections).iter().filter_map(Weak::upgrade) {
            let _ = connection.shutdown(Shutdown::Both);
        }
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else { return };
        let stream = Arc::new(stream);
        // registered first: whoever stops the server sees either the flag or the connection
        let mut connections = lock(&shared.connections);
        connections.retain(|connection| connection.strong_count() > 0);
        connections.push(Arc::downgrade(&stream));
        drop(connections);
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let shared = shared.clone();
        thread::spawn(move || {
            // a client that goes away ends its connection, nothing else
            let _ = converse(&stream, &shared);
        });
    }
}

/// Answers the requests of one connection until either side ends it.
fn converse(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(mut request) = read_request(&mut reader)? {
        {
            let mut past = lock(&shared.past);
            past.count += 1;
            request.number = past.count;
            if !past.forgets {
                past.requests.push(request.clone());
            }
        }
        let reply = (shared.handler)(&request);
        if !reply.deliver(stream)? {
            return Ok(());
        }
    }
    Ok(())
}

/// The next request without its number; `None` at the end of the connection.
fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let Some(first) = read_line(reader)? else { return Ok(None) };
    let mut words = first.split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    while let Some(line) = read_line(reader)?.filter(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let length = find(&headers, "content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { number: 0, method, path: path.to_owned(), query, headers, target, body }))
}

fn read_line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = reader.read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(server: &Server, stream: &TcpStream, target: &str) -> io::Result<Vec<u8>> {
        let mut writer = stream;
        write!(writer, "GET {target} HTTP/1.1\r\nHost: {}\r\nX-One: 1\r\n\r\n", server.address)?;
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        while let Some(line) = read_line(&mut reader)?.filter(|line| !line.is_empty()) {
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok(body)
    }

    #[test]
    fn answers_and_remembers_requests_on_one_connection() {
        let server = Server::start(|request| Reply::json(request.target.clone()));
        let stream = TcpStream::connect(server.address).expect("a connection");
        assert_eq!(
            ask(&server, &stream, "/a%20b?x=1&y=a+b%26").expect("one"),
            b"/a%20b?x=1&y=a+b%26"
        );
        assert_eq!(ask(&server, &stream, "/").expect("two"), b"/");
        let requests = server.requests();
        assert_eq!(requests[0].path, "/a%20b");
        assert_eq!(requests[0].param("y"), Some("a b&"));
        assert_eq!(requests[0].header("x-one"), Some("1"));
        assert_eq!(requests[1].number, 2);
    }

    #[test]
    fn bodies_can_be_cut_reset_and_stalled() {
        let server = Server::start(|request| match request.path.as_str() {
            "/cut" => Reply::json("0123456789").cut(4),
            "/reset" => Reply::json("0123456789").reset(4),
            _ => Reply::json("0123456789").stall(4),
        });
        let failure = |target| {
            let stream = TcpStream::connect(server.address).expect("a connection");
            // what never comes is waited for this long; what comes has all the time that it takes
            let patience = (target == "/stall").then_some(Duration::from_millis(50));
            stream.set_read_timeout(patience).expect("a timeout");
            ask(&server, &stream, target).expect_err("no whole body").kind()
        };
        assert_eq!(failure("/cut"), io::ErrorKind::UnexpectedEof);
        assert_eq!(failure("/reset"), io::ErrorKind::ConnectionReset);
        assert_eq!(failure("/stall"), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn dropping_the_server_ends_stalled_connections() {
        let server = Server::always(Reply::json("0123456789").stall(4));
        let address = server.address;
        let mut stream = TcpStream::connect(address).expect("a connection");
        write!(stream, "GET / HTTP/1.1\r\n\r\n").expect("sent");
        // a request is counted before it is answered: only the last byte says that the rest stalls
        let mut all = Vec::new();
        while !all.ends_with(b"0123") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("the reply as far as it is sent");
            all.extend(byte);
        }
        drop(server);
        assert_eq!(stream.read(&mut [0]).expect("an end, not an error"), 0);
        assert!(TcpStream::connect(address).is_err());
    }
}
