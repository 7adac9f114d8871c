//! platlint.yaml: what it may say, and what is said of its mistakes.

use platlint_config::{Loaded, PolicySource, SourceDialect, discover, load};
use platlint_engine::{Level, UndecidedEffect};

use crate::folder::{Folder, GOOD_RULE, KEY, built_in};

fn level(loaded: &Loaded, id: &str) -> Level {
    loaded.set.rules().iter().find(|rule| &*rule.meta.id == id).unwrap().settings.level
}

#[test]
fn without_a_configuration_the_built_in_rules_hold_at_their_own_levels() {
    let folder = Folder::with("without", &[]);
    let mut options = folder.options();
    // No configuration of the machine above the folder may count.
    options.config = None;
    assert_eq!(discover(&folder.path), None);
    let loaded = load(&options).unwrap();
    let ids: Vec<&str> = loaded.set.rules().iter().map(|rule| &*rule.meta.id).collect();
    assert_eq!(ids, built_in());
    assert!(loaded.set.rules().iter().all(|rule| rule.settings.level == rule.meta.level));
    assert_eq!(loaded.path, None);
    assert_eq!(loaded.notices, Vec::<String>::new());
}

#[test]
fn all_problems_of_the_shape_are_told_at_once_with_places() {
    let folder = Folder::config(
        "shape",
        "\
version: 2
extend: ../base
policies: [buildin, {dialect: conftest}, {path: a, dialect: rego}]
rules:
  resource-limits: fatal
  image-digest: {levle: warn}
  owner-annotation: {level: error, locked: yes}
overrides:
  - {rules: [], level: warn}
exemptions:
  - rule: resource-limits
    reason: ' '
    owner: team-a
    expires: next year
  - {rule: image-digest, reason: because, owner: team-a, namespaces: shop, expires: 2027-01-31}
self-service: {rules: [image-digest], max-days: 0}
namespaces:
  - {files: a/**}
files: [a]
",
    );
    insta::assert_snapshot!(folder.problems());
}

#[test]
fn each_constraint_of_the_schema_is_kept_alone() {
    let exemption = "exemptions: [{rule: image-digest, reason: a, owner: b, expires: 2027-01-31}]";
    let cases = [
        "version: 2".to_owned(),
        format!("version: 1\n{}", exemption.replace("reason: a", "reason: ' '")),
        format!("version: 1\n{}", exemption.replace("owner: b", "owner: ''")),
        format!("version: 1\n{}", exemption.replace("2027-01-31", "2027-1-31")),
        format!("version: 1\n{}", exemption.replace("rule: image-digest", "rule: ''")),
        "version: 1\nself-service: {max-days: 0}".to_owned(),
        "version: 1\nself-service: {max-days: 3661}".to_owned(),
        "version: 1\nself-service: {rules: ['']}".to_owned(),
        "version: 1\noverrides: [{rules: [], level: warn}]".to_owned(),
        "version: 1\noverrides: [{rules: [image-digest], clusters: [], level: warn}]".to_owned(),
        "version: 1\nextends: ''".to_owned(),
        "version: 1\nfiles: {exclude: ['']}".to_owned(),
        "version: 1\nnamespaces: [{files: '', namespace: a}]".to_owned(),
        "version: 1\npolicies: [{path: ''}]".to_owned(),
    ];
    for (index, text) in cases.iter().enumerate() {
        let problems = Folder::config(&format!("constraint-{index}"), text).problems();
        assert_eq!(problems.lines().count(), 1, "{text}: {problems}");
        assert!(problems.contains(" must ") || problems.contains("pattern"), "{text}: {problems}");
    }
    assert!(Folder::config("constraint-good", &format!("version: 1\n{exemption}")).load().is_ok());
}

#[test]
fn names_that_no_rule_has_are_problems() {
    let folder = Folder::config(
        "names",
        "\
version: 1
rules:
  resource-limit: warn
  '*': {parameters: {a: 1}}
overrides:
  - {rules: ['image-*', image_digest], level: warn}
exemptions:
  - {rule: owner, reason: a, owner: b, expires: 2026-12-31}
  - {rule: image-digest, reason: a, owner: b, expires: 2026-02-30}
self-service: {rules: [quite-another]}
",
    );
    insta::assert_snapshot!(folder.problems());
}

#[test]
fn yaml_that_cannot_be_read_is_a_problem_with_a_place() {
    for (test, text) in [
        ("broken", "version: 1\nrules:\n  a: [b\n"),
        ("doubled", "version: 1\nrules:\n  resource-limits: warn\n  resource-limits: off\n"),
        ("several", "version: 1\n---\nversion: 1\n"),
        ("empty", "# nothing\n"),
        ("list", "- version: 1\n"),
        ("template", "version: {{ .Values.version }}\n"),
    ] {
        insta::assert_snapshot!(format!("yaml-{test}"), Folder::config(&format!("yaml-{test}"), text).problems());
    }
    let folder = Folder::with("yaml-binary", &[]);
    folder.write("platlint.yaml", b"version: 1\n\xff\xfe\xfd\n");
    assert_eq!(folder.problems(), "platlint.yaml: byte 0xFF at offset 11 (line 2) is not valid UTF-8");
}

#[test]
fn a_section_without_a_value_counts_as_absent() {
    let folder = Folder::config("sections", "version: 1\nrules:\n#  resource-limits: warn\nexemptions:\npolicies:\n");
    assert_eq!(folder.load().unwrap().set.rules().len(), built_in().len());
}

#[test]
fn levels_come_from_the_star_then_from_the_id() {
    let folder = Folder::config(
        "levels",
        "version: 1\nrules:\n  '*': {level: audit, undecided: warn}\n  image-digest: off\n  resource-limits: {undecided: error}\n",
    );
    let loaded = folder.load().unwrap();
    assert_eq!(level(&loaded, "image-digest"), Level::Off);
    assert_eq!(level(&loaded, "resource-limits"), Level::Audit);
    for rule in loaded.set.rules() {
        let is_own = *rule.meta.id == *"resource-limits";
        let expected = if is_own { UndecidedEffect::Error } else { UndecidedEffect::Warn };
        assert_eq!(rule.settings.undecided, expected, "{}", rule.meta.id);
    }
}

#[test]
fn the_effective_configuration_tells_what_counts() {
    let folder = Folder::with(
        "effective",
        &[
            ("policies/naming/short-names/short_names.rego", GOOD_RULE),
            ("release.pub", KEY),
            (
                "platlint.yaml",
                "\
version: 1
policies: [builtin, {path: policies}]
rules: {resource-limits: {level: warn, parameters: {resources: [memory]}}, short-names: off}
overrides: [{rules: ['*'], clusters: [staging], level: audit}]
exemptions: [{rule: image-digest, kind: Job, reason: ' vendor ', owner: team-a, expires: 2027-01-31}]
self-service: {rules: [image-digest]}
namespaces: [{files: 'envs/a/**', namespace: a}]
files: {exclude: ['**/testdata/**']}
images: {rules: [{match: ['a.example/**'], authorities: [{name: release, key: release.pub}]}]}
",
            ),
        ],
    );
    let loaded = folder.load().unwrap();
    let mut effective = loaded.effective.clone();
    let named = ["image-digest", "image-signature", "resource-limits", "short-names"];
    effective["rules"].as_object_mut().unwrap().retain(|id, _| named.contains(&id.as_str()));
    let shown = folder.shorten(&serde_json::to_string_pretty(&effective).unwrap());
    insta::with_settings!({filters => vec![("sha256:[0-9a-f]{64}", "sha256:[digest]")]}, { insta::assert_snapshot!(shown) });
    assert_eq!(loaded.set.exemptions()[0].place.rsplit('/').next(), Some("platlint.yaml:5"));
    assert_eq!(loaded.set.rules()[1].settings.inactive, None);
}

#[test]
fn the_rule_on_signatures_is_inactive_without_authorities() {
    let inactive = |name: &str, images: &str| {
        let config = format!("version: 1\n{images}");
        let loaded = Folder::with(name, &[("a.pub", KEY), ("platlint.yaml", &config)]).load().unwrap();
        let rule = loaded.set.rules().iter().find(|rule| &*rule.meta.id == "image-signature").unwrap();
        rule.settings.inactive.clone()
    };
    assert!(inactive("no-images", "").unwrap().contains("images.rules"));
    assert!(inactive("no-authorities", "images: {registries: {a.example: {mirrors: [b.example]}}}").is_some());
    let rule = "images: {rules: [{match: ['**'], authorities: [{name: a, key: a.pub}]}]}";
    assert_eq!(inactive("authorities", rule), None);
    assert_eq!(inactive("deny-all", "images: {default: {static: deny}}"), None, "it was asked for");
}

#[test]
fn an_exemption_that_ended_is_a_finding_and_one_ending_today_is_none() {
    let folder = Folder::config(
        "ended",
        "\
version: 1
exemptions:
  - {rule: image-digest, reason: a, owner: team-a, expires: 2026-11-21}
  - rule: image-digest
    reason: a
    owner: team-b
    expires: 2026-11-20
",
    );
    let found = folder.load().unwrap().findings;
    assert_eq!(found.len(), 1);
    let one = &found[0];
    assert_eq!((one.rule, one.line, one.column), ("expired-exemption", 7, 14));
    assert_eq!(one.message, "the exemption from image-digest ended on 2026-11-20; team-b should renew or remove it");
}

#[test]
fn what_matches_no_rule_is_said() {
    let text = "version: 1\noverrides: [{rules: ['imag-*'], level: warn}]\nself-service: {rules: ['image-*', 'zz*']}\n";
    let notices = Folder::config("idle", text).load().unwrap().notices;
    assert_eq!(notices.len(), 2);
    assert!(notices[0].ends_with("platlint.yaml: no rule matches `imag-*` under `overrides`"), "{notices:?}");
    let notices = Folder::config("nothing", "version: 1\npolicies: []\n").load().unwrap().notices;
    assert_eq!(notices, ["no rules are loaded, so nothing is judged"]);
}

#[test]
fn the_nearest_configuration_upwards_counts() {
    let folder = Folder::with(
        "nearest",
        &[("platlint.yaml", "version: 1\n"), ("a/platlint.yml", "version: 1\n"), ("a/b/c.txt", ""), ("d/e.txt", "")],
    );
    assert_eq!(discover(&folder.path.join("a/b")), Some(folder.path.join("a/platlint.yml")));
    assert_eq!(discover(&folder.path.join("d")), Some(folder.path.join("platlint.yaml")));
    assert_eq!(discover(&folder.path.join("nowhere")), None);
}

#[test]
fn a_configuration_that_is_named_must_exist() {
    let folder = Folder::with("missing", &[("a/b.txt", "")]);
    for (name, message) in
        [("b.yaml", "cannot be read: no such file or directory"), ("a", "there is no platlint.yaml in this folder")]
    {
        let mut options = folder.options();
        options.config = Some(folder.path.join(name));
        let problems = load(&options).unwrap_err();
        assert_eq!(folder.shorten(&problems.to_string()), format!("{name}: {message}"));
    }
}

#[test]
fn single_rules_can_be_chosen_and_must_exist() {
    let folder = Folder::config("only", "version: 1\noverrides: [{rules: [image-digest], level: error}]\n");
    let mut options = folder.options();
    options.only = vec!["resource-limits".into()];
    let loaded = load(&options).unwrap();
    assert_eq!(loaded.set.rules().len(), 1);
    assert_eq!(loaded.set.revision(), folder.load().unwrap().set.revision());
    options.only = vec!["resource-limit".into()];
    insta::assert_snapshot!(load(&options).unwrap_err());
}

#[test]
fn without_built_in_rules_a_configuration_may_still_name_them() {
    let folder = Folder::with(
        "no-builtin",
        &[
            ("platlint.yaml", "version: 1\nrules: {resource-limits: warn}\nself-service: {rules: [image-digest]}\n"),
            ("more/naming/short-names/a.rego", GOOD_RULE),
        ],
    );
    let mut options = folder.options();
    options.builtin = false;
    options.policies.push(PolicySource {
        path: folder.path.join("more"),
        dialect: SourceDialect::Native,
        namespaces: Vec::new(),
    });
    let loaded = load(&options).unwrap();
    let ids: Vec<&str> = loaded.set.rules().iter().map(|rule| &*rule.meta.id).collect();
    assert_eq!(ids, ["short-names"]);
}
