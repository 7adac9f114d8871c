//! Proving who asks: what is sent to whom, and what never is.

use std::collections::BTreeMap;

use crate::{APP, basic, later, soon, v1};
use platlint_registry::testing::{Access, Account, Answer, TestRegistry};
use platlint_registry::{Client, Credential, Digest, FetchError, Session};

const SECRET: &str = "hunter2-never-to-be-seen";

fn ask<'c>(client: &'c Client, registry: &TestRegistry, name: &str, credential: Credential) -> Session<'c> {
    client.session(registry.repository(name), credential, later())
}

/// A registry with tokens for two accounts, each with repositories of its own and one in common.
fn two_tenants() -> TestRegistry {
    let registry = TestRegistry::start();
    for name in ["a/app", "b/app", "both/app"] {
        registry.put_image(name, "v1");
    }
    let (a, b) = (Account::new("a", "pa", &["a/", "both/"]), Account::new("b", "pb", &["b/", "both/"]));
    registry.access(Access::token(vec![a, b]));
    registry
}

fn tokens_asked(registry: &TestRegistry) -> usize {
    registry.requests().iter().filter(|request| request.target.starts_with("/token")).count()
}

fn realm(realm: &str) -> Access {
    let accounts = vec![Account::new("robot", SECRET, &[APP])];
    Access::Token { accounts, realm: Some(realm.to_owned()), expires_in: None, given: BTreeMap::new() }
}

#[tokio::test]
async fn basic_credentials_are_sent_once_asked_for() {
    let registry = TestRegistry::start();
    let image = registry.put_image(APP, "v1");
    registry.access(Access::Basic(vec![Account::new("robot", "secret", &[APP])]));
    let client = registry.client();
    let session = ask(&client, &registry, APP, basic("robot", "secret"));
    session.manifest(&v1()).await.unwrap();
    session.referrers(&image).await.unwrap();
    let sent: Vec<bool> = registry.requests().iter().map(|request| request.authorization.is_some()).collect();
    assert_eq!(sent, [false, true, true]);
}

#[tokio::test]
async fn a_wrong_or_missing_credential_is_a_denial() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    let client = registry.client();
    let accounts = || vec![Account::new("robot", "secret", &["other/"])];
    for access in [Access::Basic(accounts()), Access::token(accounts())] {
        registry.access(access);
        for (credential, status) in [
            (Credential::Anonymous, 401),
            (basic("robot", "wrong"), 401),
            (Credential::IdentityToken("wrong".into()), 401),
            (basic("robot", "secret"), 403),
        ] {
            let result = ask(&client, &registry, APP, credential.clone()).manifest(&v1()).await;
            assert_eq!(result, Err(FetchError::Denied { status }), "{credential:?}");
        }
    }
}

#[tokio::test]
async fn a_token_is_fetched_once_and_used_for_all_questions() {
    let registry = two_tenants();
    let client = registry.client();
    let session = ask(&client, &registry, "a/app", basic("a", "pa"));
    let (any, tag) = (Digest::sha256(b""), v1());
    let (manifest, referrers, blob) =
        tokio::join!(session.manifest(&tag), session.referrers(&any), session.blob(&any, 9));
    assert!(manifest.is_ok() && referrers.is_ok());
    assert_eq!(blob, Err(FetchError::NotFound));
    ask(&client, &registry, "a/app", basic("a", "pa")).manifest(&v1()).await.unwrap();
    assert_eq!(tokens_asked(&registry), 1);
}

#[tokio::test]
async fn a_token_is_had_anonymously_or_for_an_identity_token() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    let mut robot = Account::new("robot", "secret", &[APP]);
    robot.identity_token = Some("a refresh/token&=".into());
    registry.access(Access::token(vec![robot]));
    let client = registry.client();
    let credential = Credential::IdentityToken("a refresh/token&=".into());
    ask(&client, &registry, APP, credential).manifest(&v1()).await.unwrap();
    let token_request = registry.requests().into_iter().find(|request| request.method == "POST").unwrap();
    assert_eq!((token_request.target.as_str(), &token_request.authorization), ("/token", &None));
    registry.access(Access::token(vec![Account::new("", "", &[APP])]));
    ask(&client, &registry, APP, Credential::Anonymous).manifest(&v1()).await.unwrap();
}

#[tokio::test]
async fn a_token_that_ended_or_was_withdrawn_is_replaced() {
    let registry = two_tenants();
    let client = registry.client();
    ask(&client, &registry, "a/app", basic("a", "pa")).manifest(&v1()).await.unwrap();
    // The registry forgets its tokens, and from now on gives such as end at once.
    let accounts = vec![Account::new("a", "pa", &["a/"])];
    registry.access(Access::Token { accounts, realm: None, expires_in: Some(0), given: BTreeMap::new() });
    for _ in 0..2 {
        ask(&client, &registry, "a/app", basic("a", "pa")).manifest(&v1()).await.unwrap();
    }
    assert_eq!(tokens_asked(&registry), 3);
}

