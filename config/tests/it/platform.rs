//! What a configuration knows of the platform: files found and read, layers on top of each other, locks, bundles.

use platlint_config::{KnownFile, PlatformSettings, Tool, build_bundle, load};

use crate::folder::{Folder, KEY};

const CONFIG: &str = "\
version: 1
schemas: [crds, one.txt]
catalog: {entities: [snapshot.json]}
repositories: {\"https://git.example/org/config\": .}
templates: {actions: [actions.json], filters: [team]}
argocd: {clusters: [clusters.yaml]}
render:
  helm: off
  kustomize: /bin/sh
  kube-version: \"1.33\"
  charts:
    - {path: \"charts/*\", values: [[values.yaml], [values.yaml, prod.yaml]], namespace: shop, release: cart}
  allow: [remote-bases, dependency-downloads]
";

const FILES: [(&str, &str); 8] = [
    ("crds/b.yml", "b"),
    ("crds/a/x.yaml", "x"),
    ("crds/a.json", "{}"),
    ("crds/README.md", "no data"),
    ("one.txt", "named itself"),
    ("snapshot.json", "[]"),
    ("actions.json", "[1]"),
    ("clusters.yaml", "c"),
];

fn folder(test: &str, config: &str) -> Folder {
    let folder = Folder::with(&format!("platform-{test}"), &FILES);
    folder.write("platlint.yaml", config.as_bytes());
    folder
}

fn names(folder: &Folder, files: &[KnownFile]) -> Vec<String> {
    files.iter().map(|file| folder.shorten(&file.name)).collect()
}

#[test]
fn files_are_found_in_order_and_read() {
    let folder = folder("all", CONFIG);
    let loaded = folder.load().unwrap();
    assert_eq!(loaded.notices, Vec::<String>::new());
    let PlatformSettings { schemas, entities, repositories, templates, argocd, render } = loaded.platform;
    assert_eq!(names(&folder, &schemas), ["crds/a/x.yaml", "crds/a.json", "crds/b.yml", "one.txt"]);
    assert_eq!(
        (&*schemas[0].bytes, &*entities[0].bytes, &*templates.actions[0].bytes),
        (&b"x"[..], &b"[]"[..], &b"[1]"[..])
    );
    assert_eq!(
        (templates.filters, names(&folder, &argocd.clusters)),
        (vec!["team".to_owned()], vec!["clusters.yaml".to_owned()])
    );
    let [(address, checkout)] = &repositories[..] else { panic!("{repositories:?}") };
    assert_eq!(address, "https://git.example/org/config");
    assert!(checkout.is_absolute() && checkout.join("platlint.yaml").is_file());
    assert_eq!(render.helm, Tool::Off);
    assert!(matches!(&render.kustomize, Tool::Path(path) if path.ends_with("bin/sh")));
    assert_eq!(render.kube_version.as_deref(), Some("1.33"));
    let chart = &render.charts[0];
    assert!(chart.base.is_absolute() && chart.base.join("crds").is_dir());
    assert_eq!((&*chart.path, chart.values[1].len(), chart.release.as_deref()), ("charts/*", 2, Some("cart")));
    assert!(render.allow.remote_bases && render.allow.dependency_downloads);
    assert!(!render.allow.exec && !render.allow.plugins);
}

#[test]
fn without_a_word_nothing_is_known_and_nothing_is_allowed() {
    let settings = Folder::config("platform-none", "version: 1\n").load().unwrap().platform;
    assert_eq!(settings, PlatformSettings::default());
    assert_eq!(settings.render.helm, Tool::Auto);
}

#[test]
fn what_cannot_be_read_is_a_problem_where_it_is_named() {
    let config = "\
version: 1
schemas: [nowhere, empty, crds]
catalog: {entities: [a.json, large.json]}
repositories: {\"https://git.example/a\": checkouts/a, \"https://git.example/b\": one.txt}
templates: {actions: [b.json]}
argocd: {clusters: [c.json]}
render: {helm: of, kustomize: bin/helm}
";
    let folder = folder("missing", config);
    folder.write("empty/README.md", b"");
    folder.write("large.json", &vec![b' '; (16 << 20) + 1]);
    insta::assert_snapshot!(folder.problems());
}

#[test]
fn no_program_is_taken_from_where_the_configuration_lies() {
    let told = |test: &str, render: &str, service: &str| {
        let folder = Folder::with(
            &format!("platform-program-{test}"),
            &[
                ("repo/.git/HEAD", ""),
                ("repo/bin/helm", "program"),
                ("repo/policies/platlint.yaml", ""),
                // A repository of its own, so that the checkout that these tests run in is none above it.
                ("service/.git/HEAD", ""),
            ],
        );
        let path = |text: &str| text.replace("HERE", &folder.path.display().to_string());
        folder.write("repo/policies/platlint.yaml", path(&format!("version: 1\n{render}")).as_bytes());
        folder.write("service/platlint.yaml", format!("version: 1\nextends: ../repo/policies\n{service}").as_bytes());
        #[cfg(unix)]
        {
            std::fs::create_dir(folder.path.join("tools")).unwrap();
            std::os::unix::fs::symlink("../repo/bin/helm", folder.path.join("tools/helm")).unwrap();
        }
        of_service(&folder).map(|settings| settings.render.helm)
    };
    let refused = |test: &str, program: &str| {
        let problem = told(test, &format!("render: {{helm: {program}}}\n"), "").unwrap_err();
        assert!(problem.starts_with("service/../repo/policies/platlint.yaml:2:16: "), "{problem}");
        problem
    };
    assert!(refused("relative", "../bin/helm").contains("`../bin/helm` is no absolute path"));
    assert!(refused("repository", "HERE/repo/bin/helm").contains("lies below repo: what is judged there"));
    assert!(refused("around", "HERE/service/../repo/bin/helm").contains("lies below repo:"));
    assert!(refused("configuration", "HERE/service/helm").contains("lies below service:"));
    #[cfg(unix)]
    assert!(refused("link", "HERE/tools/helm").contains("lies below repo:"));
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    assert!(refused("here", here).contains(&format!("lies below {}:", env!("CARGO_MANIFEST_DIR"))));
    assert!(refused("missing", "/nowhere/helm").contains("there is no program `/nowhere/helm`"));
    // What is switched off is not run.
    assert_eq!(told("off", "render: {helm: bin/helm}\n", "render: {helm: off}\n"), Ok(Tool::Off));
    assert_eq!(told("good", "render: {helm: /bin/sh}\n", ""), Ok(Tool::Path("/bin/sh".into())));
}

#[test]
fn the_shape_is_checked() {
    let config = "\
version: 1
schemas: ['']
templates: {action: [a.json], filters: a}
argocd: {clusters: {}}
render: {helm: {path: a}, allow: [network], charts: [{values: [a.yaml]}]}
";
    insta::assert_snapshot!(folder("shape", config).problems());
}

fn layered(test: &str, platform: &str, service: &str) -> Folder {
    let folder = folder(&format!("layers-{test}"), platform);
    folder.write("service/platlint.yaml", format!("version: 1\nextends: ..\n{service}").as_bytes());
    folder.write("service/crds/own.yaml", b"own");
    folder.write("service/entities.yaml", b"entities");
    folder.write("service/actions.json", b"[2]");
    folder
}

fn of_service(folder: &Folder) -> Result<PlatformSettings, String> {
    let mut options = folder.options();
    options.start = folder.path.join("service");
    load(&options).map(|loaded| loaded.platform).map_err(|problems| folder.shorten(&problems.to_string()))
}

#[test]
fn what_extends_adds_to_what_it_extends() {
    let service = "\
schemas: [crds, ../crds/b.yml]
catalog: {entities: [entities.yaml]}
repositories: {\"https://git.example/org/config\": crds, \"https://git.example/org/cart\": .}
templates: {actions: [actions.json], filters: [team, own]}
render: {charts: [{path: chart}], kustomize: off, allow: [remote-bases]}
";
    let folder = layered("add", CONFIG, service);
    let settings = of_service(&folder).unwrap();
    let schemas = names(&folder, &settings.schemas);
    assert_eq!(
        schemas,
        [
            "service/../crds/a/x.yaml",
            "service/../crds/a.json",
            "service/../crds/b.yml",
            "service/../one.txt",
            "service/crds/own.yaml"
        ]
    );
    assert_eq!(names(&folder, &settings.entities), ["service/../snapshot.json", "service/entities.yaml"]);
    assert_eq!(
        (settings.templates.actions.len(), settings.templates.filters),
        (2, vec!["team".to_owned(), "own".to_owned()])
    );
    let checkouts: Vec<bool> = settings.repositories.iter().map(|(_, folder)| folder.ends_with("crds")).collect();
    assert_eq!(checkouts, [true, false], "the address that both name means the folder of the one that extends");
    let charts: Vec<&str> = settings.render.charts.iter().map(|chart| &*chart.path).collect();
    assert_eq!(
        (charts, settings.render.helm, settings.render.kustomize),
        (vec!["chart", "charts/*"], Tool::Off, Tool::Off)
    );
    assert!(settings.render.allow.remote_bases && !settings.render.allow.dependency_downloads);
}

#[test]
fn what_extends_allows_and_runs_nothing_more() {
    let service = "render: {helm: auto, kustomize: /bin/cat, allow: [remote-bases, exec]}\n";
    insta::assert_snapshot!(of_service(&layered("wider", CONFIG, service)).unwrap_err());
    // Nothing said is nothing allowed, and a program of its own is another one.
    let service = "render: {helm: /bin/sh, allow: [plugins]}\n";
    insta::assert_snapshot!("nothing-said", of_service(&layered("silent", "version: 1\n", service)).unwrap_err());
}

/// A rule about platform files.
const RULE: &str = "\
# METADATA
# title: Actions exist
# custom:
#   platlint:
#     problems: [unknown-action]
package a.actions_exist

deny contains {\"msg\": \"none\", \"path\": path} if {
\tsome problem in input.platform.problems[\"unknown-action\"]
\tpath = problem.path
}
";

#[test]
fn where_a_rule_is_locked_the_installation_is_described_by_its_platform_alone() {
    let service = "\
schemas: [crds]
catalog: {entities: [entities.yaml]}
templates: {actions: [actions.json], filters: [own]}
argocd: {clusters: [entities.yaml]}
";
    let locked = format!("{CONFIG}policies: [{{path: policies}}]\nrules: {{actions-exist: {{locked: true}}}}\n");
    let folder = layered("locked", &locked, service);
    folder.write("policies/a/actions-exist/a.rego", RULE.as_bytes());
    insta::assert_snapshot!(of_service(&folder).unwrap_err());
    folder.write("platlint.yaml", locked.replace("locked: true", "level: warn").as_bytes());
    assert!(of_service(&folder).is_ok());
}

fn revision(folder: &Folder) -> String {
    folder.load().unwrap().set.revision().to_owned()
}

#[test]
fn the_revision_covers_what_is_known_and_not_where_it_stands() {
    let first = revision(&folder("revision", CONFIG));
    let mut known = vec![first.clone()];
    for (index, file) in
        ["crds/a.json", "one.txt", "snapshot.json", "actions.json", "clusters.yaml"].into_iter().enumerate()
    {
        let changed = folder(&format!("revision-{index}"), CONFIG);
        changed.write(file, b"another");
        known.push(revision(&changed));
    }
    known.push(revision(&folder("revision-filters", &CONFIG.replace("[team]", "[steam]"))));
    known.push(revision(&folder("revision-none", "version: 1\n")));
    let count = known.len();
    known.sort();
    known.dedup();
    assert_eq!(known.len(), count);

    let moved = folder("revision-moved", &CONFIG.replace("snapshot.json", "moved.json"));
    moved.write("moved.json", b"[]");
    assert_eq!(revision(&moved), first);
    let rendered =
        CONFIG.replace("helm: off", "helm: auto").replace("\"charts/*\"", "x").replace("org/config\": .", "x\": crds");
    assert_eq!(revision(&folder("revision-rendered", &rendered)), first);
}

#[test]
fn a_bundle_knows_the_same() {
    let folder = folder("bundle", CONFIG);
    folder.write("release.pub", KEY.as_bytes());
    let source = folder.load().unwrap();
    let bundle = build_bundle(&folder.options()).unwrap();
    let path = folder.path.join("bundle.tar");
    std::fs::write(&path, bundle.tar().unwrap()).unwrap();
    let mut options = folder.options();
    options.config = Some(path);
    let packed = load(&options).unwrap();
    assert_eq!(packed.set.revision(), source.set.revision());
    let contents = |files: &[KnownFile]| files.iter().map(|file| file.bytes.clone()).collect::<Vec<_>>();
    let (ours, theirs) = (&packed.platform, &source.platform);
    for (ours, theirs) in [
        (&ours.schemas, &theirs.schemas),
        (&ours.entities, &theirs.entities),
        (&ours.templates.actions, &theirs.templates.actions),
        (&ours.argocd.clusters, &theirs.argocd.clusters),
    ] {
        assert_eq!(contents(ours), contents(theirs));
    }
    assert_eq!(ours.templates.filters, theirs.templates.filters);
    // Checkouts and programs stand beside a configuration, and not in a bundle.
    assert_eq!((&ours.repositories[..], &ours.render.kustomize), (&[][..], &Tool::Auto));
    assert_eq!(ours.render.charts.len(), 1);
    assert!(ours.render.charts[0].base.join("crds").is_dir(), "globs start where platlint runs");
}
