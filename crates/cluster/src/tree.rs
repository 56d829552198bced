//! What a computation did, remembered on exactly what it read: a decision tree over the answers.
//!
//! An inner node is the next question, request or choice, its edges are the answers; a leaf is how it ended. Looking up walks
//! from the root; a miss runs the computation once and grows the branch.

use rustc_hash::FxHashMap;

/// One thing that a computation did, and what it was answered; handles throughout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    /// It asked.
    Ask { question: u32, answer: u32 },
    /// It sent a request, for a reason.
    Write { request: u32, why: u32, reply: u32 },
    /// It made a choice.
    Choose { options: u32, chosen: u32 },
}

/// What comes next, by the answers so far.
#[derive(Debug)]
pub(crate) enum Node {
    /// Not known yet.
    Open,
    /// It asks this.
    Ask { question: u32, edges: FxHashMap<u32, u32> },
    /// It requests this.
    Write { request: u32, why: u32, edges: FxHashMap<u32, u32> },
    /// It chooses; one edge an option.
    Choose { edges: Vec<u32> },
    /// It ended so.
    Leaf(u32),
}

/// The tree of one computation.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// The node above each node, and the event on the edge between; the root's are never looked at.
    above: Vec<(u32, Event)>,
}

/// The root of every tree.
pub(crate) const ROOT: u32 = 0;

impl Default for Tree {
    fn default() -> Self {
        Tree { nodes: vec![Node::Open], above: vec![(ROOT, Event::Choose { options: 0, chosen: 0 })] }
    }
}

impl Tree {
    /// The node of that number.
    pub(crate) fn node(&self, node: u32) -> &Node {
        &self.nodes[node as usize]
    }

    /// What was done and answered on the way to a node.
    pub(crate) fn path(&self, mut node: u32) -> Vec<Event> {
        let mut events = Vec::new();
        while node != ROOT {
            let (parent, event) = self.above[node as usize];
            events.push(event);
            node = parent;
        }
        events.reverse();
        events
    }

    /// Grows the branch of these events, and ends it in `leaf`; without one, its end is left open.
    pub(crate) fn grow(&mut self, events: &[Event], leaf: Option<u32>) {
        let node = events.iter().fold(ROOT, |node, event| self.follow(node, *event));
        if let Some(leaf) = leaf {
            debug_assert!(
                matches!(self.node(node), Node::Open | Node::Leaf(_)),
                "a deterministic computation ends where it ended before"
            );
            self.nodes[node as usize] = Node::Leaf(leaf);
        }
    }

    /// Makes an open node a request whose answer is not known yet.
    pub(crate) fn pend(&mut self, node: u32, request: u32, why: u32) {
        if matches!(self.node(node), Node::Open) {
            self.nodes[node as usize] = Node::Write { request, why, edges: FxHashMap::default() };
        }
    }

    /// The node to which an event leads from `node`; it is made if it is new.
    pub(crate) fn follow(&mut self, node: u32, event: Event) -> u32 {
        self.shape(node, event);
        let fresh = self.nodes.len() as u32;
        let next = match (&mut self.nodes[node as usize], event) {
            (Node::Ask { edges, .. }, Event::Ask { answer, .. }) => *edges.entry(answer).or_insert(fresh),
            (Node::Write { edges, .. }, Event::Write { reply, .. }) => *edges.entry(reply).or_insert(fresh),
            (Node::Choose { edges }, Event::Choose { chosen, .. }) => edges[chosen as usize],
            (node, event) => unreachable!("a deterministic computation did {event:?} where it did {node:?} before"),
        };
        if next == fresh {
            self.nodes.push(Node::Open);
            self.above.push((node, event));
        }
        next
    }

    /// Gives an open node the shape that an event needs.
    fn shape(&mut self, node: u32, event: Event) {
        if !matches!(self.node(node), Node::Open) {
            return;
        }
        let edges = FxHashMap::default();
        self.nodes[node as usize] = match event {
            Event::Ask { question, .. } => Node::Ask { question, edges },
            Event::Write { request, why, .. } => Node::Write { request, why, edges },
            Event::Choose { options, .. } => {
                Node::Choose { edges: (0..options).map(|chosen| self.child(node, options, chosen)).collect() }
            }
        };
    }

    fn child(&mut self, node: u32, options: u32, chosen: u32) -> u32 {
        self.nodes.push(Node::Open);
        self.above.push((node, Event::Choose { options, chosen }));
        self.nodes.len() as u32 - 1
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Node, ROOT, Tree};

    #[test]
    fn a_branch_is_found_again_and_other_answers_are_open() {
        let mut tree = Tree::default();
        let events = [Event::Ask { question: 5, answer: 1 }, Event::Choose { options: 2, chosen: 0 }];
        tree.grow(&events, Some(9));
        let asked = tree.follow(ROOT, events[0]);
        let chosen = tree.follow(asked, events[1]);
        assert!(matches!(tree.node(chosen), Node::Leaf(9)));
        assert_eq!(tree.path(chosen), events);
        let other = tree.follow(asked, Event::Choose { options: 2, chosen: 1 });
        assert!(matches!(tree.node(other), Node::Open));
    }
}
