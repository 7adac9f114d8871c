//! Which images of a review must be known before it is judged, and which of them memory knows. Runs on an evaluation
//! thread: nothing here waits.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use platlint_engine::{
    Gvk, ImageFacts, ImageUse, Mutate, Namespace, Operation, PolicySet, Requirement, Review, Value, get, get_str,
    pod_templates,
};
use platlint_images::lookup::Moment;

use crate::cluster::names;
use crate::limits::IMAGES_OF_A_REVIEW;
use crate::policies::Active;
use crate::workers::Hook;

/// What is known of the images of a review, and the policies by which it was found out: a reload in between would have
/// other keys.
#[derive(Debug, Clone)]
pub struct Known {
    /// The policies that asked.
    pub active: Arc<Active>,
    /// By image as written.
    pub facts: BTreeMap<Arc<str>, ImageFacts>,
}

/// Images that must be looked up before a review can be judged.
#[derive(Debug)]
pub struct Wanted {
    /// The policies that ask.
    pub active: Arc<Active>,
    /// The images.
    pub uses: Vec<ImageUse>,
    /// When the review happens.
    pub moment: Moment,
    /// What is known already of other images of the review.
    pub known: BTreeMap<Arc<str>, ImageFacts>,
    /// By whose rights they are looked up.
    pub rights: Rights,
}

impl PartialEq for Wanted {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.active, &other.active)
            && (&self.uses, self.moment, &self.rights) == (&other.uses, other.moment, &other.rights)
    }
}

impl Eq for Wanted {}

/// Whose credentials count: those of the Pod, as its node would use them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// Where the Pod is or will be; empty where the object has no namespace, and then no Secret counts.
    pub namespace: Arc<str>,
    /// Secrets that it names, in its order.
    pub pull_secrets: Vec<Arc<str>>,
    /// Its ServiceAccount.
    pub account: Arc<str>,
}

impl Rights {
    /// Of a review's object: of the Pod itself, or of the Pods that it makes.
    #[must_use]
    pub fn of(review: &Review) -> Self {
        let namespace = match &review.namespace {
            Namespace::Named(name) => name.clone(),
            Namespace::Cluster | Namespace::Unknown => "".into(),
        };
        let templates = pod_templates(&review.kind.group, &review.kind.kind).iter();
        let specs = templates.filter_map(|path| {
            let template = path.iter().try_fold(&review.object, |value, key| get(value, key))?;
            get(template, "spec")
        });
        let specs: Vec<&Value> = specs.collect();
        let lists = specs.iter().filter_map(|spec| match get(spec, "imagePullSecrets") {
            Some(Value::Array(named)) => Some(named),
            _ => None,
        });
        let pull_secrets = names(lists.flat_map(|list| list.iter()).filter_map(|one| get_str(one, "name")));
        let account = specs.iter().find_map(|spec| {
            let named = get_str(spec, "serviceAccountName").or_else(|| get_str(spec, "serviceAccount"));
            named.filter(|name| !name.is_empty()).cloned()
        });
        Self { namespace, pull_secrets, account: account.unwrap_or_else(|| "default".into()) }
    }
}

/// What is known of the images of a review, from memory; or what must be looked up first.
///
/// Images that an update leaves as they are ask no registry: whatever becomes of them, they neither newly fail nor are
/// newly undecided, and scaling must work while a registry is down.
pub fn known(active: &Arc<Active>, review: &Review, hook: Hook) -> Result<BTreeMap<Arc<str>, ImageFacts>, Box<Wanted>> {
    let Some(images) = active.images.as_ref().filter(|_| asks(&active.set, review, hook)) else {
        return Ok(BTreeMap::new());
    };
    let (lookup, moment) = (images.lookup(), moment(hook));
    let (kept, new): (Vec<ImageUse>, Vec<ImageUse>) =
        active.set.images(review).into_iter().partition(|image| review.keeps_image(image));
    let (kept, new) = (some(kept), some(new));
    let mut known = BTreeMap::new();
    for image in &kept {
        known.extend(lookup.cached(std::slice::from_ref(image), moment).into_iter().flatten());
    }
    match lookup.cached(&new, moment) {
        Some(facts) => {
            known.extend(facts);
            Ok(known)
        }
        None => Err(Box::new(Wanted { active: active.clone(), uses: new, moment, known, rights: Rights::of(review) })),
    }
}

