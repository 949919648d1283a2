//! Every way in which an answer can be bad, in the middle of a load.

use connector_runtime::ErrorKind;
use connector_runtime::prelude::*;
use connector_runtime::report::Report;
use connector_tests::{
    Folder, Item, KEY, OffsetApi, Reply, Server, assert_says, counts, done, example, failed, items,
    run,
};

/// Loads 250 rows, changes them all, loads again while the second page fails, then once more.
/// Whatever the failure: what came before it is there, the rest is as it was, and the next load
/// completes the table. Returns the report of the failure and how often the page was asked for.
async fn survive(reply: Reply) -> (Report, usize) {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..251)).key(KEY));
    let (server, database) = (api.serve(), folder.database());
    done(&run(&example(), &server, &database).await);
    let old = api.rows();
    api.change(|rows| rows.iter_mut().for_each(|row| row.name = Some(format!("new {}", row.id))));

    let broken = Server::start({
        let api = api.clone();
        move |request| match request.number("offset") {
            Some(100) => reply.clone(),
            _ => api.answer(request),
        }
    });
    let report = run(&example(), &broken, &database).await;
    failed(&report);
    let rows = report.resources[0].rows;
    assert_eq!((rows.received, rows.updated, rows.discarded), (100, 100, 0));
    let half: Vec<Item> = api.rows()[..100].iter().chain(&old[100..]).cloned().collect();
    assert_eq!(database.items(), half, "the first page is new, the others as before");
    let state = database.state("resource_name");
    assert_eq!((&state["complete"], &state["rows"]), (&false.into(), &100.into()));

    assert_eq!(done(&run(&example(), &server, &database).await), counts(250, 0, 150, 100));
    assert_eq!(database.items(), api.rows());
    (report, broken.count() - 1)
}

macro_rules! answers {
    ($($name:ident: $reply:expr => $kind:ident, $tries:literal, [$($phrase:literal),+];)*) => {$(
        #[tokio::test]
        async fn $name() {
            let (report, tries) = survive($reply).await;
            let error = failed(&report);
            assert_eq!(error.kind(), ErrorKind::$kind, "{error}");
            assert_eq!(error.resource(), Some("resource_name"));
            assert_eq!(error.page(), Some(2));
            let request = error.request().expect("a request");
            assert!(request.contains("/v1/resource?offset=100&limit=100"), "{request}");
            assert_says(error, &["resource `resource_name`: page 2: ", $($phrase),+]);
            assert_eq!(tries, $tries);
        }
    )*};
}

const ROW: &str = r#"{"id":101,"name":"a","value":1}"#;

fn rows(rows: &str) -> Reply {
    Reply::json(format!("{{\"data\":[{ROW},{rows}]}}"))
}

