//! What files say, and what is said about them.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::Secret;
use crate::config::{ConfigType, Explained, Sources};
use crate::spec::{ConfigField, ConnectorSpec};
use crate::value::Choice;

/// What a derive makes of `enum State { #[choice(rename = "open")] Open, .. }`.
#[derive(Clone, Copy)]
enum State {
    Open,
}

impl Choice for State {
    const CHOICES: &'static [(&'static str, Self)] = &[("open", Self::Open)];
    const VARIANTS: &'static [(&'static str, &'static str)] = &[("Open", "open")];

    fn text(self) -> &'static str {
        "open"
    }
}

const fn field<T: ConfigType>(name: &'static str, flag: &'static str) -> ConfigField {
    ConfigField::new::<T>(name, flag, "", "")
}

const SPEC: &ConnectorSpec = &ConnectorSpec {
    name: "shop",
    config: &[
        ConfigField { env: "SHOP_API_KEY", ..field::<Secret>("api_key", "api-key") },
        ConfigField { env: "SHOP_OWNER", ..field::<Option<String>>("owner", "owner") },
        ConfigField { env: "SHOP_SIZE", ..field::<u32>("size", "page-size").default("50") },
        ConfigField { env: "SHOP_TAGS", ..field::<Option<Vec<String>>>("tags", "tags") },
        ConfigField { env: "SHOP_RATE", ..field::<Option<f64>>("rate", "rate") },
        ConfigField { env: "SHOP_ALL", ..field::<Option<bool>>("all", "all") },
        ConfigField { env: "SHOP_STATE", ..field::<Option<State>>("state", "state") },
        ConfigField { env: "SHOP_SINCE", ..field::<Option<crate::Timestamp>>("since", "since") },
    ],
    ..ConnectorSpec::EMPTY
};

/// A folder with `connector.toml` and its secrets file.
struct Files(TempDir);

impl Files {
    fn new(shared: &str, secret: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("connector.toml"), shared).unwrap();
        if !secret.is_empty() {
            private(&folder.path().join("connector.secrets.toml"), secret);
        }
        Self(folder)
    }

    fn explain(&self, profile: &str, env: &[(&str, &str)]) -> Explained {
        self.explain_with(profile, env, None)
    }

    /// What is found, without the path of the folder.
    fn explain_with(&self, profile: &str, env: &[(&str, &str)], size: Option<&str>) -> Explained {
        let mut sources = Sources::new().file(self.0.path().join("connector.toml"));
        if !profile.is_empty() {
            sources = sources.profile(profile);
        }
        let env = |name: &str| {
            let found = env.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let flags = |flag: &str| size.filter(|_| flag == "page-size").map(str::to_owned);
        let mut explained = sources.open(SPEC, Some(&flags), &env).explain(&[]);
        let folder = format!("{}/", self.0.path().display());
        for problem in &mut explained.problems {
            *problem = problem.replace(&folder, "");
        }
        explained
    }

    fn problems(&self) -> Vec<String> {
        self.explain("", &[("SHOP_API_KEY", "k")]).problems
    }
}

fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// The value of a key and, in short, where it comes from.
fn value(explained: &Explained, key: &str) -> (serde_json::Value, String) {
    let one = explained.values.iter().find(|one| one.key == key).unwrap();
    let origin = one.origin.as_ref().map(|origin| origin.to_string().replace('`', ""));
    let origin = origin.unwrap_or_default();
    let short = origin.rsplit('/').next().unwrap_or_default();
    (one.value.clone(), short.to_owned())
}

#[test]
fn values_have_types() {
    let text = r#"
page_size = 0x20
tags = ["a, b", " c", ""]
rate = 2
all = true
state = "open"
since = 2024-01-31T00:00:00Z
owner = ""
"#;
    let explained = Files::new(text, "").explain("", &[("SHOP_API_KEY", "k")]);
    assert_eq!(explained.problems, [""; 0]);
    for (key, expected) in [
        ("page_size", serde_json::json!(32)),
        ("tags", serde_json::json!(["a, b", " c", ""])),
        ("rate", serde_json::json!(2.0)),
        ("all", serde_json::json!(true)),
        ("state", serde_json::json!("open")),
        ("since", serde_json::json!("2024-01-31T00:00:00Z")),
        ("owner", serde_json::json!("")),
        ("api_key", serde_json::json!("***")),
    ] {
        assert_eq!(value(&explained, key).0, expected, "{key}");
    }
    let none = Files::new("tags = []", "").explain("", &[("SHOP_API_KEY", "k")]);
    assert_eq!(value(&none, "tags"), (serde_json::json!([]), "connector.toml:1".to_owned()));
}

