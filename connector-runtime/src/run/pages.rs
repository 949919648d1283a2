//! The reading half of a run: pages of one resource, decoded.

mod again;
mod fetch;
mod follow;
mod resume;
mod scan;
mod so_far;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use tracing::debug;

use self::again::Asked;
pub(super) use self::again::may_count;
use self::scan::{GoesOn, Scan};
use super::bound::{columns_used, partition_key};
use super::hint::{FEWEST, left_out};
use super::quarantine::Quarantine;
use super::request::{self, ask, at};
use super::shape::Shape;
use super::source::Source;
use crate::client::Answer;
use crate::decode::{BindError, DecodeError, Decoder, PageFacts};
use crate::destination::{Limits, Reject};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Response};
use crate::instance::Bindings;
use crate::paginate::paginator;
use crate::paging::NextPage;
use crate::plan::Planned;
use crate::report::{Event, Meter, Observer, Traffic};
use crate::spec::{
    ColumnSource, OnBadRow, PaginatorSpec, Param, ResourceSpec, ResponseRule, WriteDisposition,
};
use crate::state;
use crate::value::Bounds;

/// Target of the log lines.
const PAGE: &str = "connector_runtime::page";

/// First pages of one size that are looked at once more, for what a scan that ends with them leaves out.
const MOST_LOOKS: u32 = 20;

/// Why a scan does not go on where other rows are.
const MOVED: &str = "the rows there are not those of then, they have moved";

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

    pub(super) fn bounds(self) -> Bounds {
        let Limits { largest_integer, nul, earliest, jsonb } = self.limits;
        Bounds { largest_integer, nul, earliest, jsonb }
    }
}

/// The pages of one resource: of one scan after the other, each with its own request. What is decoded
/// and counted goes on over all of them.
pub(crate) struct Pages {
    source: Arc<Source>,
    spec: &'static ResourceSpec,
    /// The connector's and the resource's own.
    params: Vec<Param>,
    paginator: Option<PaginatorSpec>,
    /// Rows that come twice do no harm.
    rereads: bool,
    /// Rows have a key, beside what is the same in all rows of a scan.
    keyed: bool,
    /// The user's own, in the place of a paginator.
    function: Option<NextPage>,
    scan: Scan,
    /// The scan that the present one goes on with, as it was left.
    left: Option<Box<Scan>>,
    decoder: Decoder,
    shape: Shape,
    quarantine: Option<Arc<Quarantine>>,
    /// Rows that do not fit and were not taken yet.
    rejects: Vec<Reject>,
    /// Columns of the parent's row that the resource uses, and of which partition the scan is.
    used: Vec<&'static str>,
    partition: String,
    quarantined: u64,
    rules: Arc<[ResponseRule]>,
    rows: u64,
    /// Rows of the largest page.
    page_rows: u64,
    /// First pages that were looked at for what they leave out, and the items of the largest.
    looks: u32,
    looked_at: u64,
    pages: u64,
    /// Pages of the resource, whoever reads them.
    page_numbers: Arc<AtomicU64>,
    /// That of the last page.
    page_number: u64,
    bytes: u64,
    /// Of the largest page's body.
    page_bytes: u64,
    meter: Arc<Meter>,
    observer: Arc<dyn Observer>,
    /// The rows take the place of those in the table.
    replaces: bool,
    /// The column that the destination fills in, for rows that do not come.
    marks: Option<String>,
    /// The last response, if it is to be kept.
    response: Kept,
}

#[derive(Debug, Default)]
struct Kept {
    wanted: bool,
    last: Option<Response>,
}

