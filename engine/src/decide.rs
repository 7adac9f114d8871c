//! Deciding: every matching rule is evaluated on the review, and what it says becomes a verdict. How rules are evaluated
//! is the evaluator's business, which exemption covers a finding that of `covering`, what an update did not bring that of
//! `before`.

use crate::before;
use crate::covering::Covering;
use crate::evaluator::Evaluator;
use crate::exemption::ANNOTATION;
use crate::facts::Facts;
use crate::noted;
use crate::pointer::Pointer;
use crate::policy::outcome::{Failure, RawFinding, RawUndecided};
use crate::policy::{Code, Level, Outcome, Part, Requirement, Rule, Severity};
use crate::review::Review;
use crate::set::PolicySet;
use crate::value::get_str;
use crate::verdict::{Exempted, Finding, PolicyFault, Undecided, Verdict};

impl Evaluator {
    /// Whether some rule is asked of a review whatever is noted in `input.platform`.
    pub fn is_asked_anyway(&self, review: &Review) -> bool {
        self.set().matching(review).any(|(_, rule, _)| sees(rule, review) && noted::is_indifferent(rule))
    }

    /// Whether there is nothing to ask any rule, so that the verdict is empty. Neutral facts of `input.platform` need not be
    /// known for that.
    pub fn is_left_alone(&self, review: &Review, facts: &Facts) -> bool {
        let set = self.set();
        let (_, refusals) = Covering::of(set, review);
        refusals.is_empty() && !set.matching(review).any(|(_, rule, _)| sees(rule, review) && is_asked(rule, facts))
    }

    /// Judges a review. `facts` hold what [`crate::PolicySet::needs`] asked for, as far as it is known.
    pub fn decide(&mut self, review: &Review, facts: &Facts) -> Verdict {
        let set = self.shared_set().clone();
        let mut verdict = Verdict::default();
        let mut input = None;
        let (covering, refusals) = Covering::of(&set, review);
        verdict.findings.extend(refusals.iter().map(|reason| refused(reason)));
        // Who says anything that an update may not have brought.
        let mut speakers = Vec::new();
        for (position, rule, level) in set.matching(review) {
            if !sees(rule, review) || !is_asked(rule, facts) {
                continue;
            }
            if let Some(reason) = unmet(rule, review, facts) {
                let raw = RawUndecided { path: Pointer::root(), reason: reason.to_owned(), text: None };
                undecided(raw, rule, level, review, &covering, &mut verdict);
                continue;
            }
            match self.ask((position, rule), Part::Judging, review, &mut input, facts) {
                Ok(mut outcome) => {
                    silent_about_images(&mut outcome, rule, &set, review, facts);
                    noted::silent(&mut outcome, &rule.meta, facts.platform());
                    if !outcome.findings.is_empty() || !outcome.undecided.is_empty() {
                        speakers.push((position, level));
                    }
                    record(outcome, rule, level, review, &covering, &mut verdict);
                }
                Err(Failure { kind, message }) => {
                    verdict.faults.push(PolicyFault { rule: rule.meta.id.clone(), level, kind, message });
                }
            }
        }
        before::set_apart(self, review, facts, &speakers, &mut verdict);
        verdict.sort();
        verdict
    }
}

/// Whether a rule is shown this object: foreign policies know no Lists and see the document as it is; ours see the items.
pub(crate) const fn shown_whole(rule: &Rule) -> bool {
    matches!(rule.code, Code::Conftest(_))
}

pub(crate) fn sees(rule: &Rule, review: &Review) -> bool {
    if shown_whole(rule) { !review.is_list_item } else { !review.is_only_a_list() }
}

/// Whether there is anything to ask a rule about: one that speaks of certain problems is not asked where none of them was
/// noted, and another is not where what it names is settled. Where nobody knows what is noted, [`unmet`] says so.
fn is_asked(rule: &Rule, facts: &Facts) -> bool {
    let Some(platform) = facts.platform() else { return true };
    if rule.meta.problems.is_empty() {
        return !noted::settles(rule, platform);
    }
    // Whatever is settled beside it: what is noted as unknown must not pass without a word.
    noted::concerns(&rule.meta, platform)
}

