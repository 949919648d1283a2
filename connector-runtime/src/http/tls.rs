//! Certificates from files, and what a handshake that failed means.

#[cfg(feature = "rustls")]
use std::path::Path;

#[cfg(feature = "rustls")]
use reqwest::{Certificate, Identity};
use reqwest::{Client, ClientBuilder};

use super::failure::TransportError;
use super::network::{Network, refused};
use super::transport::describe;

/// Without TLS there is nothing to certify.
#[cfg(not(feature = "rustls"))]
pub(super) fn apply(
    network: &Network,
    builder: ClientBuilder,
) -> Result<ClientBuilder, TransportError> {
    let Network { ca_file, client_cert, client_key, .. } = network;
    match [ca_file, client_cert, client_key].into_iter().any(Option::is_some) {
        true => Err(refused("this program was built without TLS, and takes no certificates")),
        false => Ok(builder),
    }
}

/// The client with these certificates.
#[cfg(feature = "rustls")]
pub(super) fn apply(
    network: &Network,
    mut builder: ClientBuilder,
) -> Result<ClientBuilder, TransportError> {
    let Network { ca_file, client_cert, client_key, .. } = network;
    if let Some(path) = ca_file {
        builder = builder.tls_certs_merge(authorities(path)?);
    }
    match (client_cert, client_key) {
        (Some(cert), key) => builder = builder.identity(identity(cert, key.as_deref())?),
        (None, Some(key)) => {
            let text = format!("there is a client key, `{}`, but no certificate", key.display());
            return Err(
                refused(text).with_help("name the file of the certificate: `--client-cert`")
            );
        }
        (None, None) => {}
    }
    Ok(builder)
}

/// The client. A system that knows no authority, as an empty container, is no reason to have none: it trusts
/// no certificate then but those of a file, and asks over plain http. Whether it knows one.
pub(super) fn build(
    builder: impl Fn() -> Result<ClientBuilder, TransportError>,
) -> Result<(Client, bool), TransportError> {
    match builder()?.build().map_err(describe) {
        #[cfg(feature = "rustls")]
        Err(cause) if cause.contains("No CA certificates") => {
            let client = builder()?.tls_certs_only([]).build();
            client.map(|client| (client, false)).map_err(|error| refused(describe(error)))
        }
        built => built.map(|client| (client, true)).map_err(refused),
    }
}

/// What a failure means where the system knows no authority.
pub(super) fn without_authorities(error: TransportError) -> TransportError {
    const HELP: &str = "this system knows no authority: install its `ca-certificates`, name their file by `SSL_CERT_FILE`, or one of your own by `--ca-file`";
    match error.to_string().contains("UnknownIssuer") {
        true => error.with_help(HELP),
        false => error,
    }
}

#[cfg(feature = "rustls")]
fn authorities(path: &Path) -> Result<Vec<Certificate>, TransportError> {
    let what = format!("the CA file `{}`", path.display());
    let pem = read(path, &what)?;
    has_certificate(&pem, &what)?;
    let damaged = |error| refused(format!("{what} is damaged: {}", describe(error)));
    let certificates = Certificate::from_pem_bundle(&pem).map_err(damaged)?;
    // a client that trusts nobody else finds what is wrong with them
    let alone = Client::builder().tls_certs_only(certificates.clone()).build();
    alone.map_err(damaged)?;
    Ok(certificates)
}

/// The certificate and its key; without a file for the key it is in that of the certificate.
#[cfg(feature = "rustls")]
fn identity(cert: &Path, key: Option<&Path>) -> Result<Identity, TransportError> {
    let what = format!("the client certificate `{}`", cert.display());
    let mut pem = read(cert, &what)?;
    has_certificate(&pem, &what)?;
    let key_what = key.map(|key| format!("the client key `{}`", key.display()));
    if let (Some(key), Some(what)) = (key, &key_what) {
        // of several keys the last one counts
        pem.push(b'\n');
        let key = read(key, what)?;
        has_key(&key, what, "check which file it is")?;
        pem.extend(key);
    } else {
        has_key(&pem, &what, "name the file of the key: `--client-key`")?;
    }
    let both = key_what.unwrap_or_else(|| "its key".to_owned());
    let unusable = |error| {
        let cause = describe(error);
        match cause.contains("KeyMismatch") {
            true => refused(format!("{both} does not belong to {what}")),
            false => refused(format!("{what} and {both} cannot be used: {cause}")),
        }
    };
    let identity = Identity::from_pem(&pem).map_err(unusable)?;
    let alone = Client::builder().tls_certs_only([]).identity(identity.clone()).build();
    alone.map_err(unusable)?;
    Ok(identity)
}

#[cfg(feature = "rustls")]
fn read(path: &Path, what: &str) -> Result<Vec<u8>, TransportError> {
    std::fs::read(path).map_err(|error| refused(format!("{what} cannot be read: {error}")))
}

