//! OPA is the judge: every built-in rule on every fixture gives the same answer in stock OPA, in regorus' interpreter with
//! strict built-in errors, and on regorus' VM. A difference could be a violation that vanishes, so any difference fails.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use platlint_catalog::{Digested, PlatformBuilder, Settings, concerns};
use platlint_engine::policy::{Code, Outcome, interpret};
use platlint_engine::{
    Budget, Evaluator, Facts, Inventory, Pointer, PolicySet, Related, Review, Rule, Situation, Value, ValueBuilder,
    evaluation_input, expand_list, get, to_json,
};
use platlint_facts::{DiskFiles, Doc, DocId, Files};
use platlint_source::{Chunk, Document, Limits, Reading, SourceText};
use serde_json::{Value as Json, json};

use crate::fixtures::{config_of, folders, rule_fixtures};
use crate::mutations;
use crate::sandbox::{NOW, root};

/// One evaluation: a rule on an object.
struct Case {
    name: String,
    rule: usize,
    package: String,
    review: Review,
    facts: Facts,
    set: Arc<PolicySet>,
}

/// The policies with this configuration, else with all defaults.
pub fn load(config: Option<&Path>) -> Arc<PolicySet> {
    load_with_settings(config).0
}

/// The same, and what the configuration knows of the platform.
fn load_with_settings(config: Option<&Path>) -> (Arc<PolicySet>, Settings) {
    let options = platlint_config::Options {
        config: config.map(Path::to_owned),
        start: root().join("fixtures"),
        policies: Vec::new(),
        builtin: true,
        only: Vec::new(),
        now: NOW.parse().unwrap(),
    };
    let loaded = platlint_config::load(&options).unwrap_or_else(|problems| panic!("{problems}"));
    let settings = Settings::of(&loaded.platform).unwrap_or_else(|files| panic!("{files:?}"));
    (Arc::new(loaded.set), settings)
}

/// What platform files say of each of these objects, which stand in files of these paths.
pub fn platform_facts(settings: Settings, root: &Path, objects: &[(PathBuf, Review)]) -> Vec<Arc<Value>> {
    let docs: Vec<Doc> = objects
        .iter()
        .enumerate()
        .map(|(index, (path, review))| Doc {
            id: DocId {
                file: path.to_string_lossy().into(),
                document: u32::try_from(index).unwrap(),
                at: Pointer::root(),
            },
            gvk: review.kind.clone(),
            object: review.object.clone(),
            folder: path.parent().map(Into::into),
            maker: None,
            namespace: review.namespace.known().map(Into::into),
        })
        .collect();
    let mut builder = PlatformBuilder::new(settings);
    docs.iter().filter(|doc| concerns(&doc.gvk)).for_each(|doc| builder.add(Digested::of(Arc::new(doc.clone()), true)));
    let files: Arc<dyn Files> = Arc::new(DiskFiles::below([root], root));
    let platform = builder.finish(&files);
    docs.iter().map(|doc| platform.facts(doc)).collect()
}

/// Every object of a file, List items too.
pub fn reviews(path: &Path) -> Vec<Review> {
    reviews_in(&SourceText::decode(std::fs::read(path).unwrap()).unwrap())
}

/// Every object of a text.
pub fn reviews_in(text: &SourceText) -> Vec<Review> {
    let situation = Situation { now: NOW.parse().unwrap(), cluster: None };
    let mut reviews = Vec::new();
    for chunk in text.split() {
        let document = Document::parse(text.as_str(), chunk, &Limits::default()).unwrap();
        let is_entity = document.header().is_some_and(|(api_version, _)| api_version.contains("backstage.io/"));
        let reading = if is_entity { Reading::Yaml12 } else { Reading::Kubernetes };
        let value = document.build(reading, &mut ValueBuilder::default()).unwrap();
        let objects = expand_list(&value)
            .map_or_else(|| vec![value.clone()], |items| items.into_iter().map(|(_, item)| item).collect());
        reviews
            .extend(objects.into_iter().filter_map(|object| Review::of_document(object, None, situation.clone()).ok()));
    }
    reviews
}

