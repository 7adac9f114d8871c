//! What rules see: the evaluation input of a review, and what the engine has already worked out of it: Pods,
//! containers, images. Unknown things are absent, never null.

use std::sync::{Arc, LazyLock};

use regorus::Value;

use crate::facts::Facts;
use crate::image::Reference;
use crate::image_fields::ImageFields;
use crate::images;
use crate::kinds::pod_templates;
use crate::review::Review;
use crate::value::{get, get_path, map_of, object};

/// Keys of the input, made once.
macro_rules! keys {
    ($($name:ident = $text:literal),* $(,)?) => { $(static $name: LazyLock<Value> = LazyLock::new(|| Value::from($text));)* };
}
keys! {
    API_VERSION = "apiVersion", CONTAINER = "container", CONTAINERS = "containers", CONTROLLERS = "controllers",
    DIGEST = "digest", DRY_RUN = "dryRun", GROUP = "group", IMAGES = "images", KIND = "kind", METADATA = "metadata",
    NAME = "name", NAMESPACE = "namespace", OBJECT = "object", OLD_OBJECT = "oldObject", OPERATION = "operation",
    PARAMETERS = "parameters", PATH = "path", PINNED = "pinned", PLATFORM = "platform", POD = "pod", PODS = "pods", REFERENCE = "reference",
    REVIEW = "review", SIGNATURE = "signature", SPEC = "spec", TYPE = "type", UNCHANGED = "unchanged", USER_INFO = "userInfo", VALUE = "value",
    VERSION = "version",
}

/// The part of the input that all rules share; [`Input::with_parameters`] completes it for one rule.
pub(crate) struct Input {
    containers: Value,
    images: Value,
    platform: Option<Value>,
    pods: Value,
    review: Value,
}

impl Input {
    pub(crate) fn of(review: &Review, fields: &ImageFields, facts: &Facts) -> Self {
        let mut found = Lists { before: review.replaced(), ..Lists::default() };
        for (index, path) in pod_templates(&review.kind.group, &review.kind.kind).iter().enumerate() {
            if let Some(template) = get_path(&review.object, path) {
                found.pod(index, path, template, facts);
            }
        }
        images::of_fields(review, fields).for_each(|image| found.image(image, facts));
        Self {
            containers: Value::from(found.containers),
            images: Value::from(found.images),
            platform: facts.platform().cloned(),
            pods: Value::from(found.pods),
            review: review_value(review),
        }
    }

    pub(crate) fn with_parameters(&self, parameters: &Value) -> Value {
        let all = [
            (CONTAINERS.clone(), self.containers.clone()),
            (IMAGES.clone(), self.images.clone()),
            (PARAMETERS.clone(), parameters.clone()),
            (PODS.clone(), self.pods.clone()),
            (REVIEW.clone(), self.review.clone()),
        ];
        // Made for each rule: most objects have nothing of the platform, and pay nothing for it.
        match &self.platform {
            None => object(all),
            Some(platform) => map_of(
                all.into_iter()
                    .map(|(key, value)| (key, Some(value)))
                    .chain([(PLATFORM.clone(), Some(platform.clone()))]),
            ),
        }
    }
}

/// The complete input of a rule with these parameters, as any Rego evaluator takes it; `fields` are the set's
/// ([`crate::PolicySet::image_fields`]).
pub fn evaluation_input(review: &Review, fields: &ImageFields, facts: &Facts, parameters: &Value) -> Value {
    Input::of(review, fields, facts).with_parameters(parameters)
}

fn review_value(review: &Review) -> Value {
    let kind = object([
        (GROUP.clone(), Value::String(review.kind.group.clone())),
        (KIND.clone(), Value::String(review.kind.kind.clone())),
        (VERSION.clone(), Value::String(review.kind.version.clone())),
    ]);
    let controllers = review.ancestors().into_iter().map(|one| {
        object([
            (API_VERSION.clone(), Value::from(one.kind.api_version())),
            (KIND.clone(), Value::String(one.kind.kind)),
            (NAME.clone(), Value::String(one.name)),
        ])
    });
    map_of([
        (CONTROLLERS.clone(), Some(Value::from(controllers.collect::<Vec<_>>()))),
        (DRY_RUN.clone(), review.dry_run.map(Value::from)),
        (KIND.clone(), Some(kind)),
        (NAME.clone(), review.name.clone().map(Value::String)),
        (NAMESPACE.clone(), review.namespace.known().map(Value::from)),
        (OBJECT.clone(), Some(review.object.clone())),
        (OLD_OBJECT.clone(), review.old_object.clone()),
        (OPERATION.clone(), Some(Value::from(review.operation.as_str()))),
        (USER_INFO.clone(), review.user.clone()),
    ])
}

#[derive(Default)]
struct Lists<'r> {
    /// The object that an update replaces.
    before: Option<&'r Value>,
    pods: Vec<Value>,
    containers: Vec<Value>,
    images: Vec<Value>,
}

