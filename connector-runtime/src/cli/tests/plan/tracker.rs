//! A connector with parents, partitions and cursors.

use crate::cli::tests::*;
use crate::spec::{
    BoundFormat, CursorSpan, DeleteMissing, IncrementalSpec, LinkSource, LinkSpec, PaginatorSpec,
    ParentSpec, PartitionSpec, PartitionValues, ResourceDefaults, RowOrder, Target,
    WriteDisposition,
};

pub(super) const SPEC: &ConnectorSpec = &ConnectorSpec {
    name: "tracker",
    config: &[
        ConfigField::new::<Secret>("token", "token", "TRACKER_TOKEN", ""),
        ConfigField::new::<Vec<String>>("projects", "projects", "TRACKER_PROJECTS", ""),
        ConfigField::new::<String>("start", "start", "TRACKER_START", "").default("2020-01-01"),
    ],
    defaults: ResourceDefaults {
        paginator: Some(PaginatorSpec::Link(LinkSpec {
            page_size: Some(100),
            ..LinkSpec::new(LinkSource::Header("next"))
        })),
        ..ResourceDefaults::NONE
    },
    resources: &[&COMMENTS, &ISSUES, &USERS, &DAYS],
    ..ConnectorSpec::EMPTY
};

static ISSUES: ResourceSpec = ResourceSpec {
    name: "issues",
    path: written("/projects/{partition.project}/issues"),
    params: &[Param { name: "sort", value: written("updated"), repeated: false }],
    write_disposition: Some(WriteDisposition::Merge),
    incremental: Some(IncrementalSpec {
        start: Some(Target::Param("since")),
        end: Some(Target::Param("until")),
        format: Some(BoundFormat::Date),
        initial: Some(Template { text: "config.start", parts: &[Part::Config("start")] }),
        lag: Some(CursorSpan::Time { months: 0, days: 0, seconds: 3_600 }),
        row_order: Some(RowOrder::Asc),
        step: Some(CursorSpan::Time { months: 1, days: 0, seconds: 0 }),
        parallel: 4,
        ..IncrementalSpec::new("updated_at")
    }),
    partitions: &[
        PartitionSpec { name: "project", values: PartitionValues::Config("projects") },
        PartitionSpec { name: "state", values: PartitionValues::Listed(&["open", "closed"]) },
    ],
    fields: &[
        ColumnSpec::new::<i64>("number", "number", "").primary_key().field(),
        ColumnSpec::new::<jiff::Timestamp>("updated_at", "updated_at", "").field(),
    ],
    ..ResourceSpec::EMPTY
};

static COMMENTS: ResourceSpec = ResourceSpec {
    name: "comments",
    path: written("/issues/{issue.number}/comments"),
    parent: Some(ParentSpec {
        alias: "issue",
        resource: "issues",
        type_name: "Issue",
        skip_missing: false,
    }),
    ..ResourceSpec::EMPTY
};

static USERS: ResourceSpec = ResourceSpec {
    name: "users",
    path: written("/users"),
    paginator: Some(PaginatorSpec::SinglePage),
    write_disposition: Some(WriteDisposition::Replace),
    ..ResourceSpec::EMPTY
};

static DAYS: ResourceSpec = ResourceSpec {
    name: "days",
    path: written("/days/{partition.day}"),
    paginator: Some(PaginatorSpec::SinglePage),
    write_disposition: Some(WriteDisposition::Merge),
    delete_missing: Some(DeleteMissing::Hard),
    partitions: &[PartitionSpec { name: "day", values: PartitionValues::Listed(&["mon", "tue"]) }],
    ..ResourceSpec::EMPTY
};

const fn written(text: &'static str) -> Template {
    Template { text, parts: &[] }
}