/// The facts of a run over these objects: those that some rule asks for.
pub fn facts(set: &PolicySet, reviews: &[Review]) -> Facts {
    let kinds = set.inventory_kinds();
    let mut inventory = Inventory::default();
    reviews
        .iter()
        .filter(|review| kinds.contains(&(review.kind.api_version().into(), review.kind.kind.clone())))
        .for_each(|review| inventory.add(review));
    Facts::new(&inventory, None)
}

/// All built-in rules on all fixtures of all rules, those of mutations too: each rule also sees what was written to
/// break another one.
fn cases() -> Vec<Case> {
    let default = load_with_settings(None);
    let judged = rule_fixtures().into_iter().map(|(_, fixture)| {
        let config = config_of(&fixture);
        let (set, settings) = config.map_or_else(|| default.clone(), |config| load_with_settings(Some(&config)));
        let reviews = reviews(&fixture);
        let facts = facts(&set, &reviews);
        let objects: Vec<_> = reviews.iter().map(|review| (fixture.clone(), review.clone())).collect();
        let platform = platform_facts(settings, fixture.parent().unwrap(), &objects);
        (fixture, set, reviews, facts, platform)
    });
    let mutated = mutations::cases().into_iter().map(|case| {
        let facts = case.facts(&case.set);
        (case.folder, case.set, case.before, facts, Vec::new())
    });
    let trees = folders(&root().join("fixtures/platform")).into_iter().flat_map(|rule| folders(&rule)).map(|tree| {
        let config = Some(tree.join("platlint.yaml")).filter(|config| config.exists());
        let (set, settings) = config.map_or_else(|| default.clone(), |config| load_with_settings(Some(&config)));
        let objects = objects_below(&tree);
        let platform = platform_facts(settings, &tree, &objects);
        let reviews: Vec<Review> = objects.into_iter().map(|(_, review)| review).collect();
        let facts = facts(&set, &reviews);
        (tree, set, reviews, facts, platform)
    });
    let mut cases = Vec::new();
    for (fixture, set, reviews, facts, platform) in judged.chain(mutated).chain(trees) {
        for (index, review) in reviews.iter().enumerate() {
            let facts =
                platform.get(index).map_or_else(|| facts.clone(), |one| facts.clone().with_platform(one.clone()));
            for (rule, one) in set.rules().iter().enumerate() {
                if !one.meta.problems.is_empty() && !platform.get(index).is_some_and(|notes| is_asked(one, notes)) {
                    continue;
                }
                let package = format!("platlint.{}.{}", one.meta.category, one.meta.id.replace('-', "_"));
                let name =
                    format!("{} object {index}: {}", fixture.strip_prefix(root()).unwrap().display(), one.meta.id);
                let (review, facts, set) = (review.clone(), facts.clone(), set.clone());
                cases.push(Case { name, rule, package, review, facts, set });
            }
        }
    }
    cases
}

/// Whether one of the rule's codes was noted: no other rule about platform files is ever asked.
fn is_asked(rule: &Rule, notes: &Value) -> bool {
    let noted = |list: &str, code: &str| get(notes, list).is_some_and(|codes| get(codes, code).is_some());
    rule.meta.problems.iter().any(|code| noted("problems", code) || noted("unknown", code))
}

/// Every object in the files of a tree that can be read, in the order of their paths.
fn objects_below(tree: &Path) -> Vec<(PathBuf, Review)> {
    let mut objects = Vec::new();
    let mut entries: Vec<PathBuf> = std::fs::read_dir(tree).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            objects.extend(objects_below(&path));
        } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
            let text = SourceText::decode(std::fs::read(&path).unwrap()).unwrap();
            let chunks = text.split();
            // Skeletons and charts in trees are no YAML.
            let can_be_read = |chunk: &Chunk| Document::parse(text.as_str(), *chunk, &Limits::default()).is_ok();
            if chunks.iter().all(can_be_read) {
                objects.extend(reviews(&path).into_iter().map(|review| (path.clone(), review)));
            }
        }
    }
    objects
}

/// A further place, in the form that [`normal`] gives it.
fn place(related: &Related) -> Json {
    match related {
        Related::Here(path) => json!(path.to_string()),
        Related::Elsewhere { file, document, at, path, message } => json!({
            "file": file, "document": document, "at": at.to_string(), "path": path.to_string(), "message": message,
        }),
        Related::Line { file, line, message } => json!({"file": file, "line": line, "message": message}),
    }
}

