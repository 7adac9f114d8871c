//! The cluster generator: one set of parameters for each cluster that its selector chooses.

use platlint_engine::Pointer;
use serde_json::{Value, json};

use super::generators::{Context, Stop};
use super::world::{Cluster, IN_CLUSTER, IN_CLUSTER_SERVER};
use crate::selector;
use crate::template::{Parameters, normalize};
use crate::yaml::get;

/// The sets of a cluster generator.
pub(crate) fn sets(context: &Context<'_>, clusters: &Value, path: &Pointer) -> Result<Vec<Parameters>, Stop> {
    let Some(known) = context.world.clusters else {
        return Err(Stop::unknown(path, "which clusters there are is not known here (argocd.clusters)"));
    };
    let selector = get(clusters, "selector");
    let wrong = || Stop::invalid(path, "its selector has an operator that does not exist");
    let mut chosen = Vec::new();
    for cluster in known {
        let is_chosen =
            selector.map_or(Some(true), |selector| selector::matches(selector, &cluster.labels_for_selectors()));
        if is_chosen.ok_or_else(wrong)? {
            chosen.push(cluster);
        }
    }
    let mut sets: Vec<Parameters> = chosen.iter().map(|cluster| parameters(cluster, context.is_go())).collect();
    // The cluster of Argo CD itself needs no Secret; without one it has no labels to select.
    if selector::is_empty(selector) && !chosen.iter().any(|cluster| cluster.server == IN_CLUSTER_SERVER) {
        let own = Cluster { name: IN_CLUSTER.into(), server: IN_CLUSTER_SERVER.into(), ..Cluster::default() };
        let mut set = parameters(&own, false);
        set.retain(|key, _| !key.starts_with("metadata"));
        sets.push(set);
    }
    for set in &mut sets {
        context.add_values(clusters, path, set)?;
    }
    if get(clusters, "flatList") == Some(&Value::Bool(true)) {
        let all: Vec<Value> = sets.into_iter().map(Value::Object).collect();
        return Ok(vec![[("clusters".to_owned(), Value::from(all))].into_iter().collect()]);
    }
    Ok(sets)
}

fn parameters(cluster: &Cluster, is_go: bool) -> Parameters {
    let mut set = Parameters::new();
    set.insert("name".into(), cluster.name.clone().into());
    set.insert("nameNormalized".into(), normalize(&cluster.name).into());
    set.insert("server".into(), cluster.server.clone().into());
    set.insert("project".into(), cluster.project.clone().into());
    let maps = [("annotations", &cluster.annotations), ("labels", &cluster.labels)];
    if is_go {
        let present = maps.into_iter().filter(|(_, map)| !map.is_empty());
        let metadata: Parameters = present.map(|(key, map)| (key.to_owned(), json!(map))).collect();
        set.insert("metadata".into(), metadata.into());
    } else {
        for (key, map) in maps {
            set.extend(map.iter().map(|(name, value)| (format!("metadata.{key}.{name}"), value.clone())));
        }
    }
    set
}
