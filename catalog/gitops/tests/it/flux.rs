//! Releases of Flux, their sources and folders.

use platlint_gitops::Tool;

use crate::input::Input;

const SOURCE: &str = "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: platform-config, namespace: flux-system}
spec: {interval: 5m, url: 'https://git.example/shop/config'}
";

fn kustomization(name: &str, rest: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: flux-system}}
spec:
  interval: 10m
  prune: true
{rest}"
    )
}

const CHECKOUT: [(&str, &str); 2] = [("apps/cart/x.yaml", ""), ("charts/web/Chart.yaml", "")];

#[test]
fn a_whole_release_has_no_problem() {
    let release = kustomization(
        "cart",
        "  path: ./apps/cart\n  targetNamespace: shop\n  sourceRef: {kind: GitRepository, name: platform-config}\n",
    );
    let input = Input::new(&[("k.yaml", &release), ("s.yaml", SOURCE)], &CHECKOUT, None);
    assert_eq!(input.problems(), Vec::<String>::new());
    let deployments = input.index.deployments();
    let [deployment] = deployments.as_slice() else { panic!("one deployment") };
    assert_eq!(deployment.source.display().to_string(), "/repo/apps/cart");
    assert_eq!(deployment.namespace.as_deref(), Some("shop"));
    assert!(matches!(&deployment.tool, Tool::Kustomize(made) if made.namespace.as_deref() == Some("shop")));
}

#[test]
fn sources_paths_and_fields_are_looked_at() {
    let release = kustomization(
        "cart",
        "  path: ./apps/crat\n  targetNamspace: shop\n  sourceRef: {kind: GitRepository, name: platform-config}\n",
    );
    let dangling =
        kustomization("shop", "  path: .\n  timeout: 5\n  sourceRef: {kind: GitRepository, name: platfrom-config}\n");
    let unknown = kustomization("pay", "  path: .\n  sourceRef: {kind: Bucket, name: x}\n");
    let files = [("a.yaml", release.as_str()), ("b.yaml", &dangling), ("c.yaml", &unknown), ("s.yaml", SOURCE)];
    assert_eq!(
        Input::new(&files, &CHECKOUT, None).problems(),
        [
            "a.yaml invalid-flux spec.targetNamspace problem=unknown-field value=targetNamspace suggestion=targetNamespace",
            "a.yaml missing-flux-path spec.path problem=missing value=./apps/crat suggestion=apps/cart",
            "b.yaml dangling-source spec.sourceRef.name name=platfrom-config suggestion=platform-config",
            "b.yaml invalid-flux spec.timeout problem=span value=5",
            "c.yaml dangling-source? spec.sourceRef.name",
        ]
    );
}

#[test]
fn circles_of_dependencies_are_told() {
    let source = "  path: ./apps/cart\n  sourceRef: {kind: GitRepository, name: platform-config}\n";
    let a = kustomization("a", &format!("{source}  dependsOn: [{{name: b}}]\n"));
    let b = kustomization("b", &format!("{source}  dependsOn: [{{name: a}}]\n"));
    let own = kustomization("c", &format!("{source}  dependsOn: [{{name: c}}, {{name: a}}]\n"));
    let files = [("a.yaml", a.as_str()), ("b.yaml", &b), ("c.yaml", &own), ("s.yaml", SOURCE)];
    assert_eq!(
        Input::new(&files, &CHECKOUT, None).problems(),
        [
            "a.yaml invalid-flux spec.dependsOn.0.name problem=circle value=b",
            "b.yaml invalid-flux spec.dependsOn.0.name problem=circle value=a",
            "c.yaml invalid-flux spec.dependsOn.0.name problem=depends-on-itself value=c",
        ]
    );
}

#[test]
fn a_chart_in_a_repository_is_deployed() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  interval: 10m
  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: platform-config, namespace: flux-system}}}
  values: {replicas: 2}
