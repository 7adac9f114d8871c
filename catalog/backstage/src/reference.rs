//! Entity references: `[kind:][namespace/]name`. What they mean in a field is decided in `resolve`.

use std::fmt;

/// A reference as it is written, its parts not yet filled in.
///
/// ```
/// use platlint_backstage::EntityRef;
/// let reference = EntityRef::parse("group:shop/Team-A")?;
/// assert_eq!((reference.kind, reference.namespace, reference.name), (Some("group"), Some("shop"), "Team-A"));
/// assert_eq!(reference.to_string(), "group:shop/Team-A");
/// # Ok::<(), platlint_backstage::RefError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntityRef<'t> {
    /// What stands before the first colon, unless a slash comes before it.
    pub kind: Option<&'t str>,
    /// What stands before the first slash.
    pub namespace: Option<&'t str>,
    /// The rest.
    pub name: &'t str,
}

/// Why a text is no reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefError {
    /// Nothing stands where its kind should.
    #[error("its kind is empty")]
    EmptyKind,
    /// Nothing stands where its namespace should.
    #[error("its namespace is empty")]
    EmptyNamespace,
    /// Nothing stands where its name should.
    #[error("its name is empty")]
    EmptyName,
}

impl<'t> EntityRef<'t> {
    /// Reads a reference as Backstage does: a slash before the first colon means that there is no kind.
    pub fn parse(text: &'t str) -> Result<Self, RefError> {
        let (kind, rest) = match text.split_once(':') {
            Some((kind, rest)) if !kind.contains('/') => (Some(kind), rest),
            _ => (None, text),
        };
        let (namespace, name) = match rest.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, rest),
        };
        match (kind, namespace, name) {
            (Some(""), ..) => Err(RefError::EmptyKind),
            (_, Some(""), _) => Err(RefError::EmptyNamespace),
            (.., "") => Err(RefError::EmptyName),
            _ => Ok(Self { kind, namespace, name }),
        }
    }
}

impl fmt::Display for EntityRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(kind) = self.kind {
            write!(f, "{kind}:")?;
        }
        if let Some(namespace) = self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(self.name)
    }
}

/// The one way to write a reference by which entities are compared: in full and in lower case.
///
/// ```
/// assert_eq!(platlint_backstage::canonical("Group", "default", "Team-A"), "group:default/team-a");
/// ```
#[must_use]
pub fn canonical(kind: &str, namespace: &str, name: &str) -> String {
    let mut text = String::with_capacity(kind.len() + namespace.len() + name.len() + 2);
    for (part, end) in [(kind, ":"), (namespace, "/"), (name, "")] {
        if part.is_ascii() {
            let start = text.len();
            text.push_str(part);
            if let Some(added) = text.get_mut(start..) {
                added.make_ascii_lowercase();
            }
        } else {
            text.push_str(&part.to_lowercase());
        }
        text.push_str(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write() {
        for (text, kind, namespace, name) in [
            ("cart", None, None, "cart"),
            ("API:cart", Some("API"), None, "cart"),
            ("shop/cart", None, Some("shop"), "cart"),
            ("component:shop/cart", Some("component"), Some("shop"), "cart"),
            ("shop/a:b", None, Some("shop"), "a:b"),
            ("a:b:c", Some("a"), None, "b:c"),
            ("a/b/c", None, Some("a"), "b/c"),
        ] {
            assert_eq!(EntityRef::parse(text), Ok(EntityRef { kind, namespace, name }), "{text}");
        }
    }

    #[test]
    fn refuses_empty_parts() {
        for (text, error) in [
            ("", RefError::EmptyName),
            (":cart", RefError::EmptyKind),
            ("component:", RefError::EmptyName),
            ("/cart", RefError::EmptyNamespace),
            ("component:/cart", RefError::EmptyNamespace),
            ("shop/", RefError::EmptyName),
        ] {
            assert_eq!(EntityRef::parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn printing_what_was_read_gives_the_text(text in "[a-zA-Z:/.-]{0,12}") {
            if let Ok(reference) = EntityRef::parse(&text) {
                prop_assert_eq!(reference.to_string(), text);
            }
        }

        #[test]
        fn reading_what_was_printed_gives_the_parts(
            kind in proptest::option::of("[a-z]{1,5}"),
            namespace in proptest::option::of("[a-z-]{1,5}"),
            name in "[a-zA-Z0-9._-]{1,8}",
        ) {
            let reference = EntityRef { kind: kind.as_deref(), namespace: namespace.as_deref(), name: &name };
            let text = reference.to_string();
            prop_assert_eq!(EntityRef::parse(&text), Ok(reference));
        }
    }
}
