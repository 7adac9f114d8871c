//! `ApplicationSet`s become the Applications that the controller would make, or say why not.

use std::sync::Arc;

use platlint_facts::{Doc, Domain as _, LineOrigin, Maker};

use crate::input::{Input, application, set};

const GO: &str = "  goTemplate: true\n  goTemplateOptions: [missingkey=error]\n";

/// Names and paths of the generated Applications.
fn made(input: &Input) -> Vec<String> {
    let line = |text: &str, key: &str| {
        let found = text.lines().find_map(|line| line.trim_start().strip_prefix(key).map(str::to_owned));
        found.unwrap_or_default()
    };
    input.generated().iter().map(|text| format!("{} {}", line(text, "name: "), line(text, "path: "))).collect()
}

fn one(head: &str, generators: &str, name: &str, path: &str, checkout: &[(&str, &str)]) -> Input {
    Input::new(&[("set.yaml", &set(head, generators, name, path))], checkout, None)
}

const FOLDERS: [(&str, &str); 4] =
    [("apps/cart/x.yaml", ""), ("apps/Big_One/x.yaml", ""), ("apps/cart/sub/x.yaml", ""), (".hidden/x.yaml", "")];

#[test]
fn a_list_makes_an_application_of_each_element() {
    let list = "  - list: {elements: [{env: dev, values: {tier: low}}, {env: prod, values: {tier: high}}]}";
    let fast =
        one("", list, "cart-{{env}}-{{values.tier}}", "apps/{{ env }}", &[("apps/dev/x", ""), ("apps/prod/x", "")]);
    assert_eq!(made(&fast), ["cart-dev-low apps/dev", "cart-prod-high apps/prod"]);
    let go =
        one(GO, list, "cart-{{.env}}-{{.values.tier}}", "apps/{{ .env }}", &[("apps/dev/x", ""), ("apps/prod/x", "")]);
    assert_eq!(made(&go), made(&fast));
    assert_eq!(fast.problems(), Vec::<String>::new());
}

#[test]
fn folders_are_matched_as_the_controller_does() {
    let git = "  - git:
      repoURL: https://git.example/shop/config.git
      revision: main
      directories: [{path: apps/*}, {path: apps/none, exclude: true}]";
    let fast = one("", git, "{{path.basenameNormalized}}-{{path[0]}}", "{{path}}", &FOLDERS);
    assert_eq!(made(&fast), ["big-one-apps apps/Big_One", "cart-apps apps/cart"]);
    let go = one(GO, git, "{{.path.basenameNormalized}}-{{index .path.segments 0}}", "{{.path.path}}", &FOLDERS);
    assert_eq!(made(&go), made(&fast));
}

#[test]
fn files_give_what_stands_in_them() {
    let checkout = [
        ("envs/dev/config.yaml", "cluster: {name: d1, nodes: 3}\n"),
        ("envs/prod/config.yaml", "- cluster: {name: p1}\n- cluster: {name: p2}\n"),
    ];
    let git = "  - git:
      repoURL: git@git.example:shop/config.git
      revision: main
      pathParamPrefix: my
      files: [{path: envs/*/config.yaml}]
      values: {full: '{{my.path.basename}}-{{cluster.name}}'}"
        .replace("git@git.example:shop/config.git", "https://GIT.example/shop/config/");
    let input = one("", &git, "{{values.full}}", "{{my.path}}", &checkout);
    assert_eq!(made(&input), ["dev-d1 envs/dev", "prod-p1 envs/prod", "prod-p2 envs/prod"]);
}

#[test]
fn files_that_the_two_ways_of_globbing_tell_apart_are_not_decided() {
    let checkout = [("envs/dev/config.yaml", "a: b"), ("envs/dev/deep/config.yaml", "a: b")];
    let git =
        "  - git: {repoURL: https://git.example/shop/config, revision: main, files: [{path: envs/*/config.yaml}]}";
    let input = one("", git, "{{a}}", "{{path}}", &checkout);
    assert_eq!(input.problems(), ["set.yaml unresolved-parameter? spec.generators.0.git.files.0.path"]);
}

