//! The reading half of a run: pages of one resource, decoded.

mod so_far;

use std::sync::Arc;

use tracing::debug;
use url::Url;

use super::ahead::{Ahead, Task};
use super::quarantine::Quarantine;
use super::request::{self, ask, at};
use super::shape::Shape;
use super::source::Source;
use crate::client::{Answer, Call};
use crate::decode::{DecodeError, Decoder, PageFacts};
use crate::destination::{Limits, Reject};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Response};
use crate::instance::Bindings;
use crate::paginate::{Paginator, Position, RepeatGuard, Step, paginator};
use crate::paging::{NextPage, Page};
use crate::plan::Planned;
use crate::report::{Event, Meter, Observer};
use crate::spec::{OnBadRow, PaginatorSpec, ResponseRule, WriteDisposition};
use crate::value::Bounds;

/// Pages without rows, one after the other, that are borne with.
const MAX_EMPTY_PAGES: u64 = 1_000;
/// Bytes of bodies that may wait for their turn, if none is larger than those that have come.
const MAX_AHEAD_BYTES: u64 = 32 << 20;

/// What becomes of the rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sink {
    /// What it can store.
    pub(crate) limits: Limits,
    /// Of rows with one key it keeps one.
    pub(crate) has_keys: bool,
    /// It has a place for rows that do not fit. Where there is none, the first one is an error.
    pub(crate) takes_rejects: bool,
}

impl Sink {
    /// Takes what comes, as it comes.
    pub(crate) const PLAIN: Self =
        Self { limits: Limits::NONE, has_keys: false, takes_rejects: false };

    fn bounds(self) -> Bounds {
        let Limits { largest_integer, nul, earliest, jsonb } = self.limits;
        Bounds { largest_integer, nul, earliest, jsonb }
    }
}

/// The pages of one resource.
pub(crate) struct Pages {
    source: Arc<Source>,
    resource: &'static str,
    request: Request,
    paginator: Box<dyn Paginator>,
    /// The user's own, in the place of `paginator`.
    function: Option<NextPage>,
    decoder: Decoder,
    shape: Shape,
    quarantine: Option<Quarantine>,
    guard: RepeatGuard,
    keyed: bool,
    rules: Arc<[ResponseRule]>,
    next: Option<(Position, Request)>,
    /// Pages after the next one that were asked for already.
    ahead: Ahead,
    rows: u64,
    pages: u64,
    bytes: u64,
    /// Of the largest page's body.
    page_bytes: u64,
    meter: Arc<Meter>,
    observer: Arc<dyn Observer>,
    incomplete: Option<String>,
    /// An answer that a rule took for the end.
    ended_by: Option<String>,
    /// In a row, up to now.
    empty_pages: u64,
    /// The rows take the place of those in the table.
    replaces: bool,
    /// The column that the destination fills in, for rows that do not come.
    marks: Option<String>,
    /// The last response, if it is to be kept.
    #[cfg(feature = "cli")]
    response: Kept,
}

#[cfg(feature = "cli")]
#[derive(Debug, Default)]
struct Kept {
    wanted: bool,
    last: Option<Response>,
}

