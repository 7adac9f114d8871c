//! The section `images`: what it becomes, what is wrong with it, and that all it names travels with it.

use std::sync::Arc;
use std::time::Duration;

use platlint_config::images::{
    AuthorityTrust, DefaultDecision, Distinct, ImagePolicy, Matcher, Require, Transparency, WantedAttestation,
};
use platlint_config::{Loaded, build_bundle, load};
use platlint_engine::image::Reference;
use platlint_engine::{Evaluator, Facts, Gvk, Review, Situation, UndecidedEffect, Value};

use crate::folder::{Folder, KEY, now};

const ROOT: &str = r#"{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1", "tlogs": []}"#;

const GOOD: &str = "\
version: 1
images:
  rules:
    - match: [registry.example/prod/**]
      exclude: [registry.example/prod/tools/*]
      require: {atLeast: 2, distinct: identity}
      authorities:
        - name: release
          keyless:
            issuer: https://token.actions.example
            subjectRegex: https://git\\.example/org/.+
            ciClaims: {ref: refs/heads/main}
            trustedRoot: roots/public.json
        - {name: platform, key: keys/platform.pub, transparency: required, trustedRoot: roots/public.json, annotations: {stage: prod}}
      attestations: [{type: 'https://slsa.dev/provenance/v1', authority: release}]
      formats: [bundle, legacy]
      pin: false
      recursive: true
      lastKnown: 24h
    - match: ['**']
      require: any
      authorities:
        - name: inline
          key: |
            -----BEGIN PUBLIC KEY-----
            MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
            -----END PUBLIC KEY-----
  default: {static: allow, reason: until the next quarter}
  registries:
    Registry.Example:443: {ca: ca/registry.pem, mirrors: [mirror.example/registry.example]}
    localhost:5000: {plainHttp: true}
    registry.cluster.example:5000: {plainHttp: insecure}
  revoked: revoked.txt
  fields:
    - {group: argoproj.io, kind: Workflow, paths: ['spec.templates[*].container.image']}
";

fn files() -> Vec<(&'static str, String)> {
    let certificate = KEY.replace("PUBLIC KEY", "CERTIFICATE");
    let digest = format!("# stolen on a Monday\nsha256:{}  # web:1.4\n\n", "a".repeat(64));
    vec![
        ("keys/platform.pub", KEY.to_owned()),
        ("roots/public.json", ROOT.to_owned()),
        ("ca/registry.pem", certificate),
        ("revoked.txt", digest),
    ]
}

pub(crate) fn folder(test: &str, config: &str) -> Folder {
    let folder = Folder::config(&format!("images-{test}"), config);
    files().iter().for_each(|(name, text)| folder.write(name, text.as_bytes()));
    folder
}

fn policy(loaded: &Loaded) -> &ImagePolicy {
    loaded.images.as_deref().unwrap()
}

/// What is wrong with this section. Its first line has lost its two blanks to the string it stands in.
fn problems(test: &str, section: &str) -> String {
    folder(test, &format!("version: 1\nimages:\n  {section}")).problems()
}

#[test]
fn becomes_data_with_the_contents_of_all_files() {
    let loaded = folder("data", GOOD).load().unwrap();
    let images = policy(&loaded);
    let [first, second] = images.rules.as_slice() else { panic!("{images:?}") };
    assert_eq!(first.patterns[0].as_str(), "registry.example/prod/**");
    assert_eq!(first.exclude[0].as_str(), "registry.example/prod/tools/*");
    assert_eq!(first.require, Require::AtLeast { count: 2, distinct: Distinct::Identity });
    assert_eq!((first.formats.bundle, first.formats.legacy), (true, true));
    assert_eq!((first.pin, first.recursive, first.last_known), (false, true, Some(Duration::from_hours(24))));
    assert_eq!((first.at.line, first.at.column), (4, 7));
    assert_eq!((first.authorities[1].at.line, first.authorities[1].at.column), (14, 11));
    let wanted = WantedAttestation {
        predicate_type: "https://slsa.dev/provenance/v1".to_owned(),
        authority: Some("release".to_owned()),
    };
    assert_eq!(first.attestations, [wanted]);
    let AuthorityTrust::Keyless { issuer, subject, ci_claims, trusted_root } = &first.authorities[0].trust else {
        panic!("{first:?}")
    };
    assert_eq!(*issuer, Matcher::Exact("https://token.actions.example".to_owned()));
    assert_eq!(*subject, Matcher::Regex("https://git\\.example/org/.+".to_owned()));
    assert_eq!(ci_claims["ref"], "refs/heads/main");
    assert_eq!(&**trusted_root, ROOT.as_bytes());
    let AuthorityTrust::Key { pem, transparency, trusted_root } = &first.authorities[1].trust else {
        panic!("{first:?}")
    };
    assert_eq!((&**pem, *transparency), (KEY.as_bytes(), Transparency::Required));
    assert_eq!(trusted_root.as_deref(), Some(ROOT.as_bytes()));
    assert_eq!(first.authorities[1].annotations["stage"], "prod");
    assert_eq!((second.require, second.pin, second.last_known), (Require::Any, true, None));
    assert_eq!((second.formats.bundle, second.formats.legacy), (true, false));
    assert!(matches!(&second.authorities[0].trust, AuthorityTrust::Key { pem, .. } if **pem == *KEY.as_bytes()));

    assert_eq!(images.default, DefaultDecision::Allow { reason: "until the next quarter".to_owned() });
    let hosts: Vec<(&str, bool)> =
        images.registries.iter().map(|(host, settings)| (host.as_str(), settings.plain_http)).collect();
    assert_eq!(hosts, [("localhost:5000", true), ("registry.cluster.example:5000", true), ("registry.example", false)]);
    assert_eq!(images.registries["registry.example"].mirrors, ["mirror.example/registry.example"]);
    assert!(images.is_revoked(&format!("sha256:{}", "a".repeat(64))) && images.revoked.len() == 1);

    let rule_of = |image: &str| images.rule_for(&Reference::parse(image).unwrap()).unwrap().at.line;
    assert_eq!((rule_of("registry.example/prod/web"), rule_of("registry.example/prod/tools/lint")), (4, 20));
}

#[test]
fn what_is_not_said_is_strict() {
    let text = "version: 1\nimages: {rules: [{match: ['**'], authorities: [{name: a, key: keys/platform.pub}]}]}\n";
    let loaded = folder("strict", text).load().unwrap();
    let images = policy(&loaded);
    let rule = &images.rules[0];
    assert_eq!((images.default.clone(), rule.require, rule.pin), (DefaultDecision::Deny, Require::All, true));
    assert_eq!((rule.formats.bundle, rule.formats.legacy, rule.recursive), (true, false, false));
    let transparency = |further: &str| {
        let text = text.replace("platform.pub", &format!("platform.pub{further}"));
        let loaded = folder("transparency", &text).load().unwrap();
        match &policy(&loaded).rules[0].authorities[0].trust {
            AuthorityTrust::Key { transparency, .. } => (*transparency, loaded.notices.len()),
            other @ AuthorityTrust::Keyless { .. } => panic!("{other:?}"),
        }
    };
    assert_eq!(transparency(""), (Transparency::Ignore, 0));
    assert_eq!(transparency(", trustedRoot: roots/public.json"), (Transparency::IfPresent, 0));
    assert_eq!(transparency(", transparency: ifPresent"), (Transparency::IfPresent, 1), "nothing can be checked");
    assert!(Folder::config("images-none", "version: 1\n").load().unwrap().images.is_none());
}

#[test]
fn fields_of_custom_resources_are_judged_by_the_rules_about_images() {
    let loaded = folder("fields", GOOD).load().unwrap();
    let object = r#"{"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "a"},
        "spec": {"templates": [{"container": {"image": "nginx"}}, {"container": {"image": "redis"}}]}}"#;
    let situation = Situation { now: now(), cluster: None };
    let review = Review::of_document(Value::from_json_str(object).unwrap(), None, situation).unwrap();
    let images: Vec<String> = loaded.set.images(&review).iter().map(|image| image.path.to_string()).collect();
    assert_eq!(images, ["/spec/templates/0/container/image", "/spec/templates/1/container/image"]);
    assert!(loaded.set.wants_images(&review.kind) && loaded.set.needs(&review).image_signatures);
    assert!(loaded.set.judges(&review.kind));
    assert!(!loaded.set.wants_images(&Gvk::new("argoproj.io/v1alpha1", "AppProject")));
    let mut evaluator = Evaluator::new(Arc::new(loaded.set));
    let verdict = evaluator.decide(&review, &Facts::default());
    // Rules about custom resources want to know what other files say, which this run does not.
    let about_images = |rule: &str| rule.starts_with("image-");
    let mut said: Vec<String> = verdict.findings.iter().map(|one| format!("{} {}", one.rule, one.message)).collect();
    let undecided = verdict.undecided.iter().filter(|one| about_images(&one.rule));
    said.extend(undecided.map(|one| format!("{} {}", one.rule, one.reason)));
    assert_eq!(
        said,
        [
            "image-digest image field: image \"nginx\" is not pinned by a sha256 or sha512 digest",
            "image-digest image field: image \"redis\" is not pinned by a sha256 or sha512 digest",
            "image-signature image field: the signature of image \"nginx\" is not known",
            "image-signature image field: the signature of image \"redis\" is not known",
        ]
    );
    assert_eq!(verdict.faults, []);
}

#[test]
fn problems_of_the_shape_are_told_at_their_places() {
    let text = "\
  rules:
    - match: []
      require: some
      authorities: []
    - authorities: [{name: ' ', key: keys/platform.pub, colour: red}]
      formats: [cosign]
      match: ['**']
      lastKown: 3h
    - {match: ['**'], require: {atLeast: 0}, authorities: [{name: a, keyless: {subject: a}}]}
  default: {static: ask}
  registries: {a.example: {plainHttp: maybe}}
  fields: [{group: a, kind: B}]
  registry: {}
";
    insta::assert_snapshot!(problems("shape", text));
}

#[test]
fn problems_of_patterns_and_counts_are_told_at_their_places() {
    let text = "\
  rules:
    - match: ['*', 'prod/**', 'registry.example/a:1', 'a.example/**']
      exclude: ['b.example/**']
      authorities: [{name: a, key: keys/platform.pub}]
    - match: ['a.example/**']
      exclude: ['b.example/**', 'a.example/x']
      require: {atLeast: 2}
      authorities: [{name: a, key: keys/platform.pub}]
      lastKnown: 0s
    - match: ['c.example/a-*', 'c.example/*-b']
      authorities: [{name: a, key: keys/platform.pub}]
      lastKnown: 366d
    - match: ['C.example:443/*-a']
      authorities: [{name: a, key: keys/platform.pub}]
      lastKnown: 1.5h
      attestations: [{type: spdx, authority: b}, {type: 'https://a.example/b', authority: a}]
";
    insta::assert_snapshot!(problems("patterns", text));
}

#[test]
fn problems_of_authorities_are_told_at_their_places() {
    let text = "\
  rules:
    - match: ['a.example/**']
      authorities:
        - {name: missing, key: keys/nowhere.pub}
        - {name: folder, key: keys}
        - {name: private, key: keys/private.pem}
        - {name: service, key: 'awskms:///alias/release'}
        - {name: both, key: keys/platform.pub, keyless: {issuer: a, subject: b, trustedRoot: roots/public.json}}
        - {name: neither}
        - {name: one, key: keys/platform.pub}
        - {name: one, key: keys/platform.pub, annotations: {a: b}}
        - {name: twin, key: keys/platform.pub}
        - {name: log, key: keys/platform.pub, transparency: required}
        - {name: root, key: keys/platform.pub, trustedRoot: roots/public.json}
        - {name: ignored, key: keys/platform.pub, trustedRoot: roots/public.json, transparency: ignore}
        - {name: no-root, key: keys/platform.pub, trustedRoot: keys/platform.pub, transparency: required}
        - {name: large, key: keys/large.pub}
    - match: ['b.example/**']
      authorities:
        - {name: nobody, keyless: {trustedRoot: roots/public.json}}
        - {name: anybody, keyless: {issuerRegex: '.*', subjectRegex: '.+', trustedRoot: roots/public.json}}
        - {name: brackets, keyless: {issuer: a, subjectRegex: 'a)|(b', trustedRoot: roots/public.json}}
        - {name: open, keyless: {issuer: a, subjectRegex: '(a', trustedRoot: roots/nowhere.json}}
        - {name: twice, keyless: {issuer: a, issuerRegex: a, subject: b, trustedRoot: roots/public.json}, transparency: required}
        - {name: claims, keyless: {issuer: a, ciClaims: {ref: a}, trustedRoot: roots/public.json}}
";
    let folder = folder("authorities", &format!("version: 1\nimages:\n  {text}"));
    folder.write("keys/private.pem", KEY.replace("PUBLIC", "EC PRIVATE").as_bytes());
    folder.write("keys/large.pub", KEY.repeat(1_000).as_bytes());
    insta::assert_snapshot!(folder.problems());
}

#[test]
fn problems_of_registries_and_lists_are_told_at_their_places() {
    let text = "\
  default: {static: allow}
  registries:
    a.example: {plainHttp: true, mirrors: ['https://b.example', mirror]}
    A.example:443: {ca: keys/platform.pub}
    localhost:5000: {plainHttp: true, ca: ca/registry.pem}
    https://c.example: {mirrors: [b.example]}
    nginx: {}
  revoked: list.txt
  fields:
    - {group: argoproj.io/v1, kind: workflow, paths: ['spec[0]', '$.spec']}
    - {group: a, paths: [spec]}
    - {group: a, kind: B, kinds: [C, '*'], paths: [spec]}
";
    let folder = folder("registries", &format!("version: 1\nimages:\n  {text}"));
    folder.write("list.txt", b"sha256:aa\n# good\n");
    insta::assert_snapshot!(folder.problems());
    let text = "default: {static: deny, reason: a}\n  revoked: [latest, 'sha1:aa']\n";
    insta::assert_snapshot!(problems("revoked", text));
}

#[test]
fn is_shown_by_digests_and_not_by_contents() {
    let loaded = folder("shown", GOOD).load().unwrap();
    let shown = serde_json::to_string_pretty(&loaded.effective["images"]).unwrap();
    assert!(!shown.contains("BEGIN") && !shown.contains("tlogs"), "{shown}");
    insta::with_settings!({filters => vec![("[0-9a-f]{64}", "[digest]")]}, { insta::assert_snapshot!(shown) });
}

#[test]
fn every_named_file_travels_in_a_bundle_and_counts_in_its_revision() {
    let folder = folder("bundle", GOOD);
    let bundle = build_bundle(&folder.options()).unwrap();
    assert_eq!(bundle.info().files, 5);
    bundle.write_folder(&folder.path.join("bundle")).unwrap();
    let mut options = folder.options();
    let source = load(&options).unwrap();
    options.config = Some(folder.path.join("bundle"));
    let packed = load(&options).unwrap();
    assert_eq!(packed.set.revision(), source.set.revision());
    assert_eq!(policy(&packed).hash, policy(&source).hash);

    let mut seen = vec![source.set.revision().to_owned()];
    for (name, text) in files() {
        let changed = text.replace("MFkw", "MFkx").replace("tlogs", "ctlogs");
        folder.write(name, changed.replace(&"a".repeat(64), &"b".repeat(64)).as_bytes());
        seen.push(
            folder.load().map_or_else(|problems| problems.to_string(), |loaded| loaded.set.revision().to_owned()),
        );
        folder.write(name, text.as_bytes());
    }
    assert!(seen.iter().all(|one| one.starts_with("sha256:")), "{seen:#?}");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5, "each file counts");
    assert_eq!(folder.load().unwrap().set.revision(), source.set.revision());
}

#[test]
fn a_lock_sees_another_key_behind_the_same_name() {
    let section = "images: {rules: [{match: ['**'], authorities: [{name: a, key: keys/platform.pub}]}]}\n";
    let platform = format!("version: 1\nrules: {{image-signature: {{level: error, locked: true}}}}\n{section}");
    let folder = folder("lock", &format!("version: 1\nextends: platform\n{section}"));
    folder.write("platform/platlint.yaml", platform.as_bytes());
    folder.write("platform/keys/platform.pub", KEY.as_bytes());
    assert!(folder.load().is_ok(), "the same key under the same name weakens nothing");
    folder.write("keys/platform.pub", KEY.replace("MFkw", "AAAA").as_bytes());
    insta::assert_snapshot!(
        folder.problems(),
        @"platlint.yaml:3:1: rule `image-signature` is locked by platform/platlint.yaml:2: what it decides by under `images` cannot be changed"
    );
    for weaker in [
        "images: {default: {static: allow, reason: a}}\n",
        "images: {revoked: []}\n",
        &section.replace("name: a", "name: b"),
        &section.replace("}]}\n", "}], fields: [{group: a, kind: B, paths: [spec]}]}\n"),
    ] {
        folder.write("keys/platform.pub", KEY.as_bytes());
        folder.write("platlint.yaml", format!("version: 1\nextends: platform\n{weaker}").as_bytes());
        assert!(folder.problems().contains("is locked by platform/platlint.yaml:2"), "{weaker}");
    }
}

#[test]
fn open_subjects_need_claims_that_name_somebody() {
    let config = |who: &str, claims: &str| {
        format!(
            "version: 1\nimages: {{rules: [{{match: ['**'], authorities: [{{name: a, keyless: {{{who}, ciClaims: {{{claims}}}, \
             trustedRoot: roots/public.json}}}}]}}]}}\n"
        )
    };
    let said = |who: &str, claims: &str| match folder("claims", &config(who, claims)).load() {
        Ok(_) => None,
        Err(problems) => Some(problems.to_string()),
    };
    let (one, many) = ("issuer: 'https://a.example'", "issuerRegex: 'https://.+[.]example'");
    let any = "issuer: 'https://a.example', subjectRegex: '.*'";
    let nobody = [
        "ref: refs/heads/main",
        "runner: self-hosted",
        "workflow: .github/workflows/release.yml",
        "signer: release.yml",
    ];
    for claims in nobody {
        for who in [one, many, any] {
            let said = said(who, claims).unwrap_or_default();
            assert!(said.contains("must name who signs"), "{who} {claims}: {said}");
        }
    }
    for claims in ["repository: org/app", "owner: org", "ownerId: '7'", "repositoryId: '7'"] {
        assert_eq!(said(one, claims), None, "{claims}");
        let said = said(many, claims).unwrap_or_default();
        assert!(said.contains("need one `issuer`"), "{claims}: {said}");
    }
    for claims in
        ["repository: 'https://a.example/org/app'", "workflow: 'https://a.example/org/app/r.yml@refs/heads/main'"]
    {
        assert_eq!((said(one, claims), said(many, claims)), (None, None), "{claims}");
    }
    assert_eq!(
        said("issuer: 'https://a.example', subjectRegex: 'https://a[.]example/org/.*'", "ref: refs/heads/main"),
        None
    );
}

#[test]
fn a_section_replaces_another_as_a_whole_and_says_so() {
    let section = "images: {rules: [{match: ['**'], authorities: [{name: a, key: keys/platform.pub}]}]}\n";
    let folder = folder("replaced", &format!("version: 1\nextends: platform\n{section}"));
    folder.write(
        "platform/platlint.yaml",
        format!("version: 1\n{}", section.replace("'**'", "'a.example/**'")).as_bytes(),
    );
    folder.write("platform/keys/platform.pub", KEY.as_bytes());
    let notices: Vec<String> = folder.load().unwrap().notices.iter().map(|one| folder.shorten(one)).collect();
    let said = "platlint.yaml: `images` replaces that of platform/platlint.yaml as a whole";
    assert!(notices.iter().any(|notice| notice == said), "{notices:?}");
    folder.write("platform/platlint.yaml", format!("version: 1\n{section}").as_bytes());
    let notices: Vec<String> = folder.load().unwrap().notices.iter().map(|one| folder.shorten(one)).collect();
    assert!(!notices.iter().any(|notice| notice.contains("replaces")), "the same section: {notices:?}");
    folder.write(
        "platlint.yaml",
        b"version: 1\nextends: platform\nimages: {registries: {a.example: {plainHttp: insecure}}}\n",
    );
    let problems = folder.problems();
    assert!(
        problems
            .contains("platlint.yaml:3:1: this replaces `images` of platform/platlint.yaml as a whole, and drops all"),
        "{problems}"
    );
}

#[test]
fn a_locked_rule_on_digests_keeps_the_fields_it_judges() {
    let section = "images: {fields: [{group: a, kind: B, paths: [spec]}]}\n";
    let folder = folder("fields-lock", "version: 1\nextends: platform\nimages: {fields: []}\n");
    folder.write(
        "platform/platlint.yaml",
        format!("version: 1\nrules: {{image-digest: {{level: error, locked: true}}}}\n{section}").as_bytes(),
    );
    let problems = folder.problems();
    assert!(
        problems
            .contains("rule `image-digest` is locked by platform/platlint.yaml:2: what it decides by under `images`"),
        "{problems}"
    );
}

#[test]
fn an_unknown_signature_denies_where_the_configuration_says_nothing() {
    let section = "images: {rules: [{match: ['**'], authorities: [{name: a, key: keys/platform.pub}]}]}\n";
    let effect = |rules: &str| {
        let loaded = folder("undecided", &format!("version: 1\n{rules}{section}")).load().unwrap();
        let rule = loaded.set.rules().iter().find(|rule| &*rule.meta.id == "image-signature").unwrap();
        (rule.settings.undecided, rule.settings.is_undecided_configured)
    };
    assert_eq!(effect(""), (UndecidedEffect::Error, false));
    assert_eq!(effect("rules: {image-signature: error}\n"), (UndecidedEffect::Error, false));
    assert_eq!(effect("rules: {image-signature: {undecided: warn}}\n"), (UndecidedEffect::Warn, true));
    assert_eq!(effect("rules: {'*': {undecided: allow}}\n"), (UndecidedEffect::Allow, true));
}
