//! The algorithms of the literature, by name.
//!
//! * [`dijkstra`]: mutual exclusion with K, three and four states
//! * [`local`]: colouring, independent set, matching; [`trees`]: distances, leader
//! * [`unison`]: clocks in step; [`tokens`]: those in which chance has a part

pub mod dijkstra;
pub mod local;
pub mod tokens;
pub mod trees;
pub mod unison;

use std::collections::BTreeMap;

use crate::algorithm::Algorithm;
use crate::topology::{Shape, Topology};

/// Numbers that an algorithm takes, by name.
pub type Parameters = BTreeMap<String, u32>;

/// The names of all algorithms, and what each is in a few words.
pub const ALL: [(&str, &str); 13] = [
    ("dijkstra-k-state", "mutual exclusion on a ring; k: the number of states (as many as processes)"),
    ("dijkstra-3-state", "mutual exclusion on a chain whose ends see each other (or a ring), three states"),
    ("dijkstra-4-state", "mutual exclusion on a chain, four states"),
    ("colouring", "with one colour more than anybody has neighbours"),
    ("independent-set", "a maximal set of processes no two of which are neighbours"),
    ("matching", "a maximal set of pairs of neighbours (Hsu and Huang)"),
    ("bfs-distances", "the distance of each process from the first"),
    ("leader", "the process with the least identity, known to all, and the distance to it"),
    ("unison-synchronous", "clocks in step (Arora, Dolev, Gouda); k: the period (at least two, and 2D - 1)"),
    (
        "unison-asynchronous",
        "clocks of neighbours at most one apart (Boulinier, Petit, Villain); k: the period (n + 1), alpha: the tail (n - 2)",
    ),
    ("herman", "one token on a ring of odd size, with coins, under the synchronous daemon"),
    ("israeli-jalfon", "one token on a ring, by random walks, under the central daemon"),
    (
        "two-phase-commit",
        "as many resource managers as there are processes, whatever the graph; from one configuration",
    ),
];

/// The algorithm of that name, and the topology that it runs on.
pub fn named(
    name: &str,
    topology: &Topology,
    parameters: &Parameters,
) -> Result<(Box<dyn Algorithm>, Topology), String> {
    let takes: &[&str] = match name {
        "dijkstra-k-state" | "unison-synchronous" => &["k"],
        "unison-asynchronous" => &["k", "alpha"],
        _ => &[],
    };
    if let Some(unknown) = parameters.keys().find(|key| !takes.contains(&key.as_str())) {
        let known = if takes.is_empty() { "none".to_owned() } else { takes.join(", ") };
        return Err(format!("{name} has no parameter {unknown:?}; it takes: {known}"));
    }
    let n = topology.size();
    let k = parameters.get("k").copied();
    if k == Some(0) {
        return Err("k is at least 1".to_owned());
    }
    let ring = || shaped(name, topology, &[Shape::Ring], "a ring");
    let row = || shaped(name, topology, &[Shape::Ring, Shape::Chain], "a ring or a chain");
    let algorithm: Box<dyn Algorithm> = match name {
        "dijkstra-k-state" => ring().map(|()| Box::new(dijkstra::KState { k: k.unwrap_or(n as u32) }))?,
        "dijkstra-3-state" => {
            row()?;
            return Ok((Box::new(dijkstra::ThreeState { n }), Topology::parse(&format!("ring:{n}"))?));
        }
        "dijkstra-4-state" => {
            row()?;
            return Ok((Box::new(dijkstra::FourState { n }), Topology::parse(&format!("chain:{n}"))?));
        }
        "colouring" => Box::new(local::Colouring { colours: topology.degree() as u32 + 1 }),
        "independent-set" => Box::new(local::IndependentSet),
        "matching" => Box::new(local::Matching::on(topology)),
        "bfs-distances" => Box::new(trees::Distances { n: n as u32 }),
        "leader" => Box::new(trees::Leader { n: n as u32 }),
        "unison-synchronous" => {
            let diameter = topology.diameter().ok_or("clocks in step need a graph in which everything is connected")?;
            let least = (2 * diameter as u32).saturating_sub(1).max(2);
            Box::new(unison::Synchronous { k: k.unwrap_or(least) })
        }
        "unison-asynchronous" => {
            let alpha = parameters.get("alpha").copied().unwrap_or((n as u32).saturating_sub(2));
            Box::new(unison::Asynchronous::on(topology, k.unwrap_or(n as u32 + 1), alpha))
        }
        "herman" if n.is_multiple_of(2) => return Err(format!("herman needs an odd number of processes, not {n}")),
        "herman" => ring().map(|()| Box::new(tokens::Herman))?,
        "israeli-jalfon" => ring().map(|()| Box::new(tokens::IsraeliJalfon))?,
        _ => {
            let known: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
            return Err(format!("an algorithm is one of {}, not {name:?}", known.join(", ")));
        }
    };
    Ok((algorithm, topology.clone()))
}

fn shaped(name: &str, topology: &Topology, shapes: &[Shape], expected: &str) -> Result<(), String> {
    if shapes.contains(&topology.shape()) { Ok(()) } else { Err(format!("{name} runs on {expected}")) }
}
