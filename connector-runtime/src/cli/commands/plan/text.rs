//! A plan for people.

use crate::cli::changes::would_change;
use crate::plan::Share;
use crate::report::Grid;
use crate::run::{
    Beginning, InParts, Plan, PlannedIncremental, PlannedPartition, PlannedRange, PlannedResource,
};

/// What is special of the run, a paragraph for each resource, then a table of the groups; nothing when
/// there is no plan.
pub(super) fn of(plan: &Plan) -> String {
    if plan.resources.is_empty() {
        return String::new();
    }
    let mut text: String = heads(plan).iter().map(|head| format!("{head}\n\n")).collect();
    for resource in &plan.resources {
        text.push_str(&format!("{}\n", resource.resource));
        for (title, line) in lines(plan, resource) {
            text.push_str(&format!("  {title:<10}  {line}\n"));
        }
        text.push('\n');
    }
    text.push_str(&groups(plan));
    if let Some(outlook) = &plan.destination {
        let changes = would_change(&outlook.destination, outlook.schema_changes.as_deref());
        text.push_str(&format!("\n{changes}"));
    }
    text
}

/// What the flags of the run come to.
fn heads(plan: &Plan) -> Vec<String> {
    let mut heads = Vec::new();
    if plan.full_refresh {
        heads.push(
            "full refresh: everything is read from its beginning, and state is started afresh; what is there stays until all of a resource has come"
                .to_owned(),
        );
    }
    if let Some(rows) = plan.limit {
        heads.push(format!(
            "limit: at most {rows} rows of each resource from its beginning, one request at a time; state is neither read nor moved, and nothing is removed"
        ));
    }
    if let Some(PlannedRange { from, to, .. }) = &plan.range {
        heads.push(format!(
            "range: rows whose cursor is at or after {from} and before {to}; state is neither read nor moved"
        ));
    }
    if let Some(now) = plan.now {
        heads.push(format!("now: {now} is taken for the present"));
    }
    if !plan.left_out.is_empty() {
        let names = plan.left_out.join(", ");
        heads.push(format!("left out, as there is no cursor: {names}"));
    }
    heads
}

fn groups(plan: &Plan) -> String {
    let mut grid = Grid::new(&["group"]);
    grid.numbers(&["partitions"]);
    grid.texts(&["in parts"]);
    for group in &plan.groups {
        let in_parts = match group.in_parts {
            InParts::Partitions => "its partitions are divided",
            InParts::Refused => "refused: ",
            InParts::Rows => "its rows are divided",
            InParts::Whole => "one part has all of it",
        };
        let reason = group.reason.as_deref().unwrap_or_default();
        grid.push(vec![
            group.resources.join(" "),
            group.partitions.map(|number| number.to_string()).unwrap_or_default(),
            format!("{in_parts}{reason}"),
        ]);
    }
    grid.to_string()
}

/// What is to be said of a resource, with titles.
fn lines(plan: &Plan, shown: &PlannedResource) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut line = |title: &str, text: String| lines.push((title.to_owned(), text));
    line("request", format!("{} {}", shown.method, shown.path));
    if !shown.params.is_empty() {
        let params = shown.params.iter().map(|param| format!("{}={}", param.name, param.value));
        line("params", params.collect::<Vec<_>>().join(" "));
    }
    line("paginator", shown.paginator.clone());
    if let Some(parent) = shown.parent {
        line("parent", format!("once for each row of {parent}"));
    }
    if !shown.partitions.is_empty() {
        let list =
            |one: &PlannedPartition| -> String { format!("{} ({})", one.name, one.elements) };
        let lists: Vec<_> = shown.partitions.iter().map(list).collect();
        line("partitions", lists.join(", "));
    }
    if let Some(incremental) = &shown.incremental {
        line("cursor", cursor(incremental, plan.range.as_ref()));
        if let Some(step) = &incremental.step {
            line("windows", format!("{step}, {} at once", incremental.parallel));
        }
    }
    line("rows", rows(plan, shown));
    if let (Some(part), Some(share)) = (plan.partition, shown.share) {
        let share = match share {
            Share::None => "not in this part",
            Share::Partitions => "its partitions are divided",
            Share::Rows => "its rows are divided",
            Share::Whole => "whole",
        };
        line(&format!("part {part}"), share.to_owned());
    }
    if let Some(state) = beginning(plan, shown) {
        line("state", state);
    }
    lines
}

fn cursor(of: &PlannedIncremental, range: Option<&PlannedRange>) -> String {
    let mut text = of.cursor.to_owned();
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            text.push_str(&format!(", {name} {value}"));
        }
    };
    match range {
        Some(PlannedRange { from, to, .. }) => {
            add("from", Some(from));
            add("to", Some(to));
        }
        None => add("from", of.initial.as_deref()),
    }
    add("start in", of.start.as_deref());
    add("end in", of.end.as_deref());
    add("as", of.format);
    add("lag", of.lag.as_deref().filter(|_| range.is_none()));
    add("order", of.row_order);
    add("compared", of.client_side.then_some("here"));
    text
}

fn rows(plan: &Plan, shown: &PlannedResource) -> String {
    if !shown.stored {
        return "not stored: they are read for children only".to_owned();
    }
    let mut text = shown.write_disposition.to_owned();
    if let Some(strategy) = shown.strategy {
        text.push_str(&format!(", {strategy}"));
    }
    if let Some(missing) = shown.delete_missing {
        text.push_str(&format!(", delete_missing = {missing}"));
    }
    if plan.full_refresh && shown.replaces {
        text.push_str("; they take the place of all rows that are there");
    }
    text
}

/// Where a resource would begin, if anything is remembered of it that counts.
fn beginning(plan: &Plan, shown: &PlannedResource) -> Option<String> {
    let all = &plan.destination.as_ref()?.resources;
    let Beginning { cursor, from, resumes, partitions, complete, .. } =
        all.iter().find(|one| one.resource == shown.resource)?;
    let mut said = Vec::new();
    if let (Some(incremental), Some(cursor)) = (&shown.incremental, cursor) {
        let from = match (&incremental.start, partitions) {
            (Some(_), 0) => {
                format!(", asked for from {}", from.as_deref().unwrap_or("the beginning"))
            }
            _ => String::new(),
        };
        said.push(format!("{} {cursor}{from}", incremental.cursor));
    }
    said.extend(resumes.as_ref().map(|at| format!("a load that did not end goes on {at}")));
    if *partitions > 0 {
        said.push(format!("{partitions} partitions are remembered"));
    }
    if said.is_empty() {
        said.push(if *complete { "loaded before" } else { "loaded before in part" }.to_owned());
    }
    Some(said.join(", "))
}