/// An outcome in a form that all three can be brought to.
fn normal(outcome: &Outcome) -> Json {
    let mut deny: Vec<Json> = outcome
        .findings
        .iter()
        .map(|one| {
            json!({"msg": one.message, "path": one.path.to_string(), "text": one.text,
            "related": one.related.iter().map(place).collect::<Vec<_>>()})
        })
        .collect();
    let mut undecided: Vec<Json> = outcome
        .undecided
        .iter()
        .map(|one| json!({"reason": one.reason, "path": one.path.to_string(), "text": one.text}))
        .collect();
    let mut patch: Vec<Json> = outcome
        .edits
        .iter()
        .map(|one| json!({"op": one.op.as_str(), "path": one.path.to_string(), "value": to_json(&one.value)}))
        .collect();
    deny.sort_by_key(Json::to_string);
    undecided.sort_by_key(Json::to_string);
    patch.sort_by_key(Json::to_string);
    json!({"deny": deny, "undecided": undecided, "patch": patch})
}

fn on_vm(case: &Case) -> Json {
    match Evaluator::new(case.set.clone()).outcome(case.rule, &case.review, &case.facts) {
        Ok(outcome) => normal(&outcome),
        Err(error) => json!({"error": error}),
    }
}

fn input(case: &Case) -> Value {
    evaluation_input(
        &case.review,
        case.set.image_fields(),
        &case.facts,
        &case.set.rules()[case.rule].settings.parameters,
    )
}

fn on_interpreter(case: &Case) -> Json {
    let Code::Native(policy) = &case.set.rules()[case.rule].code else { panic!("built-in rules are native") };
    match interpret(policy, input(case), case.facts.data().map(|data| data.as_ref().clone()), Budget::default()) {
        Ok(outcome) => normal(&outcome),
        Err(error) => json!({"error": error}),
    }
}

#[test]
fn the_interpreter_agrees_with_the_vm_and_no_built_in_fails() {
    let differences: Vec<String> = cases()
        .iter()
        .filter_map(|case| {
            let (vm, interpreter) = (on_vm(case), on_interpreter(case));
            (vm != interpreter || vm.get("error").is_some())
                .then(|| format!("{}\n  VM {vm}\n  interpreter {interpreter}", case.name))
        })
        .collect();
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}

/// A rule is not asked where what it names is settled: then it must have nothing to say, by what else it is told.
#[test]
fn what_is_settled_leaves_a_rule_nothing_to_say() {
    let mut settled = 0;
    for mut case in cases() {
        let Rule { meta, settings, .. } = &case.set.rules()[case.rule];
        let mut platform = to_json(&input(&case))["platform"].take();
        let noted = platform.as_object_mut().and_then(|platform| platform.remove("settled")).unwrap_or_default();
        let mut words = noted.as_array().into_iter().flatten().filter_map(Json::as_str);
        if settings.is_given_parameters || !words.any(|word| meta.settled.iter().any(|named| **named == *word)) {
            continue;
        }
        settled += 1;
        case.facts = case.facts.with_platform(Arc::new(Value::from(platform)));
        assert_eq!(on_vm(&case), json!({"deny": [], "undecided": [], "patch": []}), "{}", case.name);
    }
    assert!(settled > 10, "only {settled} objects have anything settled");
}

#[test]
fn readers_and_the_rule_agree_on_who_is_called_like_nobody() {
    let set = load(None);
    let rule = set.rules().iter().find(|rule| *rule.meta.id == *"owner-annotation").unwrap();
    let placeholders = &rule.meta.parameters.as_ref().unwrap()["properties"]["placeholders"]["default"];
    assert_eq!(*placeholders, json!(platlint_catalog::NOBODY));
}

/// Stock OPA: `PLATLINT_OPA`, else `opa` on the path.
fn opa() -> Option<std::ffi::OsString> {
    let program = std::env::var_os("PLATLINT_OPA").unwrap_or_else(|| "opa".into());
    Command::new(&program).arg("version").output().ok().filter(|output| output.status.success()).map(|_| program)
}

