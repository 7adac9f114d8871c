//! Finding referrers: an empty list must mean that there are none.

use crate::{APP, session};
use platlint_registry::testing::{Answer, INDEX, TestRegistry};
use platlint_registry::{Descriptor, Digest, FetchError};

/// A registry with an image that has one referrer.
fn signed() -> (TestRegistry, Digest) {
    let registry = TestRegistry::start();
    let image = registry.put_image(APP, "v1");
    registry.put_referrer(APP, &image, "application/vnd.example", b"a signature");
    (registry, image)
}

async fn ask(registry: &TestRegistry, image: &Digest) -> Result<Vec<Descriptor>, FetchError> {
    let client = registry.client();
    session(&client, registry).referrers(image).await
}

#[tokio::test]
async fn without_any_the_list_is_empty() {
    let registry = TestRegistry::start();
    let image = registry.put_image(APP, "v1");
    for has_api in [true, false] {
        registry.referrers_api(has_api);
        assert_eq!(ask(&registry, &image).await, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn the_api_is_asked_alone_where_it_answers() {
    let (registry, image) = signed();
    assert_eq!(ask(&registry, &image).await.unwrap().len(), 1);
    assert_eq!(registry.count(), 1);
}

#[tokio::test]
async fn a_denied_tag_schema_is_an_error_and_not_an_empty_list() {
    let (registry, image) = signed();
    registry.referrers_api(false);
    registry.fault("/manifests/sha256-", Answer::status(403));
    assert_eq!(ask(&registry, &image).await, Err(FetchError::Denied { status: 403 }));
}

#[tokio::test]
async fn every_other_failure_of_the_tag_schema_is_an_error_too() {
    for (answer, expected) in [
        (Answer::status(401), FetchError::Denied { status: 401 }),
        (Answer::status(500), FetchError::Server { status: 500 }),
        (Answer::status(429), FetchError::Limited { retry_after: None }),
        (Answer::status(400), FetchError::Protocol("status 400".into())),
    ] {
        let (registry, image) = signed();
        registry.referrers_api(false);
        registry.fault("/manifests/sha256-", answer);
        assert_eq!(ask(&registry, &image).await, Err(expected));
    }
}

#[tokio::test]
async fn a_failing_api_is_an_error_and_the_tag_schema_not_asked() {
    for (answer, expected) in [
        (Answer::status(401), FetchError::Denied { status: 401 }),
        (Answer::status(403), FetchError::Denied { status: 403 }),
        (Answer::status(500), FetchError::Server { status: 500 }),
        (Answer::status(429), FetchError::Limited { retry_after: None }),
    ] {
        let (registry, image) = signed();
        registry.fault("/referrers/", answer);
        assert_eq!(ask(&registry, &image).await, Err(expected));
        assert_eq!(registry.count(), 1);
    }
}

#[tokio::test]
async fn an_api_that_is_not_understood_proves_no_absence() {
    for status in [303, 400, 405, 406] {
        let (registry, image) = signed();
        registry.referrers_api(false);
        registry.fault("/referrers/", Answer::status(status));
        assert_eq!(ask(&registry, &image).await.unwrap().len(), 1, "{status}");
        let unsigned = registry.put_image(APP, "unsigned");
        let error = ask(&registry, &unsigned).await.unwrap_err();
        assert!(matches!(error, FetchError::Protocol(_) | FetchError::Refused(_)), "{status}: {error:?}");
    }
}

#[tokio::test]
async fn garbage_instead_of_a_list_is_an_error() {
    for body in ["", "<html>", "{}", "[]", "[[]]", "{\"manifests\": {}}", "{\"manifests\": [{\"digest\": \"x\"}]}"] {
        let (registry, image) = signed();
        registry.fault("/referrers/", Answer::body(INDEX, body));
        let error = ask(&registry, &image).await.unwrap_err();
        assert!(matches!(error, FetchError::Protocol(_)), "{body}: {error:?}");
    }
}

#[tokio::test]
async fn a_list_of_null_is_empty() {
    let (registry, image) = signed();
    registry.fault("/referrers/", Answer::body(INDEX, "{\"manifests\": null}"));
    assert_eq!(ask(&registry, &image).await, Ok(Vec::new()));
}

#[tokio::test]
async fn all_pages_are_read() {
    let (registry, image) = signed();
    for number in 0..6 {
        registry.put_referrer(APP, &image, "application/vnd.example", format!("{number}").as_bytes());
    }
    registry.referrers_page(2);
    assert_eq!(ask(&registry, &image).await.unwrap().len(), 7);
    assert_eq!(registry.count(), 4);
}

#[tokio::test]
async fn a_page_that_is_missing_is_an_error_and_not_the_end() {
    for status in [400, 404] {
        let (registry, image) = signed();
        registry.put_referrer(APP, &image, "application/vnd.example", b"another");
        registry.referrers_page(1);
        registry.fault("from=1", Answer::status(status));
        let error = ask(&registry, &image).await.unwrap_err();
        assert!(matches!(error, FetchError::Protocol(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_list_is_not_continued_elsewhere() {
    let (registry, image) = signed();
    let other = TestRegistry::start();
    for target in [format!("{}/v2/{APP}/referrers/{image}", other.url()), "/v2/else/referrers/x".to_owned()] {
        registry.clear_faults();
        registry.fault("/referrers/", Answer::Headers(vec![("Link".into(), format!("<{target}>; rel=\"next\""))]));
        let error = ask(&registry, &image).await.unwrap_err();
        assert!(matches!(error, FetchError::Refused(_)), "{error:?}");
    }
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn pages_without_end_are_too_many() {
    let (registry, image) = signed();
    let link = format!("</v2/{APP}/referrers/{image}?again>; rel=\"next\"");
    registry.fault("/referrers/", Answer::body(INDEX, "{\"manifests\": []}").with("Link", &link));
    let error = ask(&registry, &image).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { .. }), "{error:?}");
    assert_eq!(registry.count(), 8);
}

#[tokio::test]
async fn a_longer_digest_is_shortened_for_the_tag_schema() {
    let registry = TestRegistry::start();
    registry.referrers_api(false);
    let subject = Digest::parse(&format!("sha512:{}", "b".repeat(128))).unwrap();
    assert_eq!(ask(&registry, &subject).await, Ok(Vec::new()));
    assert!(registry.requests()[1].target.ends_with(&format!("/manifests/sha512-{}", "b".repeat(64))));
}
