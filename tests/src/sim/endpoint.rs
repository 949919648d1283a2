//! [`Endpoint`]: how a collection is listed: filtered, ordered, page by page.

use std::collections::BTreeMap;

use connector_runtime::http::Request;
use connector_runtime::{Date, Timestamp};
use url::form_urlencoded;

use super::random::{Random, mix};
use super::source::{Collection, DAY, Kind, SimRow, written};

/// How an API lists a collection.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// How pages are asked for.
    pub paging: Paging,
    /// The order of its rows.
    pub order: Order,
    /// The fewest rows of a page that is not the last one.
    pub least: usize,
    /// The most rows of a page.
    pub most: usize,
    /// It says how many rows there are.
    pub total: bool,
    /// What a whole number as a bound counts, in microseconds.
    pub unit: i64,
    /// What becomes of the lower bound.
    pub filter: Filter,
    /// Rows at the upper bound are listed.
    pub until_is_closed: bool,
    /// The bounds that it knows: `since`, `until`.
    pub bounds: &'static [&'static str],
}

/// How pages are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// What stands after the last row of the page before: `cursor`.
    Cursor,
    /// The same in the header `Link`.
    Link,
    /// `offset` and `limit`.
    Offset,
    /// `page`, from 1.
    Page,
    /// The same in the header `Link`.
    PageLink,
}

/// The order of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The oldest first.
    Asc,
    /// The newest first.
    Desc,
    /// By key.
    Id,
    /// Any, but always the same.
    Shuffled,
}

/// What becomes of the lower bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Rows from it on are listed.
    Exact,
    /// Rows from the beginning of its day on.
    Day,
    /// It is not looked at.
    Ignored,
}

/// What a request asks for.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) collection: String,
    scope: String,
    params: BTreeMap<String, String>,
}

/// An answer of another status than 200.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) message: String,
}

/// A page.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) ids: Vec<i64>,
    pub(super) rows: Vec<String>,
    pub(super) total: Option<usize>,
    /// What asks for the page after it.
    pub(super) next: Option<(&'static str, String)>,
    pub(super) by_link: bool,
}

impl Refused {
    pub(super) fn new(status: u16, message: String) -> Self {
        Self { status, message }
    }
}

impl Query {
    pub(super) fn of(request: &Request) -> Result<Self, Refused> {
        let path: Vec<&str> = request.url().path().split('/').skip(1).collect();
        let (collection, scope) = match path[..] {
            [collection] => (collection, String::new()),
            [_, scope, collection] => (collection, decoded(scope)),
            _ => return Err(Refused::new(404, "no such path".to_owned())),
        };
        let mut params = BTreeMap::new();
        for (name, value) in request.url().query_pairs() {
            if params.insert(name.to_string(), value.to_string()).is_some() {
                return Err(Refused::new(400, format!("`{name}` came twice")));
            }
        }
        Ok(Self { collection: collection.to_owned(), scope, params })
    }

    fn count(&self, name: &str) -> Result<Option<usize>, Refused> {
        let Some(text) = self.params.get(name) else { return Ok(None) };
        let count = text.parse().map_err(|_| Refused::new(400, format!("{name}={text}")))?;
        Ok(Some(count))
    }
}

impl Endpoint {
    /// Pages of one size.
    pub fn new(paging: Paging, order: Order, size: usize) -> Self {
        Self {
            paging,
            order,
            least: size,
            most: size,
            total: false,
            unit: super::source::SECOND,
            filter: Filter::Exact,
            until_is_closed: false,
            bounds: &["since"],
        }
    }

    pub(super) fn list(
        &self,
        collection: &Collection,
        query: &Query,
        generation: u64,
        random: &mut Random,
    ) -> Result<Listing, Refused> {
        self.refuse_unknown(query)?;
        let bound = |name: &str| {
            let Some(text) = query.params.get(name) else { return Ok(None) };
            let bound = self.bound(collection.kind, text);
            bound.map(Some).ok_or_else(|| Refused::new(400, format!("{name}={text}")))
        };
        let since = match self.filter {
            Filter::Exact => bound("since")?,
            Filter::Day => bound("since")?.map(|since| since.div_euclid(DAY) * DAY),
            Filter::Ignored => None,
        };
        let until = bound("until")?.map(|until| until + i64::from(self.until_is_closed));
        let in_range = |row: &&SimRow| {
            row.at.is_none_or(|at| {
                since.is_none_or(|since| at >= since) && until.is_none_or(|until| at < until)
            })
        };
        let of_scope = |row: &&SimRow| query.scope.is_empty() || row.scope == query.scope;
        let mut rows: Vec<&SimRow> = collection.rows().filter(of_scope).filter(in_range).collect();
        rows.sort_by_key(|row| self.key(row));
        let begin = match self.paging {
            Paging::Offset => query.count("offset")?.unwrap_or_default(),
            Paging::Page | Paging::PageLink => {
                (query.count("page")?.unwrap_or(1).max(1) - 1) * self.most
            }
            Paging::Cursor | Paging::Link => match query.params.get("cursor") {
                Some(token) => {
                    let after = read(token, generation)?;
                    rows.partition_point(|row| self.key(row) <= after)
                }
                None => 0,
            },
        };
        let size = match self.paging {
            Paging::Page | Paging::PageLink => self.most,
            _ => random.between(self.least as i64, self.most as i64) as usize,
        };
        let rest = rows.get(begin..).unwrap_or_default();
        let page = &rest[..size.min(rest.len())];
        let next = page.last().filter(|_| rest.len() > size).and_then(|last| match self.paging {
            Paging::Cursor | Paging::Link => {
                let (key, id) = self.key(last);
                Some(("cursor", format!("{generation}_{key}_{id}")))
            }
            Paging::PageLink => Some(("page", (begin / size + 2).to_string())),
            Paging::Offset | Paging::Page => None,
        });
        Ok(Listing {
            ids: page.iter().map(|row| row.id).collect(),
            rows: page.iter().map(|row| json(collection.kind, row)).collect(),
            total: self.total.then_some(rows.len()),
            next,
            by_link: matches!(self.paging, Paging::Link | Paging::PageLink),
        })
    }

