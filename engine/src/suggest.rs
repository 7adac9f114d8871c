//! "Did you mean": the known name nearest to one that is not known.
// Counts of letters of texts in memory, subtracted only where they are above zero.
#![allow(clippy::arithmetic_side_effects)]

/// A sentence naming the nearest of `known`, or, where none is near, all of them if they are few.
#[must_use]
pub fn help<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    /// More names than this are no help.
    const FEW: usize = 12;
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    if let Some(nearest) = nearest(word, &known) {
        return Some(format!("did you mean `{nearest}`?"));
    }
    (!known.is_empty() && known.len() <= FEW).then(|| format!("known are: {}", known.join(", ")))
}

/// The nearest name, where it differs in at most a third of its letters.
#[must_use]
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    /// Longer words are no typing errors, and comparing them costs time.
    const LONGEST: usize = 100;
    if word.len() > LONGEST {
        return None;
    }
    let normal = |text: &str| text.to_lowercase().replace('_', "-");
    let wanted = normal(word);
    let best = known.iter().map(|name| (distance(&wanted, &normal(name)), *name)).min()?;
    (best.0 <= (best.1.chars().count() / 3).max(1)).then_some(best.1)
}

/// Insertions, deletions, replacements and swaps of neighbours that make one text of another.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.iter().enumerate() {
        let mut this = vec![row + 1];
        for (column, b) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&last, column) + usize::from(a != b);
            let mut cost = replaced.min(at(&last, column + 1) + 1).min(at(&this, column) + 1);
            let swapped = row > 0 && column > 0 && left.get(row - 1) == Some(b) && right.get(column - 1) == Some(a);
            if swapped {
                cost = cost.min(at(&before, column - 1) + 1);
            }
            this.push(cost);
        }
        before = std::mem::replace(&mut last, this);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_nearest() {
        let known = ["severity", "level", "match", "resource-limits"];
        assert_eq!(help("severty", known).as_deref(), Some("did you mean `severity`?"));
        assert_eq!(help("resource_limits", known).as_deref(), Some("did you mean `resource-limits`?"));
        assert_eq!(help("lvel", known).as_deref(), Some("did you mean `level`?"));
        assert_eq!(help("leevl", known).as_deref(), Some("did you mean `level`?"));
    }

    #[test]
    fn names_all_where_none_is_near_and_few_are_known() {
        assert_eq!(help("zzz", ["b", "a"]).as_deref(), Some("known are: a, b"));
        assert_eq!(help("zzz", []), None);
    }

    #[test]
    fn counts_edits() {
        assert_eq!(
            (distance("", "abc"), distance("abc", "abc"), distance("abcd", "abdc"), distance("kitten", "sitting")),
            (3, 0, 1, 3)
        );
    }
}