#[test]
fn stock_opa_agrees_with_the_vm() {
    let Some(opa) = opa() else {
        assert!(std::env::var_os("CI").is_none(), "CI must not skip the comparison with OPA: set PLATLINT_OPA");
        eprintln!(
            "SKIPPED: stock OPA was not found (PLATLINT_OPA, or `opa` on the path); the rules were not compared with it"
        );
        return;
    };
    let cases = cases();
    let judged = in_opa(&opa, &cases);
    assert_eq!(judged.len(), cases.len());
    let differences: Vec<String> = cases
        .iter()
        .zip(judged)
        .filter_map(|(case, theirs)| {
            let ours = on_vm(case);
            (ours != theirs).then(|| format!("{}\n  VM  {ours}\n  OPA {theirs}", case.name))
        })
        .collect();
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}

/// All cases in one call of `opa eval`, which reads the inputs as data.
fn in_opa(opa: &std::ffi::OsStr, cases: &[Case]) -> Vec<Json> {
    let folder = tempfile::tempdir().unwrap();
    let listed: Vec<Json> = cases
        .iter()
        .map(|case| {
            let data = case.facts.data().map_or_else(|| json!({}), |data| to_json(data));
            json!({"package": case.package, "input": to_json(&input(case)), "inventory": data.get("inventory").cloned().unwrap_or(Json::Null)})
        })
        .collect();
    std::fs::write(folder.path().join("cases.json"), json!({"cases": listed}).to_string()).unwrap();
    let mut packages: Vec<&str> = cases.iter().map(|case| &*case.package).collect();
    packages.sort_unstable();
    packages.dedup();
    let mut harness = String::from("package harness\n\n");
    for package in &packages {
        for entry in ["deny", "undecided", "patch"] {
            for (condition, inventory) in
                [("case.inventory == null", ""), ("case.inventory != null", " with data.inventory as case.inventory")]
            {
                writeln!(
                    harness,
                    "results contains {{\"case\": i, \"entry\": \"{entry}\", \"value\": value}} if {{\n\tsome i, case in data.cases\n\tcase.package == \"{package}\"\n\t{condition}\n\tvalue := data.{package}.{entry} with input as case.input{inventory}\n}}\n"
                ).unwrap();
            }
        }
    }
    std::fs::write(folder.path().join("harness.rego"), harness).unwrap();
    let output = Command::new(opa)
        .args(["eval", "--format", "raw", "--strict-builtin-errors", "--data"])
        .arg(root().join("policies"))
        .arg("--data")
        .arg(folder.path())
        .arg("data.harness.results")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let results: Vec<Json> = serde_json::from_slice(&output.stdout).unwrap();
    let mut judged: BTreeMap<usize, Json> =
        (0..cases.len()).map(|index| (index, json!({"deny": [], "undecided": [], "patch": []}))).collect();
    for result in results {
        let index = usize::try_from(result["case"].as_u64().unwrap()).unwrap();
        let entry = result["entry"].as_str().unwrap().to_owned();
        let mut items: Vec<Json> =
            result["value"].as_array().unwrap().iter().map(|item| normal_item(item, &entry)).collect();
        items.sort_by_key(Json::to_string);
        judged.get_mut(&index).unwrap()[entry] = Json::Array(items);
    }
    judged.into_values().collect()
}

fn normal_item(item: &Json, entry: &str) -> Json {
    let pointer = |path: &Json| -> String {
        path.as_array()
            .unwrap()
            .iter()
            .map(|segment| match segment {
                Json::String(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
                other => format!("/{other}"),
            })
            .collect()
    };
    if entry == "patch" {
        return json!({"op": item["op"], "path": pointer(&item["path"]), "value": item["value"]});
    }
    if entry == "undecided" {
        return json!({"reason": item["reason"], "path": pointer(&item["path"]), "text": item["text"]});
    }
    let place = |place: &Json| match place {
        Json::Object(place) if place.contains_key("line") => {
            json!({"file": place["file"], "line": place["line"], "message": place.get("message")})
        }
        Json::Object(_) => json!({
            "file": place["file"], "document": place["document"], "at": pointer(&place["at"]),
            "path": pointer(&place["path"]), "message": place["message"],
        }),
        path => json!(pointer(path)),
    };
    let related: Vec<Json> = item["related"].as_array().into_iter().flatten().map(place).collect();
    json!({"msg": item["msg"], "path": pointer(&item["path"]), "text": item["text"], "related": related})
}
