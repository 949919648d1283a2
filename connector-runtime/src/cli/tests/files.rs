//! Configuration files, and the commands that make and show them.

use std::fs;
use std::path::Path;

use super::*;
use crate::config::PROGRAM;

/// A `connector.toml`, and what the program makes of it.
fn with(text: &str, args: &[&str], env: &[(&str, &str)]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connector.toml");
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let args: Vec<_> = args.iter().copied().chain(["--config", path]).collect();
    let mut ran = run(&args, env, GOOD);
    for text in [&mut ran.out, &mut ran.err] {
        *text = text.replace(path, "connector.toml");
    }
    ran
}

fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn a_file_says_what_flags_and_variables_leave_open() {
    let ran = with("size = 7\nbase_url = \"http://localhost:1/api\"", &["check", "orders"], &[KEY]);
    assert_eq!(ran.code, exit::DONE, "{ran:?}");
    assert_eq!(ran.urls, ["http://localhost:1/api/orders?size=7"]);
    let ran = with("size = 7", &["check", "orders", "--size", "8"], &[KEY]);
    assert_eq!(ran.urls, ["https://shop.example.com/orders?size=8"]);
}

#[test]
fn a_file_is_named_by_flag_or_variable_and_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.toml");
    let config = ("CONNECTOR_CONFIG", path.to_str().unwrap());
    let ran = run(&["check", "orders"], &[KEY, config], GOOD);
    assert_eq!(ran.code, exit::CONFIG);
    let expected = format!("there is no file `{}`, which `CONNECTOR_CONFIG` names", config.1);
    assert!(ran.err.contains(&expected), "{ran:?}");
    fs::write(&path, "size = 7").unwrap();
    let ran = run(&["check", "orders"], &[KEY, config], GOOD);
    assert_eq!(ran.urls, ["https://shop.example.com/orders?size=7"]);
    let ran = run(&["sync", "--config", "shop.json"], &[KEY, config], GOOD);
    let expected = "expected a TOML file, found `shop.json`, which `--config` names";
    assert!(ran.err.contains(expected), "{ran:?}");
    let ran = run(&["schema", "--config", "shop.toml"], &[], &[]);
    let expected = "`--config` makes a difference with `--format ddl` only";
    assert!(ran.err.contains(expected), "{ran:?}");
}

#[test]
fn a_profile_is_chosen_by_flag_or_variable() {
    let text = "[profile.big]\nsize = 500";
    for (args, env) in [
        (&["check", "orders", "--profile", "big"][..], ("", "")),
        (&["check", "orders"], ("CONNECTOR_PROFILE", "big")),
    ] {
        let ran = with(text, args, &[KEY, env]);
        assert_eq!(ran.urls, ["https://shop.example.com/orders?size=500"], "{args:?}");
    }
    let ran = with(text, &["check", "--profile", "bug"], &[KEY]);
    assert_eq!(ran.code, exit::CONFIG);
    let expected = "there is no profile `bug`, which `--profile` names; did you mean `big`? The profiles are `big`\n";
    assert!(ran.err.contains(expected), "{ran:?}");
}

#[test]
fn the_problems_of_all_places_are_one_error() {
    let args = ["sync", "--size", "many"];
    let ran = with("siz = 1\nregion = 5", &args, &[("SHOP_MAX_RUN_TIME", "soon")]);
    assert_eq!(ran.code, exit::CONFIG);
    assert_eq!(
        ran.err,
        "error: 5 problems in the configuration\n  \
         - `connector.toml:1`: unknown key `siz`; did you mean `size`?\n  \
         - `api_key` is missing: set the environment variable `SHOP_API_KEY`\n  \
         - `region` from `connector.toml:2`: expected a text in quotes, found `5`\n  \
         - `size` from `--size`: expected a whole number (u32), found `many`\n  \
         - `max_run_time` from the environment variable `SHOP_MAX_RUN_TIME`: expected a number above 0 and `ms`, `s`, `m` or `h`, as in `30m`, found `soon`\n  \
         help: `--help` lists all flags and variables, `config show` what is set where\n"
    );
    assert!(ran.urls.is_empty());
}

