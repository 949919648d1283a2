//! Scans one after the other, and scans that go on.

mod many;
mod resume;

use std::collections::VecDeque;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Mutex;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use connector_runtime::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::connector::Connector as _;
use crate::http::{Transport, TransportError};
use crate::instance::Instance;
use crate::report::Unobserved;
use crate::run::Overrides;
use crate::spec::{Budget, ColumnSpec, FieldSpec, Part, Path, Segment, Template};
use crate::state::{PagePosition, Scan as Saved};

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = bearer(token),
    trusted_origins("https://files.example.com"),
    resources(Plain),
)]
struct Api {
    token: Secret,
}

#[derive(Resource)]
#[resource(path = "/plain")]
struct Plain {
    #[column(primary_key)]
    _id: i64,
}

/// `/issues/{issue.number}/comments`.
const COMMENTS: Template = Template {
    text: "/issues/{issue.number}/comments",
    parts: &[Part::Text("/issues/"), Part::Parent("number"), Part::Text("/comments")],
};
const FIELDS: &[FieldSpec] = &[
    ColumnSpec::new::<i64>("id", "id", "").primary_key().field(),
    ColumnSpec::new::<i64>("issue", "issue", "").source(ColumnSource::Parent("number")).field(),
    ColumnSpec::new::<Option<i64>>("votes", "votes", "").field(),
];
const CHILD: ResourceSpec = ResourceSpec {
    name: "comments",
    path: COMMENTS,
    fields: FIELDS,
    data_selector: Some(Path { text: "rows", segments: &[Segment::Key("rows")] }),
    ..ResourceSpec::EMPTY
};
const NEXT: Path = Path { text: "next", segments: &[Segment::Key("next")] };

/// Answers the requests of a script, and no other ones.
#[derive(Debug, Default)]
struct Script(Mutex<VecDeque<(String, Response)>>);

impl Transport for Script {
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
        let next = self.0.lock().expect("no panic").pop_front();
        let url = request.url().as_str();
        let found = url.strip_prefix("https://api.example.com").unwrap_or(url);
        match next {
            Some((expected, answer)) if expected == found => Box::pin(ready(Ok(answer))),
            next => panic!("expected {:?}, found {found}", next.map(|(expected, _)| expected)),
        }
    }

    fn is_in_order(&self) -> bool {
        true
    }
}

/// An API that gives these answers to these requests in this order.
struct Scripted {
    script: Arc<Script>,
    source: Arc<Source>,
}

impl Scripted {
    fn new(script: impl IntoIterator<Item = (&'static str, Response)>) -> Self {
        let script = script.into_iter().map(|(target, answer)| (target.to_owned(), answer));
        let script = Arc::new(Script(Mutex::new(script.collect())));
        let overrides = Overrides { transport: Some(script.clone()), ..Overrides::default() };
        let instance = Instance::of(&Api { token: "s3cr3t-token".into() });
        let source = Arc::new(Source::open(instance, overrides).expect("it is complete"));
        Self { script, source }
    }

    fn pages(&self, spec: ResourceSpec) -> Pages {
        let planned = Planned::new(Api::SPEC, Box::leak(Box::new(spec)));
        let sink = Sink { limits: Limits::NONE, has_keys: true, takes_rejects: true };
        Pages::new(&self.source, &planned, sink, Arc::new(Unobserved)).expect("a good spec")
    }

    /// Every request has come.
    fn is_over(&self) -> bool {
        self.script.0.lock().expect("no panic").is_empty()
    }
}

fn issue(number: impl Into<Value>) -> Bindings {
    Bindings { parent: vec![("number", number.into())], ..Bindings::default() }
}

/// A page with rows of these ids.
fn rows(ids: impl IntoIterator<Item = i64>) -> Response {
    next(ids, Value::Null)
}

/// The same, and what follows it.
fn next(ids: impl IntoIterator<Item = i64>, next: impl Into<Value>) -> Response {
    let rows: Vec<_> = ids.into_iter().map(|id| json!({"id": id})).collect();
    Response::new(200, json!({"rows": rows, "next": next.into()}).to_string())
}

/// Reads so many pages.
async fn read(pages: &mut Pages, count: usize) {
    for page in 1..=count {
        assert!(pages.advance().await.expect("a page"), "there is no page {page}");
    }
}

/// Reads all that is left.
async fn drain(pages: &mut Pages) -> Result<()> {
    while pages.advance().await? {}
    Ok(())
}

/// `issue/id` of the rows since the last call.
fn taken(pages: &mut Pages) -> Vec<String> {
    let Some(batch) = pages.take_batch().expect("rows") else { return Vec::new() };
    let column = |at: usize| batch.column(at).as_primitive::<Int64Type>();
    (0..batch.num_rows())
        .map(|row| format!("{}/{}", column(1).value(row), column(0).value(row)))
        .collect()
}
