//! What a hostile chart or kustomization may try, and what comes of it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use platlint_render::{HelmRequest, KustomizeRequest, Outcome, Parameter, ParameterKind, Request, Settings, Values};

use crate::checkout::{Checkout, not_rendered, rendered, settings, shown};

const CHART: &str = "apiVersion: v2\nname: evil\nversion: 1.0.0\n";

fn text_of(template: &str, settings: Settings) -> String {
    let checkout = Checkout::of(&[("evil/Chart.yaml", CHART), ("evil/templates/a.yaml", template)]);
    match &*checkout.outcome(settings) {
        Outcome::Rendered(texts) => shown(texts),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_chart_sees_no_environment_no_host_and_no_cluster() {
    let Some(settings) = settings() else { return };
    for call in ["env \"HOME\"", "expandenv \"$HOME\""] {
        let text = text_of(&format!("a: {{{{ {call} }}}}\n"), settings.clone());
        assert!(text.contains("not defined"), "{text}");
    }
    let text = text_of(
        "a: {{ getHostByName \"localhost\" | quote }}\nb: {{ lookup \"v1\" \"Secret\" \"x\" \"y\" }}\n",
        settings,
    );
    assert!(text.contains("a: \"\" <") && text.contains("b: map[] <"), "{text}");
}

#[test]
fn a_chart_reads_no_file_outside_of_itself() {
    let Some(settings) = settings() else { return };
    for path in ["/etc/passwd", "../../../../../../etc/passwd", "../secret"] {
        let template = format!(
            "a: {{{{ .Files.Get \"{path}\" | quote }}}}\nb: {{{{ tpl \"{{{{ .Files.Get `{path}` }}}}\" . | quote }}}}\n"
        );
        let text = text_of(&template, settings.clone());
        assert!(text.contains("a: \"\" <") && text.contains("b: \"\" <"), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_checkout_is_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), "password").unwrap();
    let Some(settings) = settings() else { return };
    let checkout = Checkout::of(&[("evil/Chart.yaml", CHART), ("k/kustomization.yaml", "resources: [link.yaml]\n")]);
    for link in ["evil/secret", "k/link.yaml"] {
        std::os::unix::fs::symlink(outside.path().join("secret"), checkout.path(link)).unwrap();
    }
    let outcomes = checkout.outcomes(settings);
    assert_eq!(not_rendered(&outcomes[0]).reason, "evil/secret leads out of the repositories of this run");
    assert_eq!(not_rendered(&outcomes[1]).reason, "\"link.yaml\" leads out of the repositories of this run");
}

/// Whether anybody connects to this machine while `work` runs; `work` gets the address.
fn is_called(work: impl FnOnce(&str)) -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (called, done) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while let Ok((mut connection, _)) = listener.accept() {
                if done.load(Ordering::SeqCst) {
                    break;
                }
                called.store(true, Ordering::SeqCst);
                let _ = connection.set_read_timeout(Some(Duration::from_secs(2)));
                let _ = connection.read(&mut [0; 512]);
                let _ = connection.write_all(b"HTTP/1.0 404 no\r\n\r\n");
            }
        });
        work(&address.to_string());
        done.store(true, Ordering::SeqCst);
        drop(std::net::TcpStream::connect(address));
    });
    called.load(Ordering::SeqCst)
}

#[test]
fn a_schema_that_names_a_url_is_not_followed() {
    let Some(settings) = settings() else { return };
    for key in ["$ref", "$schema"] {
        assert!(!is_called(|address| {
            let checkout = Checkout::of(&[
                ("evil/Chart.yaml", CHART),
                ("evil/values.schema.json", &format!("{{\"{key}\": \"http://{address}/x.json\"}}")),
                ("evil/templates/a.yaml", "a: b\n"),
            ]);
            rendered(&checkout.outcome(settings.clone()));
        }));
    }
}

#[test]
fn a_kustomization_fetches_nothing_unless_that_is_allowed() {
    let Some(mut settings) = settings() else { return };
    let build = |address: &str, settings: &Settings| {
        let checkout = Checkout::of(&[("k/kustomization.yaml", &format!("resources:\n- http://{address}/a.yaml\n"))]);
        checkout.outcome(settings.clone())
    };
    assert!(!is_called(|address| {
        let outcome = build(address, &settings);
        let point = not_rendered(&outcome);
        assert_eq!((point.file.as_ref(), point.line), ("k/kustomization.yaml", 2));
        assert!(point.reason.ends_with("not allowed (`render.allow: [remote-bases]`)"), "{}", point.reason);
    }));
    settings.allow.remote_bases = true;
    // kustomize asks git when the address has no file; there it ends.
    assert!(is_called(|address| assert!(matches!(*build(address, &settings), Outcome::Failed(_)))));
}