#[test]
fn every_command_that_reads_configuration_heeds_the_file() {
    for (args, key) in [
        (&["sync"][..], "ownr"),
        (&["check"], "ownr"),
        (&["plan"], "ownr"),
        (&["schema", "--format", "ddl"], "ownr"),
        (&["config", "show"], "ownr"),
    ] {
        let ran = with(&format!("{key} = 1"), args, &[KEY]);
        assert_eq!(ran.code, exit::CONFIG, "{ran:?}");
        assert!(ran.err.contains("`connector.toml:1`: unknown key `ownr`"), "{args:?} {ran:?}");
    }
    // a command with a setting has a file, too
    let settings = Settings::new(Shop::SPEC);
    let command = commands::command(Shop::SPEC, &settings);
    let has = |command: &clap::Command, flag: &str| {
        command.get_arguments().any(|arg| arg.get_id().as_str() == flag)
    };
    for command in command.get_subcommands() {
        if settings.all().iter().any(|setting| has(command, setting.flag)) {
            assert!(has(command, "config") && has(command, "profile"), "{command:?}");
        }
    }
}

#[test]
fn settings_are_known_to_other_programs() {
    let mut keys: Vec<_> = Settings::new(Shop::SPEC).all().iter().map(ConfigField::key).collect();
    keys.sort();
    assert_eq!(keys, PROGRAM);
}

#[test]
fn show_says_where_each_value_comes_from() {
    let text = "size = 7\n[profile.eu]\nregion = \"eu\"";
    let args = ["config", "show", "--profile", "eu", "--destination", "x.db"];
    let proxy = ("SHOP_PROXY", "http://me:hunter2-hunter2@proxy:3128");
    let ran = with(text, &args, &[KEY, proxy]);
    assert_eq!((ran.code, ran.err.as_str()), (exit::DONE, ""));
    let lines: Vec<_> =
        ran.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "key value from",
        "api_key *** the environment variable SHOP_API_KEY",
        "region eu connector.toml:3, profile eu",
        "size 7 connector.toml:1",
        "base_url",
        "destination x.db --destination",
        "proxy http://***@proxy:3128 the environment variable SHOP_PROXY",
    ] {
        assert!(lines.iter().any(|one| one == line), "{line} is not in\n{}", ran.out);
    }
    let args = [&args[..], &["--output", "json"]].concat();
    let shown = json(&with(text, &args, &[KEY, proxy]));
    assert_eq!(shown["connector"], "shop");
    assert_eq!(shown["files"], serde_json::json!(["connector.toml"]));
    assert_eq!(shown["profile"], "eu");
    assert_eq!(shown["problems"], serde_json::json!([]));
    assert_eq!(
        shown["values"][1],
        serde_json::json!({
            "key": "region",
            "value": "eu",
            "origin": { "source": "file", "file": "connector.toml", "line": 3, "profile": "eu" },
            "secret": false,
            "problem": null,
            "variable": "SHOP_REGION",
            "flag": "region",
        })
    );
    assert_eq!(shown["values"][0]["value"], "***");
}

#[test]
fn show_says_what_is_missing() {
    let ran = with("size = true", &["config", "show"], &[KEY]);
    assert!(ran.out.contains("(wrong)"), "{ran:?}");
    let ran = with("", &["config", "show"], &[]);
    assert_eq!(ran.code, exit::CONFIG);
    assert!(ran.out.contains("(missing)"), "{ran:?}");
    let expected = "error: `api_key` is missing: set the environment variable `SHOP_API_KEY`\n  \
         help: correct the configuration and run again\n";
    assert_eq!(ran.err, expected);
}

fn init(folder: &Path) -> Ran {
    let path = folder.join("shop.toml");
    run(&["config", "init", "--config", path.to_str().unwrap()], &[], &[])
}

