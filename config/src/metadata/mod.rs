//! What a rule says of itself: OPA's annotation block above the package, with platlint's own keys under
//! `custom.platlint`. Places of problems are those in the Rego file.
//!
//! Keys of other tools are left alone. Whether the parameters' schema is a good one is decided in
//! [`crate::parameters`].

mod block;
mod fields;

use std::sync::Arc;

use platlint_engine::policy::{Example, KindPattern, RelatedResource};
use platlint_engine::{FixSafety, Level, Match, Operation, Requirement, RuleMeta, Severity, UndecidedEffect};
use serde_json::{Map, Value};

use crate::placed::{At, Issue, Path, Placed};
use crate::policies::rego::RegoFile;
use crate::problem::{Problem, Problems};
use crate::shown::{shown, type_of};
use fields::Fields;

const OWN_KEYS: [&str; 11] = [
    "severity",
    "level",
    "match",
    "parameters",
    "requires",
    "problems",
    "settled",
    "remedy",
    "examples",
    "fix",
    "undecided",
];
const SEVERITIES: [(&str, Severity); 4] =
    [("critical", Severity::Critical), ("high", Severity::High), ("medium", Severity::Medium), ("low", Severity::Low)];
const LEVELS: [(&str, Level); 4] =
    [("off", Level::Off), ("audit", Level::Audit), ("warn", Level::Warn), ("error", Level::Error)];
const EFFECTS: [(&str, UndecidedEffect); 3] =
    [("allow", UndecidedEffect::Allow), ("warn", UndecidedEffect::Warn), ("error", UndecidedEffect::Error)];
/// Whether only objects in namespaces are meant.
const SCOPES: [(&str, bool); 2] = [("*", false), ("Namespaced", true)];
const OPERATIONS: [(&str, Operation); 4] = [
    ("CREATE", Operation::Create),
    ("UPDATE", Operation::Update),
    ("DELETE", Operation::Delete),
    ("CONNECT", Operation::Connect),
];

/// The annotations of a file, read but not yet judged.
pub(crate) struct Annotations {
    placed: Placed,
}

impl Annotations {
    /// Reads the block above the package; `Ok(None)` where there is none.
    pub(crate) fn of(file: &RegoFile) -> Result<Option<Self>, Vec<Problem>> {
        Ok(block::read(file)?.map(|placed| Self { placed }))
    }

    /// Whether they speak to platlint.
    pub(crate) fn are_for_platlint(&self) -> bool {
        self.placed.value.pointer("/custom/platlint").is_some()
    }

    /// What they say of the rule `id`; all problems at once.
    pub(crate) fn rule(&self, category: &str, id: &str, origin: &Arc<str>) -> Result<RuleMeta, Vec<Problem>> {
        let mut fields = Fields::default();
        let meta = read(&self.placed.value, &mut fields, category, id, origin);
        match meta {
            Some(meta) if fields.issues.is_empty() => Ok(meta),
            _ => Err(self.placed.problems(fields.issues)),
        }
    }

    /// Problems of the parameters' schema, at their places.
    pub(crate) fn parameter_problems(&self, issues: Vec<Issue>) -> Vec<Problem> {
        let root = Path::of(["custom", "platlint", "parameters"]);
        let at_root = |issue: Issue| Issue { path: root.join(&issue.path), at: At::Value, ..issue };
        self.placed.problems(issues.into_iter().map(at_root).collect())
    }
}

/// Reads the metadata of one Rego file, as [`crate::load`] does it for each rule; `None` where there are none. `file` is
/// only its name in problems; category and id are taken to be its package's.
pub fn read_metadata(file: &str, text: &str) -> Result<Option<RuleMeta>, Problems> {
    let all = |problems: Vec<Problem>| match Problems::check(problems) {
        Err(problems) => problems,
        Ok(()) => Problem::of_file(file, "the metadata cannot be read").into(),
    };
    let rego = RegoFile::new(file.into(), Vec::new(), String::new(), text.into())?;
    let Some(annotations) = Annotations::of(&rego).map_err(all)? else { return Ok(None) };
    let (category, id) = rego.package.rsplit_once('.').unwrap_or(("", &rego.package));
    annotations.rule(category, id, &file.into()).map(Some).map_err(all)
}

