//! What the API of a case answers.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::destination::BoxFuture;
use crate::http::{Request, Response, Transport, TransportError};
use crate::testing::ScriptedTransport;

/// Pages in their order, each with a link to the next one.
#[derive(Default)]
pub(super) struct Script {
    /// Rows as a JSON list.
    pages: Vec<String>,
    last: Option<u16>,
    hook: Option<Hook>,
}

/// Is waited for before each answer.
type Hook = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// One page with these rows, a JSON list.
pub(super) fn page(rows: impl ToString) -> Script {
    Script::default().page(rows)
}

/// Pages with rows as [`pairs`] writes them.
pub(super) fn pages<'a>(pages: impl IntoIterator<Item = &'a [(i64, &'a str)]>) -> Script {
    pages.into_iter().fold(Script::default(), |script, rows| script.page(pairs(rows)))
}

/// `[{"id": 1, "text": "a"}]`.
pub(super) fn pairs(rows: &[(i64, &str)]) -> serde_json::Value {
    rows.iter().map(|(id, text)| serde_json::json!({ "id": id, "text": text })).collect()
}

impl Script {
    /// One more page.
    pub(super) fn page(mut self, rows: impl ToString) -> Self {
        self.pages.push(rows.to_string());
        self
    }

    /// The page after these is an error of the server.
    pub(super) fn fails(mut self) -> Self {
        self.last = Some(500);
        self
    }

    /// The page after these is not there, which makes the scan *partial*.
    pub(super) fn cut(mut self) -> Self {
        self.last = Some(404);
        self
    }

    /// Waits for this before each answer.
    pub(super) fn before_each<F: Future<Output = ()> + Send + 'static>(
        mut self,
        hook: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        self.hook = Some(Arc::new(move || Box::pin(hook())));
        self
    }

    pub(super) fn transport(self) -> Arc<dyn Transport> {
        let Self { pages, last, hook } = self;
        let count = pages.len() + usize::from(last.is_some());
        let target = |number| match number {
            0 => "/rows".to_owned(),
            number => format!("/rows?page={}", number + 1),
        };
        let mut script = ScriptedTransport::new();
        for (number, rows) in pages.iter().enumerate() {
            let next = match number + 1 < count {
                true => format!("\"{}\"", target(number + 1)),
                false => "null".to_owned(),
            };
            let body = format!("{{\"data\": {rows}, \"next\": {next}}}");
            script = script.on(target(number), Response::new(200, body));
        }
        if let Some(status) = last {
            script = script.on(target(count - 1), Response::new(status, "{}"));
        }
        Arc::new(Scripted { script, hook })
    }
}

struct Scripted {
    script: ScriptedTransport,
    hook: Option<Hook>,
}

impl Transport for Scripted {
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
        Box::pin(async move {
            if let Some(hook) = &self.hook {
                hook().await;
            }
            self.script.send(request).await
        })
    }

    fn is_in_order(&self) -> bool {
        true
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.script.fmt(f)
    }
}
