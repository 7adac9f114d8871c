//! Fixtures of rules that look beyond one file: each a small tree under `fixtures/platform/<rule>/<case>/`, with what the
//! rule must say of it in `expected.txt`.

use std::collections::BTreeSet;
use std::path::Path;

use crate::fixtures::folders;
use crate::sandbox::{Sandbox, root, run_in};

/// `file:line:column` of what the rule says in a list of the answer.
fn places(answer: &serde_json::Value, list: &str, rule: &str) -> BTreeSet<String> {
    let items = answer[list].as_array().unwrap().iter().filter(|item| item["rule"] == *rule);
    let place = |item: &serde_json::Value| {
        format!("{}:{}:{} {rule}", item["file"].as_str().unwrap(), item["line"], item["column"])
    };
    items.map(place).collect()
}

/// What is wrong about a case; `None` where it is as expected.
fn judge(rule: &str, case: &Path) -> Option<String> {
    let name = case.file_name().unwrap().to_str().unwrap();
    let ran = run_in(case, &["check", "--format", "json", "--rule", rule, "--exit-zero", "."], &[], b"");
    if ran.code != 0 {
        return Some(format!("{rule}/{name}: {}", ran.shown()));
    }
    let answer = ran.json();
    let found = places(&answer, "findings", rule);
    let open = places(&answer, "undecided", rule);
    let expected: BTreeSet<String> = std::fs::read_to_string(case.join("expected.txt"))
        .map(|text| text.lines().filter(|line| !line.trim().is_empty()).map(|line| line.trim().to_owned()).collect())
        .unwrap_or_default();
    let right = match name.split('-').next().unwrap() {
        "pass" => found.is_empty() && open.is_empty() && expected.is_empty(),
        "fail" => !found.is_empty() && found == expected,
        "undecided" => found.is_empty() && !open.is_empty() && (expected.is_empty() || open == expected),
        _ => panic!("{rule}/{name}: a case's name begins with pass-, fail- or undecided-"),
    };
    (!right).then(|| format!("{rule}/{name}:\n  expected {expected:#?}\n  found {found:#?}\n  undecided {open:#?}"))
}

#[test]
fn every_tree_gives_what_its_name_says() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for rule in folders(&root().join("fixtures/platform")) {
        let id = rule.file_name().unwrap().to_str().unwrap().to_owned();
        for case in folders(&rule) {
            cases += 1;
            wrong.extend(judge(&id, &case));
        }
    }
    assert!(cases > 10, "only {cases} trees were found");
    assert!(wrong.is_empty(), "{} of {cases} trees:\n{}", wrong.len(), wrong.join("\n"));
}

/// A kind whose `spec.size` is a whole number.
const DEFINITION: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {size: {type: integer}}}}
";

const TEMPLATE: &str = "\
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: widget}
spec:
  type: service
  owner: group:default/team-a
  parameters: [{properties: {name: {type: string}}}]
  steps:
    - {id: fetch, action: 'fetch:template', input: {url: ./skeleton, values: {name: '${{ parameters.name }}'}}}
";

const CHART: &str = "apiVersion: v2\nname: c\nversion: 1.0.0\n";

#[test]
fn what_is_made_is_held_against_definitions_that_no_written_object_needs() {
    let widget = "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\nspec:\n  size: a${{ values.name }}\n";
    let sandbox = Sandbox::with(&[
        ("crds/widgets.yaml", DEFINITION),
        ("template.yaml", TEMPLATE),
        ("skeleton/widget.yaml", widget),
    ]);
    let ran = sandbox.run(&["check", "--format", "json", "--rule", "custom-resource-schema", "."]);
    assert_eq!(ran.findings(), [("custom-resource-schema".to_owned(), 5, 3)], "{}", ran.shown());
    assert_eq!(ran.json()["findings"][0]["file"], "skeleton/widget.yaml");
}

#[test]
fn a_skeleton_hides_nothing_without_a_word_whatever_the_rules_are() {
    // Not one that is filled in by an engine that is not known here, either.
    let template = TEMPLATE.replace("fetch:template", "fetch:cookiecutter");
    let pod =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: '{{ cookiecutter.name }}'}\nspec: {containers: [{name: a}]}\n";
    let plain = pod.replace("'{{ cookiecutter.name }}'", "web");
    let files = [("template.yaml", template.as_str()), ("skeleton/pod.yaml", pod), ("skeleton/plain.yaml", &plain)];
    let ran = Sandbox::with(&files).run(&["check", "--format", "json", "--rule", "resource-limits", "."]);
    let json = ran.json();
    let told =
        |list: &str, file: &str| json[list].as_array().unwrap().iter().filter(|one| one["file"] == *file).count();
    assert_eq!(
        (told("findings", "skeleton/pod.yaml"), told("undecided", "skeleton/pod.yaml")),
        (0, 1),
        "{}",
        ran.shown()
    );
    assert_eq!(told("findings", "skeleton/plain.yaml"), 2, "{}", ran.shown());
}

