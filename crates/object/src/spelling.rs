//! Which of several words somebody meant who wrote another.

use std::collections::BTreeSet;

/// The known word that differs least from what was written, if it does not differ much.
pub fn closest<'k>(name: &str, known: &BTreeSet<&'k str>) -> Option<&'k str> {
    let best = known.iter().map(|known| (distance(name, known), *known)).min()?;
    (best.0 <= 2.max(name.len() / 3)).then_some(best.1)
}

/// How many letters have to be put in, taken out or changed to make one word of the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in right.iter().enumerate() {
            let changed = corner + usize::from(a != *b);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{closest, distance};

    #[test]
    fn words_are_as_far_apart_as_one_would_count() {
        assert_eq!(distance("selfheal", "selfHeal"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn what_differs_much_was_not_meant() {
        let known = BTreeSet::from(["expect", "limits", "selfHeal"]);
        assert_eq!(closest("selfheal", &known), Some("selfHeal"));
        assert_eq!(closest("expects", &known), Some("expect"));
        assert_eq!(closest("granularity", &known), None);
    }
}
