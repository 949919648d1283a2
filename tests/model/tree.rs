//! Connectors with parents and children.

use connector_tests::sim::{MINUTE, Paging};

use crate::declare::connectors;
use crate::variant::{Incremental, Resource};

const TIME: Incremental = Incremental::TIME;

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

connectors! {
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
    child_of_new_asc_offset(vec![
        parents(Paging::Offset, Some(TIME.asc())),
        child("children", "parents", Paging::PageLink, Some(TIME.asc())),
    ]) {
        Parent("parents", "/parents") [
            paginator = offset(limit = 100),
            incremental(cursor = at, start_param = "since", row_order = asc),
        ] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = header_link,
            incremental(cursor = at, start_param = "since", row_order = asc),
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
    children_of_appended(vec![
        Resource { append: true, ..parents(Paging::Cursor, Some(TIME.asc())) },
        child("children", "parents", Paging::Cursor, None),
    ]) {
        Parent("parents", "/parents") [
            paginator = cursor(cursor_path = "next"),
            write_disposition = append,
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
    appended_children_of_appended(vec![
        Resource { append: true, ..parents(Paging::Link, Some(TIME)) },
        Resource { append: true, ..child("children", "parents", Paging::Cursor, Some(TIME)) },
    ]) {
        Parent("parents", "/parents") [
            paginator = header_link,
            write_disposition = append,
            incremental(cursor = at, start_param = "since"),
        ] {}
        Child("children", "/parents/{parent.id}/children") [
            parent(parent: Parent),
            paginator = cursor(cursor_path = "next"),
            write_disposition = append,
            incremental(cursor = at, start_param = "since"),
        ] {
            #[column(parent = parent.id)]
            parent_id: i64,
        }
    }
}
