//! Which part of a connector reads what: `Run::partition`.

use super::Planned;
use crate::destination::Part;
use crate::error::{Error, ErrorKind, Result};
use crate::spec::{ConnectorSpec, MergeStrategy, ResourceSpec, WriteDisposition};

/// What one part reads of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Share {
    /// Nothing: it belongs to another part as a whole.
    None,
    /// Some of its partitions, those of its parents included.
    Partitions,
    /// All of its rows, of which it stores some, and reads their children.
    Rows,
    /// Everything.
    Whole,
}

/// What a part reads of a resource: the same whatever else is selected, so that runs of several
/// selections divide in the same way.
pub(crate) fn share(connector: &ConnectorSpec, resource: &ResourceSpec, part: Part) -> Share {
    let has_children = |one: &ResourceSpec| {
        connector
            .resources
            .iter()
            .any(|child| child.parent.is_some_and(|it| it.resource == one.name))
    };
    let has_partitions = |one: &ResourceSpec| one.parent.is_some() || !one.partitions.is_empty();
    if has_partitions(resource) {
        return Share::Partitions;
    }
    if has_children(resource) {
        return Share::Rows;
    }
    let mut undivided =
        connector.resources.iter().filter(|one| !has_partitions(one) && !has_children(one));
    let at = undivided.position(|one| one.name == resource.name);
    match at.is_some_and(|at| at % part.of as usize == part.index as usize - 1) {
        true => Share::Whole,
        false => Share::None,
    }
}

/// Whether what has this key is read by a part. The same in every version: parts remember for
/// themselves how far they have come.
pub(crate) fn belongs(key: &str, part: Part) -> bool {
    mixed(key) % u64::from(part.of) == u64::from(part.index) - 1
}

