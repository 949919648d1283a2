//! Every option of cursors and links at least once.
#![deny(warnings)]
use connector_runtime::spec::{CursorSource, LinkSource, PaginatorSpec, Target};
use connector_runtime::{Connector, Resource};

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    trusted_origins("https://files.example.com", "https://[2001:db8::1]:8443", "http://localhost:1"),
    resource_defaults(paginator = cursor(cursor_column = id, cursor_param = "starting_after")),
    resources(Charge, Refund, Payout, Event, Log),
)]
struct Shop {}

#[derive(Resource)]
#[resource(path = "/charges")]
struct Charge {
    #[column(primary_key)]
    id: String,
}

#[derive(Resource)]
#[resource(
    path = "/refunds",
    paginator = cursor(
        cursor_path = "meta.next",
        cursor_request_header = "x-after",
        has_more_path = "meta.more",
        limit = 50,
        limit_param = "n",
        stop_after_empty_page,
    ),
)]
struct Refund {
    #[column(primary_key)]
    id: u64,
}

#[derive(Resource)]
#[resource(path = "/payouts", paginator = cursor(cursor_header = "x-next"))]
struct Payout {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(
    path = "/events",
    paginator = header_link(rel = "older", page_size = 100, page_size_param = "per_page"),
)]
struct Event {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(
    path = "/logs",
    paginator = json_link(next_url_path = "['@odata.nextLink']", page_size = 9, page_size_param = "$top"),
)]
struct Log {
    #[column(primary_key)]
    id: i64,
}

fn main() {
    let spec = <Shop as Connector>::SPEC;
    assert_eq!(spec.trusted_origins.len(), 3);
    let Some(PaginatorSpec::Cursor(cursor)) = spec.defaults.paginator else { panic!("a cursor") };
    assert!(matches!(cursor.source, CursorSource::Column("id")));
    assert_eq!(cursor.target, Target::Param("starting_after"));
    assert!(<Charge as Resource>::SPEC.paginator.is_none());

    let Some(PaginatorSpec::Cursor(cursor)) = <Refund as Resource>::SPEC.paginator else {
        panic!("a cursor")
    };
    assert!(matches!(cursor.source, CursorSource::Body(path) if path.text == "meta.next"));
    assert_eq!(cursor.target, Target::Header("x-after"));
    assert_eq!(cursor.has_more_path.map(|path| path.text), Some("meta.more"));
    assert_eq!((cursor.limit, cursor.limit_target), (Some(50), Some(Target::Param("n"))));
    assert!(cursor.stop_after_empty_page);

    let Some(PaginatorSpec::Cursor(cursor)) = <Payout as Resource>::SPEC.paginator else {
        panic!("a cursor")
    };
    assert!(matches!(cursor.source, CursorSource::Header("x-next")));
    assert_eq!(cursor.target, Target::Param("cursor"));

    let Some(PaginatorSpec::Link(link)) = <Event as Resource>::SPEC.paginator else {
        panic!("a link")
    };
    assert!(matches!(link.source, LinkSource::Header("older")));
    assert_eq!((link.page_size, link.page_size_param), (Some(100), Some("per_page")));

    let Some(PaginatorSpec::Link(link)) = <Log as Resource>::SPEC.paginator else {
        panic!("a link")
    };
    assert!(matches!(link.source, LinkSource::Body(path) if path.text == "['@odata.nextLink']"));
}
