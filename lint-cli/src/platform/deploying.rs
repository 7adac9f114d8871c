//! What Applications and releases deploy from folders of the input: plain manifests are judged in the namespaces into which
//! they go, charts and kustomizations as their deployers render them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::Glob;
use platlint_catalog::deployment::{Deployment, Directory, Helm, Kustomize, Tool};
use platlint_engine::Pointer;
use platlint_facts::{DocId, LineOrigin, Maker};
use platlint_render::{HelmRequest, Image, KustomizeRequest, Parameter, ParameterKind, Request, Target, Values};

use super::PlatformFiles;
use super::making::Input;

/// Everything that is to be rendered, and every manifest that is put somewhere.
#[derive(Default)]
pub(super) struct Plan {
    /// Plain manifests by position and by the namespace into which they go, with who deploys them.
    ways: BTreeMap<(usize, Arc<str>), Arc<Maker>>,
    requests: Vec<Request>,
    /// Folders that somebody deploys: what is rendered as it is deployed need not be rendered alone.
    folders: BTreeSet<PathBuf>,
    open: BTreeSet<NotFollowed>,
}

/// Something that is deployed in a way that cannot be followed here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NotFollowed {
    /// The object that says what is deployed, and the field in it.
    pub by: DocId,
    pub field: Pointer,
    /// What is not judged as it will be, and why, as a sentence without its full stop.
    pub reason: String,
}

impl Plan {
    /// What is deployed from folders in which files of the input lie.
    pub(super) fn of(deployments: Vec<Deployment>, input: &Input, around: &PlatformFiles) -> Self {
        let mut plan = Self::default();
        for deployment in deployments {
            if input.below(&deployment.source).next().is_none() {
                continue;
            }
            let followed = match &deployment.tool {
                Tool::Directory(directory) => plan.directory(&deployment, directory, input),
                Tool::Helm(helm) => of_helm(&deployment, helm).map(|request| {
                    plan.folders.insert(deployment.source.clone());
                    plan.requests.push(Request::Helm(request));
                }),
                // Flux makes a kustomization where there is none: of all manifests below.
                Tool::Kustomize(kustomize) if !has_kustomization(&deployment.source) => {
                    if *kustomize == (Kustomize { namespace: kustomize.namespace.clone(), ..Kustomize::default() }) {
                        let all = Directory { recurse: true, ..Directory::default() };
                        plan.directory(&deployment, &all, input)
                    } else {
                        Err("its kustomization is made when it is deployed".to_owned())
                    }
                }
                Tool::Kustomize(kustomize) => of_kustomize(&deployment, kustomize).map(|request| {
                    plan.folders.insert(deployment.source.clone());
                    plan.requests.push(Request::Kustomize(request));
                }),
                Tool::Plugin => Err("a plugin makes its manifests".to_owned()),
            };
            if let Err(reason) = followed {
                let folder = around.files().shown(&deployment.source);
                let reason = format!("{folder} is not judged as {} deploys it: {reason}", deployment.deployer.name);
                plan.open.insert(NotFollowed { by: deployment.by, field: deployment.field, reason });
            }
        }
        plan
    }

    /// Charts and kustomizations of the input that nobody deploys.
    pub(super) fn add(&mut self, targets: Vec<Target>) {
        // Sets of values that the configuration names, or that lie in `ci/`, count beside what is deployed.
        let is_plain = |target: &Target| match target.requests.as_slice() {
            [Request::Helm(request)] => request.values.is_empty(),
            requests => requests.len() < 2,
        };
        let alone = targets.into_iter().filter(|target| !(is_plain(target) && self.folders.contains(&target.folder)));
        let requests: Vec<Request> = alone.flat_map(|target| target.requests).collect();
        self.requests.extend(requests);
        let mut seen = HashSet::new();
        // Two deployers may ask for the very same thing.
        self.requests.retain(|request| seen.insert(request.clone()));
    }

    pub(super) fn requests(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter()
    }

    /// Plain manifests by position and by the namespace into which they go, with who deploys them.
    pub(super) fn ways(&self) -> impl Iterator<Item = (usize, &Arc<str>, &Arc<Maker>)> {
        self.ways.iter().map(|((position, namespace), maker)| (*position, namespace, maker))
    }

    pub(super) fn not_followed(&self) -> impl Iterator<Item = &NotFollowed> {
        self.open.iter()
    }

    /// Finds the manifests. Which of them a pattern means that nobody can read is not known: they are judged as they stand.
    fn directory(&mut self, deployment: &Deployment, directory: &Directory, input: &Input) -> Result<(), String> {
        let Some(namespace) = &deployment.namespace else { return Ok(()) };
        let matcher = |written: &Option<String>| {
            let glob = written.as_deref().map(|written| {
                Glob::new(written).map_err(|_| format!("its pattern of file names `{written}` cannot be read"))
            });
            glob.transpose().map(|glob| glob.map(|glob| glob.compile_matcher()))
        };
        let (include, exclude) = (matcher(&directory.include)?, matcher(&directory.exclude)?);
        let is_meant = |path: &Path| {
            (directory.recurse || path.components().count() == 1)
                && include.as_ref().is_none_or(|include| include.is_match(path))
                && !exclude.as_ref().is_some_and(|exclude| exclude.is_match(path))
        };
        let maker = Arc::new(Maker { tool: "application".into(), from: deployment.deployer.name.clone() });
        for (position, _) in input.below(&deployment.source).filter(|(_, path)| is_meant(path)) {
            // Of several that deploy into one namespace the first speaks for all.
            self.ways.entry((position, namespace.clone())).or_insert_with(|| maker.clone());
        }
        Ok(())
    }
}