impl Lists<'_> {
    fn pod(&mut self, index: usize, path: &[&str], template: &Value, facts: &Facts) {
        let Some(spec) = get(template, "spec") else { return };
        let path: Vec<Value> = path.iter().map(|key| Value::from(*key)).collect();
        self.pods.push(map_of([
            (METADATA.clone(), get(template, "metadata").cloned()),
            (PATH.clone(), Some(Value::from(path.clone()))),
            (SPEC.clone(), Some(spec.clone())),
        ]));
        images::containers(&path, spec, &mut |path, kind, container| {
            if let Some(found) = images::of_container(&path, &kind, container) {
                self.image(found, facts);
            }
            self.containers.push(map_of([
                (NAME.clone(), get(container, "name").cloned()),
                (PATH.clone(), Some(Value::from(path))),
                (POD.clone(), Some(Value::from(index))),
                (SPEC.clone(), Some(container.clone())),
                (TYPE.clone(), Some(kind)),
            ]));
        });
        images::of_volumes(&path, spec).for_each(|found| self.image(found, facts));
    }

    fn image(&mut self, found: images::Found<'_>, facts: &Facts) {
        let known = facts.image(found.written);
        let is_kept = self.before.is_some_and(|before| images::is_kept(before, &found.path, found.written));
        let text = |text: &Arc<str>| Value::String(text.clone());
        self.images.push(map_of([
            (CONTAINER.clone(), found.container),
            (DIGEST.clone(), known.and_then(|known| known.digest.as_ref()).map(text)),
            (PATH.clone(), Some(Value::from(found.path))),
            (PINNED.clone(), known.and_then(|known| known.pinned.as_ref()).map(text)),
            (REFERENCE.clone(), Reference::parse(found.written).map(|reference| reference.to_value())),
            (SIGNATURE.clone(), known.map(|known| known.signature.clone())),
            (TYPE.clone(), Some(found.kind)),
            (UNCHANGED.clone(), is_kept.then(|| Value::from(true))),
            (VALUE.clone(), Some(text(found.written))),
        ]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::Situation;
    use crate::value::to_json;
    use serde_json::json;

    fn input(object: &serde_json::Value) -> serde_json::Value {
        let situation = Situation { now: chrono::DateTime::UNIX_EPOCH, cluster: None };
        let review = Review::of_document(Value::from(object.clone()), None, situation).unwrap();
        to_json(&Input::of(&review, &ImageFields::default(), &Facts::default()).with_parameters(&Value::new_object()))
    }

    #[test]
    fn lists_every_container_with_type_and_path() {
        let input = input(
            &json!({"apiVersion": "batch/v1", "kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": {
            "containers": [{"name": "a", "image": "nginx"}, null],
            "initContainers": [{"name": "i"}, {"name": "s", "restartPolicy": "Always"}],
            "ephemeralContainers": [{"name": "e", "image": "busybox:1"}],
            "volumes": [{"name": "v", "image": {"reference": "data:1"}}, {"name": "w"}]}}}}}}),
        );
        let seen: Vec<_> = input["containers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| (c["type"].as_str().unwrap(), c["path"].clone()))
            .collect();
        let at = |list: &str, index: usize| json!(["spec", "jobTemplate", "spec", "template", "spec", list, index]);
        assert_eq!(
            seen,
            [
                ("container", at("containers", 0)),
                ("init", at("initContainers", 0)),
                ("sidecar", at("initContainers", 1)),
                ("ephemeral", at("ephemeralContainers", 0))
            ]
        );
        let images: Vec<_> =
            input["images"].as_array().unwrap().iter().map(|i| (i["value"].clone(), i["type"].clone())).collect();
        assert_eq!(
            images,
            [
                (json!("nginx"), json!("container")),
                (json!("busybox:1"), json!("ephemeral")),
                (json!("data:1"), json!("volume"))
            ]
        );
    }

    #[test]
    fn controllers_are_a_list_also_where_there_are_none() {
        let owner = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "controller": true});
        let pod = |owners: serde_json::Value| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"ownerReferences": owners}});
        let controllers = |owners| input(&pod(owners))["review"]["controllers"].clone();
        assert_eq!(controllers(json!([owner])), json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r"}]));
        assert_eq!(controllers(json!([])), json!([]));
    }

    #[test]
    fn what_is_unknown_is_absent() {
        let input = input(
            &json!({"apiVersion": "v1", "kind": "Pod", "metadata": null, "spec": {"containers": [{"image": "not a reference"}]}}),
        );
        let review = input["review"].as_object().unwrap();
        for absent in ["namespace", "name", "userInfo", "oldObject", "dryRun"] {
            assert!(!review.contains_key(absent), "{absent}");
        }
        assert!(input["images"][0].get("reference").is_none());
        assert!(input["pods"][0].get("metadata").is_none());
        assert!(input.get("platform").is_none());
    }
}
