//! An API whose rows change, and two ages of the structs that read it: the older ones are too narrow.

use std::sync::{Arc, Mutex, PoisonError};

use connector_runtime::prelude::*;
use connector_runtime::report::Report;
use connector_tests::{Place, Reply, Request, Server};
use serde_json::{Value, json};

/// The connector's name.
pub(super) const SCHEMA: &str = "books";

/// The structs of one age, in a module of their own.
macro_rules! age {
    ($age:ident, $amount:ty, $level:ty) => {
        pub(in super::super) mod $age {
            use super::*;

            #[derive(Connector)]
            #[connector(
                                        name = "books",
                                        base_url = "https://api.example.com",
                                        retry(max_retries = 0),
                                        resource_defaults(on_bad_row = quarantine(max_rows = 100)),
                                        resources(Issue, Comment, Event, Line, Photo, Day)
                                    )]
            pub(in super::super) struct Books {}

            #[derive(Resource)]
            #[resource(
                                        path = "/issues",
                                        name = "issues",
                                        incremental(cursor = updated_at, start_param = "since"),
                                        filter = wanted
                                    )]
            struct Issue {
                #[column(primary_key)]
                id: i64,
                updated_at: i64,
                amount: $amount,
            }

            fn wanted(issue: &Issue) -> bool {
                issue.id != 99
            }

            #[derive(Resource)]
            #[resource(
                                        path = "/issues/{issue.id}/comments",
                                        name = "comments",
                                        parent(issue: Issue)
                                    )]
            struct Comment {
                #[column(primary_key)]
                id: i64,
                #[column(parent = issue.id)]
                issue_id: i64,
                amount: $amount,
            }

            #[derive(Resource)]
            #[resource(
                                        path = "/events",
                                        name = "events",
                                        write_disposition = append,
                                        incremental(cursor = at, start_param = "since")
                                    )]
            struct Event {
                at: i64,
                amount: $amount,
            }

            #[derive(Resource)]
            #[resource(
                                        path = "/lines/{partition.shop}",
                                        name = "lines",
                                        partition(shop in ["north", "south"]),
                                        response_format = csv(delimiter = ";")
                                    )]
            struct Line {
                #[column(primary_key)]
                id: i64,
                #[column(partition = shop)]
                #[column(primary_key)]
                shop: String,
                note: Option<String>,
                #[column(rename = "How many")]
                amount: $amount,
            }

            #[derive(Resource)]
            #[resource(path = "/photos", name = "photos", write_disposition = replace)]
            struct Photo {
                amount: $level,
            }

            #[derive(Resource)]
            #[resource(path = "/days", name = "days", write_disposition = append)]
            struct Day {
                amount: $level,
            }
        }
    };
}

age!(narrow, u8, u8);
age!(wide, i64, i64);

pub(super) use wide::Books;

/// What the API has.
#[derive(Clone, Default)]
pub(super) struct Api(Arc<Mutex<Vec<(&'static str, Reply)>>>);

impl Api {
    /// From now on this is what a path answers with; others have no rows.
    pub(super) fn has(&self, path: &'static str, rows: Value) {
        self.answers(path, Reply::json(rows.to_string()));
    }

    pub(super) fn answers(&self, path: &'static str, reply: Reply) {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.retain(|(other, _)| *other != path);
        pages.push((path, reply));
    }

    pub(super) fn server(&self) -> Server {
        let api = self.clone();
        Server::start(move |request| api.answer(request))
    }

    fn answer(&self, request: &Request) -> Reply {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = pages.iter().find(|(path, _)| *path == request.path);
        match found {
            Some((_, reply)) => reply.clone(),
            None if request.path.starts_with("/lines") => Reply::status(200).body("id;How many\n"),
            None => Reply::json("[]"),
        }
    }
}

/// Loads resources.
pub(super) async fn sync(
    connector: &impl Connector,
    server: &Server,
    place: &Place,
    resources: &[&str],
) -> Report {
    let run = connector.sync().base_url(server.url()).boxed_destination(place.destination());
    run.resources(resources.iter().copied()).run().await
}

/// The same of an API that has these rows, and nothing goes wrong.
pub(super) async fn loaded(
    connector: &impl Connector,
    place: &Place,
    resources: &[&str],
    rows: &[(&'static str, Value)],
) {
    let api = Api::default();
    rows.iter().for_each(|(path, rows)| api.has(path, rows.clone()));
    sync(connector, &api.server(), place, resources).await.into_result().expect("a run");
}

pub(super) fn issue(id: i64, updated_at: i64, amount: i64) -> Value {
    json!({ "id": id, "updated_at": updated_at, "amount": amount })
}
