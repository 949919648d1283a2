//! `incremental(..)`: a cursor that can be one, and bounds that reach the API.
//!
//! What the type of the cursor's column tells is asked by const checks.

use super::sources::{Sources, Used};
use super::target::{Beside, beside_paginator, given, one_place_each, sent_once, target};
use super::{column, span, strftime, template, values};
use crate::diag::{At, Diag};
use crate::model::{BoundFormat, CursorSpan, Incremental, Initial, Part, Target};
use crate::read::{RawIncremental, RawInitial, RawPaginator, RawRecord, RawSpan, plain};

/// What stands around `incremental(..)`.
pub(super) struct Around<'a> {
    pub(super) record: &'a RawRecord,
    pub(super) beside: &'a Beside<'a>,
    pub(super) paginator: Option<&'a At<RawPaginator>>,
    /// Places of the request that are filled in.
    pub(super) used: &'a [At<Used>],
}

pub(super) fn incremental(
    diag: &Diag,
    around: &Around<'_>,
    raw: &RawIncremental,
) -> Option<Incremental> {
    if let Some(cursor) = &raw.cursor {
        plain_column(diag, around.record, cursor);
    }
    let [start_value, end_value] =
        [Part::StartValue, Part::EndValue].map(|part| first_use(around.used, &part));
    client_side_alone(diag, raw, [start_value, end_value]);
    bounds_sent_once(diag, around, raw);
    windows(diag, raw, [start_value, end_value]);
    open_without_lag(diag, raw);
    first_load_has_bound(diag, around.used, raw);
    let RawIncremental {
        kind: _,
        cursor,
        start,
        end,
        format,
        initial,
        lag,
        row_order,
        open,
        on_missing,
        client_side,
        step,
        parallel,
        as_text,
        complete: _,
    } = raw;
    let end_spans = given(end).map(|at| at.spans).or(end_value.map(|at| at.spans));
    Some(Incremental {
        cursor: cursor.clone()?,
        start: target(diag, start),
        end: target(diag, end),
        has_start_value: start_value.is_some(),
        has_end_value: end_value.is_some(),
        end_spans,
        format: format.clone().inspect(|format| {
            if let BoundFormat::Strftime(text) = &format.value {
                strftime::strftime(diag, text, format.spans);
            }
        }),
        initial: initial.as_ref().map(|raw| self::initial(diag, raw)),
        lag: lag.as_ref().and_then(|raw| span(diag, "lag", raw)),
        row_order: row_order.map(|at| at.value),
        open: open.is_some(),
        on_missing: *on_missing,
        client_side: client_side.is_some(),
        step: step.as_ref().and_then(|raw| span(diag, "step", raw)),
        parallel: parallel.as_ref().and_then(|at| self::parallel(diag, at)),
        as_text: *as_text,
    })
}

/// Whether a bound is sent, as far as that is said; asked when nothing else is wrong.
pub(super) fn reaches_the_api(diag: &Diag, raw: &RawIncremental, used: &[At<Used>]) {
    let sent = raw.start.given().next().is_some() || first_use(used, &Part::StartValue).is_some();
    if raw.complete && !sent && raw.client_side.is_none() {
        diag.error(
            raw.kind,
            "how does the API take the lower bound?\nhelp: `start_param = \"since\"`, or `client_side` when the API has no such filter",
        );
    }
}

fn first_use<'a>(used: &'a [At<Used>], part: &Part) -> Option<&'a At<Used>> {
    used.iter().find(|at| at.value.part == *part)
}

/// The cursor is a value of each row as the API sends it.
fn plain_column(diag: &Diag, record: &RawRecord, cursor: &At<String>) {
    let mut flattened = record.fields.iter().filter(|field| field.flatten.is_some());
    if let Some(object) = flattened.find(|field| column::owns(field, &cursor.value)) {
        diag.error(
            cursor.spans,
            format!(
                "a cursor is a column of the resource itself, and `{}` is one of the flattened `{}`",
                cursor.value,
                plain(&object.ident)
            ),
        );
        return;
    }
    if !column::exists(diag, record, cursor) {
        return;
    }
    let Some(field) = record.fields.iter().find(|field| plain(&field.ident) == cursor.value) else {
        return;
    };
    let what = [
        ("a flattened object", field.flatten.is_some()),
        ("a list", super::list::is_list(field)),
        ("kept as JSON", field.json.is_some()),
        ("the parent's, the same in all rows", field.parent.is_some()),
        ("the partition's, the same in all rows", field.partition.is_some()),
    ];
    if let Some((what, _)) = what.iter().find(|(_, is)| *is) {
        diag.error(
            cursor.spans,
            format!("a cursor is a plain column, but `{}` is {what}", cursor.value),
        );
    } else if let Some(default) = &field.default {
        diag.error_with_first(
            cursor.spans,
            format!(
                "`{}` has a default, which says nothing of when a row changed\nhelp: an `Option`, and `on_missing = include`",
                cursor.value
            ),
            default.spans,
            "the default is given here",
        );
    }
}

