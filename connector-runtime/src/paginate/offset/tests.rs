//! Offsets, page by page.

use super::super::tests::{COUNT, HAS_MORE, page};
use super::*;
use crate::spec::Target;

const NONE: Scalar = Scalar::Missing;

fn walk(spec: OffsetSpec, pages: &[PageFacts]) -> Vec<Result<Step, Problem>> {
    let mut offset = Offset::new(spec, false);
    pages.iter().map(|facts| offset.advance(facts)).collect()
}

fn at(offset: u64, limit: u64) -> Result<Step, Problem> {
    Ok(Step::Next(Position {
        at: Some((Target::Param("offset"), offset)),
        size: Some((Target::Param("limit"), limit)),
        ..Position::default()
    }))
}

#[test]
fn d04_the_position_moves_by_the_rows_received() {
    let steps = walk(
        OffsetSpec::new(250),
        &[page(100, &[NONE]), page(100, &[NONE]), page(37, &[NONE]), page(0, &[NONE])],
    );
    assert_eq!(steps, [at(100, 250), at(200, 250), at(237, 250), Ok(Step::End)]);
}

#[test]
fn a_total_is_used_if_it_is_there() {
    let last = Ok(Step::End);
    for (value, expected) in [
        (Scalar::Count(200), last.clone()),
        (Scalar::Text("200".into()), last),
        (Scalar::Count(201), at(200, 100)),
        (Scalar::Null, at(200, 100)),
        (Scalar::Text("many".into()), at(200, 100)),
        (Scalar::Other("an object"), at(200, 100)),
    ] {
        let pages = [page(100, std::slice::from_ref(&value)), page(100, &[value])];
        assert_eq!(walk(OffsetSpec::new(100), &pages), [at(100, 100), expected]);
    }
}

#[test]
fn an_undeclared_total_that_is_that_of_the_page_ends_nothing() {
    let count = |rows, total| page(rows, &[Scalar::Count(total)]);
    let pages = [count(10, 10), count(10, 10), count(7, 7), count(0, 0)];
    let steps = [at(10, 10), at(20, 10), at(27, 10), Ok(Step::End)];
    assert_eq!(walk(OffsetSpec::new(10), &pages), steps);
    // pages, not rows
    let pages = [count(10, 2), count(3, 2), count(0, 2)];
    assert_eq!(walk(OffsetSpec::new(10), &pages), [at(10, 10), at(13, 10), Ok(Step::End)]);
    // it was that of all rows
    assert_eq!(
        walk(OffsetSpec::new(10), &[count(10, 10), count(0, 10)]),
        [at(10, 10), Ok(Step::End)]
    );
}

#[test]
fn a_declared_total_must_be_there() {
    let spec = OffsetSpec { total_path: Some(COUNT), ..OffsetSpec::new(100) };
    let step = walk(spec, &[page(100, &[NONE])]).remove(0);
    assert_eq!(
        step.expect_err("no total").message,
        "expected a whole number at `total_path = \"count\"`, found nothing"
    );
}

#[test]
fn d11_an_empty_page_before_the_total_is_no_success() {
    let steps = walk(
        OffsetSpec::new(100),
        &[page(100, &[Scalar::Count(300)]), page(0, &[Scalar::Count(300)])],
    );
    let Ok(Step::Incomplete(reason)) = &steps[1] else { panic!("{steps:?}") };
    assert!(reason.contains("300 rows") && reason.contains("offset 100"), "{reason}");
}

#[test]
fn d09_a_maximum_holds_though_there_is_more() {
    let spec = OffsetSpec {
        maximum_offset: Some(200),
        has_more_path: Some(HAS_MORE),
        ..OffsetSpec::new(100)
    };
    let more = [NONE, Scalar::Bool(true)];
    assert_eq!(walk(spec, &[page(100, &more), page(100, &more)]), [at(100, 100), Ok(Step::End)]);
}

#[test]
fn has_more_decides_and_must_be_a_flag() {
    let spec = OffsetSpec { has_more_path: Some(HAS_MORE), ..OffsetSpec::new(100) };
    for (flag, expected) in [
        (Scalar::Bool(false), Ok(Step::End)),
        (Scalar::Text("False".into()), Ok(Step::End)),
        (Scalar::Bool(true), at(100, 100)),
    ] {
        assert_eq!(walk(spec, &[page(100, &[Scalar::Count(50), flag])]), [expected]);
    }
    for flag in [NONE, Scalar::Null, Scalar::Count(1)] {
        assert!(walk(spec, &[page(100, &[NONE, flag])])[0].is_err());
    }
}

