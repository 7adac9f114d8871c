//! Kustomizations: what is built, and where it comes from.

use platlint_render::{Image, KustomizeRequest, Program, Request};

use crate::checkout::{Checkout, failure, rendered, settings, shown};

fn shop() -> Checkout {
    Checkout::of(&[
        ("base/kustomization.yaml", "resources: [web.yaml]\nconfigMapGenerator:\n- name: conf\n  literals:\n  - A=b\n"),
        (
            "base/web.yaml",
            "# licence\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  # how many\n  replicas: 2\n  \
             template:\n    spec:\n      containers:\n        - name: web\n          image: nginx:1.0\n          \
             args: [a, \"b c\"]\n",
        ),
        (
            "prod/kustomization.yaml",
            "resources: [../base]\nnamePrefix: prod-\nnamespace: shop\npatches:\n- path: more.yaml\n- target:\n    kind: \
             Deployment\n  patch: |-\n    - op: add\n      path: /spec/paused\n      value: true\nimages:\n- name: nginx\n  \
             newTag: \"2\"\n",
        ),
        ("prod/more.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 5\n"),
    ])
}

#[test]
fn traces_fields_to_resources_patches_and_keys() {
    let Some(settings) = settings() else { return };
    let outcome = shop().outcome(settings);
    assert_eq!(
        shown(rendered(&outcome)),
        "\
== base/kustomization.yaml (kustomize build prod)
---
apiVersion: v1 < base/kustomization.yaml:3
data: < base/kustomization.yaml:3
  A: b < base/kustomization.yaml:5
kind: ConfigMap < base/kustomization.yaml:3
metadata: < base/kustomization.yaml:3
  name: prod-conf-b9t2424hkf < base/kustomization.yaml:3
  namespace: shop < base/kustomization.yaml:3
== base/web.yaml (kustomize build prod)
---
apiVersion: apps/v1 < prod/more.yaml:1
kind: Deployment < prod/more.yaml:2
metadata: < base/web.yaml:4
  name: prod-web < base/web.yaml:5
  namespace: shop < prod/kustomization.yaml:3
spec: < base/web.yaml:6
  paused: true < prod/kustomization.yaml:11
  replicas: 5 < prod/more.yaml:5
  template: < base/web.yaml:9
    spec: < base/web.yaml:10
      containers: < base/web.yaml:11
      - args: < base/web.yaml:14
        - a < base/web.yaml:14
        - b c < base/web.yaml:14
        image: nginx:2 < prod/kustomization.yaml:14
        name: web < base/web.yaml:12
"
    );
}

#[test]
fn builds_as_an_application_asks_for_with_kubectl_too() {
    let Some(mut settings) = settings() else { return };
    let checkout = shop();
    let request = KustomizeRequest {
        folder: checkout.path("base"),
        namespace: Some("blue".into()),
        name_suffix: Some("-1".into()),
        labels: vec![("team".into(), "shop".into())],
        annotations: vec![("a/b".into(), "c".into())],
        images: vec![Image { name: "nginx".into(), new_name: Some("mirror/nginx".into()), ..Image::default() }],
        replicas: vec![("web".into(), 9)],
        patches: vec![
            "target: {kind: Deployment}\npatch: '[{\"op\": \"add\", \"path\": \"/spec/paused\", \"value\": true}]'"
                .into(),
        ],
        ..KustomizeRequest::default()
    };
    let text = |settings| shown(rendered(&checkout.renderer(settings).render(&Request::Kustomize(request.clone()))));
    let with_kustomize = text(settings.clone());
    for part in [
        "namespace: blue",
        "name: web-1 < base/web.yaml:5",
        "team: shop",
        "a/b: c",
        "mirror/nginx:1.0",
        "replicas: 9",
        "paused: true",
    ] {
        assert!(with_kustomize.contains(part), "{part}: {with_kustomize}");
    }
    let Some(kubectl) = kubectl() else {
        println!("SKIPPED: kubectl is not on the path");
        return;
    };
    settings.kustomize = Program::Path(kubectl);
    assert_eq!(text(settings), with_kustomize);
}

fn kubectl() -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("kubectl")).find(|program| program.is_file())
}

#[test]
fn tells_which_file_kustomize_refuses() {
    let Some(settings) = settings() else { return };
    let checkout = shop();
    checkout.write("base/web.yaml", "a: [\n");
    let outcome = checkout.outcome(settings.clone());
    let failure_of = failure(&outcome);
    assert_eq!((failure_of.target.as_ref(), failure_of.file.as_ref()), ("prod", "base/web.yaml"), "{failure_of:?}");
    assert!(!failure_of.message.contains("platlint-"), "{failure_of:?}");
    checkout.write("base/kustomization.yaml", "resources:\n- web.yaml\n- none.yaml\n");
    let outcome = checkout.outcome(settings);
    let failure = failure(&outcome);
    assert_eq!((failure.file.as_ref(), failure.line), ("base/kustomization.yaml", Some(3)));
    assert_eq!(failure.message, "there is no file or folder \"none.yaml\"");
}

#[test]
fn traces_each_object_of_a_file_of_many() {
    let Some(settings) = settings() else { return };
    let documents: Vec<String> = (0..1_500)
        .map(|number| {
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map-{number:04}\ndata:\n  number: \"{number}\"\n"
            )
        })
        .collect();
    let all = documents.join("---\n");
    for (prefix, name) in [("", "map-0042"), ("namePrefix: x-\n", "x-map-0042")] {
        let kustomization = format!("resources: [all.yaml]\n{prefix}");
        let checkout = Checkout::of(&[("k/kustomization.yaml", &kustomization), ("k/all.yaml", &all)]);
        let outcome = checkout.outcome(settings.clone());
        let texts = rendered(&outcome);
        assert_eq!(texts[0].traced.0, texts[0].traced.1);
        let text = shown(texts);
        let place = 42 * 7 + 4;
        assert!(text.contains(&format!("  name: {name} < k/all.yaml:{place}\n")), "{name}");
    }
}