answers! {
    status_401: Reply::status(401).body("who are you?")
        => Auth, 1, ["401 Unauthorized: who are you?", "missing, wrong or expired"];
    status_403: Reply::status(403)
        => Auth, 1, ["403 Forbidden", "may not read this"];
    status_404: Reply::status(404).body("{\"error\": \"no such thing\"}")
        => Status, 1, ["404 Not Found: {\"error\": \"no such thing\"}", "check the base URL and the path"];
    status_500_for_ever: Reply::status(500)
        => Status, 4, ["500 Internal Server Error", "the last of 4 tries"];
    status_429_for_ever: Reply::status(429)
        => Status, 4, ["429 Too Many Requests", "the last of 4 tries"];
    status_that_nobody_knows: Reply::status(599)
        => Status, 1, ["the API answered 599"];
    a_long_error_page: Reply::status(400).body("x".repeat(1 << 20))
        => Status, 1, ["400 Bad Request: xxxxxxxxxx", "x…"];
    bytes_in_a_string_that_are_no_text: Reply::json("").body(b"{\"data\":[{\"id\":101,\"name\":\"\xe4\"}]}".to_vec())
        => Response, 1, ["the body is not UTF-8: byte 27 is no text"];
    a_body_cut_short: Reply::json(format!("{{\"data\":[{ROW}]}}")).cut(20)
        => Transport, 4, ["cut short", "the last of 4 tries"];
    a_reset_in_mid_body: Reply::json(format!("{{\"data\":[{ROW}]}}")).reset(20)
        => Transport, 4, ["the last of 4 tries"];
    a_reset_before_the_body: Reply::json("{}").reset(0)
        => Transport, 4, ["the last of 4 tries"];
    html_with_status_200: Reply::status(200).header("content-type", "text/html").body("\n<!DOCTYPE html><html><title>Sign in</title>")
        => Response, 1, ["expected JSON, found an HTML or XML page: <!DOCTYPE html><html><title>Sign in", "login or error page"];
    truncated_json: Reply::json(format!("{{\"data\":[{ROW},{{\"id\":102,\"na"))
        => Response, 1, ["expected JSON, found only its beginning (54 bytes)"];
    text_that_is_no_json: Reply::json("Service temporarily unavailable")
        => Response, 1, ["expected JSON: ", "the body starts with: Service temporarily unavailable"];
    json_and_then_more: Reply::json("{\"data\":[]} trailing")
        => Response, 1, ["expected JSON: trailing characters"];
    bytes_that_are_no_text: Reply::status(200).body(b"\x80\xff\x00\x1b[31m".to_vec())
        => Response, 1, ["the body is not UTF-8: byte 0 is no text"];
    a_body_that_cannot_be_unpacked: Reply::json("{\"data\":[]}").header("content-encoding", "gzip")
        => Transport, 4, ["the last of 4 tries"];
    an_empty_body: Reply::json("")
        => Response, 1, ["expected JSON, found an empty body"];
    a_body_of_spaces: Reply::json(" \r\n\t ")
        => Response, 1, ["expected JSON, found an empty body"];
    d10_a_wrong_selector: Reply::json("{\"items\":[{\"id\":1}],\"count\":1}")
        => Response, 1, ["nothing is at the data selector `data`", "its keys are `count`, `items`", "perhaps `data_selector = \"items\"`"];
    an_error_with_status_200: Reply::json("{\"error\":{\"code\":42}}")
        => Response, 1, ["nothing is at the data selector `data`", "its keys are `error`"];
    a_row_of_the_wrong_type: rows(r#"{"id":102,"name":"b","value":"12"}"#)
        => Row, 1, ["row 2: column `value`: expected a number", "found a string \"12\""];
    null_in_a_not_null_column: rows(r#"{"id":null,"name":"b","value":1}"#)
        => Row, 1, ["row 2: column `id`: expected a value, found null", "`Option`"];
    an_absent_required_column: rows(r#"{"ID":102,"name":"b","value":1}"#)
        => Row, 1, ["row 2: column `id`: expected a value, the row has no key `id` (its keys are `ID`, `name`, `value`)", "rename"];
    a_key_that_comes_twice: rows(r#"{"id":102,"name":"b","name":"c"}"#)
        => Row, 1, ["row 2: column `name`: the key comes twice"];
    a_row_that_is_no_object: rows("[102]")
        => Row, 1, ["row 2: expected an object, found [102]"];
    d24_an_integer_that_does_not_fit: rows(r#"{"id":9223372036854775808}"#)
        => Row, 1, ["row 2: column `id`: expected a whole number in the range of `i64`, found a number 9223372036854775808"];
    d24_an_integer_beyond_64_bits: rows(r#"{"id":123456789012345678901234567890}"#)
        => Row, 1, ["found a number 123456789012345678901234567890"];
    d23_a_fraction_is_no_integer: rows(r#"{"id":102.5}"#)
        => Row, 1, ["column `id`: expected a whole number", "found a number 102.5"];
    d23_an_integer_that_no_float_holds: rows(r#"{"id":102,"value":9007199254740993}"#)
        => Row, 1, ["column `value`: expected a number that an `f64` holds exactly, found a number 9007199254740993"];
}

#[tokio::test]
async fn a_message_does_not_grow_with_the_value() {
    let long = "x".repeat(10 << 20);
    let (report, _) = survive(rows(&format!(r#"{{"id":"{long}"}}"#))).await;
    let text = format!("{:?}", failed(&report));
    assert_says(&text, &["row 2: column `id`", "found a string \"xxxxxxxxxx", "…"]);
    assert!(text.len() < 600, "{} bytes", text.len());
}

#[tokio::test]
async fn a_server_that_hangs_up_after_each_answer() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..251)).key(KEY).cap(10));
    let server = Server::start({
        let api = api.clone();
        move |request| api.answer(request).cut(usize::MAX)
    });
    let database = folder.database();
    assert_eq!(done(&run(&example(), &server, &database).await), counts(250, 250, 0, 0));
    assert_eq!(database.items(), api.rows());
}

#[tokio::test]
async fn an_api_that_is_not_there() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..11)).key(KEY));
    let (server, database) = (api.serve(), folder.database());
    done(&run(&example(), &server, &database).await);
    let url = server.url();
    drop(server);

    let run_it = example().sync().base_url(url).destination(database.destination());
    let report = run_it.run().await;
    let error = failed(&report);
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_says(error, &["page 1: no connection", "refused", "the last of 4 tries"]);
    assert_eq!(database.items(), api.rows());
}

mod slow {
    use super::*;
    use connector_tests::ResourceName;

    #[derive(Connector)]
    #[connector(
        name = "example_api",
        base_url = "https://api.example.com",
        auth = api_key(name = "api_key", location = query, value = api_key),
        timeout = "100ms",
        retry(max_retries = 1, initial_delay = "1ms"),
        resources(ResourceName),
    )]
    struct Impatient {
        api_key: Secret,
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_to_its_end() {
        let (folder, api) = (Folder::new(), OffsetApi::new(items(1..11)).key(KEY));
        let database = folder.database();
        done(&run(&example(), &api.serve(), &database).await);

        let stalled = Server::always(Reply::json(format!("{{\"data\":[{ROW}]}}")).stall(20));
        let report = run(&Impatient { api_key: KEY.into() }, &stalled, &database).await;
        let error = failed(&report);
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert_says(error, &["no complete answer within 0.1 s", "the last of 2 tries"]);
        assert_eq!(stalled.count(), 2);
        assert_eq!(database.items(), api.rows());
    }
}

mod large {
    use super::*;

    #[tokio::test]
    async fn a_string_of_ten_megabytes_is_a_value() {
        let (folder, api) = (Folder::new(), OffsetApi::new(items(1..4)).key(KEY));
        let long: String = "ünï\n\"".chars().cycle().take(10 << 20).collect();
        api.change(|rows| rows[1].name = Some(long.clone()));
        let (server, database) = (api.serve(), folder.database());
        assert_eq!(done(&run(&example(), &server, &database).await), counts(3, 3, 0, 0));
        let found: String = database.value("SELECT name FROM resource_name WHERE id = 2");
        assert!(found == long, "{} bytes instead of {}", found.len(), long.len());
        assert_eq!(done(&run(&example(), &server, &database).await), counts(3, 0, 0, 3));
    }

    #[tokio::test]
    async fn values_nobody_asked_for_may_be_as_deep_as_they_like() {
        let depth = 100_000;
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        let body =
            format!("{{\"junk\":{open}{close},\"data\":[{{\"id\":1,\"junk\":{open}{close}}}]}}");
        let folder = Folder::new();
        let server = Server::start(move |request| match request.number("offset") {
            Some(0) => Reply::json(body.clone()),
            _ => Reply::json("{\"data\":[]}"),
        });
        let report = run(&example(), &server, &folder.database()).await;
        assert_eq!(done(&report), counts(1, 1, 0, 0));
    }
}

mod optional {
    use super::*;

    #[tokio::test]
    async fn a_column_that_vanished_is_told() {
        let folder = Folder::new();
        let body = |row: &str| {
            let body = format!("{{\"total\":1,\"data\":[{row}]}}");
            Server::always(Reply::json(body))
        };
        let database = folder.database();
        let full = run(&example(), &body(r#"{"id":1,"name":"a","value":null}"#), &database).await;
        done(&full);
        assert_eq!(full.resources[0].warnings, [""; 0], "null is a value");

        let report = run(&example(), &body(r#"{"id":1,"Name":"a","value":null}"#), &database).await;
        assert_eq!(done(&report), counts(1, 0, 1, 0));
        assert_eq!(
            report.resources[0].warnings,
            ["no row has a value for column `name`: has the API renamed or dropped it?"]
        );
    }

    #[tokio::test]
    async fn a_column_that_some_rows_have_is_not_told() {
        let (folder, server) = (
            Folder::new(),
            Server::always(Reply::json(
                r#"{"total":2,"data":[{"id":1,"name":"a","value":1},{"id":2}]}"#,
            )),
        );
        let report = run(&example(), &server, &folder.database()).await;
        assert_eq!(done(&report), counts(2, 2, 0, 0));
        assert_eq!(report.resources[0].warnings, [""; 0]);
    }
}
