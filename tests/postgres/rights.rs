//! As few privileges as `docs/postgres.md` says, and what is said where one is missing.

use connector_tests::{PgDatabase, assert_says, done, failed, postgres};

use super::{Append, Frozen, FrozenAppend, Merge, ROWS, load, serve};

/// A user of this name, who may do nothing. Users belong to the cluster that tests share.
fn user(database: &PgDatabase, name: &str) -> String {
    let name = format!("{name}_{}", database.value("SELECT current_database()"));
    database.query(&format!("CREATE ROLE {name} LOGIN"));
    database.url().replace("//tests@", &format!("//{name}@"))
}

fn name_of(url: &str) -> &str {
    let (_, rest) = url.split_once("//").expect("a URL");
    rest.split_once('@').expect("a user").0
}

#[tokio::test]
async fn each_grant_is_named_that_is_missing() {
    let Some(database) = postgres() else { return };
    let server = serve(|_| {});
    let url = user(&database, "loader");
    let name = name_of(&url);
    let db = database.value("SELECT current_database()");

    let report = load(Merge {}, &server, &url).await;
    let grant = format!("`GRANT CREATE ON DATABASE {db} TO {name};`");
    assert_says(report.error.expect("an error"), &["permission denied for database", &grant]);

    database.query("CREATE SCHEMA api");
    let report = load(Merge {}, &server, &url).await;
    let grant = format!("`GRANT USAGE, CREATE ON SCHEMA api TO {name};`");
    assert_says(report.error.expect("an error"), &["permission denied for schema", &grant]);

    database.query(&format!("GRANT USAGE, CREATE ON SCHEMA api TO {name}"));
    let report = load(Merge {}, &server, &url).await;
    assert_eq!(done(&report).inserted, ROWS as u64);

    database.query("ALTER TABLE api.rows OWNER TO tests; ALTER TABLE api.rows DROP COLUMN text");
    let report = load(Merge {}, &server, &url).await;
    let help = format!("`ALTER TABLE rows OWNER TO {name};`");
    assert_says(report.error.expect("an error"), &["must be owner of table rows", &help]);

    database.query("ALTER TABLE api.rows ADD COLUMN text text NOT NULL DEFAULT ''");
    let report = load(Merge {}, &server, &url).await;
    let grant = format!("`GRANT SELECT, INSERT, UPDATE, DELETE ON rows TO {name};`");
    assert_says(failed(&report), &["permission denied for table rows", &grant]);
}

/// The grants of `docs/postgres.md` for tables that others have made.
#[tokio::test]
async fn frozen_tables_need_no_right_to_make_any() {
    let Some(database) = postgres() else { return };
    let server = serve(|_| {});
    assert!(load(Merge {}, &server, &database.url()).await.is_done());
    let url = user(&database, "frozen");
    database.query(&format!(
        "GRANT USAGE ON SCHEMA api TO {name}; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA api TO {name}",
        name = name_of(&url)
    ));
    let report = load(Frozen {}, &server, &url).await;
    assert_eq!(done(&report).unchanged, ROWS as u64);
    // what waits is in temporary tables, where no others can be made
    database.query("ALTER TABLE api.rows DROP CONSTRAINT rows_pkey");
    let report = load(FrozenAppend {}, &server, &url).await;
    assert_eq!(done(&report).inserted, ROWS as u64);
    let report = load(Append {}, &server, &url).await;
    assert_eq!(done(&report).inserted, ROWS as u64);
}
