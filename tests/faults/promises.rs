//! An API that says there is more and then gives nothing.

use std::sync::Arc;

use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::report::{Report, Status};
use connector_runtime::testing::ScriptedTransport;
use connector_tests::{Folder, assert_says, done};

macro_rules! api {
    ($module:ident, $paginator:meta) => {
        mod $module {
            use super::*;

            #[derive(Resource)]
            #[resource(
                                                path = "/rows",
                                                data_selector = "rows",
                                                $paginator,
                                                on_response(status = 416, action = stop_resource),
                                            )]
            struct Rows {
                #[column(primary_key)]
                id: i64,
            }

            #[derive(Connector)]
            #[connector(base_url = "https://api.example.com", resources(Rows))]
            pub(super) struct Api {}
        }
    };
}

api!(by_offset, paginator = offset(limit = 2, has_more_path = "more"));
api!(by_page, paginator = page_number(base_page = 1, has_more_path = "more"));
api!(by_cursor, paginator = cursor(cursor_path = "next", has_more_path = "more"));

/// A page of two rows that says whether there is more, and what comes of the request after it.
async fn play(api: &impl Connector, targets: [&str; 2], more: bool, after: u16) -> Report {
    let first = format!(r#"{{"more": {more}, "next": "a", "rows": [{{"id": 1}}, {{"id": 2}}]}}"#);
    let mut script = ScriptedTransport::new().on(targets[0], Response::new(200, first));
    if more {
        script = script.on(targets[1], Response::new(after, ""));
    }
    let folder = Folder::new();
    let run = api.sync().destination(folder.database().destination());
    run.transport(Arc::new(script)).run().await
}

#[tokio::test]
async fn more_that_does_not_come_makes_the_resource_partial() {
    let offset = ["/rows?offset=0&limit=2", "/rows?offset=2&limit=2"];
    let page = ["/rows?page=1", "/rows?page=2"];
    let cursor = ["/rows", "/rows?cursor=a"];
    for after in [204, 416] {
        for report in [
            play(&by_offset::Api {}, offset, true, after).await,
            play(&by_page::Api {}, page, true, after).await,
            play(&by_cursor::Api {}, cursor, true, after).await,
        ] {
            let resource = &report.resources[0];
            assert_eq!((resource.status, resource.rows.inserted), (Status::Partial, 2));
            assert_says(resource.warnings.join("\n"), &["the API said that there is more"]);
        }
    }
    for report in [
        play(&by_offset::Api {}, offset, false, 0).await,
        play(&by_page::Api {}, page, false, 0).await,
        play(&by_cursor::Api {}, cursor, false, 0).await,
    ] {
        assert_eq!(done(&report).inserted, 2);
    }
}
