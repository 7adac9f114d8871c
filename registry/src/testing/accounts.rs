//! Who may read from the test registry: nobody asked, HTTP Basic, or tokens of its own token service at `/token`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::http::{Request, Response};

/// A user, and the repositories that it may read.
#[derive(Debug, Clone)]
pub struct Account {
    /// Name for HTTP Basic.
    pub username: String,
    /// Password for HTTP Basic.
    pub password: String,
    /// A refresh token that stands for this account, too.
    pub identity_token: Option<String>,
    /// Beginnings of repository names.
    pub repositories: Vec<String>,
}

impl Account {
    /// An account without an identity token.
    pub fn new(username: &str, password: &str, repositories: &[&str]) -> Self {
        Self {
            username: username.to_owned(),
            password: password.to_owned(),
            identity_token: None,
            repositories: repositories.iter().map(|name| (*name).to_owned()).collect(),
        }
    }
}

/// How access is proved.
#[derive(Debug, Default)]
pub enum Access {
    /// Not at all.
    #[default]
    Open,
    /// By HTTP Basic.
    Basic(Vec<Account>),
    /// By a token of the token service.
    Token {
        /// Who gets one. The account with an empty name stands for everybody.
        accounts: Vec<Account>,
        /// Another token service than the registry's own.
        realm: Option<String>,
        /// Seconds that it says a token is good for.
        expires_in: Option<u64>,
        /// Tokens given, and for which account and scope.
        given: BTreeMap<String, (usize, String)>,
    },
}

impl Access {
    /// By tokens of the registry's own service.
    pub fn token(accounts: Vec<Account>) -> Self {
        Self::Token { accounts, realm: None, expires_in: Some(300), given: BTreeMap::new() }
    }

    /// The answer to a request that may not pass, or that is for the token service.
    pub(super) fn check(&mut self, request: &Request, url: &str) -> Option<Response> {
        let repository = repository(&request.target);
        let authorization = request.authorization.as_deref().unwrap_or_default();
        match self {
            Self::Open => None,
            Self::Basic(accounts) => {
                let account = accounts.iter().find(|account| authorization == basic(account));
                match account {
                    Some(account) if may_read(account, repository) => None,
                    Some(_) => Some(Response::new(403, &[], "")),
                    None => Some(Response::new(401, &[("WWW-Authenticate", "Basic realm=\"test\"")], "")),
                }
            }
            Self::Token { accounts, realm, expires_in, given } => {
                if request.target.split('?').next() == Some("/token") {
                    return Some(grant(accounts, given, *expires_in, request));
                }
                let token = authorization.strip_prefix("Bearer ").and_then(|token| given.get(token));
                let allowed = token.is_some_and(|(account, scope)| {
                    scope.as_str() == format!("repository:{repository}:pull")
                        && accounts.get(*account).is_some_and(|account| may_read(account, repository))
                });
                if allowed {
                    return None;
                }
                let realm = realm.clone().unwrap_or_else(|| format!("{url}/token"));
                let challenge = format!(
                    "Bearer realm=\"{realm}\",service=\"test registry\",scope=\"repository:{repository}:pull\""
                );
                Some(Response::new(401, &[("WWW-Authenticate", &challenge)], ""))
            }
        }
    }
}

fn grant(
    accounts: &[Account],
    given: &mut BTreeMap<String, (usize, String)>,
    expires_in: Option<u64>,
    request: &Request,
) -> Response {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let form = if request.method == "POST" { request.body.as_str() } else { query };
    let field = |name: &str| {
        form.split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned())
    };
    let scope = field("scope").unwrap_or_default();
    let account = accounts.iter().position(|account| match (&request.authorization, field("refresh_token")) {
        (_, Some(token)) => account.identity_token.as_ref() == Some(&token),
        (Some(authorization), None) => *authorization == basic(account),
        (None, None) => account.username.is_empty(),
    });
    let wanted = scope.strip_prefix("repository:").and_then(|rest| rest.strip_suffix(":pull")).unwrap_or_default();
    match account {
        Some(index) if accounts.get(index).is_some_and(|account| may_read(account, wanted)) => {
            let token = format!("token-{}", given.len());
            given.insert(token.clone(), (index, scope));
            let answer = json!({"token": token, "expires_in": expires_in});
            Response::new(200, &[("Content-Type", "application/json")], answer.to_string())
        }
        Some(_) => Response::new(403, &[], ""),
        None => Response::new(401, &[], ""),
    }
}

fn basic(account: &Account) -> String {
    format!("Basic {}", STANDARD.encode(format!("{}:{}", account.username, account.password)))
}

fn may_read(account: &Account, repository: &str) -> bool {
    account.repositories.iter().any(|beginning| repository.starts_with(beginning))
}

/// The repository of `/v2/<repository>/<kind>/<name>`.
fn repository(target: &str) -> &str {
    let path = target.split('?').next().unwrap_or_default().strip_prefix("/v2/").unwrap_or_default();
    ["/manifests/", "/blobs/", "/referrers/"]
        .iter()
        .find_map(|kind| path.rsplit_once(kind))
        .map_or("", |(repository, _)| repository)
}
