//! Which configuration of their provider managed resources name, and whether it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use platlint_engine::{Gvk, Pointer, Value, get, get_str, suggest};
use platlint_facts::{Doc, Notes, array_at, path_of, str_at, value_at};

use crate::builder::is_provider_config;
use crate::composition::sites;
use crate::note::{below, fault, not_among};
use crate::schemas::{Known, Schemas};

const CODE: &str = "unknown-provider-config";

/// The provider configurations of the input, by group.
#[derive(Debug, Default)]
pub(crate) struct ProviderConfigs {
    by_group: BTreeMap<Arc<str>, Vec<Config>>,
    /// Namespace and name of the Secrets that hold their credentials.
    secrets: BTreeSet<(Arc<str>, Arc<str>)>,
}

#[derive(Debug)]
struct Config {
    kind: Arc<str>,
    name: Arc<str>,
    /// `None` where unknown, empty where cluster-scoped.
    namespace: Option<Arc<str>>,
}

/// Who names a configuration.
struct User<'d> {
    gvk: &'d Gvk,
    object: &'d Value,
    namespace: Option<&'d str>,
}

impl ProviderConfigs {
    pub(crate) fn new(docs: &[Arc<Doc>]) -> Self {
        let mut configs = Self::default();
        for doc in docs.iter().filter(|doc| is_provider_config(&doc.gvk)) {
            if let Some(name) = doc.name() {
                let (kind, namespace) = (doc.gvk.kind.clone(), doc.namespace.clone());
                let list = configs.by_group.entry(doc.gvk.group.clone()).or_default();
                list.push(Config { kind, name: name.into(), namespace });
            }
            let secret = value_at(&doc.object, &["spec", "credentials", "secretRef"]);
            if let Some(secret) = secret
                && let (Some(namespace), Some(name)) = (get_str(secret, "namespace"), get_str(secret, "name"))
            {
                configs.secrets.insert((namespace.clone(), name.clone()));
            }
        }
        configs
    }

    /// Whether a Secret holds the credentials of a provider.
    pub(crate) fn is_secret(&self, namespace: &str, name: &str) -> bool {
        self.secrets.contains(&(namespace.into(), name.into()))
    }

    /// Notes names of configurations that are not there, in a managed resource or in the bases of a Composition.
    /// A composite resource may have a field of that name of its own.
    pub(crate) fn note(&self, schemas: &Schemas, doc: &Doc, notes: &mut Notes) {
        let is_composite = |gvk: &Gvk| match schemas.find(&gvk.group, &gvk.kind, &doc.id.file) {
            Known::Kind(kind) => kind.is_crossplane(),
            _ => false,
        };
        if !doc.is("apiextensions.crossplane.io", "Composition") {
            if is_composite(&doc.gvk) {
                return;
            }
            let user = User { gvk: &doc.gvk, object: &doc.object, namespace: doc.namespace.as_deref() };
            return self.judge(&user, &Pointer::root(), notes);
        }
        for site in sites(doc) {
            let resources = below(&site.at, "resources");
            for (index, resource) in array_at(site.value, &["resources"]).enumerate() {
                let Some(base) = get(resource, "base") else { continue };
                if is_patched(site.value, resource) {
                    continue;
                }
                if let Some(gvk) = Gvk::of(base).filter(|gvk| !is_composite(gvk)) {
                    let user = User { gvk: &gvk, object: base, namespace: None };
                    self.judge(&user, &below(&below(&resources, index), "base"), notes);
                }
            }
        }
    }

    fn judge(&self, user: &User<'_>, at: &Pointer, notes: &mut Notes) {
        let Some(reference) = value_at(user.object, &["spec", "providerConfigRef"]) else { return };
        let Some(name) = get_str(reference, "name").filter(|name| !name.contains(['$', '{'])) else { return };
        let path = path_of(&["spec", "providerConfigRef"]).under(at);
        let kind = get_str(reference, "kind").map(|kind| &**kind);
        if let Some(kind) = kind.filter(|kind| !matches!(*kind, "ProviderConfig" | "ClusterProviderConfig")) {
            return notes
                .problem(CODE, not_among(below(&path, "kind"), kind, &["ProviderConfig", "ClusterProviderConfig"]));
        }
        let Some((group, configs)) = self.of_group(&user.gvk.group) else {
            let reason = format!("no provider configuration for {} is at hand", user.gvk.group);
            return notes.unknown(CODE, below(&path, "name"), reason);
        };
        let fits = |config: &&Config| {
            let is_kind = kind.is_none_or(|kind| *kind == *config.kind);
            let is_cluster_wide = &*config.kind == "ClusterProviderConfig" || config.namespace.as_deref() == Some("");
            // Where there is no kind the resource is cluster-scoped and so is its configuration.
            let is_near = match (kind, user.namespace, config.namespace.as_deref()) {
                (Some(_), Some(own), Some(theirs)) => own == theirs,
                _ => true,
            };
            is_kind && (is_cluster_wide || is_near)
        };
        let names: Vec<&str> = configs.iter().filter(fits).map(|config| &*config.name).collect();
        if !names.contains(&&**name) {
            let title = kind.unwrap_or("ProviderConfig");
            let what = format!("is \"{name}\", but no such {title} of {group} is there");
            // Further configurations are often made elsewhere; only what is nearly one of these is likely to be a slip.
            match suggest::nearest(name, &names) {
                Some(meant) => {
                    let note = fault(below(&path, "name"), what).with("name", &**name);
                    notes.problem(CODE, note.suggestion(Some(meant)));
                }
                None => notes.unknown(CODE, below(&path, "name"), format!("it {what}")),
            }
        }
    }

    /// The configurations for a group of managed resources: those of `aws.upbound.io` for `s3.aws.upbound.io`.
    fn of_group(&self, group: &str) -> Option<(&str, &[Config])> {
        let (group, is_namespaced) = family(group);
        let is_above = |own: &str| {
            let (own, is_own_namespaced) = family(own);
            let is_below = group == own || group.strip_suffix(&own).is_some_and(|rest| rest.ends_with('.'));
            is_below && is_namespaced == is_own_namespaced
        };
        let found = self.by_group.iter().filter(|(own, _)| is_above(own)).max_by_key(|(own, _)| own.len());
        found.map(|(own, configs)| (&**own, configs.as_slice()))
    }
}

/// A group without the label `m`, which marks the namespaced resources of a provider, and whether it had it.
fn family(group: &str) -> (String, bool) {
    let labels: Vec<&str> = group.split('.').collect();
    let plain: Vec<&str> = labels.iter().copied().filter(|label| *label != "m").collect();
    (plain.join("."), plain.len() != labels.len())
}

/// Whether a patch sets the reference.
fn is_patched(site: &Value, resource: &Value) -> bool {
    let to = |patch: &Value| {
        let path = get_str(patch, "toFieldPath").or_else(|| get_str(patch, "fromFieldPath"));
        path.is_some_and(|path| path.starts_with("spec.providerConfigRef"))
    };
    let named = |patch: &Value| {
        let name = get_str(patch, "patchSetName");
        name.is_some()
            && array_at(site, &["patchSets"])
                .filter(|set| str_at(set, &["name"]) == name.map(|name| &**name))
                .any(|set| array_at(set, &["patches"]).any(to))
    };
    array_at(resource, &["patches"]).any(|patch| to(patch) || named(patch))
}
