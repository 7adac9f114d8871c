//! Charts: what is rendered, with what, and where it comes from.

use platlint_facts::LineOrigin;
use platlint_render::{
    Allow, ChartSettings, HelmRequest, Outcome, Parameter, ParameterKind, Request, Settings, Values,
};

use crate::checkout::{Checkout, failure, not_rendered, rendered, settings, shown};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

const DEPLOYMENT: &str = "\
{{- if .Values.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
  labels:
    {{- include \"web.labels\" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      containers:
        {{- range .Values.containers }}
        - name: {{ .name }}
          image: {{ .image | quote }}
        {{- end }}
      {{- with .Values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- toYaml .Values.security | nindent 8 }}
{{- end }}
";

const LABELS: &str = "\
{{- define \"web.name\" -}}
{{- .Chart.Name | trunc 63 | trimSuffix \"-\" }}
{{- end }}
{{- define \"web.labels\" -}}
app: {{ include \"web.name\" . }}
team: shop
{{- end }}
";

const VALUES: &str = "\
enabled: true
replicas: 2
containers:
  - name: a
    image: a:1
  - name: b
    image: b:1
affinity: {}
security:
  runAsNonRoot: true
  # who
  runAsUser: 0
";

fn web() -> Checkout {
    Checkout::of(&[
        ("charts/web/Chart.yaml", CHART),
        ("charts/web/values.yaml", VALUES),
        ("charts/web/templates/deployment.yaml", DEPLOYMENT),
        ("charts/web/templates/_labels.tpl", LABELS),
    ])
}

#[test]
fn traces_lines_to_templates_and_values() {
    let Some(settings) = settings() else { return };
    let outcome = web().outcome(settings);
    assert_eq!(
        shown(rendered(&outcome)),
        "\
== charts/web/templates/deployment.yaml (helm template charts/web)
---
apiVersion: apps/v1 < charts/web/templates/deployment.yaml:2
kind: Deployment < charts/web/templates/deployment.yaml:3
metadata: < charts/web/templates/deployment.yaml:4
  name: web-web < charts/web/templates/deployment.yaml:5
  labels: < charts/web/templates/deployment.yaml:6
    app: web < charts/web/templates/_labels.tpl:5
    team: shop < charts/web/templates/_labels.tpl:6
spec: < charts/web/templates/deployment.yaml:8
  replicas: 2 < charts/web/templates/deployment.yaml:9 = charts/web/values.yaml:2
  template: < charts/web/templates/deployment.yaml:10
    spec: < charts/web/templates/deployment.yaml:11
      containers: < charts/web/templates/deployment.yaml:12
        - name: a < charts/web/templates/deployment.yaml:14
          image: \"a:1\" < charts/web/templates/deployment.yaml:15
        - name: b < charts/web/templates/deployment.yaml:14
          image: \"b:1\" < charts/web/templates/deployment.yaml:15
      securityContext: < charts/web/templates/deployment.yaml:21
        runAsNonRoot: true < charts/web/templates/deployment.yaml:22 = charts/web/values.yaml:10
        runAsUser: 0 < charts/web/templates/deployment.yaml:22 = charts/web/values.yaml:12
"
    );
}

#[test]
fn renders_with_each_set_of_values_and_says_which_file_sets_a_value() {
    let Some(mut settings) = settings() else { return };
    let checkout = web();
    checkout.write("charts/web/values-prod.yaml", "replicas: 5\n");
    settings.charts = vec![ChartSettings {
        base: checkout.path(""),
        path: "charts/*".into(),
        values: vec![vec!["values.yaml".into()], vec!["values-prod.yaml".into()], vec!["values-none.yaml".into()]],
        namespace: Some("shop".into()),
        release: Some("r1".into()),
    }];
    let outcomes = checkout.outcomes(settings);
    let prod = shown(rendered(&outcomes[1]));
    assert!(
        prod.contains("== charts/web/templates/deployment.yaml (helm template charts/web, values-prod.yaml, release r1, namespace shop)"),
        "{prod}"
    );
    assert!(
        prod.contains("replicas: 5 < charts/web/templates/deployment.yaml:9 = charts/web/values-prod.yaml:1"),
        "{prod}"
    );
    assert!(prod.contains("name: r1-web"), "{prod}");
    assert_eq!(rendered(&outcomes[0])[0].generated.namespace.as_deref(), Some("shop"));
    assert_eq!(not_rendered(&outcomes[2]).reason, "charts/web/values-none.yaml cannot be read: there is no such file");
}

#[test]
fn renders_as_an_application_asks_for() {
    let Some(settings) = settings() else { return };
    let checkout = web();
    checkout.write("charts/web/crds/c.yaml", "# what\nkind: CustomResourceDefinition\nspec: {}\n");
    let at = LineOrigin::Line { file: "apps/web.yaml".into(), line: 12 };
    let parameter = |name: &str, value: &str, kind| Parameter { name: name.into(), value: value.into(), kind };
    let request = HelmRequest {
        chart: checkout.path("charts/web"),
        release: Some("shop".into()),
        namespace: Some("prod".into()),
        values: vec![Values::Text { text: "security: {runAsUser: 5}".into(), at: Some(at.clone()) }],
        parameters: vec![
            parameter("replicas", "7", ParameterKind::Typed),
            parameter("containers[0].image", "x,y", ParameterKind::Text),
        ],
        ..HelmRequest::default()
    };
    let renderer = checkout.renderer(settings);
    let outcome = renderer.render(&Request::Helm(request.clone()));
    let text = shown(rendered(&outcome));
    assert!(text.contains("kind: CustomResourceDefinition < charts/web/crds/c.yaml:2"), "{text}");
    assert!(text.contains("replicas: 7 < charts/web/templates/deployment.yaml:9\n"), "{text}");
    assert!(text.contains("image: \"x,y\""), "{text}");
    let deployment = rendered(&outcome).iter().find(|text| text.generated.text.contains("runAsUser: 5")).unwrap();
    let index = deployment.generated.text.lines().position(|line| line.contains("runAsUser: 5")).unwrap();
    assert_eq!(deployment.values[index], Some(at));
    // The same request is the same outcome, not another run.
    assert!(std::sync::Arc::ptr_eq(&outcome, &renderer.render(&Request::Helm(request.clone()))));
    let without = renderer.render(&Request::Helm(HelmRequest { skip_crds: true, ..request }));
    assert!(!shown(rendered(&without)).contains("CustomResourceDefinition"));
}

#[test]
fn takes_charts_of_the_same_repository_as_dependencies() {
    let Some(settings) = settings() else { return };
    let dependency = "dependencies:\n- name: db\n  alias: store\n  version: 1.0.0\n  repository: file://../db\n";
    let checkout = Checkout::of(&[
        ("web/Chart.yaml", &format!("{CHART}{dependency}")),
        ("db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n"),
        ("db/templates/a.yaml", "kind: ConfigMap\ndata: {a: b}\n"),
    ]);
    let outcomes = checkout.outcomes(settings);
    let text = shown(rendered(&outcomes[1]));
    assert!(text.contains("kind: ConfigMap < db/templates/a.yaml:1"), "{text}");
}

#[test]
fn does_not_render_what_depends_on_charts_that_are_not_there() {
    let Some(mut settings) = settings() else { return };
    let checkout = Checkout::of(&[(
        "web/Chart.yaml",
        &format!("{CHART}dependencies:\n- name: db\n  version: 1.0.0\n  repository: http://127.0.0.1:9/charts\n"),
    )]);
    let outcome = checkout.outcome(settings.clone());
    let point = not_rendered(&outcome);
    assert_eq!((point.target.as_ref(), point.file.as_ref(), point.line), ("web", "web/Chart.yaml", 5));
    assert!(point.reason.starts_with("it depends on the chart \"db\", which is not in charts/"), "{}", point.reason);
    settings.allow = Allow { dependency_downloads: true, ..Allow::default() };
    let outcome = checkout.outcome(settings);
    let reason = &not_rendered(&outcome).reason;
    assert!(reason.starts_with("what it depends on cannot be downloaded: "), "{reason}");
}

#[test]
fn tells_where_a_template_fails() {
    let Some(settings) = settings() else { return };
    let cases = [
        ("a: {{ .Values.x.y.z }}\n", Some(1), "nil pointer"),
        ("a: b\nc: {{ if }}\n", Some(2), "missing value for if"),
        ("a: b\n c: d\n", None, "YAML parse error"),
        ("\n{{ fail \"no way\" }}\n", Some(2), "no way"),
        ("a:\n{{ include \"deep\" . }}\n", Some(2), "too deep"),
    ];
    for (template, line, message) in cases {
        let checkout = Checkout::of(&[("web/Chart.yaml", CHART), ("web/templates/a.yaml", template)]);
        checkout.write("web/templates/_deep.tpl", "{{ define \"deep\" }}\n{{ fail \"too deep\" }}\n{{ end }}\n");
        let outcome = checkout.outcome(settings.clone());
        let failure = failure(&outcome);
        assert_eq!((failure.file.as_ref(), failure.line), ("web/templates/a.yaml", line), "{failure:?}");
        assert!(failure.message.contains(message), "{failure:?}");
        assert!(!failure.message.contains("platlint-"), "{failure:?}");
    }
}

#[test]
fn says_that_a_program_is_missing_once_for_each_chart() {
    let checkout = web();
    checkout.write("charts/web/ci/a-values.yaml", "{}\n");
    let settings = Settings { helm: platlint_render::Program::Off, ..Settings::default() };
    let outcomes = checkout.outcomes(settings);
    assert_eq!(outcomes.len(), 2);
    let first = not_rendered(&outcomes[0]);
    assert_eq!(first, not_rendered(&outcomes[1]));
    assert_eq!(first.reason, "helm is switched off by the configuration; its templates were not judged");
}

#[test]
fn is_shared_by_threads_that_ask_for_the_same() {
    let Some(settings) = settings() else { return };
    let checkout = web();
    let renderer = checkout.renderer(settings);
    let target = renderer.find(&checkout.inputs()).remove(0);
    let outcomes: Vec<std::sync::Arc<Outcome>> = std::thread::scope(|scope| {
        let ask = || scope.spawn(|| renderer.render(&target.requests[0]));
        let asked: Vec<_> = (0..4).map(|_| ask()).collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(outcomes.iter().all(|outcome| std::sync::Arc::ptr_eq(outcome, &outcomes[0])));
}
