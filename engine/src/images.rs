//! Which images an object names, and where: in the Pods it carries and in fields that the configuration names. What is
//! known of them is gathered by a front end ([`crate::Facts::with_images`]); how rules see them is decided in `input`.

use std::sync::{Arc, LazyLock};

use regorus::Value;

use crate::image_fields::ImageFields;
use crate::kinds::pod_templates;
use crate::pointer::{Pointer, Segment};
use crate::review::{Operation, Review};
use crate::value::{at, get, get_path, get_str};

/// An image that an object names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageUse {
    /// As written.
    pub value: Arc<str>,
    /// Where, in the object.
    pub path: Pointer,
    /// The object itself is a Pod: what stands here is what a node pulls.
    pub in_pod: bool,
}

/// An image as it was found.
pub(crate) struct Found<'r> {
    pub path: Vec<Value>,
    /// Name of the container, whatever its type.
    pub container: Option<Value>,
    /// `container`, `init`, `sidecar`, `ephemeral`, `volume` or `field`.
    pub kind: Value,
    pub written: &'r Arc<str>,
}

macro_rules! keys {
    ($($name:ident = $text:literal),* $(,)?) => { $(static $name: LazyLock<Value> = LazyLock::new(|| Value::from($text));)* };
}
keys! {
    CONTAINER = "container", EPHEMERAL = "ephemeral", FIELD = "field", IMAGE = "image", INIT = "init",
    REFERENCE = "reference", SIDECAR = "sidecar", SPEC = "spec", VOLUME = "volume", VOLUMES = "volumes",
}

/// The lists of containers in a Pod's spec, with the type of their items.
static CONTAINER_LISTS: LazyLock<[(Value, &'static Value); 3]> = LazyLock::new(|| {
    [
        (Value::from("containers"), &*CONTAINER),
        (Value::from("initContainers"), &*INIT),
        (Value::from("ephemeralContainers"), &*EPHEMERAL),
    ]
});

/// A container of a Pod: its path, its type and itself. Nulls in the lists are left out.
pub(crate) fn containers<'s>(pod: &[Value], spec: &'s Value, found: &mut impl FnMut(Vec<Value>, Value, &'s Value)) {
    let Value::Object(fields) = spec else { return };
    for (list, kind) in &*CONTAINER_LISTS {
        let Some(Value::Array(items)) = fields.get(list) else { continue };
        for (position, container) in items.iter().enumerate() {
            if matches!(container, Value::Null) {
                continue;
            }
            let restarts = || get_str(container, "restartPolicy").is_some_and(|policy| &**policy == "Always");
            let kind = if **kind == *INIT && restarts() { SIDECAR.clone() } else { (*kind).clone() };
            found(below(pod, [SPEC.clone(), list.clone(), Value::from(position)]), kind, container);
        }
    }
}

/// The image of a container, where it names one.
pub(crate) fn of_container<'s>(path: &[Value], kind: &Value, container: &'s Value) -> Option<Found<'s>> {
    let written = get_str(container, "image")?;
    let name = get(container, "name").cloned();
    Some(Found { path: below(path, [IMAGE.clone()]), container: name, kind: kind.clone(), written })
}

/// The images that a Pod mounts as volumes.
pub(crate) fn of_volumes<'s>(pod: &[Value], spec: &'s Value) -> impl Iterator<Item = Found<'s>> {
    let volumes = match get(spec, "volumes") {
        Some(Value::Array(volumes)) => volumes.as_slice(),
        _ => &[],
    };
    volumes.iter().enumerate().filter_map(|(position, volume)| {
        let written = get_str(get(volume, "image")?, "reference")?;
        let path = below(pod, [SPEC.clone(), VOLUMES.clone(), Value::from(position), IMAGE.clone(), REFERENCE.clone()]);
        Some(Found { path, container: None, kind: VOLUME.clone(), written })
    })
}

/// The images in fields that the configuration names.
pub(crate) fn of_fields<'r>(review: &'r Review, fields: &ImageFields) -> impl Iterator<Item = Found<'r>> {
    let named = fields.find(&review.kind.group, &review.kind.kind, &review.object).into_iter();
    named.map(|(path, written)| Found { path, container: None, kind: FIELD.clone(), written })
}

impl Review {
    /// The images that the object names: the very ones that rules see as `input.images`, in that order.
    #[must_use]
    pub fn images(&self, fields: &ImageFields) -> Vec<ImageUse> {
        let in_pod = self.is_pod();
        let as_use = |found: Found<'_>| ImageUse { value: found.written.clone(), path: pointer(&found.path), in_pod };
        let mut uses = Vec::new();
        for path in pod_templates(&self.kind.group, &self.kind.kind) {
            let Some(spec) = get_path(&self.object, path).and_then(|template| get(template, "spec")) else { continue };
            let path: Vec<Value> = path.iter().map(|key| Value::from(*key)).collect();
            containers(&path, spec, &mut |path, kind, container| {
                uses.extend(of_container(&path, &kind, container).map(as_use));
            });
            uses.extend(of_volumes(&path, spec).map(as_use));
        }
        uses.extend(of_fields(self, fields).map(as_use));
        uses
    }