#[test]
fn clusters_come_from_a_file() {
    let clusters = "
- {name: dev, server: https://dev, metadata: {labels: {env: dev}}}
- apiVersion: v1
  kind: Secret
  metadata: {name: prod, labels: {argocd.argoproj.io/secret-type: cluster, env: prod}}
  stringData: {name: Prod_EU, server: https://prod}
";
    let text = |generator: &str, name: &str| set("", &format!("  - clusters: {generator}"), name, "apps/cart");
    let chosen = text(
        "{selector: {matchLabels: {env: prod}}, values: {x: '{{name}}-x'}}",
        "{{nameNormalized}}-{{metadata.labels.env}}",
    );
    let input = Input::new(&[("set.yaml", &chosen)], &FOLDERS, Some(clusters));
    assert_eq!(made(&input), ["prod-eu-prod apps/cart"]);
    let all = Input::new(&[("set.yaml", &text("{}", "{{nameNormalized}}"))], &FOLDERS, Some(clusters));
    assert_eq!(made(&all), ["dev apps/cart", "prod-eu apps/cart", "in-cluster apps/cart"]);
    let none = Input::new(&[("set.yaml", &text("{}", "{{nmae}}"))], &FOLDERS, None);
    assert_eq!(
        none.problems(),
        [
            "set.yaml unresolved-parameter spec.template.metadata.name name=nmae text={{nmae}} suggestion=name",
            "set.yaml unresolved-parameter? spec.generators.0.clusters",
        ]
    );
}

#[test]
fn a_matrix_fills_its_second_generator_with_the_first() {
    let matrix = "  - matrix:
      generators:
      - list: {elements: [{env: cart}, {env: Big_One}]}
      - git: {repoURL: https://git.example/shop/config, revision: main, directories: [{path: 'apps/{{env}}'}]}";
    let fast = one("", matrix, "{{path.basename}}", "{{path}}", &FOLDERS);
    assert_eq!(made(&fast), ["cart apps/cart", "Big_One apps/Big_One"]);
    let go = one(GO, &matrix.replace("{{env}}", "{{.env}}"), "{{.path.basename}}", "{{.path.path}}", &FOLDERS);
    assert_eq!(made(&go), made(&fast));
}

#[test]
fn a_merge_lays_sets_over_each_other_by_key() {
    let merge = "  - merge:
      mergeKeys: [env]
      generators:
      - list: {elements: [{env: dev, path: a}, {env: prod, path: a}]}
      - list: {elements: [{env: prod, path: b}, {env: other, path: c}]}";
    assert_eq!(made(&one("", merge, "{{env}}", "{{path}}", &[])), ["dev a", "prod b"]);
    assert_eq!(made(&one(GO, merge, "{{.env}}", "{{.path}}", &[])), ["dev a", "prod b"]);
    let twice = merge.replace("{env: prod, path: a}", "{env: dev, path: a}");
    let input = one("", &twice, "{{env}}", "{{path}}", &[]);
    assert!(input.problems()[0].contains("invalid-generator spec.generators.0.merge.generators.0 problem=refused"));
}

#[test]
fn a_selector_chooses_among_the_sets() {
    let list = "  - list: {elements: [{env: dev}, {env: prod}]}\n    selector: {matchLabels: {env: prod}}";
    assert_eq!(made(&one("", list, "{{env}}", "a", &[])), ["prod a"]);
}

#[test]
fn the_template_of_a_generator_comes_first() {
    let list = "  - list:
      elements: [{env: dev}]
      template: {metadata: {name: ''}, spec: {project: default, source: {path: own, repoURL: ''}, destination: {}}}";
    assert_eq!(made(&one("", list, "{{env}}", "common", &[])), ["dev own"]);
}

#[test]
fn a_patch_can_hold_conditions() {
    let head = format!(
        "{GO}  templatePatch: |\n    spec:\n      syncPolicy:\n        automated:\n          prune: {{{{ .prune }}}}\n"
    );
    let input = one(&head, "  - list: {elements: [{env: dev, prune: true}]}", "{{.env}}", "a", &[]);
    assert!(input.generated()[0].contains("prune: true"), "{:?} {:?}", input.generated(), input.problems());
}

#[test]
fn lines_lead_back_to_the_template() {
    let input = one("", "  - list: {elements: [{env: dev}]}", "cart-{{env}}", "apps/{{env}}", &[]);
    let generated = input.index.generated().remove(0);
    assert_eq!(&*generated.maker.tool, "applicationset");
    let at = generated.text.lines().position(|line| line.trim_start().starts_with("path: ")).unwrap();
    let Some(Some(LineOrigin::Field { path, .. })) = generated.lines.get(at) else { panic!("a field") };
    assert_eq!(path.to_string(), "/spec/template/spec/source/path");
    assert_eq!(generated.lines.len(), generated.text.lines().count());
}

#[test]
fn a_name_that_nothing_offers_is_told_with_the_nearest() {
    let list = "  - list: {elements: [{env: dev}, {env: prod}]}";
    assert_eq!(
        one("", list, "{{env}}", "apps/{{evn}}", &[]).problems()[0],
        "set.yaml unresolved-parameter spec.template.spec.source.path name=evn text={{evn}} suggestion=env"
    );
    assert_eq!(
        one(GO, list, "{{.env}}", "apps/{{.evn}}", &[]).problems(),
        ["set.yaml unresolved-parameter spec.template.spec.source.path name=.evn text=.evn suggestion=.env"]
    );
    assert_eq!(
        one(GO, list, "{{.env}}", "apps/{{env}}", &[]).problems(),
        ["set.yaml mixed-engine spec.template.spec.source.path name=env text={{env}} suggestion={{.env}}"]
    );
}

#[test]
fn what_is_not_evaluated_is_not_decided() {
    let list = "  - list: {elements: [{env: dev}]}";
    let input = one(GO, list, "{{ .env | sha256sum }}", "a", &[]);
    assert_eq!(made(&input), Vec::<String>::new());
    assert_eq!(input.problems(), ["set.yaml unresolved-parameter? spec.template.metadata.name"]);
}

#[test]
fn a_generated_name_that_is_written_too_is_told_on_both_sides() {
    let list = set("", "  - list: {elements: [{env: dev}]}", "cart-{{env}}", "apps/cart");
    let written = application("cart-dev", "default", "apps/cart", "shop");
    let input = Input::new(&[("argocd/a.yaml", &written), ("argocd/set.yaml", &list)], &FOLDERS, None);
    assert_eq!(
        input.problems(),
        [
            "argocd/a.yaml duplicate-application metadata.name name=cart-dev",
            "argocd/set.yaml duplicate-application spec.template.metadata.name name=cart-dev",
        ]
    );
    let apart = Input::new(&[("dev/a.yaml", &written), ("prod/set.yaml", &list)], &FOLDERS, None);
    assert_eq!(apart.problems(), Vec::<String>::new());
}

#[test]
fn a_chart_that_ate_the_parameters_is_told() {
    let text = set(GO, "  - list: {elements: [{env: dev}, {env: prod}]}", "cart-", "apps/");
    let input = Input::new(&[("set.yaml", &text)], &FOLDERS, None);
    let maker = Arc::new(Maker { tool: "helm".into(), from: "charts/argocd".into() });
    let rendered = Doc { maker: Some(maker), ..(*input.docs[0]).clone() };
    let problems = crate::input::problems_of(&input.index, &rendered);
    assert!(problems.contains(&"set.yaml vanished-parameters spec.template".to_owned()), "{problems:?}");
    assert!(problems.contains(&"set.yaml duplicate-application spec.template.metadata.name name=cart-".to_owned()));
}

#[test]
fn names_in_values_of_generators_are_looked_at() {
    let git = "  - git:
      repoURL: https://git.example/shop/config
      revision: main
      directories: [{path: apps/cart}]
      values: {app: '{{path.basenme}}'}";
    assert_eq!(
        one("", git, "{{values.app}}", "{{path}}", &FOLDERS).problems(),
        [
            "set.yaml unresolved-parameter spec.generators.0.git.values.app name=path.basenme text={{path.basenme}} suggestion=path.basename"
        ]
    );
}
