//! The challenges of `WWW-Authenticate`, as RFC 9110 writes them.

use http::header::{HeaderMap, WWW_AUTHENTICATE};

/// What a registry wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// A token of its token service.
    Bearer {
        /// URL of the service.
        realm: String,
        /// Its name for the registry.
        service: Option<String>,
        /// What the token must allow.
        scope: Option<String>,
    },
    /// Name and password.
    Basic,
}

impl Challenge {
    /// The first Bearer challenge that names a realm, else a Basic one, in all header fields.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let all: Vec<Raw> = headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| Reader { rest: text }.challenges())
            .collect();
        let bearer = all.iter().filter(|raw| raw.scheme.eq_ignore_ascii_case("bearer")).find_map(|raw| {
            Some(Self::Bearer {
                realm: raw.parameter("realm")?,
                service: raw.parameter("service"),
                scope: raw.parameter("scope"),
            })
        });
        bearer.or_else(|| all.iter().any(|raw| raw.scheme.eq_ignore_ascii_case("basic")).then_some(Self::Basic))
    }
}

/// One challenge as written.
#[derive(Debug)]
struct Raw {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Raw {
    fn parameter(&self, name: &str) -> Option<String> {
        let mut found = self.parameters.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let (_, value) = found.next()?;
        (!value.is_empty()).then(|| value.clone())
    }
}

/// Reads a header field from the left; what cannot be read ends it.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn challenges(mut self) -> Vec<Raw> {
        let mut all: Vec<Raw> = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', ',']);
            let Some(word) = self.token() else { return all };
            self.spaces();
            if !self.skip('=') {
                all.push(Raw { scheme: word, parameters: Vec::new() });
                continue;
            }
            self.spaces();
            let (Some(value), Some(last)) = (self.value(), all.last_mut()) else { return all };
            last.parameters.push((word, value));
        }
    }

    fn spaces(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn skip(&mut self, expected: char) -> bool {
        let after = self.rest.strip_prefix(expected);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn token(&mut self) -> Option<String> {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let (word, rest) = self.rest.split_at(self.rest.find(|c| !is_token(c)).unwrap_or(self.rest.len()));
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn value(&mut self) -> Option<String> {
        if !self.skip('"') {
            return self.token();
        }
        let mut value = String::new();
        let mut characters = self.rest.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => value.push(characters.next()?),
                other => value.push(other),
            }
        }
        self.rest = characters.as_str();
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read(fields: &[&str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(field).unwrap());
        }
        Challenge::of(&headers)
    }

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        Challenge::Bearer { realm: realm.into(), service: service.map(Into::into), scope: scope.map(Into::into) }
    }

    #[test]
    fn reads_what_registries_send() {
        let hub = r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull""#;
        let expected = bearer("https://auth.example/token", Some("registry.example"), Some("repository:a/b:pull"));
        assert_eq!(read(&[hub]), Some(expected.clone()));
        assert_eq!(read(&["Basic realm=\"x\"", hub]), Some(expected.clone()));
        assert_eq!(read(&[&format!("Basic realm=\"a, b\", {hub}")]), Some(expected));
        assert_eq!(read(&["bearer realm=\"https://a\\\"b/\""]), Some(bearer("https://a\"b/", None, None)));
        assert_eq!(read(&["Basic"]), Some(Challenge::Basic));
        assert_eq!(read(&["BASIC realm = \"x\""]), Some(Challenge::Basic));
    }

    #[test]
    fn makes_nothing_of_garbage() {
        for field in
            ["", ",,,", "Bearer", "Bearer realm=", "Bearer realm=\"open", "=x", "Negotiate abc==", "Bearer realm=\"\""]
        {
            assert_eq!(read(&[field]), None, "{field}");
        }
        assert_eq!(read(&[]), None);
    }
}
