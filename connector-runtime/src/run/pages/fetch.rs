//! Pages on their way: the next one, and those after it that were asked for ahead.

use tracing::debug;

use super::super::ahead::Task;
use super::super::request::at;
use super::{PAGE, Pages};
use crate::client::{Answer, Call};
use crate::error::{ErrorKind, Result};
use crate::http::{Request, Response};
use crate::paginate::{Position, link_counts};

/// Bytes of bodies that may wait for their turn, if none is larger than those that have come.
const MAX_AHEAD_BYTES: u64 = 32 << 20;

impl Pages {
    /// The answer that gives the next page, which may be on its way already. Those after it are
    /// asked for meanwhile.
    pub(super) async fn fetch(
        &mut self,
        page: u64,
        at: &Position,
        request: &Request,
    ) -> Result<Answer> {
        let asked = self.scan.ahead.take(at);
        self.look_ahead(page);
        if let Some(task) = asked {
            match task.answer().await {
                Ok(answer) => return Ok(answer),
                // it is asked for in earnest, and what comes after it anew: the source may change
                // meanwhile
                Err(error) => {
                    debug!(target: PAGE, resource = self.spec.name, page, "asked ahead: {error}");
                    // what was never sent is not sent again
                    if matches!(error.kind(), ErrorKind::Status | ErrorKind::Transport) {
                        self.meter.count_retry();
                    }
                    self.scan.ahead.clear();
                }
            }
        }
        let call = Call {
            resource: self.spec.name,
            template: self.spec.path.text,
            page,
            rules: &self.rules,
            meter: &self.meter,
            observer: &*self.observer,
            ahead: false,
        };
        self.source.client.send(request.clone(), call).await
    }

    /// Asks for the pages after this one whose positions can be told.
    fn look_ahead(&mut self, page: u64) {
        while self.scan.ahead.len() + 1 < self.window() {
            let after = self.scan.ahead.len() as u64 + 1;
            let Some(position) = self.scan.paginator.guess(after) else { return };
            let request = at(&self.scan.request, &position);
            self.ask_ahead(page + after, position, request);
        }
    }

    fn ask_ahead(&mut self, page: u64, position: Position, request: Request) {
        let (source, resource) = (self.source.clone(), self.spec.name);
        let template = self.spec.path.text;
        let (rules, meter) = (self.rules.clone(), self.meter.clone());
        let observer = self.observer.clone();
        let task = Task::spawn(async move {
            let (rules, meter, observer) = (&*rules, &*meter, &*observer);
            let call = Call { resource, template, page, rules, meter, observer, ahead: true };
            source.client.send(request, call).await
        });
        self.scan.ahead.push(position, task);
    }

    /// How many pages may be on their way, or wait for their turn.
    fn window(&self) -> usize {
        // by the time that its turn comes, other rows may be there
        if self.scan.passed.is_kept { 1 } else { self.room() }
    }

    /// The same, wherever these pages are.
    fn room(&self) -> usize {
        if self.response.wanted {
            return 1;
        }
        let by_memory = MAX_AHEAD_BYTES / self.page_bytes.max(1);
        self.source.client.concurrency().min(usize::try_from(by_memory).unwrap_or(usize::MAX))
    }

    /// Where the headers say what follows, it is asked for while the body is decoded.
    pub(super) fn follow_headers(&mut self, request: &Request, response: &Response) {
        let Some(header) = self.scan.paginator.header().filter(|_| self.room() > 1) else {
            return;
        };
        let Some(position) = self.scan.paginator.peek(&response.header_values(header)) else {
            return;
        };
        // what is wrong with it is said when it is asked for
        let came_from = response.url().unwrap_or(request.url());
        if let Ok(next) = self.request_at(&self.scan.request, &position, came_from)
            && !(self.scan.passed.is_kept && link_counts(request.url(), next.url()))
        {
            self.ask_ahead(self.scan.pages + 1, position, next);
        }
    }
}
