//! The walls between the rooms of `docs/design.md`: who may name whom.

mod defects;
mod tokens;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tokens::{Token, tokens};

/// The rooms of the runtime from top to bottom, and the rooms that each may name. Arrows point
/// down this list; the exceptions are in [`UPWARD`].
const RUNTIME: &[(&str, &[&str])] = &[
    (
        "cli",
        &[
            "catalog",
            "config",
            "connector",
            "destination",
            "dictionary",
            "error",
            "http",
            "instance",
            "output",
            "plan",
            "protocol",
            "report",
            "run",
            "schema",
            "secret",
            "spec",
            "state",
        ],
    ),
    (
        "protocol",
        &[
            "config",
            "connector",
            "destination",
            "error",
            "output",
            "report",
            "run",
            "schema",
            "spec",
            "state",
            "value",
        ],
    ),
    (
        "testing",
        &[
            "connector",
            "destination",
            "error",
            "http",
            "report",
            "schema",
            "spec",
            "state",
            "value",
        ],
    ),
    (
        "catalog",
        &[
            "connector",
            "destination",
            "error",
            "incremental",
            "plan",
            "report",
            "run",
            "schema",
            "spec",
            "state",
        ],
    ),
    ("benching", &["decode", "destination", "spec"]),
    ("fuzzing", &["decode", "paginate", "rate", "retry", "spec"]),
    ("private", &["check", "config", "connector", "spec", "value"]),
    ("connector", &["check", "config", "dictionary", "error", "instance", "run", "spec", "value"]),
    (
        "run",
        &[
            "auth",
            "client",
            "decode",
            "destination",
            "error",
            "http",
            "incremental",
            "instance",
            "paginate",
            "paging",
            "plan",
            "report",
            "schema",
            "secret",
            "spec",
            "state",
            "value",
        ],
    ),
    ("dictionary", &["destination", "error", "plan", "report", "schema", "spec"]),
    ("plan", &["config", "destination", "error", "schema", "spec"]),
    ("destination", &["error", "report", "schema", "secret", "spec", "state", "value"]),
    (
        "client",
        &[
            "auth", "decode", "error", "http", "rate", "report", "response", "retry", "secret",
            "spec",
        ],
    ),
    ("response", &["decode", "spec"]),
    ("paging", &["error", "http"]),
    ("incremental", &["error", "schema", "spec", "state", "value"]),
    ("paginate", &["decode", "spec", "state"]),
    ("decode", &["schema", "spec", "value"]),
    ("retry", &["spec"]),
    ("rate", &["spec"]),
    ("auth", &["config", "error", "http", "instance", "secret", "spec"]),
    ("instance", &["config", "connector", "error", "http", "secret", "spec"]),
    ("http", &["secret", "spec"]),
    ("output", &["error"]),
    ("report", &["error", "state"]),
    ("state", &[]),
    ("schema", &["spec", "value"]),
    ("check", &["config", "spec", "value"]),
    ("spec", &["auth", "config", "paging", "value"]),
    ("config", &["error", "secret", "spec", "value"]),
    ("value", &["spec"]),
    ("secret", &[]),
    ("error", &[]),
];

/// Arrows that point up: a spec names the types of its columns and configuration, which say by
/// specs what they are; an instance is made from what the trait says; a spec holds the functions that
/// sign requests and say what follows a page.
const UPWARD: &[(&str, &str)] = &[
    ("config", "spec"),
    ("value", "spec"),
    ("instance", "connector"),
    ("spec", "auth"),
    ("spec", "paging"),
];

/// The rooms of the macros, as [`RUNTIME`].
const MACROS: &[(&str, &[&str])] = &[
    ("emit", &["diag", "keys", "model"]),
    ("check", &["case", "diag", "guess", "keys", "model", "read"]),
    ("read", &["case", "diag", "guess", "keys", "model"]),
    ("model", &["diag"]),
    ("keys", &[]),
    ("guess", &[]),
    ("case", &[]),
    ("diag", &[]),
];

/// Names from outside, and the places that may use them.
struct Fence {
    /// Consecutive tokens; the last may be followed by more of a name if it ends with `*`.
    names: &'static [&'static [&'static str]],
    places: &'static [&'static str],
    rule: &'static str,
}

