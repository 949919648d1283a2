//! The sync binary of the crash tests: a resource for every way to write, and an end, or a stop, where
//! it is told to: `FAIL_POINT=sqlite.write.before_commit:2:KILL`.

use std::process::ExitCode;

use connector_runtime::prelude::*;

/// An API whose rows are wanted in every way.
#[derive(Connector)]
#[connector(
    name = "loads",
    base_url = "https://api.example.com",
    retry(max_retries = 0),
    resource_defaults(data_selector = "data", paginator = offset(limit = 4_100)),
    resources(Upserted, Appended, Replaced, Swapped, Deleted, Swept, Days, History, Nested)
)]
struct Loads {}

/// One resource: its name, its columns beside those that all have, its options.
macro_rules! resource {
    ($row:ident $name:literal $path:literal { $($fields:tt)* } $($options:tt)*) => {
        #[derive(Resource)]
        #[resource(name = $name, path = $path, $($options)*)]
        struct $row {
            $($fields)*
        }
    };
}

resource!(Upserted "upserted" "/upserted" { #[column(primary_key)] id: i64, text: String, });
resource!(Appended "appended" "/appended" { id: i64, text: String, } write_disposition = append);
resource!(Replaced "replaced" "/replaced" { #[column(primary_key)] id: i64, text: String, } write_disposition = replace);
resource!(Swapped "swapped" "/swapped" { id: i64, text: String, } write_disposition = replace);
resource!(Deleted "deleted" "/deleted" {
    #[column(primary_key)] id: i64,
    text: String,
    #[column(hard_delete)] gone: bool,
});
resource!(Swept "swept" "/swept" { #[column(primary_key)] id: i64, text: String, } delete_missing = hard);
resource!(Days "days" "/days" { #[column(primary_key)] id: i64, text: String, day: i64, } strategy = delete_insert(merge_key = day));
resource!(History "history" "/history" { #[column(primary_key)] id: i64, text: String, } strategy = scd2);

resource!(Nested "nested" "/nested" {
    #[column(primary_key)] id: i64,
    text: String,
    #[column(hard_delete)] gone: bool,
    tags: Vec<String>,
});

fn main() -> ExitCode {
    #[cfg(unix)]
    connector_tests::arm_fail_point();
    connector_runtime::cli::main::<Loads>()
}
