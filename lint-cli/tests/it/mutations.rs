//! What the rules' patches make of objects: each case of `fixtures/mutations` ends as it says, and over all fixtures the
//! patches are applicable, at rest after one mutation, and without harm to what any rule says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_catalog::{GitopsSettings, Settings};
use platlint_engine::{
    Evaluator, Facts, ImageFacts, Mutation, MutationScope, Operation, PolicySet, Review, Value, Verdict, apply, to_json,
};
use platlint_source::SourceText;

use crate::fixtures::{folders, rule_fixtures};
use crate::sandbox::root;
use crate::three_ways::{facts, load, platform_facts, reviews, reviews_in};

/// One folder `fixtures/mutations/<rule>/<case>`.
pub struct MutationCase {
    pub rule: String,
    pub folder: PathBuf,
    /// With the rule on, and `mutate: all`.
    pub set: Arc<PolicySet>,
    /// The objects as they come: an update where the folder has an `old.yaml`.
    pub before: Vec<Review>,
    /// What they must become.
    pub after: Vec<Review>,
    /// What is known of images, by image: `images.json`.
    images: BTreeMap<Arc<str>, ImageFacts>,
}

impl MutationCase {
    /// What is known while these objects are judged, by a set that may be another than the case's own.
    pub fn facts(&self, set: &PolicySet) -> Facts {
        facts(set, &self.before).with_images(self.images.clone())
    }
}

/// The facts that a lookup would have gathered.
fn images_of(folder: &Path) -> BTreeMap<Arc<str>, ImageFacts> {
    let Ok(text) = std::fs::read_to_string(folder.join("images.json")) else { return BTreeMap::new() };
    let read: BTreeMap<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    let facts = |known: serde_json::Value| ImageFacts {
        signature: Value::from(known["signature"].clone()),
        digest: known["digest"].as_str().map(Into::into),
        pinned: known["pinned"].as_str().map(Into::into),
    };
    read.into_iter().map(|(image, known)| (image.into(), facts(known))).collect()
}

/// All cases, sorted.
pub fn cases() -> Vec<MutationCase> {
    let mut cases = Vec::new();
    for rule in folders(&root().join("fixtures/mutations")) {
        for folder in folders(&rule) {
            let set = load(Some(&folder.join("config.yaml")));
            let mut before = reviews(&folder.join("before.yaml"));
            let after = reviews(&folder.join("after.yaml"));
            assert_eq!(before.len(), after.len(), "{}", folder.display());
            let old = folder.join("old.yaml");
            if old.exists() {
                let old = reviews(&old);
                assert_eq!(before.len(), old.len(), "{}", folder.display());
                for (review, old) in before.iter_mut().zip(old) {
                    review.operation = Operation::Update;
                    review.old_object = Some(old.object);
                }
            }
            let rule = rule.file_name().unwrap().to_str().unwrap().to_owned();
            let images = images_of(&folder);
            cases.push(MutationCase { rule, folder, set, before, after, images });
        }
    }
    assert!(cases.len() > 20, "only {} cases were found", cases.len());
    cases
}

/// With this rule on, and no other that changes anything.
fn load_only(rule: &str) -> Arc<PolicySet> {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("platlint.yaml");
    std::fs::write(&config, format!("version: 1\nrules: {{'*': off, {rule}: error}}\n")).unwrap();
    load(Some(&config))
}

const EVERY_FIX: MutationScope = MutationScope::Fix { unsafe_too: true };

fn again(review: &Review, object: &Value) -> Review {
    Review { object: object.clone(), ..review.clone() }
}

