//! What the chosen way to authenticate needs of the configuration.

use super::*;
use crate::value::Choice;

/// What a derive makes of `enum Login { Token, #[choice(rename = "oauth")] OAuth }`.
#[derive(Clone, Copy)]
enum Login {
    Token,
    OAuth,
}

impl Choice for Login {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("Token", Self::Token), ("oauth", Self::OAuth)];
    const VARIANTS: &'static [(&'static str, &'static str)] =
        &[("Token", "Token"), ("OAuth", "oauth")];

    fn text(self) -> &'static str {
        match self {
            Self::Token => "Token",
            Self::OAuth => "oauth",
        }
    }
}

const fn secret(field: &'static str) -> FieldUse {
    FieldUse { field, site: Site::Secret }
}

const SPEC: &ConnectorSpec = &ConnectorSpec {
    name: "shop",
    type_name: "Shop",
    base_url: text("https://shop.example.com"),
    auth: Some(AuthSpec::Select(SelectSpec {
        field: "login",
        arms: &[
            AuthArm {
                variant: "Token",
                declared: DeclaredAuth {
                    auth: AuthSpec::Bearer { token: "token" },
                    fields: &[secret("token")],
                },
            },
            AuthArm {
                variant: "OAuth",
                declared: DeclaredAuth {
                    auth: AuthSpec::HttpBasic { username: "user", password: Some("password") },
                    fields: &[
                        FieldUse { field: "user", site: Site::Username },
                        secret("password"),
                        FieldUse { field: "tenant", site: Site::Param },
                    ],
                },
            },
        ],
    })),
    config: &[
        ConfigField::new::<Login>("login", "login", "SHOP_LOGIN", ""),
        ConfigField::new::<Option<Secret>>("token", "token", "SHOP_TOKEN", ""),
        ConfigField::new::<Option<String>>("user", "user-name", "SHOP_USER", ""),
        ConfigField::new::<Option<Secret>>("password", "password", "SHOP_PASSWORD", ""),
        ConfigField::new::<Option<String>>("tenant", "tenant", "SHOP_TENANT", ""),
        ConfigField::new::<u32>("size", "size", "SHOP_SIZE", ""),
    ],
    ..ConnectorSpec::EMPTY
};

fn read(flags: &[(&str, &str)], env: &[(&str, &str)]) -> Result<(), String> {
    let find = |pairs: &[(&str, &str)], name: &str| {
        pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    let flags = |name: &str| find(flags, name);
    let env = |name: &str| find(env, name).map(OsString::from);
    let values = config::Sources::new().open(SPEC, Some(&flags), &env).connector(&[]);
    values.map(drop).map_err(|error| error.to_string())
}

#[test]
fn all_that_is_missing_is_said_with_flag_and_variable() {
    let error = read(&[("login", "oauth")], &[("SHOP_TOKEN", SECRET)]).unwrap_err();
    assert_eq!(
        error,
        "3 problems in the configuration\n  \
         - `size` is missing: pass `--size INTEGER` or set the environment variable `SHOP_SIZE`\n  \
         - `user` is missing, which `login` = `oauth` needs: pass `--user-name TEXT` or set the environment variable `SHOP_USER`\n  \
         - `password` is missing, which `login` = `oauth` needs: set the environment variable `SHOP_PASSWORD`"
    );
}

#[test]
fn what_another_arm_needs_may_be_missing() {
    let size = ("SHOP_SIZE", "1");
    assert_eq!(read(&[("login", "Token")], &[size, ("SHOP_TOKEN", SECRET)]), Ok(()));
    let user = [size, ("SHOP_LOGIN", "oauth"), ("SHOP_USER", "ada"), ("SHOP_PASSWORD", SECRET)];
    assert_eq!(read(&[], &user), Ok(()));
    let error = read(&[("login", "saml")], &[size]).unwrap_err();
    assert_eq!(error, "`login` from `--login`: expected one of `Token`, `oauth`, found `saml`");
}

#[test]
fn help_shows_the_texts_of_a_choice() {
    let settings = Settings::new(SPEC);
    let mut command = commands::command(SPEC, &settings);
    let help = command.find_subcommand_mut("sync").unwrap().render_help().to_string();
    for text in
        ["--login <CHOICE>", "[one of: Token, oauth]", "--ca-file", "[env: SHOP_CLIENT_KEY]"]
    {
        assert!(help.contains(text), "{help}");
    }
}