#[test]
fn the_graph_shows_what_hangs_together_whatever_the_rules_are() {
    let entity = |kind: &str, name: &str, spec: &str| {
        format!("apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n---\n")
    };
    let entities = [
        entity("Component", "cart", "{type: service, lifecycle: production, owner: team-a, system: shop}"),
        entity("System", "shop", "{owner: team-b}"),
        entity("Group", "team-a", "{type: team, children: []}"),
    ];
    let sandbox = Sandbox::with(&[("catalog.yaml", entities.concat().as_str()), ("broken.yaml", "a: [")]);
    let mut shown = String::new();
    for format in ["text", "json", "dot", "mermaid"] {
        let ran = sandbox.run(&["graph", "--no-builtin", "--render", "off", "--format", format]);
        shown.extend(["--- ", format, "\n", &ran.shown(), "\n"]);
    }
    insta::assert_snapshot!(shown);
    let around = sandbox.run(&["graph", "--around", "team-a"]);
    assert!(around.stdout.contains("team-a") && !around.stdout.contains("team-b"), "{}", around.shown());
    // Nobody knows what hangs on a file that cannot be read. Text of a chart is none.
    let without_dangling =
        [("catalog.yaml", entities[2].as_str()), ("c/Chart.yaml", CHART), ("c/templates/a.yaml", "{{ a }}")];
    let sandbox = Sandbox::with(&without_dangling);
    let ran = sandbox.run(&["graph", "--fail-on-dangling"]);
    assert!(
        ran.code == 0 && ran.stderr.contains("text of template engines at 1 place, the first in c/templates/a.yaml"),
        "{}",
        ran.shown()
    );
    sandbox.write("broken.yaml", b"a: [");
    assert_eq!(sandbox.run(&["graph", "--fail-on-dangling"]).code, 1);
}

#[test]
fn inspect_shows_what_files_say_of_each_other() {
    let entity = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: cart}\n\
                  spec: {type: service, lifecycle: production, owner: gone, dependOn: [component:cart]}\n";
    let config = "version: 1\ncatalog: {entities: [known.json]}\n";
    let files = [("platlint.yaml", config), ("catalog.yaml", entity), ("known.json", "[]")];
    let sandbox = Sandbox::with(&files);
    let input = &sandbox.run(&["inspect", "--input", "catalog.yaml"]).json()[0]["input"]["platform"];
    assert_eq!(input["problems"]["unknown-entity-field"][0]["suggestion"], "dependsOn");
    assert_eq!(input["problems"]["dangling-owner"][0]["ref"], "group:default/gone");
    assert_eq!(input["owner"]["status"], "missing");
    let explained = sandbox.run(&["explain", "catalog-reference"]).stdout;
    assert!(explained.contains("noted `dangling-reference`"), "{explained}");
}

#[test]
fn what_an_application_deploys_is_held_against_definitions_although_no_chart_is_named() {
    // As pre-commit names files: the template and what deploys it, without Chart.yaml.
    let path = ["PLATLINT_RENDER_TOOLS", "PATH"].iter().filter_map(|name| std::env::var(name).ok());
    let path = path.collect::<Vec<_>>().join(":");
    if !std::env::split_paths(&path).any(|folder| folder.join("helm").is_file()) {
        eprintln!("SKIPPED: what an application deploys with a chart: helm is needed");
        return;
    }
    let application = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: c, namespace: argocd}
spec:
  project: default
  source: {repoURL: https://git.example/here, path: c, targetRevision: main}
  destination: {server: https://kubernetes.default.svc, namespace: shop}
";
    let widget = "{{ if true }}\napiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\nspec:\n  size: much\n{{ end }}\n";
    let sandbox = Sandbox::with(&[
        ("platlint.yaml", "version: 1\nrepositories: {'https://git.example/here': .}\n"),
        ("apps/c.yaml", application),
        ("c/Chart.yaml", CHART),
        ("c/templates/widget.yaml", widget),
        ("crds/widgets.yaml", DEFINITION),
    ]);
    let named = ["apps/c.yaml", "c/templates/widget.yaml", "crds/widgets.yaml"];
    let arguments = [&["check", "--format", "json", "--rule", "custom-resource-schema"][..], &named].concat();
    let ran = sandbox.run_with(&arguments, &[("PATH", &path)], b"");
    assert_eq!(ran.findings(), [("custom-resource-schema".to_owned(), 6, 3)], "{}", ran.shown());
}

#[test]
fn a_way_of_deploying_that_cannot_be_followed_is_told_at_the_field_that_says_what_is_deployed() {
    let application = |source: &str| {
        format!(
            "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: shop, namespace: argocd}}
spec:
  project: default
  source:
    repoURL: https://git.example/here
    targetRevision: main
    path: k8s
    {source}
  destination: {{server: https://kubernetes.default.svc, namespace: shop}}
"
        )
    };
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {type: LoadBalancer}\n";
    for (source, reason) in [
        ("directory: {include: '{a,b'}", "its pattern of file names `{a,b` cannot be read"),
        ("directory: {exclude: '[a'}", "its pattern of file names `[a` cannot be read"),
        ("plugin: {name: own}", "a plugin makes its manifests"),
    ] {
        let sandbox = Sandbox::with(&[
            ("platlint.yaml", "version: 1\nrepositories: {'https://git.example/here': .}\n"),
            ("apps.yaml", &application(source)),
            ("k8s/service.yaml", service),
        ]);
        let answer = sandbox.run(&["check", "--format", "json", "."]).json();
        let told: Vec<_> =
            answer["undecided"].as_array().unwrap().iter().filter(|one| one["rule"] == "not-rendered").collect();
        let [told] = &*told else { panic!("{told:?}") };
        assert_eq!(told["reason"], format!("k8s is not judged as argocd/shop deploys it: {reason}"));
        assert_eq!((&told["file"], &told["line"]), (&"apps.yaml".into(), &9.into()));
    }
}
