//! Which exemption covers what a rule says of a place in an object: the configuration's first, then the object's own.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::exemption::{ANNOTATION, SelfExemption, parse_self_exemption};
use crate::glob;
use crate::pointer::Pointer;
use crate::policy::Rule;
use crate::review::Review;
use crate::set::PolicySet;
use crate::value::{get, get_str};

/// The exemptions that can hold for one review.
pub(crate) struct Covering<'s> {
    set: &'s PolicySet,
    own: Vec<SelfExemption>,
    today: NaiveDate,
}

/// The exemption that covers a place.
pub(crate) struct Cover {
    /// Its place in the configuration, or where on the object it stands.
    pub by: Arc<str>,
    /// Its last day, `YYYY-MM-DD`.
    pub expires: String,
}

impl<'s> Covering<'s> {
    /// Reads the review's own exemptions; those that cannot hold come back as reasons.
    pub(crate) fn of(set: &'s PolicySet, review: &Review) -> (Self, Vec<String>) {
        let today = review.situation.now.date_naive();
        let annotation = get(&review.object, "metadata")
            .and_then(|metadata| get(metadata, "annotations"))
            .and_then(|all| get_str(all, ANNOTATION));
        let mut own = Vec::new();
        let mut refused = Vec::new();
        for line in annotation.into_iter().flat_map(|text| text.lines()).filter(|line| !line.trim().is_empty()) {
            match parse_self_exemption(line) {
                Ok(exemption) => {
                    let rules = exemption.rules.iter();
                    refused.extend(rules.filter_map(|rule| exemption.check(rule, &set.self_service, today).err()));
                    own.push(exemption);
                }
                Err(error) => refused.push(error.to_string()),
            }
        }
        (Self { set, own, today }, refused)
    }

    /// What covers this place of the review's object, as this rule sees it.
    pub(crate) fn cover(&self, rule: &Rule, path: &Pointer, review: &Review) -> Option<Cover> {
        let (rule, matches) = (&*rule.meta.id, &rule.meta.matches);
        let configured = self
            .set
            .exemptions
            .iter()
            .find(|one| one.holds_on(self.today) && one.names(review, matches) && one.covers(rule, path, review));
        if let Some(exemption) = configured {
            return Some(Cover { by: exemption.place.clone(), expires: exemption.expires.to_string() });
        }
        let holds = |one: &&SelfExemption| {
            one.rules.iter().any(|named| **named == *rule)
                && one.check(rule, &self.set.self_service, self.today).is_ok()
        };
        let own = self.own.iter().find(holds)?;
        Some(Cover { by: format!("annotation {ANNOTATION}").into(), expires: own.until.to_string() })
    }

    /// Whether an exemption covers this place, or did before it ended.
    pub(crate) fn ever_covered(&self, rule: &Rule, path: &Pointer, review: &Review) -> bool {
        let (rule, matches) = (&*rule.meta.id, &rule.meta.matches);
        let configured = self.set.exemptions.iter();
        configured.into_iter().any(|one| one.names(review, matches) && one.covers(rule, path, review))
            || glob::any_matches(&self.set.self_service.rules, rule)
                && self.own.iter().any(|one| one.rules.iter().any(|named| **named == *rule))
    }
}