#[test]
fn d08_an_empty_page_that_promises_more_does_not_move() {
    let spec = OffsetSpec { has_more_path: Some(HAS_MORE), ..OffsetSpec::new(100) };
    let problem = walk(spec, &[page(0, &[NONE, Scalar::Bool(true)])]).remove(0);
    assert!(problem.expect_err("no end").message.contains("does not move"));
}

#[test]
fn a_short_page_is_the_last_only_if_declared() {
    assert_eq!(walk(OffsetSpec::new(100), &[page(99, &[NONE])]), [at(99, 100)]);
    let spec = OffsetSpec { stop_on_short_page: true, ..OffsetSpec::new(100) };
    assert_eq!(walk(spec, &[page(100, &[NONE]), page(99, &[NONE])]), [at(100, 100), Ok(Step::End)]);
}

#[test]
fn a_scan_that_ends_short_of_the_total_is_no_success() {
    let flagged = OffsetSpec { has_more_path: Some(HAS_MORE), ..OffsetSpec::new(100) };
    let both = OffsetSpec { total_path: Some(COUNT), ..flagged };
    let limited = OffsetSpec { maximum_offset: Some(90), ..OffsetSpec::new(100) };
    let no_more = [Scalar::Count(250), Scalar::Bool(false)];
    for (spec, rows, values, partial) in [
        (both, 100, &no_more[..], true),
        // the flag is declared, the total is a guess
        (flagged, 100, &no_more, false),
        // the user's own end
        (limited, 100, &[Scalar::Count(250)], false),
    ] {
        let step = walk(spec, &[page(rows, values)]).remove(0);
        assert_eq!(matches!(step, Ok(Step::Incomplete(_))), partial, "{spec:?} {step:?}");
    }
}

#[test]
fn more_that_does_not_come_is_a_shortfall() {
    let spec = OffsetSpec { has_more_path: Some(HAS_MORE), ..OffsetSpec::new(100) };
    let mut offset = Offset::new(spec, false);
    assert_eq!(offset.shortfall(), None);
    assert_eq!(offset.advance(&page(100, &[NONE, Scalar::Bool(true)])), at(100, 100));
    assert!(offset.shortfall().is_some_and(|reason| reason.contains("there is more")));
    assert_eq!(offset.advance(&page(9, &[NONE, Scalar::Bool(false)])), Ok(Step::End));
    assert_eq!(offset.shortfall(), None);
}

#[test]
fn more_rows_than_a_declared_total_are_read_and_told() {
    let declared = OffsetSpec { total_path: Some(COUNT), ..OffsetSpec::new(100) };
    for (spec, total, surplus) in [
        (declared, 40, Some("gave 50 rows, but says there are 40")),
        (declared, 50, None),
        (OffsetSpec { offset: 30, ..declared }, 70, Some("gave 50 rows, but says there are 40")),
        (OffsetSpec { offset: 30, ..declared }, 80, None),
    ] {
        let pages = [page(50, &[Scalar::Count(total)]), page(0, &[Scalar::Count(total)])];
        let steps = walk(spec, &pages);
        match (&steps[..], surplus) {
            ([Ok(Step::Next(_)), Ok(Step::Incomplete(found))], Some(says)) => {
                assert!(found.contains(says), "{found}");
            }
            ([Ok(Step::End), _], None) => {}
            other => panic!("{spec:?} {total}: {other:?}"),
        }
    }
}

#[test]
fn names_and_start_can_be_chosen() {
    let spec = OffsetSpec {
        offset: 10,
        offset_target: Target::Body(&["page", "skip"]),
        limit_target: Target::Header("x-take"),
        ..OffsetSpec::new(5)
    };
    assert_eq!(
        Offset::new(spec, false).first(),
        Position {
            at: Some((Target::Body(&["page", "skip"]), 10)),
            size: Some((Target::Header("x-take"), 5)),
            ..Position::default()
        }
    );
}

