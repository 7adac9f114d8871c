//! Reading a configuration's `images` section: every field checked, everything it names read, all problems at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use platlint_engine::ImageFields;
use serde_json::Value;

use crate::files::Files;
use crate::images::authority;
use crate::images::fields;
use crate::images::fingerprint;
use crate::images::material::{Folder, Material};
use crate::images::pattern::ImagePattern;
use crate::images::policy::{
    At as PlaceAt, DefaultDecision, Distinct, Formats, ImagePolicy, ImageRule, Require, WantedAttestation,
};
use crate::images::registries;
use crate::layers::Layer;
use crate::placed::{At, Issue, Path, Step};
use crate::problem::Problem;
use crate::wire::{
    AttestationEntry, DefaultEntry, DistinctName, FormatName, ImageRuleEntry, ImagesEntry, RequireEntry, RequireName,
    StaticName,
};

/// An `images` section, read.
pub(crate) struct Section {
    pub policy: Arc<ImagePolicy>,
    /// Which fields of custom resources hold images.
    pub fields: Arc<ImageFields>,
    /// As `config show` prints it: what it names by its digest, not its content.
    pub shown: Value,
    /// It decides about images: there are rules, or a default is given.
    pub decides: bool,
    /// What users should know of it.
    pub notices: Vec<String>,
}

/// The section of a configuration, where it has one.
pub(crate) fn read(files: &Files, layer: &Layer) -> Result<Option<Section>, Vec<Problem>> {
    let Some(entry) = &layer.config.images else { return Ok(None) };
    let mut reader = Reader::new(Folder { files, path: &layer.folder });
    reader.places = places(layer, entry);
    let root = Path::of(["images"]);
    let rules: Vec<ImageRule> = entry
        .rules
        .iter()
        .enumerate()
        .map(|(index, rule)| reader.rule(rule, &root.key("rules").index(index)))
        .collect();
    ties(&rules, &mut reader);
    let default = entry.default.as_ref().map(|entry| reader.default(entry, &root.key("default")));
    let registries = registries::read(&mut reader, &entry.registries, &root.key("registries"));
    let revoked = registries::revoked(&mut reader, entry.revoked.as_ref(), &root.key("revoked"));
    let fields = fields::read(&mut reader, &entry.fields, &root.key("fields"));
    let Reader { issues, others, shown, notices, .. } = reader;
    let mut problems = layer.placed.problems(issues);
    problems.extend(others);
    if !problems.is_empty() {
        return Err(problems);
    }
    let decides = !rules.is_empty() || default.is_some();
    let default = default.unwrap_or(DefaultDecision::Deny);
    let mut policy = ImagePolicy { rules, default, registries, revoked, hash: String::new() };
    policy.hash = fingerprint::of(&policy, &fields);
    let raw = layer.placed.value.get("images").cloned().unwrap_or_default();
    let (policy, fields, shown) = (Arc::new(policy), Arc::new(fields), replaced(raw, &shown));
    let notices = notices.into_iter().map(|notice| format!("{}: {notice}", layer.placed.file)).collect();
    Ok(Some(Section { policy, fields, shown, decides, notices }))
}

/// Where rules and their authorities stand, found in one go.
fn places(layer: &Layer, entry: &ImagesEntry) -> BTreeMap<String, PlaceAt> {
    let rules = Path::of(["images", "rules"]);
    let paths: Vec<Path> = entry
        .rules
        .iter()
        .enumerate()
        .flat_map(|(index, rule)| {
            let rule_at = rules.index(index);
            let authorities = rule_at.key("authorities");
            let below: Vec<Path> = (0..rule.authorities.len()).map(|index| authorities.index(index)).collect();
            std::iter::once(rule_at).chain(below)
        })
        .collect();
    let targets: Vec<(&Path, At)> = paths.iter().map(|path| (path, At::Key)).collect();
    let file = &layer.placed.file;
    let found = layer.placed.places(&targets).into_iter();
    let at = |(line, column)| PlaceAt { file: file.clone(), line, column };
    paths.iter().map(ToString::to_string).zip(found.map(at)).collect()
}

/// Reads, and collects what is wrong on the way.
pub(super) struct Reader<'f> {
    pub folder: Folder<'f>,
    pub issues: Vec<Issue>,
    /// Problems of other files.
    pub others: Vec<Problem>,
    pub notices: Vec<String>,
    places: BTreeMap<String, PlaceAt>,
    /// What stands at a path for those who look at the configuration.
    shown: Vec<(Path, Value)>,
}

