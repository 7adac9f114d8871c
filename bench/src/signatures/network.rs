//! Registries: one image of a warm registry, and fifty images of one Pod at a slow one.

use crate::given;
use crate::proofs::{by_hand, raw_point};
use crate::timing::{Times, tell};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use platlint_engine::{ImageUse, Pointer};
use platlint_images::testing::{TestKey, bytes, signature_statement};
use platlint_images::{Anonymous, Cache, Lookup, Moment, Patience, Trust};
use platlint_registry::Digest;
use platlint_registry::testing::TestRegistry;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Instant;

const REPOSITORY: &str = "shop/web";
/// Images of one Pod.
const MANY: usize = 50;
/// What a slow registry adds to each answer.
const LAG: Duration = Duration::from_millis(20);

/// A tag resolved, its signature found and verified, over connections that are open already.
pub(crate) async fn warm(rounds: u32) -> Result<()> {
    let registry = TestRegistry::start();
    let key = given::new_key();
    let digest = signed(&registry, &key, "1");
    let trust = Arc::new(given::key(&key)?);
    let client = Arc::new(registry.client());
    let image: Arc<str> = format!("{}/{REPOSITORY}:1", registry.host()).into();
    let images = [ImageUse { value: image, path: Pointer::root(), in_pod: false }];
    let mut connection = connect(&registry.host()).await?;
    let public = raw_point(&key.public_pem())?;
    let rounds = rounds.min(1_000);
    let (mut floors, mut own) = (Vec::new(), Vec::new());
    for round in 0..rounds + rounds / 10 {
        let began = Instant::now();
        let bundle = requests(&mut connection, &registry.host(), &digest).await?;
        by_hand(&bundle, &public, &digest).context("the floor must verify, too")?;
        let floor = began.elapsed();
        // A new memory each time: what is measured is the way to the registry.
        let lookup = lookup(&trust, &client);
        let began = Instant::now();
        let facts = lookup.facts(&images, Moment::BeforeMutation, &Anonymous, in_ten_seconds()).await;
        let ours = began.elapsed();
        ensure!(all_verified(&facts)?, "{facts:?}");
        if round >= rounds / 10 {
            floors.push(floor);
            own.push(ours);
        }
    }
    tell(
        "tag, referrers, bundle, verdict at a warm registry (floor: four requests on one open connection, the same cryptography)",
        &Times::of(floors),
        &Times::of(own),
    );
    Ok(())
}

/// Fifty images that are all new, with a lag in each answer: how often the whole had to wait.
pub(crate) async fn many(rounds: u32) -> Result<()> {
    let registry = TestRegistry::start();
    let key = given::new_key();
    let images: Vec<ImageUse> = (0..MANY)
        .map(|number| {
            let tag = format!("v{number}");
            let digest = signed(&registry, &key, &tag);
            let value = format!("{}/{REPOSITORY}:{tag}@{digest}", registry.host()).into();
            ImageUse { value, path: Pointer::root(), in_pod: true }
        })
        .collect();
    let trust = Arc::new(given::key(&key)?);
    let client = Arc::new(registry.client());
    registry.delay(LAG);
    let mut times = Vec::new();
    let before = registry.count();
    for _ in 0..rounds {
        let lookup = lookup(&trust, &client);
        let began = Instant::now();
        let facts = lookup.facts(&images, Moment::Admission, &Anonymous, in_ten_seconds()).await;
        times.push(began.elapsed());
        ensure!(facts.len() == MANY && all_verified(&facts)?, "{facts:?}");
    }
    let requests = (registry.count() - before) / rounds as usize;
    let times = Times::of(times);
    let lag = LAG.as_secs_f64() * 1e6;
    println!();
    println!(
        "{MANY} images of one Pod at a registry that adds {} ms to each answer: best {:.0} ms, p50 {:.0} ms, which is {:.1} and \
         {:.1} times the lag; {requests} requests.",
        LAG.as_millis(),
        times.best() / 1e3,
        times.median() / 1e3,
        times.best() / lag,
        times.median() / lag
    );
    Ok(())
}

fn signed(registry: &TestRegistry, key: &TestKey, tag: &str) -> Digest {
    let digest = registry.put_image(REPOSITORY, tag);
    let statement = signature_statement(&digest, &Value::Null);
    registry.put_referrer(REPOSITORY, &digest, given::BUNDLE, &bytes(&key.bundle(&statement)));
    digest
}

fn lookup(trust: &Arc<Trust>, client: &Arc<platlint_registry::Client>) -> Lookup {
    Lookup::new(Arc::clone(trust), Arc::clone(client), Arc::new(Cache::default()), Patience::CLI)
}

fn in_ten_seconds() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

fn all_verified(facts: &std::collections::BTreeMap<Arc<str>, platlint_engine::ImageFacts>) -> Result<bool> {
    for fact in facts.values() {
        if serde_json::to_value(&fact.signature)?["status"] != "verified" {
            return Ok(false);
        }
    }
    Ok(!facts.is_empty())
}

type Connection = SendRequest<Empty<Bytes>>;

async fn connect(host: &str) -> Result<Connection> {
    let stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Manifest by tag, referrers, the referrer's manifest, its layer: each needs the one before.
async fn requests(connection: &mut Connection, host: &str, digest: &Digest) -> Result<Bytes> {
    let of = |json: &Value, pointer: &str| json.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    get(connection, host, &format!("/v2/{REPOSITORY}/manifests/1")).await?;
    let referrers = get(connection, host, &format!("/v2/{REPOSITORY}/referrers/{digest}")).await?;
    let referrer = of(&serde_json::from_slice(&referrers)?, "/manifests/0/digest").context("a referrer")?;
    let manifest = get(connection, host, &format!("/v2/{REPOSITORY}/manifests/{referrer}")).await?;
    let layer = of(&serde_json::from_slice(&manifest)?, "/layers/0/digest").context("a layer")?;
    get(connection, host, &format!("/v2/{REPOSITORY}/blobs/{layer}")).await
}

async fn get(connection: &mut Connection, host: &str, path: &str) -> Result<Bytes> {
    const ACCEPT: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*";
    connection.ready().await?;
    let request = hyper::Request::get(path).header("host", host).header("accept", ACCEPT).body(Empty::new())?;
    let response = connection.send_request(request).await?;
    ensure!(response.status().is_success(), "{path}: {}", response.status());
    let body = response.into_body().collect().await?.to_bytes();
    // Every content is checked against its digest.
    std::hint::black_box(Digest::sha256(&body));
    Ok(body)
}