#[cfg(feature = "rustls")]
fn has_certificate(pem: &[u8], what: &str) -> Result<(), TransportError> {
    if contains(pem, "-----BEGIN CERTIFICATE-----") {
        return Ok(());
    }
    let found = match contains(pem, "-----BEGIN ") {
        true => "has no certificate in it",
        false => "is no PEM file: it has no line `-----BEGIN CERTIFICATE-----`",
    };
    Err(refused(format!("{what} {found}"))
        .with_help("`openssl x509 -inform der -in FILE` makes PEM of a binary certificate"))
}

#[cfg(feature = "rustls")]
fn has_key(pem: &[u8], what: &str, help: &'static str) -> Result<(), TransportError> {
    if contains(pem, "ENCRYPTED") {
        return Err(refused(format!("the private key in {what} is encrypted")).with_help(
            "`openssl pkey -in FILE -out KEY` decrypts it; let nobody else read the key",
        ));
    }
    match contains(pem, "PRIVATE KEY-----") {
        true => Ok(()),
        false => Err(refused(format!("{what} has no private key in it")).with_help(help)),
    }
}

#[cfg(feature = "rustls")]
fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// What the words of the TLS library, or of a proxy before it, mean to a person, and what to do.
pub(super) fn meaning(cause: &str) -> Option<(&'static str, Option<&'static str>)> {
    const OWN: &str = "if an authority of your own has issued it, name its file: `--ca-file`";
    const CLIENT: &str = "name its file: `--client-cert`";
    const CLOCK: &str = "whoever runs the server has to renew it; check this machine's clock, too";
    const KNOWN: &str = "check that `--client-cert` is one that the server knows";
    // an alert is what the server says of us
    if let Some((_, alert)) = cause.split_once("received fatal alert: ") {
        let of_certificates = ["Certificate", "UnknownCA", "AccessDenied"];
        return if alert.starts_with("CertificateRequired") {
            Some(("the server wants a client certificate", Some(CLIENT)))
        } else if of_certificates.iter().any(|word| alert.contains(word)) {
            Some(("the server refuses the client certificate", Some(KNOWN)))
        } else {
            None
        };
    }
    let known = [
        (
            &["UnknownIssuer", "CaUsedAsEndEntity"][..],
            "the server's certificate is not trusted",
            Some(OWN),
        ),
        (&["certificate expired", "Expired"], "the server's certificate has expired", Some(CLOCK)),
        (
            &["not valid yet", "NotValidYet"],
            "the server's certificate is not valid yet",
            Some(CLOCK),
        ),
        (
            &["not valid for name", "NotValidForName"],
            "the server's certificate is for another name",
            Some("check the host of the base URL"),
        ),
        (&["invalid peer certificate"], "the server's certificate is not accepted", None),
        (
            &["proxy authorization required"],
            "the proxy wants a user name and a password",
            Some("write them into its URL, `http://user:password@host:port`"),
        ),
    ];
    let found = known.into_iter().find(|(words, ..)| words.iter().any(|word| cause.contains(word)));
    found.map(|(_, what, help)| (what, help))
}

#[cfg(test)]
mod tests {
    use super::meaning;

    #[test]
    fn words_of_handshakes() {
        for (cause, expected) in [
            (
                "invalid peer certificate: UnknownIssuer",
                Some("the server's certificate is not trusted"),
            ),
            (
                "invalid peer certificate: certificate expired: verification time 5 (UNIX), but certificate is not valid after 4 (1 seconds ago)",
                Some("the server's certificate has expired"),
            ),
            (
                "invalid peer certificate: certificate not valid yet: verification time 4 (UNIX), but certificate is not valid before 5",
                Some("the server's certificate is not valid yet"),
            ),
            (
                "invalid peer certificate: certificate not valid for name \"a.example\"",
                Some("the server's certificate is for another name"),
            ),
            ("invalid peer certificate: Revoked", Some("the server's certificate is not accepted")),
            (
                "received fatal alert: CertificateRequired",
                Some("the server wants a client certificate"),
            ),
            ("received fatal alert: UnknownCA", Some("the server refuses the client certificate")),
            (
                "received fatal alert: CertificateExpired",
                Some("the server refuses the client certificate"),
            ),
            (
                "received fatal alert: CertificateRevoked",
                Some("the server refuses the client certificate"),
            ),
            (
                "received fatal alert: UnsupportedCertificate",
                Some("the server refuses the client certificate"),
            ),
            ("received fatal alert: InternalError", None),
            (
                "tunnel error: proxy authorization required",
                Some("the proxy wants a user name and a password"),
            ),
            ("Connection refused (os error 111)", None),
        ] {
            assert_eq!(meaning(cause).map(|(what, _)| what), expected, "{cause}");
        }
    }
}
