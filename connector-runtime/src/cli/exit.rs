//! Exit codes: the one place that says which outcome has which.

use crate::error::{Error, ErrorKind};
use crate::report::{Report, Status};
use crate::run::CheckReport;

pub(super) const DONE: u8 = 0;
pub(super) const INTERNAL: u8 = 1;
pub(super) const CONFIG: u8 = 2;
pub(super) const AUTH: u8 = 3;
pub(super) const SOURCE: u8 = 4;
pub(super) const DESTINATION: u8 = 5;
pub(super) const PARTIAL: u8 = 6;
pub(super) const INTERRUPTED: u8 = 130;

/// Every code with its meaning, for the help text.
pub(super) const MEANINGS: &[(u8, &str)] = &[
    (DONE, "done"),
    (INTERNAL, "internal error"),
    (CONFIG, "wrong configuration or usage"),
    (AUTH, "the API refused the credentials"),
    (SOURCE, "the API failed, or sent what does not fit"),
    (DESTINATION, "the destination failed, or does not fit"),
    (PARTIAL, "partial: the API gave less than it had promised"),
    (INTERRUPTED, "interrupted; what was committed stays"),
];

pub(super) fn of_kind(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Auth => AUTH,
        ErrorKind::Config => CONFIG,
        ErrorKind::Destination => DESTINATION,
        ErrorKind::Internal => INTERNAL,
        ErrorKind::Interrupted => INTERRUPTED,
        ErrorKind::Paging
        | ErrorKind::Response
        | ErrorKind::Row
        | ErrorKind::Status
        | ErrorKind::Transport => SOURCE,
    }
}

/// Of a program whose result, which has this code, cannot be told as it was asked for.
pub(super) fn untold(code: u8) -> u8 {
    if code == DONE { INTERNAL } else { code }
}

pub(super) fn of_report(report: &Report) -> u8 {
    let ends = report.resources.iter().map(|one| (one.status, one.error.as_ref()));
    of_ends(report.error.as_ref(), ends)
}

pub(super) fn of_check(report: &CheckReport) -> u8 {
    // of one that is skipped no row of its parent was found, which is no failure
    let asked = report.resources.iter().filter(|one| one.status != Status::Skipped);
    let ends = asked.map(|one| (one.status, one.error.as_ref()));
    let destination = report.destination.as_ref().and_then(|one| one.error.as_ref());
    let destination = destination.map(|error| (Status::Failed, Some(error)));
    of_ends(report.error.as_ref(), ends.chain(destination))
}

/// An interruption explains whatever else did not come to its end; then the first error counts.
fn of_ends<'a>(
    error: Option<&Error>,
    ends: impl Iterator<Item = (Status, Option<&'a Error>)> + Clone,
) -> u8 {
    let ended = |wanted: Status| ends.clone().any(|(status, _)| status == wanted);
    if let Some(error) = error {
        of_kind(error.kind())
    } else if ended(Status::Interrupted) {
        INTERRUPTED
    } else if let Some(error) = ends.clone().find_map(|(_, error)| error) {
        of_kind(error.kind())
    } else if ended(Status::Partial) {
        PARTIAL
    } else if ended(Status::Skipped) {
        // told to stop between two resources
        INTERRUPTED
    } else {
        DONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_several_ends_decides() {
        let error = |kind| Some(Error::new(kind, ""));
        let (auth, row) = (error(ErrorKind::Auth), error(ErrorKind::Row));
        let stop = error(ErrorKind::Interrupted);
        type Ends<'a> = &'a [(Status, Option<&'a Error>)];
        let cases: [(u8, Ends<'_>); 7] = [
            (DONE, &[]),
            (DONE, &[(Status::Done, None), (Status::Done, None)]),
            (PARTIAL, &[(Status::Partial, None), (Status::Done, None)]),
            (SOURCE, &[(Status::Partial, None), (Status::Failed, row.as_ref())]),
            (AUTH, &[(Status::Failed, auth.as_ref()), (Status::Failed, row.as_ref())]),
            (INTERRUPTED, &[(Status::Failed, row.as_ref()), (Status::Interrupted, stop.as_ref())]),
            (INTERRUPTED, &[(Status::Done, None), (Status::Skipped, None)]),
        ];
        for (code, ends) in cases {
            assert_eq!(of_ends(None, ends.iter().copied()), code, "{ends:?}");
        }
        assert_eq!(of_ends(auth.as_ref(), [].into_iter()), AUTH);
    }
}
