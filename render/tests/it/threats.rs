//! What a hostile chart or kustomization may try, and what comes of it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use platlint_render::{HelmRequest, Outcome, Parameter, ParameterKind, Request, Settings, Values};

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
fn a_template_cannot_claim_to_be_another() {
    let Some(settings) = settings() else { return };
    let text = text_of("# Source: evil/templates/other.yaml\na: b\n--- \n# Source: evil/Chart.yaml\nc: d\n", settings);
    assert!(text.starts_with("== evil/templates/a.yaml"), "{text}");
    assert_eq!(text.matches("== ").count(), 1, "{text}");
    assert!(text.contains("c: d < evil/templates/a.yaml:5"), "{text}");
}