/// What is filtered here is not filtered there.
fn client_side_alone(diag: &Diag, raw: &RawIncremental, values: [Option<&At<Used>>; 2]) {
    let Some(flag) = raw.client_side else { return };
    let targets = raw.start.given().chain(raw.end.given());
    let names = ["incremental.start_value", "incremental.end_value"];
    let values = names.into_iter().zip(values).filter_map(|(name, at)| Some((name, at?.spans)));
    if let Some((name, spans)) = targets.chain(values).next() {
        diag.error_with_first(
            flag,
            format!("`client_side` says that the API has no filter, and `{name}` sends it a bound\nhelp: remove one of them"),
            spans,
            format!("`{name}` is given here"),
        );
    } else if let Some(format) = &raw.format
        && raw.complete
    {
        diag.error(
            format.spans,
            "no bound is sent, so there is none to write\nhelp: remove `format`, or `client_side`",
        );
    }
}

/// Where the bounds go, nothing else does.
fn bounds_sent_once(diag: &Diag, around: &Around<'_>, raw: &RawIncremental) {
    let sent: Vec<At<Target>> = [&raw.start, &raw.end].into_iter().filter_map(given).collect();
    one_place_each(diag, &sent, "the lower bound");
    sent_once(diag, around.beside, "incremental", &sent);
    beside_paginator(diag, &sent, around.paginator);
}

/// What is read again from before the cursor is not dropped at it.
fn open_without_lag(diag: &Diag, raw: &RawIncremental) {
    if let (Some(open), Some(_), None) = (raw.open, &raw.lag, &raw.step) {
        diag.error(
            open,
            "`open` drops the rows at the cursor, and `lag` reads them again\nhelp: remove `range`, or `lag`",
        );
    }
}

/// A window has two ends, and the first one a beginning.
fn windows(diag: &Diag, raw: &RawIncremental, [start_value, end_value]: [Option<&At<Used>>; 2]) {
    let Some(step) = &raw.step else {
        if let Some(parallel) = raw.parallel.as_ref().filter(|_| raw.complete) {
            diag.error(
                parallel.spans,
                "`parallel` is about windows, and there are none\nhelp: `step = \"1 month\"`",
            );
        }
        return;
    };
    let spans = span::spans(step);
    if let Some(open) = raw.open {
        diag.error(
            open,
            "windows begin with rows that no other window has, and `open` would drop them\nhelp: remove `range`, or `step`",
        );
    }
    let has_start = raw.start.given().next().is_some() || start_value.is_some();
    let has_end = raw.end.given().next().is_some() || end_value.is_some();
    if !raw.complete {
        return;
    }
    match (has_start, has_end) {
        (true, false) => diag.error(
            spans,
            "windows need both bounds; every window would read to the end\nhelp: `end_param = \"until\"`",
        ),
        (false, true) => diag.error(
            spans,
            "windows need both bounds; every window would read from the beginning\nhelp: `start_param = \"since\"`",
        ),
        (false, false) if raw.client_side.is_some() => diag.error(
            spans,
            "windows need both bounds, which `client_side` does not send\nhelp: remove `step`",
        ),
        _ => {}
    }
    if raw.initial.is_none() && has_start && has_end {
        diag.error(
            spans,
            "where does the first window begin?\nhelp: `initial = \"2020-01-01\"`, or `initial = config.start`",
        );
    }
}

/// Without `initial` the first load has no lower bound. What is nothing but the bound is left out
/// then; a text with a hole in it is no text.
fn first_load_has_bound(diag: &Diag, used: &[At<Used>], raw: &RawIncremental) {
    let inside = used.iter().find(|at| at.value.part == Part::StartValue && !at.value.lone);
    if let Some(inside) = inside.filter(|_| raw.initial.is_none() && raw.complete) {
        diag.error(
            inside.spans,
            "the first load has no lower bound to fill in here\nhelp: `incremental(initial = \"2020-01-01\", ..)`, or `initial = config.start`",
        );
    }
}

/// Windows of nothing have no end, and nothing before the cursor is not worth an option.
fn span(diag: &Diag, option: &str, raw: &RawSpan) -> Option<At<CursorSpan>> {
    let nothing = CursorSpan::Time { months: 0, days: 0, seconds: 0 };
    let span = span::cursor(diag, raw)?;
    if span.value == CursorSpan::Number(0) || span.value == nothing {
        let help = if option == "lag" { "\nhelp: leave it out" } else { "" };
        diag.error(span.spans, format!("`{option}` is more than nothing{help}"));
    }
    Some(span)
}

fn parallel(diag: &Diag, at: &At<u64>) -> Option<u32> {
    match u32::try_from(at.value) {
        Ok(1..) => {}
        Ok(0) => diag.error(at.spans, "no window at once is no window at all\nhelp: `parallel = 1` reads them one after the other"),
        Err(_) => diag.error(at.spans, "that many windows never come at once\nhelp: `parallel = 4`"),
    }
    u32::try_from(at.value).ok()
}

fn initial(diag: &Diag, raw: &RawInitial) -> At<Initial> {
    match raw {
        RawInitial::Config(field) => {
            let value = template::config(&field.value);
            At::new(Initial { value, literal: None }, field.spans)
        }
        RawInitial::Literal(At { value: literal, spans }) => {
            let (text, kind) = values::plain(literal);
            let text = At::new(text, *spans);
            let value = template::text(diag, &text, &Sources::connector());
            let filled_in = value.parts.iter().any(|part| !matches!(part, Part::Text(_)));
            At::new(Initial { value, literal: (!filled_in).then_some(kind) }, *spans)
        }
    }
}
