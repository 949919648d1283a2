//! A proxy before the database that can lose connections.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to a statement.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// The server gets it, and the client loses the connection before the answer: for its nth
    /// occurrences, counted from 1.
    Lost(&'static [usize]),
    /// The server gets this one in its place, which is as long.
    Other(&'static str),
    /// It is a part of the server's answers, and the client gets this in its place, as long.
    Answered(&'static str),
}

/// Passes everything on but one statement.
pub(crate) struct Proxy {
    address: SocketAddr,
    seen: Arc<AtomicUsize>,
}

impl Proxy {
    /// Before the server on this port.
    pub(crate) async fn start(port: u16, statement: &'static str, fault: Fault) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(AtomicUsize::new(0));
        let count = seen.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
                let server = server.expect("the database");
                tokio::spawn(pass(client, server, statement, fault, count.clone()));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// How often the statement has come.
    pub(crate) fn seen(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }
}

async fn pass(
    mut client: TcpStream,
    mut server: TcpStream,
    statement: &str,
    fault: Fault,
    seen: Arc<AtomicUsize>,
) {
    let (mut sent, mut answered) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        tokio::select! {
            read = client.read(&mut sent) => {
                let Ok(length @ 1..) = read else { return };
                let sent = &mut sent[..length];
                let found = find(sent, statement);
                if let (Some(at), Fault::Other(other)) = (found, fault) {
                    sent[at..at + statement.len()].copy_from_slice(other.as_bytes());
                }
                if server.write_all(sent).await.is_err() {
                    return;
                }
                let number = found.map(|_| seen.fetch_add(1, Ordering::Relaxed) + 1);
                if let (Some(number), Fault::Lost(lost)) = (number, fault)
                    && lost.contains(&number)
                {
                    // the server has done it when it answers
                    let _ = server.read(&mut answered).await;
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                let answered = &mut answered[..length];
                if let (Some(at), Fault::Answered(other)) = (find(answered, statement), fault) {
                    answered[at..at + statement.len()].copy_from_slice(other.as_bytes());
                    seen.fetch_add(1, Ordering::Relaxed);
                }
                if client.write_all(answered).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Where a text is: a message comes as a whole.
fn find(bytes: &[u8], text: &str) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text.as_bytes())
}