const RUNTIME_FENCES: &[Fence] = &[
    Fence {
        names: &[&["reqwest"], &["hyper"]],
        places: &[
            "http/network.rs",
            "http/request.rs",
            "http/resolve.rs",
            "http/tls.rs",
            "http/transport.rs",
        ],
        rule: "only the transport, its settings and its requests know the HTTP client",
    },
    Fence {
        names: &[&["toml", "::"]],
        places: &["config/file/"],
        rule: "only the configuration file knows its format",
    },
    Fence {
        names: &[&["rusqlite"]],
        places: &["destination/sqlite/"],
        rule: "only its destination knows a database driver",
    },
    Fence {
        names: &[&["tokio_postgres"]],
        places: &[
            "destination/postgres/connection.rs",
            "destination/postgres/explain.rs",
            "destination/postgres/session.rs",
            "destination/postgres/tls.rs",
        ],
        rule: "only the connection, its errors and its TLS know the database driver",
    },
    Fence {
        names: &[&["env", "::", "var*"], &["env", "::", "set_var"], &["env", "::", "remove_var"]],
        places: &["config/"],
        rule: "only the configuration reads the environment",
    },
    Fence {
        names: &[&["sleep*"], &["interval*"], &["timeout_at"], &["time", "::", "timeout"]],
        // a database that restarts is waited for by whoever knows what was committed, and a lock that
        // somebody is giving back is by whoever wants it, as is a lease that a run has; little that is to be
        // written waits for more; a new SQLite file is waited for while another process sets it up; a screen is drawn from time to time; who reads no more is not waited for, nor
        // is he when the program was told to end
        places: &[
            "catalog/lease.rs",
            "cli/commands/airbyte/read/signals.rs",
            "cli/display.rs",
            "cli/signal.rs",
            "client.rs",
            "client/stop.rs",
            "client/wait.rs",
            "destination/postgres/connection.rs",
            "destination/postgres/session.rs",
            "destination/sqlite/lease.rs",
            "destination/sqlite/worker.rs",
            "run/post.rs",
        ],
        rule: "only the client waits",
    },
    Fence {
        names: &[&["TcpStream"], &["TcpListener"], &["UdpSocket"]],
        places: &[],
        rule: "the HTTP client is the only way to the network",
    },
    Fence {
        names: &[&["expose"]],
        places: &["secret.rs", "http/", "auth/", "config/", "destination/postgres/connection.rs"],
        rule: "a secret's text is read where it comes from and where it is sent",
    },
    Fence {
        names: &[&["stderr", "(", ")", ".", "w*"], &["stderr", "(", ")", ".", "lock"]],
        places: &["cli/screen.rs"],
        rule: "one thread writes standard error: who reads it may have stalled",
    },
    Fence {
        names: &[&["println", "!"], &["eprintln", "!"], &["print", "!"], &["eprint", "!"]],
        places: &[],
        rule: "what is said goes through the program's own streams or the log",
    },
];

const MACRO_FENCES: &[Fence] = &[
    Fence {
        names: &[
            &["quote", "!"],
            &["quote_spanned", "!"],
            &["parse_quote*", "!"],
            &["format_ident", "!"],
        ],
        places: &["emit/"],
        rule: "only `emit` writes code",
    },
    Fence {
        names: &[&["Error", "::", "new*"], &[".", "error", "("], &[".", "error_with_first", "("]],
        places: &["read/", "check/", "diag.rs"],
        rule: "a message stands in `read` or `check`",
    },
    Fence {
        names: &[&["compile_error"], &["panic", "!"], &["unwrap", "("]],
        places: &["diag.rs"],
        rule: "errors are told through `Diag`",
    },
];

/// One crate with its rules.
struct Crate {
    folder: &'static str,
    rooms: &'static [(&'static str, &'static [&'static str])],
    fences: &'static [Fence],
    /// Which room a name at the crate's root comes from.
    exports: BTreeMap<String, String>,
}

impl Crate {
    fn new(
        folder: &'static str,
        rooms: &'static [(&'static str, &'static [&'static str])],
        fences: &'static [Fence],
    ) -> Self {
        let exports = match fs::read_to_string(source(folder).join("lib.rs")) {
            Ok(text) => exports(&tokens(&text), rooms),
            Err(error) => panic!("{folder}: {error}"),
        };
        Self { folder, rooms, fences, exports }
    }

    /// What is wrong with a file: its path from the source folder, and its text.
    fn violations(&self, file: &str, text: &str) -> Vec<String> {
        let tokens = tokens(text);
        let mut found = self.arrows(file, &tokens);
        for fence in self.fences {
            if fence.places.iter().any(|place| file.starts_with(place)) {
                continue;
            }
            for at in 0..tokens.len() {
                if fence.names.iter().any(|name| is_at(name, &tokens[at..])) {
                    let Token { line, text } = tokens[at];
                    let rule = fence.rule;
                    found.push(format!("{}/src/{file}:{line}: `{text}`: {rule}", self.folder));
                }
            }
        }
        found
    }

    fn arrows(&self, file: &str, tokens: &[Token<'_>]) -> Vec<String> {
        let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
        let room = path.split('/').next().unwrap_or_default();
        if room == "lib" {
            return Vec::new();
        }
        let Some((_, allowed)) = self.rooms.iter().find(|(name, _)| *name == room) else {
            return vec![format!(
                "{}/src/{file}: `{room}` is a room that no rule knows",
                self.folder
            )];
        };
        let mut found = Vec::new();
        for (line, name) in paths_from_root(tokens, path.split('/').count()) {
            let named = self.exports.get(name).map_or(name, String::as_str);
            if named == room || allowed.contains(&named) {
                continue;
            }
            if self.rooms.iter().any(|(name, _)| *name == named) {
                found.push(format!(
                    "{}/src/{file}:{line}: `{name}`: `{room}` must not know `{named}`",
                    self.folder
                ));
            } else if !is_macro(name) {
                found.push(format!(
                    "{}/src/{file}:{line}: `{name}`: no room has this name",
                    self.folder
                ));
            }
        }
        found
    }

    /// Every file of the source folder with its text.
    fn files(&self) -> Vec<(String, String)> {
        let root = source(self.folder);
        let mut files = Vec::new();
        collect(&root, &root, &mut files);
        files
    }
}

