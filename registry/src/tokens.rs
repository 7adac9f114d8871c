//! What was granted to whom: one grant per registry, repository and credential, fetched once at a time and used until it
//! ends. Two credentials never share a grant, whatever else is equal.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::FetchError;
use crate::limits::MAX_TOKENS;

/// Life of a name and password that the registry asked for, before they are again sent only when asked for.
pub(crate) const BASIC_LIFE: Duration = Duration::from_mins(5);

/// Whom a grant is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) host: Arc<str>,
    pub(crate) repository: Arc<str>,
    /// Fingerprint of the credential.
    pub(crate) credential: [u8; 32],
}

/// A value of `Authorization` and its end.
#[derive(Debug, Clone)]
struct Grant {
    authorization: HeaderValue,
    until: Instant,
}

type Slot = Arc<Mutex<Option<Grant>>>;

/// All grants of a client.
#[derive(Debug, Default)]
pub(crate) struct Tokens(StdMutex<HashMap<Key, Slot>>);

impl Tokens {
    /// The grant that is good now; waits while one is being fetched.
    pub(crate) async fn current(&self, key: &Key, deadline: Instant) -> Result<Option<HeaderValue>, FetchError> {
        let Some(slot) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned() else {
            return Ok(None);
        };
        let grant = timeout_at(deadline, slot.lock()).await.map_err(|_| FetchError::Timeout)?;
        Ok(good(grant.as_ref()))
    }

    /// Another grant than `refused`: one that somebody else fetched meanwhile, else a new one from `fetch`.
    pub(crate) async fn renew(
        &self,
        key: &Key,
        refused: Option<&HeaderValue>,
        deadline: Instant,
        fetch: impl AsyncFnOnce() -> Result<(HeaderValue, Duration), FetchError>,
    ) -> Result<HeaderValue, FetchError> {
        let slot = self.slot(key);
        let mut grant = timeout_at(deadline, slot.lock()).await.map_err(|_| FetchError::Timeout)?;
        if let Some(good) = good(grant.as_ref()).filter(|good| Some(good) != refused) {
            return Ok(good);
        }
        *grant = None;
        let (authorization, life) = fetch().await?;
        *grant = Some(Grant { authorization: authorization.clone(), until: Instant::now() + life });
        Ok(authorization)
    }

    /// Forgets a grant that the registry does not take.
    pub(crate) fn forget(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn slot(&self, key: &Key) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_TOKENS && !slots.contains_key(key) {
            // A slot that is locked is being filled.
            slots.retain(|_, slot| slot.try_lock().map_or(true, |grant| good(grant.as_ref()).is_some()));
            if slots.len() >= MAX_TOKENS {
                slots.clear();
            }
        }
        slots.entry(key.clone()).or_default().clone()
    }
}

fn good(grant: Option<&Grant>) -> Option<HeaderValue> {
    grant.filter(|grant| grant.until > Instant::now()).map(|grant| grant.authorization.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(repository: &str, credential: u8) -> Key {
        Key { host: "registry.example".into(), repository: repository.into(), credential: [credential; 32] }
    }

    async fn grant(tokens: &Tokens, key: &Key, value: &'static str, life: u64) -> HeaderValue {
        let deadline = Instant::now() + Duration::from_secs(1);
        let granted = async || Ok((HeaderValue::from_static(value), Duration::from_secs(life)));
        tokens.renew(key, None, deadline, granted).await.unwrap()
    }

    async fn current(tokens: &Tokens, key: &Key) -> Option<HeaderValue> {
        tokens.current(key, Instant::now() + Duration::from_secs(1)).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn keeps_credentials_and_repositories_apart() {
        let tokens = Tokens::default();
        grant(&tokens, &key("a", 1), "one", 60).await;
        assert_eq!(current(&tokens, &key("a", 1)).await.unwrap(), "one");
        assert_eq!(current(&tokens, &key("a", 2)).await, None);
        assert_eq!(current(&tokens, &key("b", 1)).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_grant_ends() {
        let tokens = Tokens::default();
        grant(&tokens, &key("a", 1), "one", 60).await;
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(current(&tokens, &key("a", 1)).await, None);
        assert_eq!(grant(&tokens, &key("a", 1), "two", 60).await, "two");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_grant_is_replaced_and_a_newer_one_shared() {
        let tokens = Tokens::default();
        let old = grant(&tokens, &key("a", 1), "old", 60).await;
        let deadline = Instant::now() + Duration::from_secs(1);
        let fetch = async || Ok((HeaderValue::from_static("new"), Duration::from_mins(1)));
        assert_eq!(tokens.renew(&key("a", 1), Some(&old), deadline, fetch).await.unwrap(), "new");
        let never = async || Err(FetchError::Protocol("asked twice".into()));
        assert_eq!(tokens.renew(&key("a", 1), Some(&old), deadline, never).await.unwrap(), "new");
    }

    #[tokio::test(start_paused = true)]
    async fn their_number_is_bounded() {
        let tokens = Tokens::default();
        for number in 0..=MAX_TOKENS {
            grant(&tokens, &key(&number.to_string(), 1), "one", 60).await;
        }
        assert!(tokens.0.lock().unwrap().len() <= MAX_TOKENS);
    }
}