/// What becomes of a kustomization in `k`, beside a ConfigMap and further files; nobody is called. `ADDRESS` in a text is
/// where somebody listens.
fn kustomized_without_a_call(settings: &Settings, kustomization: &str, more: &[(&str, &str)]) -> Arc<Outcome> {
    let mut found = None;
    assert!(
        !is_called(|address| {
            let kustomization = kustomization.replace("ADDRESS", address);
            let more: Vec<(&str, String)> =
                more.iter().map(|(path, text)| (*path, text.replace("ADDRESS", address))).collect();
            let mut files = vec![
                ("k/kustomization.yaml", kustomization.as_str()),
                ("k/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\n"),
            ];
            files.extend(more.iter().map(|(path, text)| (*path, text.as_str())));
            let checkout = Checkout::of(&files);
            let renderer = checkout.renderer(settings.clone());
            let request = KustomizeRequest { folder: checkout.path("k"), ..KustomizeRequest::default() };
            found = Some(renderer.render(&Request::Kustomize(request)));
        }),
        "{kustomization}"
    );
    found.unwrap()
}

#[test]
fn keys_in_another_case_reach_nothing() {
    let Some(settings) = settings() else { return };
    let outside = Checkout::of(&[
        ("kustomization.yaml", "resources: [secret.yaml]\n"),
        ("secret.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: outside}\n"),
    ]);
    let outside = format!("Resources: [map.yaml, \"../../..{}\"]\n", outside.path("").display());
    for (kustomization, key) in [
        (outside.as_str(), "Resources"),
        ("resources: [map.yaml]\nRESOURCES: [\"http://ADDRESS/x.yaml\"]\n", "RESOURCES"),
        ("re\u{17f}ources: [map.yaml, \"http://ADDRESS/x.yaml\"]\n", "re\u{17f}ources"),
        ("resources: [map.yaml]\nOpenAPI: {path: \"http://ADDRESS/x.json\"}\n", "OpenAPI"),
        ("resources: [map.yaml]\npatches: [{Path: \"http://ADDRESS/x.yaml\"}]\n", "Path"),
        ("resources: [map.yaml]\npatches: [\"http://ADDRESS/x.yaml\"]\n", "\"http://"),
        ("resources: [map.yaml]\nconfigMapGenerator: [{name: a, Files: [\"a=http://ADDRESS/x\"]}]\n", "Files"),
    ] {
        let outcome = kustomized_without_a_call(&settings, kustomization, &[]);
        let point = not_rendered(&outcome);
        assert_eq!(point.file.as_ref(), "k/kustomization.yaml");
        assert!(point.reason.starts_with(&format!("`{key}")), "{}", point.reason);
    }
}

#[test]
fn configurations_of_builtin_plugins_fetch_nothing() {
    let Some(settings) = settings() else { return };
    let patch = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\npath: http://ADDRESS/x.yaml\n";
    let maps = "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: p}\nfiles: [\"a=http://ADDRESS/x\"]\n";
    let cased = patch.replace("path:", "Path:");
    let several =
        format!("# first\n---\napiVersion: builtin\nkind: HashTransformer\nmetadata: {{name: h}}\n---\n{patch}");
    let merged =
        "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\n<<: {path: \"http://ADDRESS/x.yaml\"}\n";
    for config in [patch, maps, &cased, &several, merged] {
        for list in ["generators", "transformers", "validators"] {
            let in_place =
                format!("resources: [map.yaml]\n{list}:\n- |\n  {}\n", config.trim_end().replace('\n', "\n  "));
            not_rendered(&kustomized_without_a_call(&settings, &in_place, &[]));
            let named = format!("resources: [map.yaml]\n{list}: [config.yaml]\n");
            not_rendered(&kustomized_without_a_call(&settings, &named, &[("k/config.yaml", config)]));
            let folder = format!("resources: [map.yaml]\n{list}: [g]\n");
            let more = [("k/g/kustomization.yaml", "resources: [config.yaml]\n"), ("k/g/config.yaml", config)];
            not_rendered(&kustomized_without_a_call(&settings, &folder, &more));
        }
    }
}