fn read(value: &Value, fields: &mut Fields, category: &str, id: &str, origin: &Arc<str>) -> Option<RuleMeta> {
    let root = Path::default();
    let Value::Object(map) = value else {
        fields.missing(&root, "title");
        return None;
    };
    if !map.contains_key("title") {
        fields.missing(&root, "title");
    }
    let title = fields.text(map, &root, "title");
    let description = fields.text(map, &root, "description").unwrap_or_default();
    let related_resources = related_resources(map, fields);
    let custom = map.get("custom").and_then(|custom| fields.map(custom, &root.key("custom"), None));
    let own_path = Path::of(["custom", "platlint"]);
    let empty = Map::new();
    let own = custom.and_then(|custom| custom.get("platlint"));
    let own = own.and_then(|own| fields.map(own, &own_path, Some(&OWN_KEYS))).unwrap_or(&empty);
    let word_at = |key: &str| own_path.key(key);

    let severity = own.get("severity").and_then(|word| fields.word(word, &word_at("severity"), &SEVERITIES));
    let level = own.get("level").and_then(|word| fields.word(word, &word_at("level"), &LEVELS));
    let undecided = own.get("undecided").and_then(|word| fields.word(word, &word_at("undecided"), &EFFECTS));
    let safeties = [("safe", FixSafety::Safe), ("unsafe", FixSafety::Unsafe)];
    let fix = own.get("fix").and_then(|word| fields.word(word, &word_at("fix"), &safeties));
    let (matches, matches_image_fields) = matches(own, &own_path, fields);
    let parameters = own
        .get("parameters")
        .and_then(|schema| fields.map(schema, &word_at("parameters"), None).map(|_| schema.clone()));
    let remedy = fields.text(own, &own_path, "remedy").unwrap_or_default();
    let requires = requirements(own, &own_path, fields);
    let problems = words(own, &own_path, "problems", fields);
    let settled = words(own, &own_path, "settled", fields);
    let examples = examples(own, &own_path, fields);
    Some(RuleMeta {
        id: id.into(),
        category: category.into(),
        title: title?,
        description,
        remedy,
        severity: severity.unwrap_or(Severity::Medium),
        level: level.unwrap_or(Level::Error),
        undecided: undecided.unwrap_or_default(),
        matches,
        matches_image_fields,
        requires,
        problems,
        settled,
        parameters,
        fix,
        examples,
        related_resources,
        origin: origin.clone(),
    })
}

/// OPA takes maps with `ref` and bare addresses.
fn related_resources(map: &Map<String, Value>, fields: &mut Fields) -> Vec<RelatedResource> {
    let mut found = Vec::new();
    for (path, item) in fields.list(map, &Path::default(), "related_resources") {
        if let Some(reference) = item.as_str() {
            found.push(RelatedResource { reference: reference.to_owned(), description: String::new() });
        } else if let Some(item) = fields.map(item, &path, None) {
            if !item.contains_key("ref") {
                fields.missing(&path, "ref");
            }
            let description = fields.text(item, &path, "description").unwrap_or_default();
            found.extend(fields.text(item, &path, "ref").map(|reference| RelatedResource { reference, description }));
        }
    }
    found
}

/// Names that no object has: a rule that loads and never runs would look like a pass.
fn never_matching(item: &Map<String, Value>, path: &Path, fields: &mut Fields) {
    for key in ["groups", "kinds"] {
        for (place, value) in fields.list(item, path, key) {
            let Some(text) = value.as_str() else { continue };
            if key == "groups" && text.contains('/') {
                fields.say(&place, "an API group is written without its version, such as `apps`");
            } else if text.contains('*') && text != "*" {
                fields.say(&place, "`*` stands alone here, for any; patterns are not known");
            } else if key == "kinds" && text.starts_with(char::is_lowercase) {
                fields.say(&place, "kinds begin with a capital, such as `Deployment`");
            }
        }
    }
}

