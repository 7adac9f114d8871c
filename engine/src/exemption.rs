//! Exceptions from rules: always with a reason, an owner and an end.
//!
//! The platform's exemptions stand in its configuration; those a developer may write stand on an object
//! (`platlint.dev/exempt`) or in a file's comment and hold only for rules named under `self-service`. Both kinds of
//! text are read by [`parse_self_exemption`], so that they are written alike.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::glob;
use crate::pointer::{Pointer, Segment};
use crate::policy::Match;
use crate::review::Review;
use crate::value::{at, get_str};

/// The annotation by which an object may exempt itself, where the rule is named under `self-service`.
pub(crate) const ANNOTATION: &str = "platlint.dev/exempt";

/// An exemption of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemption {
    /// Rule id; `*` patterns allowed.
    pub rule: String,
    /// Kind of the object; any where `None`.
    pub kind: Option<String>,
    /// Namespace; `*` patterns allowed, any where `None`.
    pub namespace: Option<String>,
    /// Name; `*` patterns allowed, any where `None`.
    pub name: Option<String>,
    /// Only findings within the container of this name.
    pub container: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds, UTC.
    pub expires: NaiveDate,
    /// Where it is written, `platlint.yaml:14`.
    pub place: Arc<str>,
}

impl Exemption {
    /// Whether it still holds.
    #[must_use]
    pub fn holds_on(&self, today: NaiveDate) -> bool {
        today <= self.expires
    }

    /// Whether it speaks of this object, or of a controller the object comes of, whatever its rule pattern and the date.
    /// `matches` is what the rule judges, see [`Review::has_ancestor`].
    #[must_use]
    pub(crate) fn names(&self, review: &Review, matches: &Match) -> bool {
        let fits = |pattern: &Option<String>, text: Option<&str>| {
            pattern.as_ref().is_none_or(|pattern| text.is_some_and(|text| glob::matches(pattern, text)))
        };
        let named = |kind: &str, name: Option<&str>| fits(&self.kind, Some(kind)) && fits(&self.name, name);
        // A controller's objects stand in its namespace.
        fits(&self.namespace, review.namespace.known())
            && (named(&review.kind.kind, review.name.as_deref())
                || review.has_ancestor(matches, |one| named(&one.kind.kind, Some(&one.name))))
    }

    /// Whether it covers a finding of this rule at this path of the object.
    pub(crate) fn covers(&self, rule: &str, path: &Pointer, review: &Review) -> bool {
        glob::matches(&self.rule, rule)
            && self
                .container
                .as_ref()
                .is_none_or(|wanted| container_at(review, path).is_some_and(|name| **name == **wanted))
    }
}

/// The name of the container a path leads into.
fn container_at<'r>(review: &'r Review, path: &Pointer) -> Option<&'r Arc<str>> {
    const LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];
    let end = path.0.windows(2).position(|pair| match pair {
        [Segment::Key(list), Segment::Index(_)] => LISTS.contains(&&**list),
        _ => false,
    })?;
    let container = path.0.get(..end.saturating_add(2))?;
    get_str(at(&review.object, &container.iter().cloned().collect())?, "name")
}

/// Which rules developers may exempt their own objects from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SelfService {
    /// Rule ids; `*` patterns allowed. Empty: none.
    pub rules: Vec<String>,
    /// An exemption may end at most so many days from now.
    pub max_days: u32,
}

/// An exemption a developer wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfExemption {
    /// Rule ids, exactly.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds, UTC.
    pub until: NaiveDate,
}

impl SelfExemption {
    /// Why it does not hold for `rule`; `Ok` where it does.
    pub fn check(&self, rule: &str, service: &SelfService, today: NaiveDate) -> Result<(), String> {
        if !glob::any_matches(&service.rules, rule) {
            return Err(format!(
                "the platform does not allow exempting oneself from {rule}; the cluster will deny this"
            ));
        }
        if today > self.until {
            return Err(format!("the exemption ended on {}", self.until));
        }
        let latest = today.checked_add_days(chrono::Days::new(u64::from(service.max_days)));
        if latest.is_some_and(|latest| self.until > latest) {
            return Err(format!("the exemption ends on {}, more than {} days from now", self.until, service.max_days));
        }
        Ok(())
    }
}