#[test]
fn builtin_plugins_that_keep_to_their_files_are_built() {
    let Some(settings) = settings() else { return };
    let kustomization = "# first\n---\nresources: [map.yaml]\ntransformers:\n- config.yaml\n- |\n  apiVersion: builtin\n  kind: \
                         LabelTransformer\n  metadata: {name: l}\n  labels: {team: shop}\n  fieldSpecs: [{path: \
                         metadata/labels, create: true}]\n";
    let config = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\npath: patch.yaml\ntarget: {kind: ConfigMap}\n";
    let patch = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {a: b}\n";
    let more = [("k/config.yaml", config), ("k/patch.yaml", patch)];
    let outcome = kustomized_without_a_call(&settings, kustomization, &more);
    let text = shown(rendered(&outcome));
    assert!(text.contains("  a: b") && text.contains("team: shop"), "{text}");
}

#[test]
fn a_kustomization_cannot_claim_that_objects_come_from_elsewhere() {
    let Some(settings) = settings() else { return };
    for patch in [
        "{op: add, path: /metadata/annotations, value: {config.kubernetes.io/origin: \"path: ../tree/evil.yaml\"}}",
        "{op: add, path: /metadata/annotations, value: {\"config.kubernetes.io\\/origin\": \"path: ../tree/evil.yaml\"}}",
    ] {
        let kustomization = "resources: [map.yaml]\nconfigMapGenerator: [{name: data, files: [evil.yaml]}]\npatches:\n- path: p.yaml\n  \
             target: {kind: ConfigMap, name: map}\n- target: {kind: ConfigMap}\n  patch: '[]'\n";
        let evil = ("k/evil.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\n");
        let patch = format!("- {patch}\n");
        let outcome = kustomized_without_a_call(&settings, kustomization, &[evil, ("k/p.yaml", &patch)]);
        let point = not_rendered(&outcome);
        assert_eq!(point.file.as_ref(), "k/p.yaml");
        assert!(point.reason.contains("holds the annotation config.kubernetes.io/origin"), "{}", point.reason);
    }
}

#[test]
fn a_chart_downloads_nothing_unless_that_is_allowed() {
    let Some(mut settings) = settings() else { return };
    let render = |address: &str, settings: &Settings| {
        let dependency = format!("dependencies:\n- name: db\n  version: 1.0.0\n  repository: http://{address}/\n");
        let checkout = Checkout::of(&[("evil/Chart.yaml", &format!("{CHART}{dependency}"))]);
        not_rendered(&checkout.outcome(settings.clone()));
    };
    assert!(!is_called(|address| render(address, &settings)));
    settings.allow.dependency_downloads = true;
    assert!(is_called(|address| render(address, &settings)));
}