impl Pages {
    pub(crate) fn new(
        source: &Arc<Source>,
        planned: &Planned,
        sink: Sink,
        observer: Arc<dyn Observer>,
    ) -> Result<Self> {
        let spec = planned.spec;
        if let Some(problem) = Decoder::wrong_value(spec, planned.unknown_fields) {
            return Err(Error::new(ErrorKind::Config, problem).with_resource(spec.name));
        }
        let mut request = request::build(
            &source.instance,
            &source.base_url,
            &source.headers,
            planned,
            Bindings::NONE,
        )
        .map_err(|error| error.with_resource(spec.name))?;
        request.expect_key(source.client.key_param(spec.name));
        let keyed = planned.tables.root().key().next().is_some();
        let appends = planned.write.disposition == WriteDisposition::Append;
        let rereads = sink.has_keys && keyed && !appends;
        let paginator = paginator(planned.paginator, rereads);
        let single = matches!(planned.paginator, None | Some(PaginatorSpec::SinglePage));
        let captures = paginator.captures();
        let mut decoder = Decoder::new(
            spec,
            planned.data_selector,
            &captures,
            single,
            planned.response_format,
            planned.unknown_fields,
        );
        decoder.limit(sink.bounds());
        let quarantine = match planned.on_bad_row {
            OnBadRow::Quarantine(budget) if sink.takes_rejects => Some(Quarantine::new(budget)),
            OnBadRow::Quarantine(_) | OnBadRow::Fail => None,
        };
        if quarantine.is_some() {
            decoder.quarantine();
        }
        if let Some(column) = paginator.column() {
            decoder.remember(column);
        }
        let mut pages = Self {
            source: source.clone(),
            resource: spec.name,
            next: Some((paginator.first(), at(&request, &paginator.first()))),
            ahead: Ahead::default(),
            request,
            paginator,
            function: match planned.paginator {
                Some(PaginatorSpec::With(function)) => Some(function),
                _ => None,
            },
            decoder,
            shape: Shape::new(spec, sink.bounds()),
            quarantine,
            guard: RepeatGuard::default(),
            keyed,
            rules: planned.on_response.clone().into(),
            rows: 0,
            pages: 0,
            bytes: 0,
            page_bytes: 0,
            meter: Arc::default(),
            observer,
            incomplete: None,
            ended_by: None,
            empty_pages: 0,
            replaces: planned.write.disposition == WriteDisposition::Replace,
            marks: planned.marks_missing().map(str::to_owned),
            #[cfg(feature = "cli")]
            response: Kept::default(),
        };
        if let Some(function) = pages.function {
            let (step, request) = ask(function, None, &pages.request)
                .map_err(|error| pages.source.client.clean(error.with_resource(spec.name)))?;
            let came_from = pages.request.url().clone();
            pages.next = None;
            pages
                .take_step(step, Some(&request), &came_from)
                .map_err(|error| error.with_resource(spec.name))?;
        }
        Ok(pages)
    }

    /// Fetches and decodes the next page; `false` when there is none. Its rows gather in
    /// [`Self::take_batch`].
    pub(crate) async fn advance(&mut self) -> Result<bool> {
        let Some((position, request)) = self.next.take() else { return Ok(false) };
        let page = self.pages + 1;
        let answer = self.fetch(page, &position, &request).await;
        match answer.map_err(|error| error.with_resource(self.resource))? {
            Answer::Page(response) => {
                self.pages = page;
                let bytes = response.body().len() as u64;
                self.page_bytes = self.page_bytes.max(bytes);
                self.bytes += bytes;
                self.take_response(&request, &response).map_err(|error| {
                    let error = error.with_resource(self.resource).with_request(page, &request);
                    self.source.client.clean(error)
                })?;
                #[cfg(feature = "cli")]
                if self.response.wanted {
                    self.response.last = Some(response);
                }
            }
            Answer::Ignored(said) => self.ignore(page, &said),
            Answer::Stopped(said) => self.stop(page, &said),
        }
        if self.next.is_none() {
            self.ahead.clear();
        }
        if let Some(quarantine) = &self.quarantine {
            let checked = quarantine.check(self.rows, self.next.is_none());
            checked.map_err(|error| error.with_resource(self.resource))?;
        }
        debug!(resource = self.resource, page, rows = self.rows, "page");
        self.observer.event(&Event::Page {
            resource: self.resource,
            rows: self.rows,
            total: self.paginator.total_rows(),
            traffic: self.traffic(),
        });
        Ok(true)
    }