impl<'f> Reader<'f> {
    fn new(folder: Folder<'f>) -> Self {
        Self {
            folder,
            issues: Vec::new(),
            others: Vec::new(),
            notices: Vec::new(),
            places: BTreeMap::new(),
            shown: Vec::new(),
        }
    }

    pub(super) fn say(&mut self, path: &Path, message: impl Into<String>) {
        self.issues.push(Issue::new(path, At::Value, message));
    }

    /// About a field as a whole, or about what is missing in it.
    pub(super) fn say_of(&mut self, path: &Path, message: impl Into<String>) {
        self.issues.push(Issue::new(path, At::Key, message));
    }

    pub(super) fn help(&mut self, path: &Path, message: impl Into<String>, help: Option<String>) {
        self.issues.push(Issue::new(path, At::Value, message).with_help(help));
    }

    /// What was read for a field; what went wrong is said there.
    pub(super) fn material(&mut self, path: &Path, read: Result<Material, String>) -> Option<Material> {
        match read {
            Ok(material) => {
                self.shown.push((path.clone(), material.shown()));
                Some(material)
            }
            Err(message) => {
                self.say(path, message);
                None
            }
        }
    }

    pub(super) fn at(&self, path: &Path) -> PlaceAt {
        let known = self.places.get(&path.to_string()).cloned();
        known.unwrap_or_else(|| PlaceAt { file: "".into(), line: 0, column: 0 })
    }

    fn rule(&mut self, entry: &ImageRuleEntry, path: &Path) -> ImageRule {
        let patterns = self.patterns(&entry.matches, &path.key("match"));
        let exclude = self.patterns(&entry.exclude, &path.key("exclude"));
        for (index, one) in exclude.iter().enumerate().filter(|_| patterns.len() == entry.matches.len()) {
            if exclude.len() == entry.exclude.len() && !patterns.iter().any(|pattern| pattern.overlaps(one)) {
                let message = format!("`{one}` excludes nothing: no image that it names matches this rule");
                self.say(&path.key("exclude").index(index), message);
            }
        }
        let authorities = authority::read(self, &entry.authorities, &path.key("authorities"));
        let names: Vec<&str> = entry.authorities.iter().map(|one| one.name.as_str()).collect();
        let attestations = self.attestations(&entry.attestations, &names, &path.key("attestations"));
        let has_keyless = entry.authorities.iter().any(|one| one.keyless.is_some());
        let require = self.require(entry.require.as_ref(), names.len(), has_keyless, &path.key("require"));
        let formats = entry.formats.as_deref().unwrap_or(&[FormatName::Bundle]);
        ImageRule {
            patterns,
            exclude,
            require,
            authorities,
            attestations,
            formats: Formats {
                bundle: formats.contains(&FormatName::Bundle),
                legacy: formats.contains(&FormatName::Legacy),
            },
            pin: entry.pin.unwrap_or(true),
            recursive: entry.recursive.unwrap_or(false),
            last_known: entry.last_known.as_ref().and_then(|text| self.last_known(text, &path.key("lastKnown"))),
            at: self.at(path),
        }
    }

