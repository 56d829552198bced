//! Who is whose neighbour.

use crate::dot;

/// An undirected graph of processes. The order of a process's neighbours is part of it: what an algorithm calls *left* comes first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Topology {
    neighbours: Vec<Vec<usize>>,
    names: Vec<String>,
    shape: Shape,
}

/// What is known of a topology besides its edges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Each process has the one before on its left and the one after on its right, round and round.
    Ring,
    /// The same, with two ends.
    Chain,
    /// Anything.
    Other,
}

impl Topology {
    /// Reads `ring:6`, `chain:5`, `star:5`, `clique:4`, `grid:3x3`, or a graph in the language of Graphviz. The number is that of the processes.
    pub fn parse(text: &str) -> Result<Topology, String> {
        if text.contains('{') {
            let (names, edges) = dot::parse(text)?;
            let mut topology = Topology::of(names.len(), &edges, Shape::Other)?;
            topology.names = names;
            return Ok(topology);
        }
        let known = "ring:N, chain:N, star:N, clique:N, grid:RxC, or the name of a .dot file";
        let (kind, size) = text.split_once(':').ok_or_else(|| format!("a topology is {known}, not {text:?}"))?;
        let number = |text: &str| -> Result<usize, String> {
            let number =
                text.parse::<usize>().map_err(|_| format!("a number of processes was expected, not {text:?}"))?;
            if (1..=64).contains(&number) {
                Ok(number)
            } else {
                Err(format!("1 to 64 processes were expected, not {number}"))
            }
        };
        match kind {
            "ring" => Topology::ring(number(size)?),
            "chain" => Topology::chain(number(size)?),
            "star" => {
                let n = number(size)?;
                Topology::of(n, &(1..n).map(|i| (0, i)).collect::<Vec<_>>(), Shape::Other)
            }
            "clique" => {
                let n = number(size)?;
                let edges: Vec<_> = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
                Topology::of(n, &edges, Shape::Other)
            }
            "grid" => {
                let (rows, columns) =
                    size.split_once('x').ok_or_else(|| format!("a grid is grid:3x4, not {text:?}"))?;
                Topology::grid(number(rows)?, number(columns)?)
            }
            _ => Err(format!("a topology is {known}, not {text:?}")),
        }
    }

    fn ring(n: usize) -> Result<Topology, String> {
        if n < 3 {
            return Err(format!("a ring has at least three processes, not {n}"));
        }
        let neighbours = (0..n).map(|i| vec![(i + n - 1) % n, (i + 1) % n]).collect();
        Ok(Topology { neighbours, names: names(n), shape: Shape::Ring })
    }

    fn chain(n: usize) -> Result<Topology, String> {
        Topology::of(n, &(1..n).map(|i| (i - 1, i)).collect::<Vec<_>>(), Shape::Chain)
    }

    fn grid(rows: usize, columns: usize) -> Result<Topology, String> {
        let at = |row: usize, column: usize| row * columns + column;
        let right = (0..rows).flat_map(|row| (1..columns).map(move |column| (at(row, column - 1), at(row, column))));
        let down = (1..rows).flat_map(|row| (0..columns).map(move |column| (at(row - 1, column), at(row, column))));
        Topology::of(rows * columns, &right.chain(down).collect::<Vec<_>>(), Shape::Other)
    }

    fn of(n: usize, edges: &[(usize, usize)], shape: Shape) -> Result<Topology, String> {
        if n > 64 {
            return Err(format!("at most 64 processes were expected, not {n}"));
        }
        let mut neighbours = vec![Vec::new(); n];
        for &(i, j) in edges {
            if i != j && !neighbours[i].contains(&j) {
                neighbours[i].push(j);
                neighbours[j].push(i);
            }
        }
        neighbours.iter_mut().for_each(|all: &mut Vec<usize>| all.sort_unstable());
        Ok(Topology { neighbours, names: names(n), shape })
    }

    /// How many processes there are.
    pub fn size(&self) -> usize {
        self.neighbours.len()
    }

    /// The neighbours of a process.
    pub fn neighbours(&self, process: usize) -> &[usize] {
        &self.neighbours[process]
    }

    /// The largest number of neighbours that a process has.
    pub fn degree(&self) -> usize {
        self.neighbours.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// What is known of it besides.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The name of a process.
    pub fn name(&self, process: usize) -> &str {
        &self.names[process]
    }

    /// The largest distance between two processes; none if there is no way between some.
    pub fn diameter(&self) -> Option<usize> {
        (0..self.size())
            .map(|from| self.distances(from).into_iter().try_fold(0, |most, d| Some(most.max(d?))))
            .try_fold(0, |most, d| Some(most.max(d?)))
    }

    fn distances(&self, from: usize) -> Vec<Option<usize>> {
        let mut distances = vec![None; self.size()];
        distances[from] = Some(0);
        let mut open = std::collections::VecDeque::from([from]);
        while let Some(at) = open.pop_front() {
            for &next in self.neighbours(at) {
                if distances[next].is_none() {
                    distances[next] = distances[at].map(|d: usize| d + 1);
                    open.push_back(next);
                }
            }
        }
        distances
    }
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|i| i.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::Topology;

    fn check(text: &str, expect: &[&[usize]]) {
        let topology = Topology::parse(text).expect("it is a topology");
        let found: Vec<&[usize]> = (0..topology.size()).map(|process| topology.neighbours(process)).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn a_topology_is_named_or_drawn() {
        check("ring:3", &[&[2, 1], &[0, 2], &[1, 0]]);
        check("chain:3", &[&[1], &[0, 2], &[1]]);
        check("star:4", &[&[1, 2, 3], &[0], &[0], &[0]]);
        check("clique:3", &[&[1, 2], &[0, 2], &[0, 1]]);
        check("grid:2x2", &[&[1, 2], &[0, 3], &[0, 3], &[1, 2]]);
        check("graph { a -- b -- c; c -- a [weight=2]; d }", &[&[1, 2], &[0, 2], &[0, 1], &[]]);
    }

    #[test]
    fn what_is_no_topology_is_said() {
        for (text, word) in [
            ("ring:2", "three"),
            ("ring:x", "number"),
            ("torus:3", "ring:N"),
            ("clique:99", "64"),
            ("ring", "ring:N"),
            ("graph { a -- }", "line 1"),
        ] {
            let error = Topology::parse(text).expect_err("it is none");
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn a_diameter_is_there_where_everything_is_connected() {
        for (text, expect) in [("ring:6", Some(3)), ("chain:5", Some(4)), ("graph { a; b }", None)] {
            assert_eq!(Topology::parse(text).expect("it is a topology").diameter(), expect, "{text}");
        }
    }
}