/// What is wrong with the text of a self-service exemption.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExemptionError {
    /// No rule is named first.
    #[error("it names no rule; write `rule-id reason=\"…\" owner=… until=YYYY-MM-DD`")]
    NoRule,
    /// One of the three required words is missing or empty.
    #[error("`{0}=` is missing")]
    Missing(&'static str),
    /// Something else stands there.
    #[error("`{0}` is not understood; write `rule-id reason=\"…\" owner=… until=YYYY-MM-DD`")]
    Unknown(String),
    /// The end is no date.
    #[error("`until={0}` is not a date; write YYYY-MM-DD")]
    NoDate(String),
    /// A quotation mark is not closed.
    #[error("a quotation mark is not closed")]
    OpenQuote,
}

/// Reads `rule-id[,rule-id] reason="…" owner=… until=YYYY-MM-DD`.
///
/// ```
/// let read = platlint_engine::parse_self_exemption("image-digest reason=\"vendor tag\" owner=team-a until=2027-01-31").unwrap();
/// assert_eq!(read.rules, ["image-digest"]);
/// assert_eq!(read.reason, "vendor tag");
/// ```
pub fn parse_self_exemption(text: &str) -> Result<SelfExemption, ExemptionError> {
    let mut words = words(text)?.into_iter();
    let rules: Vec<String> =
        words.next().unwrap_or_default().split(',').filter(|rule| !rule.is_empty()).map(ToOwned::to_owned).collect();
    if rules.is_empty() || rules.iter().any(|rule| rule.contains('=')) {
        return Err(ExemptionError::NoRule);
    }
    let (mut reason, mut owner, mut until) = (None, None, None);
    for word in words {
        let slot = match word.split_once('=') {
            Some(("reason", value)) => (&mut reason, value),
            Some(("owner", value)) => (&mut owner, value),
            Some(("until", value)) => (&mut until, value),
            _ => return Err(ExemptionError::Unknown(word)),
        };
        *slot.0 = Some(slot.1.trim().to_owned()).filter(|value| !value.is_empty());
    }
    let until = until.ok_or(ExemptionError::Missing("until"))?;
    Ok(SelfExemption {
        rules,
        reason: reason.ok_or(ExemptionError::Missing("reason"))?,
        owner: owner.ok_or(ExemptionError::Missing("owner"))?,
        until: NaiveDate::parse_from_str(&until, "%Y-%m-%d").map_err(|_| ExemptionError::NoDate(until))?,
    })
}

/// Words between blanks; double quotes keep blanks within a word.
fn words(text: &str) -> Result<Vec<String>, ExemptionError> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            blank if blank.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            other => word.push(other),
        }
    }
    if quoted {
        return Err(ExemptionError::OpenQuote);
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap()
    }

    #[test]
    fn reads_rules_reason_owner_and_end() {
        let read = parse_self_exemption("a,b  until=2027-01-31 owner=team-a reason=\"two words\"").unwrap();
        assert_eq!(
            (read.rules, read.reason, read.owner),
            (vec!["a".into(), "b".into()], "two words".into(), "team-a".into())
        );
        assert_eq!(read.until, day("2027-01-31"));
    }

    #[test]
    fn says_what_is_missing() {
        assert_eq!(parse_self_exemption(""), Err(ExemptionError::NoRule));
        assert_eq!(parse_self_exemption("reason=x owner=y until=2027-01-01"), Err(ExemptionError::NoRule));
        assert_eq!(parse_self_exemption("a owner=y until=2027-01-01"), Err(ExemptionError::Missing("reason")));
        assert_eq!(
            parse_self_exemption("a reason=x owner=\" \" until=2027-01-01"),
            Err(ExemptionError::Missing("owner"))
        );
        assert_eq!(parse_self_exemption("a reason=x owner=y"), Err(ExemptionError::Missing("until")));
        assert_eq!(parse_self_exemption("a reason=x owner=y until=soon"), Err(ExemptionError::NoDate("soon".into())));
        assert_eq!(parse_self_exemption("a b"), Err(ExemptionError::Unknown("b".into())));
        assert_eq!(parse_self_exemption("a reason=\"x"), Err(ExemptionError::OpenQuote));
    }

    #[test]
    fn holds_until_the_end_of_its_last_day_and_not_too_long() {
        let exemption = parse_self_exemption("a reason=x owner=y until=2027-01-31").unwrap();
        let service = SelfService { rules: vec!["a".into()], max_days: 30 };
        assert!(exemption.check("a", &service, day("2027-01-31")).is_ok());
        assert!(exemption.check("a", &service, day("2027-02-01")).is_err());
        assert!(exemption.check("a", &service, day("2026-12-31")).is_err());
        assert!(exemption.check("a", &SelfService::default(), day("2027-01-31")).is_err());
    }
}