impl Pages {
    /// The pages of no scan yet.
    ///
    /// # Errors
    ///
    /// When what the resource says of its columns does not fit.
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
        let keyed = planned.tables.root().key().next().is_some();
        let appends = planned.write.disposition == WriteDisposition::Append;
        let rereads = sink.has_keys && keyed && !appends;
        let paginator = paginator(planned.paginator, rereads);
        let single = matches!(planned.paginator, None | Some(PaginatorSpec::SinglePage));
        let mut decoder = Decoder::new(
            spec,
            planned.data_selector,
            &paginator.captures(),
            single,
            planned.response_format,
            planned.unknown_fields,
        );
        decoder.limit(sink.bounds());
        let quarantine = match planned.on_bad_row {
            OnBadRow::Quarantine(budget) if sink.takes_rejects => {
                decoder.quarantine();
                Some(Arc::new(Quarantine::new(budget)))
            }
            OnBadRow::Quarantine(_) | OnBadRow::Fail => None,
        };
        if let Some(column) = paginator.column() {
            decoder.remember(column);
        }
        // a row that changes while it is read may come again, in a page of its own
        if let Some(incremental) = &spec.incremental {
            decoder.tell_apart_by(incremental.cursor);
        }
        Ok(Self {
            source: source.clone(),
            spec,
            params: planned.params.clone(),
            paginator: planned.paginator,
            rereads,
            keyed: decoder.is_keyed(),
            function: match planned.paginator {
                Some(PaginatorSpec::With(function)) => Some(function),
                _ => None,
            },
            scan: Scan::none(&source.base_url, paginator),
            left: None,
            decoder,
            shape: Shape::new(spec, sink.bounds()),
            quarantine,
            rejects: Vec::new(),
            used: columns_used(planned),
            partition: String::new(),
            quarantined: 0,
            rules: planned.on_response.clone().into(),
            rows: 0,
            page_rows: 0,
            looks: 0,
            looked_at: FEWEST,
            pages: 0,
            page_numbers: Arc::default(),
            page_number: 0,
            bytes: 0,
            page_bytes: 0,
            meter: Arc::default(),
            observer,
            replaces: planned.write.replaces() || planned.write.refresh,
            marks: planned.marks_missing().map(str::to_owned),
            response: Kept::default(),
        })
    }

    /// Reads beside others that read the same resource for the same load: pages are numbered over all
    /// of them, and all share what the load bears with of rows that do not fit.
    pub(crate) fn beside(mut self, others: &Self) -> Self {
        self.page_numbers = others.page_numbers.clone();
        self.quarantine = others.quarantine.clone();
        self
    }

    /// Begins a scan, whatever has become of the one before. `from`: one with the same request that
    /// was interrupted, and goes on.
    ///
    /// # Errors
    ///
    /// When the request cannot be made, or a column does not take the value that is bound to it.
    pub(crate) fn begin(&mut self, bindings: &Bindings, from: Option<&state::Scan>) -> Result<()> {
        let begun = self.try_begin(bindings, from);
        begun.map_err(|error| self.source.client.clean(error.with_resource(self.spec.name)))
    }

    fn try_begin(&mut self, bindings: &Bindings, from: Option<&state::Scan>) -> Result<()> {
        let paginator = paginator(self.paginator, self.rereads);
        self.scan = Scan::none(&self.source.base_url, paginator);
        self.left = None;
        let Source { instance, base_url, headers, client, .. } = &*self.source;
        let mut request =
            request::build(instance, base_url, headers, self.spec, &self.params, bindings)?;
        request.expect_key(client.key_param(self.spec.name));
        self.scan.request = request;
        self.decoder.bind(|source| bindings.column(source)).map_err(unbound)?;
        if self.quarantine.is_some() {
            self.partition = partition_key(&self.used, bindings);
        }
        match from {
            Some(from) => self.go_on(from),
            None => self.ask_for_first(),
        }
    }

    fn ask_for_first(&mut self) -> Result<()> {
        let request = &self.scan.request;
        let Some(function) = self.function else {
            let first = self.scan.paginator.first();
            self.scan.next = Some((first.clone(), at(request, &first)));
            return Ok(());
        };
        let (step, edited) = ask(function, None, request)?;
        let came_from = request.url().clone();
        self.take_step(step, Some(&edited), &came_from)
    }

    /// No further page of the scan is wanted.
    pub(crate) fn stop(&mut self) {
        self.scan.next = None;
        self.scan.reached = None;
        self.scan.ahead.clear();
        self.scan.passed.back.clear();
    }

    /// Fetches and decodes the next page; `false` when there is none. Its rows gather in
    /// [`Self::take_batch`].
    pub(crate) async fn advance(&mut self) -> Result<bool> {
        let (page, resource) = (self.scan.pages_before + self.scan.pages + 1, self.spec.name);
        if let Some(back) = self.scan.passed.back.pop() {
            self.fetch_again(page, back).await?;
            return self.has_come(page);
        }
        let Some((position, request)) = self.scan.next.take() else { return Ok(false) };
        let answer = self.fetch(page, &position, &request).await;
        let goes_on = self.scan.goes_on.take();
        let refusal = goes_on.as_ref().and_then(|_| self.refusal(&answer));
        if let (Some(GoesOn { at, .. }), Some(reason)) = (&goes_on, refusal) {
            self.begin_anew(at, &reason).map_err(|error| error.with_resource(resource))?;
            return Ok(true);
        }
        match answer.map_err(|error| error.with_resource(resource))? {
            Answer::Page(response) => {
                self.count_page(&response);
                self.take_response(&request, &response, goes_on).map_err(|error| {
                    let error = error.with_resource(resource).with_request(page, &request);
                    self.source.client.clean(error)
                })?;
                if self.response.wanted {
                    self.response.last = Some(response);
                }
            }
            Answer::Ignored(said) => self.ignore(page, &said),
            Answer::Stopped(said) => self.end_by_rule(page, &said),
        }
        if self.scan.passed.is_kept {
            self.scan.passed.pages.push(Asked { position, request });
        }
        if self.scan.next.is_none() {
            self.stop();
        }
        self.has_come(page)
    }

    /// Takes note of a page.
    fn has_come(&self, page: u64) -> Result<bool> {
        let resource = self.spec.name;
        if let Some(quarantine) = &self.quarantine {
            quarantine.check(false).map_err(|error| error.with_resource(resource))?;
        }
        let (rows, traffic) = (self.rows, self.traffic());
        let (total, total_pages) = (self.total_rows(), self.total_pages());
        let Traffic { requests, retries, bytes, .. } = traffic;
        debug!(target: PAGE, resource, page, rows, total, requests, retries, bytes, "page");
        self.observer.event(&Event::Page { resource, rows, total, total_pages, traffic });
        Ok(true)
    }

    fn count_page(&mut self, response: &Response) {
        let bytes = response.body().len() as u64;
        self.page_bytes = self.page_bytes.max(bytes);
        self.bytes += bytes;
        self.pages += 1;
        self.page_number = self.page_numbers.fetch_add(1, Ordering::Relaxed) + 1;
        self.scan.pages += 1;
        if self.scan.pages == 1 && self.scan.answered_at.is_none() {
            self.scan.answered_at = response.header("date").and_then(instant);
        }
    }

    /// `goes_on`: where a scan goes on whose first page this is.
    fn take_response(
        &mut self,
        request: &Request,
        response: &Response,
        goes_on: Option<GoesOn>,
    ) -> Result<()> {
        self.follow_headers(request, response);
        // No Content and Reset Content (RFC 9110, 15.3.5 and 15.3.6): an empty page
        if matches!(response.status(), 204 | 205) && response.body().is_empty() {
            return self.take_nothing(request, response, goes_on);
        }
        let facts = match (self.decoder.page(response.body()), &goes_on) {
            // that it does not know the position, an API may say with a status of success
            (Err(DecodeError::Body(body)), Some(goes_on)) => {
                return self.begin_anew(&goes_on.at, &body.message);
            }
            (decoded, _) => decoded.map_err(explain)?,
        };
        let known = goes_on.and_then(|GoesOn { at, digest }| Some((at, digest?)));
        if let Some((at, _)) = known.as_ref().filter(|(_, digest)| *digest != facts.fingerprint) {
            self.decoder.forget_page();
            return self.begin_anew(at, MOVED);
        }
        match known {
            // they are stored
            Some(_) => self.decoder.forget_page(),
            None => self.take_rows(facts.rows),
        }
        self.scan.reached = None;
        let (fingerprint, items) = (facts.fingerprint, facts.items);
        self.follow_up(request, response, facts)?;
        self.scan.reach(fingerprint);
        self.look_for_more(response, items);
        Ok(())
    }

    /// Looks at a page once more that is all of its scan. Of many scans the pages that were cut off are the
    /// largest: others are not worth the look.
    fn look_for_more(&mut self, response: &Response, items: u64) {
        let is_all = self.scan.next.is_none() && self.scan.pages == 1 && !self.scan.is_rest;
        if items > self.looked_at {
            self.looks = 0;
        }
        if is_all && items >= self.looked_at && self.looks < MOST_LOOKS {
            self.looks += 1;
            self.looked_at = items;
            let left_out = left_out(self.paginator, response, items);
            // keys of the body are in it
            self.scan.left_out = left_out.map(|told| self.source.client.clean_text(&told));
        }
    }

    fn take_nothing(
        &mut self,
        request: &Request,
        response: &Response,
        goes_on: Option<GoesOn>,
    ) -> Result<()> {
        if let Some(GoesOn { at, digest: Some(_) }) = goes_on {
            return self.begin_anew(&at, MOVED);
        }
        // a link or cursor in a header leads on without a body
        let paginator = &self.scan.paginator;
        let by_header = paginator.header().is_some() && paginator.captures().is_empty();
        if by_header || self.function.is_some() {
            self.follow_up(request, response, PageFacts::default())?;
            self.scan.reach(0);
            return Ok(());
        }
        self.scan.incomplete = paginator.shortfall();
        Ok(())
    }

    fn take_rows(&mut self, rows: u64) {
        self.rows += rows;
        self.page_rows = self.page_rows.max(rows);
        let Some(quarantine) = &self.quarantine else { return };
        let client = &self.source.client;
        let rejects = self.decoder.take_rejects().into_iter().map(|reject| Reject {
            partition: self.partition.clone(),
            page: self.page_number,
            row: reject.row,
            path: client.clean_text(&reject.path),
            reason: client.clean_text(&reject.reason),
            raw: client.clean_text(&reject.raw),
        });
        let rejects: Vec<_> = rejects.collect();
        quarantine.add(rows, &rejects);
        self.quarantined += rejects.len() as u64;
        self.rejects.extend(rejects);
    }
}

/// The instant of a `Date` header.
fn instant(header: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(header).ok()?).ok()
}

pub(super) fn unbound(error: BindError) -> Error {
    let BindError { column, source, expected, found } = error;
    let of = match source {
        ColumnSource::Parent(name) => format!("`{name}` of the parent's row"),
        ColumnSource::Partition(name) => format!("`{name}` of the partition"),
        ColumnSource::Row => unreachable!("BUG: the value comes with the row"),
    };
    let (text, help) = match found.as_str() {
        "null" => (
            format!("column `{column}`: expected {expected}, but {of} has none"),
            "if it may be missing, make the field an `Option`",
        ),
        found => (
            format!("column `{column}`: expected {expected}, found {found}, {of}"),
            "give the field a type that takes it",
        ),
    };
    Error::new(ErrorKind::Row, text).with_help(help)
}

pub(super) fn explain(error: DecodeError) -> Error {
    let (error, help) = match error {
        DecodeError::Body(body) => (Error::new(ErrorKind::Response, body.message), body.help),
        DecodeError::Row(row) => {
            let message = format!("{}: {}", row.place, row.message);
            (Error::new(ErrorKind::Row, message), row.help)
        }
    };
    error.with_any_help(help)
}

#[cfg(test)]
mod tests;
