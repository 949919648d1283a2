//! Connectors with one resource.

use connector_tests::sim::{DAY, MINUTE, Paging, SECOND};

use crate::variant::{Incremental, Missing, Resource, Variant};

/// A row for each key.
macro_rules! merged {
    ($($name:ident($at:ty, $paging:ident, $incremental:expr) { $($option:tt)* })*) => {
        $(mod $name {
            use connector_runtime::prelude::*;
            use connector_runtime::run::Run;

            use crate::variant::Setup;

            #[derive(Connector)]
            #[connector(base_url = "https://api.example.com", resources(Item))]
            struct Api {
                start: Timestamp,
            }

            #[derive(Resource)]
            #[resource(
                name = "items",
                path = "/items",
                data_selector = "data",
                unknown_fields = ignore,
                $($option)*
            )]
            struct Item {
                #[column(primary_key)]
                id: i64,
                #[column(hard_delete)]
                gone: bool,
                at: $at,
                value: i64,
            }

            pub(super) fn sync(setup: &Setup) -> Run {
                Api { start: setup.start }.sync()
            }
        })*

        pub(crate) fn merged() -> Vec<Variant> {
            let of = |incremental, paging| Resource {
                tombstones: true,
                incremental: Some(incremental),
                ..Resource::new("items", paging)
            };
            vec![$(Variant {
                name: stringify!($name),
                sync: $name::sync,
                resources: vec![of($incremental, Paging::$paging)],
            }),*]
        }
    };
}

/// Rows that come once and stay as they are.
macro_rules! appended {
    ($($name:ident($at:ty, $paging:ident, $incremental:expr) { $($option:tt)* })*) => {
        $(mod $name {
            use connector_runtime::prelude::*;
            use connector_runtime::run::Run;

            use crate::variant::Setup;

            #[derive(Connector)]
            #[connector(base_url = "https://api.example.com", resources(Item))]
            struct Api {
                start: Timestamp,
            }

            #[derive(Resource)]
            #[resource(
                name = "items",
                path = "/items",
                data_selector = "data",
                write_disposition = append,
                unknown_fields = ignore,
                $($option)*
            )]
            struct Item {
                id: i64,
                at: $at,
                value: i64,
            }

            pub(super) fn sync(setup: &Setup) -> Run {
                Api { start: setup.start }.sync()
            }
        })*

        pub(crate) fn appended() -> Vec<Variant> {
            let of = |incremental, paging| Resource {
                append: true,
                incremental: Some(incremental),
                ..Resource::new("items", paging)
            };
            vec![$(Variant {
                name: stringify!($name),
                sync: $name::sync,
                resources: vec![of($incremental, Paging::$paging)],
            }),*]
        }
    };
}

const TIME: Incremental = Incremental::TIME;
const DATE: Incremental = Incremental::DATE;
const NUMBER: Incremental = Incremental::NUMBER;
const TEXT: Incremental = Incremental::TEXT;
const LAG: i64 = 10 * MINUTE;

