//! An answer from the cache among 100,000 others, for a Pod with one image.

use crate::given;
use crate::timing::{in_turns, tell};
use anyhow::{Context, Result, ensure};
use platlint_engine::{ImageUse, Pointer};
use platlint_images::testing::{bytes, signature_statement};
use platlint_images::{Anonymous, Cache, Lookup, Moment, Patience};
use platlint_registry::testing::TestRegistry;
use serde_json::Value;
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// Calls that are timed together, since a clock's own tick is as long as one.
const TOGETHER: usize = 100;

pub(crate) fn run(rounds: u32) -> Result<()> {
    let registry = TestRegistry::start();
    let key = given::new_key();
    let digest = registry.put_image("shop/web", "1");
    let statement = signature_statement(&digest, &Value::Null);
    registry.put_referrer("shop/web", &digest, given::BUNDLE, &bytes(&key.bundle(&statement)));
    let trust = Arc::new(given::key(&key)?);
    let lookup = Lookup::new(trust, Arc::new(registry.client()), Arc::new(Cache::default()), Patience::CLI);
    let image: Arc<str> = format!("{}/shop/web:1@{digest}", registry.host()).into();
    let images = [ImageUse { value: image, path: Pointer::root(), in_pod: true }];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let deadline = Instant::now() + Duration::from_secs(10);
    let facts = runtime.block_on(lookup.facts(&images, Moment::Admission, &Anonymous, deadline));
    let fact = facts.values().next().context("a fact")?;
    ensure!(serde_json::to_value(&fact.signature)?["status"] == "verified", "{fact:?}");

    // The floor: a map under a lock, asked for 32 bytes that are read from hexadecimal.
    let known: Mutex<HashMap<[u8; 32], u64>> =
        Mutex::new((0..100_000_u64).map(|number| (spread(number), number)).collect());
    let text = digest.hex();
    let floor = || {
        for _ in 0..TOGETHER {
            let mut key = [0_u8; 32];
            for (at, byte) in key.iter_mut().enumerate() {
                *byte = text.get(at * 2..at * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or(0);
            }
            black_box(known.lock().map(|known| known.get(&key).copied()).ok());
        }
    };
    let ours = || {
        for _ in 0..TOGETHER {
            black_box(lookup.cached(&images, Moment::Admission));
        }
    };
    ensure!(lookup.cached(&images, Moment::Admission).is_some(), "the answer must be in the cache");
    let (floor, own) = in_turns(rounds, floor, ours);
    tell("100 answers from memory (floor: hexadecimal, lock, map of 100,000)", &floor, &own);
    Ok(())
}

fn spread(number: u64) -> [u8; 32] {
    let mut key = [0_u8; 32];
    for (at, part) in key.chunks_mut(8).enumerate() {
        let mixed = number.wrapping_add(at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        part.copy_from_slice(&mixed.to_be_bytes());
    }
    key
}
