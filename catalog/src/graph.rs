//! The graph of a platform: which thing names which, where, and what of it is not there.

use std::collections::BTreeSet;
use std::sync::Arc;

use platlint_engine::pod_templates;
use platlint_facts::{Doc, Edge, Files, Node, NodeKind, Target, path_of};
use platlint_gitops::Deployment;

/// Edges in order, each once; nodes are what they name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    edges: Vec<Edge>,
}

impl Graph {
    /// A graph of these edges. Of edges that differ only in where they are written the first stays, and what exists by one
    /// edge exists.
    #[must_use]
    pub fn of(mut edges: Vec<Edge>) -> Self {
        edges.sort();
        edges.dedup_by(|later, first| {
            later.from == first.from && later.relation == first.relation && later.to == first.to
        });
        Self { edges }
    }

    /// The same graph with further edges.
    #[must_use]
    pub fn with(self, more: impl IntoIterator<Item = Edge>) -> Self {
        Self::of(self.edges.into_iter().chain(more).collect())
    }

    /// Only what can be reached from nodes whose name contains `name`, along edges in either direction.
    #[must_use]
    pub fn around(self, name: &str) -> Self {
        let mut reached: BTreeSet<Node> = self.nodes().into_iter().filter(|node| node.name.contains(name)).collect();
        loop {
            let before = reached.len();
            for edge in &self.edges {
                if reached.contains(&edge.from) || reached.contains(&edge.to) {
                    reached.insert(edge.from.clone());
                    reached.insert(edge.to.clone());
                }
            }
            if reached.len() == before {
                break;
            }
        }
        Self { edges: self.edges.into_iter().filter(|edge| reached.contains(&edge.from)).collect() }
    }

    /// The edges, by where they begin, relation and end.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Every node that an edge names.
    pub fn nodes(&self) -> BTreeSet<Node> {
        self.edges.iter().flat_map(|edge| [edge.from.clone(), edge.to.clone()]).collect()
    }

    /// Edges that lead nowhere.
    pub fn dangling(&self) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(|edge| edge.target == Target::Missing)
    }
}

/// Which workloads lie in folders that are deployed.
pub(crate) fn held<'d>(
    deployments: &'d [Deployment],
    docs: &'d [Arc<Doc>],
    files: &'d dyn Files,
) -> impl Iterator<Item = Edge> + 'd {
    let workloads = docs.iter().filter(|doc| !pod_templates(&doc.gvk.group, &doc.gvk.kind).is_empty());
    workloads.flat_map(move |doc| {
        let holds = |deployment: &&Deployment| {
            doc.folder.as_deref().is_some_and(|folder| folder.starts_with(&deployment.source))
        };
        deployments.iter().filter(holds).map(|deployment| {
            let namespace = doc.namespace.as_deref().or(deployment.namespace.as_deref()).unwrap_or("?");
            let name = format!("{namespace}/{}/{}", doc.gvk.kind, doc.name().unwrap_or("?"));
            Edge {
                from: Node { kind: NodeKind::Path, name: files.shown(&deployment.source).into() },
                relation: "holds",
                to: Node { kind: NodeKind::Workload, name: name.into() },
                target: Target::Exists,
                at: Some((doc.id.clone(), path_of(&["metadata", "name"]))),
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: &str, to: &str, target: Target) -> Edge {
        let node = |name: &str| Node { kind: NodeKind::Entity, name: name.into() };
        Edge { from: node(from), relation: "dependsOn", to: node(to), target, at: None }
    }

    #[test]
    fn an_edge_stands_once_and_exists_where_one_says_so() {
        let graph = Graph::of(vec![edge("a", "b", Target::Missing), edge("a", "b", Target::Exists)]);
        assert_eq!(graph.edges(), [edge("a", "b", Target::Exists)]);
        assert_eq!(graph.dangling().count(), 0);
    }

    #[test]
    fn shows_what_hangs_together_with_a_name() {
        let edges = vec![
            edge("cart", "db", Target::Exists),
            edge("shop", "cart", Target::Exists),
            edge("other", "thing", Target::Missing),
        ];
        let around = Graph::of(edges.clone()).around("db");
        assert_eq!(around.edges(), [edges[0].clone(), edges[1].clone()]);
    }
}
