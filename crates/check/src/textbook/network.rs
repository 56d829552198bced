//! Who is whose neighbour.

/// An undirected graph of processes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Network {
    neighbours: Vec<Vec<usize>>,
}

impl Network {
    /// Each process has the next for a neighbour, and the last the first; at least three.
    pub fn ring(n: usize) -> Network {
        assert!(n >= 3, "a ring has at least three processes, not {n}");
        Network::of(n, (0..n).map(|i| (i, (i + 1) % n)))
    }

    /// Each process has the next for a neighbour.
    pub fn chain(n: usize) -> Network {
        Network::of(n, (1..n).map(|i| (i - 1, i)))
    }

    /// Every process has process 0 for a neighbour.
    pub fn star(n: usize) -> Network {
        Network::of(n, (1..n).map(|i| (0, i)))
    }

    /// Every process has every other for a neighbour.
    pub fn clique(n: usize) -> Network {
        Network::of(n, (0..n).flat_map(|i| (0..i).map(move |j| (i, j))))
    }

    fn of(n: usize, edges: impl Iterator<Item = (usize, usize)>) -> Network {
        let mut neighbours = vec![Vec::new(); n];
        for (i, j) in edges {
            neighbours[i].push(j);
            neighbours[j].push(i);
        }
        Network { neighbours }
    }

    /// How many processes there are.
    pub fn size(&self) -> usize {
        self.neighbours.len()
    }

    /// The neighbours of process `i`.
    pub fn neighbours(&self, i: usize) -> &[usize] {
        &self.neighbours[i]
    }

    /// The largest number of neighbours that a process has.
    pub fn degree(&self) -> usize {
        self.neighbours.iter().map(Vec::len).max().unwrap_or(0)
    }
}
