//! A plan for people.

use std::fmt;

use super::words::Incremental;
use super::{InParts, Partition, Plan, Shown};
use crate::plan::Share;
use crate::report::{Grid, SchemaChange, printable};
use crate::run::{Beginning, Outlook};

/// A paragraph for each resource, then a table of the groups; nothing when there is no plan.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.resources.is_empty() {
            return Ok(());
        }
        for resource in &self.resources {
            writeln!(f, "{}", resource.resource)?;
            let mut lines = lines(resource, self.partition.as_deref());
            let state = beginning(self.destination.as_ref(), resource);
            lines.extend(state.map(|text| ("state".to_owned(), text)));
            for (title, text) in lines {
                writeln!(f, "  {title:<10}  {text}")?;
            }
            writeln!(f)?;
        }
        let mut grid = Grid::new(&["group"]);
        grid.numbers(&["partitions"]);
        grid.texts(&["in parts"]);
        for group in &self.groups {
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
        grid.fmt(f)?;
        let Some(Outlook { destination, schema_changes, .. }) = &self.destination else {
            return Ok(());
        };
        writeln!(f, "\ninto {}", printable(destination))?;
        match schema_changes.as_deref() {
            None => writeln!(f, "  what would be made or altered there is not known"),
            Some([]) => writeln!(f, "  nothing would be made or altered"),
            Some(changes) => {
                changes.iter().try_for_each(|SchemaChange { table, change, .. }| {
                    writeln!(f, "  table `{table}`: {change}")
                })
            }
        }
    }
}

/// Where a resource would begin, if anything is remembered of it.
fn beginning(outlook: Option<&Outlook>, shown: &Shown) -> Option<String> {
    let all = &outlook?.resources;
    let Beginning { cursor, resumes, partitions, complete, .. } =
        all.iter().find(|one| one.resource == shown.resource)?;
    let mut said = Vec::new();
    if let (Some(incremental), Some(cursor)) = (&shown.incremental, cursor) {
        said.push(format!("{} {cursor}", incremental.cursor));
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

/// What is to be said of a resource, with titles.
fn lines(shown: &Shown, part: Option<&str>) -> Vec<(String, String)> {
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
        let list = |Partition { name, elements }: &Partition| format!("{name} ({elements})");
        let lists: Vec<_> = shown.partitions.iter().map(list).collect();
        line("partitions", lists.join(", "));
    }
    if let Some(incremental) = &shown.incremental {
        line("cursor", cursor(incremental));
        if let Some(step) = &incremental.step {
            line("windows", format!("{step}, {} at once", incremental.parallel));
        }
    }
    line("rows", rows(shown));
    if let (Some(part), Some(share)) = (part, shown.share) {
        let share = match share {
            Share::None => "not in this part",
            Share::Partitions => "its partitions are divided",
            Share::Rows => "its rows are divided",
            Share::Whole => "whole",
        };
        line(&format!("part {part}"), share.to_owned());
    }
    lines
}

fn cursor(of: &Incremental) -> String {
    let mut text = of.cursor.to_owned();
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            text.push_str(&format!(", {name} {value}"));
        }
    };
    add("from", of.initial.as_deref());
    add("start in", of.start.as_deref());
    add("end in", of.end.as_deref());
    add("as", of.format);
    add("lag", of.lag.as_deref());
    add("order", of.row_order);
    add("compared", of.client_side.then_some("here"));
    text
}

fn rows(shown: &Shown) -> String {
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
    text
}
