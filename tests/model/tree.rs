//! Connectors that read everything each time, and those with partitions, parents and children.

use connector_tests::sim::{MINUTE, Paging};

use crate::variant::{Incremental, Resource, Variant};

const TIME: Incremental = Incremental::TIME;

/// Resources of one connector: each with its path, its table and its own options.
macro_rules! tree {
    ($($name:ident($expected:expr) {
        $($row:ident($table:literal, $path:literal) [$($option:tt)*] { $($field:tt)* })*
    })*) => {
        $(mod $name {
            use connector_runtime::prelude::*;
            use connector_runtime::run::Run;

            use crate::variant::Setup;

            #[derive(Connector)]
            #[connector(
                base_url = "https://api.example.com",
                resource_defaults(data_selector = "data"),
                resources($($row),*),
            )]
            struct Api {
                start: Timestamp,
                teams: Vec<String>,
            }

            $(
                #[derive(Resource)]
                #[resource(name = $table, path = $path, unknown_fields = ignore, $($option)*)]
                struct $row {
                    #[column(primary_key)]
                    id: i64,
                    $($field)*
                    at: Timestamp,
                    value: i64,
                }
            )*

            pub(super) fn sync(setup: &Setup) -> Run {
                Api { start: setup.start, teams: setup.teams.clone() }.sync()
            }
        })*

        pub(crate) fn trees() -> Vec<Variant> {
            vec![$(Variant {
                name: stringify!($name),
                sync: $name::sync,
                resources: $expected,
            }),*]
        }
    };
}

/// A resource that is read team by team.
fn of_teams(paging: Paging, incremental: Incremental) -> Vec<Resource> {
    let items = Resource::new("items", paging);
    vec![Resource { by_team: true, tombstones: true, incremental: Some(incremental), ..items }]
}

/// Parents, and how they are read.
fn parents(paging: Paging, incremental: Option<Incremental>) -> Resource {
    Resource { incremental, ..Resource::new("parents", paging) }
}

fn child(
    name: &'static str,
    of: &'static str,
    paging: Paging,
    incremental: Option<Incremental>,
) -> Resource {
    Resource { parent: Some(of), incremental, ..Resource::new(name, paging) }
}