/// Why a rule cannot be decided before it is even asked.
pub(crate) fn unmet(rule: &Rule, review: &Review, facts: &Facts) -> Option<&'static str> {
    if rule.meta.matches.namespace(review.namespace.known()).is_none() {
        return Some("the rule speaks of certain namespaces, and this object's namespace is not known");
    }
    if rule.meta.wants_platform() && facts.platform().is_none() {
        return Some("what other platform files say of this object is not known");
    }
    rule.meta.requires.iter().find_map(|requirement| match requirement {
        Requirement::Namespace if review.namespace.known().is_none() => Some("the object's namespace is not known"),
        Requirement::User if review.user.is_none() => Some("who makes the change is not known outside the cluster"),
        Requirement::OldObject if review.old_object.is_none() => {
            Some("the object before the change is not known outside the cluster")
        }
        _ => None,
    })
}

/// A rule about signatures that says nothing of an image whose signature nobody knows, at its place or at one above it, has
/// not decided about it, whatever it meant by its silence and whatever it says of others: said by the engine, so that a
/// rule need not be written with that in mind to be safe. What an update leaves as it was is not looked up, and nothing
/// follows from it.
fn silent_about_images(outcome: &mut Outcome, rule: &Rule, set: &PolicySet, review: &Review, facts: &Facts) {
    if !rule.meta.requires.contains(&Requirement::ImageSignatures) {
        return;
    }
    for image in set.images(review) {
        let status = facts.image(&image.value).and_then(|known| get_str(&known.signature, "status"));
        let is_known = status.is_some_and(|status| KNOWN.contains(&&**status));
        let found = outcome.findings.iter().map(|raw| &raw.path);
        let mut spoken_of = found.chain(outcome.undecided.iter().map(|raw| &raw.path));
        if is_known || spoken_of.any(|path| image.path.starts_with(path)) || review.keeps_image(&image) {
            continue;
        }
        let reason = format!("the signature of image \"{}\" is not known", image.value);
        outcome.undecided.push(RawUndecided { path: image.path, reason, text: None });
    }
}

/// Statuses of a signature by which a rule can decide.
const KNOWN: [&str; 3] = ["verified", "unsigned", "invalid"];

/// Turns what a rule said into findings, exempted findings and undecided points. What an exemption covers is exempted also
/// where it could not be decided: it would be, whatever came out.
fn record(
    outcome: Outcome,
    rule: &Rule,
    level: Level,
    review: &Review,
    covering: &Covering<'_>,
    verdict: &mut Verdict,
) {
    for raw in outcome.findings {
        let finding = finding(raw, rule, level);
        match covering.cover(rule, &finding.path, review) {
            None => verdict.findings.push(finding),
            Some(cover) => verdict.exempted.push(Exempted { finding, by: cover.by, expires: cover.expires }),
        }
    }
    for raw in outcome.undecided {
        undecided(raw, rule, level, review, covering, verdict);
    }
}

fn undecided(
    raw: RawUndecided,
    rule: &Rule,
    level: Level,
    review: &Review,
    covering: &Covering<'_>,
    verdict: &mut Verdict,
) {
    let RawUndecided { path, reason, text } = raw;
    let effect = rule.settings.undecided.level(level);
    let rule_id = rule.meta.id.clone();
    match covering.cover(rule, &path, review) {
        None => verdict.undecided.push(Undecided { rule: rule_id, path, reason, text, effect }),
        Some(cover) => {
            let finding = Finding {
                rule: rule_id,
                path,
                message: reason,
                level: effect,
                severity: rule.meta.severity,
                related: Vec::new(),
                text,
            };
            verdict.exempted.push(Exempted { finding, by: cover.by, expires: cover.expires });
        }
    }
}

pub(crate) fn finding(raw: RawFinding, rule: &Rule, level: Level) -> Finding {
    let (id, level) = match raw.foreign {
        Some((id, own)) => (id, own.min(level)),
        None => (rule.meta.id.clone(), level),
    };
    Finding {
        rule: id,
        path: raw.path,
        message: raw.message,
        level,
        severity: rule.meta.severity,
        related: raw.related,
        text: raw.text,
    }
}

/// Id of findings about exemptions that developers wrote.
const SELF_EXEMPTION: &str = "self-exemption";

/// The finding of an own exemption that cannot hold.
pub(crate) fn refused(reason: &str) -> Finding {
    let path = ["metadata", "annotations", ANNOTATION].into_iter().map(Into::into).collect();
    Finding {
        rule: SELF_EXEMPTION.into(),
        path,
        message: format!("this exemption does not hold: {reason}"),
        level: Level::Warn,
        severity: Severity::Medium,
        related: Vec::new(),
        text: None,
    }
}
