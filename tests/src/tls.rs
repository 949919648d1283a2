//! Certificates, a front of TLS before a server, and a proxy on the way to it.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::server::Server;

/// A certificate authority that nobody knows.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate, in PEM.
    pub pem: String,
}

/// A certificate and its private key, in PEM.
pub struct Issued {
    /// The certificate.
    pub cert: String,
    /// The key.
    pub key: String,
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    ///
    /// When no certificate can be made.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for a host.
    pub fn issue(&self, host: &str) -> Issued {
        self.issue_until(host, 2100)
    }

    /// A certificate that ended with the first day of this year.
    ///
    /// # Panics
    ///
    /// When no certificate can be made.
    pub fn issue_until(&self, host: &str, year: i32) -> Issued {
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a name");
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let cert = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        Issued { cert, key: key.serialize_pem() }
    }
}

/// A port that speaks TLS and hands what comes to a [`Server`], until the test ends.
pub struct TlsFront {
    address: SocketAddr,
}

impl TlsFront {
    /// In front of `server`; with `clients`, for those only who have a certificate of theirs.
    ///
    /// # Panics
    ///
    /// When a certificate is none.
    pub fn start(server: &Server, issued: &Issued, clients: Option<&Authority>) -> Self {
        let builder = ServerConfig::builder();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(der(&authority.pem)).expect("an authority");
                let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build();
                builder.with_client_cert_verifier(verifier.expect("a verifier"))
            }
        };
        let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).expect("a key");
        let config = builder.with_single_cert(vec![der(&issued.cert)], key).expect("a pair");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let target = server.url().trim_start_matches("http://").to_owned();
        let address = listen(move |stream| {
            let (acceptor, target) = (acceptor.clone(), target.clone());
            async move {
                let mut client = acceptor.accept(stream).await?;
                let mut server = TcpStream::connect(target).await?;
                copy_bidirectional(&mut client, &mut server).await.map(drop)
            }
        });
        Self { address }
    }

    /// `https://host:PORT`, of a host that is this machine.
    pub fn url(&self, host: &str) -> String {
        format!("https://{host}:{}", self.address.port())
    }
}

/// An HTTP proxy that opens tunnels (`CONNECT`) and remembers what it was told.
pub struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Every tunnel leads to `target`, whatever host it is for.
    pub fn start(target: &TlsFront) -> Self {
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (kept, target) = (heads.clone(), target.address);
        let address = listen(move |stream| {
            let kept = kept.clone();
            async move {
                let mut client = BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && client.read_line(&mut head).await? > 0 {}
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(head);
                let mut server = TcpStream::connect(target).await?;
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
                copy_bidirectional(&mut client, &mut server).await.map(drop)
            }
        });
        Self { address, heads }
    }

    /// `127.0.0.1:PORT`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// The head of every request so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}

/// Serves every connection in a task of a thread that lasts as long as the process.
fn listen<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = StdListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket of this process");
    let address = listener.local_addr().expect("a bound socket has an address");
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((stream, _)) = listener.accept().await {
                // who goes away ends one connection, nothing else
                tokio::spawn(serve(stream));
            }
        });
    });
    address
}
