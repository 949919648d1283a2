//! What schedules have found, as short as they can be.

use connector_runtime::CancellationToken;
use connector_tests::sim::{HOUR, MINUTE, Meddling, SECOND, SimRow, Trouble, What};

use crate::check;
use crate::faulty::Fault;
use crate::manner::Manner;
use crate::run::{Outcome, Share, Wrong, run};
use crate::schedule::variants;
use crate::world::{START, World};

fn world(name: &str, manner: Manner, page: usize) -> World {
    let variant = variants().into_iter().find(|variant| variant.name == name);
    World::by_hand(variant.expect("a connector"), manner, page)
}

/// A row changes, now.
fn change(world: &World, collection: &str, id: i64, of: &str) {
    let next = world.api.source(|source, _| {
        source.advance(SECOND / 100);
        source.now
    });
    put(world, collection, id, of, next);
}

/// A row has this cursor from now on.
fn put(world: &World, collection: &str, id: i64, of: &str, at: i64) {
    world.api.source(|source, _| {
        let value = source.now;
        let row = SimRow { id, scope: of.to_owned(), at: Some(at), value, gone: false };
        source.put(collection, row);
    });
}

fn wait(world: &World, time: i64) {
    world.api.source(|source, _| source.advance(time));
}

/// A run in which nothing goes wrong.
fn complete(world: &mut World) -> Outcome {
    share(world, Share::default())
}

fn share(world: &mut World, share: Share) -> Outcome {
    let outcome = run(world, Wrong::default(), share);
    assert!(outcome.report.as_ref().is_some_and(|report| report.is_done()), "{}", log(world));
    check::after_run(world, &outcome).unwrap_or_else(|what| panic!("{what}\n{}", log(world)));
    outcome
}

/// A run that something goes wrong with.
fn broken(world: &mut World, wrong: Wrong) -> Outcome {
    let outcome = run(world, wrong, Share { in_order: true, ..Share::default() });
    assert!(!outcome.report.as_ref().is_some_and(|report| report.is_done()), "{}", log(world));
    check::after_run(world, &outcome).unwrap_or_else(|what| panic!("{what}\n{}", log(world)));
    outcome
}

/// This request is answered so, and all later ones.
fn answered(at: usize, on: Option<&'static str>, what: What, lasts: bool) -> Wrong {
    let request = Some(Trouble { at, on, lasts, what });
    Wrong { request, commit: None, cancel: CancellationToken::new() }
}

/// The table is the source.
fn is_equal(world: &World) {
    check::is_equal(world).unwrap_or_else(|what| panic!("{what}\n{}", log(world)));
}

fn log(world: &World) -> String {
    world.api.source(|source, _| source.log.join("\n"))
}

#[test]
fn a_hot_row_is_no_page_that_came_before() {
    let mut world = world("asc_cursor", Manner::STILL, 1);
    (1..=2).for_each(|id| change(&world, "items", id, ""));
    // the row that was listed first is the next one to change
    let habits = Manner::STILL.habits;
    world.api.meddle(Some(Meddling { habits, percent: 100, left: 20 }));
    let outcome = complete(&mut world);
    assert!(outcome.seen.rows["items"] > 10, "{}", log(&world));
}

#[test]
fn a_window_that_goes_on_beyond_the_present_of_the_api_is_not_complete() {
    let ahead = Manner { skew: 20 * HOUR, dated: true, ..Manner::STILL };
    let mut world = world("steps_any_cursor", ahead, 5);
    wait(&world, 5 * HOUR);
    change(&world, "items", 1, "");
    complete(&mut world);
    // two windows later, and long before our clock's present
    wait(&world, 8 * HOUR);
    change(&world, "items", 2, "");
    wait(&world, HOUR);
    complete(&mut world);
    is_equal(&world);
}

#[test]
fn appended_rows_of_several_windows_without_an_end_come_once() {
    let ahead = Manner { skew: 20 * HOUR, dated: true, ..Manner::STILL };
    let mut world = world("append_steps_cursor", ahead, 5);
    wait(&world, HOUR);
    for id in 1..=3 {
        put(&world, "items", id, "", START + HOUR);
        complete(&mut world);
    }
    is_equal(&world);
}

#[test]
fn children_of_a_parent_from_the_future_are_read_again() {
    let behind = Manner { skew: -5 * MINUTE, ..Manner::STILL };
    let mut world = world("appended_children", behind, 5);
    change(&world, "parents", 1, "");
    change(&world, "children", 1, "1");
    complete(&mut world);
    wait(&world, HOUR);
    complete(&mut world);
    is_equal(&world);
}