/// `crate::main!` and its like: macros that the crate exports.
fn is_macro(name: &str) -> bool {
    name == "main" || name.starts_with("__conformance_")
}

fn source(folder: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("src")
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        if name == "tests" {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let file = path.strip_prefix(root).expect("below the root");
            let file = file.to_str().expect("a name").replace('\\', "/");
            files.push((file, fs::read_to_string(&path).expect("text")));
        }
    }
}

/// Whether the tokens begin with a name.
fn is_at(name: &[&str], tokens: &[Token<'_>]) -> bool {
    let fits = |(part, token): (&&str, &Token<'_>)| match part.strip_suffix('*') {
        Some(beginning) => token.text.starts_with(beginning),
        None => *part == token.text,
    };
    tokens.len() >= name.len() && name.iter().zip(tokens).all(fits)
}

/// What follows `crate::`, or enough `super::` to get out of a file that is so deep.
fn paths_from_root<'a>(tokens: &[Token<'a>], depth: usize) -> Vec<(usize, &'a str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let mut climbed = 0;
        let mut next = at;
        while is_at(&["super", "::"], &tokens[next..]) {
            climbed += 1;
            next += 2;
        }
        let is_root = match tokens[at].text {
            "crate" => is_at(&["crate", "::"], &tokens[at..]),
            _ => climbed >= depth,
        };
        if climbed == 0 && is_root {
            next = at + 2;
        }
        if is_root {
            found.extend(heads(&tokens[next..]));
        }
        at = next.max(at + 1);
    }
    found
}

