//! The cases, one file a topic.

mod append;
mod delete_insert;
mod deletes;
mod diff;
mod fields;
mod insert_only;
mod loads;
mod log;
mod maps;
mod missing;
mod names;
mod nested;
mod parts;
mod publish;
mod readers;
mod records;
mod refresh;
mod rejects;
mod replace;
mod replays;
mod scd2;
mod schema;
mod states;
mod unstored;
mod upsert;
mod values;
mod versions;

use super::Case;

/// Every case by topic and name, for the macro that comes first.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ($then:path $(, $harness:ident)?) => {
        $then! {
            $($harness)?;
            append {
                the_first_load,
                a_second_load_adds_every_row_again,
                rows_that_are_alike_all_stay,
                a_partial_scan_is_kept,
                a_failed_load_leaves_nothing,
                an_empty_scan_adds_nothing,
            }
            replace {
                the_first_load,
                what_is_the_same_is_not_written,
                without_a_key_every_row_is_written,
                the_last_row_of_a_key_stays,
                the_last_row_of_a_key_stays_across_batches,
                an_empty_scan_replaces_nothing,
                a_partial_scan_replaces_nothing,
                a_failed_load_replaces_nothing,
            }
            upsert {
                the_first_load,
                a_second_load_writes_nothing_that_is_the_same,
                changed_rows_are_updated,
                null_overwrites,
                the_last_row_of_a_key_stays,
                the_last_row_of_a_key_stays_across_batches,
                keys_of_two_columns,
                a_decimal_key_is_its_value,
                a_null_in_a_key_is_refused,
                a_partial_scan_is_kept,
                a_failed_load_keeps_whole_batches,
                rows_that_do_not_come_stay,
            }
            insert_only {
                the_first_load,
                rows_that_are_there_stay_as_they_are,
                the_first_row_of_a_key_stays,
                the_first_row_of_a_key_stays_across_batches,
                a_partial_scan_is_kept,
            }
            delete_insert {
                the_first_load,
                rows_of_the_same_merge_key_are_replaced,
                without_a_key_all_of_them_are_written,
                a_row_can_move_to_another_merge_key,
                a_merge_key_of_two_columns,
                the_last_row_of_a_key_stays,
                a_partial_scan_replaces_nothing,
                an_empty_scan_removes_nothing,
            }
            scd2 {
                the_first_load,
                a_row_that_changed_is_closed,
                what_is_the_same_makes_no_version,
                the_columns_can_be_named,
                the_last_row_of_a_key_stays,
                a_missing_row_is_closed,
                a_partial_scan_closes_nothing,
                a_deleted_row_is_closed,
            }
            deletes {
                a_hard_delete_removes_its_row,
                a_hard_delete_by_an_instant,
                the_last_row_of_a_key_decides,
                across_batches,
                a_soft_delete_stays,
                a_soft_delete_by_an_instant,
            }
            missing {
                rows_that_did_not_come_are_deleted,
                of_many_batches,
                they_are_marked,
                they_are_marked_with_an_instant,
                never_after_a_partial_scan,
                never_after_a_failed_one,
                never_after_an_empty_one,
                unless_that_is_allowed,
                never_where_rows_did_not_fit,
            }
            versions {
                out_of_order_in_a_batch,
                out_of_order_across_batches,
                out_of_order_across_loads,
                an_older_row_deletes_nothing,
                what_was_deleted_stays_deleted_in_the_load,
                the_largest_of_a_load_stays,
                the_largest_of_a_load_stays_across_batches,
                the_smallest_of_a_load_stays,
            }
            rejects {
                are_kept_beside_the_others,
                beyond_the_budget_the_load_fails,
                percents_are_of_all_rows,
                stay_when_the_load_fails,
                without_quarantine_the_load_fails,
            }
            fields {
                unknown_ones_are_reported,
                unknown_ones_are_captured,
                unknown_ones_do_not_fit,
            }
            maps {
                map_comes_before_filter,
                map_of_lists_objects_and_json,
            }
            nested {
                the_first_load,
                a_row_whose_children_alone_change_is_updated,
                the_order_of_children_counts,
                emptied_lists,
                two_deep,
                the_last_row_of_a_key_brings_its_children,
                across_batches,
                append_adds_them_again,
                replace_replaces_them,
                insert_only_keeps_them,
                delete_insert_replaces_them,
                a_deleted_row_takes_them_along,
                a_missing_row_takes_them_along,
                an_older_row_leaves_them_alone,
                a_list_that_is_new_gets_its_table,
            }
            names {
                unicode,
                reserved_words,
                of_63_bytes,
                longer_ones_that_differ_at_the_end,
            }
            values {
                texts_are_never_statements,
                every_type_with_its_extremes,
                the_largest_unsigned_integer,
                what_cannot_be_stored_does_not_fit,
                nulls_of_every_type,
            }
            schema {
                a_new_column,
                null_where_it_was_forbidden,
                another_type_is_refused,
                a_new_column_that_must_have_a_value,
                a_wider_integer,
                a_wider_float,
                a_frozen_table_is_never_made,
                a_frozen_table_is_never_altered,
                columns_that_are_gone_stay,
            }
            log {
                every_load_has_a_line_of_its_own,
                a_second_connector_is_refused,
                the_error_is_kept,
            }
            loads {
                several_at_once,
                each_counts_its_own_rows,
                one_that_failed_leaves_the_others_alone,
                calls_out_of_order_are_errors,
            }
            states {
                are_there_with_their_rows,
                wait_with_their_rows,
                of_the_end_of_a_load_that_failed,
                are_found_by_their_partitions,
                are_found_by_their_beginning,
                of_any_text,
                of_long_texts,
                are_forgotten,
                the_last_of_a_partition_counts,
                are_of_one_resource,
                ten_thousand_at_once,
            }
            publish {
                shows_what_is_there_so_far,
                a_failed_load_keeps_what_was_published,
                brings_the_states_that_waited,
                without_rows,
                with_lists,
                of_many_batches,
            }
            records {
                there_are_none_before_the_first_load,
                states_come_some_at_a_time,
                states_of_some_are_asked_for,
                those_of_another_connector_are_not_seen,
                are_read_beside_a_load,
                everything_is_forgotten_at_the_end,
                an_edit_waits_for_nobody_and_excludes_loads,
                loads_come_with_the_newest_first,
                rejects_come_some_at_a_time,
            }
            diff {
                nothing_is_made,
                tells_what_open_would_make,
                leads_to_states_without_open,
            }
            replays {
                rejects_go_with_rows_that_are_merged,
                rejects_go_with_rows_that_wait,
                rejects_stay_where_nothing_is_published,
                what_is_newer_stays,
                the_latest_of_several_rejects_stays,
                what_was_appended_since_is_not_appended_again,
                a_version_that_is_newer_stays,
                children_come_with_their_rows,
            }
            unstored {
                has_states_rejects_and_a_log,
                makes_no_table,
                is_no_table_of_another_connector,
            }
            parts {
                are_loaded_at_once,
                are_appended_at_once,
                exclude_the_resource_as_a_whole,
                exclude_themselves,
                of_one_division_are_told_from_those_of_another,
                that_were_killed_are_marked_by_the_next_of_their_own,
                have_states_in_common,
            }
            refresh {
                rows_that_are_merged_are_replaced,
                the_first_load,
                appended_rows_are_replaced,
                appended_rows_with_keys_are_replaced,
                what_is_only_inserted_is_replaced,
                rows_of_every_merge_key_are_replaced,
                an_older_version_replaces_a_newer_one,
                a_history_stays,
                rows_that_are_marked_as_deleted_stay,
                lists_are_replaced,
                of_many_batches,
                a_failed_one_changes_nothing,
                a_partial_one_changes_nothing,
                an_empty_one_changes_nothing,
                what_was_remembered_is_forgotten,
            }
            readers {
                append_shows_nothing_before_its_end,
                replace_shows_nothing_before_its_end,
                upsert_shows_whole_batches,
            }
        }
    };
}