/// Which reviews the rule judges, and whether also those of kinds that the configuration names under `images.fields`.
fn matches(own: &Map<String, Value>, path: &Path, fields: &mut Fields) -> (Match, bool) {
    let path = path.key("match");
    let known = ["kinds", "custom-resources", "operations", "namespaces", "images"];
    let Some(map) = own.get("match").and_then(|value| fields.map(value, &path, Some(&known))) else {
        return (Match::default(), false);
    };
    let mut matches = Match::default();
    fields.no_empty_lists(map, &path, &["kinds", "operations", "namespaces"]);
    let with_image_fields = map.get("images").and_then(|value| fields.flag(value, &path.key("images")));
    let custom_resources =
        map.get("custom-resources").and_then(|value| fields.flag(value, &path.key("custom-resources")));
    matches.custom_resources = custom_resources.unwrap_or_default();
    if with_image_fields == Some(true) && !map.contains_key("kinds") && !matches.custom_resources {
        fields
            .say(&path.key("images"), "`images` adds kinds to `kinds`, and without these every kind is judged anyway");
    }
    for (path, item) in fields.list(map, &path, "kinds") {
        let Some(item) = fields.map(item, &path, Some(&["groups", "kinds", "scope"])) else { continue };
        fields.no_empty_lists(item, &path, &["groups", "kinds"]);
        for key in ["groups", "kinds"] {
            if !item.contains_key(key) {
                fields.missing(&path, key);
            }
        }
        never_matching(item, &path, fields);
        let scope = item.get("scope").and_then(|value| fields.word(value, &path.key("scope"), &SCOPES));
        let mut names = |key| fields.texts(item, &path, key).into_iter().map(Arc::from).collect();
        let (groups, kinds) = (names("groups"), names("kinds"));
        matches.kinds.push(KindPattern { groups, kinds, namespaced_only: scope.unwrap_or_default() });
    }
    if map.contains_key("operations") {
        let items = fields.list(map, &path, "operations");
        matches.operations =
            items.into_iter().filter_map(|(path, item)| fields.word(item, &path, &OPERATIONS)).collect();
    }
    matches.namespaces = fields.texts(map, &path, "namespaces").into_iter().map(ToOwned::to_owned).collect();
    (matches, with_image_fields.unwrap_or_default())
}

fn requirements(own: &Map<String, Value>, path: &Path, fields: &mut Fields) -> Vec<Requirement> {
    let mut found = Vec::new();
    for (path, item) in fields.list(own, path, "requires") {
        if let Some(requirement) = item.as_str().and_then(requirement) {
            found.push(requirement);
            continue;
        }
        let message = format!(
            "`{path}` must be one of namespace, user, oldObject, images.signature, images.pinned, catalog, platform, \
             inventory:<apiVersion>/<Kind>, patch-inventory:<apiVersion>/<Kind>, not {}",
            shown(item)
        );
        fields.say(&path, message);
    }
    found
}

fn requirement(text: &str) -> Option<Requirement> {
    Some(match text {
        "namespace" => Requirement::Namespace,
        "user" => Requirement::User,
        "oldObject" => Requirement::OldObject,
        "images.signature" => Requirement::ImageSignatures,
        "images.pinned" => Requirement::ImagePins,
        "catalog" => Requirement::Catalog,
        "platform" => Requirement::Platform,
        other => {
            let (rest, only_for_patches) = match other.strip_prefix("patch-inventory:") {
                Some(rest) => (rest, true),
                None => (other.strip_prefix("inventory:")?, false),
            };
            let (api_version, kind) = rest.rsplit_once('/')?;
            let is_word =
                |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "./-".contains(c));
            if !is_word(api_version) || !is_word(kind) {
                return None;
            }
            Requirement::Inventory { api_version: api_version.into(), kind: kind.into(), only_for_patches }
        }
    })
}

/// What the rule says of notes: the codes of problems that it speaks of, and what leaves it nothing to say.
fn words(own: &Map<String, Value>, path: &Path, key: &str, fields: &mut Fields) -> Vec<Arc<str>> {
    fields.no_empty_lists(own, path, &[key]);
    let mut words: Vec<Arc<str>> = Vec::new();
    for (path, item) in fields.list(own, path, key) {
        match item.as_str() {
            Some(word) if !word.trim().is_empty() => words.push(word.into()),
            Some(_) => fields.say(&path, format!("`{path}` must not be blank")),
            None => fields.say(&path, format!("`{path}` must be a string, not {}", type_of(item))),
        }
    }
    words
}

fn examples(own: &Map<String, Value>, path: &Path, fields: &mut Fields) -> Vec<Example> {
    let mut found = Vec::new();
    for (path, item) in fields.list(own, path, "examples") {
        let Some(item) = fields.map(item, &path, Some(&["title", "bad", "good"])) else { continue };
        if !item.contains_key("title") {
            fields.missing(&path, "title");
        }
        let title = fields.text(item, &path, "title").unwrap_or_default();
        let mut manifest = |key| fields.text(item, &path, key).map(|text| format!("{text}\n")).unwrap_or_default();
        found.push(Example { title, bad: manifest("bad"), good: manifest("good") });
    }
    found
}
