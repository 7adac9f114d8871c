//! Locked rules: what does not belong to the configuration that locks a rule, or to what that one extends, can only
//! tighten it.
//!
//! The lock counts wherever the weakening stands: above, beside or in another file that is extended, too. So for each
//! lock the rule as its locker sees it is compared with the rule as it is in the end.

use std::collections::BTreeSet;

use platlint_engine::{Level, Requirement, UndecidedEffect};
use serde_json::Value;

use crate::exceptions::{max_days, names};
use crate::images::Section;
use crate::layers::Layer;
use crate::parameters;
use crate::placed::{At, Issue, Path};
use crate::policies::FoundRule;
use crate::problem::Problem;
use crate::settings::{EVERY, Wanted, entries, wanted};
use crate::wire::SelfServiceEntry;

/// A lock on a rule.
struct Lock<'l> {
    layers: &'l [Layer],
    images: &'l [Option<Section>],
    rule: &'l FoundRule,
    /// The configuration that locks, and those it extends.
    within: BTreeSet<usize>,
    /// As users see it: `platform/platlint.yaml:7`.
    place: String,
    /// The rule as the locker sees it.
    view: Wanted,
}

/// Everything that weakens a locked rule. `loaded_by` are the layers that name the rule's policies.
/// `images` are the sections of the same layers.
pub(crate) fn weakenings(
    rule: &FoundRule,
    loaded_by: &BTreeSet<usize>,
    layers: &[Layer],
    images: &[Option<Section>],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (position, layer) in layers.iter().enumerate() {
        let mut within = layer.bases.clone();
        within.insert(position);
        let locking = entries(rule, layers, position).into_iter().find(|(key, entry)| {
            // `*` means the rules the locker knows; a rule that others bring along is theirs.
            entry.locked == Some(true) && (*key != EVERY || !loaded_by.is_disjoint(&within))
        });
        let Some((key, _)) = locking else { continue };
        let path = Path::of(["rules", key]);
        let (line, _) = layer.placed.places(&[(&path, At::Key)]).first().copied().unwrap_or_default();
        let view = wanted(rule, layers, within.iter().copied());
        let lock = Lock { layers, images, rule, within, place: format!("{}:{line}", layer.placed.file), view };
        lock.check_settings(&mut problems);
        lock.check_exceptions(&mut problems);
    }
    problems
}

