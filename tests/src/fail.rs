//! Programs of the tests that end, or stop, where they are told to.

use connector_runtime::testing::fail;
use rustix::process::{Signal, getpid, kill_process};

/// Does what the variable `FAIL_POINT` says, if it is set: `sqlite.write.before_commit:2:KILL` ends the
/// process when it comes to that place for the second time, `STOP` stops it.
///
/// # Panics
///
/// When it is not understood.
pub fn arm_fail_point() {
    let Ok(place) = std::env::var("FAIL_POINT") else { return };
    let mut parts = place.split(':');
    let mut next = || parts.next().unwrap_or_else(|| panic!("PLACE:NTH:SIGNAL, not {place}"));
    let (name, nth, signal) = (next(), next(), next());
    let nth = nth.parse().unwrap_or_else(|_| panic!("{nth} is no number"));
    let signal = match signal {
        "KILL" => Signal::KILL,
        "STOP" => Signal::STOP,
        other => panic!("KILL or STOP, not {other}"),
    };
    fail::arm(name, nth, move || {
        // after SIGSTOP it goes on from here
        let _ = kill_process(getpid(), signal);
    });
}