tree! {
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
    plain_child(vec![
        parents(Paging::Cursor, None),
        child("children", "parents", Paging::Link, None),
    ]) {
        Parent("parents", "/parents") [paginator = cursor(cursor_path = "next"),] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = header_link,
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
    }
    all_removed(vec![
        Resource { removes_missing: true, ..parents(Paging::Offset, None) },
        Resource { removes_missing: true, ..child("children", "parents", Paging::Cursor, None) },
    ]) {
        Parent("parents", "/parents") [paginator = offset(limit = 100), delete_missing = hard,] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = cursor(cursor_path = "next"),
            delete_missing = hard,
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
    }
    child_of_new_asc(vec![
        parents(Paging::Cursor, Some(TIME.asc())),
        child("children", "parents", Paging::Cursor, None),
    ]) {
        Parent("parents", "/parents") [
            paginator = cursor(cursor_path = "next"),
            incremental(cursor = at, start_param = "since", row_order = asc),
        ] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = cursor(cursor_path = "next"),
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
    }
    child_of_new_any(vec![
        parents(Paging::Link, Some(TIME)),
        child("children", "parents", Paging::Offset, None),
    ]) {
        Parent("parents", "/parents") [
            paginator = header_link,
            incremental(cursor = at, start_param = "since"),
        ] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = offset(limit = 100),
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
    }
    child_of_lag(vec![
        parents(Paging::Cursor, Some(TIME.desc().lag(10 * MINUTE))),
        child("children", "parents", Paging::Cursor, None),
    ]) {
        Parent("parents", "/parents") [
            paginator = cursor(cursor_path = "next"),
            incremental(cursor = at, start_param = "since", lag = "10 minutes", row_order = desc),
        ] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = cursor(cursor_path = "next"),
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
    }
    child_of_steps(vec![
        parents(Paging::Cursor, Some(TIME.step())),
        child("children", "parents", Paging::Cursor, None),
    ]) {
        Parent("parents", "/parents") [
            paginator = cursor(cursor_path = "next"),
            incremental(
                cursor = at, start_param = "since", end_param = "until", initial = config.start,
                step = "6 hours", parallel = 2,
            ),
        ] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = cursor(cursor_path = "next"),
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
    }
    new_children(vec![
        parents(Paging::Link, None),
        child("children", "parents", Paging::Cursor, Some(TIME.asc())),
    ]) {
        Parent("parents", "/parents") [paginator = header_link,] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = cursor(cursor_path = "next"),
            incremental(cursor = at, start_param = "since", row_order = asc),
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
    }
    new_children_of_new(vec![
        parents(Paging::Cursor, Some(TIME.asc().lag(10 * MINUTE))),
        child("children", "parents", Paging::Link, Some(TIME)),
    ]) {
        Parent("parents", "/parents") [
            paginator = cursor(cursor_path = "next"),
            incremental(cursor = at, start_param = "since", lag = "10 minutes", row_order = asc),
        ] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = header_link,
            incremental(cursor = at, start_param = "since"),
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
    }
    appended_children(vec![
        parents(Paging::Cursor, Some(TIME)),
        Resource {
            append: true,
            ..child("children", "parents", Paging::Cursor, Some(TIME.asc()))
        },
    ]) {
        Parent("parents", "/parents") [
            paginator = cursor(cursor_path = "next"),
            incremental(cursor = at, start_param = "since"),
        ] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = cursor(cursor_path = "next"),
            write_disposition = append,
            incremental(cursor = at, start_param = "since", row_order = asc),
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
    }
    parents_not_stored(vec![
        Resource { stored: false, ..parents(Paging::Cursor, Some(TIME.asc())) },
        child("children", "parents", Paging::Page, None),
    ]) {
        Parent("parents", "/parents") [
            store = false,
            paginator = cursor(cursor_path = "next"),
            incremental(cursor = at, start_param = "since", row_order = asc),
        ] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = page_number(base_page = 1),
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
    }
    two_children(vec![
        parents(Paging::Cursor, Some(TIME)),
        child("children", "parents", Paging::Cursor, None),
        child("votes", "parents", Paging::Link, Some(TIME)),
    ]) {
        Parent("parents", "/parents") [
            paginator = cursor(cursor_path = "next"),
            incremental(cursor = at, start_param = "since"),
        ] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = cursor(cursor_path = "next"),
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
        Vote("votes", "/parents/{parent.id}/votes") [
            parent(parent: Parent),
            paginator = header_link,
            incremental(cursor = at, start_param = "since"),
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
    }
    grandchildren(vec![
        parents(Paging::Cursor, Some(TIME.asc())),
        child("children", "parents", Paging::Link, None),
        child("grandchildren", "children", Paging::Cursor, None),
    ]) {
        Parent("parents", "/parents") [
            paginator = cursor(cursor_path = "next"),
            incremental(cursor = at, start_param = "since", row_order = asc),
        ] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = header_link,
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
        Grandchild("grandchildren", "/children/{child.id}/grandchildren") [
            parent(child: Child),
            paginator = cursor(cursor_path = "next"),
        ] {
            #[column(parent = child.id)]
            child_id: i64,
        }
    }
    new_all_the_way(vec![
        parents(Paging::Cursor, Some(TIME)),
        child("children", "parents", Paging::Cursor, Some(TIME.asc())),
        child("grandchildren", "children", Paging::Link, Some(TIME)),
    ]) {
        Parent("parents", "/parents") [
            paginator = cursor(cursor_path = "next"),
            incremental(cursor = at, start_param = "since"),
        ] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = cursor(cursor_path = "next"),
            incremental(cursor = at, start_param = "since", row_order = asc),
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
        Grandchild("grandchildren", "/children/{child.id}/grandchildren") [
            parent(child: Child),
            paginator = header_link,
            incremental(cursor = at, start_param = "since"),
        ] {
            #[column(parent = child.id)]
            child_id: i64,
        }
    }
    parents_of_teams(vec![
        Resource { by_team: true, ..parents(Paging::Cursor, Some(TIME.asc())) },
        child("children", "parents", Paging::Cursor, None),
    ]) {
        Parent("parents", "/teams/{partition.team}/parents") [
            partition(team in config.teams),
            paginator = cursor(cursor_path = "next"),
            incremental(cursor = at, start_param = "since", row_order = asc),
        ] {
            #[column(partition = team)]
            team: String,
        }
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = cursor(cursor_path = "next"),
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
    }
}
