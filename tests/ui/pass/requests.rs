//! Every option of requests and of where paginators put their values at least once.
#![deny(warnings)]
use connector_runtime::http::Request;
use connector_runtime::paging::{Next, Page};
use connector_runtime::spec::{BodySpec, JsonSpec, Method, PaginatorSpec, Target, TotalUnit};
use connector_runtime::{Connector, Resource, Result};

fn next(_: Option<&Page<'_>>, _: &mut Request) -> Result<Next> {
    Ok(Next::End)
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    headers("accept" = "application/json"),
    resource_defaults(
        params(locale = ["en", "de"]),
        paginator = page_number(
            base_page = 1,
            page_body_path = "page.number",
            page_size = 5,
            page_size_body_path = "page.size",
            total_path = "total",
            total_counts = rows,
        ),
    ),
    resources(Search, Form, Patched, Deleted, Own),
)]
struct Shop {
    owner: Option<String>,
    ids: Vec<i64>,
}

#[derive(Resource)]
#[resource(
    path = "/search",
    method = post,
    headers("accept" = "text/csv", "x-owner" = config.owner),
    json = {
        "query": "open",
        "filter": { "owner": config.owner, "ids": config.ids, "not": [1, -2.5, null, true] },
    },
)]
struct Search {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(
    path = "/form",
    method = put,
    form("grant" = "x", ids = config.ids),
    paginator = cursor(
        cursor_path = "next",
        cursor_body_path = "after",
        limit = 10,
        limit_header = "x-limit",
    ),
)]
struct Form {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(
    path = "/patched",
    method = patch,
    paginator = offset(limit = 10, offset_header = "x-offset", limit_body_path = "size"),
)]
struct Patched {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(
    path = "/deleted",
    method = delete,
    paginator = page_number(
        base_page = 0,
        page_header = "x-page",
        page_size = 9,
        page_size_header = "x-size",
        total_path = "pages",
        total_counts = pages,
    ),
)]
struct Deleted {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(path = "/own", paginator = with(crate::next))]
struct Own {
    #[column(primary_key)]
    id: i64,
}

fn main() {
    let Some(PaginatorSpec::PageNumber(page)) = <Shop as Connector>::SPEC.defaults.paginator else {
        panic!("page numbers")
    };
    assert_eq!(page.page_target, Target::Body(&["page", "number"]));
    assert_eq!(page.page_size_target, Some(Target::Body(&["page", "size"])));
    assert_eq!(page.total_counts, TotalUnit::Rows);

    let search = <Search as Resource>::SPEC;
    assert_eq!((search.method, search.headers.len()), (Method::Post, 2));
    let Some(BodySpec::Json(JsonSpec::Object([("query", _), ("filter", _)]))) = search.body else {
        panic!("{:?}", search.body)
    };

    let form = <Form as Resource>::SPEC;
    assert_eq!(form.method, Method::Put);
    assert!(matches!(form.body, Some(BodySpec::Form([_, ids])) if ids.repeated));
    let Some(PaginatorSpec::Cursor(cursor)) = form.paginator else { panic!("a cursor") };
    assert_eq!(cursor.target, Target::Body(&["after"]));
    assert_eq!(cursor.limit_target, Some(Target::Header("x-limit")));

    let Some(PaginatorSpec::Offset(offset)) = <Patched as Resource>::SPEC.paginator else {
        panic!("an offset")
    };
    assert_eq!(offset.offset_target, Target::Header("x-offset"));
    assert_eq!(offset.limit_target, Target::Body(&["size"]));
    assert_eq!(<Patched as Resource>::SPEC.method, Method::Patch);
    assert_eq!(<Deleted as Resource>::SPEC.method, Method::Delete);
    assert!(matches!(<Own as Resource>::SPEC.paginator, Some(PaginatorSpec::With(_))));
}
