//! Connectors that read everything each time, or team by team; and one with several resources.

use connector_tests::sim::{MINUTE, Paging};

use crate::declare::connectors;
use crate::variant::{Incremental, Resource};

const TIME: Incremental = Incremental::TIME;

/// A resource that is read team by team.
fn of_teams(paging: Paging, incremental: Incremental) -> Vec<Resource> {
    let items = Resource::new("items", paging);
    vec![Resource { by_team: true, tombstones: true, incremental: Some(incremental), ..items }]
}

connectors! {
    teams_asc(of_teams(Paging::Cursor, TIME.asc())) {
        Item("items", "/teams/{partition.team}/items") [
            paginator = cursor(cursor_path = "next"),
            partition(team in config.teams),
            incremental(cursor = at, start_param = "since", row_order = asc),
        ] {
            #[column(partition = team)]
            team: String,
            #[column(hard_delete)]
            gone: bool,
        }
    }
    teams_asc_page(of_teams(Paging::Page, TIME.asc())) {
        Item("items", "/teams/{partition.team}/items") [
            paginator = page_number(base_page = 1),
            partition(team in config.teams),
            incremental(cursor = at, start_param = "since", row_order = asc),
        ] {
            #[column(partition = team)]
            team: String,
            #[column(hard_delete)]
            gone: bool,
        }
    }
    teams_any_lag(of_teams(Paging::Link, TIME.lag(10 * MINUTE))) {
        Item("items", "/teams/{partition.team}/items") [
            paginator = header_link,
            partition(team in config.teams),
            incremental(cursor = at, start_param = "since", lag = "10 minutes"),
        ] {
            #[column(partition = team)]
            team: String,
            #[column(hard_delete)]
            gone: bool,
        }
    }
    teams_steps(of_teams(Paging::Offset, TIME.step())) {
        Item("items", "/teams/{partition.team}/items") [
            paginator = offset(limit = 100),
            partition(team in config.teams),
            incremental(
                cursor = at, start_param = "since", end_param = "until", initial = config.start,
                step = "6 hours", parallel = 2,
            ),
        ] {
            #[column(partition = team)]
            team: String,
            #[column(hard_delete)]
            gone: bool,
        }
    }
    plain_cursor(vec![Resource::new("items", Paging::Cursor)]) {
        Item("items", "/items") [paginator = cursor(cursor_path = "next"),] {}
    }
    plain_link(vec![Resource::new("items", Paging::Link)]) {
        Item("items", "/items") [paginator = header_link,] {}
    }
    plain_offset(vec![Resource::new("items", Paging::Offset)]) {
        Item("items", "/items") [paginator = offset(limit = 100),] {}
    }
    plain_page(vec![Resource::new("items", Paging::Page)]) {
        Item("items", "/items") [paginator = page_number(base_page = 1),] {}
    }
    plain_removed(vec![Resource {
        removes_missing: true,
        ..Resource::new("items", Paging::Cursor)
    }]) {
        Item("items", "/items") [
            paginator = cursor(cursor_path = "next"),
            delete_missing = hard,
        ] {}
    }
    several(vec![
        Resource { incremental: Some(TIME.asc()), ..Resource::new("items", Paging::Cursor) },
        Resource::new("others", Paging::Link),
        Resource { incremental: Some(TIME), ..Resource::new("more", Paging::Link) },
    ]) {
        Item("items", "/items") [
            paginator = cursor(cursor_path = "next"),
            incremental(cursor = at, start_param = "since", row_order = asc),
        ] {}
        Other("others", "/others") [paginator = header_link,] {}
        More("more", "/more") [
            paginator = header_link,
            incremental(cursor = at, start_param = "since"),
        ] {}
    }
}
