//! [`connectors`]: declares connectors and says what the model is to expect of them.

/// Resources of one connector: each with its path, its table and its own options.
macro_rules! connectors {
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

        pub(crate) fn all() -> Vec<crate::variant::Variant> {
            vec![$(crate::variant::Variant {
                name: stringify!($name),
                sync: $name::sync,
                resources: $expected,
            }),*]
        }
    };
}

pub(crate) use connectors;
