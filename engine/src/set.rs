//! The policy set: all rules of a configuration, indexed by kind, immutable. A reload builds another one.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::budget::Budget;
use crate::exemption::{Exemption, SelfService};
use crate::glob;
use crate::image_fields::ImageFields;
use crate::images::ImageUse;
use crate::kinds::{Gvk, is_custom_group};
use crate::policy::{KindPattern, Level, Requirement, Rule, UndecidedEffect};
use crate::reach::highest_level;
use crate::review::Review;

/// A level for some rules in some places, for staged roll-outs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Rule ids; `*` patterns allowed. A pattern does not turn on a rule that is off, its exact id does.
    pub rules: Vec<String>,
    /// Only in these clusters (`*` patterns allowed); in every one where `None`.
    pub clusters: Option<Vec<String>>,
    /// Only in these namespaces (`*` patterns allowed); in every one where `None`.
    pub namespaces: Option<Vec<String>>,
    /// The level.
    pub level: Level,
}

impl Override {
    fn applies(&self, rule: &Rule, review: &Review) -> bool {
        let within = |patterns: &Option<Vec<String>>, text: Option<&str>| {
            patterns.as_ref().is_none_or(|patterns| text.is_some_and(|text| glob::any_matches(patterns, text)))
        };
        let named = if rule.settings.level == Level::Off {
            self.rules.iter().any(|id| **id == *rule.meta.id)
        } else {
            glob::any_matches(&self.rules, &rule.meta.id)
        };
        named
            && within(&self.clusters, review.situation.cluster.as_deref())
            && within(&self.namespaces, review.namespace.known())
    }
}

/// What must be gathered before a review can be decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one question each, and any of them may be asked together
pub struct Needs {
    /// Signatures of the object's images.
    pub image_signatures: bool,
    /// What the tags of its images point at, for patches.
    pub image_pins: bool,
    /// Catalog entities.
    pub catalog: bool,
    /// What platform files say of the object.
    pub platform: bool,
    /// Other objects, by API version and kind.
    pub inventory: BTreeSet<(Arc<str>, Arc<str>)>,
}

/// All rules of a configuration and everything that decides about them.
#[derive(Debug, Default)]
pub struct PolicySet {
    pub(crate) rules: Vec<Rule>,
    pub(crate) overrides: Vec<Override>,
    pub(crate) exemptions: Vec<Exemption>,
    pub(crate) self_service: SelfService,
    pub(crate) budget: Budget,
    pub(crate) image_fields: Arc<ImageFields>,
    index: KindIndex,
    revision: String,
}

/// Rules by kind: those that name kinds in a map, those that name patterns or ask for custom resources in lists. Rules that
/// never run are in none.
#[derive(Debug, Default)]
struct KindIndex {
    exact: HashMap<(Arc<str>, Arc<str>), Vec<usize>>,
    patterns: Vec<usize>,
    custom: Vec<usize>,
}

impl KindIndex {
    fn of(rules: &[Rule], overrides: &[Override]) -> Self {
        let mut index = Self::default();
        for (position, rule) in rules.iter().enumerate() {
            if highest_level(rule, overrides) == Level::Off {
                continue;
            }
            let matches = &rule.meta.matches;
            let kinds = &matches.kinds;
            let has_pattern = |texts: &[Arc<str>]| texts.iter().any(|text| &**text == "*");
            if matches.is_every_kind() || kinds.iter().any(|kind| has_pattern(&kind.groups) || has_pattern(&kind.kinds))
            {
                index.patterns.push(position);
                continue;
            }
            if matches.custom_resources {
                index.custom.push(position);
            }
            for pattern in kinds {
                for (group, kind) in
                    pattern.groups.iter().flat_map(|group| pattern.kinds.iter().map(move |kind| (group, kind)))
                {
                    let listed = index.exact.entry((group.clone(), kind.clone())).or_default();
                    if listed.last() != Some(&position) {
                        listed.push(position);
                    }
                }
            }
        }
        index
    }

    /// Positions of rules that may judge a kind, in order, each once.
    fn asked(&self, group: &Arc<str>, kind: &Arc<str>) -> Vec<usize> {
        let mut positions = self.exact.get(&(group.clone(), kind.clone())).cloned().unwrap_or_default();
        positions.extend(&self.patterns);
        if !self.custom.is_empty() && is_custom_group(group) {
            positions.extend(&self.custom);
        }
        positions.sort_unstable();
        positions.dedup();
        positions
    }
}

impl PolicySet {
    /// A set of rules. `revision` is a digest over everything that decides; the configuration computes it.
    #[must_use]
    pub fn new(
        rules: Vec<Rule>,
        overrides: Vec<Override>,
        exemptions: Vec<Exemption>,
        self_service: SelfService,
        revision: String,
    ) -> Self {
        let index = KindIndex::of(&rules, &overrides);
        let (budget, image_fields) = (Budget::default(), Arc::default());
        Self { rules, overrides, exemptions, self_service, budget, image_fields, index, revision }
    }

    /// The same set where these fields of custom resources hold images, too: they become `input.images`, and rules that
    /// ask for it (`match.images`) judge their kinds.
    #[must_use]
    pub fn with_image_fields(mut self, fields: Arc<ImageFields>) -> Self {
        if fields.0.is_empty() {
            return self;
        }
        for rule in self.rules.iter_mut().filter(|rule| rule.meta.matches_image_fields) {
            let matches = &mut rule.meta.matches;
            for field in &fields.0 {
                // Without kinds a rule judges every kind already.
                if matches.is_every_kind() || matches.kinds.iter().any(|kind| kind.names(&field.group, &field.kind)) {
                    continue;
                }
                let (groups, kinds) = (vec![field.group.clone()], vec![field.kind.clone()]);
                matches.kinds.push(KindPattern { groups, kinds, namespaced_only: false });
            }
        }
        self.index = KindIndex::of(&self.rules, &self.overrides);
        self.image_fields = fields;
        self
    }

