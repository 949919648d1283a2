//! `github`: only what has changed is asked for, and each table is the truth.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use connector_tests::{Child, GitHub, Place, Reply, Server};
use rustix::process::Signal;

use crate::{Program, found, lines};

const TOKEN: &str = "ghp_t0ken";

/// Parameters that every request of a kind has.
const COMMON: [&str; 4] = ["state", "sort", "direction", "per_page"];

fn program() -> Program {
    let args = ["--owner", "acme", "--repos", "web,api", "--start", "2024-01-01T00:00:00Z"];
    Program {
        path: env!("CARGO_BIN_EXE_github"),
        secret: ("GITHUB_TOKEN", TOKEN),
        args: args.map(str::to_owned).to_vec(),
    }
}

/// 225 issues of `web`, of which 105 are pull requests, and a few of `api`.
fn api() -> GitHub {
    let api = GitHub::new(TOKEN, "acme", &["web", "api"], "2024-03-01T08:00:00Z");
    for at in 1..=225 {
        if at <= 120 {
            let number = api.issue("web", &format!("Issue {at}"));
            api.label("web", number, ["bug", "good first issue"].get(..at % 3).unwrap_or_default());
        } else {
            let number = api.pull("web", &format!("Change {at}"));
            if at % 3 == 0 {
                api.review("web", number, "APPROVED");
            }
        }
    }
    for at in 1..=130 {
        api.comment("web", at, &format!("Comment {at}"));
    }
    for at in 1..=3 {
        let number = api.issue("api", &format!("Issue {at}"));
        api.comment("api", number, "First");
    }
    api.wait(3_600);
    api
}

/// The tables are what GitHub has.
fn assert_true(api: &GitHub, place: &Place) {
    for repo in ["web", "api"] {
        let of = |columns: &str, table: &str| {
            found(place, &format!("SELECT {columns} FROM {table} WHERE repo = '{repo}'"))
        };
        let issues = api.rows(repo, "issues");
        assert_eq!(
            of("id, number, title, state, user__login, comments", "issues"),
            lines(&issues, &["/id", "/number", "/title", "/state", "/user/login", "/comments"])
        );
        let labels = issues.iter().flat_map(|issue| {
            let id = issue["id"].clone();
            let labels = issue["labels"].as_array().expect("a list").iter();
            labels.map(move |label| format!("{id}|{}", label["name"].as_str().expect("a name")))
        });
        let labels: BTreeSet<_> = labels.collect();
        let sql = format!(
            "SELECT _parent_id, name FROM issues__labels JOIN issues ON issues.id = _parent_id WHERE repo = '{repo}'"
        );
        assert_eq!(found(place, &sql).into_iter().collect::<BTreeSet<_>>(), labels);
        assert_eq!(
            of("id, body, user__login", "comments"),
            lines(&api.rows(repo, "comments"), &["/id", "/body", "/user/login"])
        );
        assert_eq!(
            of("id, number, title, state, head__name", "pulls"),
            lines(&api.rows(repo, "pulls"), &["/id", "/number", "/title", "/state", "/head/ref"])
        );
        assert_eq!(
            of("id, state, user__login", "reviews"),
            lines(&api.rows(repo, "reviews"), &["/id", "/state", "/user/login"])
        );
    }
}

/// Requests for the reviews of these pull requests.
fn reviews(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("/repos/acme/web/pulls/{number}/reviews")).collect()
}

/// When a row of a list has changed last.
fn newest(api: &GitHub, repo: &str, list: &str) -> String {
    let rows = api.rows(repo, list);
    let moments = rows.iter().filter_map(|row| row["updated_at"].as_str());
    moments.max().expect("a row").to_owned()
}

fn sorted(requests: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut requests: Vec<_> = requests.into_iter().collect();
    requests.sort();
    requests
}