merged! {
    asc_cursor(Timestamp, Cursor, TIME.asc()) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", row_order = asc),
    }
    asc_link(Timestamp, Link, TIME.asc().initial()) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since", initial = config.start, row_order = asc),
    }
    asc_offset(Timestamp, Offset, TIME.asc()) {
        paginator = offset(limit = 100),
        incremental(cursor = at, start_param = "since", row_order = asc),
    }
    asc_page(Timestamp, Page, TIME.asc()) {
        paginator = page_number(base_page = 1),
        incremental(cursor = at, start_param = "since", row_order = asc),
    }
    asc_page_link(Timestamp, PageLink, TIME.asc().initial()) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since", initial = config.start, row_order = asc),
    }
    asc_minutes_page(Timestamp, Page, TIME.asc().written(MINUTE, SECOND)) {
        paginator = page_number(base_page = 1),
        incremental(cursor = at, start_param = "since", format = "%Y-%m-%d %H:%M", row_order = asc),
    }
    asc_micros_offset(Timestamp, Offset, TIME.asc().until().written(1, SECOND)) {
        paginator = offset(limit = 100),
        incremental(
            cursor = at, start_param = "since", end_param = "until", format = rfc3339_micros, row_order = asc,
        ),
    }
    asc_open_page_link(Timestamp, PageLink, TIME.asc().open()) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since", row_order = asc, range = open),
    }
    asc_open_cursor(Timestamp, Cursor, TIME.asc().open()) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", row_order = asc, range = open),
    }
    asc_open_page(Timestamp, Page, TIME.asc().open()) {
        paginator = page_number(base_page = 1),
        incremental(cursor = at, start_param = "since", row_order = asc, range = open),
    }
    asc_lag_cursor(Timestamp, Cursor, TIME.asc().lag(LAG)) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", lag = "10 minutes", row_order = asc),
    }
    asc_lag_offset(Timestamp, Offset, TIME.asc().lag(LAG).initial()) {
        paginator = offset(limit = 100),
        incremental(
            cursor = at, start_param = "since", initial = config.start, lag = "10 minutes", row_order = asc,
        ),
    }
    asc_until_cursor(Timestamp, Cursor, TIME.asc().until()) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", end_param = "until", row_order = asc),
    }
    asc_millis_link(Timestamp, Link, TIME.asc().until().written(SECOND / 1_000, SECOND)) {
        paginator = header_link,
        incremental(
            cursor = at, start_param = "since", end_param = "until", format = rfc3339_millis, row_order = asc,
        ),
    }
    asc_client_side(Timestamp, Link, TIME.asc().client_side()) {
        paginator = header_link,
        incremental(cursor = at, client_side, row_order = asc),
    }
    desc_cursor(Timestamp, Cursor, TIME.desc()) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", row_order = desc),
    }
    desc_link(Timestamp, Link, TIME.desc().initial()) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since", initial = config.start, row_order = desc),
    }
    desc_offset(Timestamp, Offset, TIME.desc()) {
        paginator = offset(limit = 100),
        incremental(cursor = at, start_param = "since", row_order = desc),
    }
    desc_lag_page(Timestamp, Page, TIME.desc().lag(LAG)) {
        paginator = page_number(base_page = 1),
        incremental(cursor = at, start_param = "since", lag = "10 minutes", row_order = desc),
    }
    desc_client_side(Timestamp, Cursor, TIME.desc().client_side()) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, client_side, row_order = desc),
    }
    desc_client_side_lag(Timestamp, Offset, TIME.desc().client_side().lag(LAG).initial()) {
        paginator = offset(limit = 100),
        incremental(
            cursor = at, client_side, initial = config.start, lag = "10 minutes", row_order = desc,
        ),
    }
    any_cursor(Timestamp, Cursor, TIME) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since"),
    }
    any_link(Timestamp, Link, TIME) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since"),
    }
    any_offset(Timestamp, Offset, TIME) {
        paginator = offset(limit = 100),
        incremental(cursor = at, start_param = "since"),
    }
    any_page(Timestamp, Page, TIME.initial()) {
        paginator = page_number(base_page = 1),
        incremental(cursor = at, start_param = "since", initial = config.start),
    }
    any_open_cursor(Timestamp, Cursor, TIME.open()) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", range = open),
    }
    any_lag_cursor(Timestamp, Cursor, TIME.lag(LAG)) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", lag = "10 minutes"),
    }
    any_until_lag_link(Timestamp, Link, TIME.until().lag(LAG)) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since", end_param = "until", lag = "10 minutes"),
    }
    any_client_side(Timestamp, Cursor, TIME.client_side()) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, client_side),
    }
    never_resumed(Timestamp, Cursor, TIME) {
        paginator = cursor(cursor_path = "next"),
        resume_within = "0s",
        incremental(cursor = at, start_param = "since"),
    }
    epoch_millis(Timestamp, Cursor, TIME.until().written(SECOND / 1_000, SECOND / 1_000)) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", end_param = "until", format = epoch_millis),
    }
    minutes(Timestamp, Link, TIME.asc().written(MINUTE, SECOND)) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since", format = "%Y-%m-%d %H:%M", row_order = asc),
    }
    days_of_instants(Timestamp, Cursor, TIME.written(DAY, SECOND)) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", format = date),
    }
    missing_included(Option<Timestamp>, Cursor, TIME.missing(Missing::Included)) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", on_missing = include),
    }
    missing_excluded(Option<Timestamp>, Link, TIME.asc().missing(Missing::Excluded)) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since", row_order = asc, on_missing = exclude),
    }
    steps_any_cursor(Timestamp, Cursor, TIME.step()) {
        paginator = cursor(cursor_path = "next"),
        incremental(
            cursor = at, start_param = "since", end_param = "until", initial = config.start, step = "6 hours",
        ),
    }
    steps_any_offset(Timestamp, Offset, TIME.step()) {
        paginator = offset(limit = 100),
        incremental(
            cursor = at, start_param = "since", end_param = "until", initial = config.start, step = "6 hours",
            parallel = 3,
        ),
    }
    steps_asc_cursor(Timestamp, Cursor, TIME.asc().step()) {
        paginator = cursor(cursor_path = "next"),
        incremental(
            cursor = at, start_param = "since", end_param = "until", initial = config.start, step = "6 hours",
            row_order = asc,
        ),
    }
    steps_asc_offset(Timestamp, Offset, TIME.asc().step()) {
        paginator = offset(limit = 100),
        incremental(
            cursor = at, start_param = "since", end_param = "until", initial = config.start, step = "6 hours",
            row_order = asc, parallel = 3,
        ),
    }
    steps_asc_page_link(Timestamp, PageLink, TIME.asc().step().lag(LAG)) {
        paginator = header_link,
        incremental(
            cursor = at, start_param = "since", end_param = "until", initial = config.start, step = "1 day",
            row_order = asc, lag = "10 minutes",
        ),
    }
    steps_asc_link(Timestamp, Link, TIME.asc().step()) {
        paginator = header_link,
        incremental(
            cursor = at, start_param = "since", end_param = "until", initial = config.start, step = "1 day",
            row_order = asc, parallel = 3,
        ),
    }
    steps_lag_page(Timestamp, Page, TIME.step().lag(LAG)) {
        paginator = page_number(base_page = 1),
        incremental(
            cursor = at, start_param = "since", end_param = "until", initial = config.start, step = "6 hours",
            parallel = 3, lag = "10 minutes",
        ),
    }
    steps_desc_lag_cursor(Timestamp, Cursor, TIME.desc().step().lag(LAG)) {
        paginator = cursor(cursor_path = "next"),
        incremental(
            cursor = at, start_param = "since", end_param = "until", initial = config.start, step = "3 hours",
            row_order = desc, lag = "10 minutes",
        ),
    }
    dates_any_cursor(Date, Cursor, DATE) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since"),
    }
    dates_asc_link(Date, Link, DATE.asc().until()) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since", end_param = "until", row_order = asc),
    }
    dates_asc_page(Date, Page, DATE.asc()) {
        paginator = page_number(base_page = 1),
        incremental(cursor = at, start_param = "since", row_order = asc),
    }
    dates_steps(Date, Cursor, DATE.step()) {
        paginator = cursor(cursor_path = "next"),
        incremental(
            cursor = at, start_param = "since", end_param = "until", initial = "2024-01-01", step = "1 day",
            parallel = 2,
        ),
    }
    numbers_asc_cursor(i64, Cursor, NUMBER.asc()) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", row_order = asc),
    }
    numbers_asc_open_offset(i64, Offset, NUMBER.asc().open()) {
        paginator = offset(limit = 100),
        incremental(cursor = at, start_param = "since", row_order = asc, range = open),
    }
    numbers_asc_page(i64, Page, NUMBER.asc()) {
        paginator = page_number(base_page = 1),
        incremental(cursor = at, start_param = "since", row_order = asc),
    }
    numbers_desc_link(i64, Link, NUMBER.desc()) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since", row_order = desc),
    }
    numbers_any_lag_page(i64, Page, NUMBER.lag(5)) {
        paginator = page_number(base_page = 1),
        incremental(cursor = at, start_param = "since", lag = 5),
    }
    numbers_client_side(i64, Cursor, NUMBER.desc().client_side()) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, client_side, row_order = desc),
    }
    texts_asc_cursor(String, Cursor, TEXT.asc()) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", row_order = asc, as_text),
    }
    texts_asc_page_link(String, PageLink, TEXT.asc()) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since", row_order = asc, as_text),
    }
}

