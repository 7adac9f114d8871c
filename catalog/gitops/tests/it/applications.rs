//! Applications against their projects, and the folders they deploy.

use std::sync::Arc;

use platlint_facts::{Doc, DocId, Domain as _, Maker, NodeKind, Target};
use platlint_gitops::Tool;

use crate::input::{Input, application, set};

const PROJECT: &str = "apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: platform, namespace: argocd}
spec:
  sourceRepos: [https://git.example/shop/*]
  destinations: [{server: '*', namespace: 'shop-*'}]
  clusterResourceWhitelist: [{group: '', kind: Namespace}]
";

const CHECKOUT: [(&str, &str); 5] = [
    ("apps/cart/deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\n"),
    ("apps/admin/role.yaml", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: admin}\n"),
    ("charts/web/Chart.yaml", "name: web\n"),
    ("charts/web/values.yaml", ""),
    ("overlays/prod/kustomization.yaml", ""),
];

fn with_project(application: &str) -> Vec<String> {
    Input::new(&[("app.yaml", application), ("project.yaml", PROJECT)], &CHECKOUT, None).problems()
}

#[test]
fn a_project_allows_what_it_lists() {
    assert_eq!(with_project(&application("cart", "platform", "apps/cart", "shop-web")), Vec::<String>::new());
}

#[test]
fn a_project_forbids_the_rest() {
    assert_eq!(
        with_project(&application("cart", "platform", "apps/admin", "pay")),
        [
            "app.yaml project-forbids-destination spec.destination.namespace",
            "app.yaml project-forbids-kind spec.source.path name=admin",
        ]
    );
    let foreign =
        application("cart", "platform", "apps/cart", "shop-web").replace("git.example/shop", "git.example/pay");
    assert_eq!(
        with_project(&foreign),
        ["app.yaml project-forbids-source spec.source.repoURL value=https://git.example/pay/config.git"]
    );
}

#[test]
fn only_a_slip_makes_a_project_unknown() {
    assert_eq!(
        with_project(&application("cart", "platfrom", "apps/cart", "shop-web")),
        ["app.yaml unknown-project spec.project suggestion=platform"]
    );
    assert_eq!(
        with_project(&application("cart", "payments", "apps/cart", "x")),
        ["app.yaml unknown-project? spec.project"]
    );
    assert_eq!(with_project(&application("cart", "default", "apps/cart", "x")), Vec::<String>::new());
}

#[test]
fn an_application_without_a_project_is_told() {
    let without = application("cart", "platform", "apps/cart", "shop-web").replace("  project: platform\n", "");
    assert_eq!(with_project(&without), ["app.yaml missing-project spec.project"]);
    let empty = application("cart", "''", "apps/cart", "shop-web");
    assert_eq!(with_project(&empty), Vec::<String>::new());
}

#[test]
fn each_environment_has_the_project_of_its_folder() {
    let other = PROJECT.replace("shop-*", "pay");
    let app = application("cart", "platform", "apps/cart", "pay");
    let files = [("dev/project.yaml", PROJECT), ("prod/project.yaml", &other), ("prod/app.yaml", &app)];
    assert_eq!(Input::new(&files, &CHECKOUT, None).problems(), Vec::<String>::new());
    let files = [("dev/project.yaml", PROJECT), ("prod/project.yaml", &other), ("test/app.yaml", &app)];
    assert_eq!(Input::new(&files, &CHECKOUT, None).problems(), ["test/app.yaml unknown-project? spec.project"]);
}

#[test]
fn what_a_tool_made_of_an_application_is_no_duplicate_of_it() {
    let app = application("cart", "default", "apps/cart", "shop");
    let written = crate::input::docs("app.yaml", &app).remove(0);
    let id = DocId { file: "kustomization.yaml (kustomize)".into(), ..written.id.clone() };
    let maker = Maker { tool: "kustomize".into(), from: "kustomization.yaml".into() };
    let made = Arc::new(Doc { id, maker: Some(Arc::new(maker)), ..(*written).clone() });
    let input = Input::of(vec![written, made], &CHECKOUT, None);
    assert_eq!(input.problems(), Vec::<String>::new());
}

#[test]
fn what_is_not_known_of_kinds_is_not_passed_over() {
    let app = application("cart", "platform", "apps/many", "shop-web");
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
    let names: Vec<String> = (0..501).map(|at| format!("apps/many/{at}.yaml")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), config)).collect();
    let problems = |app: &str, checkout: &[(&str, &str)]| {
        Input::new(&[("app.yaml", app), ("project.yaml", PROJECT)], checkout, None).problems()
    };
    let unknown = ["app.yaml project-forbids-kind? spec.source.path"];
    assert_eq!(problems(&app, &many), unknown);
    let custom = "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: x}\n";
    assert_eq!(problems(&app, &[("apps/many/x.yaml", custom)]), unknown);
    assert_eq!(problems(&app, &[("apps/many/x.yaml", "a: [")]), unknown);
    assert_eq!(problems(&application("web", "platform", "charts/web", "shop-web"), &CHECKOUT), unknown);
}

