//! Tables of earlier releases are brought up to date: what they say stays, and is found again.

use connector_runtime::destination::{States, Wanted};
use connector_runtime::prelude::*;
use connector_runtime::report::Status;
use connector_runtime::testing::conformance::direct::{Direct, NONE, Worked, loads, state};
use connector_tests::Place;

const SCHEMA: &str = "api";

#[derive(Connector)]
#[connector(name = "api", base_url = "https://api.example.com", resources(Item, Other))]
struct Api {}

#[derive(Resource)]
#[resource(path = "/items", name = "items")]
struct Item {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(path = "/others", name = "others")]
struct Other {
    #[column(primary_key)]
    id: i64,
}

/// Of a release without versions, states of partitions, rejects and some of the counts.
const FIRST: &str = "
    CREATE TABLE _connector_state (connector TEXT NOT NULL, resource TEXT NOT NULL,
        state TEXT NOT NULL, load_id BIGINT NOT NULL, PRIMARY KEY (connector, resource))END;
    CREATE TABLE _connector_loads (load_id BIGINT NOT NULL, connector TEXT NOT NULL,
        resource TEXT NOT NULL, status TEXT NOT NULL, started_at INSTANT NOT NULL,
        ended_at INSTANT, received BIGINT NOT NULL, inserted BIGINT NOT NULL,
        updated BIGINT NOT NULL, unchanged BIGINT NOT NULL, pages BIGINT NOT NULL,
        requests BIGINT NOT NULL, retries BIGINT NOT NULL, bytes BIGINT NOT NULL,
        error TEXT, PRIMARY KEY (load_id, resource))END;
    INSERT INTO _connector_state VALUES
        ('api', 'items', '{\"version\":1,\"load_id\":7,\"complete\":true,\"rows\":70,\"pages\":1}', 7),
        ('api', 'others', '{\"version\":1,\"load_id\":7,\"complete\":true,\"rows\":71,\"pages\":1}', 7);
    INSERT INTO _connector_loads VALUES
        (7, 'api', 'items', 'running', '2026-11-22T00:00:00Z', NULL, 1, 1, 0, 0, 1, 1, 0, 100, NULL),
        (7, 'api', 'others', 'done', '2026-11-22T00:00:00Z', NULL, 1, 1, 0, 0, 1, 1, 0, 100, NULL);";

