//! A process that ends at any moment, in the middle of every kind of load: what is in the database
//! then is what the state says, and the next run completes it.

mod direct;
mod model;
mod moments;
mod points;
mod refreshed;
mod replay;
mod stopped;
mod together;

use std::process::Command;

use connector_tests::{Child, Outcome, Place, Reply, Request, Server};

use model::{Row, Table};

const PROGRAM: &str = env!("CARGO_BIN_EXE_loads-sync");

/// The schema of the rows in PostgreSQL: the connector's name.
const SCHEMA: &str = "loads";

/// Rows of the API: two batches.
const ROWS: i64 = 9_800;

/// One resource of the binary, in the middle of its story: a database with the rows of its first
/// version, and an API that has those of the second.
struct Story {
    resource: &'static str,
    new: Vec<Row>,
    /// The table after the first load.
    before: Table,
    place: Place,
}

impl Story {
    fn begin(resource: &'static str, place: Place) -> Self {
        let story = Self { resource, new: model::rows(2), before: Table::default(), place };
        let old = model::rows(1);
        let outcome = Child::default().run(story.command(&serve(&old), None));
        assert_eq!(outcome.code(), 0, "{outcome:?}");
        let before = Table::default().load(resource, &old, true);
        assert!(story.table() == before, "the first load of {resource}");
        Self { before, ..story }
    }

    /// The same story in another database.
    fn again(&self) -> Self {
        Self {
            resource: self.resource,
            new: self.new.clone(),
            before: self.before.clone(),
            place: self.place.copy(),
        }
    }

    /// The load of the second version, to be ended at a place: `sqlite.write.merged:2:KILL`.
    fn command(&self, server: &Server, fail_point: Option<&str>) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(["sync", self.resource, "--base-url", &server.url(), "--destination"]);
        command.arg(self.place.url()).env_clear();
        command.envs(fail_point.map(|point| ("FAIL_POINT", point)));
        command
    }

    fn table(&self) -> Table {
        let columns = match self.resource {
            "history" => "id, text, CASE WHEN _valid_to IS NULL THEN 'open' ELSE 'closed' END",
            _ => "id, text, 'open'",
        };
        Table::of(self.place.query(&format!("SELECT {columns} FROM {}", self.resource)))
    }

    /// What is there is what the state says, and nothing else. Returns it.
    fn assert_true(&self, moment: &str) -> Table {
        self.place.wait_until_alone();
        let (state, [first, _]) = self.state();
        let expected = if state["load_id"] == first {
            assert_eq!(state["complete"], true);
            self.before.clone()
        } else {
            let rows = state["rows"].as_u64().expect("a number") as usize;
            // what did not come is removed at the end of a load
            let log = "SELECT status FROM _connector_loads WHERE load_id";
            let log = self.place.lines(&format!("{log} = {}", state["load_id"]));
            let complete = state["complete"] == true && log == ["done"];
            self.before.clone().load(self.resource, &self.new[..rows], complete)
        };
        let found = self.table();
        found.assert_is(&expected, &format!("{}, {moment}, state {state}", self.resource));
        self.assert_children(moment);
        found
    }

    /// Each row has the children that its text promises, and no child is without its row.
    fn assert_children(&self, moment: &str) {
        if self.resource != "nested" {
            return;
        }
        let sql =
            "SELECT id, text, _index, value FROM nested LEFT JOIN nested__tags ON _parent_id = id";
        let mut children = 0;
        for row in self.place.query(sql) {
            let [Some(id), Some(text), index, value] = &row[..] else {
                panic!("{moment}: {row:?}")
            };
            let count = id.parse::<i64>().expect("a number").rem_euclid(3);
            match (index, value) {
                (Some(index), Some(value)) => {
                    assert_eq!(*value, format!("{text} {index}"), "{moment}: row {id}");
                    children += 1;
                }
                _ => assert_eq!(count, 0, "{moment}: row {id} has no children"),
            }
        }
        let count = |sql: &str| self.place.query(sql)[0][0].clone();
        // as many as the rows promise, and as many as there are
        let promised = "SELECT sum((id % 3 + 3) % 3) FROM nested";
        assert_eq!(count(promised), Some(children.to_string()), "{moment}");
        let there = "SELECT count(*) FROM nested__tags";
        assert_eq!(count(there), Some(children.to_string()), "{moment}");
    }

    /// The state of the resource, and the first and the last load.
    fn state(&self) -> (serde_json::Value, [i64; 2]) {
        let sql = format!(
            "SELECT state, (SELECT min(load_id) FROM _connector_loads), \
             (SELECT max(load_id) FROM _connector_loads) \
             FROM _connector_state WHERE resource = '{}'",
            self.resource
        );
        let rows = self.place.query(&sql);
        let [Some(json), Some(first), Some(last)] = &rows[0][..] else { panic!("{rows:?}") };
        let number = |text: &str| text.parse().expect("a number");
        (serde_json::from_str(json).expect("the state is JSON"), [number(first), number(last)])
    }

    /// The next run completes the table, whatever `found` is.
    fn assert_completes(&self, found: Table, moment: &str) {
        let outcome = Child::default().run(self.command(&serve(&self.new), None));
        assert_eq!(outcome.code(), 0, "{}, {moment}: {outcome:?}", self.resource);
        let expected = found.load(self.resource, &self.new, true);
        let (state, [_, last]) = self.state();
        let (load_id, rows) = (&state["load_id"], &state["rows"]);
        assert_eq!(state["complete"], true, "{moment}: {state}");
        assert_eq!((load_id, rows), (&last.into(), &self.new.len().into()), "{moment}: {state}");
        self.assert_children(moment);
        self.table()
            .assert_is(&expected, &format!("{}, {moment}, after the next run", self.resource));
        let log = self.place.query("SELECT status FROM _connector_loads ORDER BY load_id");
        let log: Vec<_> = log.iter().filter_map(|row| row[0].as_deref()).collect();
        let (first, last) = (log.first(), log.last());
        assert_eq!((first, last), (Some(&"done"), Some(&"done")), "{moment}: {log:?}");
        assert!(!log.contains(&"running"), "{}, {moment}: {log:?}", self.resource);
        assert!(self.place.leftovers().is_empty(), "{moment}: {:?}", self.place.leftovers());
    }
}

/// The pages of these rows, whichever resource is asked for.
fn answer(rows: &[Row], request: &Request) -> Reply {
    let number = |name| request.number(name).expect("a number");
    let (offset, limit) = (number("offset"), number("limit"));
    let page = rows.get(offset..).unwrap_or_default();
    let page = &page[..limit.min(page.len())];
    let data = serde_json::to_string(page).expect("JSON");
    Reply::json(format!("{{\"total\": {}, \"data\": {data}}}", rows.len()))
}

fn serve(rows: &[Row]) -> Server {
    let rows = rows.to_vec();
    Server::start(move |request| answer(&rows, request))
}

/// Whether the process was killed.
fn was_killed(outcome: &Outcome) -> bool {
    use std::os::unix::process::ExitStatusExt;
    outcome.status.signal() == Some(9)
}