#[tokio::test]
async fn two_credentials_on_one_registry_do_not_cross() {
    let registry = two_tenants();
    let client = registry.client();
    let (a, b) = (basic("a", "pa"), basic("b", "pb"));
    assert!(ask(&client, &registry, "a/app", a.clone()).manifest(&v1()).await.is_ok());
    assert!(ask(&client, &registry, "b/app", b.clone()).manifest(&v1()).await.is_ok());
    for (name, credential) in [("a/app", b.clone()), ("b/app", a.clone()), ("a/app", Credential::Anonymous)] {
        let result = ask(&client, &registry, name, credential).manifest(&v1()).await;
        assert!(matches!(result, Err(FetchError::Denied { .. })), "{name}: {result:?}");
    }
    // Where both may read, each reads with a token of its own.
    assert!(ask(&client, &registry, "both/app", a).manifest(&v1()).await.is_ok());
    assert!(ask(&client, &registry, "both/app", b).manifest(&v1()).await.is_ok());
    let used: std::collections::BTreeSet<_> = registry
        .requests()
        .into_iter()
        .filter(|request| request.target.contains("/both/"))
        .filter_map(|request| request.authorization)
        .collect();
    assert_eq!(used.len(), 2, "{used:?}");
}

#[tokio::test]
async fn a_token_service_at_an_internal_address_gets_nothing() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    let client = registry.client();
    for address in ["http://169.254.169.254/token", "http://[fe80::1]/token", "http://10.0.0.1/token", "ftp://x/"] {
        registry.access(realm(address));
        let result = ask(&client, &registry, APP, basic("robot", SECRET)).manifest(&v1()).await;
        assert!(matches!(result, Err(FetchError::Refused(_))), "{address}: {result:?}");
    }
}

#[tokio::test]
async fn a_token_service_without_tls_gets_nothing_from_a_registry_with_it() {
    let (registry, service) = (TestRegistry::start_with_tls(), TestRegistry::start());
    registry.put_image(APP, "v1");
    registry.access(realm(&format!("{}/token", service.url())));
    let client = registry.client();
    let result = ask(&client, &registry, APP, basic("robot", SECRET)).manifest(&v1()).await;
    assert!(matches!(result, Err(FetchError::Refused(_))), "{result:?}");
    assert_eq!(service.count(), 0);
}

#[tokio::test]
async fn a_redirect_of_the_token_service_is_not_followed() {
    let (registry, other) = (two_tenants(), TestRegistry::start());
    registry.fault("/token", Answer::redirect(&format!("{}/token", other.url())));
    let client = registry.client();
    let result = ask(&client, &registry, "a/app", basic("a", "pa")).manifest(&v1()).await;
    assert!(matches!(result, Err(FetchError::Protocol(_))), "{result:?}");
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn a_missing_token_service_is_no_absence() {
    let client_and_registry = |answer: Answer| {
        let registry = two_tenants();
        registry.fault("/token", answer);
        (registry.client(), registry)
    };
    for (answer, expected) in [
        (Answer::status(404), "protocol"),
        (Answer::status(500), "server"),
        (Answer::body("application/json", "{}"), "protocol"),
        (Answer::body("application/json", "<html>"), "protocol"),
        (Answer::Endless, "too large"),
        (Answer::Close, "unreachable"),
    ] {
        let (client, registry) = client_and_registry(answer.clone());
        let result = ask(&client, &registry, "a/app", basic("a", "pa")).manifest(&v1()).await;
        let kind = match result {
            Err(FetchError::Protocol(_)) => "protocol",
            Err(FetchError::Server { .. }) => "server",
            Err(FetchError::TooLarge { .. }) => "too large",
            Err(FetchError::Unreachable(_)) => "unreachable",
            other => panic!("{answer:?}: {other:?}"),
        };
        assert_eq!(kind, expected, "{answer:?}");
    }
}

#[tokio::test]
async fn a_token_service_that_hangs_is_left_at_the_deadline() {
    let registry = two_tenants();
    registry.fault("/token", Answer::Hang);
    let client = registry.client();
    let session = client.session(registry.repository("a/app"), basic("a", "pa"), soon());
    assert_eq!(session.manifest(&v1()).await, Err(FetchError::Timeout));
}

#[tokio::test]
async fn no_error_repeats_a_secret() {
    let credentials = [basic("robot", SECRET), Credential::IdentityToken(SECRET.into())];
    let token_answer = format!("{{\"token\": [\"{SECRET}\"]}}");
    let answers = [
        Answer::Garbage,
        Answer::Close,
        Answer::status(401),
        Answer::status(500),
        Answer::status(302),
        Answer::body("application/json", SECRET),
    ];
    let of_tokens = [
        Answer::body("application/json", token_answer),
        Answer::body("application/json", format!("{{\"token\": \"{SECRET}\\n\"}}")),
    ];
    for credential in credentials {
        for (answer, at) in answers
            .iter()
            .flat_map(|answer| [(answer, "/token"), (answer, "/v2/")])
            .chain(of_tokens.iter().map(|answer| (answer, "/token")))
        {
            let registry = TestRegistry::start();
            registry.put_image(APP, "v1");
            registry.access(realm(&format!("{}/token", registry.url())));
            if at == "/token" {
                registry.fault(at, answer.clone());
            } else {
                registry.fault_times(at, 9, answer.clone());
            }
            let client = registry.client();
            let session = ask(&client, &registry, APP, credential.clone());
            let error = session.manifest(&v1()).await.unwrap_err();
            let seen = format!("{error} {error:?} {session:?} {client:?}");
            assert!(!seen.contains(SECRET), "{answer:?}: {seen}");
        }
    }
}
