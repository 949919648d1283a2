//! A proxy before the database that can lose connections.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Passes everything on, until a statement is to be answered for the nth time: the server gets it,
/// and the client loses the connection.
pub(crate) struct Proxy {
    address: SocketAddr,
    seen: Arc<AtomicUsize>,
}

impl Proxy {
    /// Before the server on this port; the answers to the `lost` occurrences of `statement`,
    /// counted from 1, do not come.
    pub(crate) async fn start(port: u16, statement: &'static str, lost: &'static [usize]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(AtomicUsize::new(0));
        let count = seen.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
                let server = server.expect("the database");
                tokio::spawn(pass(client, server, statement, lost, count.clone()));
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
    lost: &[usize],
    seen: Arc<AtomicUsize>,
) {
    let (mut sent, mut answered) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        tokio::select! {
            read = client.read(&mut sent) => {
                let Ok(length @ 1..) = read else { return };
                let sent = &sent[..length];
                if server.write_all(sent).await.is_err() {
                    return;
                }
                // a statement is a message of its own
                if sent.windows(statement.len()).any(|window| window == statement.as_bytes())
                    && lost.contains(&(seen.fetch_add(1, Ordering::Relaxed) + 1))
                {
                    // the server has done it when it answers
                    let _ = server.read(&mut answered).await;
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}
