//! Where custom resources keep images: fields that a configuration names (`images.fields`), beside the Pods that the
//! engine knows by itself.
//!
//! A path walks an object once, whatever is in it: keys, and `[*]` for every item of a list. Each value is reached by a
//! path at most once, so the work is bounded by the object's size times the number of paths.

use std::fmt;
use std::sync::Arc;

use regorus::Value;

/// So many steps has a path at most: no API is deeper.
pub const MAX_STEPS: usize = 32;
/// So many bytes has a path at most.
pub const MAX_PATH_BYTES: usize = 512;

/// One step of a [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Step {
    /// Into a map.
    Key(Arc<str>),
    /// Into every item of a list.
    Items,
}

/// A path to images within an object, such as `spec.templates[*].container.image`.
///
/// Keys are separated by dots; `[*]` stands for every item of a list; a key that is not made of letters, digits, `-` and
/// `_` alone is written in brackets and double quotes: `metadata.annotations["example.org/image"]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath {
    steps: Vec<Step>,
}

/// Why a text is no [`FieldPath`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldPathError {
    /// Nothing is there.
    #[error("it is empty")]
    Empty,
    /// A key is missing before or after a dot, or it has characters that must be quoted.
    #[error(
        "a key is missing or needs quotes; keys are joined by dots, lists are walked by `[*]`, \
         and other keys are quoted as in `annotations[\"example.org/image\"]`"
    )]
    Key,
    /// What stands in brackets is neither `*` nor a text in double quotes.
    #[error("brackets hold `*`, for every item of a list, or a key in double quotes")]
    Bracket,
    /// It begins with a list: objects are maps.
    #[error("it begins with a list, and objects are maps")]
    ListFirst,
    /// Longer than [`MAX_PATH_BYTES`] or [`MAX_STEPS`].
    #[error("it has more than {MAX_STEPS} steps or {MAX_PATH_BYTES} bytes")]
    Long,
}

impl FieldPath {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, FieldPathError> {
        if text.is_empty() {
            return Err(FieldPathError::Empty);
        }
        if text.len() > MAX_PATH_BYTES {
            return Err(FieldPathError::Long);
        }
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (step, after) = if let Some(inner) = rest.strip_prefix('[') {
                bracket(inner)?
            } else {
                // The first key has no dot before it, each further one has.
                let inner = if steps.is_empty() { rest } else { rest.strip_prefix('.').ok_or(FieldPathError::Key)? };
                key(inner)?
            };
            if steps.is_empty() && step == Step::Items {
                return Err(FieldPathError::ListFirst);
            }
            steps.push(step);
            if steps.len() > MAX_STEPS {
                return Err(FieldPathError::Long);
            }
            rest = after;
        }
        Ok(Self { steps })
    }

    /// Every text that is not empty at the end of the path, with the keys and indexes that lead there. Whatever has
    /// another type on the way names no image: what a controller would make of it is not known.
    fn find<'v>(&self, object: &'v Value, found: &mut impl FnMut(&[Value], &'v Arc<str>)) {
        walk(&self.steps, object, &mut Vec::new(), found);
    }
}

