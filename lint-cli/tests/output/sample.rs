//! A report with one of everything, and the texts its places point into. Made by hand: the formats are tested apart
//! from the engine.

use std::collections::BTreeSet;
use std::sync::Arc;

use platlint_cli::output::Sources;
use platlint_cli::report::{
    Exempted, Fault, Finding, Fingerprint, ObjectRef, Place, Related, Report, RuleInfo, Spot, Summary, Undecided,
};
use platlint_engine::{Level, Severity};

/// A Deployment with CRLF line ends, wide characters, an emoji, a tab and an escape sequence.
const DEPLOY: &str = "apiVersion: apps/v1\r
kind: Deployment\r
metadata:\r
  name: cart\r
  labels: {team: 東京, mood: 🚀}\r
  name: cart\r
spec:\r
  template:\r
    spec:\r
      containers:\r
        - name: app\r
          image: registry.example:5000/shop/käse:1.0 # \u{1b}[31mred\u{1b}[0m\r
          command:\tsh\r
          args: [\"one,\r
            two\"]\r
";

/// The path is no plain URI and no plain property of a workflow command.
const DEPLOY_FILE: &str = "k8s/ünï code, 100%/de:ploy.yaml";

/// The texts of the sample's files.
pub(crate) struct Texts;

impl Sources for Texts {
    fn text(&self, file: &str) -> Option<Arc<str>> {
        match file {
            DEPLOY_FILE => Some(DEPLOY.into()),
            // One line, as tools write JSON.
            "rendered/all.json" => Some(
                format!(
                    r#"{{"kind":"List","items":[{}{{"kind":"Service","secret":"{}"}}]}}"#,
                    r#"{"kind":"ConfigMap"},"#.repeat(300),
                    "x".repeat(5000)
                )
                .into(),
            ),
            _ => None,
        }
    }
}

pub(crate) const fn place(line: u32, column: u32, end_line: u32, end_column: u32) -> Place {
    Place { line, column, end_line, end_column }
}

fn object(api_version: &str, kind: &str, namespace: Option<&str>, name: Option<&str>) -> Arc<ObjectRef> {
    Arc::new(ObjectRef {
        api_version: api_version.into(),
        kind: kind.into(),
        namespace: namespace.map(Into::into),
        name: name.map(Into::into),
    })
}

fn spot(file: &str, document: u32, place: Place, path: &str, object: impl Into<Option<Arc<ObjectRef>>>) -> Spot {
    Spot { file: file.into(), document, place, path: path.into(), object: object.into(), origin: None }
}

pub(crate) fn rule(id: &str, severity: Severity, level: Level, docs: &str) -> RuleInfo {
    RuleInfo {
        id: id.into(),
        title: format!("Title of {id}"),
        description: format!("What `{id}` wants, & why: <all of it>.\n\nSecond paragraph."),
        remedy: format!("Do what {id} says."),
        severity,
        level,
        docs: docs.into(),
    }
}

/// The report of a clean run over one file.
pub(crate) fn clean() -> Report {
    Report {
        revision: "sha256:00ff".into(),
        summary: Summary { files: 1, documents: 2, ..Summary::default() },
        ..Report::default()
    }
}

/// One of everything.
pub(crate) fn everything() -> Report {
    let cart = || object("apps/v1", "Deployment", Some("shop"), Some("cart"));
    let container = "/spec/template/spec/containers/0";
    Report {
        revision: "sha256:4b1d".into(),
        config: Some("platlint.yaml".into()),
        summary: Summary {
            files: 4,
            documents: 7,
            skipped: 1,
            errors: 4,
            warnings: 1,
            audits: 1,
            undecided: 6,
            exempted: 1,
        },
        allowed_images: BTreeSet::new(),
        findings: findings(cart, container),
        undecided: undecided(cart, container),
        exempted: vec![Exempted {
            rule: "resource-limits".into(),
            message: "container \"exporter\" has no CPU limit".into(),
            spot: spot(
                "k8s/monitoring.yaml",
                0,
                place(21, 9, 21, 23),
                container,
                object("apps/v1", "DaemonSet", Some("monitoring"), Some("node-exporter")),
            ),
            by: "platlint.yaml:14".into(),
            expires: "2027-01-31".into(),
        }],
        faults: vec![Fault {
            rule: "acme-labels".into(),
            kind: "budget",
            message: "policies/acme.rego:12: more than 1000000 instructions\u{1b}[2J".into(),
            file: DEPLOY_FILE.into(),
            document: 0,
        }],
        rules: vec![
            rule("resource-limits", Severity::Medium, Level::Error, "https://platlint.dev/rules/resource-limits"),
            rule("image-digest", Severity::High, Level::Warn, ""),
            rule("owner-annotation", Severity::Low, Level::Audit, "https://platlint.dev/rules/owner-annotation"),
            rule("no-public-load-balancer", Severity::Critical, Level::Error, ""),
            rule("image-signature", Severity::High, Level::Error, ""),
            rule("invalid-yaml", Severity::High, Level::Error, ""),
            rule("duplicate-key", Severity::High, Level::Error, ""),
        ],
    }
}

fn findings(cart: impl Fn() -> Arc<ObjectRef>, container: &str) -> Vec<Finding> {
    vec![
        Finding {
            rule: "duplicate-key".into(),
            level: Level::Error,
            severity: Severity::High,
            message: "the key `name` stands twice".into(),
            spot: spot(DEPLOY_FILE, 0, place(6, 3, 6, 7), "/metadata/name", cart()),
            related: vec![Related {
                file: None,
                place: place(4, 3, 4, 7),
                path: "/metadata/name".into(),
                message: "first written here".into(),
            }],
            help: Some("Remove one of the two.\nKubernetes takes the last.".into()),
            fix: None,
            fingerprint: Fingerprint(1),
        },
        Finding {
            rule: "resource-limits".into(),
            level: Level::Error,
            severity: Severity::Medium,
            message: "container \"app\" has no memory limit\n(nor has the pod)".into(),
            spot: spot(DEPLOY_FILE, 0, place(11, 11, 11, 20), &format!("{container}/resources"), cart()),
            related: vec![],
            help: None,
            fix: None,
            fingerprint: Fingerprint(2),
        },
        Finding {
            rule: "image-digest".into(),
            level: Level::Warn,
            severity: Severity::High,
            message: "image \"käse:1.0\" is not pinned: 50 % <chance> & \"more\" ]]>".into(),
            spot: spot(DEPLOY_FILE, 0, place(12, 18, 12, 50), &format!("{container}/image"), cart()),
            related: vec![Related {
                file: None,
                place: place(5, 18, 5, 20),
                path: String::new(),
                message: "team\tof it".into(),
            }],
            help: None,
            fix: None,
            fingerprint: Fingerprint(3),
        },
        Finding {
            rule: "owner-annotation".into(),
            level: Level::Audit,
            severity: Severity::Low,
            message: "arguments cross lines".into(),
            spot: spot(DEPLOY_FILE, 0, place(14, 17, 15, 17), &format!("{container}/args/0"), cart()),
            related: vec![],
            help: None,
            fix: None,
            fingerprint: Fingerprint(4),
        },
        Finding {
            rule: "no-public-load-balancer".into(),
            level: Level::Error,
            severity: Severity::Critical,
            message: "Service is public".into(),
            // The 301st item of the list.
            spot: spot(
                "rendered/all.json",
                0,
                place(1, 6326, 1, 6332),
                "/items/300/kind",
                object("v1", "Service", Some(""), None),
            ),
            related: vec![Related {
                file: None,
                place: place(1, 2, 1, 8),
                path: "/kind".into(),
                message: "in this list".into(),
            }],
            help: None,
            fix: None,
            fingerprint: Fingerprint(5),
        },
        Finding {
            rule: "invalid-yaml".into(),
            level: Level::Error,
            severity: Severity::High,
            message: "found a tab where indentation is expected \u{1b}]0;title\u{7}".into(),
            spot: spot("<stdin>", 2, place(3, 1, 3, 1), "", None),
            related: vec![],
            help: None,
            fix: None,
            fingerprint: Fingerprint(6),
        },
    ]
}

fn undecided(cart: impl Fn() -> Arc<ObjectRef>, container: &str) -> Vec<Undecided> {
    let offline = |line: u32| Undecided {
        rule: "image-signature".into(),
        reason: "offline".into(),
        spot: spot(DEPLOY_FILE, 0, place(line, 18, line, 50), &format!("{container}/image"), cart()),
        effect: Level::Off,
    };
    let no_namespace = |effect| Undecided {
        rule: "no-public-load-balancer".into(),
        reason: "the namespace is not known".into(),
        spot: spot("k8s/svc.yaml", 1, place(9, 1, 9, 5), "/spec/type", object("v1", "Service", None, Some("web"))),
        effect,
    };
    vec![offline(12), offline(13), offline(14), offline(15), no_namespace(Level::Warn), no_namespace(Level::Error)]
}
