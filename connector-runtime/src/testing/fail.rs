//! Places in the code at which a test can do something: end the process, stop the database, wait.
//!
//! In the code such a place is a line, `fail_point!("sqlite.write.before_commit")`, which is nothing in
//! a build without the feature `testing`.
//!
//! ```
//! use connector_runtime::testing::fail;
//!
//! // the third time that a batch is about to be committed
//! fail::arm("sqlite.write.before_commit", 3, || println!("now"));
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Every place: `<destination>.<call>.<place>`.
pub static POINTS: &[&str] = &[
    "postgres.begin.after_commit",
    "postgres.begin.before_commit",
    "postgres.copy.middle",
    "postgres.end.after_commit",
    "postgres.end.before_commit",
    "postgres.end.published",
    "postgres.look.middle",
    "postgres.open.after_commit",
    "postgres.open.before_commit",
    "postgres.publish.after_commit",
    "postgres.publish.before_commit",
    "postgres.publish.merged",
    "postgres.write.after_commit",
    "postgres.write.before_commit",
    "postgres.write.merged",
    "sqlite.begin.after_commit",
    "sqlite.begin.before_commit",
    "sqlite.end.after_commit",
    "sqlite.end.before_commit",
    "sqlite.end.published",
    "sqlite.open.after_commit",
    "sqlite.open.before_commit",
    "sqlite.publish.after_commit",
    "sqlite.publish.before_commit",
    "sqlite.publish.merged",
    "sqlite.write.after_commit",
    "sqlite.write.before_commit",
    "sqlite.write.merged",
];

static ARMED: Mutex<Option<Armed>> = Mutex::new(None);

struct Armed {
    name: &'static str,
    /// How often the place is still passed.
    left: u64,
    action: Arc<dyn Fn() + Send + Sync>,
}

/// When this place of [`POINTS`] is reached for the `nth` time from now on, counted from 1, `action`
/// is called there, once. One place is armed at a time in a process.
///
/// # Panics
///
/// When there is no such place.
pub fn arm(name: &str, nth: u64, action: impl Fn() + Send + Sync + 'static) {
    let known = POINTS.iter().find(|point| **point == name);
    let name = known.unwrap_or_else(|| panic!("no place is called `{name}`"));
    *armed() = Some(Armed { name, left: nth.max(1), action: Arc::new(action) });
}

/// `fail_point!`: the code is at this place. Public, because a build without destinations has none.
#[doc(hidden)]
pub fn reached(name: &'static str) {
    debug_assert!(POINTS.contains(&name), "BUG: `{name}` is not in the list of places");
    let mut armed = armed();
    let Some(here) = armed.as_mut().filter(|armed| armed.name == name) else { return };
    here.left -= 1;
    if here.left == 0
        && let Some(Armed { action, .. }) = armed.take()
    {
        drop(armed);
        action();
    }
}

fn armed() -> MutexGuard<'static, Option<Armed>> {
    ARMED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn the_nth_time_and_once() {
        let calls = Arc::new(AtomicU64::new(0));
        let count = calls.clone();
        // no load of another test comes here
        arm("postgres.copy.middle", 2, move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let passed = [
            "postgres.open.after_commit",
            "postgres.copy.middle",
            "postgres.copy.middle",
            "postgres.copy.middle",
        ];
        let calls = passed.map(|name| {
            reached(name);
            calls.load(Ordering::Relaxed)
        });
        assert_eq!(calls, [0, 0, 1, 1]);
    }

    #[test]
    #[should_panic(expected = "no place is called `sqlite.nowhere`")]
    fn a_place_that_is_not_there() {
        arm("sqlite.nowhere", 1, || {});
    }

    #[test]
    fn sorted() {
        assert!(POINTS.is_sorted());
    }
}
