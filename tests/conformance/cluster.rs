//! The cluster of the tests itself: it starts, is stopped and started again, and leaves nothing.

use connector_tests::{Cluster, postgres};

#[test]
fn each_test_has_a_database_of_its_own() {
    let (Some(one), Some(two)) = (postgres(), postgres()) else { return };
    one.query("CREATE TABLE mine (text text); INSERT INTO mine VALUES ('ü'), (NULL)");
    let texts = one.query("SELECT text FROM mine ORDER BY text");
    assert_eq!(texts, [[Some("ü".to_owned())], [None]]);
    two.try_query("SELECT * FROM mine").expect_err("another database");
}

#[test]
fn what_was_committed_survives_an_immediate_stop() {
    let Some(cluster) = Cluster::start() else { return };
    let database = cluster.database();
    database.query("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)");
    cluster.stop_immediate();
    database.try_query("SELECT 1").expect_err("nobody answers");
    cluster.restart();
    assert_eq!(database.value("SELECT n FROM kept"), "1");
    let folder = database.value("SELECT current_setting('data_directory')");
    drop(cluster);
    assert!(!std::path::Path::new(&folder).exists(), "the folder goes with the cluster");
}