";
    let input = Input::new(&[("h.yaml", release), ("s.yaml", SOURCE)], &CHECKOUT, None);
    assert_eq!(input.problems(), Vec::<String>::new());
    let deployments = input.index.deployments();
    let [deployment] = deployments.as_slice() else { panic!("one deployment") };
    assert_eq!(deployment.namespace.as_deref(), Some("shop"));
    assert!(matches!(&deployment.tool, Tool::Helm(helm) if helm.values.as_deref() == Some("replicas: 2")));
}

#[test]
fn value_files_outside_the_source_are_not_at_hand() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: flux-system}
spec:
  interval: 10m
  chart:
    spec:
      chart: ./charts/web
      sourceRef: {kind: GitRepository, name: platform-config}
      valuesFiles: [charts/web/values.yaml, ../shared.yaml]
  valuesFrom: [{kind: ConfigMap, name: sizes}]
";
    let input = Input::new(&[("h.yaml", release), ("s.yaml", SOURCE)], &CHECKOUT, None);
    let deployments = input.index.deployments();
    let [deployment] = deployments.as_slice() else { panic!("one deployment") };
    let Tool::Helm(helm) = &deployment.tool else { panic!("a chart") };
    assert_eq!(helm.value_files, [std::path::Path::new("/repo/charts/web/values.yaml")]);
    assert_eq!(helm.unknown_value_files, ["../shared.yaml", "ConfigMap sizes"]);
}

#[test]
fn circles_go_through_objects_whose_namespace_is_not_said() {
    let source = "  path: ./apps/cart\n  sourceRef: {kind: GitRepository, name: platform-config}\n";
    let a = kustomization("a", &format!("{source}  dependsOn: [{{name: b}}]\n"));
    let b = kustomization("b", &format!("{source}  dependsOn: [{{name: a}}, {{name: c}}]\n"));
    let b = b.replace(", namespace: flux-system}\nspec", "}\nspec");
    let c = kustomization("c", source);
    let files = [("a.yaml", a.as_str()), ("b.yaml", &b), ("c.yaml", &c), ("s.yaml", SOURCE)];
    assert_eq!(
        Input::new(&files, &CHECKOUT, None).problems(),
        [
            "a.yaml invalid-flux spec.dependsOn.0.name problem=circle value=b",
            "b.yaml invalid-flux spec.dependsOn.0.name problem=circle value=a",
        ]
    );
}

#[test]
fn long_chains_of_dependencies_are_read_in_time() {
    const LENGTH: usize = 4_000;
    let source = "  path: ./apps/cart\n  sourceRef: {kind: GitRepository, name: platform-config}\n";
    let chain = |end: &str| {
        let one = |number: usize| {
            let next = if number + 1 == LENGTH { end.to_owned() } else { format!("m{}", number + 1) };
            kustomization(&format!("m{number}"), &format!("{source}  dependsOn: [{{name: {next}}}]\n"))
        };
        let all: Vec<String> = (0..LENGTH).map(one).collect();
        let text = all.join("---\n");
        Input::new(&[("f.yaml", &text), ("s.yaml", SOURCE)], &CHECKOUT, None)
    };
    let began = std::time::Instant::now();
    assert_eq!(chain("end").problems(), ["f.yaml dangling-source? spec.dependsOn.0.name"]);
    assert_eq!(chain("m0").problems().len(), LENGTH);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn references_that_flux_fills_in_are_not_decided() {
    let source =
        |rest: &str| kustomization("cart", &format!("  path: .\n  sourceRef: {{kind: GitRepository, {rest}}}\n"));
    for rest in ["name: platform-config, namespace: '${ns}'", "name: '${name}'"] {
        let release = source(rest);
        let input = Input::new(&[("k.yaml", &release), ("s.yaml", SOURCE)], &CHECKOUT, None);
        assert_eq!(input.problems(), ["k.yaml dangling-source? spec.sourceRef.name"]);
    }
    let waits = kustomization(
        "cart",
        "  path: .\n  sourceRef: {kind: GitRepository, name: platform-config}\n  dependsOn: [{name: '${other}'}]\n",
    );
    let input = Input::new(&[("k.yaml", &waits), ("s.yaml", SOURCE)], &CHECKOUT, None);
    assert_eq!(input.problems(), ["k.yaml dangling-source? spec.dependsOn.0.name"]);
}