#[test]
fn a_parent_that_changes_twice_in_a_second_is_read_again() {
    let mut world = world("child_of_new_any", Manner { dated: true, ..Manner::STILL }, 5);
    let second = START + MINUTE;
    wait(&world, MINUTE);
    put(&world, "parents", 1, "", second);
    complete(&mut world);
    put(&world, "children", 1, "1", second);
    put(&world, "parents", 1, "", second);
    wait(&world, HOUR);
    complete(&mut world);
    is_equal(&world);
}

#[test]
fn a_run_of_children_alone_does_not_pass_over_their_children() {
    for name in ["grandchildren", "new_all_the_way"] {
        let mut world = world(name, Manner::STILL, 5);
        change(&world, "grandchildren", 1, "1");
        change(&world, "children", 1, "1");
        change(&world, "parents", 1, "");
        wait(&world, HOUR);
        share(&mut world, Share { only: Some("children"), ..Share::default() });
        complete(&mut world);
        is_equal(&world);
    }
}

#[test]
fn an_interrupted_scan_of_children_is_not_that_of_a_parent_that_has_changed() {
    let mut world = world("child_of_new_any", Manner::STILL, 1);
    (1..=3).for_each(|id| change(&world, "children", id, "1"));
    change(&world, "parents", 1, "");
    wait(&world, HOUR);
    broken(&mut world, answered(3, Some("children"), What::Status(404), false));
    change(&world, "children", 1, "1");
    change(&world, "parents", 1, "");
    wait(&world, HOUR);
    complete(&mut world);
    is_equal(&world);
}

#[test]
fn an_interrupted_scan_of_children_goes_on() {
    let mut world = world("child_of_new_any", Manner::STILL, 1);
    (1..=3).for_each(|id| change(&world, "children", id, "1"));
    change(&world, "parents", 1, "");
    wait(&world, HOUR);
    broken(&mut world, answered(3, Some("children"), What::Status(404), false));
    let outcome = complete(&mut world);
    assert_eq!(outcome.seen.resumed, 1, "{}", log(&world));
    is_equal(&world);
}

#[test]
fn grandchildren_of_a_changed_parent_are_read_though_a_pass_goes_on() {
    let mut world = world("grandchildren", Manner::STILL, 5);
    change(&world, "grandchildren", 1, "1");
    change(&world, "children", 1, "1");
    change(&world, "parents", 1, "");
    change(&world, "parents", 2, "");
    wait(&world, HOUR);
    // the children of the second one
    broken(&mut world, answered(2, Some("children"), What::Status(404), false));
    change(&world, "grandchildren", 1, "1");
    change(&world, "children", 1, "1");
    change(&world, "parents", 1, "");
    wait(&world, HOUR);
    complete(&mut world);
    is_equal(&world);
}

#[test]
fn an_open_range_moves_by_whole_groups_from_the_first_load_on() {
    let mut world = world("numbers_asc_open_offset", Manner::STILL, 2);
    put(&world, "items", 1, "", 1);
    (2..=4).for_each(|id| put(&world, "items", id, "", 2));
    broken(&mut world, answered(2, None, What::Status(404), true));
    complete(&mut world);
    is_equal(&world);
}

#[test]
fn a_scan_by_numbers_in_no_order_begins_anew() {
    let mut world = world("numbers_any_lag_page", Manner::STILL, 1);
    (1..=3).for_each(|id| put(&world, "items", id, "", id));
    broken(&mut world, answered(3, None, What::Status(404), true));
    put(&world, "items", 1, "", 11);
    put(&world, "items", 3, "", 20);
    complete(&mut world);
    complete(&mut world);
    is_equal(&world);
}

#[test]
fn rows_of_a_load_that_fails_add_up() {
    for at in 1..=6 {
        let mut world = world("plain_child", Manner::STILL, 1);
        (1..=4).for_each(|id| change(&world, "parents", id, ""));
        let fault = Fault { at, after: false, crash: false };
        let wrong = Wrong { commit: Some(fault), ..Wrong::default() };
        let part = connector_runtime::destination::Part { index: 1, of: 2 };
        let outcome = run(&mut world, wrong, Share { part: Some(part), ..Share::default() });
        check::after_run(&world, &outcome).unwrap_or_else(|what| panic!("{what}\n{}", log(&world)));
    }
}

#[test]
fn of_windows_that_fail_at_once_the_cause_is_told() {
    for _ in 0..20 {
        let mut world = world("steps_any_offset", Manner::STILL, 5);
        wait(&world, 48 * HOUR);
        let outcome = run(&mut world, answered(1, None, What::Silence, true), Share::default());
        let report = outcome.report.expect("a report");
        let error = report.first_error().expect("an error").to_string();
        assert!(error.contains("nobody is there"), "{error}");
    }
}
