//! Selection, order and trees, by specs that are written by hand.

use super::*;
use crate::spec::{ParentSpec, PartitionSpec, PartitionValues, ResourceDefaults};

/// Children are listed before their parents, and trees are mixed.
pub(super) const CONNECTOR: &ConnectorSpec = &ConnectorSpec {
    name: "tracker",
    resources: &[
        &ResourceSpec { name: "users", ..ResourceSpec::EMPTY },
        &ResourceSpec { name: "reactions", parent: parent("comments"), ..ResourceSpec::EMPTY },
        &ResourceSpec {
            name: "members",
            parent: parent("teams"),
            partitions: &[PartitionSpec {
                name: "role",
                values: PartitionValues::Listed(&["member", "owner"]),
            }],
            ..ResourceSpec::EMPTY
        },
        &ResourceSpec {
            name: "issues",
            partitions: &[PartitionSpec {
                name: "project",
                values: PartitionValues::Config("projects"),
            }],
            ..ResourceSpec::EMPTY
        },
        &ResourceSpec { name: "comments", parent: parent("issues"), ..ResourceSpec::EMPTY },
        &ResourceSpec { name: "labels", ..ResourceSpec::EMPTY },
        &ResourceSpec {
            name: "teams",
            store: false,
            resume_within_ms: Some(0),
            ..ResourceSpec::EMPTY
        },
        &ResourceSpec { name: "events", ..ResourceSpec::EMPTY },
    ],
    ..ConnectorSpec::EMPTY
};

const fn parent(resource: &'static str) -> Option<ParentSpec> {
    Some(ParentSpec { alias: "it", resource, type_name: "It", skip_missing: false })
}

pub(super) fn resource(name: &str) -> &'static ResourceSpec {
    find(CONNECTOR, name).unwrap()
}

/// The names of the planned resources, those that are not stored in brackets.
fn names(planned: &[Planned]) -> String {
    let name = |one: &Planned| match one.stored {
        true => one.spec.name.to_owned(),
        false => format!("({})", one.spec.name),
    };
    planned.iter().map(name).collect::<Vec<_>>().join(" ")
}

fn planned(selected: &[&str]) -> Vec<Planned> {
    let selected: Vec<_> = selected.iter().map(|name| (*name).to_owned()).collect();
    plan(CONNECTOR, &selected).unwrap()
}

#[test]
fn parents_come_first_and_the_listed_order_otherwise() {
    let cases: [(&[&str], &str); 7] = [
        (&[], "users issues comments reactions (teams) members labels events"),
        (&["events", "users", "events"], "users events"),
        (&["comments"], "(issues) comments"),
        (&["reactions"], "(issues) (comments) reactions"),
        (&["reactions", "issues"], "issues (comments) reactions"),
        (&["members", "comments"], "(teams) members (issues) comments"),
        (&["teams"], "(teams)"),
    ];
    for (selected, expected) in cases {
        assert_eq!(names(&planned(selected)), expected, "{selected:?}");
    }
}

#[test]
fn trees_hold_what_is_read_together() {
    let cases: [(&[&str], &[&str]); 3] = [
        (&[], &["users", "issues comments reactions", "(teams) members", "labels", "events"]),
        (&["reactions", "members"], &["(issues) (comments) reactions", "(teams) members"]),
        (&["labels"], &["labels"]),
    ];
    for (selected, expected) in cases {
        let trees = trees(planned(selected));
        let trees: Vec<_> = trees.iter().map(|tree| names(tree)).collect();
        assert_eq!(trees, expected, "{selected:?}");
    }
}

#[test]
fn a_name_that_is_not_there_is_said() {
    let error = plan(CONNECTOR, &["issue".to_owned()]).unwrap_err().to_string();
    assert!(error.starts_with("`tracker` has no resource `issue`"), "{error}");
}

#[test]
fn how_old_a_scan_may_be_is_said_by_the_resource_then_by_the_connector() {
    let hour = ConnectorSpec {
        defaults: ResourceDefaults { resume_within_ms: Some(3_600_000), ..ResourceDefaults::NONE },
        ..ConnectorSpec::EMPTY
    };
    let within = |connector, name| Planned::new(connector, resource(name)).resume_within.as_secs();
    assert_eq!(within(CONNECTOR, "users"), 86_400);
    assert_eq!(within(&hour, "users"), 3_600);
    assert_eq!(within(&hour, "teams"), 0);
}

#[test]
fn what_is_not_stored_says_so_to_the_destination() {
    let stored: Vec<_> =
        planned(&["comments"]).iter().map(|one| one.load(CONNECTOR).store).collect();
    assert_eq!(stored, [false, true]);
}