/// What the second release had more.
const SECOND: &str = "
    ALTER TABLE _connector_loads ADD COLUMN deleted BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE _connector_loads ADD COLUMN filtered BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE _connector_loads ADD COLUMN quarantined BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE _connector_loads ADD COLUMN removed BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE _connector_loads ADD COLUMN commits BIGINT NOT NULL DEFAULT 0;
    CREATE TABLE _connector_rejects (load_id BIGINT NOT NULL, connector TEXT NOT NULL,
        resource TEXT NOT NULL, page BIGINT NOT NULL, \"row\" BIGINT NOT NULL, path TEXT NOT NULL,
        reason TEXT NOT NULL, raw TEXT NOT NULL, PRIMARY KEY (load_id, resource, page, \"row\"))END;
    CREATE TABLE _connector_version (version BIGINT NOT NULL PRIMARY KEY,
        last_load_id BIGINT NOT NULL)END;
    INSERT INTO _connector_version VALUES (2, 7);";

/// What the third release had more, but for the states of partitions.
const THIRD: &str = "
    ALTER TABLE _connector_loads ADD COLUMN part TEXT NOT NULL DEFAULT '';
    ALTER TABLE _connector_loads ADD COLUMN stored BOOLEAN NOT NULL DEFAULT TRUE;
    INSERT INTO _connector_rejects VALUES (7, 'api', 'items', 1, 2, 'id', 'it does not fit', '7');
    UPDATE _connector_version SET version = 3;";

/// A database as an earlier release has left it.
fn left(place: &Place, statements: &str) {
    let [bigint, instant, boolean, end] = match place {
        Place::Sqlite(_) => ["INTEGER", "TEXT", "INTEGER", " STRICT, WITHOUT ROWID"],
        Place::Postgres(..) => ["bigint", "timestamp with time zone", "boolean", ""],
    };
    if let Place::Postgres(..) = place {
        place.execute("CREATE SCHEMA api");
    }
    let statements = statements.replace("BIGINT", bigint).replace("INSTANT", instant);
    let statements = statements.replace("BOOLEAN", boolean);
    place.execute(&statements.replace("END;", &format!("{end};")));
}

async fn open(place: &Place) -> Direct {
    Direct::open(place.destination(), loads::<Api>()).await.worked()
}

async fn is_brought_up_to_date(place: &Place) {
    let mut run = open(place).await;
    assert_eq!(place.lines("SELECT version FROM _connector_version"), ["4"]);
    for (resource, rows) in [("items", 70), ("others", 71)] {
        run.has_begun(resource).await;
        let states = run.states(resource, States::Beginning("")).await.worked();
        assert_eq!(states, [(String::new(), rows)], "the state of the resource as a whole");
    }
    run.write(&[Item { id: 1 }], [("", state(72)), ("[1]", state(73))]).await.worked();
    run.write(&[Other { id: 1 }], [("", None)]).await.worked();
    run.end("items", Status::Done, [("[2]", state(74))]).await.worked();
    run.end("others", Status::Done, [("[2]", state(75))]).await.worked();
    let states = "SELECT resource, \"partition\" FROM _connector_state ORDER BY 1, 2";
    assert_eq!(place.lines(states), ["items|", "items|[1]", "items|[2]", "others|[2]"]);
    let log = "SELECT resource, part, status, inserted, commits FROM _connector_loads ORDER BY load_id, resource";
    let expected = ["items||killed|1|0", "others||done|1|0", "items||done|1|2", "others||done|1|2"];
    assert_eq!(place.lines(log), expected);
    // once is enough
    let mut run = open(place).await;
    run.has_begun("items").await;
    let states = run.states("items", States::Beginning("[")).await.worked();
    assert_eq!(states, [("[1]".to_owned(), 73), ("[2]".to_owned(), 74)]);
    run.end("items", Status::Done, [("", state(76))]).await.worked();
}

/// There was no other destination then.
#[tokio::test]
async fn from_the_first_version() {
    let place = Place::sqlite();
    left(&place, FIRST);
    is_brought_up_to_date(&place).await;
}

#[tokio::test]
async fn from_the_second_version() {
    for place in Place::each(SCHEMA) {
        left(&place, &[FIRST, SECOND].concat());
        is_brought_up_to_date(&place).await;
    }
}

/// Who looks alters nothing, and says what to do.
#[tokio::test]
async fn those_of_an_earlier_release_are_not_read() {
    for place in Place::each(SCHEMA) {
        left(&place, &[FIRST, SECOND].concat());
        let wanted = Wanted::new("api", 10);
        let mut destination = place.destination();
        let error =
            destination.stored_states(&wanted, None).await.expect_err("too old").to_string();
        assert!(error.contains("of version 2, and this program reads 4"), "{error}");
        assert!(error.contains("the next `sync` brings them up to date"), "{error}");
        assert!(destination.logged_loads(&wanted, None).await.is_err());
        assert!(destination.stored_rejects(&wanted, None).await.is_err());
        assert_eq!(place.lines("SELECT version FROM _connector_version"), ["2"]);
        place.execute("UPDATE _connector_version SET version = 9");
        let error = destination.stored_states(&wanted, None).await.expect_err("newer").to_string();
        assert!(error.contains("written by a newer release"), "{error}");
    }
}

/// Nobody has written down which partition a row came with.
#[tokio::test]
async fn rejects_of_the_third_version() {
    for place in Place::each(SCHEMA) {
        let states = match place {
            Place::Sqlite(_) => {
                "DROP TABLE _connector_state; CREATE TABLE _connector_state (connector TEXT NOT NULL, resource TEXT NOT NULL, \"partition\" TEXT NOT NULL DEFAULT '', state TEXT NOT NULL, load_id INTEGER NOT NULL, PRIMARY KEY (connector, resource, \"partition\")) STRICT, WITHOUT ROWID;"
            }
            Place::Postgres(..) => {
                "ALTER TABLE _connector_state ADD COLUMN \"partition\" text COLLATE \"C\" NOT NULL DEFAULT '', ADD COLUMN long_partition text, DROP CONSTRAINT _connector_state_pkey, ADD PRIMARY KEY (connector, resource, \"partition\");"
            }
        };
        left(&place, &[FIRST, SECOND, states, THIRD].concat());
        let mut run = open(&place).await;
        assert_eq!(place.lines("SELECT version FROM _connector_version"), ["4"]);
        let wanted = Wanted::new("api", 10);
        let kept = run.destination().stored_rejects(&wanted, None).await.worked().expect("some");
        assert_eq!((kept.len(), kept[0].has_partition, &*kept[0].reject.raw), (1, false, "7"));
        run.has_begun("items").await;
        run.reject::<Item>("8", NONE).await.worked();
        run.end("items", Status::Done, NONE).await.worked();
        let kept = run.destination().stored_rejects(&wanted, None).await.worked().expect("some");
        let known: Vec<_> = kept.iter().map(|kept| kept.has_partition).collect();
        assert_eq!(known, [false, true]);
    }
}

/// Two programs that are new find the tables of an old one at once.
#[tokio::test]
async fn by_two_at_once() {
    for place in Place::each(SCHEMA) {
        left(&place, &[FIRST, SECOND].concat());
        let (one, two) = tokio::join!(
            Direct::open(place.destination(), loads::<Api>()),
            Direct::open(place.destination(), loads::<Api>())
        );
        assert_ne!(one.worked().load_id(), two.worked().load_id());
        assert_eq!(place.lines("SELECT version FROM _connector_version"), ["4"]);
        assert_eq!(place.lines("SELECT count(*) FROM _connector_state"), ["2"]);
    }
}