#[test]
fn a_total_that_falls_leads_back_where_rows_can_come_twice() {
    let pages = [
        page(100, &[Scalar::Count(300)]),
        page(100, &[Scalar::Count(270)]),
        page(100, &[Scalar::Count(270)]),
        page(100, &[Scalar::Count(270)]),
    ];
    let again = Ok(Step::Again(Offset::new(OffsetSpec::new(100), true).position(70)));
    for (rereads, steps) in [
        (true, vec![at(100, 100), again, at(170, 100), Ok(Step::End)]),
        (false, vec![at(100, 100), at(200, 100)]),
    ] {
        let mut offset = Offset::new(OffsetSpec::new(100), rereads);
        let found: Vec<_> =
            pages.iter().take(steps.len()).map(|facts| offset.advance(facts)).collect();
        assert_eq!(found, steps, "{rereads}");
        assert_eq!(offset.doubt().is_some(), !rereads);
    }
}

#[test]
fn a_total_that_goes_up_and_down_does_not_lead_back_for_ever() {
    let mut offset = Offset::new(OffsetSpec::new(1), true);
    let ends = (0..10_000).any(|n| {
        let total = if n % 2 == 0 { 50 } else { 40 };
        offset.advance(&page(1, &[Scalar::Count(total)])) == Ok(Step::End)
    });
    assert!(ends && offset.doubt().is_some());
}

fn saved(offset: &Offset) -> Option<PagePosition> {
    offset.save(&Position::default(), "https://x.test/")
}

#[test]
fn a_scan_goes_on_at_the_last_page() {
    let spec = OffsetSpec { offset: 10, ..OffsetSpec::new(100) };
    let mut offset = Offset::new(spec, true);
    assert_eq!(saved(&offset), None);
    assert_eq!(offset.advance(&page(60, &[NONE])), at(70, 100));
    assert_eq!(saved(&offset), Some(PagePosition::Count(10)));
    assert_eq!(offset.advance(&page(60, &[NONE])), at(130, 100));
    assert_eq!(saved(&offset), Some(PagePosition::Count(70)));

    let mut later = Offset::new(spec, true);
    let position = later.resume(&PagePosition::Count(70)).expect("a position");
    assert_eq!(Ok(Step::Next(position)), at(70, 100));
    assert_eq!(later.advance(&page(60, &[Scalar::Count(140)])), at(130, 100));
    assert_eq!(later.guess(1), None, "there are not so many");
    let shortfall = later.shortfall().expect("10 have not come");
    assert!(shortfall.contains("130 rows, but gave 120"), "{shortfall}");
    assert_eq!(later.advance(&page(10, &[Scalar::Count(140)])), Ok(Step::End));
}

/// Its size is no total of the page: there is nothing to be asked for behind the last one.
#[test]
fn a_scan_that_goes_on_ends_at_its_total() {
    let mut later = Offset::new(OffsetSpec::new(100), true);
    assert!(later.resume(&PagePosition::Count(200)).is_some());
    assert_eq!(later.advance(&page(100, &[Scalar::Count(300)])), Ok(Step::End));
}

#[test]
fn where_rows_have_moved_no_scan_goes_on() {
    let mut offset = Offset::new(OffsetSpec::new(10), true);
    assert_eq!(offset.advance(&page(10, &[Scalar::Count(30)])), at(10, 10));
    assert!(matches!(offset.advance(&page(10, &[Scalar::Count(29)])), Ok(Step::Again(_))));
    assert_eq!(saved(&offset), None);
    assert_eq!(offset.advance(&page(10, &[Scalar::Count(29)])), at(19, 10));
    assert_eq!(saved(&offset), Some(PagePosition::Count(9)));
}

#[test]
fn positions_of_another_declaration_are_none() {
    let bounds = OffsetSpec { offset: 10, maximum_offset: Some(100), ..OffsetSpec::new(10) };
    for (position, is_one) in [
        (PagePosition::Count(9), false),
        (PagePosition::Count(10), true),
        (PagePosition::Count(99), true),
        (PagePosition::Count(100), false),
        (PagePosition::Page { number: 10, before: 0 }, false),
        (PagePosition::Cursor("10".into()), false),
        (PagePosition::CursorNumber("10".into()), false),
        (PagePosition::Link("https://x.test/?offset=10".into()), false),
    ] {
        let resumed = Offset::new(bounds, true).resume(&position);
        assert_eq!(resumed.is_some(), is_one, "{position:?}");
    }
}
