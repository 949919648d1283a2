//! Certificates of one's own and proxies, against servers that speak TLS.

use std::fs;
use std::path::PathBuf;

use connector_runtime::ErrorKind;
use connector_runtime::http::Network;
use connector_runtime::prelude::*;
use connector_runtime::report::Report;
use connector_tests::{
    Authority, Folder, Issued, Logs, Proxy, Reply, Server, TlsFront, assert_says,
};

const TOKEN: &str = "t0ken-t0ken-t0ken-t0ken";

#[derive(Resource)]
#[resource(path = "/things")]
struct Thing {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = bearer(token),
    retry(max_retries = 1, initial_delay = "1ms"),
    resources(Thing),
)]
struct Api {
    token: Secret,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_client_credentials(
        token_url = config.token_url,
        client_id = client_id,
        client_secret = client_secret,
    ),
    retry(max_retries = 0),
    resources(Thing),
)]
struct OAuth {
    token_url: String,
    client_id: String,
    client_secret: Secret,
}

/// An API behind TLS, and the files that somebody needs to reach it.
struct Place {
    server: Server,
    authority: Authority,
    folder: Folder,
}

impl Place {
    fn new() -> Self {
        Self {
            server: Server::start(|request| match request.path.as_str() {
                "/token" => Reply::json(r#"{"access_token":"fresh-token"}"#),
                "/away/things" => Reply::redirect("http://127.0.0.1/things"),
                _ => Reply::json(r#"[{"id":1}]"#),
            }),
            authority: Authority::new("the company"),
            folder: Folder::new(),
        }
    }

    fn front(&self, issued: &Issued) -> TlsFront {
        TlsFront::start(&self.server, issued, None)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path(name);
        fs::write(&path, text).expect("a file");
        path
    }

    /// Trusts the authority.
    fn trusting(&self) -> Network {
        Network::new().ca_file(self.file("ca.pem", &self.authority.pem))
    }

    async fn run(&self, url: String, network: Network) -> Report {
        let api = Api { token: TOKEN.into() };
        let destination = self.folder.database().destination();
        api.sync().base_url(url).network(network).destination(destination).run().await
    }

    /// The error of a run that came to an answer, or could not start.
    async fn error(&self, url: String, network: Network) -> String {
        let error = self.run(url, network).await.into_result().expect_err("it cannot go well");
        error.to_string()
    }
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let place = Place::new();
    let front = place.front(&place.authority.issue("localhost"));
    let error = place.error(front.url("localhost"), Network::new()).await;
    assert_says(&error, &["the server's certificate is not trusted", "UnknownIssuer", "--ca-file"]);
    assert!(!error.contains("tries"), "another try would not help: {error}");
    let other = Authority::new("another company");
    let network = Network::new().ca_file(place.file("other.pem", &other.pem));
    let error = place.error(front.url("localhost"), network).await;
    assert_says(&error, &["the server's certificate is not trusted"]);
    assert_eq!(place.server.count(), 0, "nothing was sent");
    let report = place.run(front.url("localhost"), place.trusting()).await;
    assert!(report.is_done(), "{report:?}");
    let request = &place.server.requests()[0];
    assert_eq!(request.header("authorization"), Some(&*format!("Bearer {TOKEN}")));
}

#[tokio::test]
async fn a_certificate_of_another_name_or_time_is_refused() {
    let place = Place::new();
    let wrong = place.front(&place.authority.issue("other.example"));
    let error = place.error(wrong.url("localhost"), place.trusting()).await;
    assert_says(&error, &["the server's certificate is for another name", "check the host"]);
    let old = place.front(&place.authority.issue_until("localhost", 2020));
    let error = place.error(old.url("localhost"), place.trusting()).await;
    assert_says(&error, &["the server's certificate has expired", "this machine's clock"]);
    assert_eq!(place.server.count(), 0);
}

#[tokio::test]
async fn a_server_that_asks_for_a_client_certificate_gets_it() {
    let place = Place::new();
    let clients = Authority::new("clients");
    let issued = place.authority.issue("localhost");
    let front = TlsFront::start(&place.server, &issued, Some(&clients));
    let url = || front.url("localhost");
    let error = place.error(url(), place.trusting()).await;
    assert_says(&error, &["the server wants a client certificate", "--client-cert"]);
    let stranger = Authority::new("strangers").issue("loader");
    let (cert, key) =
        (place.file("stranger.pem", &stranger.cert), place.file("stranger.key", &stranger.key));
    let error = place.error(url(), place.trusting().client_cert(cert).client_key(key)).await;
    assert_says(&error, &["the server refuses the client certificate"]);
    assert_eq!(place.server.count(), 0);
    let mine = clients.issue("loader");
    let cert = place.file("mine.pem", &mine.cert);
    let key = place.file("mine.key", &mine.key);
    let both = place.file("both.pem", &format!("{}{}", mine.key, mine.cert));
    for network in
        [place.trusting().client_cert(&cert).client_key(&key), place.trusting().client_cert(&both)]
    {
        let report = place.run(url(), network).await;
        assert!(report.is_done(), "{report:?}");
    }
}

#[tokio::test]
async fn the_token_server_is_reached_in_the_same_way() {
    let place = Place::new();
    let front = place.front(&place.authority.issue("localhost"));
    let api = || OAuth {
        token_url: format!("{}/token", front.url("localhost")),
        client_id: "the client".to_owned(),
        client_secret: "cl1ent-s3cret".into(),
    };
    let run = |network| {
        let destination = place.folder.database().destination();
        let run = api().sync().base_url(front.url("localhost")).network(network);
        run.destination(destination).run()
    };
    let error = run(Network::new()).await.into_result().expect_err("not trusted").to_string();
    assert_says(&error, &["the token server: the server's certificate is not trusted"]);
    let report = run(place.trusting()).await;
    assert!(report.is_done(), "{report:?}");
    let sent = place.server.requests();
    assert_eq!(sent[1].header("authorization"), Some("Bearer fresh-token"));
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_said_at_the_start() {
    let place = Place::new();
    let (one, two) = (place.authority.issue("one"), place.authority.issue("two"));
    let cert = place.file("cert.pem", &one.cert);
    let key = place.file("key.pem", &one.key);
    let other = place.file("other.key", &two.key);
    let text = place.file("text.pem", "no certificate\n");
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let encrypted = place.file("encrypted.key", encrypted);
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let damaged = place.file("damaged.pem", damaged);
    let absent = place.folder.path("absent.pem");
    let new = Network::new;
    for (network, phrases) in [
        (new().ca_file(&absent), &["the CA file `", "absent.pem` cannot be read: "][..]),
        (new().ca_file(&text), &["text.pem` is no PEM file", "openssl x509"]),
        (new().ca_file(&key), &["the CA file `", "key.pem` has no certificate in it"]),
        (new().ca_file(&damaged), &["damaged.pem` is damaged"]),
        (new().client_cert(&cert), &["cert.pem` has no private key in it", "--client-key"]),
        (new().client_key(&key), &["there is a client key", "--client-cert"]),
        (
            new().client_cert(&cert).client_key(&other),
            &["the client key `", "other.key` does not belong to the client certificate `"],
        ),
        (new().client_cert(&cert).client_key(&encrypted), &["is encrypted", "openssl pkey"]),
        (new().client_cert(&cert).client_key(&text), &["text.pem` has no private key in it"]),
        (new().client_cert(&cert).client_key(&absent), &["the client key `", "cannot be read"]),
        (new().client_cert(&damaged).client_key(&key), &["damaged.pem`", "cannot be used"]),
    ] {
        let report = place.run("https://127.0.0.1:9".to_owned(), network).await;
        let error = report.error.expect("it does not start");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_says(&error, phrases);
        assert!(!error.to_string().contains("BEGIN PRIVATE"), "{error}");
    }
}

#[tokio::test]
async fn a_proxy_sees_the_names_of_hosts_only() {
    let place = Place::new();
    let logs = Logs::new();
    let front = place.front(&place.authority.issue("api.example.com"));
    let proxy = Proxy::start(&front);
    let url = format!("http://user:p%40ss-word@{}", proxy.authority());
    let network = place.trusting().proxy(url);
    let report = place.run("https://api.example.com".to_owned(), network).await;
    assert!(report.is_done(), "{report:?}");
    let heads = proxy.heads();
    assert!(heads[0].starts_with("CONNECT api.example.com:443 HTTP/1.1\r\n"), "{heads:?}");
    let head = heads.join("").to_ascii_lowercase();
    assert!(head.contains("proxy-authorization: basic dxnlcjpwqhnzlxdvcmq="), "{head}");
    assert!(!head.contains("things") && !head.contains(TOKEN), "{head}");
    for text in [logs.text(), format!("{report:?}")] {
        assert!(!text.contains("ss-word") && !text.contains("dXNlcjpwQHNzLXdvcmQ"), "{text}");
    }
}

#[tokio::test]
async fn credentials_over_plain_http_take_no_proxy() {
    let place = Place::new();
    let front = place.front(&place.authority.issue("localhost"));
    let proxy = Proxy::start(&front);
    let network = || Network::new().proxy(format!("http://{}", proxy.authority()));
    let error = place.error(place.server.url(), network()).await;
    assert_says(&error, &["a proxy would read the credentials", "use `https://`"]);
    // a host that is excepted is reached without
    let excepted = place.trusting().proxy(format!("http://{}", proxy.authority()));
    let report = place.run(front.url("localhost"), excepted.no_proxy("localhost")).await;
    assert!(report.is_done(), "{report:?}");
    assert_eq!(proxy.heads(), [""; 0]);
}

#[tokio::test]
async fn https_does_not_fall_to_http_on_a_redirect() {
    let place = Place::new();
    let front = place.front(&place.authority.issue("localhost"));
    let url = format!("{}/away", front.url("localhost"));
    let error = place.error(url, place.trusting()).await;
    assert_says(&error, &["it leads from https to plain http, http://127.0.0.1"]);
}
