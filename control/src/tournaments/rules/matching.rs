//! Whether all of a field can be paired at once: a perfect matching in a graph (Edmonds' blossoms).
//!
//! Pairing greedily from the top can leave two at the bottom who may not meet; who asks this before
//! each pair never has to take one back.

use std::collections::VecDeque;

/// Whether everybody of `n` can be paired with somebody whom `may_meet` allows.
pub(super) fn is_perfect(n: usize, may_meet: impl Fn(usize, usize) -> bool) -> bool {
    if !n.is_multiple_of(2) {
        return false;
    }
    let may_meet = |one: usize, other: usize| one != other && may_meet(one, other);
    let mut graph = Graph { n, mate: vec![None; n], parent: vec![None; n], base: (0..n).collect() };
    (0..n).all(|root| graph.mate[root].is_some() || graph.grow(root, &may_meet))
}

struct Graph {
    n: usize,
    mate: Vec<Option<usize>>,
    parent: Vec<Option<usize>>,
    /// The blossom that a vertex is part of, by its base.
    base: Vec<usize>,
}

impl Graph {
    /// Finds a partner for a vertex that has none, re-pairing others on the way.
    fn grow(&mut self, root: usize, may_meet: &impl Fn(usize, usize) -> bool) -> bool {
        self.parent.fill(None);
        self.base = (0..self.n).collect();
        let mut seen = vec![false; self.n];
        seen[root] = true;
        let mut queue = VecDeque::from([root]);
        while let Some(from) = queue.pop_front() {
            for to in (0..self.n).filter(|to| may_meet(from, *to)) {
                if self.base[from] == self.base[to] || self.mate[from] == Some(to) {
                    continue;
                }
                let outer = |mate: usize| self.parent[mate].is_some();
                if to == root || self.mate[to].is_some_and(outer) {
                    self.shrink(from, to, &mut seen, &mut queue);
                } else if self.parent[to].is_none() {
                    self.parent[to] = Some(from);
                    match self.mate[to] {
                        None => {
                            self.flip(to);
                            return true;
                        }
                        Some(mate) => {
                            seen[mate] = true;
                            queue.push_back(mate);
                        }
                    }
                }
            }
        }
        false
    }

    /// An odd ring becomes one vertex.
    fn shrink(&mut self, one: usize, other: usize, seen: &mut [bool], queue: &mut VecDeque<usize>) {
        let base = self.common(one, other);
        let mut within = vec![false; self.n];
        self.mark(one, base, other, &mut within);
        self.mark(other, base, one, &mut within);
        for vertex in 0..self.n {
            if within[self.base[vertex]] {
                self.base[vertex] = base;
                if !std::mem::replace(&mut seen[vertex], true) {
                    queue.push_back(vertex);
                }
            }
        }
    }

    fn mark(&mut self, from: usize, base: usize, child: usize, within: &mut [bool]) {
        let (mut vertex, mut child) = (from, child);
        while self.base[vertex] != base {
            let Some(mate) = self.mate[vertex] else { return };
            within[self.base[vertex]] = true;
            within[self.base[mate]] = true;
            self.parent[vertex] = Some(child);
            child = mate;
            let Some(next) = self.parent[mate] else { return };
            vertex = next;
        }
    }

    /// Where the ways of two to the root come together.
    fn common(&self, one: usize, other: usize) -> usize {
        let mut on_the_way = vec![false; self.n];
        let up = |vertex: usize| self.mate[vertex].and_then(|mate| self.parent[mate]);
        let mut at = Some(one);
        while let Some(vertex) = at {
            let base = self.base[vertex];
            on_the_way[base] = true;
            at = up(base);
        }
        let mut vertex = self.base[other];
        while !on_the_way[vertex] {
            let Some(next) = up(vertex) else { return vertex };
            vertex = self.base[next];
        }
        vertex
    }

    fn flip(&mut self, end: usize) {
        let mut at = Some(end);
        while let Some(vertex) = at {
            let Some(parent) = self.parent[vertex] else { return };
            let next = self.mate[parent];
            (self.mate[vertex], self.mate[parent]) = (Some(parent), Some(vertex));
            at = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tries everything.
    fn by_trying(left: &[usize], allowed: &[Vec<bool>]) -> bool {
        let Some((one, rest)) = left.split_first() else { return true };
        rest.iter().any(|other| {
            let without: Vec<_> = rest.iter().filter(|it| *it != other).copied().collect();
            allowed[*one][*other] && by_trying(&without, allowed)
        })
    }

    proptest! {
        #[test]
        fn a_field_can_be_paired_if_trying_everything_finds_how(
            half in 1_usize..5, bits in proptest::collection::vec(any::<bool>(), 64)
        ) {
            let n = half * 2;
            let bit = |one: usize, other: usize| bits[one.min(other) * 8 + one.max(other)];
            let allowed: Vec<Vec<_>> =
                (0..n).map(|one| (0..n).map(|other| bit(one, other)).collect()).collect();
            let all: Vec<_> = (0..n).collect();
            let expected = by_trying(&all, &allowed);
            prop_assert_eq!(is_perfect(n, |one, other| allowed[one][other]), expected);
        }
    }

    #[test]
    fn an_odd_field_cannot_be_paired() {
        assert!(!is_perfect(3, |_, _| true));
        assert!(is_perfect(0, |_, _| false));
    }
}