#[test]
fn a_second_run_asks_for_what_has_changed() {
    for place in Place::each("github") {
        let (api, program) = (api(), program());
        let server = api.serve();

        let report = program.sync(&server, &place);
        assert_true(&api, &place);
        // 225 and 3 issues in pages of 100, 130 and 3 comments, 105 pull requests and none
        let pages = [("issues", 3 + 1), ("comments", 2 + 1), ("pulls", 2 + 1), ("reviews", 105)];
        for (resource, requests) in pages {
            assert_eq!(report.count(resource, "requests"), requests, "{resource}");
        }
        assert_eq!(server.count(), 4 + 3 + 3 + 105);

        // nothing has changed: the newest row of each list comes again, and is the same
        let first = server.count();
        let report = program.sync(&server, &place);
        let since = |repo: &str, path: &str, list: &str| {
            format!("/repos/acme/{repo}/{path}?since={}", newest(&api, repo, list))
        };
        let lists = sorted([
            since("web", "issues", "issues"),
            since("api", "issues", "issues"),
            since("web", "issues/comments", "comments"),
            since("api", "issues/comments", "comments"),
            "/repos/acme/web/pulls".to_owned(),
            "/repos/acme/api/pulls".to_owned(),
        ]);
        assert_eq!(server.asked(first, &COMMON), lists);
        for (resource, received) in [("issues", 2), ("comments", 2), ("reviews", 0)] {
            assert_eq!(report.rows(resource), [received, 0, 0, 0], "{resource}");
        }

        // 2 new ones, 1 of them a pull request; 5 changed, 3 of them pull requests; comments and reviews
        api.issue("web", "News");
        let change = api.pull("web", "A change");
        api.label("web", 7, &["bug"]);
        api.review("web", 125, "CHANGES_REQUESTED");
        api.comment("web", 130, "A comment on a pull request");
        api.merge("web", 140);
        api.edit_comment("web", 3, "What was meant");
        api.comment("api", 2, "Second");
        api.wait(3_600);
        let second = server.count();
        let report = program.sync(&server, &place);
        assert_true(&api, &place);
        let changed = reviews([125, 130, 140, change]);
        assert_eq!(server.asked(second, &COMMON), sorted(lists.into_iter().chain(changed)));
        // beside what has changed, the row at each boundary; issue 130 of `web` is both
        assert_eq!(report.rows("issues"), [2 + 5 + 1, 2, 5, 0]);
        assert_eq!(report.rows("comments"), [2 + 3, 2, 1, 0]);
        assert_eq!(report.rows("reviews"), [1, 1, 0, 0]);
    }
}

/// The first issue changes between two pages, and leaves its place to those behind it. None of them is
/// missed, and the next run has the change.
#[test]
fn an_issue_that_changes_between_two_pages_hides_no_other() {
    let (api, program, place) = (api(), program(), Place::sqlite());
    let server = Server::start({
        let api = api.clone();
        let is_changed = AtomicBool::new(false);
        move |request| {
            let is_second_page =
                request.path.ends_with("/issues") && request.param("page") == Some("2");
            if is_second_page && !is_changed.swap(true, Ordering::SeqCst) {
                api.edit("web", 1, |issue| issue["title"] = "Issue one".into());
            }
            api.answer(request)
        }
    });
    let report = program.sync(&server, &place);
    // the last row of the first page came again with the second one
    assert_eq!(report.rows("issues"), [225 + 3, 224 + 3, 0, 0]);
    let missing = "SELECT count(*) FROM issues WHERE repo = 'web' AND number > 1";
    assert_eq!(place.lines(missing), ["224"]);

    let report = program.sync(&server, &place);
    assert_eq!(report.rows("issues"), [1 + 1 + 1, 1, 0, 0]);
    assert_true(&api, &place);
}