#[test]
fn init_writes_files_that_say_nothing_and_can_be_filled_in() {
    let folder = tempfile::tempdir().unwrap();
    let ran = init(folder.path());
    assert_eq!((ran.code, ran.err.as_str()), (exit::DONE, ""));
    let (path, secrets) =
        (folder.path().join("shop.toml"), folder.path().join("shop.secrets.toml"));
    assert_eq!(ran.out, format!("wrote {}\nwrote {}\n", path.display(), secrets.display()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&secrets).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let config = path.to_str().unwrap();
    let show = ["config", "show", "--output", "json", "--config", config];
    let empty = json(&run(&show, &[], &[]));
    assert_eq!(empty["problems"].as_array().unwrap().len(), 1, "{empty}");

    // without the sign of a comment, every key has a value that fits, but for an empty secret
    for path in [&path, &secrets] {
        let text = fs::read_to_string(path).unwrap();
        let is_setting =
            |line: &str| line.starts_with('#') && line.contains(" = ") && !line.starts_with("# ");
        let lines = text.lines().take_while(|line| !line.starts_with("# ---- Profiles"));
        let filled: Vec<_> = lines
            .map(|line| line.strip_prefix('#').filter(|_| is_setting(line)).unwrap_or(line))
            .collect();
        fs::write(path, filled.join("\n")).unwrap();
    }
    let text = fs::read_to_string(&secrets).unwrap().replace("\"\"", "\"hunter2\"");
    fs::write(&secrets, text).unwrap();
    let filled = json(&run(&show, &[], &[]));
    let text = fs::read_to_string(&path).unwrap();
    for value in filled["values"].as_array().unwrap() {
        let key = value["key"].as_str().unwrap();
        // an empty text is one for a field of the connector only
        let is_left_empty = text.contains(&format!("\n{key} = \"\"\n")) && key != "region";
        assert_eq!(value["origin"]["source"] == "file", !is_left_empty, "{key} in\n{text}");
    }
}

#[test]
fn init_writes_over_nothing() {
    for there in ["shop.toml", "shop.secrets.toml"] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(there), "# mine").unwrap();
        let ran = init(folder.path());
        assert_eq!((ran.code, ran.out.as_str()), (exit::CONFIG, ""));
        let path = folder.path().join("shop.toml");
        let config = path.to_str().unwrap();
        let written =
            json(&run(&["config", "init", "--output", "json", "--config", config], &[], &[]));
        assert_eq!(written["files"], serde_json::json!([]));
        assert_eq!(written["error"]["kind"], "config");
        assert!(ran.err.contains("is already there, and is not written over"), "{ran:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::read_to_string(folder.path().join(there)).unwrap(), "# mine");
    }
}

#[test]
fn the_template_explains_every_key() {
    let text = config::template(Shop::SPEC, &Settings::new(Shop::SPEC).all());
    for part in [
        "# Where.\n# a text\n#region = \"\"\n",
        "# Rows of a page.\n# a whole number\n#size = 50\n",
        "#destination = \"shop.db\"\n",
        "#[profile.prod]\n#destination = \"shop.db\"\n",
        "#[connector.shop]\n",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(!text.contains("api_key"), "{text}");
    let secrets = config::secrets_template(Shop::SPEC).unwrap();
    assert!(
        secrets.contains("# Key of the shop.\n# a secret, required\n#api_key = \"\"\n"),
        "{secrets}"
    );
}

#[test]
fn the_schema_of_the_file() {
    let schema = json(&run(&["config", "schema"], &[], &[]));
    assert_eq!(
        schema["properties"]["size"],
        serde_json::json!({
            "type": "integer", "description": "Rows of a page.", "default": 50,
        })
    );
    assert_eq!(schema["additionalProperties"], false);
    let profile = &schema["properties"]["profile"]["additionalProperties"];
    assert_eq!(profile["properties"]["region"]["type"], "string");
    let own = "/properties/connector/properties/shop/properties/destination/default";
    assert_eq!(profile.pointer(own).unwrap(), "shop.db");
}

#[test]
fn a_secret_may_be_mounted() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shop_api_key"), format!("{SECRET}\n")).unwrap();
    let env = [("CONNECTOR_SECRETS_DIR", folder.path().to_str().unwrap())];
    let ran = run(&["check", "orders"], &env, GOOD);
    assert_eq!(ran.code, exit::DONE, "{ran:?}");
}
