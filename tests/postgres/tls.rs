//! Certificates of the server, and passwords that are bound to the connection.

use connector_runtime::Connector;
use connector_runtime::report::Report;
use connector_tests::{Authority, Cluster, Folder, Issued, PgDatabase, assert_says};

use super::{Merge, Server, destination, serve};

/// Gives a file of the server's own lines.
fn write(database: &PgDatabase, file: &str, text: &str) {
    let lines = text.trim_end().replace('\'', "''");
    database.query(&format!(
        "COPY (SELECT * FROM string_to_table('{lines}', E'\\n')) TO PROGRAM 'umask 077; cat > {file}'"
    ));
}

/// Has the server speak TLS, with passwords where the user is `secret`.
fn secure(database: &PgDatabase, issued: &Issued) {
    write(database, "server.crt", &issued.cert);
    write(database, "server.key", &issued.key);
    let rules =
        "hostssl all secret all scram-sha-256\nhost all secret all reject\nhost all all all trust";
    write(database, "pg_hba.conf", rules);
    database.query("ALTER SYSTEM SET ssl = on");
    database.query("SELECT pg_reload_conf()");
    database.query("CREATE ROLE secret LOGIN SUPERUSER PASSWORD 'hunter2'");
}

async fn load(
    server: &Server,
    url: &str,
    make: impl Fn(connector_runtime::destination::Postgres) -> connector_runtime::destination::Postgres,
) -> Report {
    let destination = make(destination(url));
    Merge {}.sync().base_url(server.url()).destination(destination).run().await
}

/// Whether the sessions of the connector are encrypted, as the server sees it.
fn encrypted(database: &PgDatabase) -> String {
    database.value("SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'api'")
}

#[tokio::test]
async fn certificates_are_verified_as_asked_for() {
    let Some(cluster) = Cluster::start() else { return };
    let database = cluster.database();
    let url = database.url();
    let folder = Folder::new();
    let authority = Authority::new("Ours");
    let ca_file = folder.path("ca.pem");
    std::fs::write(&ca_file, &authority.pem).expect("a file");
    let plain = |one| one;
    let server = serve(|_| {});

    let report = load(&server, &format!("{url}?sslmode=require"), plain).await;
    assert_says(
        report.error.expect("an error"),
        &["server does not support TLS", "`sslmode=disable`"],
    );

    secure(&database, &authority.issue("localhost"));
    for (mode, expected) in [("disable", "f"), ("prefer", "t"), ("require", "t")] {
        let seen = serve({
            let database = database.clone();
            move |_| assert_eq!(encrypted(&database), expected, "{mode}")
        });
        let report = load(&seen, &format!("{url}?sslmode={mode}"), plain).await;
        assert!(report.is_done(), "{mode}: {report:?}");
    }

    let by_name = url.replace("127.0.0.1", "localhost");
    for (url, options, has_file, problem) in [
        (&by_name, "", true, None),
        (&by_name, "?sslmode=verify-full", true, None),
        (&url, "?sslmode=verify-ca", true, None),
        (&url, "?sslmode=require", true, None),
        (&url, "?sslmode=verify-full", true, Some("the server's certificate is for another name")),
        (&url, "", true, Some("the server's certificate is for another name")),
        (&by_name, "?sslmode=verify-full", false, Some("the server's certificate is not trusted")),
        (&url, "?sslmode=verify-ca", false, Some("the server's certificate is not trusted")),
        (&url, "?sslmode=prefer", true, Some("a CA file is no use")),
    ] {
        let url = format!("{url}{options}");
        let report = load(&server, &url, |one| match has_file {
            true => one.ca_file(&ca_file),
            false => one,
        });
        let report = report.await;
        match problem {
            None => assert!(report.is_done(), "{url}: {report:?}"),
            Some(problem) => assert_says(report.error.expect("an error"), &[problem]),
        }
    }
    let in_url = format!("{by_name}?sslrootcert={}", ca_file.display());
    assert!(load(&server, &in_url, plain).await.is_done());
    let other = Authority::new("Another");
    std::fs::write(&ca_file, &other.pem).expect("a file");
    let report = load(&server, &in_url, plain).await;
    assert_says(report.error.expect("an error"), &["not trusted", "sslrootcert"]);
    std::fs::write(&ca_file, "none").expect("a file");
    let report = load(&server, &in_url, plain).await;
    assert_says(report.error.expect("an error"), &["has no certificate in it"]);
}

/// SCRAM with channel binding: the server checks the digest of its certificate that we send.
#[tokio::test]
async fn passwords_are_bound_to_the_connection() {
    let Some(cluster) = Cluster::start() else { return };
    let database = cluster.database();
    secure(&database, &Authority::new("Ours").issue("localhost"));
    let url = database.url().replace("tests@", "secret@");
    let server = serve(|_| {});
    let report = load(&server, &url, |one| one.password("hunter2")).await;
    assert!(report.is_done(), "{report:?}");
    let bound = format!("{url}?channel_binding=require");
    let report = load(&server, &bound, |one| one.password("hunter2")).await;
    assert!(report.is_done(), "{report:?}");
    // this user is let in without a password
    let unbound = format!("{}?channel_binding=require", database.url());
    let report = load(&server, &unbound, |one| one.password("hunter2")).await;
    assert_says(report.error.expect("an error"), &["channel binding"]);
    let with_password = url.replace("secret@", "secret:hunter2@");
    assert!(load(&server, &with_password, |one| one).await.is_done());

    let report = load(&server, &url, |one| one.password("hunter3")).await;
    let error = report.error.expect("an error");
    assert_says(&error, &["does not let `secret` in", "`PGPASSWORD`"]);
    assert!(!error.to_string().contains("hunter3"), "{error}");
    let report = load(&server, &url, |one| one).await;
    assert_says(report.error.expect("an error"), &["password", "set `PGPASSWORD`"]);
}
