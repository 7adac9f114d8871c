//! Which nodes of a graph lie on circles together.

use std::collections::BTreeSet;

/// For each node a number that it shares with those that it leads to and that lead to it (Tarjan, without recursion: a
/// chain may be as long as the input). `from` holds the arrows of each node, `to` tells where an arrow ends; arrows must
/// end at nodes.
pub fn knots<A>(from: &[Vec<A>], to: impl Fn(&A) -> usize) -> Vec<usize> {
    const NEVER: usize = usize::MAX;
    struct Visit {
        node: usize,
        next: usize,
    }
    let mut order = vec![NEVER; from.len()];
    let mut lowest = vec![NEVER; from.len()];
    let mut knot = vec![NEVER; from.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut is_open: BTreeSet<usize> = BTreeSet::new();
    let mut count = 0;
    let at = |list: &[usize], index: usize| list.get(index).copied().unwrap_or(NEVER);
    let put = |list: &mut [usize], index: usize, value: usize| {
        if let Some(place) = list.get_mut(index) {
            *place = value;
        }
    };
    for root in 0..from.len() {
        if at(&order, root) != NEVER {
            continue;
        }
        let mut way = vec![Visit { node: root, next: 0 }];
        while let Some(visit) = way.last_mut() {
            let node = visit.node;
            if visit.next == 0 {
                put(&mut order, node, count);
                put(&mut lowest, node, count);
                count += 1;
                open.push(node);
                is_open.insert(node);
            }
            let end = from.get(node).and_then(|arrows| arrows.get(visit.next)).map(&to);
            visit.next += 1;
            if let Some(end) = end {
                if at(&order, end) == NEVER {
                    way.push(Visit { node: end, next: 0 });
                } else if is_open.contains(&end) {
                    let low = at(&lowest, node).min(at(&order, end));
                    put(&mut lowest, node, low);
                }
                continue;
            }
            if at(&lowest, node) == at(&order, node) {
                while let Some(member) = open.pop() {
                    is_open.remove(&member);
                    put(&mut knot, member, node);
                    if member == node {
                        break;
                    }
                }
            }
            way.pop();
            if let Some(before) = way.last() {
                let low = at(&lowest, before.node).min(at(&lowest, node));
                put(&mut lowest, before.node, low);
            }
        }
    }
    knot
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_one_circle_share_a_number() {
        let from = [vec![1], vec![2, 0], vec![3], vec![4], vec![3], vec![0]];
        let knot = knots(&from, |to| *to);
        assert_eq!((knot[0], knot[3]), (knot[1], knot[4]));
        let different: BTreeSet<usize> = [0, 2, 3, 5].into_iter().map(|node| knot[node]).collect();
        assert_eq!(different.len(), 4);
    }

    #[test]
    fn a_long_chain_does_not_run_out_of_stack() {
        let chain: Vec<Vec<usize>> = (0..100_000).map(|node| vec![(node + 1) % 100_000]).collect();
        assert!(knots(&chain, |to| *to).windows(2).all(|pair| pair[0] == pair[1]));
    }
}
