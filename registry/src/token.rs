//! The token service: what is sent to it, where it may stand, and what it answers.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::content::object;
use crate::credential::Secret;
use crate::exchange::{Caller, Question};
use crate::limits::MAX_TOKEN_BYTES;
use crate::redirect::pointed;
use crate::{Credential, FetchError};

/// What stays as it is in a query: RFC 3986's unreserved characters.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Life of a token whose service says nothing, as the distribution specification has it.
const DEFAULT_LIFE: Duration = Duration::from_mins(1);
/// A token is not used any more so long before its end: it has to arrive.
const SLACK: Duration = Duration::from_secs(10);
/// However long a service says.
const LONGEST_LIFE: Duration = Duration::from_hours(1);

/// What the service answers; one of the two names is enough.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Option<u64>,
}

/// The value of `Authorization` for a token, and how long it is good.
pub(crate) struct Granted {
    pub(crate) authorization: HeaderValue,
    pub(crate) life: Duration,
}

/// Asks the token service that the registry named.
pub(crate) async fn fetch(
    caller: &Caller<'_>,
    credential: &Credential,
    realm: &str,
    service: Option<&str>,
    scope: &str,
) -> Result<Granted, FetchError> {
    let realm: Uri = realm.parse().map_err(|_| FetchError::Protocol("the token service's address is none".into()))?;
    let to = pointed(caller.host, &realm)?;
    let mut query = String::new();
    if let Some(service) = service {
        append(&mut query, "service", service);
    }
    append(&mut query, "scope", scope);
    let mut question = Question {
        to,
        uri: realm.clone(),
        accept: "application/json",
        authorization: None,
        form: None,
        limit: ("the token service's answer, in bytes,", MAX_TOKEN_BYTES),
    };
    match credential {
        Credential::IdentityToken(token) => {
            append(&mut query, "grant_type", "refresh_token");
            append(&mut query, "client_id", "platlint");
            append(&mut query, "refresh_token", token.reveal());
            question.form = Some(Bytes::from(query));
        }
        Credential::Anonymous => question.uri = with_query(&realm, &query)?,
        Credential::Basic { username, password } => {
            question.uri = with_query(&realm, &query)?;
            question.authorization = Some(basic(username, password)?);
        }
    }
    let reply = caller.ask(&question).await?;
    match reply.status.as_u16() {
        200 => {}
        // RFC 6749: 400 is how a refresh token is refused.
        status @ (400 | 401 | 403) => return Err(FetchError::Denied { status }),
        status => return Err(FetchError::Protocol(format!("the token service answered with status {status}"))),
    }
    // The parser's message could repeat a part of the token.
    let not_json = || FetchError::Protocol("the token service's answer is not the JSON expected".into());
    let answer: Answer = object(&reply.bytes).ok_or_else(not_json)?;
    let token = answer.token.or(answer.access_token).filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| FetchError::Protocol("the token service gave no token".into()))?;
    let life = answer.expires_in.map_or(DEFAULT_LIFE, Duration::from_secs).min(LONGEST_LIFE).saturating_sub(SLACK);
    Ok(Granted { authorization: sensitive(&format!("Bearer {token}"))?, life })
}

/// `Authorization` by name and password.
pub(crate) fn basic(username: &str, password: &Secret) -> Result<HeaderValue, FetchError> {
    sensitive(&format!("Basic {}", STANDARD.encode(format!("{username}:{}", password.reveal()))))
}

/// A header's value that hyper shows in no log.
fn sensitive(text: &str) -> Result<HeaderValue, FetchError> {
    let mut value =
        HeaderValue::from_str(text).map_err(|_| FetchError::Protocol("a token that fits no header".into()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn append(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    query.extend(utf8_percent_encode(value, QUERY));
}

fn with_query(realm: &Uri, query: &str) -> Result<Uri, FetchError> {
    let joiner = if realm.query().is_some() { '&' } else { '?' };
    let path = realm.path_and_query().map_or("/", |path| path.as_str());
    let mut parts = realm.clone().into_parts();
    let wrong = || FetchError::Protocol("the token service's address is none".into());
    parts.path_and_query = Some(format!("{path}{joiner}{query}").parse().map_err(|_| wrong())?);
    Uri::from_parts(parts).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_with_everything_escaped() {
        let mut query = String::new();
        append(&mut query, "service", "a b&c=d");
        append(&mut query, "scope", "repository:a/b:pull");
        let uri = with_query(&"https://auth.example/token?x=1".parse().unwrap(), &query).unwrap();
        assert_eq!(
            uri.to_string(),
            "https://auth.example/token?x=1&service=a%20b%26c%3Dd&scope=repository%3Aa%2Fb%3Apull"
        );
    }

    #[test]
    fn refuses_a_token_that_would_break_the_header() {
        assert!(sensitive("Bearer a\r\nX: y").is_err());
        let value = sensitive("Bearer abc").unwrap();
        assert!(!format!("{value:?}").contains("abc"));
    }
}
