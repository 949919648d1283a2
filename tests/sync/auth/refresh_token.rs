//! Refresh tokens: what is sent, and how one that replaces another is kept.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use connector_tests::Rotating;

use super::*;

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_refresh_token(
        token_url = config.token_url,
        refresh_token = refresh_token,
        client_id = client_id,
        client_secret = client_secret,
    ),
    retry(initial_delay = "1ms"),
    resources(Thing),
)]
struct Crm {
    token_url: String,
    refresh_token: Option<Secret>,
    client_id: String,
    client_secret: Option<Secret>,
}

fn crm(server: &Server, refresh_token: &str) -> Crm {
    Crm {
        token_url: format!("{}/token", server.url()),
        refresh_token: Some(refresh_token.into()),
        client_id: "the client".to_owned(),
        client_secret: None,
    }
}

fn serve(rotating: &Rotating) -> Server {
    let rotating = rotating.clone();
    Server::start(move |request| rotating.answer(request, |_| Reply::json(r#"[{"id":1}]"#)))
}

async fn load(api: &impl Connector, server: &Server, folder: &Folder) -> Report {
    let run = api.sync().base_url(server.url()).state_dir(folder.path("state"));
    run.destination(folder.database().destination()).run().await
}

/// The files of tokens, locks left out.
fn kept(folder: &Folder) -> Vec<PathBuf> {
    kept_of("crm", folder)
}

fn kept_of(connector: &str, folder: &Folder) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.path("state").join(connector)) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|ext| ext != "lock")).collect()
}

/// The refresh tokens that the server was sent, in order.
fn sent_tokens(server: &Server) -> Vec<String> {
    let requests = server.requests();
    requests.iter().filter_map(|request| request.form("refresh_token")).collect()
}