    /// Whether an update leaves this image as it was: the same text at the same place. Whatever is known of such an
    /// image, it neither newly fails nor is it newly undecided.
    #[must_use]
    pub fn keeps_image(&self, image: &ImageUse) -> bool {
        let before = self.replaced().and_then(|old| at(old, &image.path));
        matches!(before, Some(Value::String(text)) if *text == image.value)
    }

    /// The object that an update replaces.
    pub(crate) fn replaced(&self) -> Option<&Value> {
        self.old_object.as_ref().filter(|_| self.operation == Operation::Update)
    }

    /// Whether the object itself is a Pod, not something that makes one.
    #[must_use]
    pub fn is_pod(&self) -> bool {
        self.kind.group.is_empty() && &*self.kind.kind == "Pod"
    }
}

/// Whether this text stood at the same place before.
pub(crate) fn is_kept(before: &Value, path: &[Value], written: &Arc<str>) -> bool {
    let found = path.iter().try_fold(before, |value, step| match value {
        Value::Object(fields) => fields.get(step),
        Value::Array(items) => items.get(step.as_u64().ok().and_then(|index| usize::try_from(index).ok())?),
        _ => None,
    });
    matches!(found, Some(Value::String(text)) if *text == *written)
}

fn pointer(path: &[Value]) -> Pointer {
    let segment = |step: &Value| match step {
        Value::String(key) => Some(Segment::Key(key.clone())),
        index => index.as_u64().ok().and_then(|index| usize::try_from(index).ok()).map(Segment::Index),
    };
    path.iter().filter_map(segment).collect()
}

pub(crate) fn below<const N: usize>(path: &[Value], further: [Value; N]) -> Vec<Value> {
    path.iter().cloned().chain(further).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image_fields::{FieldPath, ImageField};
    use crate::review::Situation;
    use serde_json::json;

    fn review(object: &serde_json::Value) -> Review {
        let situation = Situation { now: chrono::DateTime::UNIX_EPOCH, cluster: None };
        Review::of_document(Value::from(object.clone()), None, situation).unwrap()
    }

    fn uses(object: &serde_json::Value, fields: &ImageFields) -> Vec<(String, String, bool)> {
        let uses = review(object).images(fields).into_iter();
        uses.map(|one| (one.value.to_string(), one.path.to_string(), one.in_pod)).collect()
    }

    #[test]
    fn every_image_of_a_pod_is_found_with_its_place() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "spec": {
            "containers": [null, {"name": "a", "image": "a"}, {"image": ""}, {"image": 7}],
            "initContainers": [{"image": "b", "restartPolicy": "Always"}],
            "ephemeralContainers": [{"image": "c"}],
            "volumes": [{"image": {"reference": "d"}}, {"name": "e"}]}});
        let found = uses(&pod, &ImageFields::default());
        let expected = [
            ("a", "/spec/containers/1/image"),
            ("", "/spec/containers/2/image"),
            ("b", "/spec/initContainers/0/image"),
            ("c", "/spec/ephemeralContainers/0/image"),
            ("d", "/spec/volumes/0/image/reference"),
        ];
        assert_eq!(found, expected.map(|(value, path)| (value.to_owned(), path.to_owned(), true)));
    }

    #[test]
    fn fields_of_custom_resources_come_after_pods() {
        let path = FieldPath::parse("spec.prepare[*].image").unwrap();
        let field =
            |group: &str, kind: &str| ImageField { group: group.into(), kind: kind.into(), paths: vec![path.clone()] };
        let fields = ImageFields(vec![field("argoproj.io", "Rollout"), field("tekton.dev", "Task")]);
        let spec = json!({"prepare": [{"image": "b"}], "template": {"spec": {"containers": [{"image": "a"}]}}});
        let rollout = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": spec});
        let found = uses(&rollout, &fields);
        assert_eq!(
            found.iter().map(|(value, path, in_pod)| (&**value, &**path, *in_pod)).collect::<Vec<_>>(),
            [("a", "/spec/template/spec/containers/0/image", false), ("b", "/spec/prepare/0/image", false)]
        );
        let task = json!({"apiVersion": "tekton.dev/v1", "kind": "Task", "spec": spec});
        assert_eq!(uses(&task, &fields).len(), 1);
        let other = json!({"apiVersion": "example.org/v1", "kind": "Task", "spec": spec});
        assert_eq!(uses(&other, &fields), []);
    }

    #[test]
    fn an_update_keeps_images_that_stay_where_they_are() {
        let pod = |images: &[&str]| {
            let containers: Vec<_> = images.iter().map(|image| json!({"image": image})).collect();
            json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": containers}})
        };
        let mut update = review(&pod(&["a", "b", "c"]));
        let kept = |review: &Review| {
            let images = review.images(&ImageFields::default());
            images.iter().map(|image| review.keeps_image(image)).collect::<Vec<_>>()
        };
        assert_eq!(kept(&update), [false, false, false]);
        update.old_object = Some(Value::from(pod(&["a", "x"])));
        assert_eq!(kept(&update), [false, false, false], "it is no update");
        update.operation = Operation::Update;
        assert_eq!(kept(&update), [true, false, false]);
    }
}
