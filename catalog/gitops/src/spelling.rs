//! When a name that is not there is taken for another that is.
//!
//! That something is not among the files is no proof that it does not exist. Only where a name differs from a known one as
//! a slip of the keyboard does, a rule may say that it is wrong: `team-a` beside `team-b`, or `shop-dev` beside `shop-prod`,
//! are two names.

use platlint_engine::suggest;

/// The known name of which `name` is a slip: all words between dashes but one are the same, and that one is long, without
/// digits, and nearly the same.
pub(crate) fn slip_of<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    known.into_iter().filter(|known| is_slip(name, known)).min()
}

fn is_slip(name: &str, known: &str) -> bool {
    /// Shorter words differ on purpose.
    const SHORTEST: usize = 4;
    let (left, right): (Vec<&str>, Vec<&str>) = (name.split('-').collect(), known.split('-').collect());
    if left.len() != right.len() {
        return false;
    }
    let mut different = left.iter().zip(&right).filter(|(left, right)| left != right);
    let (Some((left, right)), None) = (different.next(), different.next()) else { return false };
    let is_word = |word: &str| word.len() >= SHORTEST && word.chars().all(char::is_alphabetic);
    is_word(left) && is_word(right) && suggest::nearest(left, &[right]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_slips_from_other_names() {
        assert_eq!(slip_of("platfrom-config", ["platform-config", "other"]), Some("platform-config"));
        for (name, known) in [
            ("team-a", "team-b"),
            ("shop-dev", "shop-prod"),
            ("env1", "env2"),
            ("foo-project", "my-project"),
            ("shop", "shop"),
        ] {
            assert_eq!(slip_of(name, [known]), None, "{name} {known}");
        }
    }
}
