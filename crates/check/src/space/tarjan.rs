//! Strongly connected components of a graph whose edges are found on the way.

/// Finds the components of what can be reached from some nodes, each after those that it can step to.
#[derive(Default)]
pub(super) struct Tarjan {
    /// When each node was met, from 1; nothing for what is new. Last of all those whose component is known.
    met: Vec<u32>,
    low: Vec<u32>,
    n_met: u32,
    stack: Vec<u32>,
    edges: Vec<u32>,
    frames: Vec<(u32, usize, usize)>,
}

const DONE: u32 = u32::MAX;

impl Tarjan {
    /// Walks on from a node, if it is new. `successors` adds the nodes that a node can step to; `found` is handed each component.
    pub(super) fn run(
        &mut self,
        root: u32,
        successors: &mut dyn FnMut(u32, &mut Vec<u32>),
        found: &mut dyn FnMut(&[u32]),
    ) {
        if self.is_new(root) {
            self.open(root, successors);
        }
        while let Some((node, start, next)) = self.frames.last_mut() {
            let node = *node;
            let Some(&target) = self.edges.get(*next) else {
                let start = *start;
                self.edges.truncate(start);
                self.frames.pop();
                self.close(node, found);
                continue;
            };
            *next += 1;
            if self.is_new(target) {
                self.open(target, successors);
            } else if self.met[target as usize] != DONE {
                self.low[node as usize] = self.low[node as usize].min(self.met[target as usize]);
            }
        }
    }

    /// Takes nodes for new again.
    pub(super) fn forget(&mut self, nodes: &[u32]) {
        nodes.iter().for_each(|&node| self.met[node as usize] = 0);
        self.n_met = 0;
    }

    fn is_new(&self, node: u32) -> bool {
        self.met.get(node as usize).is_none_or(|met| *met == 0)
    }

    fn open(&mut self, node: u32, successors: &mut dyn FnMut(u32, &mut Vec<u32>)) {
        if self.met.len() <= node as usize {
            let len = (node as usize + 1).next_power_of_two();
            self.met.resize(len, 0);
            self.low.resize(len, 0);
        }
        self.n_met += 1;
        self.met[node as usize] = self.n_met;
        self.low[node as usize] = self.n_met;
        self.stack.push(node);
        let start = self.edges.len();
        successors(node, &mut self.edges);
        self.frames.push((node, start, start));
    }

    fn close(&mut self, node: u32, found: &mut dyn FnMut(&[u32])) {
        let low = self.low[node as usize];
        if let Some((parent, _, _)) = self.frames.last() {
            let parent = *parent as usize;
            self.low[parent] = self.low[parent].min(low);
        }
        if low == self.met[node as usize] {
            let first =
                self.stack.iter().rposition(|other| *other == node).expect("a node that is open is on the stack");
            found(&self.stack[first..]);
            for other in self.stack.drain(first..) {
                self.met[other as usize] = DONE;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tarjan;

    #[test]
    fn components_come_after_those_that_they_can_step_to() {
        let edges = [vec![1], vec![2, 3], vec![1], vec![4], vec![4], vec![0]];
        let mut tarjan = Tarjan::default();
        let mut all: Vec<Vec<u32>> = Vec::new();
        for root in 0..6 {
            let mut successors = |node: u32, found: &mut Vec<u32>| found.extend_from_slice(&edges[node as usize]);
            tarjan.run(root, &mut successors, &mut |component| {
                let mut component = component.to_vec();
                component.sort_unstable();
                all.push(component);
            });
        }
        assert_eq!(all, [vec![4], vec![3], vec![1, 2], vec![0], vec![5]]);
    }
}