/// Whether the folder holds a kustomization, under any of the names that kustomize knows.
fn has_kustomization(folder: &Path) -> bool {
    ["kustomization.yaml", "kustomization.yml", "Kustomization"].iter().any(|name| folder.join(name).is_file())
}

fn of_helm(deployment: &Deployment, helm: &Helm) -> Result<HelmRequest, String> {
    if let Some(name) = helm.unknown_value_files.first() {
        return Err(format!("its values file {name} is not at hand"));
    }
    let at = Some(LineOrigin::Field { doc: deployment.by.clone(), path: deployment.field.clone() });
    let is_there = |file: &&PathBuf| !helm.ignores_missing_values || file.is_file();
    let files = helm.value_files.iter().filter(is_there).cloned().map(Values::File);
    let inline = helm.values.as_deref().map(|text| Values::Text { text: text.into(), at });
    let single = helm.parameters.iter().map(|(name, value, is_text)| Parameter {
        name: name.clone(),
        value: value.clone(),
        kind: if *is_text { ParameterKind::Text } else { ParameterKind::Typed },
    });
    let from_files = helm.file_parameters.iter().map(|(name, file)| Parameter {
        name: name.clone(),
        value: file.to_string_lossy().into_owned(),
        kind: ParameterKind::File,
    });
    Ok(HelmRequest {
        chart: deployment.source.clone(),
        release: Some(helm.release.clone()).filter(|release| !release.is_empty()),
        namespace: deployment.namespace.as_deref().map(ToOwned::to_owned),
        values: files.chain(inline).collect(),
        parameters: single.chain(from_files).collect(),
        kube_version: None,
        api_versions: Vec::new(),
        skip_crds: helm.skips_crds,
    })
}

fn of_kustomize(deployment: &Deployment, kustomize: &Kustomize) -> Result<KustomizeRequest, String> {
    if kustomize.has_patches {
        return Err("it patches the kustomization in place".to_owned());
    }
    let images: Option<Vec<Image>> = kustomize.images.iter().map(|image| image_of(image)).collect();
    let count = |(name, count): &(String, String)| Some((name.clone(), count.parse().ok()?));
    let replicas: Option<Vec<(String, u32)>> = kustomize.replicas.iter().map(count).collect();
    Ok(KustomizeRequest {
        folder: deployment.source.clone(),
        namespace: kustomize.namespace.clone(),
        default_namespace: deployment.namespace.as_deref().map(ToOwned::to_owned),
        name_prefix: kustomize.name_prefix.clone(),
        name_suffix: kustomize.name_suffix.clone(),
        labels: kustomize.labels.clone(),
        annotations: kustomize.annotations.clone(),
        images: images.ok_or("one of its images cannot be read")?,
        replicas: replicas.ok_or("one of its replica counts is no number")?,
        patches: Vec::new(),
        components: kustomize.components.iter().map(|component| deployment.source.join(component)).collect(),
    })
}

/// `[name=]image[:tag|@digest]`, as `kustomize edit set image` takes it.
fn image_of(text: &str) -> Option<Image> {
    let (name, rest) = text.split_once('=').map_or((None, text), |(name, rest)| (Some(name), rest));
    let (rest, digest) = rest.split_once('@').map_or((rest, None), |(rest, digest)| (rest, Some(digest)));
    // A colon before the last slash is that of a port.
    let slash = rest.rfind('/').map_or(0, |slash| slash + 1);
    let colon = rest.get(slash..)?.find(':').map(|colon| slash + colon);
    let (image, tag) = match colon {
        Some(colon) => (rest.get(..colon)?, rest.get(colon + 1..)),
        None => (rest, None),
    };
    if image.is_empty() {
        return None;
    }
    Some(Image {
        name: name.unwrap_or(image).to_owned(),
        new_name: name.map(|_| image.to_owned()),
        new_tag: tag.map(ToOwned::to_owned),
        digest: digest.map(ToOwned::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_images_as_kustomize_does() {
        let image = |name: &str, new_name: Option<&str>, new_tag: Option<&str>, digest: Option<&str>| {
            let text = |text: Option<&str>| text.map(ToOwned::to_owned);
            Some(Image { name: name.into(), new_name: text(new_name), new_tag: text(new_tag), digest: text(digest) })
        };
        assert_eq!(image_of("app:2"), image("app", None, Some("2"), None));
        assert_eq!(image_of("app=host:5000/app:2"), image("app", Some("host:5000/app"), Some("2"), None));
        assert_eq!(image_of("host:5000/app@sha256:ab"), image("host:5000/app", None, None, Some("sha256:ab")));
        assert_eq!(image_of("=x"), image("", Some("x"), None, None));
        assert_eq!(image_of(":2"), None);
    }
}