#[tokio::test]
async fn a_replaced_token_is_used_by_the_next_run() {
    let (folder, rotating) = (Folder::new(), Rotating::new(true));
    let server = serve(&rotating);
    for _ in 0..3 {
        done(&load(&crm(&server, "r3fresh-0"), &server, &folder).await);
    }
    assert_eq!(sent_tokens(&server), ["r3fresh-0", "r3fresh-1", "r3fresh-2"]);
    let files = kept(&folder);
    assert_eq!(files.len(), 1);
    let text = fs::read_to_string(&files[0]).expect("text");
    assert!(text.contains(r#""refresh_token":"r3fresh-3""#), "{text}");
    // it says which token was configured, and does not hold it
    assert!(text.contains("configured_sha256") && !text.contains("r3fresh-0"), "{text}");
    let stored = String::from_utf8_lossy(&folder.database().bytes()).into_owned();
    assert!(!stored.contains("r3fresh"), "a token is in the destination");

    // the person has authorized anew: what the old token led to counts no more
    let report = load(&crm(&server, "another"), &server, &folder).await;
    assert_eq!(failed(&report).kind(), ErrorKind::Auth);
    assert_eq!(sent_tokens(&server).last().map(String::as_str), Some("another"));
    assert_eq!(kept(&folder), files);
}

#[tokio::test]
async fn a_token_that_is_not_replaced_is_not_written() {
    let (folder, rotating) = (Folder::new(), Rotating::new(false));
    let server = serve(&rotating);
    for _ in 0..2 {
        done(&load(&crm(&server, "r3fresh-0"), &server, &folder).await);
    }
    assert_eq!(sent_tokens(&server), ["r3fresh-0", "r3fresh-0"]);
    assert!(kept(&folder).is_empty());
    let request = &server.requests()[0];
    for (name, value) in [("grant_type", "refresh_token"), ("client_id", "the client")] {
        assert_eq!(request.form(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!((request.form("client_secret"), request.form("scope")), (None, None));
}

#[tokio::test]
async fn a_token_is_replaced_again_after_a_401() {
    let (folder, rotating) = (Folder::new(), Rotating::new(true));
    let (api, first) = (rotating.clone(), AtomicUsize::new(0));
    let server = Server::start(move |request| {
        if request.path == "/things" && first.fetch_add(1, Ordering::SeqCst) == 0 {
            api.revoke();
        }
        api.answer(request, |_| Reply::json("[]"))
    });
    done(&load(&crm(&server, "r3fresh-0"), &server, &folder).await);
    assert_eq!(sent_tokens(&server), ["r3fresh-0", "r3fresh-1"]);
    assert_eq!(server.count(), 4);
}

#[tokio::test]
async fn runs_at_once_do_not_use_up_each_others_token() {
    let (folder, rotating) = (Folder::new(), Rotating::new(true));
    let server = serve(&rotating);
    let one = async |name: &str| {
        let run = crm(&server, "r3fresh-0").sync().base_url(server.url());
        let run = run.state_dir(folder.path("state"));
        let report = run.destination(folder.database_of(name).destination()).run().await;
        done(&report);
    };
    tokio::join!(one("1.db"), one("2.db"), one("3.db"), one("4.db"));
    let mut sent = sent_tokens(&server);
    sent.sort();
    assert_eq!(sent, ["r3fresh-0", "r3fresh-1", "r3fresh-2", "r3fresh-3"]);
}

#[tokio::test]
async fn a_refused_token_says_what_to_do() {
    let (folder, rotating, logs) = (Folder::new(), Rotating::new(true), Logs::new());
    let server = serve(&rotating);
    let report = load(&crm(&server, "used-up-t0ken"), &server, &folder).await;
    let error = failed(&report);
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_says(
        error,
        &[
            "the token server answered 400 Bad Request: `invalid_grant`, *** was used before",
            "help: the refresh token was used up or revoked, has expired",
            "authorize again, and configure the new one",
        ],
    );
    assert_eq!(server.count(), 1, "neither tried again nor the API asked");
    assert!(!logs.text().contains("used-up"), "{}", logs.text());
}

#[tokio::test]
async fn replaced_tokens_are_in_no_error_and_no_log() {
    let (folder, rotating, logs) = (Folder::new(), Rotating::new(true), Logs::new());
    let echo = rotating.clone();
    let server = Server::start(move |request| {
        echo.answer(request, |_| {
            Reply::status(400).body("acc3ss-1 or acc3ss-2 for r3fresh-0, r3fresh-1 or r3fresh-2")
        })
    });
    // each run knows its own: what it sent, and what it was given
    let mut logged = 0;
    for expected in
        ["*** or acc3ss-2 for ***, *** or r3fresh-2", "acc3ss-1 or *** for ***, *** or ***"]
    {
        let report = load(&crm(&server, "r3fresh-0"), &server, &folder).await;
        assert_says(failed(&report), &[expected]);
        let logs = logs.text();
        for text in [&format!("{report:?}"), &logs[logged..]] {
            let rest = text.replace(expected, "");
            assert!(!rest.contains("r3fresh") && !rest.contains("acc3ss"), "{text}");
        }
        logged = logs.len();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_place_that_is_no_good_ends_the_run_before_the_token_is_used() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, rotating) = (Folder::new(), Rotating::new(true));
    let server = serve(&rotating);
    done(&load(&crm(&server, "r3fresh-0"), &server, &folder).await);
    let sent = server.count();
    let state = folder.path("state").join("crm");
    let file = kept(&folder).remove(0);
    let chmod = |path: &PathBuf, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
    };

    chmod(&file, 0o644);
    let report = load(&crm(&server, "r3fresh-0"), &server, &folder).await;
    assert_eq!(failed(&report).kind(), ErrorKind::Config);
    assert_says(
        failed(&report),
        &["is open to other users of the machine (mode 644)", "chmod 600"],
    );
    chmod(&file, 0o600);

    chmod(&state, 0o755);
    let report = load(&crm(&server, "r3fresh-0"), &server, &folder).await;
    assert_says(
        failed(&report),
        &["is open to other users of the machine (mode 755)", "chmod 700"],
    );
    chmod(&state, 0o700);

    let good = fs::read(&file).expect("a file");
    fs::write(&file, "{").expect("ours");
    let report = load(&crm(&server, "r3fresh-0"), &server, &folder).await;
    assert_says(
        failed(&report),
        &["is not what was kept: no JSON", "remove the file to begin anew"],
    );
    fs::write(&file, good).expect("ours");

    // a file where the directory should be
    let run = crm(&server, "r3fresh-0").sync().base_url(server.url()).state_dir(&file);
    let report = run.destination(folder.database().destination()).run().await;
    assert_says(failed(&report), &["cannot be used: Not a directory", "CONNECTOR_STATE_DIR"]);

    assert_eq!(server.count(), sent, "nothing was sent");
    done(&load(&crm(&server, "r3fresh-0"), &server, &folder).await);
}

#[tokio::test]
async fn a_token_that_cannot_be_kept_ends_the_run_before_anything_else_is_sent() {
    let (folder, rotating) = (Folder::new(), Rotating::new(true));
    let server = serve(&rotating);
    done(&load(&crm(&server, "r3fresh-0"), &server, &folder).await);
    // something that no file can replace
    let file = kept(&folder).remove(0);
    fs::create_dir_all(file.with_extension("new").join("x")).expect("ours");
    let before = server.count();
    let report = load(&crm(&server, "r3fresh-0"), &server, &folder).await;
    let error = failed(&report);
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_says(
        error,
        &[
            "the server replaced the refresh token, and the new one could not be kept",
            "help: the old token may be used up",
        ],
    );
    assert!(!error.to_string().contains("r3fresh"), "{error}");
    assert_eq!(server.count(), before + 1, "the token was asked for, the API was not");
}

#[tokio::test]
async fn an_optional_refresh_token_that_was_left_out_asks_for_no_token() {
    let folder = Folder::new();
    let server = Server::always(Reply::json("[]"));
    let mut api = crm(&server, "");
    api.refresh_token = None;
    done(&load(&api, &server, &folder).await);
    assert_eq!(server.count(), 1);
    assert!(!folder.path("state").exists());
}

mod hooks {
    use super::*;

    static VAULT: Mutex<Option<String>> = Mutex::new(None);

    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        auth = oauth2_refresh_token(
            token_url = config.token_url,
            refresh_token = refresh_token,
            client_id = client_id,
            client_secret = client_secret,
            client_auth = basic,
            scopes = "read",
            params(resource = "crm"),
            leeway = "1s",
            on_rotate(load = load_token, store = store_token),
        ),
        resources(Thing),
    )]
    struct Hooked {
        token_url: String,
        refresh_token: Secret,
        client_id: String,
        client_secret: Option<Secret>,
        broken: bool,
    }

    fn load_token(_: &Credentials<'_>) -> connector_runtime::Result<Option<Secret>> {
        Ok(VAULT.lock().expect("no panic").clone().map(Secret::new))
    }

    fn store_token(credentials: &Credentials<'_>, token: &Secret) -> connector_runtime::Result<()> {
        if credentials.text("broken")? == "true" {
            return Err(Error::new(ErrorKind::Config, "the vault is sealed").with_help("unseal it"));
        }
        *VAULT.lock().expect("no panic") = Some(token.expose().to_owned());
        Ok(())
    }

    #[tokio::test]
    async fn functions_keep_the_token() {
        let (folder, rotating) = (Folder::new(), Rotating::new(true));
        let server = serve(&rotating);
        let mut api = Hooked {
            token_url: format!("{}/token", server.url()),
            refresh_token: "r3fresh-0".into(),
            client_id: "id".to_owned(),
            client_secret: Some("secret".into()),
            broken: false,
        };
        for _ in 0..2 {
            done(&load(&api, &server, &folder).await);
        }
        assert_eq!(sent_tokens(&server), ["r3fresh-0", "r3fresh-1"]);
        assert!(!folder.path("state").exists());
        let request = &server.requests()[0];
        assert_eq!(request.header("authorization"), Some("Basic aWQ6c2VjcmV0"));
        assert_eq!(request.form("scope").as_deref(), Some("read"));
        assert_eq!(request.form("resource").as_deref(), Some("crm"));
        assert_eq!(request.form("client_id"), None);

        api.broken = true;
        let before = server.count();
        let report = load(&api, &server, &folder).await;
        assert_says(
            failed(&report),
            &[
                "could not be kept: the vault is sealed",
                "help: unseal it; the old token may be used up",
            ],
        );
        assert_eq!(server.count(), before + 1);

        *VAULT.lock().expect("no panic") = Some("r3fresh-2".to_owned());
        let report = load(&api, &server, &folder).await;
        assert_says(
            failed(&report),
            &["what `on_rotate(load = ..)` gave is not what was kept", "give back what"],
        );
    }
}

/// The server has replaced the token when the run is told to stop: what it answers is not lost.
#[tokio::test]
async fn a_run_that_is_told_to_stop_keeps_the_token_that_is_on_its_way() {
    let (folder, rotating) = (Folder::new(), Rotating::new(true));
    let stop = connector_runtime::CancellationToken::new();
    let server = Server::start({
        let (rotating, stop) = (rotating.clone(), stop.clone());
        move |request| {
            if request.path == "/token" {
                stop.cancel();
            }
            rotating.answer(request, |_| Reply::json("[]"))
        }
    });
    let run = crm(&server, "r3fresh-0").sync().base_url(server.url());
    let run = run.state_dir(folder.path("state")).cancel_with(stop);
    let report = run.destination(folder.database().destination()).run().await;
    assert_eq!(failed_or_interrupted(&report), ErrorKind::Interrupted);
    assert_eq!(server.count(), 1);
    let text = fs::read_to_string(kept(&folder).remove(0)).expect("a token was kept");
    assert!(text.contains("r3fresh-1"), "{text}");
}

fn failed_or_interrupted(report: &Report) -> ErrorKind {
    report.resources[0].error.as_ref().expect("it did not end").kind()
}

#[derive(Resource)]
#[resource(
    path = "/orders",
    data_selector = "data",
    paginator = offset(limit = 1, total_path = "total"),
)]
struct Order {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(parent(order: Order), path = "/orders/{order.id}/lines", data_selector = "data")]
struct Line {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_refresh_token(
        token_url = config.token_url,
        refresh_token = refresh_token,
        client_id = client_id,
    ),
    max_concurrency = 2,
    resources(Order, Line),
)]
struct Shop {
    token_url: String,
    refresh_token: Secret,
    client_id: String,
}

