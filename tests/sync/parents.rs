//! Parents as they come: children at once, never more than may be, and nothing of it all at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use connector_runtime::arrow_array::RecordBatch;
use connector_runtime::destination::{
    Begun, BoxFuture, Destination, Ending, Limits, Load, Opened, Progress, Reject, Sqlite, States,
};
use connector_runtime::report::{Report, RowCounts};
use connector_runtime::state::State;
use connector_runtime::{Connector, Result};
use connector_tests::{Folder, PROJECTS_A_PAGE, Request, Server, TASKS, Tracker, TrackerApi};

/// Requests that may be on their way at once.
const AT_ONCE: usize = 4;

fn is_child(request: &Request) -> bool {
    request.path.ends_with("/tasks")
}

fn assert_loaded(report: &Report, projects: u64) {
    assert!(report.is_done(), "{report:?}");
    let inserted: Vec<_> = report.resources.iter().map(|one| one.rows.inserted).collect();
    assert_eq!(inserted, [projects, TASKS * projects]);
}

/// Requests that are being answered.
#[derive(Default)]
struct Crowd {
    here: Mutex<Counted>,
    changed: Condvar,
}

#[derive(Default)]
struct Counted {
    now: usize,
    most: usize,
    was_full: bool,
}

impl Crowd {
    /// The first requests for children wait until as many are there as may be.
    fn enter(&self, is_child: bool) {
        let mut here = self.here.lock().expect("no panic");
        here.now += 1;
        here.most = here.most.max(here.now);
        here.was_full |= here.now >= AT_ONCE;
        self.changed.notify_all();
        if is_child {
            let waits = |here: &mut Counted| !here.was_full;
            let long = Duration::from_secs(20);
            drop(self.changed.wait_timeout_while(here, long, waits).expect("no panic"));
        }
    }

    fn leave(&self) {
        self.here.lock().expect("no panic").now -= 1;
    }
}

#[tokio::test]
async fn children_are_asked_for_at_once_and_never_beyond_the_limit() {
    let (projects, crowd) = (200, Arc::new(Crowd::default()));
    let (api, its) = (TrackerApi::new(projects), crowd.clone());
    let server = Server::start(move |request| {
        its.enter(is_child(request));
        // one too many would come meanwhile
        std::thread::sleep(Duration::from_millis(1));
        let reply = api.answer(request);
        its.leave();
        reply
    });
    let folder = Folder::new();
    let run = Tracker {}.sync().resources(["projects", "tasks"]).max_concurrency(AT_ONCE);
    let run = run.base_url(server.url()).destination(folder.database().destination());
    assert_loaded(&run.run().await, projects);
    let here = crowd.here.lock().expect("no panic");
    assert!(here.was_full, "at most {} were there at once", here.most);
    assert_eq!(here.most, AT_ONCE);
}

/// Parents are never far ahead of their children, and children never wait for the last parent.
#[tokio::test]
async fn parents_are_read_as_their_children_are() {
    let projects = 20 * PROJECTS_A_PAGE;
    let server = TrackerApi::new(projects).serve();
    let folder = Folder::new();
    let run = Tracker {}.sync().resources(["projects", "tasks"]).max_concurrency(AT_ONCE);
    let run = run.base_url(server.url()).destination(folder.database().destination());
    assert_loaded(&run.run().await, projects);

    // a page is asked for with those before it on their way, when those before them were handed over
    let ahead = AT_ONCE as u64;
    // so many parents are in the queue, and so many are being asked for
    let queued = 3 * AT_ONCE as u64;
    let (mut pages, mut children) = (0, 0);
    for request in server.requests() {
        if is_child(&request) {
            children += 1;
            continue;
        }
        pages += 1;
        let handed_over = PROJECTS_A_PAGE * u64::saturating_sub(pages, ahead);
        assert!(children + queued >= handed_over, "page {pages} after {children} children");
    }
    assert_eq!(children, projects);
}

/// Counts the partitions whose states were asked for, and not written yet.
#[derive(Debug)]
struct Watched {
    inner: Sqlite,
    open: usize,
    most: Arc<AtomicUsize>,
    largest_batch: Arc<AtomicUsize>,
}

impl Destination for Watched {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    fn ddl(&self, load: &Load) -> String {
        self.inner.ddl(load)
    }

    fn open<'a>(&'a mut self, loads: &'a [Load]) -> BoxFuture<'a, Result<Opened>> {
        self.inner.open(loads)
    }

    fn begin<'a>(&'a mut self, load: &'a Load, load_id: i64) -> BoxFuture<'a, Result<Begun>> {
        self.inner.begin(load, load_id)
    }

    fn states<'a>(
        &'a mut self,
        load: &'a Load,
        states: States<'a>,
    ) -> BoxFuture<'a, Result<Vec<(String, State)>>> {
        if let States::Of(partitions) = states {
            self.open += partitions.iter().filter(|key| key.starts_with('[')).count();
            self.most.fetch_max(self.open, Ordering::Relaxed);
        }
        self.inner.states(load, states)
    }

    fn write<'a>(
        &'a mut self,
        load: &'a Load,
        batch: RecordBatch,
        rejects: Vec<Reject>,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        self.open -= progress.states.iter().filter(|(key, _)| key.starts_with('[')).count();
        self.largest_batch.fetch_max(batch.num_rows(), Ordering::Relaxed);
        self.inner.write(load, batch, rejects, progress)
    }

    fn publish<'a>(
        &'a mut self,
        load: &'a Load,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        self.inner.publish(load, progress)
    }

    fn end<'a>(&'a mut self, load: &'a Load, ending: Ending) -> BoxFuture<'a, Result<RowCounts>> {
        self.inner.end(load, ending)
    }
}

#[tokio::test]
async fn what_is_under_way_does_not_grow_with_the_number_of_parents() {
    const ROOM: usize = 80;
    // in the queue, being asked for, and written a moment before it was known that they had ended
    let few = 2 * AT_ONCE + AT_ONCE + AT_ONCE;
    // a scan takes the room of eight rows, however few it has
    let bound = PROJECTS_A_PAGE as usize + few + ROOM / 8;
    for projects in [4 * PROJECTS_A_PAGE, 20 * PROJECTS_A_PAGE] {
        let server = TrackerApi::new(projects).serve();
        let folder = Folder::new();
        let inner = folder.database().destination();
        let (most, largest_batch) = (Arc::default(), Arc::default());
        let destination = Watched { inner, open: 0, most, largest_batch };
        let (most, largest) = (destination.most.clone(), destination.largest_batch.clone());
        let run = Tracker {}.sync().resources(["projects", "tasks"]).max_concurrency(AT_ONCE);
        let run = run.base_url(server.url()).destination(destination).batch_rows(ROOM);
        assert_loaded(&run.run().await, projects);
        let most = most.load(Ordering::Relaxed);
        assert!(most >= PROJECTS_A_PAGE as usize, "{most} were seen");
        assert!(most <= bound, "of {projects} projects {most} were under way, more than {bound}");
        assert!(largest.load(Ordering::Relaxed) <= ROOM);
    }
}
