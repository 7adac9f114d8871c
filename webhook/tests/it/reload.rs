//! Policies replaced while reviews run.

use std::os::unix::fs::symlink;
use std::path::Path;

use platlint_webhook::admission::Mode;
use platlint_webhook::policies::{self, LoadError, Reload};
use serde_json::Value;

use crate::support::{Judges, ONLY_LIMITS, Server, bad, pod, review, source, today, write_policies};

const WARNS: &str = "version: 1\nrules:\n  \"*\": off\n  resource-limits: warn\n";

/// A folder as the kubelet mounts a ConfigMap: versions beside each other, one of them by a symlink.
fn mount(versions: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, config) in versions {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        write_policies(&folder.path().join(name), config, &[]);
    }
    symlink(versions[0].0, folder.path().join("..data")).unwrap();
    symlink("..data/platlint.yaml", folder.path().join("platlint.yaml")).unwrap();
    folder
}

fn swap(mount: &Path, to: &str) {
    symlink(to, mount.join("..tmp")).unwrap();
    std::fs::rename(mount.join("..tmp"), mount.join("..data")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swapped_mount_is_taken_up_and_no_review_fails_meanwhile() {
    let judges = Judges::of_folder(mount(&[("..1", ONLY_LIMITS), ("..2", WARNS)]), Mode::Enforce, 2);
    let mut server = Server::start(judges);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut senders = Vec::new();
    for _ in 0..4 {
        let (mut client, stopped) = (server.client().await, stopped.clone());
        senders.push(tokio::spawn(async move {
            let mut seen: Vec<(Value, Value)> = Vec::new();
            while !*stopped.borrow() {
                let answer = client.ask(&review(pod(bad()))).await;
                seen.push((answer["auditAnnotations"]["revision"].clone(), answer["allowed"].clone()));
            }
            seen
        }));
    }
    let mut revisions = vec![server.judges.policies.current().set.revision().to_owned()];
    for version in ["..2", "..1", "..2", "..1", "..2"] {
        swap(server.judges.folder.path(), version);
        let judges = &mut server.judges;
        let reload = judges.watch.poll(&judges.policies, today());
        let Reload::Swapped(active) = reload else { panic!("{reload:?}") };
        revisions.push(active.set.revision().to_owned());
        // Whoever asks now is judged by the new rules.
        let answer = server.client().await.ask(&review(pod(bad()))).await;
        assert_eq!(answer["auditAnnotations"]["revision"], active.set.revision());
        assert_eq!(answer["allowed"], version == "..2");
    }
    stop.send(true).unwrap();
    let mut answers = 0;
    for sender in senders {
        for (revision, allowed) in sender.await.unwrap() {
            // Never a mixture: the first revision denies, the second warns.
            assert_eq!(allowed, revision == revisions[1].as_str());
            answers += 1;
        }
    }
    assert!(answers >= revisions.len(), "{answers}");
}

#[tokio::test]
async fn bad_policies_are_refused_and_the_last_good_ones_stay() {
    let mut judges = Judges::new(ONLY_LIMITS);
    let revision = judges.policies.current().set.revision().to_owned();
    write_policies(judges.folder.path(), "version: 1\nrules: {resource-limit: error}\n", &[]);
    let reload = judges.watch.poll(&judges.policies, today());
    assert!(matches!(&reload, Reload::Refused(LoadError::Problems(_))), "{reload:?}");
    assert_eq!(judges.ask("/validate", &review(pod(bad()))).await["allowed"], false);
    assert_eq!(judges.policies.current().set.revision(), revision);
    let (_, text) = judges.health().answer(true);
    assert!(text.contains("newer ones were refused") && text.contains("resource-limit"), "{text}");
    assert!(judges.metrics.text().contains("platlint_reload_failed 1"));

    write_policies(judges.folder.path(), WARNS, &[]);
    assert!(matches!(judges.watch.poll(&judges.policies, today()), Reload::Swapped(_)));
    assert!(judges.policies.refused().is_none());
    let text = judges.metrics.text();
    assert!(text.contains("platlint_reload_failed 0"));
    for line in [r#"platlint_reloads_total{result="failed"} 1"#, r#"platlint_reloads_total{result="ok"} 1"#] {
        assert!(text.contains(line), "{text}");
    }
}

#[tokio::test]
async fn nothing_is_loaded_again_where_nothing_changed() {
    let mut judges = Judges::new(ONLY_LIMITS);
    assert!(matches!(judges.watch.poll(&judges.policies, today()), Reload::Unchanged));
    write_policies(judges.folder.path(), &format!("{ONLY_LIMITS}# a comment\n"), &[]);
    assert!(matches!(judges.watch.poll(&judges.policies, today()), Reload::SameRevision));
    assert!(matches!(judges.watch.poll(&judges.policies, today()), Reload::Unchanged));
}

#[test]
fn a_policy_that_never_ends_is_found_out_before_it_judges_anything() {
    const LOOPS: &str = "# METADATA\n# title: Never ends\npackage platlint.test.loops\n\ndeny contains {\"msg\": \"no end\", \"path\": []} if {\n\tsome i in numbers.range(1, 3000)\n\tsome j in numbers.range(1, 3000)\n\ti * j == -1\n}\n";
    let folder = tempfile::tempdir().unwrap();
    let config = "version: 1\npolicies: [builtin, {path: policies/}]\nrules:\n  \"*\": off\n  loops: error\n";
    write_policies(folder.path(), config, &[("loops", LOOPS)]);
    let error = policies::load(&source(folder.path().to_path_buf()), today()).unwrap_err();
    assert!(matches!(&error, LoadError::Trial { rule, .. } if rule == "loops"), "{error}");
}

#[test]
fn only_the_expected_revision_is_taken_up() {
    let judges = Judges::new(ONLY_LIMITS);
    let revision = judges.policies.current().set.revision().to_owned();
    let expecting = |revision: &str| {
        let mut source = source(judges.folder.path().to_path_buf());
        source.expect_revision = Some(revision.to_owned());
        policies::load(&source, today())
    };
    assert!(expecting(&revision).is_ok());
    assert!(matches!(expecting("sha256:0"), Err(LoadError::OtherRevision { .. })));
}

#[tokio::test]
async fn a_bundle_judges_by_the_revision_of_what_it_was_made_of_as_a_folder_and_as_a_tarball() {
    let judges = Judges::new(ONLY_LIMITS);
    let revision = judges.policies.current().set.revision().to_owned();
    let mut options = platlint_config::Options::new(judges.folder.path().to_path_buf(), today());
    options.config = Some(judges.folder.path().to_path_buf());
    let bundle = platlint_config::build_bundle(&options).unwrap();
    let made = tempfile::tempdir().unwrap();
    let (folder, tarball) = (made.path().join("folder"), made.path().join("bundle.tar.gz"));
    bundle.write_folder(&folder).unwrap();
    std::fs::write(&tarball, bundle.tar_gz().unwrap()).unwrap();
    for path in [folder, tarball] {
        let set = policies::load(&source(path.clone()), today()).unwrap().set;
        assert_eq!(set.revision(), revision, "{}", path.display());
    }
}

#[test]
fn a_bundle_that_was_tampered_with_is_refused() {
    let judges = Judges::new(ONLY_LIMITS);
    let mut options = platlint_config::Options::new(judges.folder.path().to_path_buf(), today());
    options.config = Some(judges.folder.path().to_path_buf());
    let made = tempfile::tempdir().unwrap();
    platlint_config::build_bundle(&options).unwrap().write_folder(made.path()).unwrap();
    assert!(policies::load(&source(made.path().to_path_buf()), today()).is_ok());
    let config = made.path().join("platlint.yaml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("error", "off")).unwrap();
    let refused = policies::load(&source(made.path().to_path_buf()), today());
    assert!(matches!(&refused, Err(LoadError::Problems(_))), "{refused:?}");
}
