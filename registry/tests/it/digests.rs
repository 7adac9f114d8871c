//! A registry that lies about what it sends.

use crate::{APP, session, v1};
use platlint_registry::testing::{Answer, MANIFEST, TestRegistry};
use platlint_registry::{Digest, FetchError, Manifest, Target};

/// Asks for a tag whose answer has this header.
async fn with_header(name: &str, value: &str) -> Result<Manifest, FetchError> {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    registry.fault("/manifests/", Answer::Headers(vec![(name.into(), value.into())]));
    let client = registry.client();
    session(&client, &registry).manifest(&v1()).await
}

#[tokio::test]
async fn a_lying_digest_header_is_found_out() {
    let lie = Digest::sha256(b"something else");
    let result = with_header("Docker-Content-Digest", lie.as_str()).await;
    assert!(matches!(&result, Err(FetchError::WrongDigest { expected, .. }) if *expected == lie), "{result:?}");
}

#[tokio::test]
async fn a_digest_header_that_cannot_be_checked_is_a_fault_of_the_protocol() {
    for value in ["sha256:short", "md5:d41d8cd98f00b204e9800998ecf8427e", "nothing"] {
        let result = with_header("Docker-Content-Digest", value).await;
        assert!(matches!(result, Err(FetchError::Protocol(_))), "{result:?}");
    }
}

#[tokio::test]
async fn another_manifest_under_the_digest_is_found_out_whatever_the_header_says() {
    let registry = TestRegistry::start();
    let wanted = registry.put_image(APP, "v1");
    let other = format!("{{\"mediaType\": \"{MANIFEST}\"}}");
    let honest = Digest::sha256(other.as_bytes());
    let client = registry.client();
    for header in [wanted.as_str(), honest.as_str()] {
        registry.clear_faults();
        registry.fault("/v2/", Answer::body(MANIFEST, other.clone()).with("Docker-Content-Digest", header));
        let result = session(&client, &registry).manifest(&Target::Digest(wanted.clone())).await;
        let expected = FetchError::WrongDigest { expected: wanted.clone(), actual: honest.clone() };
        assert_eq!(result, Err(expected));
    }
}

#[tokio::test]
async fn another_blob_under_the_digest_is_found_out() {
    let registry = TestRegistry::start();
    let wanted = registry.put_blob(APP, "wanted");
    registry.fault("/blobs/", Answer::body("application/octet-stream", "other"));
    let client = registry.client();
    let result = session(&client, &registry).blob(&wanted, 100).await;
    assert_eq!(result, Err(FetchError::WrongDigest { expected: wanted, actual: Digest::sha256(b"other") }));
}

#[tokio::test]
async fn a_digest_of_another_algorithm_is_checked_too() {
    let registry = TestRegistry::start();
    let body = format!("{{\"mediaType\": \"{MANIFEST}\"}}");
    let long = Digest::parse(&format!("sha512:{}", "0".repeat(128))).unwrap();
    let right = long.same_algorithm(body.as_bytes());
    let client = registry.client();
    registry.fault("/v2/", Answer::body(MANIFEST, body).with("Docker-Content-Digest", right.as_str()));
    let by_tag = session(&client, &registry).manifest(&v1()).await.unwrap();
    assert_eq!(by_tag.digest, right);
    assert!(session(&client, &registry).manifest(&Target::Digest(right)).await.is_ok());
    let wrong = session(&client, &registry).manifest(&Target::Digest(long)).await;
    assert!(matches!(wrong, Err(FetchError::WrongDigest { .. })), "{wrong:?}");
}

#[tokio::test]
async fn a_media_type_that_contradicts_the_body_is_a_fault_of_the_protocol() {
    let index = with_header("Content-Type", "application/vnd.oci.image.index.v1+json").await;
    assert!(matches!(index, Err(FetchError::Protocol(_))), "{index:?}");
    let vague = with_header("Content-Type", "application/json; charset=utf-8").await.unwrap();
    assert_eq!(vague.media_type, MANIFEST);
}

#[tokio::test]
async fn without_a_media_type_in_the_body_the_header_counts() {
    let registry = TestRegistry::start();
    registry.fault("/v2/", Answer::body(&format!("{MANIFEST}; charset=utf-8"), "{}"));
    let client = registry.client();
    let manifest = session(&client, &registry).manifest(&v1()).await.unwrap();
    assert_eq!((manifest.media_type.as_str(), &manifest.bytes[..]), (MANIFEST, &b"{}"[..]));
}
