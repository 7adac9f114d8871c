//! Tags: what is verified is what is written, and a tag that a node would resolve again is worth nothing.

use crate::judge::{Judge, key, rule};
use crate::{cosign, each_registry};
use platlint_config::images::ImageRule;
use platlint_e2e::images::cosign::{Algorithm, Format, Signing};
use platlint_images::Moment;

#[test]
fn a_tag_is_pinned_to_the_digest_that_was_verified() {
    let Some(cosign) = cosign() else { return };
    let trusted = cosign.key(Algorithm::Ecdsa);
    each_registry(|registry| {
        let repository = registry.repository("pinned/app");
        let image = repository.image("1", "signed");
        cosign.sign(registry, &trusted, &repository.pinned(&image), Signing::plain(Format::Bundle));
        let judge = Judge::new(registry, rule(vec![key("release", &trusted.public)]));
        let tagged = repository.tagged("1");
        let found = judge.of(&tagged);
        assert_eq!(found.status, "verified", "{found:?}");
        let pinned = found.facts.pinned.as_deref().unwrap();
        assert_eq!(pinned, format!("{tagged}@{}", image.digest));
        // The tag moves to something unsigned: what was written still is what was verified.
        let moved = repository.image("1", "moved");
        assert_eq!(judge.of(pinned).status, "verified");
        let found = judge.of(&format!("{tagged}@{}", moved.digest));
        assert_eq!(found.status, "unsigned", "{found:?}");
        // Whoever asks for the tag anew gets nothing to write.
        let found = Judge::new(registry, rule(vec![key("release", &trusted.public)])).of(&tagged);
        assert_eq!(found.status, "unsigned", "{found:?}");
        assert_eq!((found.facts.digest.as_deref(), found.facts.pinned), (Some(&*moved.digest), None));
    });
}

#[test]
fn the_tag_of_an_index_is_pinned_to_the_index() {
    let Some(cosign) = cosign() else { return };
    let trusted = cosign.key(Algorithm::Ecdsa);
    each_registry(|registry| {
        let repository = registry.repository("pinned/index");
        let (index, _) = repository.index("1", "many", &["amd64", "arm64"]);
        cosign.sign(registry, &trusted, &repository.pinned(&index), Signing::plain(Format::Bundle));
        let judge = Judge::new(registry, rule(vec![key("release", &trusted.public)]));
        let found = judge.of(&repository.tagged("1"));
        assert_eq!(found.facts.pinned.as_deref(), Some(&*format!("{}@{}", repository.tagged("1"), index.digest)));
    });
}

#[test]
fn a_tag_in_a_pod_at_admission_is_unsigned_without_a_question() {
    let Some(cosign) = cosign() else { return };
    let trusted = cosign.key(Algorithm::Ecdsa);
    each_registry(|registry| {
        let repository = registry.repository("pinned/admission");
        let image = repository.image("1", "signed");
        cosign.sign(registry, &trusted, &repository.pinned(&image), Signing::plain(Format::Bundle));
        let tagged = repository.tagged("1");
        let authority = || rule(vec![key("release", &trusted.public)]);
        let judge = Judge::new(registry, authority());
        let found = judge.at(&tagged, Moment::Admission, true);
        assert_eq!(found.status, "unsigned", "{found:?}");
        assert!(found.reason.contains("named by a tag"), "{found:?}");
        assert_eq!(judge.requests(), 0);
        // A template is not what a node pulls; its Pods are.
        assert_eq!(judge.at(&tagged, Moment::Admission, false).status, "verified");
        let judge = Judge::new(registry, ImageRule { pin: false, ..authority() });
        assert_eq!(judge.of(&tagged).status, "unsigned");
        assert_eq!(judge.requests(), 0);
    });
}