#[test]
fn generated_applications_keep_to_their_project_too() {
    let set = set("", "  - list: {elements: [{ns: pay}]}", "a-{{ns}}", "apps/cart")
        .replace("project: default", "project: platform")
        .replace("namespace: shop}", "namespace: '{{ns}}'}");
    let input = Input::new(&[("set.yaml", &set), ("project.yaml", PROJECT)], &CHECKOUT, None);
    let generated = input.index.generated().remove(0);
    let made = crate::input::docs("made.yaml", &generated.text).remove(0);
    let made = Doc { maker: Some(generated.maker), ..(*made).clone() };
    assert_eq!(
        crate::input::problems_of(&input.index, &made)[..1],
        ["made.yaml project-forbids-destination spec.destination.namespace"]
    );
}

#[test]
fn a_missing_folder_is_told_with_the_nearest() {
    let input = Input::new(&[("app.yaml", &application("cart", "default", "apps/crat", "shop"))], &CHECKOUT, None);
    assert_eq!(
        input.problems(),
        ["app.yaml missing-path spec.source.path problem=missing value=apps/crat suggestion=apps/cart"]
    );
    assert!(input.index.edges().iter().any(|edge| edge.target == Target::Missing && edge.to.kind == NodeKind::Path));
}

#[test]
fn folders_are_deployed_with_their_tool_and_namespace() {
    let documents = [
        ("a.yaml", application("cart", "default", "apps/cart", "shop")),
        ("b.yaml", application("web", "default", "charts/web", "shop-web")),
        ("c.yaml", set("", "  - list: {elements: [{env: prod}]}", "all-{{env}}", "overlays/{{env}}")),
    ];
    let documents: Vec<(&str, &str)> = documents.iter().map(|(file, text)| (*file, text.as_str())).collect();
    let input = Input::new(&documents, &CHECKOUT, None);
    let shown: Vec<String> = input
        .index
        .deployments()
        .iter()
        .map(|deployment| {
            let tool = match &deployment.tool {
                Tool::Directory(_) => "directory".to_owned(),
                Tool::Helm(helm) => format!("helm {}", helm.release),
                Tool::Kustomize(_) => "kustomize".to_owned(),
                Tool::Plugin => "plugin".to_owned(),
            };
            let namespace = deployment.namespace.as_deref().unwrap_or("-");
            format!(
                "{} {} {tool} {namespace} {}",
                deployment.deployer.name,
                deployment.source.display(),
                deployment.field
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "argocd/cart /repo/apps/cart directory shop /spec/source/path",
            "argocd/web /repo/charts/web helm web shop-web /spec/source/path",
            "argocd/all-prod /repo/overlays/prod kustomize shop /spec/template/spec/source/path",
        ]
    );
}

#[test]
fn edges_tell_how_things_hang_together() {
    let text = set("", "  - list: {elements: [{env: prod}]}", "all-{{env}}", "overlays/{{env}}");
    let input = Input::new(&[("c.yaml", &text)], &CHECKOUT, None);
    let edges: Vec<String> = input
        .index
        .edges()
        .iter()
        .map(|edge| format!("{} {} {} {:?}", edge.from.name, edge.relation, edge.to.name, edge.target))
        .collect();
    assert_eq!(
        edges,
        [
            "argocd/set generates argocd/all-prod Exists",
            "argocd/all-prod inProject default Exists",
            "argocd/all-prod deploys repo/overlays/prod Exists",
        ]
    );
}
