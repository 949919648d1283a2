//! The whole program, in process: arguments and environment in, texts and exit code out.

mod catalog;
mod choice;
mod docs;
mod files;
#[cfg(all(feature = "airbyte", feature = "singer", feature = "sqlite", feature = "postgres"))]
mod help;
mod pages;
mod plan;
mod refused;
mod scope;
mod usage;
mod verbs;
mod watching;

#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Mutex;

use super::*;
use crate::Secret;
use crate::config::ConfigValue;
use crate::http::{Request, Response, TransportError};
use crate::spec::{
    AuthArm, AuthSpec, ColumnSpec, ConfigField, DeclaredAuth, FieldUse, KeyLocation, Param, Part,
    Path, ResourceSpec, RetrySpec, Segment, SelectSpec, Site, Template,
};

const SECRET: &str = "hunter2-hunter2";

struct Shop {
    api_key: Secret,
    region: Option<String>,
    size: u32,
}

impl Connector for Shop {
    const SPEC: &'static ConnectorSpec = &ConnectorSpec {
        name: "shop",
        type_name: "Shop",
        doc: " The shop's API.\n\n Orders and customers.",
        version: "1.2.3",
        base_url: text("https://shop.example.com"),
        auth: Some(AuthSpec::ApiKey {
            name: "key",
            location: KeyLocation::Query,
            value: "api_key",
        }),
        retry: RetrySpec { max_retries: 0, ..RetrySpec::DEFAULT },
        config: &[
            ConfigField::new::<Secret>("api_key", "api-key", "SHOP_API_KEY", " Key of the shop."),
            ConfigField::new::<Option<String>>("region", "region", "SHOP_REGION", " Where."),
            ConfigField::new::<u32>("size", "size", "SHOP_SIZE", " Rows of a page.").default("50"),
        ],
        resources: &[&ORDERS, &CUSTOMERS],
        ..ConnectorSpec::EMPTY
    };

    fn from_values(values: &mut Values) -> Self {
        Self { api_key: values.take(), region: values.take(), size: values.take() }
    }

    fn values(&self) -> Vec<ConfigValue> {
        use crate::config::ConfigType;
        vec![self.api_key.value(), self.region.value(), self.size.value()]
    }
}

static ORDERS: ResourceSpec = ResourceSpec {
    name: "orders",
    type_name: "Order",
    doc: " Orders, one a row.",
    path: text("/orders"),
    params: &[Param {
        name: "size",
        value: Template { text: "config.size", parts: &[Part::Config("size")] },
        repeated: false,
    }],
    data_selector: Some(Path { text: "data", segments: &[Segment::Key("data")] }),
    fields: &[
        ColumnSpec::new::<i64>("id", "id", " Number of the order.").primary_key().field(),
        ColumnSpec::new::<Option<String>>("note", "note", "").field(),
    ],
    ..ResourceSpec::EMPTY
};

static CUSTOMERS: ResourceSpec = ResourceSpec {
    name: "customers",
    path: text("/customers"),
    fields: &[ColumnSpec::new::<String>("name", "name", "").field()],
    ..ResourceSpec::EMPTY
};

const fn text(text: &'static str) -> Template {
    match text.as_bytes() {
        b"/orders" => Template { text, parts: &[Part::Text("/orders")] },
        b"/customers" => Template { text, parts: &[Part::Text("/customers")] },
        _ => Template { text, parts: &[Part::Text("https://shop.example.com")] },
    }
}

/// Answers by path, and remembers what was asked.
#[derive(Debug)]
struct Script {
    answers: Vec<(&'static str, u16, &'static str)>,
    urls: Mutex<Vec<String>>,
}

impl Transport for Script {
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
        let url = request.url();
        self.urls.lock().unwrap().push(url.to_string());
        let found = self.answers.iter().find(|(path, ..)| url.path().ends_with(path));
        let &(_, status, body) = found.expect("a request that the script does not have");
        Box::pin(async move { Ok(Response::new(status, body)) })
    }
}

const GOOD: &[(&str, u16, &str)] = &[
    ("/orders", 200, r#"{"data": [{"id": 1, "note": "a"}, {"id": 2}]}"#),
    ("/customers", 200, r#"[{"name": "Ada"}]"#),
];

/// What a program did.
#[derive(Debug)]
struct Ran {
    code: u8,
    out: String,
    err: String,
    urls: Vec<String>,
}

const KEY: (&str, &str) = ("SHOP_API_KEY", SECRET);

fn run(args: &[&str], env: &[(&str, &str)], answers: &[(&'static str, u16, &'static str)]) -> Ran {
    let script = Arc::new(Script { answers: answers.to_vec(), urls: Mutex::default() });
    let ran =
        ran(Shop::SPEC, |values| Instance::of(&Shop::from_values(values)), args, env, &script);
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains(SECRET), "{text}");
    }
    ran
}

/// Runs the program of a connector, whose name comes before its arguments.
fn ran(
    spec: &'static ConnectorSpec,
    make: Make,
    args: &[&str],
    env: &[(&str, &str)],
    script: &Arc<Script>,
) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let variable = |name: &str| {
        env.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
    };
    let mut program = Program {
        spec,
        settings: Settings::new(spec),
        make,
        env: &variable,
        transport: Some(script.clone()),
        stderr: None,
        heeded: None,
        watching: Watching::default(),
        display: None,
        out: &mut out,
        err: &mut err,
    };
    let code = program.run([spec.name].iter().chain(args).map(OsString::from));
    let (out, err) = (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap());
    let urls = std::mem::take(&mut *script.urls.lock().unwrap());
    Ran { code, out, err, urls }
}

/// A database file that goes away.
#[cfg(feature = "sqlite")]
struct Database(PathBuf);

#[cfg(feature = "sqlite")]
impl Database {
    fn new(name: &str) -> Self {
        let file = format!("connector-cli-{}-{name}.db", std::process::id());
        Self(std::env::temp_dir().join(file))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

#[cfg(feature = "sqlite")]
impl Drop for Database {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{ending}", self.path()));
        }
    }
}

mod generated {
    #![allow(dead_code)]
    crate::main!(super::Shop);
}