impl Lock<'_> {
    fn refuse(&self, position: usize, path: &Path, what: &str) -> Option<Problem> {
        let message = format!("rule `{}` is locked by {}: {what}", self.rule.meta.id, self.place);
        let at = if path.0.len() > 2 { At::Value } else { At::Key };
        Some(self.layers.get(position)?.problem(Issue::new(path, at, message)))
    }

    fn check_settings(&self, problems: &mut Vec<Problem>) {
        let last = wanted(self.rule, self.layers, 0..self.layers.len());
        if let Some((by, key)) = &last.level_by
            && last.level < self.view.level
        {
            let what =
                format!("its level is {} and cannot be lowered to {}", self.view.level.as_str(), last.level.as_str());
            problems.extend(self.refuse(*by, &self.entry_path(*by, key, "level"), &what));
        }
        if let Some((by, key)) = &last.undecided_by
            && strictness(last.undecided) < strictness(self.view.undecided)
        {
            let what = "what follows where it is not decided cannot be lowered";
            problems.extend(self.refuse(*by, &self.entry_path(*by, key, "undecided"), what));
        }
        if let Some((by, key)) = &last.mutate_by
            && last.mutate != self.view.mutate
        {
            let what = format!(
                "what it changes is {} and cannot be set to {}",
                self.view.mutate.as_str(),
                last.mutate.as_str()
            );
            problems.extend(self.refuse(*by, &self.entry_path(*by, key, "mutate"), &what));
        }
        if self.filled(&last) != self.filled(&self.view) {
            let given = |position: &usize| {
                let mut entries = entries(self.rule, self.layers, *position).into_iter();
                entries.any(|(key, entry)| key != EVERY && entry.parameters.is_some())
            };
            let path = Path::of(["rules", &*self.rule.meta.id, "parameters"]);
            let by = self.others().filter(given).last();
            problems.extend(by.and_then(|by| self.refuse(by, &path, "its parameters cannot be changed")));
        }
        for position in self.others() {
            for (key, entry) in entries(self.rule, self.layers, position) {
                if entry.locked == Some(false) && key != EVERY {
                    problems.extend(self.refuse(
                        position,
                        &Path::of(["rules", key, "locked"]),
                        "it cannot be unlocked",
                    ));
                }
            }
        }
    }

    fn check_exceptions(&self, problems: &mut Vec<Problem>) {
        let id = &*self.rule.meta.id;
        let highest = self.highest_level();
        for position in self.others() {
            let Some(layer) = self.layers.get(position) else { continue };
            for (index, entry) in layer.config.overrides.iter().enumerate() {
                let level: Level = entry.level.into();
                if names(&entry.rules, id) && level < highest {
                    let path = Path::of(["overrides"]).index(index).key("level");
                    let what = format!("this override would lower it from {} to {}", highest.as_str(), level.as_str());
                    problems.extend(self.refuse(position, &path, &what));
                }
            }
            for (index, entry) in layer.config.exemptions.iter().enumerate() {
                if names(std::slice::from_ref(&entry.rule), id) {
                    let path = Path::of(["exemptions"]).index(index).key("rule");
                    problems.extend(self.refuse(position, &path, "only what locks it can exempt from it"));
                }
            }
            if let Some(entry) = &layer.config.self_service {
                self.check_self_service(position, entry, problems);
            }
            if self.depends_on_images() {
                self.check_images(position, problems);
            }
            if self.rule.meta.wants_platform() {
                self.check_installation(position, layer, problems);
            }
        }
    }

    /// Developers may not exempt themselves from more, nor for longer, than the locker allows.
    fn check_self_service(&self, position: usize, entry: &SelfServiceEntry, problems: &mut Vec<Problem>) {
        let id = &*self.rule.meta.id;
        let own = || self.within.iter().filter_map(|own| self.layers.get(*own)?.config.self_service.as_ref());
        let allowed = own().any(|own| names(&own.rules, id));
        if !allowed {
            for (index, _) in
                entry.rules.iter().enumerate().filter(|(_, pattern)| names(std::slice::from_ref(pattern), id))
            {
                let path = Path::of(["self-service", "rules"]).index(index);
                problems.extend(self.refuse(position, &path, "self-service cannot be opened for it"));
            }
            return;
        }
        let longest = max_days(self.within.iter().filter_map(|own| self.layers.get(*own)));
        if entry.max_days.is_some_and(|days| days > longest) {
            let path = Path::of(["self-service", "max-days"]);
            problems.extend(self.refuse(position, &path, "self-service for it cannot be made longer"));
        }
    }

    /// Whether the section `images` decides what the rule says: by signatures, by what is pinned, or by which fields of
    /// custom resources it is shown.
    fn depends_on_images(&self) -> bool {
        let meta = &self.rule.meta;
        let asks = |one: &Requirement| matches!(one, Requirement::ImageSignatures | Requirement::ImagePins);
        meta.matches_image_fields || meta.requires.iter().any(asks)
    }

    /// What the installation has is the platform's to say. Definitions and entities are not guarded so: whoever writes the
    /// files that are judged can put them there as well.
    fn check_installation(&self, position: usize, layer: &Layer, problems: &mut Vec<Problem>) {
        let (templates, argocd) = (&layer.config.templates, &layer.config.argocd);
        let said = [
            (["templates", "actions"], !templates.actions.is_empty()),
            (["templates", "filters"], !templates.filters.is_empty()),
            (["argocd", "clusters"], !argocd.clusters.is_empty()),
        ];
        for (path, _) in said.into_iter().filter(|(_, is_said)| *is_said) {
            let what = format!("what is known of the installation under `{}` cannot be changed", path.join("."));
            problems.extend(self.refuse(position, &Path::of(path), &what));
        }
    }

    /// Who may sign decides what the rule on signatures says. What is compared is what was read: the same text can name
    /// another file elsewhere.
    fn check_images(&self, position: usize, problems: &mut Vec<Problem>) {
        let hash = |position: &usize| Some(&self.images.get(*position)?.as_ref()?.policy.hash);
        let own = self.within.iter().rev().find_map(hash);
        if let (Some(own), Some(other)) = (own, hash(&position))
            && own != other
        {
            problems.extend(self.refuse(
                position,
                &Path::of(["images"]),
                "what it decides by under `images` cannot be changed",
            ));
        }
    }

    /// The highest level that the rule has anywhere by what the locker says.
    fn highest_level(&self) -> Level {
        let own = self.within.iter().filter_map(|position| self.layers.get(*position));
        let overrides =
            own.flat_map(|layer| &layer.config.overrides).filter(|entry| names(&entry.rules, &self.rule.meta.id));
        overrides.map(|entry| entry.level.into()).fold(self.view.level, Level::max)
    }

    fn others(&self) -> impl Iterator<Item = usize> {
        (0..self.layers.len()).filter(|position| !self.within.contains(position))
    }

    /// The path of a setting, which may be written short: `rules: {x: off}`.
    fn entry_path(&self, position: usize, key: &str, field: &str) -> Path {
        let path = Path::of(["rules", key]);
        let rules = self.layers.get(position).and_then(|layer| layer.config.rules.get(key));
        if matches!(rules, Some(crate::wire::RuleEntry::Settings(_))) { path.key(field) } else { path }
    }

    fn filled(&self, wanted: &Wanted) -> Value {
        let mut value = Value::Object(wanted.parameters.clone());
        if let Some(schema) = &self.rule.meta.parameters {
            parameters::fill(&mut value, schema);
        }
        value
    }
}

const fn strictness(effect: UndecidedEffect) -> u8 {
    match effect {
        UndecidedEffect::Allow => 0,
        UndecidedEffect::Warn => 1,
        UndecidedEffect::Error => 2,
    }
}
