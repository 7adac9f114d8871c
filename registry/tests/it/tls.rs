//! Whom the client connects to at all.

use crate::{APP, later, session, v1};
use platlint_registry::testing::TestRegistry;
use platlint_registry::{Client, Credential, FetchError, HostSettings, Repository, Settings};

fn client(registry: &TestRegistry, host: HostSettings) -> Client {
    Client::new(Settings { hosts: [(registry.host(), host)].into(), ..Settings::default() }).unwrap()
}

#[tokio::test]
async fn a_registry_is_trusted_by_its_own_authority() {
    let registry = TestRegistry::start_with_tls();
    registry.put_image(APP, "v1");
    let client = registry.client();
    assert!(session(&client, &registry).manifest(&v1()).await.is_ok());
}

#[tokio::test]
async fn an_unknown_authority_is_not_trusted() {
    let (registry, other) = (TestRegistry::start_with_tls(), TestRegistry::start_with_tls());
    registry.put_image(APP, "v1");
    for host in [HostSettings::default(), other.host_settings()] {
        let client = client(&registry, host);
        let result = session(&client, &registry).manifest(&v1()).await;
        assert!(matches!(&result, Err(FetchError::Unreachable(why)) if why.contains("certificate")), "{result:?}");
    }
    assert_eq!(registry.count(), 0);
}

#[tokio::test]
async fn tls_is_not_given_up_for_a_registry_without_it() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    let client = client(&registry, HostSettings::default());
    let result = session(&client, &registry).manifest(&v1()).await;
    assert!(matches!(result, Err(FetchError::Unreachable(_))), "{result:?}");
    assert_eq!(registry.count(), 0);
}

#[tokio::test]
async fn a_reference_alone_leads_neither_to_this_machine_nor_to_metadata() {
    let registry = TestRegistry::start_with_tls();
    let client = Client::new(Settings::default()).unwrap();
    let port = registry.host().rsplit_once(':').unwrap().1.to_owned();
    let local = [registry.host(), format!("localhost:{port}")];
    let others = ["169.254.169.254", "[fe80::1]:5000", "0.0.0.0:80"].map(str::to_owned);
    for host in local.into_iter().chain(others) {
        let repository = Repository { registry: host.as_str().into(), repository: APP.into() };
        let result = client.session(repository, Credential::Anonymous, later()).manifest(&v1()).await;
        assert!(matches!(result, Err(FetchError::Refused(_))), "{host}: {result:?}");
    }
    assert_eq!(registry.count(), 0);
}

#[tokio::test]
async fn a_registry_that_answers_tls_in_plain_http_is_told_to_need_the_setting() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        }
    });
    let hosts = [(host.clone(), HostSettings::default())].into();
    let client = Client::new(Settings { hosts, ..Settings::default() }).unwrap();
    let repository = Repository { registry: host.into(), repository: APP.into() };
    let result = client.session(repository, Credential::Anonymous, later()).manifest(&v1()).await;
    assert!(matches!(&result, Err(FetchError::Unreachable(why)) if why.contains("`plainHttp`")), "{result:?}");
}