    /// The answer that gives the next page, which may be on its way already. Those after it are
    /// asked for meanwhile.
    async fn fetch(&mut self, page: u64, at: &Position, request: &Request) -> Result<Answer> {
        let asked = self.ahead.take(at);
        self.look_ahead(page);
        if let Some(task) = asked {
            match task.answer().await {
                Ok(answer) => return Ok(answer),
                // it is asked for in earnest, and what comes after it anew: the source may change
                // meanwhile
                Err(error) => {
                    debug!(resource = self.resource, page, "asked ahead: {error}");
                    // what was never sent is not sent again
                    if matches!(error.kind(), ErrorKind::Status | ErrorKind::Transport) {
                        self.meter.count_retry();
                    }
                    self.ahead.clear();
                }
            }
        }
        let call = Call {
            resource: self.resource,
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
        while self.ahead.len() + 1 < self.window() {
            let after = self.ahead.len() as u64 + 1;
            let Some(position) = self.paginator.guess(after) else { return };
            let request = at(&self.request, &position);
            self.ask_ahead(page + after, position, request);
        }
    }

    fn ask_ahead(&mut self, page: u64, position: Position, request: Request) {
        let (source, resource) = (self.source.clone(), self.resource);
        let (rules, meter) = (self.rules.clone(), self.meter.clone());
        let observer = self.observer.clone();
        let task = Task::spawn(async move {
            let (rules, meter, observer) = (&*rules, &*meter, &*observer);
            let call = Call { resource, page, rules, meter, observer, ahead: true };
            source.client.send(request, call).await
        });
        self.ahead.push(position, task);
    }

    /// How many pages may be on their way, or wait for their turn.
    fn window(&self) -> usize {
        #[cfg(feature = "cli")]
        if self.response.wanted {
            return 1;
        }
        let by_memory = MAX_AHEAD_BYTES / self.page_bytes.max(1);
        self.source.client.concurrency().min(usize::try_from(by_memory).unwrap_or(usize::MAX))
    }

    fn take_response(&mut self, request: &Request, response: &Response) -> Result<()> {
        self.follow_headers(request, response);
        // No Content and Reset Content (RFC 9110, 15.3.5 and 15.3.6): an empty page
        if matches!(response.status(), 204 | 205) && response.body().is_empty() {
            // a link or cursor in a header leads on without a body
            let by_header =
                self.paginator.header().is_some() && self.paginator.captures().is_empty();
            if by_header || self.function.is_some() {
                return self.follow_up(request, response, PageFacts::default());
            }
            self.incomplete = self.paginator.shortfall();
            return Ok(());
        }
        let facts = self.decoder.page(response.body()).map_err(explain)?;
        if let Some(quarantine) = &mut self.quarantine {
            let client = &self.source.client;
            let rejects = self.decoder.take_rejects().into_iter().map(|reject| Reject {
                page: self.pages,
                row: reject.row,
                path: client.clean_text(&reject.path),
                reason: client.clean_text(&reject.reason),
                raw: client.clean_text(&reject.raw),
            });
            quarantine.add(rejects.collect());
        }
        self.follow_up(request, response, facts)
    }

    /// Where the headers say what follows, it is asked for while the body is decoded.
    fn follow_headers(&mut self, request: &Request, response: &Response) {
        let Some(header) = self.paginator.header().filter(|_| self.window() > 1) else { return };
        let Some(position) = self.paginator.peek(&response.header_values(header)) else { return };
        // what is wrong with it is said when it is asked for
        let came_from = response.url().unwrap_or(request.url());
        if let Ok(next) = self.request_at(&self.request, &position, came_from) {
            self.ask_ahead(self.pages + 1, position, next);
        }
    }

    /// An ignored answer is an empty page. Where there were others before, nobody knows what
    /// would have come.
    fn ignore(&mut self, page: u64, said: &str) {
        match page {
            // a table is not replaced by what is not known
            1 if self.replaces => self.incomplete = Some(format!("{said}: ignored")),
            1 => self.ended_by = Some(format!("{said}: ignored, the resource is taken as empty")),
            _ => {
                self.incomplete = Some(format!(
                    "page {page}: {said}: ignored, what would have come after it is missing"
                ));
            }
        }
    }

    /// The end of the scan as declared, unless the API had promised more.
    fn stop(&mut self, page: u64, said: &str) {
        match self.paginator.shortfall() {
            Some(reason) => {
                self.incomplete = Some(format!("{reason}: at page {page} {said}"));
            }
            None if page == 1 => self.ignore(page, said),
            None => debug!(resource = self.resource, page, "{said}: the end of the resource"),
        }
    }

    /// What comes after a page.
    fn follow_up(
        &mut self,
        request: &Request,
        response: &Response,
        mut facts: PageFacts,
    ) -> Result<()> {
        if let Some(header) = self.paginator.header() {
            facts.headers = response.header_values(header);
        }
        self.rows += facts.rows;
        let (step, edited) = match self.function {
            Some(function) => {
                let (number, rows) = (self.pages, facts.rows);
                let page = Page { request, response, rows, number };
                let (step, edited) = ask(function, Some(&page), &self.request)?;
                (step, Some(edited))
            }
            None => (self.advance_paginator(&facts)?, None),
        };
        match step {
            // what comes again is no circle
            Step::Again(_) => self.guard = RepeatGuard::default(),
            _ => self.refuse_repeats(&facts)?,
        }
        self.refuse_emptiness(&facts, &step)?;
        let came_from = response.url().unwrap_or(request.url());
        self.take_step(step, edited.as_ref(), came_from)
    }

    fn advance_paginator(&mut self, facts: &PageFacts) -> Result<Step> {
        let before = self.paginator.total_rows();
        let step = self.paginator.advance(facts);
        // the source has changed: the pages ahead may be those of before
        if before.is_some() && before != self.paginator.total_rows() {
            self.ahead.clear();
        }
        step.map_err(|problem| {
            let error = Error::new(ErrorKind::Paging, problem.message);
            match problem.help {
                Some(help) => error.with_help(help),
                None => error,
            }
        })
    }

    /// `edited`: the request as a function of the user's has left it.
    fn take_step(&mut self, step: Step, edited: Option<&Request>, came_from: &Url) -> Result<()> {
        match step {
            Step::Next(position) | Step::Again(position) => {
                let base = edited.unwrap_or(&self.request);
                let next = self.request_at(base, &position, came_from)?;
                self.next = Some((position, next));
            }
            Step::Incomplete(reason) => self.incomplete = Some(reason),
            Step::End => {}
        }
        Ok(())
    }

    /// The request for the page at `position`, to which the answer from `came_from` has led.
    fn request_at(&self, base: &Request, position: &Position, came_from: &Url) -> Result<Request> {
        match &position.link {
            Some(link) => Ok(at(&self.source.follow(base, came_from, link)?, position)),
            None => Ok(at(base, position)),
        }
    }

    /// Pages that come round again would never end, or double every row.
    fn refuse_repeats(&mut self, facts: &PageFacts) -> Result<()> {
        // rows without a key may be alike; a total ends such a scan
        let ends = self.paginator.total_rows().is_some() || self.paginator.guards_itself();
        if facts.rows == 0 || (!self.keyed && ends) {
            return Ok(());
        }
        let Some(first) = self.guard.repeats(facts.fingerprint) else { return Ok(()) };
        let what = if self.keyed { "the keys" } else { "the rows" };
        let error = format!(
            "{what} of this page are those of page {first}: the API does not page as declared"
        );
        Err(Error::new(ErrorKind::Paging, error).with_help(
            "check the paginator's parameter names and its first position against the API's documentation",
        ))
    }

    /// An API that leads on and on without a row would be asked for ever.
    fn refuse_emptiness(&mut self, facts: &PageFacts, step: &Step) -> Result<()> {
        self.empty_pages = if facts.rows == 0 { self.empty_pages + 1 } else { 0 };
        if self.empty_pages < MAX_EMPTY_PAGES || !matches!(step, Step::Next(_) | Step::Again(_)) {
            return Ok(());
        }
        let error = format!("{MAX_EMPTY_PAGES} pages in a row had no rows, and the API leads on");
        Err(Error::new(ErrorKind::Paging, error)
            .with_help("if a page without rows is the last one: `stop_after_empty_page`"))
    }
}

fn explain(error: DecodeError) -> Error {
    let (error, help) = match error {
        DecodeError::Body(body) => (Error::new(ErrorKind::Response, body.message), body.help),
        DecodeError::Row(row) => {
            let message = format!("{}: {}", row.place, row.message);
            (Error::new(ErrorKind::Row, message), row.help)
        }
    };
    match help {
        Some(help) => error.with_help(help),
        None => error,
    }
}