fn walk<'v>(steps: &[Step], value: &'v Value, path: &mut Vec<Value>, found: &mut impl FnMut(&[Value], &'v Arc<str>)) {
    let Some((step, rest)) = steps.split_first() else {
        if let Value::String(text) = value
            && !text.is_empty()
        {
            found(path, text);
        }
        return;
    };
    match (step, value) {
        (Step::Key(key), Value::Object(fields)) => {
            let key = Value::String(key.clone());
            if let Some(below) = fields.get(&key) {
                path.push(key);
                walk(rest, below, path, found);
                path.pop();
            }
        }
        (Step::Items, Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Value::from(index));
                walk(rest, item, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

fn key(text: &str) -> Result<(Step, &str), FieldPathError> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(text.len());
    match text.split_at_checked(end) {
        Some((key, rest)) if !key.is_empty() => Ok((Step::Key(key.into()), rest)),
        _ => Err(FieldPathError::Key),
    }
}

/// What stands behind an opening bracket.
fn bracket(text: &str) -> Result<(Step, &str), FieldPathError> {
    if let Some(rest) = text.strip_prefix("*]") {
        return Ok((Step::Items, rest));
    }
    let (key, rest) =
        text.strip_prefix('"').and_then(|quoted| quoted.split_once("\"]")).ok_or(FieldPathError::Bracket)?;
    if key.is_empty() || key.contains('"') {
        return Err(FieldPathError::Bracket);
    }
    Ok((Step::Key(key.into()), rest))
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Key(key) if !is_plain(key) => write!(f, "[\"{key}\"]")?,
                Step::Key(key) if position == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Items => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

/// The fields of one kind that hold images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageField {
    /// API group; empty for core. Every version of the kind is meant.
    pub group: Arc<str>,
    /// Kind.
    pub kind: Arc<str>,
    /// Where its images stand.
    pub paths: Vec<FieldPath>,
}

/// All fields that a configuration names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageFields(pub Vec<ImageField>);

impl ImageFields {
    /// Whether any field of this kind is named.
    #[must_use]
    pub fn names(&self, group: &str, kind: &str) -> bool {
        self.0.iter().any(|field| *field.group == *group && *field.kind == *kind)
    }

    /// The images in the named fields of an object, each place once, in the order of the paths.
    pub(crate) fn find<'v>(&self, group: &str, kind: &str, object: &'v Value) -> Vec<(Vec<Value>, &'v Arc<str>)> {
        let mut found: Vec<(Vec<Value>, &'v Arc<str>)> = Vec::new();
        let fields = self.0.iter().filter(|field| *field.group == *group && *field.kind == *kind);
        for (position, path) in fields.flat_map(|field| &field.paths).enumerate() {
            path.find(object, &mut |at, text| {
                // Only another path can lead to the same place.
                if position == 0 || found.iter().all(|(known, _)| **known != *at) {
                    found.push((at.to_vec(), text));
                }
            });
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::to_json;
    use serde_json::json;

    fn found(paths: &[&str], object: &serde_json::Value) -> Vec<(String, String)> {
        let paths = paths.iter().map(|path| FieldPath::parse(path).unwrap()).collect();
        let fields = ImageFields(vec![ImageField { group: "a".into(), kind: "B".into(), paths }]);
        let object = Value::from(object.clone());
        let all = fields.find("a", "B", &object).into_iter();
        all.map(|(path, text)| (to_json(&Value::from(path)).to_string(), text.to_string())).collect()
    }

    #[test]
    fn finds_every_image_of_nested_lists() {
        let workflow = json!({"spec": {"templates": [
            {"container": {"image": "a"}, "sidecars": [{"image": "b"}, {"image": "c"}]},
            {"script": {"image": "d"}},
            "no template", {"container": {"image": 7}}, {"container": {"image": ""}}, {"container": null},
        ]}});
        assert_eq!(
            found(&["spec.templates[*].container.image", "spec.templates[*].sidecars[*].image"], &workflow),
            [
                (r#"["spec","templates",0,"container","image"]"#.into(), "a".into()),
                (r#"["spec","templates",0,"sidecars",0,"image"]"#.into(), "b".into()),
                (r#"["spec","templates",0,"sidecars",1,"image"]"#.into(), "c".into()),
            ]
        );
    }

    #[test]
    fn a_place_that_two_paths_name_counts_once() {
        let object = json!({"spec": {"image": "a"}});
        assert_eq!(found(&["spec.image", "spec[\"image\"]"], &object).len(), 1);
    }

    #[test]
    fn keys_with_other_characters_are_quoted() {
        let object = json!({"metadata": {"annotations": {"example.org/image": "a"}}, "a": [["b"]]});
        assert_eq!(found(&[r#"metadata.annotations["example.org/image"]"#], &object).len(), 1);
        assert_eq!(found(&["a[*][*]"], &object)[0].0, r#"["a",0,0]"#);
    }

    #[test]
    fn what_is_no_path_is_said() {
        for (text, error) in [
            ("", FieldPathError::Empty),
            (".spec", FieldPathError::Key),
            ("spec.", FieldPathError::Key),
            ("spec..image", FieldPathError::Key),
            ("spec.image ", FieldPathError::Key),
            ("spec/image", FieldPathError::Key),
            ("$.spec", FieldPathError::Key),
            ("spec.*.image", FieldPathError::Key),
            ("spec[0]", FieldPathError::Bracket),
            ("spec[]", FieldPathError::Bracket),
            ("spec[*", FieldPathError::Bracket),
            ("spec[\"a]", FieldPathError::Bracket),
            ("spec[\"\"]", FieldPathError::Bracket),
            ("[*].image", FieldPathError::ListFirst),
            ("spec[*]image", FieldPathError::Key),
            (&"a.".repeat(200), FieldPathError::Long),
            (&"a".repeat(513), FieldPathError::Long),
        ] {
            assert_eq!(FieldPath::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn is_shown_as_it_is_written() {
        for text in ["spec.image", "spec.a[*].b[*]", "metadata.annotations[\"example.org/image\"]", "[\"a b\"].c"] {
            assert_eq!(FieldPath::parse(text).unwrap().to_string(), text);
        }
    }
}
