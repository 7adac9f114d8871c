//! The graph of a platform: which thing names which, where, and what of it is not there.

use std::collections::{BTreeMap, BTreeSet};

use platlint_facts::{Edge, Node, Target};

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

    /// Only what is on the way from and to nodes whose name contains `name`: what they lead to, however far, and what leads to
    /// them. What else leads to what they lead to (all that one team owns) is left out.
    #[must_use]
    pub fn around(self, name: &str) -> Self {
        let named: BTreeSet<&Node> =
            self.edges.iter().flat_map(|edge| [&edge.from, &edge.to]).filter(|node| node.name.contains(name)).collect();
        let below = reached(named.clone(), self.edges.iter().map(|edge| (&edge.from, &edge.to)));
        let above = reached(named, self.edges.iter().map(|edge| (&edge.to, &edge.from)));
        let is_near = |edge: &&Edge| below.contains(&edge.from) || above.contains(&edge.to);
        Self { edges: self.edges.iter().filter(is_near).cloned().collect() }
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

/// The nodes and all that arrows lead to from them.
fn reached<'g>(from: BTreeSet<&'g Node>, arrows: impl Iterator<Item = (&'g Node, &'g Node)>) -> BTreeSet<&'g Node> {
    let mut next: BTreeMap<&Node, Vec<&Node>> = BTreeMap::new();
    for (from, to) in arrows {
        next.entry(from).or_default().push(to);
    }
    let mut open: Vec<&Node> = from.iter().copied().collect();
    let mut reached = from;
    while let Some(node) = open.pop() {
        for to in next.get(node).into_iter().flatten() {
            if reached.insert(to) {
                open.push(to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_facts::NodeKind;

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
    fn shows_what_a_name_leads_to_and_what_leads_to_it() {
        let edges = vec![
            edge("cart", "db", Target::Exists),
            edge("db", "disk", Target::Exists),
            edge("other", "disk", Target::Missing),
            edge("shop", "cart", Target::Exists),
            edge("shop", "till", Target::Exists),
        ];
        let around = |name: &str| Graph::of(edges.clone()).around(name).edges().to_vec();
        assert_eq!(around("cart"), [edges[0].clone(), edges[1].clone(), edges[3].clone()]);
        assert_eq!(around("disk"), edges[..4]);
        assert_eq!(around("nothing"), []);
    }

    #[test]
    fn goes_round_a_circle_once() {
        let edges = vec![edge("a", "b", Target::Exists), edge("b", "a", Target::Exists)];
        assert_eq!(Graph::of(edges.clone()).around("a").edges(), edges);
    }
}