    /// The same set for a run in which nobody asked to look images up: where a rule about signatures is not decided, that
    /// is reported and nothing follows, unless the configuration itself says what does.
    #[must_use]
    pub fn without_looking_up_images(mut self) -> Self {
        let asks = |rule: &&mut Rule| rule.meta.requires.contains(&Requirement::ImageSignatures);
        for rule in self.rules.iter_mut().filter(asks).filter(|rule| !rule.settings.is_undecided_configured) {
            rule.settings.undecided = UndecidedEffect::Allow;
        }
        self
    }

    /// The same set with another budget for each evaluation.
    #[must_use]
    pub const fn with_budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// The rules, in the configuration's order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The exemptions of the configuration.
    #[must_use]
    pub fn exemptions(&self) -> &[Exemption] {
        &self.exemptions
    }

    /// Which rules developers may exempt themselves from.
    #[must_use]
    pub const fn self_service(&self) -> &SelfService {
        &self.self_service
    }

    /// Which fields of custom resources hold images.
    #[must_use]
    pub const fn image_fields(&self) -> &Arc<ImageFields> {
        &self.image_fields
    }

    /// The images of a review's object: the very ones that rules see as `input.images`.
    #[must_use]
    pub fn images(&self, review: &Review) -> Vec<ImageUse> {
        review.images(&self.image_fields)
    }

    /// Whether a rule that runs somewhere judges objects of this kind by what is known of their images, or writes that
    /// into them.
    #[must_use]
    pub fn wants_images(&self, kind: &Gvk) -> bool {
        let wants = |one: &Requirement| matches!(one, Requirement::ImageSignatures | Requirement::ImagePins);
        self.of_kind(kind).any(|rule| rule.meta.requires.iter().any(wants))
    }

    /// Whether a rule that runs somewhere judges objects of this kind by what platform files say of them.
    #[must_use]
    pub fn wants_platform(&self, kind: &Gvk) -> bool {
        self.of_kind(kind).any(|rule| rule.meta.wants_platform())
    }

    /// The rules that run somewhere and judge this kind; one that names the kind and custom resources may come twice.
    fn of_kind(&self, kind: &Gvk) -> impl Iterator<Item = &Rule> {
        let exact = self.index.exact.get(&(kind.group.clone(), kind.kind.clone())).into_iter().flatten();
        let is_custom = !self.index.custom.is_empty() && is_custom_group(&kind.group);
        let custom = self.index.custom.iter().filter(move |_| is_custom);
        let rules = exact.chain(&self.index.patterns).chain(custom).filter_map(|position| self.rules.get(*position));
        rules.filter(|rule| rule.meta.matches.kind(kind))
    }

    /// The digest over everything that decides.
    #[must_use]
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// The level of a rule for a review: the first override that matches, else the rule's own.
    #[must_use]
    pub fn level(&self, rule: &Rule, review: &Review) -> Level {
        self.overrides.iter().find(|one| one.applies(rule, review)).map_or(rule.settings.level, |one| one.level)
    }

    /// Whether any rule that runs could judge objects of this kind, whatever else they are: where none could, a front end
    /// need not build the object.
    #[must_use]
    pub fn judges(&self, kind: &Gvk) -> bool {
        self.of_kind(kind).next().is_some()
    }

    /// Positions of the rules that judge this review: kind and operation match, the namespace is not known to fail,
    /// and the rule is on.
    pub(crate) fn matching(&self, review: &Review) -> impl Iterator<Item = (usize, &Rule, Level)> {
        self.index.asked(&review.kind.group, &review.kind.kind).into_iter().filter_map(|position| {
            let rule = self.rules.get(position)?;
            let matches = &rule.meta.matches;
            if !matches.operations.contains(&review.operation) || !matches.covers(&review.kind, &review.namespace) {
                return None;
            }
            if matches.namespace(review.namespace.known()) == Some(false) {
                return None;
            }
            let level = self.level(rule, review);
            (level != Level::Off).then_some((position, rule, level))
        })
    }

    /// What must be known before [`crate::Evaluator::decide`] can judge this review. Rules that are off, or from which
    /// the object is exempted as a whole, ask for nothing.
    #[must_use]
    pub fn needs(&self, review: &Review) -> Needs {
        let today = review.situation.now.date_naive();
        let mut needs = Needs::default();
        for (_, rule, _) in self.matching(review) {
            let exempted = self.exemptions.iter().any(|exemption| {
                exemption.container.is_none()
                    && glob::matches(&exemption.rule, &rule.meta.id)
                    && exemption.holds_on(today)
                    && exemption.names(review, &rule.meta.matches)
            });
            if exempted {
                continue;
            }
            needs.platform |= rule.meta.wants_platform();
            for requirement in &rule.meta.requires {
                match requirement {
                    Requirement::ImageSignatures => needs.image_signatures = true,
                    Requirement::ImagePins => needs.image_pins = true,
                    Requirement::Catalog => needs.catalog = true,
                    Requirement::Inventory { api_version, kind, only_for_patches: false } => {
                        needs.inventory.insert((api_version.clone(), kind.clone()));
                    }
                    Requirement::Inventory { .. }
                    | Requirement::Namespace
                    | Requirement::Platform
                    | Requirement::User
                    | Requirement::OldObject => {}
                }
            }
        }
        needs
    }
}
