//! Projects, their tasks and the notes of these: a connector with parents, and the API that it asks.

use std::ops::Range;

use connector_runtime::prelude::*;
use serde_json::{Value, json};

use crate::server::{Reply, Request, Server};

/// Projects of a page, as the connector asks for them.
pub const PROJECTS_A_PAGE: u64 = 50;

/// Tasks of each project.
pub const TASKS: u64 = 3;

const TEAMS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Children of an incremental parent and theirs, a list of partitions, and a resource beside them.
#[derive(Connector)]
#[connector(
    name = "tracker",
    base_url = "https://api.example.com",
    max_concurrency = 4,
    retry(max_retries = 0),
    resource_defaults(data_selector = "data"),
    resources(Project, Task, Note, Member, Currency)
)]
pub struct Tracker {}

#[derive(Resource)]
#[resource(
    name = "projects",
    path = "/projects",
    paginator = offset(limit = 50),
    incremental(cursor = updated_at, start_param = "since", row_order = asc),
)]
struct Project {
    #[column(primary_key)]
    id: i64,
    updated_at: Timestamp,
}

#[derive(Resource)]
#[resource(name = "tasks", parent(project: Project), path = "/projects/{project.id}/tasks")]
struct Task {
    #[column(primary_key)]
    id: i64,
    #[column(parent = project.id)]
    project_id: i64,
}

#[derive(Resource)]
#[resource(name = "notes", parent(task: Task), path = "/tasks/{task.id}/notes")]
struct Note {
    #[column(primary_key)]
    id: i64,
    #[column(parent = task.project_id)]
    project_id: i64,
    text: String,
}

#[derive(Resource)]
#[resource(
    name = "members",
    partition(team in ["a", "b", "c", "d", "e", "f"]),
    path = "/teams/{partition.team}/members",
)]
struct Member {
    #[column(primary_key)]
    id: i64,
    #[column(partition = team)]
    team: String,
}

#[derive(Resource)]
#[resource(name = "currencies", path = "/currencies")]
struct Currency {
    #[column(primary_key)]
    id: i64,
}

/// The API.
#[derive(Clone, Copy, Debug)]
pub struct TrackerApi {
    projects: u64,
}

impl TrackerApi {
    /// With so many projects.
    pub fn new(projects: u64) -> Self {
        Self { projects }
    }

    /// Serves it.
    pub fn serve(self) -> Server {
        Server::start(move |request| self.answer(request))
    }

    /// What it answers.
    ///
    /// # Panics
    ///
    /// When it is asked for what it does not have.
    pub fn answer(self, request: &Request) -> Reply {
        let parts: Vec<_> = request.path.split('/').skip(1).collect();
        let id = |text: &str| text.parse::<u64>().expect("a number");
        let rows = match parts[..] {
            ["projects"] => self.page(request),
            ["projects", project, "tasks"] => ids(children(id(project), TASKS)),
            ["tasks", task, "notes"] => {
                let note = |id| json!({"id": id, "text": format!("note {id}")});
                children(id(task), 1).map(note).collect()
            }
            ["teams", team, "members"] => {
                let at = TEAMS.iter().position(|other| *other == team).expect("a team");
                ids(children(at as u64, 2))
            }
            ["currencies"] => ids(1..4),
            _ => panic!("there is no {}", request.path),
        };
        Reply::json(json!({"data": rows}).to_string())
    }

    /// Projects were changed a second after each other.
    fn page(self, request: &Request) -> Vec<Value> {
        const FIRST: i64 = 1_704_067_200;
        let since = request.param("since").map(|text| text.parse().expect("an instant"));
        let since = since.map_or(0, Timestamp::as_second);
        let number = |name| request.number(name).expect("a number");
        let project = |id| {
            let at = Timestamp::from_second(FIRST + id as i64).expect("an instant");
            json!({"id": id, "updated_at": at.to_string()})
        };
        let all = (1..=self.projects).filter(|id| FIRST + *id as i64 >= since);
        all.skip(number("offset")).take(number("limit")).map(project).collect()
    }
}

/// The numbers of the children of a row.
fn children(parent: u64, of_each: u64) -> Range<u64> {
    parent * of_each..(parent + 1) * of_each
}

fn ids(ids: Range<u64>) -> Vec<Value> {
    ids.map(|id| json!({"id": id})).collect()
}