/// While the server replaces the token, the second order comes, which the destination does not take.
#[tokio::test]
async fn a_destination_that_fails_keeps_the_token_that_is_on_its_way() {
    let (folder, rotating) = (Folder::new(), Rotating::new(true));
    let (failing, fails) = (folder.database(), Arc::new(AtomicBool::new(false)));
    let server = Server::start({
        let (rotating, fails) = (rotating.clone(), fails.clone());
        move |request| match request.path.as_str() {
            "/orders" if request.number("offset") == Some(0) => {
                rotating.answer(request, |_| Reply::json(r#"{"data":[{"id":1}],"total":2}"#))
            }
            "/orders" => {
                while !fails.load(Ordering::Acquire) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Reply::json(r#"{"data":[{"id":2}],"total":2}"#)
            }
            "/token" if rotating.issued() == 1 => {
                failing.execute("DROP TABLE \"order\"");
                fails.store(true, Ordering::Release);
                // long enough for the destination to fail meanwhile
                std::thread::sleep(Duration::from_millis(500));
                rotating.answer(request, |_| unreachable!("it is a token"))
            }
            path => {
                if path.ends_with("/lines") && rotating.issued() == 1 {
                    rotating.revoke();
                }
                rotating.answer(request, |_| Reply::json(r#"{"data":[]}"#))
            }
        }
    });
    let shop = Shop {
        token_url: format!("{}/token", server.url()),
        refresh_token: "r3fresh-0".into(),
        client_id: "the client".to_owned(),
    };
    let run = shop.sync().base_url(server.url()).state_dir(folder.path("state"));
    let report = run.destination(folder.database().destination()).run().await;
    assert_eq!(report.first_error().expect("an error").kind(), ErrorKind::Destination);
    let text = fs::read_to_string(kept_of("shop", &folder).remove(0)).expect("a token was kept");
    assert!(text.contains("r3fresh-2"), "{text}");
}
