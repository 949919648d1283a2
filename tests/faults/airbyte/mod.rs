//! Defects of Airbyte's declarative sources that concern cursors, windows, parents and partitions; see
//! `docs/defects.md`.

mod cursors;
mod parents;
mod windows;

use connector_runtime::prelude::*;
use connector_runtime::report::{Report, ResourceReport};
use connector_tests::{Answers, Database, Folder, Server};

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    name = "api",
    retry(max_retries = 0),
    resources(
        Row,
        Late,
        Loose,
        Strict,
        Included,
        Excluded,
        Day,
        Month,
        Span,
        Team,
        Member,
        Keyed,
        KeyedChild,
        Skipped,
        SkippedChild,
        Issue,
        Comment,
        Event,
        Thing,
        Project,
        Label
    )
)]
struct Api {
    #[config(default = "2024-01-01T00:00:00Z")]
    start: Timestamp,
    teams: Vec<String>,
}

/// A row with a moment.
macro_rules! resource {
    ($row:ident $name:literal ($($options:tt)*) $($more:tt)*) => {
        #[derive(Resource)]
        #[resource(name = $name, $($options)*)]
        struct $row {
            #[column(primary_key)]
            id: i64,
            $($more)*
        }
    };
}

resource!(Row "rows" (
    path = "/rows",
    paginator = json_link(next_url_path = "next"),
    data_selector = "rows",
    incremental(cursor = at, start_param = "since", row_order = asc)
) at: Timestamp);
resource!(Late "late" (
    path = "/late",
    incremental(cursor = at, start_param = "since", initial = config.start, lag = "12 hours")
) at: Timestamp);
resource!(Loose "loose" (
    path = "/loose",
    incremental(cursor = at, start_param = "since")
) at: Timestamp);
resource!(Strict "strict" (
    path = "/nulls",
    incremental(cursor = at, start_param = "since", on_missing = fail)
) at: Option<Timestamp>);
resource!(Included "included" (
    path = "/nulls",
    incremental(cursor = at, start_param = "since", on_missing = include)
) at: Option<Timestamp>);
resource!(Excluded "excluded" (
    path = "/nulls",
    incremental(cursor = at, start_param = "since", on_missing = exclude)
) at: Option<Timestamp>);

/// Days, appended: a row that came twice would be there twice.
#[derive(Resource)]
#[resource(
    name = "days",
    path = "/days",
    write_disposition = append,
    incremental(
        cursor = at,
        start_param = "from",
        end_param = "to",
        initial = config.start,
        step = "1 day",
    ),
)]
struct Day {
    id: i64,
    at: Timestamp,
}

resource!(Month "months" (
    path = "/months",
    incremental(
        cursor = at,
        start_param = "from",
        end_param = "to",
        initial = config.start,
        step = "1 day",
        parallel = 3,
        lag = "6 hours",
    )
) at: Timestamp);
resource!(Span "spans" (
    path = "/days",
    incremental(
        cursor = at,
        start_param = "from",
        end_param = "to",
        initial = config.start,
        step = "1 day",
        parallel = 3,
    )
) at: Timestamp);

resource!(Team "teams" (
    path = "/teams/{partition.team}",
    partition(team in config.teams),
    incremental(cursor = at, start_param = "since")
) at: Timestamp);
resource!(Member "members" (
    parent(team: Team),
    path = "/members/{team.id}"
));

/// Parents of which some have no name.
#[derive(Resource)]
#[resource(name = "keyed", path = "/keyed")]
struct Keyed {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
}

resource!(KeyedChild "keyed_children" (parent(keyed: Keyed), path = "/keyed/{keyed.name}"));

#[derive(Resource)]
#[resource(name = "skipped", path = "/keyed")]
struct Skipped {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
}

resource!(SkippedChild "skipped_children" (
    parent(skipped: Skipped, on_missing = skip),
    path = "/keyed/{skipped.name}"
));

resource!(Issue "issues" (
    path = "/issues",
    incremental(cursor = at, start_param = "since", row_order = asc)
) at: Timestamp);
resource!(Comment "comments" (parent(issue: Issue), path = "/issues/{issue.id}/comments"));

resource!(Event "events" (
    path = "/events",
    incremental(cursor = at, start_param = "since")
) thing: i64, at: Timestamp);
resource!(Thing "things" (parent(event: Event), path = "/things/{event.thing}"));

resource!(Project "projects" (
    path = "/{partition.team}/projects",
    partition(team in config.teams)
) #[column(partition = team)] team: String);
resource!(Label "labels" (
    parent(project: Project),
    path = "/{project.team}/projects/{project.id}/labels",
    params(state = "{partition.state}"),
    partition(state in ["open", "closed"])
));

fn api(teams: &[&str]) -> Api {
    Api {
        start: "2024-01-01T00:00:00Z".parse().expect("a moment"),
        teams: teams.iter().map(|team| (*team).to_owned()).collect(),
    }
}

/// A server and a database, and how often they were used.
struct Bench {
    answers: Answers,
    server: Server,
    database: Database,
    teams: Vec<&'static str>,
    now: Timestamp,
}

impl Bench {
    fn new(answers: &[(&str, &str)]) -> Self {
        let answers = Answers::new(answers);
        Self {
            server: answers.serve(),
            answers,
            database: Folder::new().into_database(),
            teams: vec!["a", "b", "c"],
            now: "2024-01-04T00:00:00Z".parse().expect("a moment"),
        }
    }

    /// Loads these, one request after the other, and returns what was asked for.
    async fn load(&self, resources: &[&str]) -> (Report, Vec<String>) {
        let before = self.server.count();
        let run = api(&self.teams).sync().resources(resources.iter().copied()).now(self.now);
        let run = run.base_url(self.server.url()).destination(self.database.destination());
        let report = run.max_concurrency(1).run().await;
        (report, self.server.asked(before, &[]))
    }

    /// As [`Self::load`], to a good end.
    async fn done(&self, resources: &[&str]) -> (Report, Vec<String>) {
        let (report, asked) = self.load(resources).await;
        assert!(report.is_done(), "{report:?}");
        (report, asked)
    }

    fn ids(&self, table: &str) -> Vec<i64> {
        self.database.column(&format!("SELECT id FROM {table} ORDER BY id"))
    }
}

fn of<'a>(report: &'a Report, resource: &str) -> &'a ResourceReport {
    report.resources.iter().find(|one| one.resource == resource).expect("a resource of this name")
}

/// `{"id": 1, "at": "2024-01-02T00:00:00Z"}`.
fn row(id: i64, day_and_hour: &str) -> String {
    format!(r#"{{"id": {id}, "at": "2024-01-{day_and_hour}:00:00Z"}}"#)
}

fn list(rows: &[(i64, &str)]) -> String {
    let rows: Vec<_> = rows.iter().map(|(id, at)| row(*id, at)).collect();
    format!("[{}]", rows.join(", "))
}

/// A page of `rows` and the path of the next one.
fn page(rows: &[(i64, &str)], next: &str) -> String {
    format!(r#"{{"rows": {}, "next": "{next}"}}"#, list(rows))
}