#[test]
fn a_wrong_value_says_file_line_key_expected_and_found() {
    for (text, expected) in [
        (
            "\npage_size = \"many\"",
            "`page_size` from `connector.toml:2`: expected a whole number, found `\"many\"`",
        ),
        (
            "page_size = -1",
            "`page_size` from `connector.toml:1`: expected a whole number (u32), found `-1`",
        ),
        (
            "page_size = 1.5",
            "`page_size` from `connector.toml:1`: expected a whole number, found `1.5`",
        ),
        (
            "tags = \"a,b\"",
            "`tags` from `connector.toml:1`: expected a list, `[\"a\", \"b\"]`, found `\"a,b\"`",
        ),
        (
            "tags = [1]",
            "`tags` from `connector.toml:1`: expected a list, `[\"a\", \"b\"]`, found `[1]`",
        ),
        (
            "all = \"true\"",
            "`all` from `connector.toml:1`: expected `true` or `false`, found `\"true\"`",
        ),
        ("owner = 7", "`owner` from `connector.toml:1`: expected a text in quotes, found `7`"),
        (
            "state = \"shut\"",
            "`state` from `connector.toml:1`: expected one of `open`, found `\"shut\"`",
        ),
        ("state = 1", "`state` from `connector.toml:1`: expected one of `\"open\"`, found `1`"),
        (
            "since = 2024-01-31",
            "`since` from `connector.toml:1`: expected a timestamp such as `2024-01-31T00:00:00Z`, found `2024-01-31`",
        ),
        (
            "[owner]\nname = 1",
            "`owner` from `connector.toml:1`: expected a text in quotes, found `[owner]`",
        ),
        (
            "[connector.shop]\npage_size = \"x\"",
            "`page_size` from `connector.toml:2`: expected a whole number, found `\"x\"`",
        ),
    ] {
        assert_eq!(Files::new(text, "").problems(), [expected], "{text}");
    }
}

#[test]
fn an_unknown_key_is_a_problem() {
    for (text, expected) in [
        ("ownr = \"x\"", "`connector.toml:1`: unknown key `ownr`; did you mean `owner`?"),
        ("page-size = 1", "`connector.toml:1`: unknown key `page-size`; did you mean `page_size`?"),
        (
            "destnation = \"x.db\"",
            "`connector.toml:1`: unknown key `destnation`; did you mean `destination`?",
        ),
        (
            "[profiles.prod]\n",
            "`connector.toml:1`: unknown key `profiles`; did you mean `profile`?",
        ),
        (
            "[profile.prod]\nownr = 1",
            "`connector.toml:2`: unknown key `ownr`; did you mean `owner`?",
        ),
        (
            "[connector.shop]\nownr = 1",
            "`connector.toml:2`: unknown key `ownr`; did you mean `owner`?",
        ),
        ("[shop]\n", "`connector.toml:1`: unknown key `shop`; did you mean `[connector.shop]`?"),
        (
            "colour = 1",
            "`connector.toml:1`: unknown key `colour`; the fields of `shop` are `api_key`, `owner`, `page_size`, `tags`, `rate`, `all`, `state`, `since`",
        ),
        (
            "ownr = 1\n[connector.crm]\nx = 1",
            "`connector.toml:1`: unknown key `ownr`; did you mean `owner`? (what only another connector knows belongs in its own table)",
        ),
        (
            "[connector.shpo]\n",
            "`connector.toml`: there is a table `[connector.shpo]`; did you mean `[connector.shop]`?",
        ),
        (
            "profile = \"prod\"",
            "`connector.toml:1`: `profile` is no table `[profile.NAME]`; a profile is chosen by `--profile` or `CONNECTOR_PROFILE`",
        ),
        (
            "connector.shop = 1",
            "`connector.toml:1`: `connector` is no table `[connector.NAME]`; it holds what is for one connector only",
        ),
    ] {
        assert_eq!(Files::new(text, "").problems(), [expected], "{text}");
    }
    let shared = "destination = \"x.db\"\n[connector.crm]\nanything = { at = \"all\" }";
    assert_eq!(Files::new(shared, "").problems(), [""; 0]);
}