/// The uses of the first so many different images. Of the rest nothing is known then, and a rule about signatures has not
/// decided about what it does not know.
fn some(mut uses: Vec<ImageUse>) -> Vec<ImageUse> {
    let mut seen: HashSet<Arc<str>> = HashSet::new();
    uses.retain(|image| {
        seen.contains(&image.value) || (seen.len() < IMAGES_OF_A_REVIEW && seen.insert(image.value.clone()))
    });
    uses
}

/// The mutating hook can still pin a tag; in what reaches the validating one it stands as the node will read it. For
/// templates that makes no difference: their Pods are judged when they come.
const fn moment(hook: Hook) -> Moment {
    match hook {
        Hook::Mutate => Moment::BeforeMutation,
        Hook::Validate => Moment::Admission,
    }
}

/// Whether any rule asks about the images of this review at this hook.
fn asks(set: &PolicySet, review: &Review, hook: Hook) -> bool {
    if !matches!(review.operation, Operation::Create | Operation::Update) || !set.wants_images(&review.kind) {
        return false;
    }
    match hook {
        Hook::Validate => set.needs(review).image_signatures,
        Hook::Mutate => changes_by_images(set, &review.kind),
    }
}

/// Whether a rule that may change objects of this kind looks at what is known of images.
fn changes_by_images(set: &PolicySet, kind: &Gvk) -> bool {
    let is_pod = kind.group.is_empty() && &*kind.kind == "Pod";
    set.rules().iter().any(|rule| {
        let covered = match rule.settings.mutate {
            Mutate::Off => false,
            Mutate::Pods => is_pod,
            Mutate::All => true,
        };
        let wants = |one: &Requirement| matches!(one, Requirement::ImageSignatures | Requirement::ImagePins);
        covered
            && rule.is_active()
            && rule.patches()
            && rule.meta.requires.iter().any(wants)
            && rule.meta.matches.kind(kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_engine::Situation;
    use serde_json::json;

    fn rights(object: serde_json::Value, namespace: Option<&str>) -> Rights {
        let situation = Situation { now: chrono::DateTime::UNIX_EPOCH, cluster: None };
        Rights::of(&Review::of_document(Value::from(object), namespace, situation).unwrap())
    }

    #[test]
    fn are_those_of_the_pod_or_of_the_pods_that_the_object_makes() {
        let spec =
            json!({"imagePullSecrets": [{"name": "a"}, {"name": ""}, {}, {"name": "b"}], "serviceAccountName": "web"});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": spec});
        let template = json!({"spec": {"template": {"spec": spec}}});
        let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "x"},
            "spec": {"schedule": "", "jobTemplate": template}});
        let expected =
            Rights { namespace: "shop".into(), pull_secrets: vec!["a".into(), "b".into()], account: "web".into() };
        assert_eq!(rights(pod, Some("shop")), expected);
        assert_eq!(rights(cron, Some("shop")), expected);
    }

    #[test]
    fn without_a_namespace_there_are_none_and_the_account_is_the_default_one() {
        let resource = json!({"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "x"},
            "spec": {"imagePullSecrets": [{"name": "a"}], "serviceAccountName": "web"}});
        let none = Rights { namespace: "".into(), pull_secrets: Vec::new(), account: "default".into() };
        assert_eq!(rights(resource, None), none);
    }

    #[test]
    fn of_very_many_images_some_are_handed_over_with_all_their_places() {
        let image = |number: usize| ImageUse {
            value: format!("registry.example/a{}", number % 50_000).into(),
            path: platlint_engine::Pointer::default(),
            in_pod: true,
        };
        let uses = some((0..100_000).map(image).collect());
        assert_eq!(uses.len(), 2 * IMAGES_OF_A_REVIEW);
        assert_eq!(uses[0], uses[IMAGES_OF_A_REVIEW]);
    }

    #[test]
    fn of_very_many_pull_secrets_the_first_are_tried() {
        let named: Vec<_> = (0..10_000).map(|number| json!({"name": format!("n{}", number / 2)})).collect();
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"},
            "spec": {"imagePullSecrets": named}});
        let secrets = rights(pod, Some("shop")).pull_secrets;
        assert_eq!(secrets.len(), crate::limits::PULL_SECRET_NAMES);
        assert_eq!((&*secrets[0], &*secrets[31]), ("n0", "n31"));
    }
}
