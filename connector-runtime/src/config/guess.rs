//! "did you mean": the nearest of the names that would have been right.

/// The name nearest to `given`, if it is near enough to be what was meant.
pub(crate) fn nearest<'a>(
    given: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace('-', "_");
    let allowed = given.chars().count().max(3) / 3;
    let distances = names.into_iter().map(|name| (distance(&plain(given), &plain(name)), name));
    let near = distances.filter(|(distance, _)| *distance <= allowed);
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = (0..=a.len()).map(|i| (i..=i + b.len()).collect()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_enough() {
        let names = ["page_limit", "owner", "destination"];
        for (given, expected) in [
            ("page-limit", Some("page_limit")),
            ("PAGE_LIMIT", Some("page_limit")),
            ("onwer", Some("owner")),
            ("destinaton", Some("destination")),
            ("token", None),
        ] {
            assert_eq!(nearest(given, names), expected, "{given}");
        }
    }
}
