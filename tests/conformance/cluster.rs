//! The cluster of the tests itself: it starts, is stopped and started again, and leaves nothing.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

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
    assert!(!Path::new(&folder).exists(), "the folder goes with the cluster");
}

/// Not a test, but the process of the next one.
#[test]
#[ignore = "never ends"]
fn has_a_cluster() {
    let Some(database) = postgres() else { return };
    println!("folder {}", database.value("SELECT current_setting('data_directory')"));
    std::thread::sleep(Duration::from_secs(600));
}

#[test]
fn a_killed_process_leaves_nothing() {
    if postgres().is_none() {
        return;
    }
    let mut process = Command::new(std::env::current_exe().expect("a path"))
        .args(["--exact", "cluster::has_a_cluster", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
    let mut lines = lines.map(|line| line.expect("text"));
    let folder = lines.find_map(|line| line.split_once("folder ").map(|(_, at)| at.to_owned()));
    let folder = folder.expect("a folder");
    process.kill().expect("ours");
    process.wait().expect("ours");
    let is_gone = |_| {
        std::thread::sleep(Duration::from_millis(100));
        !Path::new(&folder).parent().expect("a folder").exists()
    };
    assert!((0..300).any(is_gone), "{folder} is still there");
}