    /// What is not understood is an error, not an answer to another question.
    fn refuse_unknown(&self, query: &Query) -> Result<(), Refused> {
        let paging: &[&str] = match self.paging {
            Paging::Cursor | Paging::Link => &["cursor"],
            Paging::Offset => &["offset", "limit"],
            Paging::Page | Paging::PageLink => &["page"],
        };
        let is_known =
            |name: &String| paging.contains(&name.as_str()) || self.bounds.contains(&name.as_str());
        match query.params.keys().find(|name| !is_known(name)) {
            Some(name) => Err(Refused::new(400, format!("what is `{name}`?"))),
            None => Ok(()),
        }
    }

    /// What rows are ordered by.
    fn key(&self, row: &SimRow) -> (i64, i64) {
        let at = row.at.unwrap_or_default();
        let first = match self.order {
            Order::Asc => at,
            Order::Desc => -at,
            Order::Id => 0,
            Order::Shuffled => (mix(row.id as u64) >> 1) as i64,
        };
        (first, row.id)
    }

    fn bound(&self, kind: Kind, text: &str) -> Option<i64> {
        let number = text.parse::<i64>().ok();
        match kind {
            Kind::Sequence | Kind::Text => number,
            Kind::Date | Kind::Instant { .. } if number.is_some() => number.map(|n| n * self.unit),
            Kind::Date | Kind::Instant { .. } => moment(text),
        }
    }
}

/// A segment of a path as it was meant.
fn decoded(segment: &str) -> String {
    let query = segment.replace('+', "%2B");
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.next().map_or(String::new(), |(key, _)| key.into_owned())
}

/// What a token stands for.
fn read(token: &str, generation: u64) -> Result<(i64, i64), Refused> {
    let parts: Vec<i64> = token.split('_').filter_map(|part| part.parse().ok()).collect();
    match parts[..] {
        [of, ..] if of != generation as i64 => {
            Err(Refused::new(410, "the cursor has expired".to_owned()))
        }
        [_, key, id] => Ok((key, id)),
        _ => Err(Refused::new(400, format!("no cursor of ours: {token}"))),
    }
}

/// A day, an instant, or a minute as `2024-01-31 08:15`.
fn moment(text: &str) -> Option<i64> {
    // a date with a time is none, whatever jiff makes of it
    if let Some(day) = text.parse::<Date>().ok().filter(|day| day.to_string() == text) {
        return moment(&format!("{day}T00:00:00Z"));
    }
    let minute = || format!("{}:00Z", text.replace(' ', "T"));
    let instant = text.parse::<Timestamp>().or_else(|_| minute().parse());
    Some(instant.ok()?.as_microsecond())
}

fn json(kind: Kind, row: &SimRow) -> String {
    let SimRow { id, scope, at, value, gone } = row;
    let at = match (kind, at) {
        (_, None) => "null".to_owned(),
        (Kind::Sequence, Some(at)) => at.to_string(),
        (Kind::Instant { .. }, Some(at)) => format!("\"{}\"", shifted(*id, *at)),
        (_, Some(at)) => format!("\"{}\"", written(kind, *at)),
    };
    format!("{{\"id\":{id},\"scope\":\"{scope}\",\"at\":{at},\"value\":{value},\"gone\":{gone}}}")
}

/// Each row writes its instants with an offset of its own: texts do not compare as instants do.
fn shifted(id: i64, at: i64) -> String {
    let hours = (id * 5).rem_euclid(24) - 12;
    if id % 3 == 0 {
        return super::source::instant(at).to_string();
    }
    let local = super::source::instant(at + hours * super::source::HOUR).to_string();
    let sign = if hours < 0 { '-' } else { '+' };
    format!("{}{sign}{:02}:00", local.trim_end_matches('Z'), hours.abs())
}