#[test]
fn names_that_look_like_flags_stay_names() {
    let Some(settings) = settings() else { return };
    let checkout = Checkout::of(&[
        ("-evil/Chart.yaml", "apiVersion: v2\nname: evil\nversion: 1.0.0\n"),
        ("-evil/templates/a.yaml", "a: {{ .Release.Namespace }}\nb: {{ .Values.x }}\n"),
        ("--help/kustomization.yaml", "resources: [--version.yaml]\n"),
        ("--help/--version.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
    ]);
    let renderer = checkout.renderer(settings.clone());
    let request = HelmRequest {
        chart: checkout.path("-evil"),
        namespace: Some("--debug".into()),
        parameters: vec![Parameter {
            name: "x".into(),
            value: "--post-renderer=/bin/sh".into(),
            kind: ParameterKind::Text,
        }],
        ..HelmRequest::default()
    };
    let outcome = renderer.render(&Request::Helm(request.clone()));
    let text = shown(rendered(&outcome));
    assert!(text.contains("b: --post-renderer=/bin/sh"), "{text}");
    let refused = renderer.render(&Request::Helm(HelmRequest { release: Some("--debug".into()), ..request }));
    assert!(matches!(&*refused, Outcome::Failed(failure) if failure.message.contains("no name that Helm takes")));
    let kustomized = checkout.outcomes(settings);
    assert!(
        kustomized
            .iter()
            .any(|outcome| matches!(&**outcome, Outcome::Rendered(texts) if shown(texts).contains("ConfigMap")))
    );
}

#[test]
fn values_from_elsewhere_are_refused() {
    let Some(settings) = settings() else { return };
    let checkout = Checkout::of(&[("evil/Chart.yaml", CHART), ("evil/templates/a.yaml", "a: b\n")]);
    let renderer = checkout.renderer(settings);
    assert!(!is_called(|address| {
        for path in [format!("http://{address}/values.yaml"), "/etc/hostname".to_owned()] {
            let values = vec![Values::File(checkout.path("evil").join(path))];
            let request = HelmRequest { chart: checkout.path("evil"), values, ..HelmRequest::default() };
            not_rendered(&renderer.render(&Request::Helm(request)));
        }
    }));
}

#[test]
fn a_parameter_reads_no_file_by_its_name() {
    let Some(settings) = settings() else { return };
    let outside = Checkout::of(&[("secret", "password")]);
    let secret = outside.path("secret").display().to_string();
    let checkout = Checkout::of(&[
        ("evil/Chart.yaml", CHART),
        ("evil/templates/a.yaml", "a: {{ .Values.x | quote }}\nb: {{ .Values.y | quote }}\n"),
        ("evil/f.txt", "own"),
    ]);
    let renderer = checkout.renderer(settings);
    let render = |name: &str, kind| {
        let parameters = vec![Parameter { name: name.into(), value: "f.txt".into(), kind }];
        renderer.render(&Request::Helm(HelmRequest {
            chart: checkout.path("evil"),
            parameters,
            ..HelmRequest::default()
        }))
    };
    for kind in [ParameterKind::File, ParameterKind::Text, ParameterKind::Typed] {
        let outcome = render(&format!("x={secret},y"), kind);
        let reason = &not_rendered(&outcome).reason;
        assert!(reason.ends_with("is no name of a parameter that is handed on to Helm"), "{reason}");
    }
    let outcome = render("y", ParameterKind::File);
    let text = shown(rendered(&outcome));
    assert!(text.contains("b: \"own\"") && !text.contains("password"), "{text}");
}

#[test]
fn a_template_without_end_is_ended() {
    let Some(mut settings) = settings() else { return };
    settings.deadline = Duration::from_secs(2);
    let started = Instant::now();
    let loops = "{{- range until 100000 }}{{- range until 100000 }}{{- $x := 1 }}{{- end }}{{- end }}\n";
    let text = text_of(loops, settings);
    assert!(text.contains("it was ended after 2 s"), "{text}");
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_chart_that_took_too_long_is_not_tried_with_further_values() {
    let Some(mut settings) = settings() else { return };
    settings.deadline = Duration::from_secs(2);
    let loops = "{{- range until 100000 }}{{- range until 100000 }}{{- $x := 1 }}{{- end }}{{- end }}\n";
    let mut files =
        vec![("evil/Chart.yaml".to_owned(), CHART.to_owned()), ("evil/templates/a.yaml".to_owned(), loops.to_owned())];
    files.extend((0..20).map(|number| (format!("evil/ci/{number}-values.yaml"), "a: b\n".to_owned())));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let started = Instant::now();
    let outcomes = Checkout::of(&files).outcomes(settings);
    assert_eq!(outcomes.len(), 21);
    assert_eq!(not_rendered(&outcomes[0]).reason, "helm: it was ended after 2 s");
    for outcome in &outcomes[1..] {
        let reason = &not_rendered(outcome).reason;
        assert_eq!(reason, "helm: it was ended before, with other values, because it took too long");
    }
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_chart_of_very_many_lines_is_not_kept() {
    let Some(settings) = settings() else { return };
    let text = text_of("a: |\n{{ range until 2000000 }}    a\n{{ end }}\n", settings);
    assert!(text.contains("helm: it wrote more than the 500000 lines that are read"), "{text:.200}");
}

#[test]
fn a_template_cannot_claim_to_be_another() {
    let Some(settings) = settings() else { return };
    let text = text_of("# Source: evil/templates/other.yaml\na: b\n--- \n# Source: evil/Chart.yaml\nc: d\n", settings);
    assert!(text.starts_with("== evil/templates/a.yaml"), "{text}");
    assert_eq!(text.matches("== ").count(), 1, "{text}");
    assert!(text.contains("c: d < evil/templates/a.yaml:5"), "{text}");
}