/// FNV-1a, and then the finalizer of SplitMix64: alone, the low bits of FNV know only those of the
/// text.
pub(crate) fn mixed(text: &str) -> u64 {
    let fnv = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (fnv ^ (fnv >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Refuses what cannot be done in parts.
///
/// # Errors
///
/// When there is no such part; when a table that the part shares with others takes all rows of its
/// resource at once, or none.
pub(crate) fn divide(connector: &ConnectorSpec, planned: &[Planned], part: Part) -> Result<()> {
    let Part { index, of } = part;
    if !(1..=of).contains(&index) {
        return Err(Error::new(ErrorKind::Config, format!("there is no part {part}"))
            .with_help("parts are counted from 1, as in `2/4`"));
    }
    let shared = |planned: &&Planned| {
        planned.stored
            && of > 1
            && matches!(share(connector, planned.spec, part), Share::Partitions | Share::Rows)
    };
    for planned in planned.iter().filter(shared) {
        let Some(option) = planned.needs_all_rows() else { continue };
        let name = planned.spec.name;
        let message = format!("it cannot be loaded in parts: {option} needs all of its rows");
        return Err(Error::new(ErrorKind::Config, message).with_resource(name).with_help(format!(
            "load `{name}` by a run without a part, and name the other resources in those with one"
        )));
    }
    Ok(())
}

impl Planned {
    /// The option for which all rows of the resource must come in one load, if there is one.
    pub(crate) fn needs_all_rows(&self) -> Option<&'static str> {
        match (self.write.disposition, self.write.strategy) {
            (WriteDisposition::Replace, _) => Some("`write_disposition = replace`"),
            _ if self.write.delete_missing.is_some() => Some("`delete_missing`"),
            (WriteDisposition::Append, _) => None,
            (_, MergeStrategy::DeleteInsert { .. }) => Some("`strategy = delete_insert(..)`"),
            (_, MergeStrategy::Scd2 { .. }) => Some("`strategy = scd2`"),
            (_, MergeStrategy::Upsert | MergeStrategy::InsertOnly) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::plan;
    use crate::plan::tests::{CONNECTOR, resource};
    use crate::spec::DeleteMissing;

    #[test]
    fn every_resource_has_its_share() {
        let rows = [
            ("users", [Share::Whole, Share::None]),
            ("issues", [Share::Partitions, Share::Partitions]),
            ("comments", [Share::Partitions, Share::Partitions]),
            ("reactions", [Share::Partitions, Share::Partitions]),
            ("teams", [Share::Rows, Share::Rows]),
            ("members", [Share::Partitions, Share::Partitions]),
            ("labels", [Share::None, Share::Whole]),
            ("events", [Share::Whole, Share::None]),
        ];
        for (name, expected) in rows {
            let shares =
                [1, 2].map(|index| share(CONNECTOR, resource(name), Part { index, of: 2 }));
            assert_eq!(shares, expected, "{name}");
        }
        assert_eq!(share(CONNECTOR, resource("events"), Part { index: 3, of: 9 }), Share::Whole);
    }

    #[test]
    fn every_key_belongs_to_one_part_and_parts_are_alike() {
        for of in 1..=9 {
            let mut sizes = vec![0_u32; of as usize];
            for number in 0..9_000 {
                let key = format!("[{number}]");
                let parts = (1..=of).filter(|&index| belongs(&key, Part { index, of }));
                let parts: Vec<_> = parts.collect();
                assert_eq!(parts.len(), 1, "{key} in {parts:?} of {of}");
                sizes[parts[0] as usize - 1] += 1;
            }
            let fair = 9_000 / of;
            assert!(sizes.iter().all(|size| size.abs_diff(fair) < fair / 5), "{of}: {sizes:?}");
        }
    }

    #[test]
    fn a_key_belongs_to_the_same_part_in_every_version() {
        // the test vectors of FNV-1a, mixed
        for (key, expected) in [("", 0xf52a_15e9_a9b5_e89b), ("a", 0x02c0_bdbf_4814_20f8)] {
            assert_eq!(mixed(key), expected, "{key}: {:x}", mixed(key));
        }
    }

    #[test]
    fn a_part_must_be_there() {
        for (index, of, is_there) in
            [(1, 1, true), (2, 2, true), (0, 2, false), (3, 2, false), (0, 0, false)]
        {
            let result = divide(CONNECTOR, &[], Part { index, of });
            assert_eq!(result.is_ok(), is_there, "{index}/{of}");
        }
    }

    #[test]
    fn what_needs_all_rows_is_not_divided() {
        type Change = fn(&mut Planned);
        let cases: [(Change, Option<&str>); 6] = [
            (|_| {}, None),
            (|it| it.write.disposition = WriteDisposition::Append, None),
            (
                |it| it.write.disposition = WriteDisposition::Replace,
                Some("`write_disposition = replace`"),
            ),
            (|it| it.write.delete_missing = Some(DeleteMissing::Soft), Some("`delete_missing`")),
            (
                |it| it.write.strategy = MergeStrategy::DeleteInsert { merge_key: &["day"] },
                Some("`strategy = delete_insert(..)`"),
            ),
            (
                |it| it.write.strategy = MergeStrategy::Scd2 { valid_from: "f", valid_to: "t" },
                Some("`strategy = scd2`"),
            ),
        ];
        let part = Part { index: 1, of: 2 };
        for (change, option) in cases {
            let mut planned = plan(CONNECTOR, &[]).unwrap();
            let one = planned.iter_mut().find(|one| one.spec.name == "issues").unwrap();
            one.write.disposition = WriteDisposition::Merge;
            change(one);
            let error = divide(CONNECTOR, &planned, part).err().map(|error| error.to_string());
            let expected = option.map(|option| {
                format!(
                    "resource `issues`: it cannot be loaded in parts: {option} needs all of its rows"
                )
            });
            assert_eq!(error.is_some(), expected.is_some(), "{error:?}");
            assert!(error.unwrap_or_default().starts_with(&expected.unwrap_or_default()));
            // a run of one part reads everything, and what is not stored is not missed
            assert!(divide(CONNECTOR, &planned, Part { index: 1, of: 1 }).is_ok());
            planned.iter_mut().for_each(|one| one.stored = false);
            assert!(divide(CONNECTOR, &planned, part).is_ok());
        }
        // what is read by one part as a whole may be replaced
        let mut planned = plan(CONNECTOR, &["labels".to_owned()]).unwrap();
        planned[0].write.disposition = WriteDisposition::Replace;
        assert!(divide(CONNECTOR, &planned, part).is_ok());
    }
}
