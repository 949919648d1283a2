//! States on their way from one destination to another.

use connector_runtime::catalog::{Catalog, Duplicates};
use connector_tests::Place;
use serde_json::json;

use super::api::{Books, SCHEMA, issue, loaded};
use super::{catalog, states};

async fn load(place: &Place, rows: i64) {
    let rows = [
        ("/issues", (0..rows).map(|id| issue(id, id, 1)).collect()),
        ("/events", json!([{ "at": 7, "amount": 1 }, { "at": 7, "amount": 2 }])),
    ];
    loaded(&Books {}, place, &["issues", "comments", "events"], &rows).await;
}

async fn export(catalog: &mut Catalog) -> String {
    let mut lines = Vec::new();
    catalog.export_states(&mut lines).await.expect("an export");
    String::from_utf8(lines).expect("JSON")
}

const ALL: &str = "SELECT resource, \"partition\", state FROM _connector_state ORDER BY 1, 2";

#[tokio::test]
async fn an_export_is_restored_exactly_wherever_it_goes() {
    // more than are read at once
    const PARENTS: i64 = 1_200;
    let places: Vec<_> = Place::each(SCHEMA).collect();
    for from in &places {
        load(from, PARENTS).await;
        let mut source = catalog::<Books>(from);
        let exported = export(&mut source).await;
        // the head, `issues`, `events`, `^`, the whole of `comments` and its partitions, but for the issue
        // that is left out; the end
        assert_eq!(exported.lines().count() as i64, PARENTS + 5, "{}", &exported[..300]);
        let all = from.lines(ALL);
        for to in &places {
            let to = to.empty();
            let mut target = catalog::<Books>(&to);
            let changes = target.import_states(exported.as_bytes()).await.expect("restored");
            assert_eq!(changes.len(), 3, "{changes:?}");
            let mut restored = to.lines(ALL);
            let mut all = all.clone();
            // databases have their own order
            restored.sort();
            all.sort();
            assert!(restored == all, "{} states, and {}", restored.len(), all.len());
        }
        // what has come since goes
        let rows = json!([issue(1, 5_000, 1), issue(7_000, 5_001, 1)]);
        loaded(&Books {}, from, &["issues", "comments"], &[("/issues", rows)]).await;
        assert_ne!(from.lines(ALL), all);
        source.import_states(exported.as_bytes()).await.expect("restored");
        assert!(from.lines(ALL) == all, "what was");
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_export_is_said_at_once_and_nothing_is_written() {
    let place = Place::sqlite();
    load(&place, 2).await;
    let mut catalog = catalog::<Books>(&place);
    let good = export(&mut catalog).await;
    let before = states(&mut catalog).await;
    let head = good.lines().next().expect("a head");
    let end = good.lines().last().expect("an end");
    let state = |fields: &str| {
        format!(
            "{{\"resource\":\"issues\",\"partition\":\"\",\"state\":{{\"version\":2,\"load_id\":1,\"complete\":true,\"rows\":1,\"pages\":1{fields}}}}}"
        )
    };
    let other = state("").replace("issues", "nobody");
    for (text, expected) in [
        (String::new(), &["it is empty"][..]),
        ("[]\n".to_owned(), &["no export of states"]),
        (head.replace("\"version\":1", "\"version\":9"), &["of version 9", "knows 1"]),
        (good.replace(end, ""), &["cut short"]),
        (good.lines().take(3).collect::<Vec<_>>().join("\n"), &["no end"]),
        (
            good.lines()
                .enumerate()
                .filter(|(at, _)| *at != 1)
                .map(|(_, line)| line)
                .collect::<Vec<_>>()
                .join("\n"),
            &["it ends after"],
        ),
        (
            [
                &head
                    .replace("\"books\"", "\"films\"")
                    .replace("\"issues\"", "\"issues\",\"films\""),
                &other,
                "{\"resource\":7}",
                &state(",\"column\":\"created_at\",\"cursor\":{\"integer\":5}"),
                &state(",\"column\":\"updated_at\",\"cursor\":{\"date\":\"2024-01-31\"}"),
                &state("").replace("\"version\":2", "\"version\":99"),
                &state(""),
                &state(""),
                "{\"states\":3}",
            ]
            .join("\n"),
            &[
                "connector `films`",
                "no resource `films`",
                "no resource `nobody`",
                "line 3",
                "line 4: `issues`: the state was written for `created_at`",
                "line 5: `issues`: the state was written for `updated_at` as a date",
                "line 6: `issues`: the state has version 99",
                "line 8: `issues` has the partition `` twice",
                "nothing was written",
            ],
        ),
    ] {
        let error =
            catalog.import_states(text.as_bytes()).await.expect_err(expected[0]).to_string();
        for expected in expected {
            assert!(error.contains(expected), "{expected}: {error}");
        }
    }
    assert_eq!(states(&mut catalog).await, before);
}

#[tokio::test]
async fn an_export_of_nothing_forgets_everything() {
    let (empty, full) = (Place::sqlite(), Place::sqlite());
    // one that has tables and remembers nothing
    catalog::<Books>(&empty).set_state("issues", None, "1", Duplicates::Refuse).await.expect("set");
    catalog::<Books>(&empty).reset_states(&[], Duplicates::Refuse).await.expect("forgotten");
    load(&full, 2).await;
    let exported = export(&mut catalog::<Books>(&empty)).await;
    assert_eq!(exported.lines().count(), 2, "{exported}");
    let changes = catalog::<Books>(&full).import_states(exported.as_bytes()).await;
    assert_eq!(changes.expect("restored").len(), 3);
    assert!(states(&mut catalog::<Books>(&full)).await.is_empty());
}
