//! `github`: only what has changed is asked for, and each table is the truth.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicUsize};

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

/// Whenever a list is asked for, what it begins with changes, and leaves its place to what is behind it.
/// Nothing is missed for it, and the next run has the changes.
#[test]
fn what_changes_while_it_is_read_hides_nothing_else() {
    let (api, program, place) = (api(), program(), Place::sqlite());
    let is_moving = Arc::new(AtomicBool::new(true));
    let server = Server::start({
        let (api, is_moving, issues) = (api.clone(), is_moving.clone(), AtomicUsize::new(0));
        let comments = AtomicUsize::new(0);
        move |request| {
            // a list, and where its `Link` headers lead
            let of_web = ["/repos/acme/web/", "/repositories/7000/"];
            let mut list = of_web.iter().filter_map(|of| request.path.strip_prefix(of));
            match list.next().filter(|_| is_moving.load(SeqCst)) {
                // the first change was that of issue 131
                Some("issues") => {
                    let number = 131 + issues.fetch_add(1, SeqCst) as u64;
                    api.edit("web", number, |issue| issue["title"] = "Another title".into());
                }
                Some("issues/comments") => {
                    api.edit_comment("web", comments.fetch_add(1, SeqCst), "Another text");
                }
                _ => {}
            }
            api.answer(request)
        }
    });
    program.sync(&server, &place);
    for (table, rows) in [("issues", "225"), ("comments", "130"), ("pulls", "105")] {
        let sql = format!("SELECT count(*) FROM {table} WHERE repo = 'web'");
        assert_eq!(place.lines(&sql), [rows], "{table}");
    }
    is_moving.store(false, SeqCst);
    program.sync(&server, &place);
    assert_true(&api, &place);
}

/// A page of issues and the reviews of one pull request fail. The next run goes on behind the pages that
/// were stored, and asks for the reviews that are missing only.
#[test]
fn a_run_that_failed_goes_on() {
    let (api, program, place) = (api(), program(), Place::sqlite());
    let is_broken = Arc::new(AtomicBool::new(true));
    let server = Server::start({
        let (api, is_broken, pages) = (api.clone(), Arc::clone(&is_broken), AtomicUsize::new(0));
        move |request| {
            let is_of_issues = request.path == "/repos/acme/web/issues";
            let is_third_page = is_of_issues && pages.fetch_add(1, SeqCst) >= 2;
            let is_in_vain = is_third_page || request.path.ends_with("/pulls/200/reviews");
            if is_in_vain && is_broken.load(SeqCst) {
                return Reply::status(418).body("{\"message\": \"not now\"}");
            }
            api.answer(request)
        }
    });
    program.run(&server, &place, 4);
    // two pages of 100, of which the second begins with the last two of the first, and those of `api`
    assert_eq!(place.lines("SELECT count(*) FROM issues"), ["201"]);
    assert_eq!(place.lines("SELECT count(*) FROM pulls"), ["105"]);

    is_broken.store(false, SeqCst);
    let first = server.count();
    let report = program.sync(&server, &place);
    assert_true(&api, &place);
    // the third page only, with the last row of the second, and what is new in the other repository
    assert_eq!(report.count("issues", "requests"), 2);
    assert_eq!(report.rows("issues"), [27 + 1 + 1, 27, 0, 0]);
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