appended! {
    append_asc_cursor(Timestamp, Cursor, TIME.asc()) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", row_order = asc),
    }
    append_asc_offset(Timestamp, Offset, TIME.asc().initial()) {
        paginator = offset(limit = 100),
        incremental(cursor = at, start_param = "since", initial = config.start, row_order = asc),
    }
    append_asc_open_link(Timestamp, Link, TIME.asc().open()) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since", row_order = asc, range = open),
    }
    append_any_cursor(Timestamp, Cursor, TIME) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since"),
    }
    append_any_until_link(Timestamp, Link, TIME.until()) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since", end_param = "until"),
    }
    append_desc_cursor(Timestamp, Cursor, TIME.desc()) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", row_order = desc),
    }
    append_client_side(Timestamp, Link, TIME.desc().client_side()) {
        paginator = header_link,
        incremental(cursor = at, client_side, row_order = desc),
    }
    append_steps_cursor(Timestamp, Cursor, TIME.step()) {
        paginator = cursor(cursor_path = "next"),
        incremental(
            cursor = at, start_param = "since", end_param = "until", initial = config.start, step = "6 hours",
        ),
    }
    append_steps_link(Timestamp, Link, TIME.asc().step()) {
        paginator = header_link,
        incremental(
            cursor = at, start_param = "since", end_param = "until", initial = config.start, step = "6 hours",
            row_order = asc,
        ),
    }
    append_dates(Date, Cursor, DATE) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since"),
    }
    append_numbers_asc(i64, Cursor, NUMBER.asc()) {
        paginator = cursor(cursor_path = "next"),
        incremental(cursor = at, start_param = "since", row_order = asc),
    }
    append_numbers_open(i64, Link, NUMBER.asc().open()) {
        paginator = header_link,
        incremental(cursor = at, start_param = "since", row_order = asc, range = open),
    }
    append_numbers_any(i64, Offset, NUMBER) {
        paginator = offset(limit = 100),
        incremental(cursor = at, start_param = "since"),
    }
}
