//! Fields that a kustomization sets by keys of its own: namespace, labels, annotations, images, replicas.

use platlint_engine::Value;
use platlint_facts::{entries, items, str_at, value_at};
use platlint_source::Segment;

use super::file::Kustomization;

/// The line of the kustomization that sets the field at `path` to `text`, where one does.
pub(crate) fn line(kustomization: &Kustomization, path: &[String], text: &str) -> Option<u32> {
    let value = &kustomization.yaml.value;
    let field = path.last()?.as_str();
    let map = path.len().checked_sub(2).and_then(|index| path.get(index)).map_or("", String::as_str);
    match (map, field) {
        (_, "namespace") if str_at(value, &["namespace"]) == Some(text) => {
            Some(kustomization.yaml.line(&[Segment::Key("namespace")]))
        }
        ("labels" | "matchLabels" | "selector", _) => {
            pair(kustomization, "commonLabels", field, text).or_else(|| label(kustomization, field, text))
        }
        ("annotations", _) => pair(kustomization, "commonAnnotations", field, text),
        (_, "image") => image(kustomization, text),
        (_, "replicas") => entry(kustomization, "replicas", |entry| {
            let count = value_at(entry, &["count"])?;
            let count = platlint_engine::to_json(count).to_string();
            (count == text).then_some("count")
        }),
        _ => None,
    }
}

/// An entry of a map of the kustomization.
fn pair(kustomization: &Kustomization, map: &str, key: &str, text: &str) -> Option<u32> {
    let found = str_at(&kustomization.yaml.value, &[map, key])?;
    (found == text).then(|| kustomization.yaml.line(&[Segment::Key(map), Segment::Key(key)]))
}

fn label(kustomization: &Kustomization, key: &str, text: &str) -> Option<u32> {
    let all = value_at(&kustomization.yaml.value, &["labels"]).into_iter().flat_map(items).enumerate();
    for (index, entry) in all {
        let pairs = value_at(entry, &["pairs"]).into_iter().flat_map(entries);
        for (name, value) in pairs {
            if name == key && matches!(value, Value::String(value) if **value == *text) {
                let at = [Segment::Key("labels"), Segment::Index(index), Segment::Key("pairs"), Segment::Key(key)];
                return Some(kustomization.yaml.line(&at));
            }
        }
    }
    None
}

fn image(kustomization: &Kustomization, text: &str) -> Option<u32> {
    let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
    // A colon before a slash belongs to a port.
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    entry(kustomization, "images", |entry| {
        let word = |key| str_at(entry, &[key]);
        if word("newName").or_else(|| word("name")) != Some(name) {
            return None;
        }
        if digest.is_some() && word("digest") == digest {
            return Some("digest");
        }
        let new_tag = value_at(entry, &["newTag"]).map(|tag| match tag {
            Value::String(tag) => tag.to_string(),
            other => platlint_engine::to_json(other).to_string(),
        });
        if tag.is_some() && new_tag.as_deref() == tag {
            return Some("newTag");
        }
        word("newName").map(|_| "newName")
    })
}

/// The line of the field that `of` chooses in the first entry of a list for which it does.
fn entry(kustomization: &Kustomization, list: &str, of: impl Fn(&Value) -> Option<&'static str>) -> Option<u32> {
    let mut all = value_at(&kustomization.yaml.value, &[list]).into_iter().flat_map(items).enumerate();
    let (index, field) = all.find_map(|(index, entry)| Some((index, of(entry)?)))?;
    Some(kustomization.yaml.line(&[Segment::Key(list), Segment::Index(index), Segment::Key(field)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Yaml;

    #[test]
    fn finds_the_key_that_sets_a_field() {
        let text = "namespace: prod\ncommonLabels:\n  a: b\nlabels:\n- pairs:\n    c: d\nimages:\n- name: x\n  newTag: \"2\"\n- \
                    name: y\n  newName: h:5/z\n  digest: sha256:1\nreplicas:\n- name: w\n  count: 3\n";
        let yaml = Yaml::read(text).unwrap();
        let kustomization = Kustomization { folder: "/k".into(), file: "/k/k.yaml".into(), yaml };
        let at = |path: &str, text| {
            let path: Vec<String> = path.split('/').map(str::to_owned).collect();
            line(&kustomization, &path, text)
        };
        assert_eq!(at("metadata/namespace", "prod"), Some(1));
        assert_eq!(at("metadata/namespace", "dev"), None);
        assert_eq!(at("metadata/labels/a", "b"), Some(3));
        assert_eq!(at("spec/selector/matchLabels/c", "d"), Some(6));
        assert_eq!(at("spec/containers/0/image", "x:2"), Some(9));
        assert_eq!(at("spec/containers/0/image", "x:1"), None);
        assert_eq!(at("spec/containers/0/image", "h:5/z@sha256:1"), Some(12));
        assert_eq!(at("spec/replicas", "3"), Some(15));
    }
}
