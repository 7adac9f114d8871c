//! Certificates replaced under way, expired, and of another authority.

use std::sync::Arc;

use platlint_webhook::cluster::Counters;
use platlint_webhook::tls::dev::Authority;
use platlint_webhook::tls::files::CertificateFiles;

use crate::support::{Judges, NAME, ONLY_LIMITS, Server, connect, good, pod, review};

#[tokio::test]
async fn a_new_certificate_serves_new_connections_and_the_old_ones_live_on() {
    let server = Server::start(Judges::new(ONLY_LIMITS));
    let mut kept = server.client().await;
    assert_eq!(kept.ask(&review(pod(good()))).await["allowed"], true);

    let folder = tempfile::tempdir().unwrap();
    let other = Authority::new().unwrap();
    let leaf = other.leaf(&[NAME]).unwrap();
    let (certificate, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    std::fs::write(&certificate, &leaf.certificate).unwrap();
    std::fs::write(&key, &leaf.key).unwrap();
    let mut files = CertificateFiles::new(certificate, key, server.judges.certificates.clone(), Arc::default());
    assert!(files.poll().unwrap());

    assert_eq!(kept.ask(&review(pod(good()))).await["allowed"], true);
    assert!(connect(server.address, server.authority.certificate()).await.is_err());
    assert!(connect(server.address, other.certificate()).await.is_ok());
}

#[tokio::test]
async fn a_client_that_trusts_another_authority_is_told_so_and_counted() {
    let server = Server::start(Judges::new(ONLY_LIMITS));
    let error = connect(server.address, Authority::new().unwrap().certificate()).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    // The next one is served all the same.
    assert_eq!(server.client().await.ask(&review(pod(good()))).await["allowed"], true);
}

#[tokio::test]
async fn http_1_1_is_all_that_is_offered() {
    let server = Server::start(Judges::new(ONLY_LIMITS));
    let stream = server.tls().await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"http/1.1".as_slice()));
}

#[test]
fn without_a_certificate_or_with_an_expired_one_a_replica_is_not_ready() {
    let judges = Judges::new(ONLY_LIMITS);
    let health = judges.health();
    let (ready, text) = health.answer(false);
    assert_eq!((ready, text.as_str()), (false, "[-]certificate failed: there is no certificate yet\nnot ready\n"));
    let authority = Authority::new().unwrap();
    assert!(authority.expired_leaf(&[NAME]).unwrap().install(&judges.certificates).is_err());
    authority.leaf(&[NAME]).unwrap().install(&judges.certificates).unwrap();
    assert_eq!(health.answer(false), (true, "ready\n".to_owned()));
    let end = judges.certificates.expiry().unwrap();
    assert_eq!(judges.certificates.unready(end), Some("the certificate has expired"));
    let left = |end| {
        judges.metrics.refresh(Some(end), &[], &Counters::default());
        let text = judges.metrics.text();
        let line = text.lines().find_map(|line| line.strip_prefix("platlint_certificate_expires_in_seconds "));
        line.unwrap().parse::<f64>().unwrap()
    };
    assert!(left(end) > 86_400.0);
    // As it is once the end has passed: operators see for how long.
    assert!(left(std::time::UNIX_EPOCH + std::time::Duration::from_hours(1)) < -86_400.0);
}