    fn patterns(&mut self, texts: &[String], path: &Path) -> Vec<ImagePattern> {
        let mut patterns = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            match ImagePattern::parse(text) {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => self.say(&path.index(index), format!("`{text}`: {error}")),
            }
        }
        patterns
    }

    fn attestations(&mut self, entries: &[AttestationEntry], names: &[&str], path: &Path) -> Vec<WantedAttestation> {
        for (index, entry) in entries.iter().enumerate() {
            let path = path.index(index);
            if let Some(name) = entry.authority.as_deref().filter(|name| !names.contains(name)) {
                let help = platlint_engine::suggest::help(name, names.iter().copied());
                self.help(&path.key("authority"), format!("this rule has no authority `{name}`"), help);
            }
            let wanted = entry.predicate_type.as_str();
            if !wanted.contains("://") {
                let known = PREDICATES.iter().find(|(word, _)| word.eq_ignore_ascii_case(wanted));
                let help = known.map(|(_, uri)| format!("write `{uri}`"));
                self.help(&path.key("type"), format!("`{wanted}` is no URI, as types of predicates are"), help);
            }
        }
        let wanted = |entry: &AttestationEntry| WantedAttestation {
            predicate_type: entry.predicate_type.clone(),
            authority: entry.authority.clone(),
        };
        entries.iter().map(wanted).collect()
    }

    fn require(&mut self, entry: Option<&RequireEntry>, signers: usize, has_keyless: bool, path: &Path) -> Require {
        match entry {
            None | Some(RequireEntry::Name(RequireName::All)) => Require::All,
            Some(RequireEntry::Name(RequireName::Any)) => Require::Any,
            Some(RequireEntry::AtLeast(entry)) => {
                let count = entry.at_least.get();
                let distinct = match entry.distinct {
                    None | Some(DistinctName::Authority) => Distinct::Authority,
                    Some(DistinctName::Identity) => Distinct::Identity,
                };
                // Only one authority that names many identities can sign more than once.
                let is_open = distinct == Distinct::Identity && has_keyless;
                if !is_open && usize::try_from(count).is_ok_and(|count| count > signers) {
                    self.say(
                        &path.key("atLeast"),
                        format!("{count} signers are required, and this rule has {signers}: no image could pass"),
                    );
                }
                Require::AtLeast { count, distinct }
            }
        }
    }

    fn last_known(&mut self, text: &str, path: &Path) -> Option<Duration> {
        let read = duration(text);
        if read.is_none() {
            let message = format!("`{text}` is no duration from 1s to {MAX_DAYS}d, such as `90m`, `24h` or `2d`");
            self.say(path, message);
        }
        read
    }

    fn default(&mut self, entry: &DefaultEntry, path: &Path) -> DefaultDecision {
        match (entry.decision, &entry.reason) {
            (StaticName::Allow, Some(reason)) => DefaultDecision::Allow { reason: reason.trim().to_owned() },
            (StaticName::Allow, None) => {
                self.say_of(path, "`reason` is missing: why images that no rule names may run is reported with each");
                DefaultDecision::Deny
            }
            (StaticName::Deny, reason) => {
                if reason.is_some() {
                    self.say_of(&path.key("reason"), "`reason` belongs to `static: allow`");
                }
                DefaultDecision::Deny
            }
        }
    }
}

/// What cosign calls the common types of predicates.
const PREDICATES: [(&str, &str); 6] = [
    ("slsaprovenance", "https://slsa.dev/provenance/v0.2"),
    ("slsaprovenance1", "https://slsa.dev/provenance/v1"),
    ("spdx", "https://spdx.dev/Document"),
    ("spdxjson", "https://spdx.dev/Document"),
    ("cyclonedx", "https://cyclonedx.org/bom"),
    ("vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"),
];

/// An outage of a year is none.
const MAX_DAYS: u64 = 365;

/// Seconds, minutes, hours or days.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let total = number.parse::<u64>().ok().filter(|_| is_number)?.checked_mul(seconds)?;
    (1..=MAX_DAYS.saturating_mul(24 * 60 * 60)).contains(&total).then(|| Duration::from_secs(total))
}

/// Patterns of different rules of which neither would decide about some image.
fn ties(rules: &[ImageRule], reader: &mut Reader<'_>) {
    let mut by_specificity: BTreeMap<_, Vec<(usize, &ImagePattern)>> = BTreeMap::new();
    for (position, rule) in rules.iter().enumerate() {
        for (index, pattern) in rule.patterns.iter().enumerate() {
            let same = by_specificity.entry(pattern.specificity()).or_default();
            let first = same.iter().find(|(other, known)| *other != position && pattern.ties_with(known));
            if let Some((other, known)) = first {
                let path = Path::of(["images", "rules"]).index(position).key("match").index(index);
                let line = rules.get(*other).map_or(0, |rule| rule.at.line);
                let what = if known.as_str() == pattern.as_str() {
                    format!("`{pattern}` is also a pattern of `images.rules[{other}]` in line {line}")
                } else {
                    format!(
                        "`{pattern}` and `{known}` of `images.rules[{other}]` in line {line} match the same images and are \
                         equally specific"
                    )
                };
                let help = "put both under one rule, or let one of them name more of the images' names".to_owned();
                reader.issues.push(
                    Issue::new(&path, At::Value, format!("{what}: which rule holds is not said")).with_help(Some(help)),
                );
            }
            same.push((position, pattern));
        }
    }
}

/// The value with others at some paths.
fn replaced(mut value: Value, others: &[(Path, Value)]) -> Value {
    for (path, other) in others {
        // The first step is `images`, which is the value itself.
        let found = path.0.iter().skip(1).try_fold(&mut value, |value, step| match step {
            Step::Key(key) => value.get_mut(key),
            Step::Index(index) => value.get_mut(index),
        });
        if let Some(place) = found {
            *place = other.clone();
        }
    }
    value
}