#[test]
fn what_is_more_special_wins() {
    let all = r#"
owner = "root"
[connector.shop]
owner = "connector"
[profile.prod]
owner = "profile"
[profile.prod.connector.shop]
owner = "both"
[profile.dev]
page_size = 1
"#;
    let file = |text: &str| Files::new(text, "");
    let owner = |files: &Files, profile| value(&files.explain(profile, &[]), "owner");
    let found = |text: &str, origin: &str| (serde_json::json!(text), origin.to_owned());
    let both = "connector.toml:8, profile prod";
    assert_eq!(owner(&file(all), "prod"), found("both", both));
    assert_eq!(owner(&file(all), ""), found("connector", "connector.toml:4"));
    assert_eq!(owner(&file(all), "dev"), found("connector", "connector.toml:4"));
    let without = all.replace("owner = \"both\"", "");
    let profile = "connector.toml:6, profile prod";
    assert_eq!(owner(&file(&without), "prod"), found("profile", profile));
    let without = without.replace("owner = \"connector\"", "");
    assert_eq!(owner(&file(&without), "dev"), found("root", "connector.toml:2"));
}

#[test]
fn the_order_of_the_sources() {
    let files = Files::new("page_size = 2", "page_size = 3\napi_key = \"k\"");
    let mounted = tempfile::tempdir().unwrap();
    fs::write(mounted.path().join("shop_size"), "4\n").unwrap();
    let folder = ("CONNECTOR_SECRETS_DIR", mounted.path().to_str().unwrap());
    let env = ("SHOP_SIZE", "5");
    let size = |env: &[(&str, &str)], flag| value(&files.explain_with("", env, flag), "page_size");
    let found = |n: u32, origin: &str| (serde_json::json!(n), origin.to_owned());
    assert_eq!(size(&[folder, env], Some("6")), found(6, "--page-size"));
    assert_eq!(size(&[folder, env], None), found(5, "the environment variable SHOP_SIZE"));
    assert_eq!(size(&[folder, ("SHOP_SIZE", "")], None), found(4, "shop_size"));
    assert_eq!(size(&[], None), found(3, "connector.secrets.toml:1"));
    fs::remove_file(files.0.path().join("connector.secrets.toml")).unwrap();
    assert_eq!(size(&[], None), found(2, "connector.toml:1"));
    assert_eq!(value(&Files::new("", "").explain("", &[]), "page_size"), found(50, "its default"));
}

#[test]
fn mounted_secrets() {
    let mounted = tempfile::tempdir().unwrap();
    let files = Files::new("", "");
    let env = [("CONNECTOR_SECRETS_DIR", mounted.path().to_str().unwrap())];
    for (name, text, expected) in [
        ("SHOP_OWNER", "ada\n", "ada"),
        ("shop_owner", "ada\r\n", "ada"),
        ("shop_owner", "ada\n\n", "ada\n"),
        ("shop_owner", "ada ", "ada "),
    ] {
        fs::write(mounted.path().join(name), text).unwrap();
        assert_eq!(value(&files.explain("", &env), "owner").0, expected, "{text:?}");
        fs::remove_file(mounted.path().join(name)).unwrap();
    }
    fs::write(mounted.path().join("SHOP_API_KEY"), [0xff]).unwrap();
    let problems = files.explain("", &env).problems;
    assert!(
        problems[0].starts_with("`api_key`: `")
            && problems[0].ends_with("SHOP_API_KEY` is not UTF-8"),
        "{problems:?}"
    );
    let nowhere = files.explain("", &[("CONNECTOR_SECRETS_DIR", "/no/such/folder")]).problems;
    let expected = "`CONNECTOR_SECRETS_DIR` names `/no/such/folder`, which is no directory";
    assert_eq!(nowhere, [expected]);
}

#[test]
fn a_secret_stands_in_the_secrets_file() {
    let files = Files::new("", "api_key = \"hunter2\"");
    let explained = files.explain("", &[]);
    assert_eq!(explained.problems, [""; 0]);
    let found = value(&explained, "api_key");
    assert_eq!(found, (serde_json::json!("***"), "connector.secrets.toml:1".to_owned()));
    assert!(!format!("{explained:?}").contains("hunter2"));

    for (text, line, path) in [
        ("api_key = \"hunter2\"", 1, "api_key"),
        (
            "[profile.x.connector.shop]\napi_key = \"hunter2\"",
            2,
            "profile.x.connector.shop.api_key",
        ),
        ("destination = \"postgres://u:hunter2@db/x\"", 1, "destination"),
        ("proxy = \"http://u:hunter2@proxy\"", 1, "proxy"),
    ] {
        let expected = format!(
            "`connector.toml:{line}`: `{path}` is a secret; move it to `connector.secrets.toml`, which nobody else may read"
        );
        assert_eq!(Files::new(text, "").problems(), [expected], "{text}");
    }
    let empty = Files::new("", "api_key = \"\"").explain("", &[]).problems;
    assert_eq!(empty, ["`api_key` is empty: set the environment variable `SHOP_API_KEY`"]);
    let wrong = Files::new("", "api_key = 12345678").explain("", &[]).problems;
    assert_eq!(wrong, ["`api_key` from `connector.secrets.toml:1`: expected a text in quotes"]);
    let among =
        Files::new("", "api_key = \"k\"\npage_size = \"hunter2\"").explain("", &[]).problems;
    let expected = "`page_size` from `connector.secrets.toml:2`: expected a whole number";
    assert_eq!(among, [expected]);
}