#[test]
fn every_case_ends_as_it_says_in_the_cluster_and_in_files() {
    let mut wrong = Vec::new();
    for case in cases() {
        let facts = case.facts(&case.set);
        let mut evaluator = Evaluator::new(case.set.clone());
        for (index, (before, after)) in case.before.iter().zip(&case.after).enumerate() {
            for scope in [MutationScope::Cluster, EVERY_FIX] {
                let mutation = evaluator.mutate(before, &facts, scope);
                let at_rest = evaluator.mutate(&again(before, &mutation.object), &facts, scope);
                let changed = mutation.object != before.object;
                let right = mutation.object == after.object
                    && mutation.faults.is_empty()
                    && mutation.patch.is_empty() != changed
                    && apply(&mutation.patch, &before.object).as_ref() == Ok(&after.object)
                    && mutation.changes.iter().all(|change| *change.rule == *case.rule)
                    && at_rest.patch.is_empty();
                if !right {
                    let became = to_json(&mutation.object);
                    wrong.push(format!("{} {index} {scope:?}: {became} {:?}", case.folder.display(), mutation.faults));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn patches_are_minimal() {
    let mut shown = String::new();
    for case in cases() {
        let facts = case.facts(&case.set);
        let mut evaluator = Evaluator::new(case.set.clone());
        for review in &case.before {
            let Mutation { patch, rounds, .. } = evaluator.mutate(review, &facts, MutationScope::Cluster);
            // Writing to a string cannot fail.
            let _ = writeln!(
                shown,
                "{} {} {} ({rounds} rounds)",
                case.folder.strip_prefix(root().join("fixtures/mutations")).unwrap().display(),
                review.kind.kind,
                review.name.as_deref().unwrap_or_default(),
            );
            for operation in patch {
                let _ = writeln!(shown, "    {}", serde_json::to_string(&operation).unwrap());
            }
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn rules_without_the_setting_change_nothing_in_the_cluster() {
    for case in cases() {
        // The rules are on, but `mutate` is off.
        let text = std::fs::read_to_string(case.folder.join("config.yaml")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("platlint.yaml");
        std::fs::write(&config, text.replace(", mutate: all", "")).unwrap();
        let set = load(Some(&config));
        let facts = case.facts(&set);
        for review in &case.before {
            let mutation = Evaluator::new(set.clone()).mutate(review, &facts, MutationScope::Cluster);
            assert_eq!((mutation.patch, mutation.faults), (Vec::new(), Vec::new()), "{}", case.folder.display());
        }
    }
}

/// A file's name, its objects, and what is known to the rules.
type Judged = (String, Vec<Review>, Facts);

/// All objects of all fixtures, by file, with all rules that change something on.
fn everything() -> (Arc<PolicySet>, Vec<Judged>) {
    let set = load(Some(&root().join("fixtures/mutations/all.config.yaml")));
    let judged = rule_fixtures().into_iter().map(|(_, path)| {
        let reviews = reviews(&path);
        let facts = facts(&set, &reviews);
        (path.display().to_string(), reviews, facts)
    });
    let mutated = cases().into_iter().map(|case| {
        let facts = case.facts(&set);
        (case.folder.display().to_string(), case.before, facts)
    });
    let files = judged.chain(mutated).collect();
    (set, files)
}

#[test]
fn all_rules_together_contradict_nobody_and_come_to_rest() {
    let (set, files) = everything();
    let patching = set.rules().iter().filter(|rule| rule.patches()).count();
    assert_eq!(patching, 7);
    let mut evaluator = Evaluator::new(set);
    let (mut objects, mut changed, mut rules) = (0, 0, BTreeSet::new());
    for (name, reviews, facts) in &files {
        for review in reviews {
            for scope in [MutationScope::Cluster, EVERY_FIX] {
                let mutation = evaluator.mutate(review, facts, scope);
                assert!(mutation.faults.is_empty(), "{name}: {:?}", mutation.faults);
                assert_eq!(apply(&mutation.patch, &review.object).as_ref(), Ok(&mutation.object), "{name}");
                let at_rest = evaluator.mutate(&again(review, &mutation.object), facts, scope);
                assert!(at_rest.patch.is_empty() && at_rest.faults.is_empty(), "{name}: {:?}", at_rest.patch);
                objects += 1;
                changed += usize::from(!mutation.patch.is_empty());
                rules.extend(mutation.changes.into_iter().map(|change| change.rule));
            }
        }
    }
    assert!(objects > 400 && changed > 200, "{changed} of {objects} were changed");
    assert_eq!(rules.len(), patching, "{rules:?}");
}

#[test]
fn what_is_changed_gets_no_new_findings() {
    let (set, files) = everything();
    let mut evaluator = Evaluator::new(set);
    let said = |verdict: Verdict| -> BTreeSet<(Arc<str>, String, String)> {
        assert!(verdict.faults.is_empty(), "{:?}", verdict.faults);
        verdict.findings.into_iter().map(|one| (one.rule, one.path.to_string(), one.message)).collect()
    };
    let (mut solved, mut kept) = (0, 0);
    for (name, reviews, facts) in &files {
        for review in reviews {
            // An update is judged against the old object, which is not of interest here.
            let review = Review { operation: Operation::Create, old_object: None, ..review.clone() };
            let mutation = evaluator.mutate(&review, facts, EVERY_FIX);
            let before = said(evaluator.decide(&review, facts));
            let after = said(evaluator.decide(&again(&review, &mutation.object), facts));
            let new: Vec<_> = after.difference(&before).collect();
            assert!(new.is_empty(), "{name}: {new:?}");
            solved += before.difference(&after).count();
            kept += after.len();
        }
    }
    assert!(solved > 200 && kept > 100, "{solved} findings solved, {kept} kept");
}

#[test]
fn examples_in_the_metadata_hold_and_a_fix_makes_the_good_one_of_the_bad_one() {
    let set = load(None);
    let mut evaluator = Evaluator::new(set.clone());
    let mut fixed = 0;
    let mut wrong = Vec::new();
    let checkout = tempfile::tempdir().unwrap();
    for (position, rule) in set.rules().iter().enumerate() {
        let id = &*rule.meta.id;
        for example in &rule.meta.examples {
            let [bad, good] = [&example.bad, &example.good].map(|text| reviews_in(&SourceText::from(text.clone())));
            // The objects of an example know of each other, and of a checkout that holds nothing else. The good ones name
            // files that would have to be there: they look into no folder at all.
            let mut findings = |reviews: &[Review], folder: &Path| -> usize {
                let objects: Vec<_> =
                    reviews.iter().map(|review| (folder.join("example.yaml"), review.clone())).collect();
                let known = ("https://git.example/platform/config".to_owned(), folder.to_owned());
                let repositories = Vec::from_iter((folder == checkout.path()).then_some(known));
                let gitops = GitopsSettings { repositories, clusters: None };
                let platform = platform_facts(Settings { gitops, ..Settings::default() }, checkout.path(), &objects);
                let facts = platform.into_iter().map(|notes| Facts::default().with_platform(notes));
                let judged = reviews.iter().zip(facts);
                judged.map(|(review, facts)| evaluator.outcome(position, review, &facts).unwrap().findings.len()).sum()
            };
            // Nobody has looked up a signature here.
            if id != "image-signature" {
                wrong.extend(
                    (findings(&bad, checkout.path()) == 0).then(|| format!("{id}: {} is not found", example.title)),
                );
            }
            wrong.extend((findings(&good, &root()) > 0).then(|| format!("{id}: {} is not good", example.title)));
            if &*rule.meta.category == "security" {
                let none = Facts::default();
                let ([bad], [good]) = (bad.as_slice(), good.as_slice()) else { panic!("{id}: one object each") };
                let alone = load_only(id);
                let made = Evaluator::new(alone).mutate(bad, &none, EVERY_FIX).object;
                assert_eq!(made, good.object, "{id}: {}", example.title);
                fixed += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(fixed >= 4, "{fixed} examples were fixed");
}