/// The first names of a path or of a group of paths.
fn heads<'a>(tokens: &[Token<'a>]) -> Vec<(usize, &'a str)> {
    let Some(first) = tokens.first() else { return Vec::new() };
    if first.text != "{" {
        return vec![(first.line, first.text)];
    }
    let mut found = Vec::new();
    let mut depth = 0;
    let mut is_head = true;
    for token in tokens {
        match token.text {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => is_head = true,
            _ if depth == 1 && is_head => {
                found.push((token.line, token.text));
                is_head = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

/// The names that `pub use room::..` lifts to the root.
fn exports(tokens: &[Token<'_>], rooms: &[(&str, &[&str])]) -> BTreeMap<String, String> {
    let mut exports = BTreeMap::new();
    for at in 0..tokens.len() {
        let Some(room) = tokens.get(at + 1) else { break };
        let known = rooms.iter().any(|(name, _)| *name == room.text);
        if tokens[at].text == "use" && known {
            let names = tokens[at + 2..].iter().take_while(|token| token.text != ";");
            for name in names.filter(|token| token.text.starts_with(char::is_uppercase)) {
                exports.insert(name.text.to_owned(), room.text.to_owned());
            }
        }
    }
    exports
}

fn runtime() -> Crate {
    Crate::new("connector-runtime", RUNTIME, RUNTIME_FENCES)
}

fn macros() -> Crate {
    Crate::new("connector-macros", MACROS, MACRO_FENCES)
}

#[test]
fn the_walls_stand() {
    let mut found = Vec::new();
    for one in [runtime(), macros()] {
        let files = one.files();
        for (room, _) in one.rooms {
            let is_there = |(file, _): &(String, String)| {
                file == &format!("{room}.rs") || file.starts_with(&format!("{room}/"))
            };
            assert!(files.iter().any(is_there), "{}: the room `{room}` is gone", one.folder);
        }
        for (file, text) in &files {
            found.extend(one.violations(file, text));
        }
    }
    assert!(found.is_empty(), "{} walls are broken:\n{}", found.len(), found.join("\n"));
}

#[test]
fn arrows_point_down() {
    for rooms in [RUNTIME, MACROS] {
        for (above, (room, allowed)) in rooms.iter().enumerate() {
            for named in *allowed {
                let at = rooms.iter().position(|(name, _)| name == named);
                let at =
                    at.unwrap_or_else(|| panic!("`{room}` may know `{named}`, which is no room"));
                let upward = UPWARD.contains(&(room, named));
                assert_eq!(at < above, upward, "`{room}` → `{named}`");
            }
        }
    }
}

#[test]
fn broken_walls_are_noticed() {
    let (runtime, macros) = (runtime(), macros());
    for (one, file, text, problem) in [
        (
            &runtime,
            "paginate/mod.rs",
            "use crate::http::Request;",
            "`paginate` must not know `http`",
        ),
        (
            &runtime,
            "paginate/new.rs",
            "use super::super::client::Client;",
            "`paginate` must not know `client`",
        ),
        (
            &runtime,
            "incremental/watch.rs",
            "use crate::decode::Decoder;",
            "`incremental` must not know `decode`",
        ),
        (&runtime, "retry.rs", "fn f(_: super::http::Request) {}", "`retry` must not know `http`"),
        (
            &runtime,
            "decode/row.rs",
            "use crate::{\n    destination::Load,\n    spec::Path,\n};",
            "row.rs:2: `destination`: `decode` must not know",
        ),
        (
            &runtime,
            "decode/row.rs",
            "fn f() -> crate::Connector {}",
            "`decode` must not know `connector`",
        ),
        (
            &runtime,
            "destination/mod.rs",
            "use crate::auth::Auth;",
            "`destination` must not know `auth`",
        ),
        (&runtime, "destination/sqlite/sql.rs", "\n\ncrate::run::x()", "sql.rs:3: `run`"),
        (&runtime, "error.rs", "use crate::secret::Secret;", "`error` must not know `secret`"),
        (&runtime, "kitchen.rs", "", "`kitchen` is a room that no rule knows"),
        (&runtime, "run/mod.rs", "use crate::kitchen::Sink;", "no room has this name"),
        (&runtime, "http/mod.rs", "use reqwest::Client;", "only the transport"),
        (&runtime, "run/mod.rs", "use rusqlite::Connection;", "only its destination"),
        (
            &runtime,
            "destination/postgres/lease.rs",
            "tokio_postgres::Row",
            "its errors and its TLS",
        ),
        (&runtime, "cli/mod.rs", "std::env::var(\"X\")", "only the configuration"),
        (&runtime, "cli/mod.rs", "env::vars_os()", "only the configuration"),
        (&runtime, "run/mod.rs", "tokio::time::sleep(wait).await", "only the client waits"),
        (&runtime, "http/transport.rs", "std::thread::sleep(wait)", "only the client waits"),
        (&runtime, "run/source.rs", "secret.expose()", "a secret's text"),
        (&runtime, "run/mod.rs", "println!(\"x\")", "what is said"),
        (&runtime, "cli/mod.rs", "io::stderr().write_all(text)", "one thread writes"),
        (&macros, "read/mod.rs", "panic!(\"x\")", "errors are told"),
        (&macros, "read/mod.rs", "quote! { x }", "only `emit` writes code"),
        (&macros, "check/mod.rs", "quote::quote_spanned!(x => y)", "only `emit` writes code"),
        (&macros, "emit/mod.rs", "syn::Error::new_spanned(x, y)", "a message stands in"),
        (&macros, "emit/mod.rs", "diag.error(x, y)", "a message stands in"),
        (&macros, "model.rs", "use crate::read::RawPath;", "`model` must not know `read`"),
        (&macros, "read/mod.rs", "use crate::check::x;", "`read` must not know `check`"),
    ] {
        let found = one.violations(file, text);
        assert_eq!(found.len(), 1, "{file}: {text}: {found:?}");
        assert!(found[0].contains(problem), "{file}: {text}: {found:?}");
    }
}

#[test]
fn what_is_allowed_is_no_violation() {
    let (runtime, macros) = (runtime(), macros());
    for (one, file, text) in [
        (
            &runtime,
            "run/mod.rs",
            "use crate::{Error, http::Transport, destination::{Load, Ending}};",
        ),
        (&runtime, "paginate/offset.rs", "use super::{PageFacts, Paginator};"),
        (&runtime, "http/transport.rs", "use reqwest::Client; use super::request::Request;"),
        (&runtime, "run/source.rs", "env!(\"CARGO_PKG_VERSION\")"),
        (&runtime, "cli/mod.rs", "std::env::args_os()"),
        (&runtime, "client.rs", "tokio::time::sleep(wait).await"),
        (&runtime, "decode/mod.rs", "#[cfg(test)]\nmod tests { use crate::http::Request; }"),
        (&macros, "emit/mod.rs", "quote!(#name); use crate::model::Resource;"),
        (&macros, "check/mod.rs", "diag.error(x, y)"),
    ] {
        assert_eq!(one.violations(file, text), [""; 0]);
    }
}