macro_rules! list {
    (; $($topic:ident { $($case:ident,)+ })+) => {
        pub(super) static CASES: &[Case] = &[$($(
            Case {
                name: concat!(stringify!($topic), "::", stringify!($case)),
                run: |bench| Box::pin($topic::$case(bench)),
            },
        )+)+];
    };
}
__conformance_cases!(list);

/// A connector of one resource: its table is `rows`, its pages come by a link, and a page that is not
/// there ends the scan. Each load begins with the first page. After the columns come options of the
/// resource.
macro_rules! api {
    ($api:ident, $row:ident { $($fields:tt)* } $($option:tt)*) => {
        #[derive(connector_runtime::Resource)]
        #[resource(
            path = "/rows",
            name = "rows",
            data_selector = "data",
            paginator = json_link,
            resume_within = "0s",
            on_response(status = 404, action = ignore)
            $($option)*
        )]
        struct $row {
            $($fields)*
        }

        #[derive(connector_runtime::Connector)]
        #[connector(
            name = "conformance",
            base_url = "https://api.example.com",
            retry(max_retries = 0),
            resources($row)
        )]
        struct $api {}
    };
}
use api;

/// Rows that fill a batch, so that those of the next page are written by another one.
fn batch(first_id: i64, text: &str) -> serde_json::Value {
    const ROWS: i64 = 8_192;
    (first_id..first_id + ROWS).map(|id| serde_json::json!({ "id": id, "text": text })).collect()
}