#[test]
fn a_file_that_cannot_be_read_is_the_only_problem() {
    for (shared, secret, expected) in [
        ("", "api_key = \"hunter2", "`connector.secrets.toml:1:19`: "),
        ("", "api_key = hunter2", "`connector.secrets.toml:1:11`: "),
        ("x = 1\nx = 2", "", "`connector.toml:2:1`: duplicate key"),
        ("é = 1", "", "`connector.toml:1:1`: "),
    ] {
        let problems = Files::new(shared, secret).explain("", &[]).problems;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with(expected), "{problems:?}");
        assert!(!problems[0].contains("hunter2"), "{problems:?}");
    }
    let missing = Sources::new().file("/no/such/x.toml").explain(SPEC).problems;
    assert_eq!(missing, ["there is no file `/no/such/x.toml`, which the program names"]);
    let json = Sources::new().file("x.json").explain(SPEC).problems;
    assert_eq!(json, ["expected a TOML file, found `x.json`, which the program names"]);
}

#[cfg(unix)]
#[test]
fn secrets_that_others_can_read_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let files = Files::new("", "api_key = \"hunter2\"");
    let path = files.0.path().join("connector.secrets.toml");
    for mode in [0o640, 0o604, 0o644, 0o620] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let problems = files.explain("", &[]).problems;
        let expected = format!(
            "`connector.secrets.toml` holds secrets and is open to others (mode {mode:04o}): run `chmod 600 connector.secrets.toml`"
        );
        assert_eq!(problems, [expected]);
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert_eq!(files.explain("", &[]).problems, [""; 0]);
}

#[test]
fn an_unknown_profile_lists_those_there_are() {
    let of = |shared: &str, profile: &str| Files::new(shared, "").explain(profile, &[]).problems;
    let two = "[profile.prod]\n[profile.dev]\n";
    assert_eq!(
        of(two, "prdo"),
        [
            "there is no profile `prdo`, which the program names; did you mean `prod`? The profiles are `dev`, `prod`"
        ]
    );
    assert_eq!(
        of(two, "staging"),
        ["there is no profile `staging`, which the program names; the profiles are `dev`, `prod`"]
    );
    let none =
        "there is no profile `prod`, which the program names; `connector.toml` has no profiles";
    assert_eq!(of("", "prod"), [none]);
    let secret = Files::new("", "api_key = \"a\"\n[profile.prod]\napi_key = \"b\"");
    assert_eq!(secret.explain("prod", &[]).problems, [""; 0]);
}

#[test]
fn what_the_program_sets_comes_first() {
    let sources = Sources::new().value("api_key", "k").value("ownr", "x").value("page_size", "7");
    let explained = sources.explain(SPEC);
    assert_eq!(explained.problems, ["the program sets `ownr`; did you mean `owner`?"]);
    assert_eq!(value(&explained, "page_size"), (serde_json::json!(7), "the program".to_owned()));
}

#[test]
fn the_files_of_the_documentation_are_understood() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let page = fs::read_to_string(path).unwrap();
    let examples: Vec<_> = page.split("```toml\n").skip(1).collect();
    let text = |at: usize| examples[at].split("```").next().unwrap();
    let files = Files::new(text(0), "api_key = \"k\"");
    assert_eq!(files.explain("prod", &[]).problems, [""; 0]);
    assert_eq!(value(&files.explain("", &[]), "page_size").0, 100);
    let several =
        Files::new(&text(1).replace("connector.stripe]", "connector.shop]"), "api_key = \"k\"");
    let explained = several.explain("prod", &[]);
    assert_eq!(explained.problems, [""; 0]);
    assert_eq!(value(&explained, "since").0, "2024-01-31T00:00:00Z");
}