/// A page of issues and the reviews of one pull request fail. The next run goes on behind the pages that
/// were stored, and asks for the reviews that are missing only.
#[test]
fn a_run_that_failed_goes_on() {
    let (api, program, place) = (api(), program(), Place::sqlite());
    let is_broken = Arc::new(AtomicBool::new(true));
    let server = Server::start({
        let (api, is_broken) = (api.clone(), Arc::clone(&is_broken));
        move |request| {
            let is_third_page =
                request.path.ends_with("/issues") && request.param("page") == Some("3");
            let is_in_vain = is_third_page || request.path.ends_with("/pulls/200/reviews");
            if is_in_vain && is_broken.load(Ordering::SeqCst) {
                return Reply::status(418).body("{\"message\": \"not now\"}");
            }
            api.answer(request)
        }
    });
    program.run(&server, &place, 4);
    assert_eq!(place.lines("SELECT count(*) FROM issues"), ["203"]);
    assert_eq!(place.lines("SELECT count(*) FROM pulls"), ["105"]);

    is_broken.store(false, Ordering::SeqCst);
    let first = server.count();
    let report = program.sync(&server, &place);
    assert_true(&api, &place);
    // the third page only, and what is new in the other repository
    assert_eq!(report.count("issues", "requests"), 2);
    assert_eq!(report.rows("issues"), [25 + 1, 25, 0, 0]);
    let asked = server.asked(first, &COMMON);
    let of_reviews: Vec<_> = asked.iter().filter(|path| path.ends_with("/reviews")).collect();
    assert_eq!(of_reviews, [&reviews([200])[0]]);
}

#[test]
fn a_run_that_was_killed_goes_on() {
    // in the list of issues, of pull requests, and among the reviews
    for point in [3, 9, 60] {
        let (api, program, place, child) = (api(), program(), Place::sqlite(), Child::default());
        let deadly = Server::start({
            let (api, child) = (api.clone(), child.clone());
            move |request| {
                if request.number == point {
                    child.signal(Signal::KILL);
                }
                api.answer(request)
            }
        });
        let outcome = child.run(program.command(&deadly, &place));
        assert!(outcome.status.code().is_none(), "request {point}: {outcome:?}");
        program.sync(&api.serve(), &place);
        assert_true(&api, &place);
    }
}

/// Repositories are divided among four processes, and their pull requests with them.
#[test]
fn four_processes_load_what_one_does() {
    let Some(place) = Place::postgres("github") else { return };
    let (api, program) = (api(), program());
    let server = api.serve();
    program.sync_in_parts(&server, &place);
    assert_true(&api, &place);
    // the requests of one
    assert_eq!(server.count(), 4 + 3 + 3 + 105);
    let report = program.sync(&server, &place);
    for resource in ["issues", "comments", "pulls", "reviews"] {
        let [_, inserted, updated, deleted] = report.rows(resource);
        assert_eq!((inserted, updated, deleted), (0, 0, 0), "{resource}");
    }
}

#[test]
fn a_wrong_token_is_said() {
    let (api, mut program, place) = (api(), program(), Place::sqlite());
    program.secret.1 = "ghp_wrong";
    let server = api.serve();
    let report = program.run(&server, &place, 3);
    let error = report.0["issues"]["error"].to_string();
    assert!(error.contains("401") && error.contains("Bad credentials"), "{error}");
    assert!(!error.contains("ghp_wrong"), "{error}");
}

/// `check` asks for the first page of each resource, and writes nothing: of the first repository, and of
/// the pull request that has changed last.
#[test]
fn a_check_asks_once_for_each_resource() {
    let (api, program) = (api(), program());
    let server = api.serve();
    let mut command = Command::new(program.path);
    command.args(["check", "--base-url", &server.url()]).args(&program.args);
    command.env_clear().env(program.secret.0, program.secret.1);
    let outcome = Child::default().run(command);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    let since = |path: &str| format!("/repos/acme/web/{path}?since=2024-01-01T00:00:00Z");
    let mut asked = vec![since("issues"), since("issues/comments"), "/repos/acme/web/pulls".into()];
    asked.extend(reviews([130]));
    assert_eq!(server.asked(0, &COMMON), sorted(asked));
}
